"""What tests share: a server in this process on a real SQLite file, with a clock that stands still until it is moved."""

import asyncio
import itertools
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import coverage
import httpx2
import pytest
from hypothesis import settings as hypothesis_settings
from starlette.applications import Starlette

from tests.postgres import Cluster, empty, postgres
from yesline import project
from yesline.app import create_app
from yesline.carriers.console import ConsoleCarrier, Message
from yesline.doors.house import House
from yesline.settings import Settings, load
from yesline.store import engines, sqlite_file
from yesline.store.sqlite import SqliteStore

__all__ = ["postgres"]  # a fixture for browser tests too, so it is defined beside the cluster

DEMO = Path(project.__file__).parent / "demo" / "project"
FORM = "spring-harvest"
SENDER = "24680"
NOON = 1_800_000_000_000


hypothesis_settings.register_profile("house", deadline=None, max_examples=100 if os.environ.get("YESLINE_ALL") else 40)
hypothesis_settings.load_profile("house")

_MEASURED = "COVERAGE_PROCESS_CONFIG"
"""What makes a process measure itself: https://coverage.readthedocs.io/en/latest/subprocess.html"""
_UNMEASURED = (
    "tests/acceptance/",
    "tests/faults/",
    "tests/contract/",
    "tests/rules/test_folding.py::test_a_sender_of_every_character",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measuring doubles what a test takes. What runs on the second engine again, drives whole deployments or tries thousands of inputs is run without."""
    measuring = coverage.Coverage.current()
    again = "postgres" in item.name and not item.nodeid.startswith("tests/store/")
    if not measuring or not (again or item.nodeid.startswith(_UNMEASURED)):
        return (yield)
    kept = os.environ.pop(_MEASURED, None)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()
        if kept:
            os.environ[_MEASURED] = kept


class Clock:
    """Milliseconds that move only when told."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, *, seconds: float = 0, days: float = 0) -> None:
        self.now += int(seconds * 1000 + days * 86_400_000)


class Site:
    """A running server as a page, a phone and an operator see it."""

    def __init__(self, app: Starlette, settings: Settings, clock: Clock, http: httpx2.AsyncClient) -> None:
        self.app = app
        self.settings = settings
        self.clock = clock
        self.http = http
        self.origin = settings.origin
        self._postgres: asyncpg.Connection[Any] | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def house(self) -> House:
        rooms: House = self.app.state.house
        return rooms

    async def view(self) -> dict[str, Any]:
        answer = await self.http.get(f"/forms/{FORM}/view")
        content: dict[str, Any] = answer.json()
        return content

    async def body(self, phone: str = "(201) 555-0123", country: str = "US", **changes: Any) -> dict[str, Any]:
        """What the widget would send."""
        view = await self.view()
        body = {
            "id": secrets.token_urlsafe(16),
            "phone": phone,
            "country": country,
            "consent": True,
            "stamp": view["stamp"],
            "locale": "en",
            "page": f"{self.origin}/shop?utm=1",
        }
        return body | changes

    async def post(self, path: str, body: Any) -> httpx2.Response:
        """A page's post."""
        return await self.http.post(path, json=body, headers={"origin": self.origin})

    async def submit(self, phone: str = "(201) 555-0123", **changes: Any) -> str:
        """Send the form and return the submission's id."""
        body = await self.body(phone, **changes)
        answer = await self.post(f"/forms/{FORM}/submissions", body)
        assert answer.status_code == 202, answer.text
        return str(body["id"])

    async def state(self, submission: str) -> str:
        answer = await self.http.get(f"/submissions/{submission}")
        return str(answer.json()["state"])

    async def reply(self, text: str, phone: str = "+12015550123") -> None:
        """The phone texts the sender."""
        answer = await self.http.post("/handset/replies", json={"from": phone, "to": SENDER, "text": text})
        assert answer.status_code == 201, answer.text

    async def texts(self, phone: str = "+12015550123") -> list[str]:
        """What the phone has got, once the post office has nothing left to send."""
        await self.idle()
        carrier = self.house.carriers["console"]
        assert isinstance(carrier, ConsoleCarrier)
        return [message.text for message in carrier.messages(phone) if is_out(message)]

    async def idle(self) -> None:
        """Wait until no text is waiting to be sent or being sent."""
        for _ in range(500):
            busy = await self.sql(
                "SELECT count(*) FROM text WHERE state IN ('queued', 'sending') AND due_at <= ?", self.clock()
            )
            if not busy[0][0]:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the post office does not come to rest")

    async def sql(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """What stands in the database, or a change to it that no verb of ours makes."""
        if isinstance(self.house.store, SqliteStore):
            return await asyncio.to_thread(self._on_sqlite, statement, params)
        places = itertools.count(1)
        numbered = re.sub(r"\?", lambda _: f"${next(places)}", statement)
        async with self._one_at_a_time:
            if not self._postgres or self._postgres.is_closed():
                self._postgres = await asyncpg.connect(self.settings.database_url, statement_cache_size=0)
            return [tuple(row) for row in await self._postgres.fetch(numbered, *params)]

    def _on_sqlite(self, statement: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """By a connection of our own: the server's writer may be in the middle of a transaction, and roll it back."""
        with closing(sqlite_file.connect(engines.path(self.settings.database_url))) as db:
            return db.execute(statement, params).fetchall()

    async def close(self) -> None:
        """Let go of the database."""
        if self._postgres:
            await self._postgres.close()


def is_out(message: Message) -> bool:
    return message.direction == "out"


@lru_cache
def _load(folder: Path) -> project.Project:
    return project.load(folder)


@lru_cache
def _new_file() -> bytes:
    """A SQLite database with our tables and no rows. Each migration is a commit of its own: to copy a file takes a tenth of that."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "new.db"
        sqlite_file.migrate(file, NOON)
        sqlite_file.make_portable(file)
        return file.read_bytes()


def _make(url: str) -> None:
    """Put the file there that a first start would make."""
    if engines.engine(url) != "sqlite" or (file := engines.path(url)).exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_new_file())


@asynccontextmanager
async def running(settings: Settings, clock: Clock, folder: Path = DEMO) -> AsyncIterator[Site]:
    """A server that lives as long as the context."""
    _make(settings.database_url)
    app = create_app(settings, _load(folder), clock)
    async with app.router.lifespan_context(app):
        # Faults are answered like any server's, so that tests see what a caller would.
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=settings.origin) as http:
            site = Site(app, settings, clock, http)
            try:
                yield site
            finally:
                await site.close()


@pytest.fixture(scope="session")
def shared_database(postgres: Cluster) -> str:
    """A database with our tables, which each test that uses it finds empty."""
    return postgres.ready("shared")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, run: Callable[[Any], Any]) -> str:
    """The address of an empty database: every test that asks for it runs on both engines. SQLite's is in the data folder."""
    if request.param == "sqlite":
        return ""
    url: str = request.getfixturevalue("shared_database")
    run(empty(url))
    return url


ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the engine: what is refused before a database is asked, how an answer is written."""


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    """A sandbox with the caps of a real deployment."""
    return load(None, {}, data=str(tmp_path / "data"), sandbox=True, database=database)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run() -> Iterator[Callable[[Any], Any]]:
    """Run a coroutine to its end, in a thread: Playwright's loop runs in this one as soon as a browser test was here."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda story: thread.submit(asyncio.run, story).result()


@pytest.fixture
def on_site(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> Callable[..., None]:
    """Run ``story(site)`` against a fresh server."""

    def tell(story: Callable[[Site], Any], given: Settings = settings) -> None:
        async def whole() -> None:
            async with running(given, clock) as site:
                await story(site)

        run(whole())

    return tell
