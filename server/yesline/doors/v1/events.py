"""The feed of events, for a back end that asks instead of being told."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import json
from yesline.doors.house import house
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.wire import read_query
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.records.outgoing import Noticed
from yesline.rules import telling
from yesline.rules.telling import Data
from yesline.store import outgoing, pruning
from yesline.store.base import Store


class FeedQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The number of the last event that is known already, and how many to tell at most."""

    after: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class Line(Struct, frozen=True):
    """An event of the feed, with its number."""

    seq: int
    type: str
    timestamp: str
    data: Data


class Lines(Struct, frozen=True):
    """A part of the feed. ``next`` is what to send as ``after`` the next time."""

    events: list[Line]
    next: int


async def events(request: Request, key: ApiKey) -> Response:
    """``GET /v1/events``: what happened after a number of the feed, in its order."""
    del key
    query = read_query(request, FeedQuery)
    return json(await read(house(request).store, query.after, query.limit))


async def read(store: Store, after: int, limit: int) -> Lines:
    """A part of the feed; from 0 on it is all that is kept. Raises Refusal for a number that it has not come to, or has forgotten."""
    await check_kept(store, after, "after")
    found = [_line(one) for one in await outgoing.told_after(store, after, limit)]
    if not found and after > (newest := await outgoing.newest(store.rows)):
        message = (
            f"The feed ends at {newest}: an older backup was restored. Go on from there; data.id tells what you know."
        )
        raise Refusal("cursor_ahead", message, 409, field="after")
    return Lines(found, found[-1].seq if found else after)


async def check_kept(store: Store, after: int, field: str) -> None:
    """Raises Refusal ``cursor_gone`` where the feed no longer has what came right after this number."""
    if begins := await pruning.missing(store.rows, after):
        message = (
            f"The feed begins at {begins}: go on from {begins - 1}, and read the states from /v1/exports/subscribers."
        )
        raise Refusal("cursor_gone", message, 410, field=field)


def _line(one: Noticed) -> Line:
    told = telling.message(one)
    return Line(one.seq, told.type, told.timestamp, told.data)


OPERATIONS = (Operation("GET", "/v1/events", "events", "What happened, in its order", Lines, query=FeedQuery),)
