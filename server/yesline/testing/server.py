"""A real ``yesline serve --sandbox`` in a process of its own. It sends nothing: every text ends on its handset."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

COMMAND = (sys.executable, "-m", "yesline")
START_SECONDS = 30.0
END_SECONDS = 15.0

SETTINGS: dict[str, object] = {
    "host": "127.0.0.1",
    "database": "",
    "public_url": "",
    "link_url": "",
    "work": "true",
    "block_per_hour": 100_000,
    "address_per_hour": 100_000,
}
"""What a test needs otherwise than your deployment: a database of its own, and room for all the visitors that one machine plays.
The caps of a number stay as they are."""


class Server:
    """The server. ``url`` is its address, ``handset`` the page that shows every text, ``clock`` its clock.

    ``project`` is the folder it applies, ``origins`` are pages that may show its forms beside those in their files, ``settings``
    come over those of the project's ``yesline.toml``. It keeps its data in ``folder``.
    """

    def __init__(self, folder: Path, project: Path, origins: Sequence[str], settings: Mapping[str, object]) -> None:
        self._folder = folder
        self._project = project
        self._log = folder / "server.log"
        self._environment = _environment({**SETTINGS, "sandbox_origins": ",".join(origins), **settings})
        self._process: subprocess.Popen[str] | None = None
        # A proxy of the environment is not for a server on this machine.
        self._opener = build_opener(ProxyHandler({}))
        self.url = ""
        self.clock = Clock(self)

    @property
    def handset(self) -> str:
        """The address of the handset."""
        return f"{self.url}/handset"

    def embed_url(self, form: str) -> str:
        """The address of the script that shows a form on a page."""
        return f"{self.url}/embed/{form}.js"

    def embed(self, form: str) -> str:
        """The tag to put into a page."""
        return f'<script async crossorigin src="{self.embed_url(form)}"></script>'

    def hosted(self, form: str) -> str:
        """The address of the form's own page."""
        return f"{self.url}/f/{form}"

    def ask(self, path: str, body: object = None) -> Any:
        """The JSON that the server answers to a GET, or to a POST of ``body``. Raises AssertionError with what it says is wrong."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"content-type": "application/json"})  # noqa: S310  (our own http address)
        try:
            with self._opener.open(request, timeout=END_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise AssertionError(f"{path}: {json.load(error)['error']['message']}") from None

    def start(self) -> None:
        """Start it on a free port and wait until it is ready. Raises RuntimeError with its log."""
        command = [*COMMAND, "serve", "--sandbox", "--port", "0", "--project", str(self._project.resolve())]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [*command, "--data", str(self._folder / "data")],
                cwd=self._folder,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout
        found = re.search(r"http://\S+$", self._process.stdout.readline().strip())
        self.url = found[0] if found else ""
        if not self.url or not self._ready():
            self.stop()
            raise RuntimeError(f"'{' '.join(command)}' did not start:\n{self._log.read_text()}")

    def _ready(self) -> bool:
        end = time.monotonic() + START_SECONDS
        while self._process and self._process.poll() is None and time.monotonic() < end:
            with suppress(URLError, OSError, AssertionError), self._opener.open(f"{self.url}/readyz"):
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if not process:
            return
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


class Clock:
    """The clock of a server: codes expire, windows close and texts become due by it. ``moved`` says that it does not tell the real time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.moved = False

    def freeze(self, at: datetime | None = None) -> datetime:
        """Stop it, at a moment with its time zone or now; returns the time."""
        if at and not at.tzinfo:
            raise ValueError(f"{at!r} has no time zone: write datetime(..., tzinfo=UTC)")
        return self._move(freeze=at.isoformat() if at else "now")

    def advance(self, by: float | timedelta) -> datetime:
        """Put it forward, by seconds or a timedelta, stopped or not; returns the time."""
        return self._move(advance=by.total_seconds() if isinstance(by, timedelta) else by)

    def resume(self) -> datetime:
        """Let it tell the real time again; returns the time."""
        return self._move(resume=True)

    def now(self) -> datetime:
        """The time it tells."""
        return _time(self._server.ask("/handset/clock", {"advance": 0}))

    def _move(self, **how: object) -> datetime:
        told = self._server.ask("/handset/clock", how)
        self.moved = "resume" not in how
        return _time(told)


def scaffold(folder: Path) -> Path:
    """The project that ``yesline init`` makes, in a new folder."""
    subprocess.run([*COMMAND, "init", str(folder)], check=True, capture_output=True)
    return folder


def _time(told: Any) -> datetime:
    return datetime.fromtimestamp(told["now"] / 1000, UTC)


def _environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Ours alone: a database or a carrier that the shell names is nothing for tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YESLINE_")}
    return (
        kept | {f"YESLINE_{name.upper()}": str(value) for name, value in settings.items()} | {"PYTHONUNBUFFERED": "1"}
    )
