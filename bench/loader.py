"""Writes generated subscriptions into a database in bulk, on every core, and says how far it is."""

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import asyncpg
import msgspec

from bench.clusters import ask
from bench.generator import Maker, Rows, chunks, in_order
from yesline.records import Row
from yesline.store.sql import ROWS, upsert

_CHUNK = 4_000
_SORTED = 100_000
"""Subscriptions that SQLite is given at once, in the order of their keys, so that a page is written once for all of its rows."""
_TABLES = {kind.table: kind for kind in ROWS}
_FAST = ("synchronous = 0", "foreign_keys = 0", "cache_size = -2000000", "wal_autocheckpoint = 100000")


class _Progress:
    """Tells rows a second and the time left, on one line of a terminal or now and then elsewhere."""

    def __init__(self, what: str, count: int) -> None:
        self._what = what
        self._count = count
        self._begin = self._told = time.monotonic()

    def tell(self, done: int, rows: int) -> None:
        """So many subscriptions and rows are written."""
        now = time.monotonic()
        if now - self._told < (1 if sys.stderr.isatty() else 20) and done < self._count:
            return
        self._told, spent = now, now - self._begin
        left = spent / done * (self._count - done)
        line = f"{self._what}: {done:,} of {self._count:,}, {rows / spent:,.0f} rows/s, {left:,.0f} s left"
        print(
            f"\r{line}   " if sys.stderr.isatty() else line,
            end="" if left and sys.stderr.isatty() else "\n",
            file=sys.stderr,
        )


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(os.cpu_count(), get_context("spawn"))


def _made(
    pool: ProcessPoolExecutor, work: Callable[[int, int], bytes | int], jobs: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, bytes | int]]:
    """What workers return, with the count of subscriptions in it; a few jobs ahead of who takes it."""
    todo = iter(jobs)
    running: dict[Future[bytes | int], int] = {}
    while True:
        while len(running) < 2 * (os.cpu_count() or 1) and (job := next(todo, None)):
            running[pool.submit(work, *job)] = job[1]
        if not running:
            return
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            yield running.pop(done), done.result()


def _encoded(maker: Maker, first: int, count: int) -> bytes:
    return msgspec.msgpack.encode([(kind.table, rows) for kind, rows in maker.chunk(first, count)])


def fill_sqlite(file: Path, maker: Maker, first: int, last: int) -> None:
    """Add the subscriptions from ``first`` to before ``last`` to a file nobody else uses meanwhile."""
    db = sqlite3.connect(file, isolation_level=None)
    for pragma in _FAST:
        db.execute(f"PRAGMA {pragma}")
    progress, written, done, held = _Progress("SQLite", last - first), 0, 0, 0
    waiting: dict[str, list[list[object]]] = {table: [] for table in _TABLES}
    with _pool() as pool:
        for count, packed in _made(pool, partial(_encoded, maker), chunks(first, last, _CHUNK)):
            for table, rows in msgspec.msgpack.decode(packed):  # type: ignore[arg-type]
                waiting[table] += rows
            held += count
            if held >= _SORTED or done + held == last - first:
                written += _insert(db, waiting)
                done, held = done + held, 0
                progress.tell(done, written)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _insert(db: sqlite3.Connection, waiting: dict[str, list[list[object]]]) -> int:
    count = 0
    db.execute("BEGIN IMMEDIATE")
    for table, rows in waiting.items():
        in_order(_TABLES[table], rows)
        db.executemany(_statement(_TABLES[table]), rows)
        count += len(rows)
        rows.clear()
    db.execute("COMMIT")
    return count


def _statement(kind: type[Row]) -> str:
    return upsert(kind, f"VALUES ({', '.join('?' for _ in kind.__struct_fields__)})")


def fill_postgres(url: str, maker: Maker, first: int, last: int) -> None:
    """Add the subscriptions from ``first`` to before ``last``; then the statistics are made that autovacuum would have made."""
    progress, written, done = _Progress("PostgreSQL", last - first), 0, 0
    with _pool() as pool:
        for count, rows in _made(pool, partial(_copied, url, maker), chunks(first, last, 5 * _CHUNK)):
            written, done = written + int(rows), done + count
            progress.tell(done, written)
    ask(url, "VACUUM (ANALYZE)", "CHECKPOINT")


def _copied(url: str, maker: Maker, first: int, count: int) -> int:
    return asyncio.run(_copy(url, maker.chunk(first, count)))


async def _copy(url: str, rows: Rows) -> int:
    """The rows go in parents first; that they fit is known, so PostgreSQL need not look each parent up."""
    connection = await asyncpg.connect(
        url, server_settings={"session_replication_role": "replica", "synchronous_commit": "off"}
    )
    try:
        async with connection.transaction():
            for kind, same in rows:
                await connection.copy_records_to_table(kind.table, records=same, columns=kind.__struct_fields__)
    finally:
        await connection.close()
    return sum(len(same) for _, same in rows)
