"""The ends of a copy: a database as tables of plain rows, read in the order of their keys."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

from yesline.errors import ConfigError, StoreError
from yesline.store import engines
from yesline.store.sql import Engine
from yesline.store.tables import Table

How = Literal["seen", "locked", "alone"]
"""``seen``: as it is at one moment, while others go on writing. ``locked``: nobody else may write. ``alone``: to be written by us."""
Rows = list[tuple[Any, ...]]


class End(Protocol):
    """One open database. Statements have their parameters as ``?1``, ``?2``."""

    engine: Engine

    async def fetch(self, statement: str, *params: Any) -> Rows:
        """Run a statement. Raises StoreError."""
        ...

    async def run(self, *statements: str) -> None:
        """Run statements in one transaction. Raises StoreError."""
        ...

    async def write(self, table: Table, rows: Rows) -> None:
        """Add rows in one transaction. Raises StoreError."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


async def open_end(url: str, how: How) -> End:
    """Open a database for a copy. Raises ConfigError where it is not there, or is in use and must not be."""
    if engines.engine(url) == "sqlite":
        return SqliteEnd(engines.path(url), how)
    try:
        from yesline.store.ends_postgres import PostgresEnd  # noqa: PLC0415  (its driver is optional)
    except ModuleNotFoundError as error:
        raise ConfigError(engines.NO_DRIVER) from error
    return await PostgresEnd.open(url, how)


@asynccontextmanager
async def opened(url: str, how: How) -> AsyncIterator[End]:
    """A database, closed when the context ends."""
    end = await open_end(url, how)
    try:
        yield end
    finally:
        await end.close()


class SqliteEnd:
    """A SQLite file. A server that has it open is noticed even while it is idle."""

    engine: Engine = "sqlite"

    def __init__(self, path: Path, how: How) -> None:
        self.path = path
        if not path.is_file():
            raise ConfigError(f"{path}: there is no database there")
        self.db = _look(path) if how == "seen" else _take(path)

    async def fetch(self, statement: str, *params: Any) -> Rows:
        """Run a statement."""
        with _told(self.path):
            return self.db.execute(statement, params).fetchall()

    async def run(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with self._transaction():
            for statement in statements:
                self.db.execute(statement)

    async def write(self, table: Table, rows: Rows) -> None:
        """Add rows in one transaction."""
        marks = ", ".join("?" * len(table.columns))
        with self._transaction():
            self.db.executemany(f"INSERT INTO {table.name} ({table.listed}) VALUES ({marks})", rows)  # noqa: S608  (our own table)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _told(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self.db.execute("ROLLBACK")
                raise

    async def close(self) -> None:
        """Close the file."""
        self.db.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error


def _look(path: Path) -> sqlite3.Connection:
    """See the file as it is now, changing nothing in it."""
    with _told(path):
        db = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM sqlite_master")
    return db


def _take(path: Path) -> sqlite3.Connection:
    """Keep everybody else out.

    In WAL mode a connection holds a shared lock for as long as it is open, so that the exclusive one cannot be had beside it.
    Source: https://www.sqlite.org/pragma.html#pragma_locking_mode and https://www.sqlite.org/wal.html#noshm
    """
    db = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("locking_mode = exclusive", "journal_mode = wal", "synchronous = 2", "foreign_keys = 1"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        db.close()
        raise ConfigError(
            f"{path}: in use ({error}): a server or command has it open; stop it first, "
            "since what it writes meanwhile would be lost"
        ) from error
    except sqlite3.Error as error:
        db.close()
        raise ConfigError(f"{path}: cannot be used as a database: {error}") from error
    return db
