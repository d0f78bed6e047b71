"""A real server in a process of its own, for tests that kill it, load it or drive it with a browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from tests.conftest import DEMO

ROOT = Path(__file__).parents[1]


class Server:
    """``yesline demo``, or ``serve``, on a free port; ``start`` again after ``kill`` keeps data and port."""

    def __init__(
        self,
        data: Path,
        project: Path,
        database: str = "",
        more: dict[str, str] | None = None,
        command: str = "demo",
    ) -> None:
        self.data = data
        self.project = project
        self.command = command
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", "YESLINE_DATABASE": database} | (more or {})
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sibling(self) -> "Server":
        """Another process of the same deployment, started; both believe that the world calls the first one's address."""
        public = {"YESLINE_PUBLIC_URL": self.base}
        other = Server(
            self.data, self.project, self.environment["YESLINE_DATABASE"], self.environment | public, self.command
        )
        other.start()
        return other

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "yesline",
            self.command,
            "--data",
            str(self.data),
            "--project",
            str(self.project),
        ]
        log = (self.data.parent / "server.log").open("a")
        with log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self.environment,
            )
        assert self._process.stdout
        first = self._process.stdout.readline()
        found = re.search(r":(\d+)$", first.strip())
        assert found, f"the server did not start: {(self.data.parent / 'server.log').read_text()}"
        self.port = int(found[1])
        self._wait()

    def _wait(self) -> None:
        with httpx2.Client(base_url=self.base) as http:
            for _ in range(200):
                with suppress(httpx2.TransportError):
                    if http.get("/readyz").status_code == 200:
                        return
                if self._process and self._process.poll() is not None:
                    break
                time.sleep(0.05)
        raise AssertionError(f"the server died: {(self.data.parent / 'server.log').read_text()}")

    def kill(self) -> None:
        """No farewell: what was not on disk is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(30)
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None


def project_folder(folder: Path, origin: str = "") -> Path:
    """A copy of the demo's project whose form pages of ``origin`` may show."""
    target = folder / "project"
    shutil.copytree(DEMO, target)
    form = target / "forms" / "spring-harvest.toml"
    form.write_text(
        form.read_text().replace("origins = []", f"origins = {[origin] if origin else []}".replace("'", '"'))
    )
    return target


@contextmanager
def serving(folder: Path, project: Path = DEMO) -> Iterator[Server]:
    """A live server with its data in ``folder``."""
    server = Server(folder / "data", project)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
