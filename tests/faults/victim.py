"""The child process: the server as ``yesline serve --sandbox`` runs it, with a fuse, a clock and a disk that can be turned.

Its carrier is the console's, with the one thing that the console lacks and a carrier has: an id and a time of its own for each
text, so that a text can be delivered twice or late.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tests.faults import points
from yesline import app, server
from yesline.carriers.base import Knock, Told
from yesline.carriers.console import ConsoleCarrier
from yesline.project import Project
from yesline.settings import load
from yesline.store import engines, sqlite_file
from yesline.store.sqlite import SqliteStore

T = TypeVar("T")


class Plan(Struct, frozen=True):
    """What a victim is told. ``busy_ms`` is how long it waits for a lock of SQLite's, 0 for as long as any server."""

    data: str
    log: str
    database: str
    port: int
    control: str
    limits: dict[str, int]
    point: str = ""
    nth: int = 1
    busy_ms: int = 0


class Control(Struct, frozen=True):
    """What is changed while it runs: the clock's error in milliseconds and the most pages of SQLite's file, 0 for no bound."""

    clock: int = 0
    pages: int = 0


class Controls:
    """The control file as it stands."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mark = -1
        self._read = Control()

    def __call__(self) -> Control:
        mark = self._file.stat().st_mtime_ns
        if mark != self._mark:
            self._mark, self._read = mark, msgspec.json.decode(self._file.read_bytes(), type=Control)
        return self._read

    def now(self) -> int:
        """The server's clock."""
        return app.clock() + self().clock


def as_a_carrier() -> None:
    """Take the id and time of a text from whoever delivers it."""
    real = ConsoleCarrier.read

    async def read(self: ConsoleCarrier, knock: Knock) -> Told:
        told = await real(self, knock)
        (text,) = told.inbound
        known = replace(text, id=knock.headers["x-carrier-id"], at=int(knock.headers["x-carrier-at"]))
        return replace(told, inbound=(known,))

    setattr(ConsoleCarrier, "read", read)  # noqa: B010


def bounded(controls: Controls) -> None:
    """Bound SQLite's file as the control says: to SQLite a full disk is the same."""
    real: Any = SqliteStore.write
    most = 2**32 - 2  # SQLite's own bound

    async def write(self: SqliteStore, work: Callable[[Any], T]) -> T:
        def within(db: Any) -> T:
            db.execute(f"PRAGMA max_page_count = {controls().pages or most}")
            return work(db)

        done: T = await real(self, within)
        return done

    setattr(SqliteStore, "write", write)  # noqa: B010


def serve(plan: Plan, project: Project) -> None:
    """Serve until killed: the target of a process."""
    log = os.open(plan.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    controls = Controls(Path(plan.control))
    given = {"data": plan.data, "database": plan.database, "port": plan.port}
    settings = load(None, {}, **given, **plan.limits, sandbox=True, log_level="warning")
    engine = engines.engine(plan.database)
    as_a_carrier()
    if engine == "sqlite":
        bounded(controls)
    if plan.busy_ms:
        sqlite_file._PRAGMAS["busy_timeout"] = plan.busy_ms
    if plan.point:
        (points.serving(engine) | points.starting(engine))[plan.point](points.Fuse(plan.nth))
    if engine == "postgres":
        asyncio.run(engines.migrate(plan.database, controls.now()))
    server.run(app.create_app(settings, project, controls.now), settings, server.bind(settings))
