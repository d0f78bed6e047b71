"""The endpoints of the product's back end that are told what happens: added, listed, and told again by the back end itself."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.api import read_json
from yesline.doors.guard import json
from yesline.doors.house import House, house, path
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.records.outgoing import Delivery, Endpoint, EventType
from yesline.rules import telling
from yesline.rules.reaching import check_url
from yesline.rules.signing import minter
from yesline.store import outgoing
from yesline.store.base import Store

MOST_ENDPOINTS = 20
MOST_DELIVERIES = 1000
AT_ONCE = 1000  # entries of the feed that one replay looks at


class NewEndpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to tell, and of which types of event: all, those to come too, where none is named."""

    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    types: tuple[EventType, ...] = ()


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a call that says all by its address; it may be left out."""


class ReplayBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What to deliver again: the events after a number of the feed, or one delivery."""

    since: Annotated[int, Meta(ge=0, lt=2**53)] | None = None
    delivery: Annotated[str, Meta(max_length=100)] | None = None


class Shown(Struct, frozen=True):
    """An endpoint as it is shown. ``types`` is empty for all; ``reason`` says why it is disabled."""

    id: str
    url: str
    types: tuple[str, ...]
    state: str
    reason: str
    created_at: str


class WithSecret(Shown, frozen=True):
    """An endpoint with the secret that signs from now on, which is shown this once."""

    secret: str


class ShownDelivery(Struct, frozen=True):
    """A delivery as it is shown. ``id`` is its ``webhook-id``, ``event`` the number in the feed; ``tried_at`` is null before the first try."""

    id: str
    event: int
    state: str
    tries: int
    status: int
    reason: str
    tried_at: str | None
    due_at: str | None


async def endpoints(request: Request, key: ApiKey) -> Response:
    """``GET /v1/webhooks``: every endpoint, oldest first, without the secrets. ``POST`` adds one."""
    del key
    rooms = house(request)
    if request.method == "POST":
        return await _add(rooms, await read_json(request, NewEndpoint))
    return json({"items": [shown(to) for to in await outgoing.endpoints(rooms.store.rows)]})


async def _add(rooms: House, body: NewEndpoint) -> Response:
    made = await new(rooms.store, body.url, body.types, rooms.clerk.clock(), sandbox=rooms.settings.sandbox)
    return json(_with_secret(made), 201)


async def new(store: Store, url: str, types: tuple[EventType, ...], now: int, *, sandbox: bool) -> Endpoint:
    """Add an endpoint. Raises Refusal: ``url_refused``, ``webhook_limit``."""
    check_url(url, sandbox=sandbox)
    if len(await outgoing.endpoints(store.rows)) >= MOST_ENDPOINTS:
        message = f"There are {MOST_ENDPOINTS} endpoints already: remove one with 'yesline webhooks remove ID'."
        raise Refusal("webhook_limit", message, 409)
    wanted = " ".join(sorted(set(types)))
    made = Endpoint(minter()(), url, wanted, telling.new_secret(), "", 0, "enabled", "", now, now)
    await outgoing.keep(store, made)
    return made


async def rotate(request: Request, key: ApiKey) -> Response:
    """``POST /v1/webhooks/{id}/rotate``: a new secret; the old one signs beside it for a day."""
    del key
    await read_json(request, Nothing, b"{}")
    rooms, to = house(request), await _asked(request)
    now = rooms.clerk.clock()
    fresh = replace(
        to, secret=telling.new_secret(), old_secret=to.secret, old_until=now + telling.OVERLAP, changed_at=now
    )
    await outgoing.keep(rooms.store, fresh)
    return json(_with_secret(fresh))


async def enable(request: Request, key: ApiKey) -> Response:
    """``POST /v1/webhooks/{id}/enable``: what waits goes; what happened while it was disabled is to be replayed."""
    del key
    return await _set(request, "enabled", "")


async def disable(request: Request, key: ApiKey) -> Response:
    """``POST /v1/webhooks/{id}/disable``: nothing goes there until it is enabled."""
    return await _set(request, "disabled", f"by {key.name}")


async def _set(request: Request, state: Literal["enabled", "disabled"], reason: str) -> Response:
    await read_json(request, Nothing, b"{}")
    rooms, to = house(request), await _asked(request)
    if to.state != state:
        to = replace(to, state=state, reason=reason, changed_at=rooms.clerk.clock())
        await outgoing.keep(rooms.store, to)
    return json(shown(to))


async def deliveries(request: Request, key: ApiKey) -> Response:
    """``GET /v1/webhooks/{id}/deliveries``: what went there or is to go, newest first."""
    del key
    to = await _asked(request)
    found = await outgoing.deliveries(house(request).store, to.id, MOST_DELIVERIES)
    return json({"items": [_delivery(one) for one in found]})


async def replay(request: Request, key: ApiKey) -> Response:
    """``POST /v1/webhooks/{id}/replay``: deliver again, or for the first time what happened before the endpoint was added."""
    del key
    rooms, body = house(request), await read_json(request, ReplayBody)
    if (body.since is None) == (body.delivery is None):
        raise Refusal("bad_request", 'Send {"since": <number>} or {"delivery": "<id>"}.', 400)
    to = await _asked(request)
    if body.delivery is not None:
        return await _replay_one(rooms, to, body.delivery)
    now, since = rooms.clerk.clock(), body.since or 0
    count, last = await outgoing.send_since(rooms.store, to, since, AT_ONCE, minter(), now)
    more = await outgoing.entries(rooms.store, last, 1)
    return json({"replayed": count, "next": last if more else None})


async def _replay_one(rooms: House, to: Endpoint, delivery: str) -> Response:
    if not await outgoing.send_again(rooms.store, to, delivery, rooms.clerk.clock()):
        message = "There is no such delivery to this endpoint: GET its /deliveries."
        raise Refusal("delivery_not_found", message, 404, field="delivery")
    return json({"replayed": 1, "next": None})


async def _asked(request: Request) -> Endpoint:
    """The endpoint that a call is about. Raises Refusal."""
    found = await outgoing.endpoint(house(request).store, path(request, "id"))
    if not found:
        raise Refusal("webhook_not_found", "There is no such endpoint: GET /v1/webhooks lists them.", 404)
    return found


def shown(to: Endpoint) -> Shown:
    """An endpoint as it is shown."""
    return Shown(to.id, to.url, tuple(to.types.split()), to.state, to.reason, telling.iso(to.created_at))


def _with_secret(to: Endpoint) -> WithSecret:
    return WithSecret(
        to.id, to.url, tuple(to.types.split()), to.state, to.reason, telling.iso(to.created_at), to.secret
    )


def _delivery(one: Delivery) -> ShownDelivery:
    tried = telling.iso(one.told_at) if one.told_at else None
    due = telling.iso(one.due_at) if one.state == "waiting" else None
    return ShownDelivery(one.id, one.feed_seq, one.state, one.tries, one.status, one.reason, tried, due)
