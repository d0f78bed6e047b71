"""The model as modules of the TypeScript client."""

from itertools import groupby

from clients.generator.model import MADE, Json, Method, about, camel, item_of, methods, show, types

WORDS = {
    "ref": "",
    "enum": "%s",
    "or": " | ",
    "array": "Array<%s>",
    "object": "Record<string, %s>",
    "any": "unknown",
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
_IMPORTS = """import { at, type Caller, type Upload, type Once, type Options, type Pages } from "./caller.js";
import type * as types from "./types.js";
"""


def written(whole: Json) -> dict[str, str]:
    """What stands in each module."""
    return {"types.ts": _types(whole), "resources.ts": _resources(whole)}


def _types(whole: Json) -> str:
    return "\n".join([f"// {MADE}\n", *(_interface(name, schema) for name, schema in types(whole).items())])


def _interface(name: str, schema: Json) -> str:
    needed = schema.get("required", ())
    lines = [*_doc(about(schema), ""), f"export interface {name} {{"]
    for member, part in schema.get("properties", {}).items():
        lines += _doc(about(part), "  ")
        lines.append(f"  {member}{'' if member in needed else '?'}: {show(part, WORDS)};")
    return "\n".join([*lines, "}", ""])


def _doc(text: str, space: str) -> list[str]:
    told = [line.rstrip() for line in text.replace("``", "`").splitlines()]
    if len(told) < 2:
        return [f"{space}/** {line} */" for line in told]
    return [f"{space}/**", *(f"{space} * {line}".rstrip() for line in told), f"{space} */"]


def _resources(whole: Json) -> str:
    groups = {name: list(each) for name, each in groupby(methods(whole), lambda one: one.resource)}
    classes = [_resource(whole, name, each) for name, each in groups.items()]
    members = [f"  readonly {name}: {camel(name)};" for name in groups]
    made = [f"    this.{name} = new {camel(name)}(caller);" for name in groups]
    everything = ["/** Everything under /v1. */", "export class Resources {", *members, ""]
    everything += ["  constructor(caller: Caller) {", *made, "  }", "}", ""]
    return "\n".join([f"// {MADE}\n", _IMPORTS, *classes, "\n".join(everything)])


def _resource(whole: Json, name: str, each: list[Method]) -> str:
    head = [
        f"/** `/v1/{name}`. */",
        f"export class {camel(name)} {{",
        "  constructor(private readonly caller: Caller) {}",
    ]
    return "\n".join([*head, *(_method(whole, one) for one in each), "}", ""])


def _method(whole: Json, one: Method) -> str:
    path = f"at`{one.path.replace('{', '${')}`" if one.places else f'"{one.path}"'
    kind, call = _call(whole, one, f"{path}, {'query' if one.query else '{}'}")
    head = f"  {one.name}({', '.join(_parameters(one))}): {kind} {{"
    return "\n".join(["", *_doc(one.doc, "  "), head, f"    return this.caller.{call};", "  }"])


def _call(whole: Json, one: Method, asked: str) -> tuple[str, str]:
    """What a method returns, and what it calls."""
    words = WORDS | {"ref": "types."}
    if one.items:
        return f"Pages<{show(item_of(whole, one), words)}>", f'pages({asked}, "{one.items}", options)'
    if one.answer is None:
        return "Promise<Response>", f"download({asked}, options)"
    kind = f"Promise<{show(one.answer, words)}>"
    if one.verb == "GET":
        return kind, f"read({asked}, options)"
    if one.upload:
        return kind, f"upload({asked}, file, contentType, options)"
    return kind, f"write({asked}, {'body' if one.body else 'undefined'}, options)"


def _parameters(one: Method) -> list[str]:
    given = [f"{place}: string" for place in one.places]
    if one.upload:
        given += ["file: Upload", "contentType: " + " | ".join(f'"{kind}"' for kind in one.upload)]
    if one.query:
        given.append(f"query: types.{one.query_name}{'' if one.query['required'] else ' = {}'}")
    if one.body:
        given.append(f"body: types.{one.body}{'' if one.needs_body else ' = {}'}")
    return [*given, f"options?: {'Once' if one.verb == 'POST' else 'Options'}"]
