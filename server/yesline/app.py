"""The whole server, composed in one place."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from yesline.carriers.base import Carrier
from yesline.carriers.console import ConsoleCarrier
from yesline.clerk import Clerk
from yesline.doors.guard import internal, refuse
from yesline.doors.house import House
from yesline.errors import Refusal
from yesline.post.housekeeping import keep_house
from yesline.post.outbox import Outbox
from yesline.project import Project
from yesline.routes import routes
from yesline.settings import Settings, load_keys
from yesline.store.catalogue import Catalogue
from yesline.store.showings import Showings
from yesline.store.sqlite import SqliteStore, migrate

_CODES = {404: "not_found", 405: "method_not_allowed"}


def clock() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def create_app(settings: Settings, project: Project | None = None, now: Callable[[], int] = clock) -> Starlette:
    """The server as an ASGI app; ``project`` is applied at start, ``now`` is its clock in milliseconds."""
    return Starlette(
        routes=routes(sandbox=settings.sandbox),
        exception_handlers={Refusal: _on_refusal, HTTPException: _on_http, Exception: _on_fault},
        lifespan=_Lifespan(settings, project, now),
    )


async def _on_refusal(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, Refusal)  # noqa: S101  (it is registered for this class)
    return refuse(error)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (it is registered for this class)
    code = _CODES.get(error.status_code, "bad_request")
    response = refuse(Refusal(code, f"{request.method} {request.url.path}: {error.detail}", error.status_code))
    response.headers.update(error.headers or {})
    return response


async def _on_fault(request: Request, error: Exception) -> Response:
    del request
    return internal(error)


class _Lifespan:
    """Opens the database, starts the workers, and at the end lets what has begun come to its end."""

    def __init__(self, settings: Settings, project: Project | None, now: Callable[[], int]) -> None:
        self._settings = settings
        self._project = project
        self._now = now

    @asynccontextmanager
    async def __call__(self, app: Starlette) -> AsyncIterator[None]:
        settings = self._settings
        settings.folder.mkdir(parents=True, exist_ok=True)
        keys = load_keys(settings.folder)
        migrate(settings.sqlite_path(), self._now())
        store = SqliteStore(settings.sqlite_path())
        clerk = Clerk(store, keys, settings.policy(), self._now)
        catalogue = Catalogue(store, settings.origin)
        if self._project:
            await store.apply(self._project.brand, self._project.groups, self._project.forms, self._now())
        await catalogue.refresh()
        carriers: dict[str, Carrier] = {}
        if settings.sandbox:
            carriers["console"] = ConsoleCarrier(settings.folder / "handset.jsonl")
        outbox = Outbox(clerk.record, store, catalogue, carriers, keys, settings.links)
        showings = Showings(store, self._now)
        app.state.house = House(settings, store, clerk, catalogue, carriers, showings)
        sending = asyncio.create_task(outbox.run(self._now))
        tidying = [
            asyncio.create_task(catalogue.keep_fresh()),
            asyncio.create_task(keep_house(clerk.record, store, showings, self._now)),
        ]
        try:
            yield
        finally:
            store.changes.close()
            await sending  # it ends by itself: cancelled between the mark and the send, a text would stay uncertain
            await _cancel(tidying)
            await clerk.drain()
            await showings.flush()
            await store.close()
            for carrier in carriers.values():
                carrier.close()


async def _cancel(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
