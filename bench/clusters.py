"""PostgreSQL for a run: the tests' own cluster, with its defaults, and what its processes cost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench.running import cpu_seconds
from tests.postgres import Cluster, cluster


@dataclass(frozen=True)
class Postgres:
    """A cluster that runs, and the folder of its data."""

    cluster: Cluster
    folder: Path

    def ready(self, name: str) -> str:
        """A new database with Yesline's tables; returns its address."""
        return self.cluster.ready(name)

    def cpu_seconds(self) -> float:
        """Processor time that all of its processes have used."""
        return cpu_seconds(int((self.folder / "postmaster.pid").read_text().split()[0]))


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A cluster that flushes every commit, as PostgreSQL does if nobody says otherwise."""
    with cluster(folder / "cluster") as running:
        told = ask(running.url(), "SELECT current_setting('fsync') || current_setting('synchronous_commit')")
        assert told == "onon", told
        yield Postgres(running, folder / "cluster")


def ask(url: str, *statements: str) -> Any:
    """Run statements one by one, outside a transaction; returns the last one's first value."""
    return asyncio.run(_ask(url, statements))


async def _ask(url: str, statements: tuple[str, ...]) -> Any:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()
