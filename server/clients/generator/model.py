"""What the clients know of the API, read from the OpenAPI document: methods, and the types that they take and answer."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
MADE = "Made from the OpenAPI document: scripts/clients writes it anew."
NAMES = {"post_subscriptions": "set"}
"""Methods, by the id of their operation, whose addresses make no good name."""
TYPES = {
    "Data": "EventData",
    "Item": "ReviewItem",
    "Line": "FeedEvent",
    "Shown": "Endpoint",
    "ShownDelivery": "Delivery",
    "WithSecret": "EndpointWithSecret",
}
"""Types whose names in the document say too little beside all the others."""


@dataclass(frozen=True)
class Method:
    """One operation. ``items`` names the list in an answer that is a part of one; ``upload`` are the media types of a file that it takes."""

    resource: str
    name: str
    verb: str
    path: str
    doc: str
    query: Json | None
    body: str
    needs_body: bool
    upload: tuple[str, ...]
    answer: Json | None
    items: str

    @property
    def places(self) -> list[str]:
        """What stands in the address, in its order."""
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def query_name(self) -> str:
        """The type of its query; empty where it has none."""
        return f"{camel(self.resource)}{camel(self.name)}Query" if self.query else ""


def methods(whole: Json) -> list[Method]:
    """Every operation, a resource after the other. ``GET /v1/subscribers/{id}/history`` is ``subscribers.history``.

    Raises ValueError for what the clients cannot call.
    """
    found = [_method(whole, path, verb, told) for path, item in whole["paths"].items() for verb, told in item.items()]
    names = [(one.resource, one.name) for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"NAMES must tell these apart: {twice}")
    order = list(dict.fromkeys(one.resource for one in found))
    return sorted(found, key=lambda one: order.index(one.resource))


def _method(whole: Json, path: str, verb: str, told: Json) -> Method:
    resource, *rest = path.removeprefix("/v1/").split("/")
    fixed = [part.replace("-", "_") for part in rest if not part.startswith("{")]
    usual = "create" if verb == "post" else "get" if rest else "list"
    good = next(answer["content"] for status, answer in told["responses"].items() if status != "default")
    answer = good.get("application/json", {}).get("schema")
    taken = told.get("requestBody", {}).get("content", {})
    body = taken.get("application/json", {}).get("schema")
    query = _query(told)
    if verb not in ("get", "post") or (body and query):
        raise ValueError(f"{verb} {path}: the clients know GET, and POST with a body or a query")
    return Method(
        resource=resource,
        name=NAMES.get(told["operationId"], "_".join(fixed) or usual),
        verb=verb.upper(),
        path=path,
        doc=f"{told['summary']}. {told['description']}",
        query=query,
        body=named(body) if body else "",
        needs_body=bool(told.get("requestBody", {}).get("required")),
        upload=() if body else tuple(taken),
        answer=answer,
        items=_items(whole, answer or {}),
    )


def _query(told: Json) -> Json | None:
    given = [one for one in told["parameters"] if one["in"] == "query"]
    members = {one["name"]: one["schema"] for one in given}
    required = [one["name"] for one in given if one.get("required")]
    return {"type": "object", "properties": members, "required": required} if given else None


def _items(whole: Json, answer: Json) -> str:
    """The name of the list that an answer is a part of: it holds that alone, but for where the next part begins."""
    members = _part(whole, answer).get("properties", {})
    lists = [name for name, schema in members.items() if schema.get("type") == "array"]
    return lists[0] if len(lists) == 1 and set(members) <= {lists[0], "next"} else ""


def item_of(whole: Json, method: Method) -> Json:
    """The schema of what a list holds."""
    found: Json = _part(whole, method.answer or {})["properties"][method.items]["items"]
    return found


def types(whole: Json) -> dict[str, Json]:
    """Every type that a method takes or answers, by its name, and the event that webhooks tell."""
    known, every = whole["components"]["schemas"], methods(whole)
    bodies = [item["post"]["requestBody"] for item in whole["paths"].values() if "requestBody" in item.get("post", {})]
    taken = _reached(whole, bodies)
    told = _reached(whole, [item_of(whole, one) if one.items else one.answer for one in every])
    found = {
        named(name): known[name] if name in taken else _always(known[name]) for name in known if name in taken | told
    }
    queries = {one.query_name: _about_query(one) | one.query for one in every if one.query}
    return found | queries | {"Event": _event(found["FeedEvent"])}


def _reached(whole: Json, parts: list[Any]) -> set[str]:
    """The names of the schemas that these are made of."""
    found: set[str] = set()
    waiting = list(_refs(parts))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _refs(whole["components"]["schemas"][name])
    return found


def _refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield _ref(part)
        for value in part.values():
            yield from _refs(value)
    elif isinstance(part, list):
        for value in part:
            yield from _refs(value)


def _ref(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _part(whole: Json, schema: Json) -> Json:
    part: Json = whole["components"]["schemas"][_ref(schema)] if "$ref" in schema else schema
    return part


def _always(schema: Json) -> Json:
    """An answer as it comes: what has a default is told, too."""
    needed = schema.get("required", ())
    told = [name for name, one in schema.get("properties", {}).items() if name in needed or "default" in one]
    return schema | {"required": told}


def _about_query(one: Method) -> Json:
    return {"description": f"What ``{one.resource}.{one.name}`` may ask for."}


def _event(line: Json) -> Json:
    """What a webhook tells: an event of the feed without its number there."""
    members = {name: one for name, one in line["properties"].items() if name != "seq"}
    about = "An event as a webhook tells it. ``timestamp`` is when it happened."
    return line | {"description": about, "properties": members, "required": list(members)}


def named(schema: Json | str) -> str:
    """The type of a schema, or of a name in the document."""
    name = schema if isinstance(schema, str) else _ref(schema)
    *module, last = name.split(".")  # where two modules have the name, the document says which
    return TYPES.get(name, camel("_".join(module[-1:])) + last)


def camel(name: str) -> str:
    """A name of a class."""
    return "".join(word.capitalize() for word in name.split("_"))


def about(schema: Json) -> str:
    """What a description says, without the indentation that it has in our sources."""
    said = [schema, *schema.get("anyOf", ())]
    return inspect.cleandoc(next((one["description"] for one in said if "description" in one), ""))


def show(schema: Json, words: dict[str, str]) -> str:
    """A schema as a type of a language, which has ``words`` for each kind."""
    if "$ref" in schema:
        return words["ref"] + named(schema)
    if "anyOf" in schema:
        return " | ".join(show(one, words) for one in schema["anyOf"])
    if "enum" in schema:
        return words["enum"] % words["or"].join(f'"{value}"' for value in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return words["array"] % show(schema.get("items", {}), words)
    if kind == "object":
        more = schema.get("additionalProperties")
        return words["object"] % show(more if isinstance(more, dict) else {}, words)
    return words[kind]
