"""The native API of the product's back end, ``/v1``: what waits for a person, and what a text would do."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.clerk import Clerk
from yesline.doors.guard import T, decode, json, read_body
from yesline.doors.house import House, house, path
from yesline.errors import Refusal
from yesline.programme import Group
from yesline.records import ApiKey, Confirmed, Review, ReviewItem, Wants
from yesline.rules.explaining import explain
from yesline.store import lists
from yesline.store.base import Store

MOST_REVIEWS = 1000
Name = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=100)]


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


class ExplainBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and whom it is texted to: a group, or one of its senders."""

    text: Annotated[str, Meta(max_length=1600)]
    group: str | None = None
    sender: str | None = None


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


async def inbound_explain(request: Request, key: ApiKey) -> Response:
    """``POST /v1/inbound/explain``: what a text would do, and why. Nothing is recorded."""
    del key
    rooms, body = house(request), await read_json(request, ExplainBody)
    return json(explain(body.text, _group(rooms, body), rooms.settings.stop_scope))


def item(row: ReviewItem, text: str, phone: str) -> Item:
    """A review item as it is shown."""
    opened = datetime.fromtimestamp(row.opened_at / 1000, UTC).isoformat(timespec="seconds")
    return Item(row.id, phone, row.group_id, text, bool(row.holds), opened.replace("+00:00", "Z"))


async def read_json(request: Request, kind: type[T], empty: bytes = b"") -> T:
    """The JSON body of a call; ``empty`` stands for a body that is left out. Raises Refusal."""
    body = await read_body(request)
    if not body and empty:
        return decode(empty, kind)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Refusal("content_type", "Send application/json.", 415)
    return decode(body, kind)


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


def _group(rooms: House, body: ExplainBody) -> Group:
    """The group that is texted; where there is one only, it need not be named. Raises Refusal."""
    groups, senders = rooms.catalogue.groups, rooms.catalogue.senders
    if body.sender is not None:
        if body.sender not in senders:
            raise Refusal("sender_not_found", f"{body.sender[:40]!r} is no sender of ours.", 404, field="sender")
        return senders[body.sender]
    if body.group is None and len(groups) == 1:
        return next(iter(groups.values()))
    if body.group is None:
        raise Refusal("bad_request", "Name the group or the sender: there are several groups.", 400, field="group")
    if body.group not in groups:
        raise Refusal("group_not_found", f"There is no group {body.group[:40]!r}.", 404, field="group")
    return groups[body.group]
