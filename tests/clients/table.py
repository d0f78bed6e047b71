"""Every call that the document knows, as a client would make it: what is given, what must be sent, and what is answered."""

import json
import re
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from clients.generator.model import methods
from yesline.doors.v1.openapi import document

Json = dict[str, Any]
DOCUMENT = document("http://x")
PLACE = "a/b c"
FILE = b"phone\n+12015550123\n"
_TEXTS = ("promotions", "+12015550123", "a@b.co", "en", "2027-01-15", "csv", "1")


@dataclass(frozen=True)
class Case:
    """One call. ``path`` is the address that must be asked for; ``answer`` None stands for a file."""

    resource: str
    method: str
    verb: str
    path: str
    places: tuple[str, ...]
    query: Json
    body: Json | None
    upload: str
    status: int
    answer: Any
    items: str

    @property
    def name(self) -> str:
        """What the call is called in tests."""
        return f"{self.resource}.{self.method}"


def example(schema: Json) -> Any:  # noqa: PLR0911  (one line a kind of schema)
    """Something that a schema allows, with everything that may be said."""
    if "$ref" in schema:
        return example(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return example(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: example(part) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"])]
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    return next(text for text in _TEXTS if Draft202012Validator(schema).is_valid(text))


def cases() -> list[Case]:
    """One for each operation of the document."""
    return [_case(one.resource, one.name, one.verb, one.path, one.items) for one in methods(DOCUMENT)]


def _case(resource: str, method: str, verb: str, path: str, items: str) -> Case:
    told = DOCUMENT["paths"][path][verb.lower()]
    status, good = next((int(status), one) for status, one in told["responses"].items() if status != "default")
    taken = told.get("requestBody", {}).get("content", {})
    body = taken.get("application/json", {}).get("schema")
    answer = good["content"].get("application/json", {}).get("schema")
    return Case(
        resource=resource,
        method=method,
        verb=verb,
        path=re.sub(r"\{\w+\}", "a%2Fb%20c", path),
        places=(PLACE,) * path.count("{"),
        query={one["name"]: example(one["schema"]) for one in told["parameters"] if one["in"] == "query"},
        body=example(body) if body else None,
        upload="" if body else next(iter(taken), ""),
        status=status,
        answer=_last(example(answer)) if answer else None,
        items=items,
    )


def _last(answer: Json) -> Json:
    """A part of a list behind which there is no other."""
    return answer | {"next": None} if "next" in answer else answer


def as_json() -> str:
    """The table for a test in another language."""
    return json.dumps([vars(case) for case in cases()])
