"""What is known of a person besides consent: a JSON object, and how a change to it is applied.

Values, operators and limits are those of Braze's user attributes object. Source: ``field`` 1(d), UA and UT.
"""

import re
from typing import Any

import msgspec

Attributes = dict[str, Any]
MOST_IN_ARRAY = 100
LONGEST = 255
_NAME = re.compile(r"[^$\x00-\x1f][^\x00-\x1f]{0,254}")


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
    if value is None:
        now.pop(name, None)
    elif isinstance(value, dict) and len(value) == 1 and (change := _OPERATORS.get(next(iter(value)))):
        now[name] = change(now.get(name), next(iter(value.values())))
    else:
        now[name] = _array(value) if isinstance(value, list) else value


def _plain(value: Any) -> bool:
    """No string too long or with a NUL, which no database takes."""
    if isinstance(value, str):
        return len(value) <= LONGEST and "\0" not in value
    if isinstance(value, dict):
        return all(_plain(name) and _plain(inner) for name, inner in value.items())
    return all(map(_plain, value)) if isinstance(value, list) else True


def _array(values: list[Any]) -> list[Any]:
    """The newest values, each once where they are texts."""
    texts = all(isinstance(value, str) for value in values)
    return (list(dict.fromkeys(values)) if texts else values)[-MOST_IN_ARRAY:]


def _inc(known: Any, by: Any) -> Any:
    if isinstance(by, bool) or not isinstance(by, int | float):
        raise ValueError(by)
    return by if known is None else _number(known) + by


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
    return _array([value for value in known or [] if value not in values] + _texts(values))


def _remove(known: Any, values: Any) -> list[Any]:
    if known is not None and not isinstance(known, list):
        raise ValueError(known)
    gone = _texts(values)
    return [value for value in known or [] if value not in gone]


_OPERATORS = {"inc": _inc, "add": _add, "remove": _remove}
