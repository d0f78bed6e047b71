"""Connections to PostgreSQL: opened with settings that are read back, opened again after a break, and what their errors mean to us."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

import asyncpg

from yesline.errors import ConfigError, Conflict, StoreError, Unavailable
from yesline.store.base import NUL
from yesline.store.changes import Changes

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for which a lost database is waited for before the one who asks is told; a restart takes less."""
CHANNEL = "yesline"
_PAYLOAD = 7_900  # NOTIFY takes less than 8,000 bytes: https://www.postgresql.org/docs/current/sql-notify.html
_OLDEST = 150_000
_SETTINGS = {"application_name": "yesline", "timezone": "UTC"}
_WRITING = _SETTINGS | {
    # Every statement of a clerk is by key. A plan made while a table was small must not read it whole when it is large.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "lock_timeout": "10s",
    # A clerk that froze in the middle of a batch lets go of the numbers it holds.
    "idle_in_transaction_session_timeout": "15s",
}
_FLUSHED = ("on", "local", "remote_write", "remote_apply")
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ConnectionDoesNotExistError,
)
_CONFLICTS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.LockNotAvailableError,
)
_NOT_NOW = (
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.QueryCanceledError,
    asyncpg.PostgresIOError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


@contextmanager
def told() -> Iterator[None]:
    """Tell the driver's errors in our words. Raises Conflict, Unavailable where the database is lost, full or read-only, StoreError."""
    try:
        yield
    except _CONFLICTS as error:
        raise Conflict(f"another process changed the same rows: {error}") from error
    except (*_LOST, *_NOT_NOW) as error:
        raise Unavailable(f"the database cannot be used now: {error}") from error
    except (asyncpg.UntranslatableCharacterError, asyncpg.CharacterNotInRepertoireError) as error:
        raise StoreError(NUL) from error


async def connect(dsn: str, *, writing: bool = False) -> "asyncpg.Connection[Any]":
    """A connection whose commits are flushed before they are told. Raises ConfigError where the server does otherwise.

    Source: ``security-compliance`` D1.2; https://www.postgresql.org/docs/current/wal-async-commit.html
    """
    connection = await asyncpg.connect(dsn, server_settings=_WRITING if writing else _SETTINGS, timeout=10)
    try:
        await _look(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _look(connection: "asyncpg.Connection[Any]") -> None:
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < _OLDEST:
        raise ConfigError(f"PostgreSQL {version // 10_000} is too old: Yesline needs 15 or newer")
    commit = await connection.fetchval("SHOW synchronous_commit")
    if commit not in _FLUSHED:
        raise ConfigError(
            f"PostgreSQL says synchronous_commit is {commit}: an answered opt-in could be lost. "
            "Set it to on for this database: ALTER DATABASE ... SET synchronous_commit = on"
        )
    if await connection.fetchval("SHOW fsync") != "on":
        raise ConfigError("PostgreSQL runs with fsync = off: an answered opt-in could be lost. Set fsync = on")


async def first(dsn: str, *, writing: bool = False) -> "asyncpg.Connection[Any]":
    """The first connection of a command or server. Raises ConfigError that tells what is wrong with the address."""
    try:
        return await connect(dsn, writing=writing)
    except (*_LOST, asyncpg.PostgresError) as error:
        raise ConfigError(f"the database cannot be reached: {error}: check YESLINE_DATABASE") from error
    except ValueError:  # its text may hold a part of the password
        raise ConfigError(
            "the database's address cannot be read: write it as postgresql://user:password@host/name, with what is special "
            "in a password as in %40 for @"
        ) from None


class Link:
    """One connection that is opened again when it breaks. Used by one task at a time."""

    def __init__(self, dsn: str, connection: "asyncpg.Connection[Any]") -> None:
        self._dsn = dsn
        self._connection = connection

    async def get(self) -> "asyncpg.Connection[Any]":
        """The connection, in working order. Raises Unavailable after some patience."""
        if self._connection.is_closed():
            self._connection = await patiently(lambda: connect(self._dsn, writing=True))
        return self._connection

    def drop(self) -> None:
        """Give the connection up, with whatever was begun on it."""
        self._connection.terminate()

    async def close(self) -> None:
        """Close it."""
        with suppress(*_LOST):
            await self._connection.close(timeout=5)


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do something that needs the database, again and again while it is lost. Raises Unavailable after some patience."""
    loop = asyncio.get_running_loop()
    ends, pause = loop.time() + PATIENCE, 0.02
    while True:
        try:
            return await work()
        except _LOST as error:
            if loop.time() + pause > ends:
                raise Unavailable(f"the database does not answer: {error}") from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)


class Crier:
    """Tells other processes what changed here, and us what changed there.

    It speaks after the commit, on a connection of its own: NOTIFY inside the clerk's transaction would make the commits of all
    processes wait for one another. What is lost with a killed process is seen by the next look of who waits.
    """

    def __init__(self, dsn: str, changes: Changes) -> None:
        self._dsn = dsn
        self._changes = changes
        self._news: set[str] = set()
        self._stir = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen and speak from now on."""
        self._task = asyncio.create_task(self._run())

    def say(self, keys: Iterable[str]) -> None:
        """Tell every process about these keys."""
        self._news.update(keys)
        self._stir.set()

    async def _run(self) -> None:
        while True:
            try:
                async with self._listening() as connection:
                    self._changes.publish_all()  # what was said while nobody listened is lost
                    await self._speak(connection)
            except (*_LOST, asyncpg.PostgresError, ConfigError) as error:
                log.warning("live updates from other processes pause: %s", error)
                await asyncio.sleep(0.5)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator["asyncpg.Connection[Any]"]:
        connection = await connect(self._dsn)
        try:
            connection.add_termination_listener(lambda _: self._stir.set())
            await connection.add_listener(CHANNEL, self._hear)
            yield connection
        finally:
            connection.terminate()

    def _hear(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        del channel
        if pid != connection.get_server_pid():  # who waits in this process was told already
            self._changes.publish(*str(payload).split())

    async def _speak(self, connection: "asyncpg.Connection[Any]") -> None:
        while not connection.is_closed():
            await self._stir.wait()
            self._stir.clear()
            news, self._news = self._news, set()
            for payload in _payloads(news):
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)

    async def close(self) -> None:
        """Fall silent."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _payloads(keys: set[str]) -> Iterator[str]:
    """The keys in as few words as NOTIFY takes."""
    words: list[str] = []
    size = 0
    for key in sorted(keys):
        if size + len(key) + 1 > _PAYLOAD:
            yield " ".join(words)
            words, size = [], 0
        words.append(key)
        size += len(key) + 1
    if words:
        yield " ".join(words)
