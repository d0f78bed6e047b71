"""The named points at which a server dies, as wraps around the product's own methods.

The product knows nothing of them: they are put on in the child process (``tests.faults.victim``) before it serves.
"""

import asyncio
import os
import random
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import asyncpg
import msgspec

from yesline.carriers.base import Outgoing
from yesline.carriers.console import ConsoleCarrier, Message
from yesline.clerk import Clerk
from yesline.records import Row, Suppression
from yesline.store import sqlite, sqlite_file
from yesline.store.postgres import PostgresBatch, PostgresStore
from yesline.store.sql import Engine
from yesline.store.sqlite import SqliteBatch, SqliteStore


def die() -> None:
    """No farewell, as when the machine loses its power or the kernel its patience."""
    os.kill(os.getpid(), signal.SIGKILL)


class Fuse:
    """Kills at the n-th pass."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def pass_by(self, kill: Callable[[], None] = die) -> None:
        """Count one more pass."""
        self._left -= 1
        if self._left == 0:
            kill()


Install = Callable[[Fuse], None]


def _save_then(after: Callable[[Sequence[Row]], None]) -> None:
    """Call ``after`` once a batch is committed and before anybody is answered."""
    for batch in (SqliteBatch, PostgresBatch):
        real: Any = batch.save

        @wraps(real)
        async def save(self: Any, rows: Sequence[Row], *claims: Any, real: Any = real) -> Any:
            told = await real(self, rows, *claims)
            after(rows)
            return told

        setattr(batch, "save", save)  # noqa: B010  (a method of a class)


def after_commit(fuse: Fuse) -> None:
    """Committed, and nobody told."""
    _save_then(lambda _: fuse.pass_by())


def stop_committed(fuse: Fuse) -> None:
    """A STOP is committed, and neither the carrier was answered nor the person."""

    def after(rows: Sequence[Row]) -> None:
        if any(isinstance(row, Suppression) and not row.lifted_at for row in rows):
            fuse.pass_by()

    _save_then(after)


def after_lease(fuse: Fuse) -> None:
    """A text is marked ``sending`` and the carrier was not called yet."""
    real = ConsoleCarrier.send

    async def send(self: ConsoleCarrier, text: Outgoing) -> str:
        fuse.pass_by()
        return await real(self, text)

    setattr(ConsoleCarrier, "send", send)  # noqa: B010


def carrier_accepted(fuse: Fuse) -> None:
    """The carrier took the text and its answer is not recorded."""
    real = ConsoleCarrier.send

    async def send(self: ConsoleCarrier, text: Outgoing) -> str:
        taken = await real(self, text)
        fuse.pass_by()
        return taken

    setattr(ConsoleCarrier, "send", send)  # noqa: B010


def carrier_line_cut(fuse: Fuse) -> None:
    """The carrier's own record breaks off in the middle of a line."""
    real = ConsoleCarrier._keep

    def keep(self: ConsoleCarrier, message: Message) -> None:
        def half() -> None:
            line = msgspec.json.encode(message)
            self._out.write(line[: len(line) // 2])
            self._out.flush()
            die()

        if message.direction == "out":
            fuse.pass_by(half)
        real(self, message)

    setattr(ConsoleCarrier, "_keep", keep)  # noqa: B010


def draining(fuse: Fuse) -> None:
    """Asked to end, the server is at its last writes."""
    real = Clerk.drain

    async def drain(self: Clerk) -> None:
        fuse.pass_by()
        await real(self)

    setattr(Clerk, "drain", drain)  # noqa: B010


def keys_made(fuse: Fuse) -> None:
    """The secrets are written and not yet under their name."""
    real = os.link

    def link(source: str, target: str) -> None:
        fuse.pass_by()
        real(source, target)

    setattr(os, "link", link)  # noqa: B010


class _Cut:
    """A connection of SQLite's that tells of each step of a save."""

    def __init__(self, db: sqlite3.Connection, step: Callable[[str], None]) -> None:
        self._db = db
        self._step = step

    def executemany(self, statement: str, rows: Any) -> None:
        self._db.executemany(statement, rows)
        self._step("write")

    def execute(self, statement: str) -> None:
        self._step(statement)
        self._db.execute(statement)


def _sqlite_step(wanted: str, act: Callable[[], None]) -> None:
    real: Any = sqlite._save

    def save(db: sqlite3.Connection, *given: Any) -> Any:
        return real(_Cut(db, lambda step: act() if step == wanted else None), *given)

    setattr(sqlite, "_save", save)  # noqa: B010


def sqlite_between_writes(fuse: Fuse) -> None:
    """Rows of some kinds are written and rows of others are not."""
    _sqlite_step("write", fuse.pass_by)


def sqlite_before_commit(fuse: Fuse) -> None:
    """Everything is written and nothing committed."""
    _sqlite_step("COMMIT", fuse.pass_by)


def sqlite_in_commit(fuse: Fuse) -> None:
    """While SQLite flushes the log: what was committed nobody knows."""

    def soon() -> None:
        threading.Timer(random.uniform(0, 0.001), die).start()

    _sqlite_step("COMMIT", lambda: fuse.pass_by(soon))


def sqlite_checkpoint(fuse: Fuse) -> None:
    """While the log is copied into the database."""
    setattr(sqlite, "_TIDY_EVERY", 60)  # noqa: B010
    real = SqliteStore.saved

    def saved(self: SqliteStore, rows: int) -> None:
        real(self, rows)
        if self._tidying and not self._tidying.done():
            fuse.pass_by()

    setattr(SqliteStore, "saved", saved)  # noqa: B010


def _sqlite_migration(fuse: Fuse, *, at_mark: bool) -> None:
    real = sqlite_file._statements

    def statements(script: str) -> Iterator[str]:
        for statement in real(script):
            yield statement
            if not at_mark:
                fuse.pass_by()
        if at_mark:
            fuse.pass_by()

    setattr(sqlite_file, "_statements", statements)  # noqa: B010


def sqlite_migration(fuse: Fuse) -> None:
    """Between two statements of a migration."""
    _sqlite_migration(fuse, at_mark=False)


def sqlite_migration_mark(fuse: Fuse) -> None:
    """A migration is done and not marked as applied."""
    _sqlite_migration(fuse, at_mark=True)


def postgres_before_commit(fuse: Fuse) -> None:
    """Everything is written and nothing committed."""
    real: Any = PostgresStore.commit

    async def commit(self: PostgresStore, *args: Any) -> None:
        fuse.pass_by()
        await real(self, *args)

    setattr(PostgresStore, "commit", commit)  # noqa: B010


def postgres_in_commit(fuse: Fuse) -> None:
    """COMMIT is on its way and its answer never comes."""
    real: Any = PostgresStore.commit

    async def commit(self: PostgresStore, *args: Any) -> None:
        going = asyncio.ensure_future(real(self, *args))
        await asyncio.sleep(0)  # by now it is written to the socket
        fuse.pass_by()
        await going

    setattr(PostgresStore, "commit", commit)  # noqa: B010


def _postgres_migration(act: Callable[[Any, str], Any]) -> None:
    """Call ``act`` before each statement that is executed."""
    real = asyncpg.Connection.execute

    async def execute(self: Any, query: str, *args: Any, **options: Any) -> str:
        await act(lambda text: real(self, text), query)
        result: str = await real(self, query, *args, **options)
        return result

    asyncpg.Connection.execute = execute


def postgres_migration(fuse: Fuse) -> None:
    """Between two statements of a migration."""

    async def act(run: Any, query: str) -> None:
        if "CREATE TABLE subject" not in query:
            return
        for statement in query.split(";")[:-1]:
            await run(statement)
            fuse.pass_by()

    _postgres_migration(act)


def postgres_migration_mark(fuse: Fuse) -> None:
    """A migration is done and not marked as applied."""

    async def act(run: Any, query: str) -> None:
        del run
        if query.startswith("INSERT INTO migration"):
            fuse.pass_by()

    _postgres_migration(act)


_SERVING: dict[str, Install] = {
    "after commit": after_commit,
    "stop committed": stop_committed,
    "after lease": after_lease,
    "carrier accepted": carrier_accepted,
    "carrier line cut": carrier_line_cut,
    "draining": draining,
}
_SERVING_OF: dict[Engine, dict[str, Install]] = {
    "sqlite": {
        "between writes": sqlite_between_writes,
        "before commit": sqlite_before_commit,
        "in commit": sqlite_in_commit,
        "checkpoint": sqlite_checkpoint,
    },
    "postgres": {"before commit": postgres_before_commit, "in commit": postgres_in_commit},
}
_STARTING_OF: dict[Engine, dict[str, Install]] = {
    "sqlite": {"keys made": keys_made, "migration": sqlite_migration, "migration mark": sqlite_migration_mark},
    "postgres": {"migration": postgres_migration, "migration mark": postgres_migration_mark, "keys made": keys_made},
}
MOST_PASSES = {"stop committed": 3, "checkpoint": 3, "draining": 1, "keys made": 1, "migration mark": 2}
"""How far the n-th pass may be away, where it is not twelve."""


def serving(engine: Engine) -> dict[str, Install]:
    """The points of a server at work."""
    return _SERVING | _SERVING_OF[engine]


def starting(engine: Engine) -> dict[str, Install]:
    """The points of a first start, which the server does not outlive."""
    return _STARTING_OF[engine]
