"""``GET /openapi.json``: the native API as an OpenAPI 3.1 document, made from the structs that its routes take and answer."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from yesline import __version__
from yesline.doors.guard import json
from yesline.doors.house import house
from yesline.doors.v1 import (
    catalogue,
    events,
    experiment,
    exports,
    imports,
    inbound,
    keys,
    messages,
    review,
    submissions,
    subscribers,
    subscriptions,
    webhooks,
)
from yesline.doors.v1.idempotency import HEADER, LONGEST
from yesline.doors.v1.operation import Operation

Json = dict[str, Any]
OPERATIONS: tuple[Operation, ...] = (
    *catalogue.OPERATIONS,
    *subscribers.OPERATIONS,
    *subscriptions.OPERATIONS,
    *submissions.OPERATIONS,
    *messages.OPERATIONS,
    *imports.OPERATIONS,
    *exports.OPERATIONS,
    *keys.OPERATIONS,
    *review.OPERATIONS,
    *inbound.OPERATIONS,
    *experiment.OPERATIONS,
    *events.OPERATIONS,
    *webhooks.OPERATIONS,
)
"""Every route under ``/v1``."""
_JSON = ("application/json",)
_REF = "#/components/schemas/{name}"
_ONCE = {
    "name": HEADER.title(),
    "in": "header",
    "description": "A call that is sent again under its key within a day is answered again and not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
}
_ABOUT = "The native API of Yesline: subscription groups, forms, subscribers, what became of their consent, and keys."


class ErrorDetail(Struct, frozen=True):
    """What is wrong: ``code`` for programs, ``message`` for people; ``field`` names the member or parameter."""

    code: str
    message: str
    field: str | UnsetType = UNSET


class Error(Struct, frozen=True):
    """A call that was refused."""

    error: ErrorDetail


async def openapi(request: Request) -> Response:
    """``GET /openapi.json``."""
    return json(document(house(request).settings.base), headers={"cache-control": "public, max-age=60"})


@lru_cache(maxsize=1)
def document(base: str) -> Json:
    """The document for a server at this address."""
    schemas, parts = _schemas()
    paths: dict[str, Json] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas, parts)
    queries = {_name(schemas[one.query]) for one in OPERATIONS if one.query}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Yesline", "version": __version__, "description": _ABOUT},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {name: part for name, part in parts.items() if name not in queries},
        },
    }


def _schemas() -> tuple[dict[Any, Json], Json]:
    """What stands for each type, and the parts that they are made of."""
    kinds = list(dict.fromkeys([Error, *(kind for one in OPERATIONS for kind in _kinds(one))]))
    found, parts = msgspec.json.schema_components(kinds, ref_template=_REF)
    return dict(zip(kinds, found, strict=True)), parts


def _kinds(one: Operation) -> Iterable[Any]:
    return (kind for kind in (one.answer, one.query, one.body) if kind)


def _name(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _operation(one: Operation, schemas: dict[Any, Json], parts: Json) -> Json:
    answer = {"description": one.summary, "content": _content(schemas[one.answer], one.tells or _JSON)}
    told = {
        "operationId": re.sub(r"\W+", "_", f"{one.method.lower()}{one.path.removeprefix('/v1')}").strip("_"),
        "summary": one.summary,
        "description": f"Scope `{one.scope}`.",
        "security": [{"key": [one.scope]}],
        "parameters": [*_in_path(one), *_in_query(one, schemas, parts), *([_ONCE] if one.method == "POST" else [])],
        "responses": {str(one.status): answer, "default": _refusal(schemas)},
    }
    if one.body:
        told["requestBody"] = {"required": one.needs_body, "content": _content(schemas[one.body])}
    if one.takes:
        told["requestBody"] = {"required": True, "content": _content({"type": "string"}, one.takes)}
    return told


def _content(schema: Json, media: Iterable[str] = _JSON) -> Json:
    return {name: {"schema": schema} for name in media}


def _refusal(schemas: dict[Any, Json]) -> Json:
    return {"description": "Refused: nothing was done", "content": _content(schemas[Error])}


def _in_path(one: Operation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", one.path)
    ]


def _in_query(one: Operation, schemas: dict[Any, Json], parts: Json) -> list[Json]:
    if not one.query:
        return []
    members = parts[_name(schemas[one.query])]["properties"]
    return [{"name": name, "in": "query", "schema": _told(schema)} for name, schema in members.items()]


def _told(schema: Json) -> Json:
    """The schema of a parameter that is said: what is left out is not null."""
    said = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    return said[0] if len(said) == 1 else schema
