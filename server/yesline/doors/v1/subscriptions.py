"""``/v1/subscriptions``: a back end sets a state, or has the phone asked. It is told the truth, a STOP too."""

from typing import Literal, NoReturn

from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.consent import ConsentGiven
from yesline.doors.guard import json
from yesline.doors.house import House, house
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.people import (
    Email,
    GroupState,
    Phone,
    address_tag,
    facts,
    known_tag,
    mobile,
    show,
    tags_of,
    written,
)
from yesline.doors.v1.wire import Time, Word, read_json
from yesline.errors import Refusal
from yesline.programme import Group, Language
from yesline.records import ApiKey, Done, SetStates, Setting, State
from yesline.rules.phone import EVERYWHERE, read_known
from yesline.rules.profiles import external
from yesline.store import subscribers


class SubscriptionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The state somebody is to have in a group: one of ``phone``, ``email`` and ``external_id`` says who.

    ``ask``: the phone is to say yes first. ``language`` is the one to ask in.
    """

    group: Word
    state: Literal["subscribed", "unsubscribed"]
    phone: Phone | None = None
    email: Email | None = None
    external_id: Word | None = None
    ask: bool = False
    language: Language | None = None
    consent: ConsentGiven | None = None


class SubscriptionState(Struct, frozen=True):
    """How a subscriber stands in a group now."""

    subscriber: str
    group: str
    state: State
    stopped: bool
    since: Time
    language: str


async def put(request: Request, key: ApiKey) -> Response:
    """``POST /v1/subscriptions``."""
    rooms, body = house(request), await read_json(request, SubscriptionBody)
    group = _group(rooms, body)
    setting = _setting(rooms, body, group)
    done: Done = await rooms.clerk.record(SetStates("api", (setting,), facts(request, key)))
    if error := done.states[0].error:
        _refuse(error)
    return json(await _now(rooms, setting))


def _group(rooms: House, body: SubscriptionBody) -> Group:
    """The group that the body names, by a way that it has. Raises Refusal."""
    group = rooms.catalogue.groups.get(body.group)
    if not group:
        raise Refusal("group_not_found", f"There is no group {body.group[:40]!r}.", 404, field="group")
    if len([who for who in (body.phone, body.email, body.external_id) if who]) != 1:
        raise Refusal("bad_request", "Say who: one of phone, email and external_id.", 400)
    other = body.email if group.channel == "sms" else body.phone
    if other:
        ways = "numbers: send phone" if group.channel == "sms" else "e-mail addresses: send email"
        raise Refusal("bad_request", f"The group {group.id!r} is of {ways} or external_id.", 400)
    return group


def _setting(rooms: House, body: SubscriptionBody, group: Group) -> Setting:
    consent = body.consent.facts if body.consent else {}
    setting = Setting(group, body.state, asks=body.ask, language=body.language or "", consent=consent)
    if body.external_id:
        return structs.replace(setting, who=external(body.external_id))
    if body.email:
        return structs.replace(setting, email=body.email, tag=address_tag(rooms, body.email))
    return structs.replace(setting, phone=_number(body, group), tag=known_tag(rooms, _number(body, group)))


def _number(body: SubscriptionBody, group: Group) -> str:
    """The number, E.164. Any can be let go of; one that is to be texted must be a mobile of a country that the group serves."""
    typed = written(body.phone or "")
    return read_known(typed) if body.state == "unsubscribed" else mobile(typed, group.countries or EVERYWHERE)


def _refuse(error: str) -> NoReturn:
    match error:
        case "stopped":
            message = "They said STOP: only a START that the phone texts ends that."
            raise Refusal("stopped", message, 409)
        case "consent_missing":
            message = "Tell how they agreed, as consent: their country, or the group, asks for that."
            raise Refusal("consent_missing", message, 422, field="consent")
        case "capped":
            message = "This number was asked too often already: nothing has changed. Try again tomorrow."
            raise Refusal("prompt_capped", message, 429, retry_after=3600)
        case "profile_unknown":
            message = "Nobody has this external_id: send a phone or an email, or make the profile first."
            raise Refusal("profile_not_found", message, 404, field="external_id")
        case "phone_unknown":
            raise Refusal("phone_unknown", "The profile has no number: send it as phone.", field="external_id")
        case _:
            raise Refusal("email_unknown", "The profile has no e-mail address: send it as email.", field="external_id")


async def _now(rooms: House, setting: Setting) -> SubscriptionState:
    """The state as it is now. Raises Refusal where it was erased meanwhile."""
    tags = [setting.tag]
    if not setting.tag:
        profile = await subscribers.profile(rooms.store, setting.who.partition(":")[2])
        tags = tags_of(profile)
    people = await subscribers.people(rooms.store, await subscribers.by_tags(rooms.store, tags))
    for person in map(show, people):
        for state in person.groups:
            if state.group == setting.group.id:
                return _state(person.id, state)
    raise Refusal("subscriber_not_found", "This subscriber was erased: the history alone is left.", 404)


def _state(subscriber: str, now: GroupState) -> SubscriptionState:
    return SubscriptionState(subscriber, **structs.asdict(now))


OPERATIONS = (
    Operation(
        "POST",
        "/v1/subscriptions",
        "subscriptions",
        "Set a state, or have the phone asked",
        SubscriptionState,
        body=SubscriptionBody,
        needs_body=True,
    ),
)
