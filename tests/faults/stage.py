"""Where a fault is played: folders, settings, and the victims that are started on them, each in a process of its own."""

import asyncio
import os
import random
import resource
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.faults.victim import Control, Plan, serve
from tests.live import free_port
from yesline.project import Project, load
from yesline.store import engines
from yesline.store.sql import Engine

OPEN = {
    "number_per_minute": 10**6,
    "number_per_hour": 10**6,
    "number_per_day": 10**6,
    "number_per_month": 10**6,
    "block_per_hour": 10**7,
    "address_per_hour": 10**7,
    "resend_seconds": 1,
}
"""Caps that nobody reaches, so that every act counts."""
GROUPS = {"promotions": "24680", "news": "24681"}
FORMS = {
    "spring-harvest": "promotions",
    "footer": "promotions",
    "checkout": "promotions",
    "letter": "news",
    "blog": "news",
}
PER_SECOND = 1000
_START_LIMIT = 60.0
_FORKING = get_context("forkserver")
_FORKING.set_forkserver_preload(
    ["__main__", "tests.faults.victim"]
)  # a start that imports nothing takes little of two cores
_SPAWNING = get_context("spawn")


class Fault(Exception):
    """The harness itself cannot go on: a server that does not start, a point that is never reached."""


def _write(folder: Path) -> None:
    """Five forms, three for one group and two for another."""
    for kind in ("groups", "forms"):
        (folder / kind).mkdir(parents=True)
    brand = 'name = "Larkspur"\nsupport = "hello@larkspur.example"\n'
    links = 'terms = "https://larkspur.example/terms"\nprivacy = "https://larkspur.example/privacy"\n'
    (folder / "yesline.toml").write_text(f"[brand]\n{brand}{links}")
    for group, address in GROUPS.items():
        words = f'name = "{group}"\nsends = "offers"\nfrequency = "Up to 4 messages a month"\n'
        sender = f'[sender]\naddress = "{address}"\nper_second = {PER_SECOND}\n'
        # Who plays at night waits for no morning: a clock that steps makes answers of ten minutes ago fall into the quiet hours.
        quiet = '[quiet]\nstart = "00:00"\nend = "00:00"\n'
        (folder / "groups" / f"{group}.toml").write_text(words + sender + quiet)
    for form, group in FORMS.items():
        (folder / "forms" / f"{form}.toml").write_text(f'group = "{group}"\ncountries = ["GB"]\ndaily = 1000000\n')


@lru_cache
def project() -> Project:
    """The project of every stage, read once: what a server spends on it at each start is not the matter here."""
    with TemporaryDirectory() as folder:
        _write(Path(folder))
        return load(Path(folder))


def _answers(base: str) -> bool:
    asking = HTTPConnection(base.removeprefix("http://"), timeout=5)
    with closing(asking), suppress(OSError, HTTPException):
        asking.request("GET", "/readyz")
        return asking.getresponse().status == 200
    return False


class Victim:
    """One server process. What it says goes to the stage's log."""

    def __init__(self, process: BaseProcess, base: str, log: Path) -> None:
        self._process = process
        self._log = log
        self.base = base

    @property
    def pid(self) -> int:
        pid = self._process.pid
        assert pid, "it was started"
        return pid

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    async def ready(self) -> bool:
        """Whether it serves, once it does or has died."""
        ends = time.monotonic() + _START_LIMIT
        while self.alive:
            if await asyncio.to_thread(_answers, self.base):
                return True
            if time.monotonic() > ends:
                raise Fault(f"a server did not start in {_START_LIMIT:.0f} s: {self._last_words()}")
            await asyncio.sleep(0.01)
        return False

    async def serve(self) -> "Victim":
        """Itself, serving. Raises Fault."""
        if not await self.ready():
            raise Fault(f"a server did not start: {self._last_words()}")
        return self

    async def end(self, seconds: float = 60) -> int:
        """Its exit code, once it has ended. Raises Fault."""
        ends = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > ends:
                self.kill()
                raise Fault(f"a server did not end in {seconds:.0f} s: {self._last_words()}")
            await asyncio.sleep(0.005)
        code = self._process.exitcode
        assert code is not None, "it has ended"
        return code

    def kill(self) -> None:
        """No farewell."""
        self._process.kill()

    async def stop(self) -> int:
        """Ask it to end."""
        os.kill(self.pid, signal.SIGTERM)
        return await self.end()

    def bound_files(self, size: int) -> None:
        """Let no file of its own grow beyond this size; -1 takes the bound away."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


class Stage:
    """A deployment: a data folder, a project, a database, and ports for one server or more."""

    def __init__(self, folder: Path, url: str, rng: random.Random, limits: Mapping[str, int] = OPEN) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.url = url or f"sqlite:///{self.data / 'yesline.db'}"
        self.engine: Engine = engines.engine(self.url)
        self.rng = rng
        self.limits = dict(limits)
        self.log = folder / "server.log"
        self.busy_ms = 0
        self.environ: dict[str, str] = {}
        self._control = folder / "control.json"
        self._victims: list[Victim] = []
        self._ports: list[int] = []
        self.turn(Control())

    def bases(self, servers: int = 1) -> list[str]:
        """The addresses of this many servers."""
        while len(self._ports) < servers:
            self._ports.append(free_port())
        return [f"http://127.0.0.1:{port}" for port in self._ports[:servers]]

    def turn(self, control: Control) -> None:
        """Change the servers' clock or disk while they run."""
        draft = self._control.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(control))
        draft.replace(self._control)

    def start(self, point: str = "", nth: int = 1, server: int = 0) -> Victim:
        """A new process on the server's port; it may not serve yet."""
        base = self.bases(server + 1)[server]
        plan = Plan(
            data=str(self.data),
            log=str(self.log),
            database=self.url,
            port=self._ports[server],
            control=str(self._control),
            limits=self.limits,
            point=point,
            nth=nth,
            busy_ms=self.busy_ms,
        )
        process: BaseProcess
        with _environment(self.environ):
            context = _SPAWNING if self.environ else _FORKING  # the fork server has an environment of its own
            process = context.Process(target=serve, args=(plan, project()), daemon=True)
            process.start()
        self._victims.append(Victim(process, base, self.log))
        return self._victims[-1]

    def sweep(self) -> None:
        """Leave no process behind."""
        for victim in self._victims:
            if victim.alive:
                victim.kill()
        for victim in self._victims:
            victim._process.join(30)


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    """These variables, for the processes that are started meanwhile."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            os.environ.pop(name)
        os.environ.update(before)
