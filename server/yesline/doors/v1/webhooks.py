"""The endpoints of the product's back end that are told what happens: added, listed, and told again by the back end itself."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import asdict, replace
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import json
from yesline.doors.house import House, house, path
from yesline.doors.v1.events import check_kept
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.wire import read_json
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.records.outgoing import Delivery, Endpoint, EventType, Kind, Options
from yesline.rules import telling
from yesline.rules.reaching import check_url
from yesline.rules.signing import minter
from yesline.store import outgoing
from yesline.store.base import Store

MOST_ENDPOINTS = 20
MOST_DELIVERIES = 1000
AT_ONCE = 1000  # entries of the feed that one replay looks at


Secret = Annotated[str, Meta(pattern=r"^[!-~]+$", max_length=500)]
Id = Annotated[str, Meta(min_length=1, max_length=100)]


class NewEndpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to tell, and of which types of event: all, those to come too, where none is named.

    ``key`` is what another system asks for; ``groups`` are the ids that our groups have at Braze. Files are for the command alone: no caller
    chooses where this machine writes.
    """

    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    types: tuple[EventType, ...] = ()
    kind: Literal["webhook", "braze", "segment"] = "webhook"
    key: Secret | None = None
    groups: dict[Id, Id] = {}


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a call that says all by its address; it may be left out."""


class RotateBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Another system's new key. It is left out for a webhook, whose secret is made here."""

    key: Secret | None = None


class ReplayBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What to deliver again: the events after a number of the feed, or one delivery."""

    since: Annotated[int, Meta(ge=0, lt=2**53)] | None = None
    delivery: Annotated[str, Meta(max_length=100)] | None = None


class Shown(Struct, frozen=True):
    """An endpoint as it is shown. ``types`` is empty for all; ``reason`` says why it is disabled. ``url`` of files is their folder."""

    id: str
    kind: Kind
    url: str
    types: tuple[str, ...]
    state: str
    reason: str
    created_at: str
    groups: dict[str, str]


class WithSecret(Shown, frozen=True):
    """An endpoint with the secret that signs from now on, which is shown this once. Another system's key is never shown: it is null."""

    secret: str | None


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


class Endpoints(Struct, frozen=True):
    """Who is told of events, without the secrets."""

    items: tuple[Shown, ...]


class Deliveries(Struct, frozen=True):
    """What went to an endpoint or is to go, newest first."""

    items: tuple[ShownDelivery, ...]


class Replayed(Struct, frozen=True):
    """How many events are delivered again; ``next`` is where to go on, null at the end."""

    replayed: int
    next: int | None


async def endpoints(request: Request, key: ApiKey) -> Response:
    """``GET /v1/webhooks``: every endpoint, oldest first, without the secrets. ``POST`` adds one."""
    del key
    rooms = house(request)
    if request.method == "POST":
        return await _add(rooms, await read_json(request, NewEndpoint))
    return json({"items": [shown(to) for to in await outgoing.endpoints(rooms.store.rows)]})


async def _add(rooms: House, body: NewEndpoint) -> Response:
    made = await new(rooms.store, body, rooms.clerk.clock(), sandbox=rooms.settings.sandbox)
    return json(_with_secret(made), 201)


async def new(store: Store, asked: NewEndpoint, now: int, *, sandbox: bool) -> Endpoint:
    """Add an endpoint. Raises Refusal: ``url_refused``, ``webhook_limit``, ``group_not_found``, ``bad_request``."""
    check_url(asked.url, base=asked.kind != "webhook", sandbox=sandbox)
    if asked.groups and asked.kind != "braze":
        raise Refusal("bad_request", "Only Braze has ids of its own for groups: leave out groups.", 400, field="groups")
    secret = _secret(asked.kind, asked.key)
    return await add(store, asked.kind, asked.url, asked.types, secret, await _options(store, asked.groups), now)


async def add(
    store: Store, kind: Kind, url: str, types: tuple[EventType, ...], secret: str, options: Options, now: int
) -> Endpoint:
    """Add an endpoint of any kind. Raises Refusal: ``webhook_limit``."""
    if len(await outgoing.endpoints(store.rows)) >= MOST_ENDPOINTS:
        message = f"There are {MOST_ENDPOINTS} endpoints already: remove one with 'yesline webhooks remove ID'."
        raise Refusal("webhook_limit", message, 409)
    wanted = " ".join(sorted(set(types)))
    how = msgspec.json.encode(options).decode()
    made = Endpoint(minter()(), url, wanted, secret, "", 0, "enabled", "", now, now, kind, how)
    await outgoing.keep(store, made)
    return made


def _secret(kind: Kind, key: str | None) -> str:
    """What signs, or another system's key. Raises Refusal."""
    if kind == "webhook":
        if key is not None:
            raise Refusal("bad_request", "The secret of a webhook is made here: leave out key.", 400, field="key")
        return telling.new_secret()
    if key is None:
        raise Refusal("bad_request", f"Send the key of your {kind.title()} as key.", 400, field="key")
    return key.strip()


async def _options(store: Store, groups: dict[str, str]) -> Options:
    """Ids of groups elsewhere, those of numbers and those of addresses. Raises Refusal."""
    if not groups:
        return Options()
    known = {group.id: group for group in (await store.programme())[1]}
    for name in groups:
        if name not in known:
            raise Refusal("group_not_found", f"There is no group {name!r}.", 404, field="groups")
    letters = {name: there for name, there in groups.items() if known[name].channel == "email"}
    return Options({name: there for name, there in groups.items() if name not in letters}, letters)


async def rotate(request: Request, key: ApiKey) -> Response:
    """``POST /v1/webhooks/{id}/rotate``: a new secret, beside which the old one signs for a day; or another system's new key."""
    del key
    body = await read_json(request, RotateBody, b"{}")
    rooms, to = house(request), await _asked(request)
    return json(_with_secret(await renew(rooms.store, to, body.key, rooms.clerk.clock())))


async def renew(store: Store, to: Endpoint, key: str | None, now: int) -> Endpoint:
    """Give an endpoint another secret or key; with a new key another system is used again. Raises Refusal: ``bad_request``."""
    if to.kind == "file":
        raise Refusal("bad_request", "Files need no key.", 400)
    secret = _secret(to.kind, key)
    if to.kind == "webhook":
        fresh = replace(to, secret=secret, old_secret=to.secret, old_until=now + telling.OVERLAP, changed_at=now)
    else:
        fresh = replace(to, secret=secret, state="enabled", reason="", changed_at=now)
    await outgoing.keep(store, fresh)
    return fresh


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
    await check_kept(rooms.store, since, "since")
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
    how = to.told_how
    types, groups = tuple(to.types.split()), how.groups | how.email_groups
    return Shown(to.id, to.kind, to.url, types, to.state, to.reason, telling.iso(to.created_at), groups)


def _with_secret(to: Endpoint) -> WithSecret:
    return WithSecret(**asdict(shown(to)), secret=to.secret if to.kind == "webhook" else None)


def _delivery(one: Delivery) -> ShownDelivery:
    tried = telling.iso(one.told_at) if one.told_at else None
    due = telling.iso(one.due_at) if one.state == "waiting" else None
    return ShownDelivery(one.id, one.feed_seq, one.state, one.tries, one.status, one.reason, tried, due)


OPERATIONS = (
    Operation("GET", "/v1/webhooks", "webhooks", "Who is told of events", Endpoints),
    Operation(
        "POST",
        "/v1/webhooks",
        "webhooks",
        "Tell somebody of events",
        WithSecret,
        body=NewEndpoint,
        needs_body=True,
        status=201,
    ),
    Operation(
        "POST", "/v1/webhooks/{id}/rotate", "webhooks", "A new secret for an endpoint", WithSecret, body=RotateBody
    ),
    Operation("POST", "/v1/webhooks/{id}/enable", "webhooks", "Tell an endpoint again", Shown),
    Operation("POST", "/v1/webhooks/{id}/disable", "webhooks", "Tell an endpoint no more", Shown),
    Operation("GET", "/v1/webhooks/{id}/deliveries", "webhooks", "What went to an endpoint", Deliveries),
    Operation(
        "POST",
        "/v1/webhooks/{id}/replay",
        "webhooks",
        "Deliver events again",
        Replayed,
        body=ReplayBody,
        needs_body=True,
    ),
)
