"""The model as modules of the Python client."""

import builtins
import subprocess
import sys
from itertools import groupby
from pathlib import Path

from clients.generator.model import MADE, Json, Method, about, camel, item_of, methods, show, types

WORDS = {
    "ref": "",
    "enum": "Literal[%s]",
    "or": ", ",
    "array": "list[%s]",
    "object": "dict[str, %s]",
    "any": "Any",
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}
_IMPORTS = """from collections.abc import {iterator}
from typing import Literal, Unpack

from yesline_client import types
from yesline_client.{prefix}callers import {pages}, {caller}
from yesline_client.calls import File, at
"""


def written(whole: Json) -> dict[str, str]:
    """What stands in each module."""
    found = {
        "types.py": _types(whole),
        "resources.py": _resources(whole, is_async=False),
        "async_resources.py": _resources(whole, is_async=True),
    }
    return {name: _tidy(code) for name, code in found.items()}


def _tidy(code: str) -> str:
    """As ruff writes it, with the imports that are used."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    checked = [ruff, "check", "--quiet", "--fix", "--isolated", "--select", "F401,I", "-"]
    formatted = [ruff, "format", "--quiet", "--isolated", "--line-length", "120", "-"]
    for command in (checked, formatted):
        code = subprocess.run(command, input=code, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return code


def _types(whole: Json) -> str:
    classes = [_typed_dict(name, schema) for name, schema in types(whole).items()]
    head = "from __future__ import annotations\n\nfrom typing import Any, Literal, NotRequired, TypedDict\n"
    return "\n\n".join([f'"""What calls take and answer. {MADE}"""\n\n{head}', *classes])


def _typed_dict(name: str, schema: Json) -> str:
    needed = schema.get("required", ())
    lines = [f"class {name}(TypedDict):", _doc(about(schema), 4)]
    for member, part in schema.get("properties", {}).items():
        kind = show(part, WORDS)
        lines.append(f"    {member}: {kind if member in needed else f'NotRequired[{kind}]'}")
        if said := about(part):
            lines.append(_doc(said, 4))
    return "\n".join(lines)


def _doc(text: str, indent: int) -> str:
    space = " " * indent
    end = f"\n{space}" if "\n" in text else ""
    return space + '"""' + text.replace("\n", f"\n{space}").replace(f"\n{space}\n", "\n\n") + f'{end}"""'


def _resources(whole: Json, *, is_async: bool) -> str:
    prefix, shared = ("async_", "Async") if is_async else ("", "")
    names = {"iterator": f"{shared}Iterator", "pages": f"{shared}Pages", "caller": f"{shared}Caller"}
    groups = {name: list(each) for name, each in groupby(methods(whole), lambda one: one.resource)}
    classes = [_resource(whole, name, each, shared) for name, each in groups.items()]
    everything = [f"class {shared}Resources:", '    """Everything under /v1."""', ""]
    everything.append(f"    def __init__(self, caller: {shared}Caller) -> None:")
    everything += [f"        self.{name} = {shared}{camel(name)}(caller)" for name in groups]
    head = f'"""The calls of each resource. {MADE}"""\n\n' + _IMPORTS.format(prefix=prefix, **names)
    return "\n\n".join([head, *classes, "\n".join(everything)])


def _resource(whole: Json, name: str, each: list[Method], shared: str) -> str:
    head = f'class {shared}{camel(name)}:\n    """``/v1/{name}``."""\n\n'
    start = f"    def __init__(self, caller: {shared}Caller) -> None:\n        self._caller = caller\n\n"
    return head + start + "\n\n".join(_method(whole, one, shared) for one in each)


def _method(whole: Json, one: Method, shared: str) -> str:
    places = [f"{place}_" if hasattr(builtins, place) else place for place in one.places]
    query = "query" if one.query else "{}"
    path = f'"{one.path}"'
    if places:
        pattern = one.path
        for place in one.places:
            pattern = pattern.replace(f"{{{place}}}", "{}")
        path = f'at("{pattern}", {", ".join(places)})'
    kind, call, waits = _call(whole, one, shared, f"{path}, {query}")
    define = "async def" if shared and waits else "def"
    lines = [f"    {define} {one.name}({_parameters(one, places)}) -> {kind}:", _doc(one.doc, 8)]
    if waits:
        lines += [f"        answer: {kind} = {'await ' if shared else ''}self._caller.{call}", "        return answer"]
    else:
        lines.append(f"        return self._caller.{call}")
    return "\n".join(lines)


def _call(whole: Json, one: Method, shared: str, asked: str) -> tuple[str, str, bool]:
    """What a method returns, what it calls, and whether that is an answer, not a list or a file that comes bit by bit."""
    words = WORDS | {"ref": "types."}
    if one.verb == "POST":
        kind = show(one.answer or {}, words)
        if one.upload:
            return kind, f"upload({asked}, file, content_type, idempotency_key)", True
        return kind, f"write({asked}, {'body' if one.body else None}, idempotency_key)", True
    if one.items:
        return f"{shared}Pages[{show(item_of(whole, one), words)}]", f'pages({asked}, "{one.items}")', False
    if one.answer is None:
        return f"{shared}Iterator[bytes]", f"download({asked})", False
    return show(one.answer, words), f"read({asked})", True


def _parameters(one: Method, places: list[str]) -> str:
    given = ["self", *(f"{place}: str" for place in places)]
    if one.upload:
        given.append("file: File")
    if len(given) > 1:
        given.append("/")
    if one.verb == "POST":
        given.append("*")
    if one.upload:
        given.append(f"content_type: Literal[{', '.join(map(repr, one.upload))}]")
    if one.verb == "POST":
        given.append("idempotency_key: str | None = None")
    if one.body or one.query:
        given.append(f"**{'body' if one.body else 'query'}: Unpack[types.{one.body or one.query_name}]")
    return ", ".join(given)
