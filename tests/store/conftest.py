"""One store at a time, on each engine in turn, on a loop that outlives one story."""

import secrets
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Run, one_loop
from tests.postgres import Cluster
from yesline.store.base import Store
from yesline.store.engines import migrate, ready_store

NOW = 1_800_000_000_000
Tell = Callable[[Callable[[Store], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture
def loop() -> Iterator[Run]:
    """Runs coroutines, all on one loop."""
    with one_loop() as run:
        yield run


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that has nothing in it yet, not even tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'yesline.db'}"
    postgres: Cluster = request.getfixturevalue("postgres")
    return postgres.make(f"empty-{secrets.token_hex(4)}")


@pytest.fixture
def url(empty_url: str, loop: Run) -> str:
    """The address of an empty database with our tables."""
    loop(migrate(empty_url, NOW))
    return empty_url


async def _open(url: str) -> Store:
    """A store that listens: as soon as PostgreSQL's does, it tells everybody that something may have happened before."""
    store = await ready_store(url, NOW)
    if not url.startswith("sqlite"):
        with store.changes.watch("anything") as listening:
            await listening.wait()
    return store


@pytest.fixture
def store(url: str, loop: Run) -> Iterator[Store]:
    """An open store."""
    opened = loop(_open(url))
    yield opened
    loop(opened.close())


@pytest.fixture
def on_store(store: Store, loop: Run) -> Tell:
    """Run ``story(store)``, as often as one likes."""
    return lambda story: loop(story(store))
