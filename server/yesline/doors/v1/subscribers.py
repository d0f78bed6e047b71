"""``/v1/subscribers``: who is known, how they stand, and what the ledger tells of them; stopped or erased by their ids."""

from typing import Annotated, Literal

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import json
from yesline.doors.house import House, house
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.paging import Page, PageQuery, page, read_after, whole
from yesline.doors.v1.people import (
    Email,
    Phone,
    Subscriber,
    address_tag,
    facts,
    known_tag,
    show,
    subscriber,
    tags_of,
)
from yesline.doors.v1.wire import Time, Word, found, moment, read_json, read_query
from yesline.errors import Refusal
from yesline.records import ApiKey, Confirmed, Erase, EventKind, Source, State, StopByHand, Subject, Was
from yesline.store import subscribers
from yesline.store.subscribers import Person, Told

_STATES: tuple[State, ...] = ("pending", "subscribed", "unsubscribed", "unknown")
_ONE_WAY = "Ask by phone, by email, by external_id, or by group and state: by one of them."


class SubscribersQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Whom to list: one person, those in a state in a group, those who said STOP, or all."""

    phone: Phone | None = None
    email: Email | None = None
    external_id: Word | None = None
    group: Word | None = None
    state: Literal["pending", "subscribed", "unsubscribed", "stopped"] | None = None


class HistoryEvent(Struct, frozen=True):
    """A line of the ledger. ``before`` and ``after`` are states; ``facts`` is null where it was erased."""

    seq: int
    at: Time
    kind: EventKind
    source: Source
    group: str
    before: str
    after: str
    facts: dict[str, str] | None
    hash: str


class EndBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Who wanted it, where it is another than the key's name."""

    by: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=100)] | None = None


class Ended(Struct, frozen=True):
    """A subscriber that was stopped or erased. ``already``: it had been before."""

    id: str
    already: bool


async def several(request: Request, key: ApiKey) -> Response:
    """``GET /v1/subscribers``."""
    del key
    rooms, query = house(request), read_query(request, SubscribersQuery)
    _check(query)
    if query.phone or query.email or query.external_id:
        return found(request, whole([show(one) for one in await _named(rooms, query)]))
    people = await subscribers.people(rooms.store, await _listed(rooms, query))
    return found(request, page(people, query.limit, show, lambda one: _place(query, one.subject)))


def _check(query: SubscribersQuery) -> None:
    named = [value for value in (query.phone, query.email, query.external_id) if value]
    if len(named) + bool(query.group or query.state) > 1:
        raise Refusal("bad_request", _ONE_WAY, 400)
    if query.state and query.state != "stopped" and not query.group:
        raise Refusal("bad_request", "Name the group, too: a state is one in a group.", 400, field="group")


async def _named(rooms: House, query: SubscribersQuery) -> list[Person]:
    """Who is asked for by name: one, or a person's number and address."""
    if query.phone:
        tags = [known_tag(rooms, query.phone)]
    elif query.email:
        tags = [address_tag(rooms, query.email)]
    else:
        tags = tags_of(await subscribers.profile(rooms.store, query.external_id or ""))
    return await subscribers.people(rooms.store, await subscribers.by_tags(rooms.store, tags))


async def _listed(rooms: House, query: SubscribersQuery) -> list[Subject]:
    (after,), most = read_after(query, ("",)), query.limit + 1
    if query.state == "stopped":
        return await subscribers.stopped(rooms.store, query.group or "", after, most)
    if query.group:
        states = (query.state,) if query.state else _STATES
        return await subscribers.in_group(rooms.store, query.group, states, after, most)
    return await subscribers.everybody(rooms.store, after, most)


def _place(query: SubscribersQuery, subject: Subject) -> tuple[str]:
    return (subject.tag or "",) if query.state == "stopped" else (subject.id,)


async def one(request: Request, key: ApiKey) -> Response:
    """``GET /v1/subscribers/{id}``."""
    del key
    (person,) = await subscribers.people(house(request).store, [_there(await subscriber(request))])
    return found(request, show(person))


async def history(request: Request, key: ApiKey) -> Response:
    """``GET /v1/subscribers/{id}/history``: oldest first, of erased ones what the ledger keeps."""
    del key
    query, subject = read_query(request, PageQuery), await subscriber(request)
    (after,) = read_after(query, (0,))
    told = await subscribers.history(house(request).store, subject.id, after, query.limit + 1)
    return found(request, page(told, query.limit, _event, lambda row: (row.event.seq,)))


def _event(told: Told) -> HistoryEvent:
    event = told.event
    return HistoryEvent(
        seq=event.seq,
        at=moment(event.at),
        kind=event.kind,
        source=event.source,
        group=event.group_id,
        before=event.before,
        after=event.after,
        facts=told.facts,
        hash=event.hash,
    )


async def stop(request: Request, key: ApiKey) -> Response:
    """``POST /v1/subscribers/{id}/stop``: as if they had texted STOP."""
    told = await _by(request, key)
    subject = _there(await subscriber(request))
    act = StopByHand(subject.phone or "", subject.tag or "", told)
    done: Confirmed = await house(request).clerk.record(act)
    return json(Ended(subject.id, done.already))


async def erase(request: Request, key: ApiKey) -> Response:
    """``POST /v1/subscribers/{id}/erase``: the ledger keeps digests, a STOP its keyed hash."""
    told = await _by(request, key)
    subject = await subscriber(request)
    if not subject.tag:
        return json(Ended(subject.id, already=True))
    done: Was = await house(request).clerk.record(Erase(subject.tag, told))
    return json(Ended(subject.id, bool(done.error)))


async def _by(request: Request, key: ApiKey) -> dict[str, str]:
    body = await read_json(request, EndBody, b"{}")
    return facts(request, key) | {"by": body.by or key.name}


def _there(subject: Subject) -> Subject:
    """A subscriber who was not erased. Raises Refusal."""
    if not subject.tag:
        raise Refusal("subscriber_not_found", "This subscriber was erased: the history alone is left.", 404)
    return subject


OPERATIONS = (
    Operation("GET", "/v1/subscribers", "subscribers", "Subscribers", Page[Subscriber], query=SubscribersQuery),
    Operation("GET", "/v1/subscribers/{id}", "subscribers", "One subscriber", Subscriber),
    Operation(
        "GET",
        "/v1/subscribers/{id}/history",
        "subscribers",
        "What the ledger tells of one",
        Page[HistoryEvent],
        query=PageQuery,
    ),
    Operation("POST", "/v1/subscribers/{id}/stop", "subscriptions", "Stop all texts to one", Ended, body=EndBody),
    Operation("POST", "/v1/subscribers/{id}/erase", "erase", "Erase one", Ended, body=EndBody),
)
