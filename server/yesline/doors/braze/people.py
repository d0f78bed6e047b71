"""``/users``: who people are: named, identified, deleted, shown. Source: ``field`` 1(d)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response

from yesline.doors.braze import wire
from yesline.doors.braze.wire import Alias, Call, Fatal, Name
from yesline.doors.house import House
from yesline.records import Done, Forget, Identify, NameProfiles, Profile, ProfileAlias
from yesline.rules.attributes import PROFILE_FIELDS
from yesline.rules.profiles import external
from yesline.store import people

ONE_KIND = "Only one of external_ids, user_aliases or braze_ids can be included in a single request"
REASONS = {
    "profile_unknown": "profile_unknown: there is no such profile",
    "external_id_taken": "external_id_taken: this profile has another external_id already",
    "alias_taken": "alias_taken: another profile has this alias",
}


class NewAlias(Struct, frozen=True):
    """An alias for a profile, or for a new one where no external id is given."""

    alias_name: Name
    alias_label: Name
    external_id: Name | None = None


class NewAliases(Struct, frozen=True):
    """The body of ``/users/alias/new``."""

    user_aliases: list[NewAlias]


class AliasToIdentify(Struct, frozen=True):
    """Somebody known by an alias."""

    external_id: Name
    user_alias: Alias


class EmailToIdentify(Struct, frozen=True):
    """Somebody known by an e-mail address."""

    external_id: Name
    email: str


class PhoneToIdentify(Struct, frozen=True):
    """Somebody known by a number."""

    external_id: Name
    phone: str


class ToIdentify(Struct, frozen=True):
    """The body of ``/users/identify``."""

    aliases_to_identify: list[AliasToIdentify] = []
    emails_to_identify: list[EmailToIdentify] = []
    phone_numbers_to_identify: list[PhoneToIdentify] = []


class ToDelete(Struct, frozen=True):
    """The body of ``/users/delete``."""

    external_ids: list[Name] = []
    user_aliases: list[Alias] = []
    braze_ids: list[Name] = []


class ToExport(Struct, frozen=True):
    """The body of ``/users/export/ids``."""

    external_ids: list[Name] = []
    user_aliases: list[Alias] = []
    device_id: str | None = None
    braze_id: Name | None = None
    email_address: str | None = None
    phone: str | None = None
    fields_to_export: list[str] | None = None


async def new_aliases(call: Call) -> Response:
    """``POST /users/alias/new``."""
    given = call.body(NewAliases).user_aliases
    _some(given, "user_aliases")
    wire.at_most(given, wire.TOO_MANY_PEOPLE)
    names = ((external(one.external_id) if one.external_id else "", one.alias_label, one.alias_name) for one in given)
    done: Done = await call.rooms.clerk.record(NameProfiles(tuple(names)))
    return _processed(done, [("user_aliases", at) for at in range(len(given))])


async def identify(call: Call) -> Response:
    """``POST /users/identify``."""
    pairs = _pairs(call.rooms, call.body(ToIdentify))
    _some(pairs, "aliases_to_identify")
    wire.at_most(pairs, wire.TOO_MANY_PEOPLE)
    done: Done = await call.rooms.clerk.record(Identify(tuple((key, name) for *_, key, name in pairs)))
    return _processed(done, [(where, at) for where, at, *_ in pairs])


def _pairs(rooms: House, body: ToIdentify) -> list[tuple[str, int, str, str]]:
    """Who is to be identified: the place in the body, the key of the profile, and the external id."""
    known = {
        "aliases_to_identify": [(one.user_alias.key, one.external_id) for one in body.aliases_to_identify],
        "emails_to_identify": [
            (wire.address_key(rooms, wire.mail(one.email)), one.external_id) for one in body.emails_to_identify
        ],
        "phone_numbers_to_identify": [
            (wire.phone_key(rooms, wire.number(one.phone)), one.external_id) for one in body.phone_numbers_to_identify
        ],
    }
    return [(where, at, *pair) for where, pairs in known.items() for at, pair in enumerate(pairs)]


def _processed(done: Done, places: list[tuple[str, int]]) -> Response:
    errors = [wire.minor(REASONS[was.error], *places[was.at]) for was in done.people if was.error]
    return wire.done({"aliases_processed": len(places) - len(errors), "message": "success"}, errors)


def _some(given: list[Any], name: str) -> None:
    if not given:
        raise Fatal(f"{name} is empty")


async def delete(call: Call) -> Response:
    """``POST /users/delete``. The states of their numbers stay."""
    body = call.body(ToDelete)
    kinds: list[list[Any]] = [body.external_ids, body.user_aliases, body.braze_ids]
    if sum(map(bool, kinds)) > 1:
        raise Fatal(ONE_KIND)
    keys = [external(name) for name in body.external_ids] + [one.key for one in body.user_aliases]
    keys += [f"id:{name}" for name in body.braze_ids]
    _some(keys, "external_ids")
    wire.at_most(keys, wire.TOO_MANY_PEOPLE)
    done: Done = await call.rooms.clerk.record(Forget(tuple(keys)))
    return wire.done({"deleted": sum(not was.error for was in done.people), "message": "success"}, [])


async def export(call: Call) -> Response:
    """``POST /users/export/ids``: all that is kept of people but consent, which has an endpoint of its own."""
    body = call.body(ToExport)
    wire.at_most([*body.external_ids, *body.user_aliases], wire.TOO_MANY_PEOPLE)
    asked = _asked(call.rooms, body)
    _some(asked, "external_ids")
    store, keys = call.rooms.store, [key for key, _ in asked if key]
    found = await people.people(store, keys)
    ids = [one.id for one in found]
    named, habits = await people.aliases(store, ids), await people.habits(store, ids)
    users = [_exported(one, _of(named, one), _of(habits, one)) for one in found]
    fields = body.fields_to_export
    shown = [{k: v for k, v in user.items() if k in fields} for user in users] if fields else users
    unknown = _unknown(asked, found, named)
    content: dict[str, object] = {"message": "success", "users": shown}
    return wire.done(content | ({"invalid_user_ids": unknown} if unknown else {}), [])


def _asked(rooms: House, body: ToExport) -> list[tuple[str, object]]:
    """Keys of profiles, each with what it was named by; of devices we know nothing."""
    asked: list[tuple[str, object]] = [(external(name), name) for name in body.external_ids]
    asked += [(one.key, msgspec.to_builtins(one)) for one in body.user_aliases]
    asked += [(f"id:{body.braze_id}", body.braze_id)] if body.braze_id else []
    asked += [("", body.device_id)] if body.device_id else []
    asked += (
        [(wire.address_key(rooms, wire.mail(body.email_address)), body.email_address)] if body.email_address else []
    )
    return asked + ([(wire.phone_key(rooms, wire.number(body.phone)), body.phone)] if body.phone else [])


def _unknown(asked: list[tuple[str, object]], found: list[Profile], named: list[ProfileAlias]) -> list[object]:
    keys = {f"alias:{one.key}" for one in named}
    for one in found:
        keys |= {external(one.external_id or ""), f"id:{one.id}", f"phone:{one.tag}", f"email:{one.email_tag}"}
    return [name for key, name in asked if key not in keys]


def _of(rows: list[Any], one: Profile) -> list[Any]:
    return [row for row in rows if row.profile_id == one.id]


def _exported(one: Profile, named: list[ProfileAlias], habits: list[people.Habit]) -> dict[str, Any]:
    """A user export object; what is empty is left out."""
    known = msgspec.json.decode(one.attributes)
    own = {name: known[name] for name in PROFILE_FIELDS if name in known}
    told: Mapping[str, Any] = {
        "external_id": one.external_id,
        "user_aliases": [{"alias_name": other.name, "alias_label": other.label} for other in named],
        "braze_id": one.id,
        **own,
        "email": one.email,
        "phone": one.phone,
        "created_at": _time(one.created_at),
        "custom_attributes": {name: value for name, value in known.items() if name not in own},
        "custom_events": [_habit(habit) for habit in habits if habit.kind == "event"],
        "purchases": [_habit(habit) for habit in habits if habit.kind == "purchase"],
    }
    return {name: value for name, value in told.items() if value or value is False}


def _habit(habit: people.Habit) -> dict[str, object]:
    return {"name": habit.name, "first": _time(habit.first), "last": _time(habit.last), "count": habit.count}


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
