"""Which engine a database address is for, and how a store is opened, made and brought up to date there."""

from pathlib import Path
from types import ModuleType

from yesline.errors import ConfigError
from yesline.store import migrations, sqlite, sqlite_file
from yesline.store.base import Store
from yesline.store.migrations import Migration
from yesline.store.sql import Engine

NO_DRIVER = "PostgreSQL needs its driver: run \"pip install 'yesline[postgres]'\""


def engine(url: str) -> Engine:
    """Which engine ``sqlite:///path`` or ``postgresql://...`` is for. Raises ConfigError."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and rest != "/":
        return "sqlite"
    if scheme in ("postgresql", "postgres") and rest:
        return "postgres"
    shown = scheme if "://" in url else url  # an address may hold a password
    raise ConfigError(
        f"database {shown!r}: write it as sqlite:///path/to/file.db or postgresql://user:password@host/name"
    )


def path(url: str) -> Path:
    """The file of ``sqlite:///path``; a relative path has three slashes, an absolute one four."""
    return Path(url.removeprefix("sqlite:///"))


def shown(url: str) -> str:
    """An address as it may be shown: without user, password and options."""
    if engine(url) == "sqlite":
        return str(path(url))
    rest = url.partition("://")[2]
    _, at, place = rest.partition("?")[0].rpartition("@")
    whole = bool(at) or "@" not in rest  # else a password holds a question mark, and may hold anything
    return f"postgresql://{place}" if whole else "postgresql://..."


def _driver() -> ModuleType:
    """PostgreSQL's half of the store. Raises ConfigError where its driver is not installed."""
    try:
        from yesline.store import postgres  # noqa: PLC0415  (its driver is an extra)
    except ModuleNotFoundError as error:
        raise ConfigError(NO_DRIVER) from error
    return postgres


async def pending(url: str) -> list[Migration]:
    """The migrations a database lacks. Raises ConfigError where it cannot be reached."""
    if engine(url) == "sqlite":
        return sqlite_file.pending(path(url))
    found: list[Migration] = await _driver().pending(url)
    return found


async def migrate(url: str, now: int) -> list[str]:
    """Bring a database up to date; returns the names of the migrations applied. Raises ConfigError."""
    if engine(url) == "sqlite":
        path(url).parent.mkdir(parents=True, exist_ok=True)
        return sqlite_file.migrate(path(url), now)
    applied: list[str] = await _driver().migrate(url, now)
    return applied


async def ready_store(url: str, now: int) -> Store:
    """Open a database for a server or a command. A SQLite file is made and brought up to date by whoever opens it."""
    if engine(url) == "sqlite":
        await migrate(url, now)
    return await open_store(url)


async def open_store(url: str, *, unfinished: bool = False) -> Store:
    """Open a database that is up to date. Raises ConfigError where it is behind or cannot be used.

    ``unfinished`` opens one that is half filled, too: for the command that fills it.
    """
    if engine(url) == "sqlite":
        if left := sqlite_file.pending(path(url), unfinished=unfinished):
            raise migrations.behind(str(path(url)), left)
        return sqlite.SqliteStore(path(url))
    store: Store = await _driver().PostgresStore.open(url, unfinished=unfinished)
    return store
