"""``/openapi.json`` is true: every route is in it, what it allows is taken or refused in its own shape, and every answer fits."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.conftest import FORM, Clock, Site
from tests.contract.test_error_shape import open_doors
from tests.doors.v1.calling import GROUP, PHONE, get, give_key, id_of, imported, post, put_state
from tests.wire import refused
from yesline.doors.keyring import SCOPES
from yesline.doors.v1.openapi import OPERATIONS, document
from yesline.doors.v1.operation import Operation
from yesline.routes import routes
from yesline.settings import Settings

OnSite = Any
Json = dict[str, Any]
DOCUMENT = document("http://x")
TABLE = {
    (method, route.path)
    for route in routes(sandbox=False)
    for method in (route.methods or ())
    if route.path.startswith("/v1/") and method != "HEAD"
}
LISTED = {(one.method, one.path): one for one in OPERATIONS}


def _name(one: Operation) -> str:
    return f"{one.method} {one.path}"


def test_every_route_is_in_it_and_no_other() -> None:
    told = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert told == set(LISTED) == TABLE
    assert len(OPERATIONS) == len(LISTED)


def test_scopes_are_those_that_the_doors_want(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        for one in OPERATIONS:
            await give_key(site, " ".join(set(SCOPES) - {one.scope}))
            address = re.sub(r"\{\w+\}", "x", one.path)
            headers = {"authorization": f"Bearer yl_{'A' * 43}"}
            content = refused(await site.http.request(one.method, address, headers=headers), 403, "key_scope")
            assert repr(one.scope) in content["error"]["message"]

    on_site(story)


def test_anybody_may_read_it(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        answer = await site.http.get("/openapi.json")
        assert answer.status_code == 200
        assert answer.content == msgspec.json.encode(document(site.house.settings.base))
        assert answer.json()["openapi"] == "3.1.0"
        assert answer.headers["access-control-allow-origin"] == "*"

    on_site(story)


def _schemas(part: Any) -> Iterator[Json]:
    """Every schema that the document holds by itself, and every reference in it."""
    if isinstance(part, dict):
        yield from ([part["schema"]] if "schema" in part else [])
        yield from (one for value in part.values() for one in _schemas(value))
    elif isinstance(part, list):
        yield from (one for value in part for one in _schemas(value))


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    parts = DOCUMENT["components"]["schemas"]
    for schema in (*parts.values(), *_schemas(DOCUMENT["paths"])):
        Draft202012Validator.check_schema(schema)
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert referred == set(parts)
    names = [item["operationId"] for path in DOCUMENT["paths"].values() for item in path.values()]
    assert len(names) == len(set(names))


def fits(answer: httpx2.Response, one: Operation) -> None:
    """An answer is what the document says of it."""
    assert answer.status_code < 500, answer.text
    told = DOCUMENT["paths"][one.path][one.method.lower()]["responses"]
    assert answer.status_code >= 400 or str(answer.status_code) in told, answer.status_code
    content = told.get(str(answer.status_code), told["default"])["content"]
    media = answer.headers["content-type"].partition(";")[0]
    if media != "application/json":
        assert media in content
        return
    schema = content[media]["schema"]
    whole = schema | {"components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer.json())


async def _fill(site: Site) -> dict[str, str]:
    """Something of every kind, and the ids by which paths name it."""
    await give_key(site)
    await site.submit()
    await site.reply("leave me alone")
    await put_state(site, phone="+12025550123", consent={"text": "Yes"})
    hook = (await post(site, "/v1/webhooks", {"url": "https://example.com/x"})).json()["id"]
    await post(site, f"/v1/webhooks/{hook}/disable")
    ((review,),) = await site.sql("SELECT id FROM review_item")
    ((key,), *_) = await site.sql("SELECT id FROM api_key")
    taken = await imported(site, "phone\nnobody\n")
    return {
        "subscribers": await id_of(site),
        "webhooks": str(hook),
        "review": str(review),
        "keys": str(key),
        "imports": taken["id"],
        "exports": "",
        "forms": FORM,
    }


def _address(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{\w+\}", lambda _: ids[path.split("/")[2]], path)


def test_answers_to_reads_fit(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        ids = await _fill(site)
        await site.idle()
        for one in OPERATIONS:
            if one.method == "GET":
                answer = await get(site, _address(one.path, ids))
                assert answer.status_code == 200, (one.path, answer.text)
                fits(answer, one)
                if one.tells:
                    assert answer.text.count("\n") > 1, one.path
                elif "items" in answer.json() and "deliveries" not in one.path:
                    assert answer.json()["items"], one.path

    on_site(story)


# What the document allows, and what it does not, sent by chance.

TEXT = st.one_of(st.text(max_size=20), st.sampled_from([PHONE, GROUP, FORM, "Y", "\x00", "a@b.co", "en"]))
ANY = st.one_of(st.none(), st.booleans(), st.integers(), TEXT, st.lists(TEXT, max_size=2))


def _values(schema: Json) -> st.SearchStrategy[Any]:  # noqa: PLR0911  (one line a kind of schema)
    """What a schema allows."""
    if "$ref" in schema:
        return _values(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of([_values(kind) for kind in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "object":
            return _objects(schema)
        case "array":
            return st.lists(_values(schema["items"]), min_size=schema.get("minItems", 0), max_size=3)
        case "integer":
            return st.integers(schema.get("minimum", -10), min(schema.get("maximum", 100), 2**40))
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return _strings(schema)


def _objects(schema: Json) -> st.SearchStrategy[Any]:
    if "properties" not in schema:
        return st.dictionaries(st.sampled_from([GROUP, FORM, "x"]), _values(schema["additionalProperties"]), max_size=2)
    needed = {name: _values(schema["properties"][name]) for name in schema["required"]}
    more = {name: _values(part) for name, part in schema["properties"].items() if name not in needed}
    return st.fixed_dictionaries(needed, optional=more)


def _strings(schema: Json) -> st.SearchStrategy[str]:
    least, most = schema.get("minLength", 0), min(schema.get("maxLength", 40), 40)
    plain = st.one_of(st.sampled_from([PHONE, GROUP, FORM, "en", "a@b.co"]), st.text(max_size=most))
    pattern = schema.get("pattern")
    fitting = plain.filter(lambda value: not pattern or re.search(pattern, value) is not None)
    return fitting.filter(lambda value: least <= len(value) <= schema.get("maxLength", 100))


def _bodies(one: Operation) -> st.SearchStrategy[Any]:
    """What the document allows as a body, and the same with one member that may be anything."""
    schema = DOCUMENT["paths"][one.path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    good = _values(schema)
    names = st.sampled_from([*DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"], "x"])
    spoilt = st.tuples(good, names, ANY).map(lambda three: three[0] | {three[1]: three[2]})
    return st.one_of(good, spoilt)


def _queries(one: Operation) -> st.SearchStrategy[dict[str, str]]:
    parameters = DOCUMENT["paths"][one.path]["get"]["parameters"]
    known = {p["name"]: _values(p["schema"]).map(str) for p in parameters if p["in"] == "query"}
    return st.fixed_dictionaries({}, optional=known | {"x": TEXT} | dict.fromkeys(list(known)[:1], TEXT))


few = settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
SENDING = [one for one in OPERATIONS if (one.body or one.query) and not one.takes]


@pytest.fixture
def database(run: Any) -> str:
    """What a body may be does not depend on the engine."""
    del run
    return ""


def test_what_is_sent_by_chance_is_answered_in_the_shape_of_the_document(settings: Settings, clock: Clock) -> None:
    with open_doors(settings, clock) as (doors, run):
        ids = run(_fill(doors.site))

        @few
        @given(st.data())
        def one_of_each(data: st.DataObject) -> None:
            for one in SENDING:
                given_ids = (
                    ids if data.draw(st.integers(0, 3)) else dict.fromkeys(ids, quote(data.draw(TEXT) or "x", ""))
                )
                address = _address(one.path, given_ids)
                if one.method == "GET":
                    query = urlencode(data.draw(_queries(one)), errors="replace")
                    answer = run(get(doors.site, f"{address}?{query}"))
                else:
                    doors.site.clock.advance(seconds=1)
                    answer = run(post(doors.site, address, data.draw(_bodies(one))))
                fits(answer, one)

        one_of_each()
