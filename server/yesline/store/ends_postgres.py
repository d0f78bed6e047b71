"""A PostgreSQL database as an end of a copy; rows go in by COPY."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from yesline.errors import ConfigError, StoreError
from yesline.store.ends import How, Rows
from yesline.store.postgres_link import first, told
from yesline.store.sql import Engine
from yesline.store.tables import TABLES, Table

_OTHERS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'yesline' AND pid <> pg_backend_pid()"""
_LOOKS = 40
_BETWEEN = 0.05  # seconds; a connection that was cut off is listed for a moment longer
_BUSY = "a server or command is using it: stop it first, since what it writes meanwhile would be lost"


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        with told():
            yield
    except asyncpg.PostgresError as error:
        raise StoreError(f"PostgreSQL: {error}") from error


class PostgresEnd:
    """One connection, in one transaction where it is not written to."""

    engine: Engine = "postgres"

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        self._db = connection

    @classmethod
    async def open(cls, dsn: str, how: How) -> "PostgresEnd":
        """Connect. Raises ConfigError where a server uses the database and must not."""
        end = cls(await first(dsn))
        try:
            with _plainly():
                await end._begin(how)
        except BaseException:
            await end.close()
            raise
        return end

    async def _begin(self, how: How) -> None:
        await self._db.execute("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0")
        if how == "seen":
            await self._db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return
        await self._keep_out()
        if how == "locked":
            await self._db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            await self._lock()

    async def _keep_out(self) -> None:
        for _ in range(_LOOKS):
            if not await self._db.fetchval(_OTHERS):
                return
            await asyncio.sleep(_BETWEEN)
        raise ConfigError(f"PostgreSQL: {_BUSY}")

    async def _lock(self) -> None:
        """The snapshot is taken after the locks: LOCK TABLE takes none."""
        await self._db.execute("SET LOCAL lock_timeout = '5s'")
        try:
            await self._db.execute(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN EXCLUSIVE MODE")
        except asyncpg.LockNotAvailableError as error:
            raise ConfigError(f"PostgreSQL: {_BUSY}") from error

    async def fetch(self, statement: str, *params: Any) -> Rows:
        """Run a statement."""
        with _plainly():
            return [tuple(row) for row in await self._db.fetch(re.sub(r"\?(\d+)", r"$\1", statement), *params)]

    async def run(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with _plainly():
            async with self._db.transaction():
                for statement in statements:
                    await self._db.execute(statement)

    async def write(self, table: Table, rows: Rows) -> None:
        """Add rows in one COPY, which is a transaction."""
        with _plainly():
            await self._db.copy_records_to_table(table.name, records=rows, columns=table.columns)

    async def close(self) -> None:
        """Close the connection, and with it what was begun."""
        await self._db.close(timeout=5)
