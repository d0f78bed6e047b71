"""One transaction of named statements, for what no act decides: the feed, the endpoints that are told, and what is on its way to them."""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

T = TypeVar("T")
Rows = list[Sequence[Any]]
Ask = Callable[..., Awaitable[Rows]]
"""A store's ``rows`` or a transaction's ``fetch``."""


class Transaction(Protocol):
    """It is committed when its context ends without an error."""

    async def fetch(self, query: str, *params: Any) -> Rows:
        """What a named statement finds or returns."""
        ...

    async def many(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a named statement for each of these."""
        ...


class SqliteTransaction:
    """See ``Transaction``."""

    def __init__(
        self, write: Callable[[Callable[[sqlite3.Connection], Any]], Awaitable[Any]], queries: dict[str, str]
    ) -> None:
        self._write = write
        self._queries = queries

    async def fetch(self, query: str, *params: Any) -> Rows:
        """What a named statement finds or returns."""
        given = [msgspec.json.encode(param).decode() if isinstance(param, list) else param for param in params]
        found: Rows = await self._write(lambda db: db.execute(self._queries[query], given).fetchall())
        return found

    async def many(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a named statement for each of these."""
        await self._write(lambda db: db.executemany(self._queries[query], rows))


class PostgresTransaction:
    """See ``Transaction``."""

    def __init__(self, connection: Any, queries: dict[str, str]) -> None:
        self._db = connection
        self._queries = queries

    async def fetch(self, query: str, *params: Any) -> Rows:
        """What a named statement finds or returns."""
        return [tuple(row) for row in await self._db.fetch(self._queries[query], *params)]

    async def many(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a named statement for each of these."""
        await self._db.executemany(self._queries[query], rows)
