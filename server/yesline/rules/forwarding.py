"""What other systems are told of events, in their own words, and what their answers mean.

Sources: ``field`` 1(d) and ``libraries`` 1 for Braze; Segment's HTTP Tracking API, whose calls RudderStack and Jitsu take too.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from yesline.records.outgoing import Endpoint, Kind, Options, Person
from yesline.rules import cells, telling
from yesline.rules.abuse import DAY, SECOND
from yesline.rules.telling import Data, Message

Json = dict[str, Any]
COLUMNS = ("type", "timestamp", *Data.__struct_fields__)
"""The columns of a CSV file."""
MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""
_LONGEST = 255  # characters of a property at Braze
_NOT_PROPERTIES = ("subject", "phone", "email")
_CHANGES = {"subscription.subscribed": "subscribed", "subscription.unsubscribed": "unsubscribed"}
_WITH_KEYS: tuple[Kind, ...] = ("braze", "segment")
_KEY_REFUSED = (401, 403)
_PASSING = (408, 429)


class Answer(Struct, frozen=True):
    """What came of a try: status and headers, or 0 and why there was no answer. ``done``: it needed none, as a file does."""

    status: int
    headers: Mapping[str, Any] = {}
    why: str = ""
    done: bool = False

    @property
    def taken(self) -> bool:
        """Whether it was a success."""
        return self.done or 200 <= self.status < 300


class Verdict(Struct, frozen=True):
    """What becomes of a delivery: over, or to be tried again after ``wait`` milliseconds. ``disabled`` says why its endpoint is, if it is."""

    state: Literal["delivered", "failed", "waiting"]
    reason: str = ""
    wait: int = 0
    disabled: str = ""


def judge(kind: Kind, tries: int, answer: Answer, now: int, spread: float) -> Verdict:
    """What an answer means after so many tries; ``spread``, from 0 to 1, keeps many tries from coming at once.

    What Braze or Segment refuse they would refuse again: that delivery is over. A refused key, a ``410`` and ten tries disable the endpoint;
    what a key was refused for waits for another key.
    """
    why = answer.why or f"it answered {answer.status}"
    if answer.taken:
        return Verdict("delivered", answer.why)
    if answer.status == 410:
        return Verdict("failed", gone := "it answered 410: gone", disabled=gone)
    if kind in _WITH_KEYS and answer.status in _KEY_REFUSED:
        return Verdict("waiting", why, disabled=f"{why}: the key is refused")
    if kind in _WITH_KEYS and 400 <= answer.status < 500 and answer.status not in _PASSING:
        return Verdict("failed", why)
    wait = telling.wait(tries, answer.status, answer.headers, now, spread)
    if wait is None:
        return Verdict("failed", why, disabled=f"no success in {tries} tries: {why}")
    return Verdict("waiting", why, (answer.status == 429 and _reset(answer.headers, now)) or wait)


def _reset(headers: Mapping[str, Any], now: int) -> int:
    """Milliseconds until ``X-RateLimit-Reset``, in seconds since 1970; 0 where it says nothing of use."""
    text = str(headers.get("x-ratelimit-reset", ""))
    if not (text.isascii() and text.isdecimal()):
        return 0
    return min(max(0, int(text[:12]) * SECOND - now), DAY)


def braze(message: Message, person: Person, options: Options) -> Json | None:
    """The body of ``POST /users/track``; None where nobody is left to tell it of.

    A state that changed makes a profile where there is none; any other event is told of profiles that are there.
    """
    data = message.data
    if not (data.phone or data.email):
        return None
    who = _at_braze(data, person)
    states = _states(message, options)
    event = who | {"name": message.type, "time": message.timestamp, "properties": _properties(data, _LONGEST)}
    if not states:
        return {"events": [event | {"_update_existing_only": True}]}
    reached = {name: value for name in ("phone", "email") if (value := getattr(data, name))}
    return {"attributes": [reached | who | {"subscription_groups": states}], "events": [event]}


def _at_braze(data: Data, person: Person) -> Json:
    """Who it is. A profile under an alias is made only where Braze is told to."""
    if person.external_id:
        return {"external_id": person.external_id}
    if person.alias:
        label, name = person.alias
        return {"user_alias": {"alias_label": label, "alias_name": name}, "_update_existing_only": False}
    return {"phone": data.phone} if data.phone else {"email": data.email}


def _states(message: Message, options: Options) -> list[Json]:
    """The states of the groups that Braze knows. A STOP to all of the brand ends every one of them that texts, joined here or not."""
    state, data = _CHANGES.get(message.type), message.data
    groups = options.groups if data.phone else options.email_groups
    ids = groups.values() if data.group == "*" else [groups[data.group]] if data.group in groups else []
    return [{"subscription_group_id": one, "subscription_state": state} for one in ids] if state else []


def _properties(data: Data, longest: int) -> Json:
    """What an event says, without what says who it is; what is empty is left out."""
    told = {name: value for name, value in msgspec.to_builtins(data).items() if name not in _NOT_PROPERTIES and value}
    return {name: value[:longest] if isinstance(value, str) else value for name, value in told.items()}


def segment(message: Message, person: Person, delivery: str) -> list[tuple[str, Json]]:
    """The calls, by their paths: what is known of the person where that changes, and the event. ``messageId`` is the same on every try.

    Who has no external id is known by the random id of the number, which outlives an erasure.
    """
    data = message.data
    who = {"userId": person.external_id} if person.external_id else {"anonymousId": data.subject}
    reached = {name: value for name in ("phone", "email") if (value := getattr(data, name))}
    common = who | {"timestamp": message.timestamp}
    event = {
        "event": message.type,
        "properties": _properties(data, telling.MOST_TEXT),
        "messageId": delivery,
        "context": {"traits": reached, "library": {"name": "yesline"}},
    }
    state = _CHANGES.get(message.type)
    changed = data.left if data.group == "*" else (data.group,)
    traits = reached | {f"consent_{group}": state for group in changed}
    identify = {"traits": traits, "messageId": f"{delivery}-identify"}
    before = [("/v1/identify", common | identify)] if state and reached else []
    return [*before, ("/v1/track", common | event)]


def basic(key: str) -> str:
    """The header by which Segment knows a write key: it is the name, and there is no password."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


def file_name(options: Options, now: int) -> str:
    """The file of the running day, UTC."""
    ending = "csv" if options.csv else "ndjson"
    return f"events-{datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%d}.{ending}"


def head(options: Options) -> str:
    """What a file begins with."""
    if not options.csv:
        return ""
    return f"{MARK if options.spreadsheet else ''}{_line(COLUMNS)}"


def line(message: Message, options: Options) -> str:
    """An event as one line. No cell of a CSV file is taken for a formula, and nothing in a line ends it or controls a terminal."""
    if not options.csv:
        return f"{cells.inert(message)}\n"
    values = (message.type, message.timestamp, *(getattr(message.data, name) for name in Data.__struct_fields__))
    return _line([_cell(value, spreadsheet=options.spreadsheet) for value in values])


def _cell(value: Any, *, spreadsheet: bool) -> str:
    text = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return cells.tame(text, spreadsheet=spreadsheet)


def _line(row: list[str] | tuple[str, ...]) -> str:
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in row)
    return ",".join(quoted) + "\r\n"


def base_of(to: Endpoint) -> str:
    """The address that an API's paths are put behind."""
    return to.url.rstrip("/")
