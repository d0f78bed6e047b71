"""Whom a call is about: a number, an address or one of the product's own ids, and how they stand."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request

from yesline.doors.house import House, client, house, path
from yesline.doors.v1.wire import Time, moment
from yesline.errors import Refusal
from yesline.records import ApiKey, Profile, State, Subject
from yesline.rules.phone import read_known, read_number
from yesline.rules.profiles import email_tag
from yesline.rules.signing import number_tag
from yesline.store import subscribers
from yesline.store.subscribers import Person

Phone = Annotated[
    str, Meta(min_length=1, max_length=60, description="A number with its country code, as +12015550123.")
]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$")]


class GroupState(Struct, frozen=True):
    """The state of a number or an address in one group. ``stopped``: nothing may be sent to it, whatever the state."""

    group: str
    state: State
    stopped: bool
    since: Time
    language: str


class Subscriber(Struct, frozen=True):
    """A number, or an e-mail address, and how it stands in every group that knows it. ``stopped``: it said STOP to the brand."""

    id: str
    phone: str | None
    email: str | None
    created_at: Time
    stopped: bool
    groups: tuple[GroupState, ...]


def show(person: Person) -> Subscriber:
    """A subscriber as it is shown."""
    subject = person.subject
    groups = tuple(
        GroupState(one.group_id, one.state, person.stopped(one.group_id), moment(one.since), one.language)
        for one in person.subscriptions
    )
    created = moment(subject.created_at)
    return Subscriber(subject.id, subject.phone, subject.email or None, created, person.stopped(""), groups)


def written(phone: str) -> str:
    """A number with the ``+`` that a query read as a blank. Raises Refusal for one without a country code."""
    typed = "+" + phone.lstrip() if phone[0] == " " else phone
    if not typed.startswith(("+", "00")):
        raise Refusal("phone_not_a_number", "Write the number with its country code, as +12015550123.", field="phone")
    return typed


def known_tag(rooms: House, phone: str) -> str:
    """The tag of a number of any kind. Raises Refusal."""
    return number_tag(rooms.clerk.keys, read_known(written(phone)))


def mobile(phone: str, countries: tuple[str, ...]) -> str:
    """A number that can be texted, of one of these countries. Raises Refusal."""
    return read_number(written(phone), "", countries).e164


def address_tag(rooms: House, email: str) -> str:
    """The tag of an address."""
    return email_tag(rooms.clerk.keys, email)


def tags_of(profile: Profile | None) -> list[str]:
    """The tags of a person's number and address."""
    return [tag for tag in (profile.tag, profile.email_tag) if tag] if profile else []


async def subscriber(request: Request) -> Subject:
    """The subscriber that the path names, erased or not. Raises Refusal."""
    found = await subscribers.by_id(house(request).store, path(request, "id"))
    if not found:
        raise Refusal("subscriber_not_found", "There is no such subscriber: look it up at /v1/subscribers?phone=.", 404)
    return found


def facts(request: Request, key: ApiKey) -> dict[str, str]:
    """What the ledger keeps of a caller."""
    return {"key": key.name, "caller": client(request)[0]}
