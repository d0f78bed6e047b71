"""The whole server, composed in one place."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from yesline.bulk.jobs import Files, Importer
from yesline.carriers import kinds
from yesline.carriers.base import Carrier
from yesline.carriers.console import ConsoleCarrier
from yesline.clerk import Clerk
from yesline.doors import inbound
from yesline.doors.braze import wire
from yesline.doors.clock import SandboxClock
from yesline.doors.guard import internal, refuse
from yesline.doors.house import House
from yesline.errors import ConfigError, Refusal, StoreError
from yesline.post import guarded
from yesline.post.catchup import CatchUp
from yesline.post.feed import keep_feeding
from yesline.post.housekeeping import keep_house
from yesline.post.outbox import Outbox, Places
from yesline.post.webhooks import Webhooks
from yesline.programme import HANDSET, Group, Sender
from yesline.project import Project
from yesline.routes import routes
from yesline.rules import signing
from yesline.rules.abuse import DAY
from yesline.rules.signing import Keys
from yesline.rules.understanding import words_of
from yesline.settings import Settings, load_keys
from yesline.store.base import Store
from yesline.store.catalogue import Catalogue
from yesline.store.engines import engine, ready_store
from yesline.store.pruning import Kept
from yesline.store.showings import Showings

log = logging.getLogger(__name__)
_CODES = {404: "not_found", 405: "method_not_allowed"}


def clock() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def create_app(settings: Settings, project: Project | None = None, now: Callable[[], int] = clock) -> Starlette:
    """The server as an ASGI app; ``project`` is applied at start, ``now`` is its clock in milliseconds."""
    return Starlette(
        routes=routes(sandbox=settings.sandbox),
        exception_handlers={
            Refusal: _on_refusal,
            StoreError: _on_fault,
            HTTPException: _on_http,
            Exception: _on_fault,
        },
        lifespan=_Lifespan(settings, project, now),
    )


async def _on_refusal(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, Refusal)  # noqa: S101  (it is registered for this class)
    return refuse(error)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (it is registered for this class)
    message = f"{request.method} {request.url.path}: {error.detail}"
    if request.url.path.startswith(wire.PATHS):
        response = wire.refuse(wire.Fatal(message, error.status_code))
    else:
        response = refuse(Refusal(_CODES.get(error.status_code, "bad_request"), message, error.status_code))
    response.headers.update(error.headers or {})
    return response


async def _on_fault(request: Request, error: Exception) -> Response:
    del request
    return internal(error)


@asynccontextmanager
async def open_house(
    settings: Settings, project: Project | None = None, now: Callable[[], int] = clock
) -> AsyncIterator[House]:
    """Opens the database and starts the workers; at the end, lets what has begun come to its end.

    Raises ConfigError where the database is behind, out of reach, or not fit for the settings.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    keys = load_keys(settings.folder)
    now = SandboxClock(now) if settings.sandbox else now
    if not settings.work and engine(settings.database_url) == "sqlite":
        raise ConfigError("work = false: SQLite has one process, which does all the work; use PostgreSQL for more")
    store = await ready_store(settings.database_url, now())
    try:
        house = await _furnish(settings, project, store, Clerk(store, keys, settings.policy(), now))
        async with _workers(house, now) if settings.work else _refreshing(house):
            yield house
    finally:
        await store.close()


async def _furnish(settings: Settings, project: Project | None, store: Store, clerk: Clerk) -> House:
    if project:
        await store.apply(project.brand, project.groups, project.forms, clerk.clock())
    catalogue = Catalogue(store, (settings.origin, *settings.sandbox_origins), HANDSET if settings.sandbox else "")
    await catalogue.refresh()
    carriers = make_carriers(settings, clerk.clock)
    for address, sender in catalogue.numbers.items():
        if sender.carrier not in carriers:
            why = "is the sandbox's handset" if sender.carrier == HANDSET else "is not in the settings"
            log.warning("sender %s waits: its carrier %r %s", address, sender.carrier, why)
    webhooks = {webhook_key(clerk.keys, carrier): carrier for carrier in carriers.values()}
    return House(settings, store, clerk, catalogue, carriers, webhooks, Showings(store, clerk.clock))


def make_carriers(settings: Settings, now: Callable[[], int] = clock) -> dict[str, Carrier]:
    """The carriers that a server with these settings has: in the sandbox the handset alone. Raises ConfigError."""
    if settings.sandbox:
        return {ConsoleCarrier.name: ConsoleCarrier(settings.folder / "handset.jsonl", now)}
    return {name: kinds.make(name, table) for name, table in settings.carriers.items()}


def check_carriers(settings: Settings) -> None:
    """Raises ConfigError for a carrier that a server with these settings could not have."""

    async def make_all() -> None:
        for name, table in settings.carriers.items():
            await kinds.make(name, table).close()

    if not settings.sandbox:
        asyncio.run(make_all())


def carrier_of(settings: Settings, sender: Sender) -> str:
    """The name of the carrier that sends for a sender: the handset in the sandbox, whatever the sender names."""
    return HANDSET if settings.sandbox else sender.carrier


def webhook_key(keys: Keys, carrier: Carrier) -> str:
    """The last part of a carrier's webhook addresses; the handset's is its name, since the sandbox listens on loopback only."""
    return carrier.name if isinstance(carrier, ConsoleCarrier) else signing.webhook_key(keys, carrier.name)


@asynccontextmanager
async def _refreshing(house: House) -> AsyncIterator[None]:
    """What every process does: keep the catalogue fresh, import what it was given, and at the end write what was counted and asked."""
    importing = asyncio.create_task(Importer(house.store, house.clerk, Files.within(house.settings.folder)).run())
    fresh = asyncio.create_task(house.catalogue.keep_fresh())
    learning = asyncio.create_task(asyncio.to_thread(_learn_words, list(house.catalogue.groups.values())))
    try:
        yield
    finally:
        house.store.changes.close()
        await learning
        await importing  # it ends by itself, behind the part that it is at
        await _cancel([fresh])
        await house.clerk.drain()
        await house.showings.flush()
        for carrier in house.carriers.values():
            await carrier.close()


def _learn_words(groups: Sequence[Group]) -> None:
    """Compile the words of every group beside the start: it takes half a second, which the first text would wait for."""
    for group in groups:
        words_of(group)


@asynccontextmanager
async def _workers(house: House, now: Callable[[], int]) -> AsyncIterator[None]:
    """Sends texts, tells the back end, and keeps house."""
    clerk, store = house.clerk, house.store
    catchup = CatchUp(clerk.record, store, house.carriers, partial(inbound.record, house), now)
    outbox = Outbox(clerk.record, store, house.catalogue, house.carriers, clerk.keys, _places(house), catchup)
    webhooks = Webhooks(store, lambda: guarded.client(sandbox=house.settings.sandbox), now)
    async with _refreshing(house):
        sending = asyncio.create_task(outbox.run(now))
        telling = asyncio.create_task(webhooks.run())
        tidying = [
            asyncio.create_task(keep_house(clerk.record, store, house.showings, now, _kept(house.settings))),
            asyncio.create_task(catchup.run()),
            asyncio.create_task(keep_feeding(store, now)),
        ]
        try:
            yield
        finally:
            store.changes.close()
            await sending  # it ends by itself: cancelled between the mark and the send, a text would stay uncertain
            await telling
            await _cancel(tidying)


def _kept(settings: Settings) -> Kept:
    """For how long what grows is kept."""
    return Kept(settings.keep_feed_days * DAY, settings.keep_deliveries_days * DAY, settings.keep_imports_days * DAY)


def _places(house: House) -> Places:
    """Where links and receipts lead."""
    base = house.settings.base
    return Places(house.settings.links, {c.name: f"{base}/receipts/{key}" for key, c in house.webhooks.items()})


class _Lifespan:
    """The house lives as long as the app."""

    def __init__(self, settings: Settings, project: Project | None, now: Callable[[], int]) -> None:
        self._settings = settings
        self._project = project
        self._now = now

    @asynccontextmanager
    async def __call__(self, app: Starlette) -> AsyncIterator[None]:
        async with open_house(self._settings, self._project, self._now) as house:
            app.state.house = house
            yield


async def _cancel(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
