"""What is known of a person besides consent: a JSON object, and how a change to it is applied.

Values, operators and limits are those of Braze's user attributes object. Source: ``field`` 1(d), UA and UT.
"""

import math
import re
from typing import Any

import msgspec

Attributes = dict[str, Any]
MOST_IN_ARRAY = 100
MOST_BYTES = 100_000
LONGEST = 255
LARGEST = 2**63
_NAME = re.compile(r"[^$\x00-\x1f][^\x00-\x1f]{0,254}")
_SUBSCRIBE = re.compile(r"opted_in|subscribed|unsubscribed")
_FIELDS = {
    "dob": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "email_subscribe": _SUBSCRIBE,
    "first_name": re.compile(r".*"),
    "gender": re.compile(r"[MFONP]"),
    "home_city": re.compile(r".*"),
    "language": re.compile(r"[a-z]{2,3}(-[A-Z]{2})?"),
    "last_name": re.compile(r".*"),
    "push_subscribe": _SUBSCRIBE,
    "time_zone": re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"),
}
_RESERVED = ("time", "event_name")
_COUNTRY = re.compile(r"[A-Z]{2}")
PROFILE_FIELDS = (*_FIELDS, "country")
"""What is known of everybody under the same names; all else is a custom attribute."""


def merged(known: str, changes: str) -> tuple[str, list[str]]:
    """The object with the changes applied, and the names of those that are left out because they make no sense. JSON both ways."""
    now: Attributes = msgspec.json.decode(known)
    wrong = []
    for name, value in msgspec.json.decode(changes).items():
        try:
            _apply(now, name, value)
        except ValueError:
            wrong.append(name)
    return msgspec.json.encode(now).decode(), wrong


def _apply(now: Attributes, name: str, value: Any) -> None:
    if not _NAME.fullmatch(name) or not _plain(value):
        raise ValueError(name)
    if name == "country" and not _fits(_COUNTRY, value):
        value = None
    if value is None:
        now.pop(name, None)
    elif name in _FIELDS and not _fits(_FIELDS[name], value):
        raise ValueError(name)
    elif isinstance(value, dict) and len(value) == 1 and (change := _OPERATORS.get(next(iter(value)))):
        now[name] = change(now.get(name), next(iter(value.values())))
    else:
        now[name] = _array(value) if isinstance(value, list) else value


def properties(given: Any) -> str | None:
    """The properties of an event or a purchase as they are kept, JSON, or None where one of them makes no sense."""
    if given is None:
        return "{}"
    if not isinstance(given, dict) or not all(_NAME.fullmatch(name) and name not in _RESERVED for name in given):
        return None
    kept = msgspec.json.encode(given)
    return kept.decode() if _plain(given) and len(kept) <= MOST_BYTES else None


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _plain(value: Any) -> bool:
    """No string too long or with a NUL, which no database takes, and no number that other programs would read as another."""
    if isinstance(value, str):
        return len(value) <= LONGEST and "\0" not in value
    if isinstance(value, dict):
        return all(_plain(name) and _plain(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(map(_plain, value))
    return not isinstance(value, int) or -LARGEST <= value < LARGEST


def _array(values: list[Any]) -> list[Any]:
    """The newest values, each once where they are texts."""
    texts = all(isinstance(value, str) for value in values)
    return (list(dict.fromkeys(values)) if texts else values)[-MOST_IN_ARRAY:]


def _inc(known: Any, by: Any) -> Any:
    if isinstance(by, bool) or not isinstance(by, int | float):
        raise ValueError(by)
    total = by if known is None else _number(known) + by
    if not math.isfinite(total) or not _plain(total):
        raise ValueError(by)
    return total


def _number(known: Any) -> int | float:
    if isinstance(known, bool) or not isinstance(known, int | float):
        raise ValueError(known)
    return known


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(values)
    return values


def _add(known: Any, values: Any) -> list[Any]:
    if known is not None and not isinstance(known, list):
        raise ValueError(known)
    new = _texts(values)
    return _array([value for value in known or [] if value not in new] + new)


def _remove(known: Any, values: Any) -> list[Any]:
    if known is not None and not isinstance(known, list):
        raise ValueError(known)
    gone = _texts(values)
    return [value for value in known or [] if value not in gone]


_OPERATORS = {"inc": _inc, "add": _add, "remove": _remove}
