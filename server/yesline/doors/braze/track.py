"""``/users/track``: what people are, which groups they are in, what they did and bought. Source: ``field`` 1(d), UT, UA, EV."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response

from yesline.doors.braze import status, wire
from yesline.doors.braze.status import Wish
from yesline.doors.braze.wire import Alias, Call, Fatal
from yesline.doors.house import House
from yesline.records import Done, Happening, ProfileChange, Setting, Track, Was
from yesline.rules.attributes import LONGEST, properties

MOST_OBJECTS = 75
TOO_LONG = "Max Input Length Exceeded"
NOTHING = "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields."
NOBODY = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"
WORDS = status.REASONS | {
    "phone_invalid": "phone_invalid: not a phone number; it was left out",
    "email_invalid": "email_invalid: not an e-mail address; it was left out",
}
_OURS = (
    "external_id",
    "user_alias",
    "braze_id",
    "email",
    "phone",
    "subscription_groups",
    "_update_existing_only",
    "push_token_import",
)
_ODD_TIME = re.compile(r"(.*T\d\d:\d\d:\d\d):(\d{3}.*)")
_MOST_QUANTITY = 100
Thing = dict[str, Any]


class Body(Struct, frozen=True):
    """The lists; what is wrong with one of their objects does not keep the others from being taken."""

    attributes: list[Any] | None = None
    events: list[Any] | None = None
    purchases: list[Any] | None = None


class _Wrong(Exception):
    """An object that cannot be taken."""


class _Person(Struct, frozen=True):
    """Who an object is about: the key, whether one who is not there is made, and the number or address in the key."""

    key: str
    create: bool
    phone: str = ""
    email: str = ""


async def track(call: Call) -> Response:
    """``POST /users/track``."""
    body = call.body(Body)
    given = {"attributes": body.attributes or [], "events": body.events or [], "purchases": body.purchases or []}
    if sum(map(len, given.values())) > MOST_OBJECTS:
        raise Fatal(TOO_LONG)
    reader = _Reader(call.rooms)
    for name, one in (("attributes", reader.change), ("events", reader.event), ("purchases", reader.purchase)):
        reader.each(name, given[name], one)
    if not reader.changes and not reader.happenings:
        raise Fatal(NOTHING, errors=reader.errors)
    done: Done = await call.rooms.clerk.record(
        Track("api", tuple(reader.changes), tuple(reader.happenings), call.facts)
    )
    counts = {f"{name}_processed": len(given[name]) - reader.refused[name] for name in given if given[name]}
    return wire.done({"message": "success", **counts}, reader.errors + reader.told(done))


class _Reader:
    """Objects on their way to an act, with the errors of those that cannot be taken."""

    def __init__(self, rooms: House) -> None:
        self.rooms = rooms
        self.changes: list[ProfileChange] = []
        self.happenings: list[Happening] = []
        self.errors: list[dict[str, object]] = []
        self.refused = dict.fromkeys(("attributes", "events", "purchases"), 0)
        self._places: dict[int, int] = {}
        self._where = ("", 0)

    def each(self, name: str, objects: list[Any], take: Callable[[Thing], None]) -> None:
        """Take every object of a list that can be taken."""
        for at, thing in enumerate(objects):
            self._where = (name, at)
            try:
                if not isinstance(thing, dict):
                    raise _Wrong("an object is expected")
                take(thing)
            except _Wrong as error:
                self.refused[name] += 1
                self._tell(str(error))

    def _tell(self, kind: str) -> None:
        self.errors.append(wire.minor(kind, *self._where))

    def change(self, thing: Thing) -> None:
        """A user attributes object."""
        who = self._person(thing)
        phone, email = self._own(thing, "phone", wire.cleaned), self._own(thing, "email", wire.address)
        rest = {name: value for name, value in thing.items() if name not in _OURS}
        self._places[len(self.changes)] = self._where[1]
        self.changes.append(
            ProfileChange(
                who.key,
                who.create,
                phone,
                self._tag(phone, wire.phone_tag),
                email,
                self._tag(email, wire.address_tag),
                msgspec.json.encode(rest).decode(),
                tuple(self._settings(thing.get("subscription_groups"))),
            )
        )

    def _own(self, thing: Thing, name: str, read: Callable[[str], str]) -> str | None:
        """A number or an address: none where it stays, empty where it goes."""
        if name not in thing:
            return None
        raw = thing[name]
        if raw is None:
            return ""
        value = read(raw) if isinstance(raw, str) else ""
        if not value:
            self._tell(WORDS[f"{name}_invalid"])
        return value or None

    def _tag(self, value: str | None, make: Callable[[House, str], str]) -> str | None:
        return make(self.rooms, value) if value else value

    def _settings(self, wishes: Any) -> list[Setting]:
        if wishes is None:
            return []
        if not isinstance(wishes, list):
            self._tell("subscription_groups: a list is expected")
            return []
        return [setting for wish in wishes if (setting := self._setting(wish))]

    def _setting(self, given: Any) -> Setting | None:
        try:
            wish = msgspec.convert(given, Wish)
            wire.group(self.rooms, wish.subscription_group_id)
        except (msgspec.ValidationError, Fatal) as error:
            self._tell(f"subscription_groups: {error}")
            return None
        return wish.setting(self.rooms)

    def event(self, thing: Thing) -> None:
        """An event object."""
        kept = properties(thing.get("properties"))
        if kept is None:
            raise _Wrong("properties: names have 1 to 255 characters and no leading $, strings at most 255")
        self._happened(thing, Happening("", "event", _word(thing, "name"), self._time(thing), kept))

    def purchase(self, thing: Thing) -> None:
        """A purchase object."""
        price, quantity = thing.get("price"), thing.get("quantity", 1)
        if isinstance(price, bool) or not isinstance(price, int | float):
            raise _Wrong("price: a number is required")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= _MOST_QUANTITY:
            raise _Wrong(f"quantity: a whole number from 1 to {_MOST_QUANTITY}")
        kept = properties(
            {"currency": _word(thing, "currency"), "price": price, "quantity": quantity}
            | ({"properties": thing["properties"]} if thing.get("properties") else {})
        )
        if kept is None or properties(thing.get("properties")) is None:
            raise _Wrong("properties: names have 1 to 255 characters and no leading $, strings at most 255")
        self._happened(thing, Happening("", "purchase", _word(thing, "product_id"), self._time(thing), kept))

    def _happened(self, thing: Thing, one: Happening) -> None:
        who = self._person(thing)
        if who.create and (who.phone or who.email):
            self.changes.append(
                ProfileChange(
                    who.key,
                    phone=who.phone or None,
                    tag=self._tag(who.phone or None, wire.phone_tag),
                    email=who.email or None,
                    email_tag=self._tag(who.email or None, wire.address_tag),
                )
            )
        self.happenings.append(msgspec.structs.replace(one, who=who.key, create=who.create))

    def _time(self, thing: Thing) -> int:
        """The time of an event in milliseconds; a time to come is now."""
        raw = thing.get("time")
        text = _ODD_TIME.sub(r"\1.\2", raw) if isinstance(raw, str) else ""
        try:
            at = datetime.fromisoformat(text)
            told = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError) as error:
            raise _Wrong("time: an ISO 8601 time is required") from error
        return min(told, self.rooms.clerk.clock())

    def _person(self, thing: Thing) -> _Person:
        """Who an object is about; an address goes before a number. Nobody is made under a braze_id, nor under an alias unless told."""
        only = thing.get("_update_existing_only")
        create = only is not True
        if isinstance(thing.get("external_id"), str):
            with suppress(Fatal):
                return _Person(wire.person(thing["external_id"]), create)
            raise _Wrong("external_id: 1 to 997 characters and no control characters")
        if "user_alias" in thing:
            return _Person(_alias(thing["user_alias"]), only is False)
        if isinstance(thing.get("braze_id"), str):
            return _Person(f"id:{thing['braze_id']}", create=False)
        email, phone = (_text(thing, name) for name in ("email", "phone"))
        if address := wire.address(email):
            return _Person(wire.address_key(self.rooms, address), create, email=address)
        if number := wire.cleaned(phone):
            return _Person(wire.phone_key(self.rooms, number), create, phone=number)
        raise _Wrong(NOBODY)

    def told(self, done: Done) -> list[dict[str, object]]:
        """The errors of what was taken: attributes that make no sense, states that could not be set."""
        return [
            self._was(was, f"{was.error}: not a value this can have; it was left out")
            for was in done.people
            if was.error
        ] + [self._was(was, WORDS[was.error]) for was in done.states if was.error]

    def _was(self, was: Was, words: str) -> dict[str, object]:
        return wire.minor(words, "attributes", self._places.get(was.at, was.at))


def _text(thing: Thing, name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _word(thing: Thing, name: str) -> str:
    value = _text(thing, name)
    if not 0 < len(value) <= LONGEST or "\0" in value:
        raise _Wrong(f"{name}: 1 to {LONGEST} characters are required")
    return value


def _alias(given: Any) -> str:
    try:
        return msgspec.convert(given, Alias).key
    except msgspec.ValidationError as error:
        raise _Wrong(f"user_alias: {error}") from error
