"""Servers and addresses of PostgreSQL that are no good: each is told in words that say what to do."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest

from tests.databases import Run
from tests.postgres import Cluster
from yesline.errors import ConfigError
from yesline.store import postgres_link
from yesline.store.engines import open_store


@pytest.fixture(scope="module")
def url(postgres: Cluster) -> str:
    """A database with our tables, of this module."""
    return postgres.ready("refused")


@pytest.fixture
def altered(url: str, loop: Run) -> Iterator[Callable[..., None]]:
    """Change settings of the server or database for one test, and wait until they are in force."""
    undo: list[str] = []

    def change(do: str, back: str) -> None:
        undo.append(back)
        loop(_do(url, do))

    yield change
    for statement in undo:
        loop(_do(url, statement))


async def _do(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    if "SYSTEM" in statement:
        expected = "off" if "off" in statement else "on"
        await connection.execute("SELECT pg_reload_conf()")
        while await connection.fetchval("SHOW fsync") != expected:  # noqa: ASYNC110  (it is in another process)
            await asyncio.sleep(0.01)
    await connection.close()


def test_commits_that_are_not_flushed_are_refused(url: str, loop: Run, altered: Any) -> None:
    altered("ALTER DATABASE refused SET synchronous_commit = off", "ALTER DATABASE refused RESET synchronous_commit")
    with pytest.raises(ConfigError, match=r"synchronous_commit is off.*ALTER DATABASE"):
        loop(open_store(url))


def test_a_server_that_does_not_flush_is_refused(url: str, loop: Run, altered: Any) -> None:
    altered("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync")
    with pytest.raises(ConfigError, match="fsync = off"):
        loop(open_store(url))


def test_a_server_that_is_too_old_is_refused(url: str, loop: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_link, "_OLDEST", 990_000)
    with pytest.raises(ConfigError, match="too old"):
        loop(open_store(url))


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql://me:xyz.zyx@127.0.0.1:1/yesline",
        "postgresql://me:xyz@127.0.0.1:zyx/yesline",
        "postgresql://me:xyz/zyx@127.0.0.1/yesline",
        "postgresql://me:xyzzyx@nowhere.invalid/yesline",
    ],
)
def test_a_wrong_address_is_told_without_its_password(loop: Run, wrong: str) -> None:
    with pytest.raises(ConfigError) as told:
        loop(open_store(wrong))
    assert "database" in str(told.value)
    assert not any(part in str(told.value) for part in ("xyz", "zyx"))


def test_a_database_that_is_not_there_is_told(url: str, loop: Run) -> None:
    with pytest.raises(ConfigError, match=r'"nowhere" does not exist.*YESLINE_DATABASE'):
        loop(open_store(url.replace("refused", "nowhere")))
