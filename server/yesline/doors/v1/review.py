"""Texts that wait for a person, in the native API."""

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.clerk import Clerk
from yesline.doors.guard import json
from yesline.doors.house import house, path
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.wire import Name, read_json
from yesline.errors import Refusal
from yesline.records import ApiKey, Confirmed, Review, ReviewItem, Wants
from yesline.store import lists
from yesline.store.base import Store

MOST_REVIEWS = 1000


class Item(Struct, frozen=True):
    """A text that waits for a person. While one that ``holds`` is open, nothing is sent to its number."""

    id: str
    phone: str
    group: str
    text: str
    holds: bool
    opened_at: str


class DecideBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Who has read it, where it is another than the key's name."""

    by: Name | None = None


class ReviewItems(Struct, frozen=True):
    """Texts that wait for a person, at most 1,000."""

    items: tuple[Item, ...]


class Decided(Struct, frozen=True):
    """A text that a person has read. ``already``: it had been decided so before."""

    id: str
    state: Literal["stopped", "dismissed"]
    already: bool


async def reviews(request: Request, key: ApiKey) -> Response:
    """``GET /v1/review``: the open items, those that hold sends first, then the oldest."""
    del key
    return json({"items": [item(*row) for row in await lists.reviews(house(request).store, MOST_REVIEWS)]})


async def stop(request: Request, key: ApiKey) -> Response:
    """``POST /v1/review/{id}/stop``: it was a wish to stop."""
    return await _decide(request, key, "stopped")


async def dismiss(request: Request, key: ApiKey) -> Response:
    """``POST /v1/review/{id}/dismiss``: it was not."""
    return await _decide(request, key, "dismissed")


def item(row: ReviewItem, text: str, phone: str) -> Item:
    """A review item as it is shown."""
    opened = datetime.fromtimestamp(row.opened_at / 1000, UTC).isoformat(timespec="seconds")
    return Item(row.id, phone, row.group_id, text, bool(row.holds), opened.replace("+00:00", "Z"))


async def decide(clerk: Clerk, store: Store, act: Review) -> bool:
    """Record what a person decided; whether the same was decided before.

    Raises Refusal: ``review_not_found``, and ``review_decided`` for a dismissal after a stop, which stands.
    """
    done: Confirmed = await clerk.record(act)
    known = await _item(store, act.item) if done.already and not act.stop else None
    if known and known.state == "stopped":
        message = f"It was stopped, by {known.decided_by}: only a START that the phone texts ends that."
        raise Refusal("review_decided", message, 409)
    return done.already


async def _item(store: Store, item_id: str) -> ReviewItem | None:
    wants = Wants(set(), set(), set(), set(), set(), set(), {}, reviews={item_id})
    async with store.batch() as batch:
        rows = await batch.load(wants, lambda *_: set(), 0)
    return next((row for row in rows if isinstance(row, ReviewItem) and row.id == item_id), None)


async def _decide(request: Request, key: ApiKey, state: Literal["stopped", "dismissed"]) -> Response:
    rooms, item_id = house(request), path(request, "id")
    body = await read_json(request, DecideBody, b"{}")
    already = await decide(rooms.clerk, rooms.store, Review(item_id, state == "stopped", body.by or key.name))
    return json({"id": item_id, "state": state, "already": already})


OPERATIONS = (
    Operation("GET", "/v1/review", "review", "Texts that wait for a person", ReviewItems),
    Operation("POST", "/v1/review/{id}/stop", "review", "It was a wish to stop", Decided, body=DecideBody),
    Operation("POST", "/v1/review/{id}/dismiss", "review", "It was none", Decided, body=DecideBody),
)
