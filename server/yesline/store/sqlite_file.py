"""The file of a SQLite database: opened with our settings, brought up to date, copied."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from yesline.errors import ConfigError, Unavailable
from yesline.store import migrations
from yesline.store.migrations import Migration

_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: every commit is flushed
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "wal_autocheckpoint": 16_000,  # pages; the store copies them sooner and beside the commits
    "cache_size": -32_000,
}
_PAGES_AT_ONCE = 10_000


def connect(path: Path) -> sqlite3.Connection:
    """A connection with our settings, read back. Raises ConfigError where the file cannot be used so."""
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        for name, wanted in _PRAGMAS.items():
            db.execute(f"PRAGMA {name} = {wanted}")
            (got,) = db.execute(f"PRAGMA {name}").fetchone()
            if got != wanted:
                raise ConfigError(f"{path}: SQLite says {name} is {got}, not {wanted}: use a local disk")
    except sqlite3.Error as error:
        raise ConfigError(f"{path}: cannot be used as a database: {error}") from error
    return db


def _done(db: sqlite3.Connection) -> set[str]:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'migration'").fetchone():
        return set()
    return {name for (name,) in db.execute(migrations.DONE)}


def pending(path: Path, *, unfinished: bool = False) -> list[Migration]:
    """The migrations this file lacks: all of them where there is no file yet. Raises ConfigError where it is half filled."""
    if not path.exists():
        return migrations.known("sqlite")
    with closing(connect(path)) as db:
        done = _done(db)
    if not unfinished:
        migrations.check_whole(str(path), done)
    return migrations.left("sqlite", done)


def migrate(path: Path, now: int) -> list[str]:
    """Bring the schema up to date, each migration in a transaction of its own; returns the names of those applied."""
    applied: list[str] = []
    with closing(connect(path)) as db:
        db.execute(migrations.TABLE)
        while step := _step(db, now):
            applied.append(step)
    return applied


def _step(db: sqlite3.Connection, now: int) -> str | None:
    """Apply the next migration that is lacking; two processes that start at once apply it once."""
    db.execute("BEGIN IMMEDIATE")
    try:
        left = migrations.left("sqlite", _done(db))
        if left:
            for statement in _statements(left[0].sql):
                db.execute(statement)
            db.execute(migrations.MARK, (left[0].name, now))
        db.execute("COMMIT")
    except sqlite3.Error as error:
        raise Unavailable(f"the migration {left[0].name} failed and changed nothing: {error}") from error
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
    return left[0].name if left else None


def _statements(script: str) -> Iterator[str]:
    """The statements of a script: ``executescript`` would commit what was begun before it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def back_up(db: sqlite3.Connection, file: Path, tell: Callable[[int, int], None]) -> None:
    """Copy a database into a new file, as this connection sees it. ``tell`` hears of pages done and of all. Raises Unavailable.

    Source: https://www.sqlite.org/backup.html
    """
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as copy:
            db.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, of: tell(of - left, of))
    except sqlite3.Error as error:
        raise Unavailable(f"{file}: {error}") from error
    make_portable(file)


def make_portable(file: Path) -> None:
    """Make a file of a database that is closed one that is read without others beside it, from a read-only disk, too."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = delete")
