"""What tests of the store share: looking past it into the tables, and a loop that outlives one story."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import asyncpg

RECORDED = (
    "event_facts", "event", "review_item", "invalid_number", "text", "submission", "prompt", "subscription", "coupon", "subject",
    "suppression", "group_suppression", "limit_counter",
)  # fmt: skip
"""The tables that acts write, children before parents."""
TABLES = (
    *RECORDED, "webhook_delivery", "webhook_endpoint", "feed", "profile_event", "profile_alias", "profile", "carrier_cursor", "import_job", "api_key", "idempotency", "showing", "form", "form_version", "subscription_group", "brand",
)  # fmt: skip
"""Every table, children before parents."""

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@contextmanager
def one_loop() -> Iterator[Run]:
    """Runs coroutines on one loop in a thread of its own: Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread, asyncio.Runner() as runner:
        try:
            yield lambda story: thread.submit(runner.run, story).result()
        finally:
            thread.submit(runner.close).result()


class Peek:
    """A connection past the store."""

    def __init__(self, url: str) -> None:
        self._url = url
        file = url.removeprefix("sqlite:///")
        self._file = sqlite3.connect(file, check_same_thread=False) if file != url else None
        self._server: Any = None

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read, or change what no verb of ours does."""
        if self._file:
            with self._file:
                return self._file.execute(statement).fetchall()
        self._server = self._server or await asyncpg.connect(self._url)
        return [tuple(row) for row in await self._server.fetch(statement)]

    async def without_keys(self) -> None:
        """From now on rows may be removed that others refer to."""
        await self.rows("PRAGMA foreign_keys = 0" if self._file else "SET session_replication_role = replica")

    async def empty(self, tables: tuple[str, ...] = TABLES) -> None:
        """Remove every row of these tables."""
        for table in tables:
            await self.rows(f"DELETE FROM {table}")  # noqa: S608  (our own names)

    async def close(self) -> None:
        """Let go."""
        if self._file:
            self._file.close()
        if self._server:
            await self._server.close()
