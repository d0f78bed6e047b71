"""``/subscription``: the states of numbers and addresses in groups, set and told. Source: ``field`` 1(d), S1, S2, SGT, SU."""

from typing import Any, Literal

import msgspec
from msgspec import Struct
from starlette.responses import Response

from yesline.doors.braze import wire
from yesline.doors.braze.wire import Call, Fatal, Some
from yesline.doors.consent import ConsentGiven
from yesline.doors.guard import json
from yesline.doors.house import House
from yesline.errors import Refusal
from yesline.programme import Group, Language
from yesline.records import Done, Profile, SetStates, Setting, Was
from yesline.rules import profiles
from yesline.store import people

NOT_BOTH = "Either an email address or a phone number should be provided, but not both."
NOT_BOTH_READ = (
    "Either an email address or a phone number should be asked for, but not both, where there is no external_id."
)
MOST_USERS = 100
SHOWN = {"subscribed": "Subscribed", "pending": "Unsubscribed", "unsubscribed": "Unsubscribed", "unknown": "Unknown"}
REASONS = {
    "stopped": "stopped: this number has said STOP; only a START that it texts itself ends that",
    "consent_missing": "consent_missing: send a consent object that tells how this person agreed",
    "capped": "capped: this number was asked as often as it may be; ask again later",
    "profile_unknown": "profile_unknown: there is no such profile",
    "phone_unknown": "phone_unknown: the profile has no phone",
    "email_unknown": "email_unknown: the profile has no email",
}
_UNKNOWN = ("profile_unknown", "phone_unknown", "email_unknown")
Place = tuple[str, int]


class Wish(Struct, frozen=True):
    """A state that somebody is to have in a group. ``consent`` is looked at by itself, so that what is wrong with it is told as such."""

    subscription_group_id: str
    subscription_state: Literal["subscribed", "unsubscribed"]
    use_double_opt_in_logic: bool | None = None
    language: Language | None = None
    consent: Any = None

    def setting(self, rooms: House) -> Setting:
        """The setting, of nobody yet. Raises Fatal."""
        group = wire.group(rooms, self.subscription_group_id)
        asks = bool(self.use_double_opt_in_logic)
        return Setting(group, self.subscription_state, asks=asks, language=self.language or "", consent=_facts(self))


class SetOne(Wish, frozen=True):
    """The body of ``/subscription/status/set``."""

    external_id: Some = None
    email: Some = None
    phone: Some = None


class Several(Wish, frozen=True):
    """One group of ``/v2/subscription/status/set``."""

    external_ids: Some = None
    emails: Some = None
    phones: Some = None


class SetSeveral(Struct, frozen=True):
    """The body of ``/v2/subscription/status/set``."""

    subscription_groups: list[Several]


def _facts(wish: Wish) -> dict[str, str]:
    """The evidence that goes into the ledger. Raises Fatal."""
    if wish.consent is None:
        return {}
    try:
        return msgspec.convert(wish.consent, ConsentGiven).facts
    except msgspec.ValidationError as error:
        raise Fatal(f"consent: {error}") from error
    except Refusal as refusal:
        raise Fatal(refusal.message) from refusal


async def set_one(call: Call) -> Response:
    """``POST /subscription/status/set``."""
    body = call.body(SetOne)
    named = {"external_id": body.external_id, "email": body.email, "phone": body.phone}
    return await _record(call, _settings(call.rooms, body, named))


async def set_several(call: Call) -> Response:
    """``POST /v2/subscription/status/set``."""
    groups = call.body(SetSeveral).subscription_groups
    if not groups:
        raise Fatal("subscription_groups is empty")
    named = [{"external_ids": one.external_ids, "emails": one.emails, "phones": one.phones} for one in groups]
    if any(names["emails"] for names in named) and any(names["phones"] for names in named):
        raise Fatal(NOT_BOTH)
    parts = [_settings(call.rooms, one, names) for one, names in zip(groups, named, strict=True)]
    return await _record(call, [setting for part in parts for setting in part])


def _settings(rooms: House, wish: Wish, named: dict[str, Some]) -> list[tuple[Place, Setting]]:
    """What is set, each with its place in the body: people first, then addresses, then numbers. Raises Fatal."""
    (people_at, ids), (emails_at, emails), (phones_at, phones) = ((k, wire.listed(v)) for k, v in named.items())
    base = wish.setting(rooms)
    _check(base.group, ids, emails, phones)
    settings = [
        *(((people_at, at), msgspec.structs.replace(base, who=wire.person(name))) for at, name in enumerate(ids)),
        *(((emails_at, at), _address(rooms, base, given)) for at, given in enumerate(emails)),
        *(((phones_at, at), _number(rooms, base, given)) for at, given in enumerate(phones)),
    ]
    if not settings:
        raise Fatal(f"Name somebody: {', '.join(named)}")
    return settings


def _check(group: Group, ids: list[str], emails: list[str], phones: list[str]) -> None:
    if emails and phones:
        raise Fatal(NOT_BOTH)
    if phones and group.channel == "email":
        raise Fatal(f"The group {group.id!r} is of e-mail addresses: name an external_id or an email")
    if emails and group.channel == "sms":
        raise Fatal(f"The group {group.id!r} is of phone numbers: name an external_id or a phone")
    wire.at_most(ids, wire.TOO_MANY_PEOPLE)
    wire.at_most(emails)
    wire.at_most(phones)


def _address(rooms: House, base: Setting, raw: str) -> Setting:
    given = wire.mail(raw)
    return msgspec.structs.replace(base, email=given, tag=wire.address_tag(rooms, given))


def _number(rooms: House, base: Setting, raw: str) -> Setting:
    number = wire.e164(raw)
    return msgspec.structs.replace(base, phone=number, tag=wire.phone_tag(rooms, number))


async def _record(call: Call, settings: list[tuple[Place, Setting]]) -> Response:
    done: Done = await call.rooms.clerk.record(SetStates("api", tuple(one for _, one in settings), call.facts))
    direct = any(one.tag for _, one in settings)
    errors = [wire.minor(REASONS[was.error], *settings[was.at][0]) for was in done.states if _told(was, direct=direct)]
    return wire.done({"message": "success"}, errors)


def _told(was: Was, *, direct: bool) -> bool:
    """Whether an error is told: where numbers are named too, a profile that is yet to come is none."""
    return bool(was.error) and not (direct and was.error in _UNKNOWN)


async def get_status(call: Call) -> Response:
    """``GET /subscription/status/get``: by what was asked for, states in one group."""
    (group_id, *_) = call.asked("subscription_group_id") or [""]
    group = wire.group(call.rooms, group_id)
    tags = await _tags(call, group)
    known = await people.states(call.rooms.store, {tag for tag in tags.values() if tag})
    told = {name: SHOWN[known.of(tag, group.id) if tag else "unknown"] for name, tag in tags.items()}
    return json({"status": told, "message": "success"})


async def _tags(call: Call, group: Group) -> dict[str, str]:
    """What was asked for, with the tag it leads to; none where there is no such profile. Raises Fatal."""
    ids, emails, phones = (call.asked(name) for name in ("external_id", "email", "phone"))
    for names in (ids, emails, phones):
        wire.at_most(names)
    if ids:
        keys = {wire.person(name): name for name in ids}
        found = {one.external_id: one for one in await people.people(call.rooms.store, keys)}
        return {name: _tag_of(found.get(name), group) for name in ids}
    if emails and phones:
        raise Fatal(NOT_BOTH_READ)
    if not emails and not phones:
        raise Fatal("Name somebody: external_id, email or phone")
    return {raw: wire.address_tag(call.rooms, wire.mail(raw)) for raw in emails} | {
        raw: wire.phone_tag(call.rooms, wire.number(raw)) for raw in phones
    }


def _tag_of(one: Profile | None, group: Group) -> str:
    if not one:
        return ""
    return (one.email_tag if group.channel == "email" else one.tag) or ""


async def get_user(call: Call) -> Response:
    """``GET /subscription/user/status``: people, or numbers that belong to nobody known, with the groups they have a state in."""
    limit, offset = call.whole("limit", MOST_USERS, MOST_USERS), call.whole("offset", 0, 10**9)
    users = await _users(call)
    shown = users[offset : offset + limit]
    known = await people.states(call.rooms.store, {tag for user in shown for tag in (user.tag, user.email_tag) if tag})
    told = [_user(call.rooms, user, known) for user in shown]
    return json({"users": told, "total_count": len(users), "message": "success"})


class _User(Struct, frozen=True):
    external_id: str | None = None
    email: str | None = None
    email_tag: str | None = None
    phone: str | None = None
    tag: str | None = None


async def _users(call: Call) -> list[_User]:
    """Everybody who is asked for. A number or address with states but no profile is somebody, too."""
    ids, emails, phones = (call.asked(name) for name in ("external_id", "email", "phone"))
    for names in (ids, emails, phones):
        wire.at_most(names)
    if not (ids or emails or phones):
        raise Fatal("Name somebody: external_id, email or phone")
    numbers = {wire.phone_tag(call.rooms, number): number for number in map(wire.number, phones)}
    addresses = {wire.address_tag(call.rooms, given): given for given in map(wire.mail, emails)}
    keys = [*map(wire.person, ids), *map(profiles.phone, numbers), *map(profiles.email, addresses)]
    found = await people.people(call.rooms.store, keys)
    users = [_User(one.external_id, one.email, one.email_tag, one.phone, one.tag) for one in found]
    owned = {tag for one in found for tag in (one.tag, one.email_tag)}
    lone = [tag for tag in (*numbers, *addresses) if tag not in owned]
    known = await people.states(call.rooms.store, lone)
    return users + [_alone(tag, numbers, addresses) for tag in lone if known.groups(tag)]


def _alone(tag: str, numbers: dict[str, str], addresses: dict[str, str]) -> _User:
    if tag in numbers:
        return _User(phone=numbers[tag], tag=tag)
    return _User(email=addresses[tag], email_tag=tag)


def _user(rooms: House, user: _User, known: people.States) -> dict[str, Any]:
    groups = [
        {"id": group.id, "name": group.name, "channel": group.channel, "status": SHOWN[known.of(tag, group.id)]}
        for channel, tag in (("email", user.email_tag or ""), ("sms", user.tag or ""))
        for group in (rooms.catalogue.groups.get(group_id) for group_id in known.groups(tag))
        if group and group.channel == channel
    ]
    return {
        "email": user.email,
        "phone": user.phone,
        "external_id": user.external_id,
        "subscription_groups": groups,
    }
