"""Bad input at every door: one error shape, the right status, never a fault of ours, and nothing kept of it."""

import asyncio
import json
import re
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.conftest import FORM, ON_SQLITE, SENDER, Clock, Site, running
from tests.wire import SHOWN, dump, link_in
from yesline.doors.braze.wire import PATHS
from yesline.doors.keyring import SCOPES, digest
from yesline.records import ApiKey
from yesline.routes import routes
from yesline.settings import SANDBOX, Settings
from yesline.store.keys import save

TABLE = [(route.path, frozenset(route.methods or ())) for route in routes(sandbox=True)]
POSTS = [path for path, methods in TABLE if "POST" in methods]
PAGES = ("/f/", "/c/", "/stop/")
BRAZE = [path for path in POSTS if path.startswith(PATHS)]
JSON_POSTS = [path for path in POSTS if not path.startswith((*PAGES, *PATHS, "/v1/"))]
BACK_END = [path for path in POSTS if path.startswith("/v1/")]
SECRET = "yl_of_the_back_end"
GROUP = {"subscription_group_id": "promotions", "subscription_state": "unsubscribed"}
ALIAS = {"alias_name": "7", "alias_label": "crm"}
PAGE_POSTS = [path for path in JSON_POSTS if path.startswith(("/forms/", "/submissions/"))]
READS = [path for path, methods in TABLE if "GET" in methods and not path.endswith("/events")]
MOST = 64 * 1024


class Doors:
    """A server with something to lose: a submission that waits for its answer, and its link."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.known: dict[str, str] = {}
        self.before: dict[str, list[tuple[Any, ...]]] = {}

    @classmethod
    async def open(cls, site: Site) -> "Doors":
        self = cls(site)
        submission = await site.submit()
        link = link_in((await site.texts())[0])
        mark = (await site.http.get("/embed.js")).headers["etag"].strip('"')
        self.known = {"form": FORM, "id": submission, "slug": link.removeprefix("/c/"), "key": "console"}
        self.known |= {"hash": mark, "region": "GB", "name": "shop.css"}
        key = ApiKey("k", "the shop", digest(SECRET), " ".join(SCOPES), site.clock())
        await save(site.house.store, key)
        site.http.headers["authorization"] = f"Bearer {SECRET}"
        self.before = await dump(site)
        return self

    def path(self, path: str, **other: str) -> str:
        known = self.known | other
        return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)

    async def post(self, path: str, content: Any, **headers: Any) -> httpx2.Response:
        """A post of our own page, unless ``headers`` say otherwise."""
        given = [(b"origin", self.site.origin.encode())] if "origin" not in headers else []
        given += [(name.replace("_", "-").encode(), value) for name, value in headers.items() if value is not None]
        return await self.site.http.post(self.path(path), content=content, headers=given)

    async def body(self, path: str) -> dict[str, Any]:
        """What this route takes."""
        if path.endswith("/submissions"):
            return await self.site.body("(202) 555-0123")
        bodies: dict[str, dict[str, Any]] = {
            "/forms/{form}/seen": {"event": "shown"},
            "/submissions/{id}/code": {"code": "123456"},
            "/submissions/{id}/resend": {},
            "/submissions/{id}/correct": {"phone": "(202) 555-0123", "country": "US"},
            "/v1/review/{id}/stop": {"by": "Ada"},
            "/v1/review/{id}/dismiss": {"by": "Ada"},
            "/v1/inbound/explain": {"text": "hello", "group": "promotions"},
            "/v1/subscriptions": {"group": "promotions", "state": "unsubscribed", "phone": SHOWN},
            "/v1/subscribers/{id}/stop": {"by": "Ada"},
            "/v1/subscribers/{id}/erase": {"by": "Ada"},
            "/v1/keys": {"name": "till", "scopes": ["review"]},
            "/v1/keys/{id}/revoke": {},
            "/subscription/status/set": GROUP | {"phone": SHOWN, "consent": {"text": "Send me offers."}},
            "/v2/subscription/status/set": {"subscription_groups": [GROUP | {"phones": [SHOWN]}]},
            "/users/track": {"attributes": [{"external_id": "u1", "phone": SHOWN, "subscription_groups": [GROUP]}]},
            "/users/identify": {"aliases_to_identify": [{"external_id": "u1", "user_alias": ALIAS}]},
            "/users/alias/new": {"user_aliases": [ALIAS]},
            "/users/delete": {"external_ids": ["u1"]},
            "/users/export/ids": {"external_ids": ["u1"]},
            "/sms/invalid_phone_numbers/remove": {"phone_numbers": ["12015550123"]},
            "/v1/webhooks": {"url": "http://127.0.0.1:9/hooks", "types": ["profile.erased"]},
            "/v1/webhooks/{id}/rotate": {},
            "/v1/webhooks/{id}/enable": {},
            "/v1/webhooks/{id}/disable": {},
            "/v1/webhooks/{id}/replay": {"since": 0},
            "/handset/numbers": {"country": "US"},
            "/handset/clock": {"freeze": "2026-03-01T12:00:00Z"},
        }
        return bodies.get(path, {"from": SHOWN, "to": SENDER, "text": "hello"})

    async def unchanged(self) -> None:
        assert await dump(self.site) == self.before


def check(answer: httpx2.Response, path: str) -> None:
    """Not a fault of ours, and if it is an error, in the shape of its door."""
    assert answer.status_code < 500, (path, answer.text)
    if answer.status_code < 400:
        return
    assert answer.headers["cache-control"] == "no-store"
    assert "Traceback" not in answer.text
    if path.startswith(PAGES) and answer.status_code != 405:
        assert answer.headers["content-type"] == "text/html; charset=utf-8", path
        assert answer.text.startswith("<!doctype html>")
        return
    assert answer.headers["content-type"] == "application/json", path
    content = answer.json()
    if path.startswith(PATHS):
        assert {"message"} <= set(content) <= {"message", "errors"}
        return
    assert set(content) <= {"error", "view"}
    assert {"code", "message"} <= set(content["error"]) <= {"code", "message", "field"}
    assert all(isinstance(value, str) and value for value in content["error"].values())
    assert re.fullmatch(r"[a-z_]+", content["error"]["code"])


@pytest.fixture
def on_doors(on_site: Any) -> Callable[[Callable[[Doors], Any]], None]:
    """Run ``story(doors)`` against a server with something to lose."""

    def tell(story: Callable[[Doors], Any]) -> None:
        async def whole(site: Site) -> None:
            await story(await Doors.open(site))

        on_site(whole)

    return tell


ON_DOORS = Callable[[Callable[[Doors], Any]], None]


@ON_SQLITE
def test_wrong_method(on_doors: ON_DOORS) -> None:
    async def story(doors: Doors) -> None:
        for path, methods in TABLE:
            for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - methods:
                answer = await doors.site.http.request(method, doors.path(path))
                assert answer.status_code == 405, (method, path)
                assert set(answer.headers["allow"].split(", ")) == methods
                if method != "HEAD":
                    assert path.startswith(PATHS) or answer.json()["error"]["code"] == "method_not_allowed"
                    check(answer, path)
        await doors.unchanged()

    on_doors(story)


@ON_SQLITE
def test_no_such_address(on_doors: ON_DOORS) -> None:
    async def story(doors: Doors) -> None:
        for path in (
            "/nothing",
            "/forms",
            "/forms/x",
            "/submissions/",
            "/f/",
            "/c/a/b",
            "//",
            "/%00",
            "/é",
            "/embed/x.css",
        ):
            for method in ("GET", "POST"):
                answer = await doors.site.http.request(method, doors.site.origin + path)
                assert answer.status_code == 404, path
                check(answer, "")
                assert answer.json()["error"]["code"] == "not_found"

    on_doors(story)


UNKNOWN = [
    "nothing",
    "0" * 22,
    "A" * 5000,
    "é",
    "%00",
    "%FF",
    "%F0%9F%92%A5",
    "'%20OR%201=1",
    "{{7*7}}",
    "%0A",
]


@pytest.mark.parametrize("path", [path for path, _ in TABLE if "{" in path])
def test_unknown_ids(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        methods = dict(TABLE)[path]
        own = doors.site.origin.encode()
        for unknown in UNKNOWN:
            address = re.sub(r"\{\w+\}", lambda _, unknown=unknown: unknown, path)  # type: ignore[misc]
            for method in methods & {"GET", "POST"}:
                body = json.dumps(await doors.body(path)) if method == "POST" else None
                headers = {b"origin": own, b"content-type": b"application/json"}
                answer = await doors.site.http.request(method, address, content=body, headers=headers)
                assert answer.status_code == 404, (method, address, answer.text)
                check(answer, path)
        await doors.unchanged()

    on_doors(story)


BAD_JSON: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b"   ",
    "no JSON": b"hello",
    "a form": b"phone=2015550123&consent=on",
    "cut off": b'{"id": "',
    "cut off later": b'{"a": 1,',
    "two values": b"{}{}",
    "null": b"null",
    "a list": b"[]",
    "a number": b"5",
    "a string": b'"{}"',
    "NUL": b"\x00",
    "byte order mark": b"\xef\xbb\xbf{}",
    "Latin-1": b'{"id": "\xe9"}',
    "UTF-16": '{"id": "x"}'.encode("utf-16"),
    "lone surrogate": b'{"id": "\\ud800", "phone": "\\udfff", "code": "\\ud800", "from": "\\ud800", "event": "\\ud800"}',
    "deep list": b"[" * 60_000,
    "deep object": b'{"a":' * 10_000,
    "deep beside": b'{"x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "NaN": b'{"phone": NaN}',
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "multipart": b'--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\n1\r\n--x--\r\n',
}


@ON_SQLITE
@pytest.mark.parametrize("path", POSTS)
def test_bodies_that_are_no_json(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        for what, body in BAD_JSON.items():
            for kind in (b"application/json", b"text/plain", b"application/x-www-form-urlencoded", b"\xe9", None):
                answer = await doors.post(path, body, content_type=kind)
                check(answer, path)
                if path in JSON_POSTS:
                    # A resend has no body to look at, and this one comes too early.
                    wanted = 429 if path.endswith("/resend") else 400
                    assert answer.status_code == wanted, (path, what, answer.text)
                elif path.startswith("/f/"):
                    assert answer.status_code == 400, (path, what)
        await doors.unchanged()

    on_doors(story)


WRONG: list[Any] = [None, 5, 1.5, True, [], {}, ["x"], {"x": 1}, 10**30]


@ON_SQLITE
@pytest.mark.parametrize("path", [path for path in JSON_POSTS if not path.endswith("/resend")])
def test_members_of_the_wrong_type_or_missing(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        good = await doors.body(path)
        for name in good:
            if name not in ("locale", "page"):
                answer = await doors.post(path, json.dumps({k: v for k, v in good.items() if k != name}))
                assert answer.status_code == 400, (path, name)
                assert name in answer.json()["error"]["message"]
            for wrong in WRONG:
                if wrong is not good[name]:
                    answer = await doors.post(path, json.dumps(good | {name: wrong}))
                    check(answer, path)
                    assert answer.status_code == 400, (path, name, wrong)
        await doors.unchanged()

    on_doors(story)


@pytest.mark.parametrize("path", [path for path in JSON_POSTS if not path.endswith("/resend")])
def test_strings_of_every_kind(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        good = await doors.body(path)
        strings = [
            "",
            "\x00",
            "\u202e",
            "é" * 3000,
            "x" * 60_000,
            "%s%n",
            "💥",
            "\r\nset-cookie: a=b",
            "../../etc/passwd",
        ]
        for name, value in good.items():
            for text in strings if isinstance(value, str) and name not in ("page", "locale", "text") else ():
                answer = await doors.post(path, json.dumps(good | {name: text}))
                check(answer, path)
                assert answer.status_code >= 400, (path, name, text[:20], answer.text)
                assert "set-cookie" not in answer.headers
                if answer.status_code == 422 and path.endswith("/code"):
                    doors.before = await dump(doors.site)  # a wrong code is counted
        await doors.unchanged()

    on_doors(story)


@ON_SQLITE
@pytest.mark.parametrize("path", POSTS)
def test_huge_bodies(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        async def parts(size: int) -> AsyncIterator[bytes]:
            for _ in range(0, size, 8192):
                yield b"a" * 8192

        for body in (b"a" * (MOST + 1), b"a" * 1_000_000, parts(2_000_000), parts(4_000_000)):
            answer = await doors.post(path, body)
            # A stop link that is not ours is told so before anything is read.
            larger = path == "/users/track" and not isinstance(body, AsyncIterator)
            early = {"/stop/{slug}": 404, "/v1/imports": 415}  # a file that is no list is not read either
            assert answer.status_code == early.get(path, 400 if larger else 413), path
            check(answer, path)
        for body in (b"a" * MOST, parts(MOST)):
            assert (await doors.post(path, body)).status_code != 413
        await doors.unchanged()

    on_doors(story)


def test_reading_stops_where_a_body_is_too_large(on_doors: ON_DOORS) -> None:
    async def story(doors: Doors) -> None:
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            while read < 100 * MOST:
                read += 1024
                yield b"a" * 1024

        answer = await doors.post("/forms/{form}/submissions", endless())
        assert answer.status_code == 413
        assert read <= MOST + 2048

    on_doors(story)


def test_json_members_sent_twice_count_once(on_doors: ON_DOORS) -> None:
    """The last one counts, as in every JavaScript engine; a tick cannot be smuggled past a refusal by it."""

    async def story(doors: Doors) -> None:
        body = json.dumps(await doors.body("/forms/{form}/submissions"))
        twice = body.replace('"consent": true', '"consent": true, "consent": false')
        answer = await doors.post("/forms/{form}/submissions", twice)
        assert answer.json()["error"]["code"] == "consent_missing"
        await doors.unchanged()

    on_doors(story)


@pytest.mark.parametrize("path", ["/f/{form}", "/c/{slug}"])
def test_form_fields_sent_twice_or_too_many(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        for body in (
            "act=submit&act=submit",
            "a&a",
            "&".join(f"a{i}=1" for i in range(51)),
            b"phone=\xe9",
            b"\xff\xfe",
        ):
            answer = await doors.post(path, body)
            assert answer.status_code == 400, body
            check(answer, path)
        for body in ("%", "%zz=%zz", "=", "&&&&", "a=%00&b=%ED%A0%80", "token[]=1", "consent=%F0%9F"):
            check(await doors.post(path, body), path)
        await doors.unchanged()

    on_doors(story)


ORIGINS: list[bytes | None] = [
    None, b"", b"null", b"http://127.0.0.1", b"https://127.0.0.1:8321", b"http://evil.example", b"\xe9", b"*",
    b"http://127.0.0.1:8321.evil.example", b"x" * 5000,
]  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("path", PAGE_POSTS)
def test_pages_of_other_origins(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        body = json.dumps(await doors.body(path))
        for origin in ORIGINS:
            for method in ("POST", "OPTIONS"):
                headers = {} if origin is None else {b"origin": origin}
                answer = await doors.site.http.request(method, doors.path(path), content=body, headers=headers)
                assert answer.status_code == 403, (path, origin)
                assert answer.json()["error"]["code"] == "origin_not_allowed"
                assert "access-control-allow-origin" not in answer.headers
                check(answer, path)
        await doors.unchanged()

    on_doors(story)


ODD = [b"\xe9", b"\xff\xfe\x00"[:2], b"", b",", b";q=,", b"x" * 8000, b"*", b"en-\xc3\xa9", b'"' * 100]
HEADERS = [b"user-agent", b"accept-language", b"accept-encoding", b"if-none-match", b"content-type", b"x-forwarded-for"]


@ON_SQLITE
@pytest.mark.parametrize("path", [path for path, _ in TABLE if not path.endswith("/events")])
def test_odd_header_bytes(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        own = doors.site.origin.encode()
        for value in ODD:
            headers = [(name, value) for name in HEADERS]
            for method in dict(TABLE)[path] & {"GET", "POST"}:
                page = [] if path.startswith(PAGES) and method == "POST" else [(b"origin", own)]
                odd = [*headers, (b"sec-fetch-site", value)] if method == "POST" else headers
                answer = await doors.site.http.request(method, doors.path(path), headers=[*odd, *page])
                check(answer, path)
        await doors.unchanged()

    on_doors(story)


@pytest.mark.parametrize("path", READS)
def test_odd_queries(on_doors: ON_DOORS, path: str) -> None:
    async def story(doors: Doors) -> None:
        for value in ("%00", "%FF", "%ED%A0%80", "a" * 5000, "%F0%9F%92%A5", "[]", "en&lang=es", "../../x", "{{7*7}}"):
            query = "&".join(f"{name}={value}" for name in ("lang", "locale", "s", "form", "phone"))
            check(await doors.site.http.get(f"{doors.path(path)}?{query}"), path)
        await doors.unchanged()

    on_doors(story)


# Fuzzing: a server in a thread of its own, since the examples are made outside its loop.


@contextmanager
def open_doors(given: Settings, clock: Clock) -> Iterator[tuple[Doors, Callable[[Any], Any]]]:
    """Doors, and a way to run a coroutine where they are."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    server = running(given, clock)
    site = run(server.__aenter__())
    try:
        yield run(Doors.open(site)), run
    finally:
        run(server.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


TEXT = st.one_of(
    st.text(max_size=40), st.sampled_from(["", "US", "+12025550123", "(202) 555-0123", "STOP", "Y", "\x00"])
)
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT)
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
NAMES = st.sampled_from([
    "id", "phone", "country", "consent", "stamp", "locale", "page", "trap", "act", "code", "from", "to", "text", "event",
    "token", "submission", "website", "external_id", "subscription_groups", "attributes", "user_aliases", "consent",
])  # fmt: skip
CHANGES = st.dictionaries(NAMES, JSON, max_size=4)
few = hypothesis_settings(
    max_examples=20,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def fewer(settings: Settings) -> hypothesis_settings:
    """What a body may be does not depend on the engine; that nothing is written is looked at on PostgreSQL too, which takes ten times as long."""
    return hypothesis_settings(few, max_examples=12) if settings.database else few


async def _try(doors: Doors, path: str, body: bytes) -> None:
    doors.site.clock.advance(seconds=1)  # a sender sends so many texts in a second and no more
    before = await dump(doors.site)
    answer = await doors.post(path, body, content_type=b"application/json")
    check(answer, path)
    if answer.status_code >= 400 and not path.endswith("/code"):  # a wrong code is counted, and so is a try
        assert await dump(doors.site) == before


@pytest.mark.parametrize("path", JSON_POSTS + BACK_END + BRAZE)
def test_any_json(settings: Settings, clock: Clock, path: str) -> None:
    with open_doors(replace(settings, **SANDBOX), clock) as (doors, run):
        good = run(doors.body(path))

        @fewer(settings)
        @given(
            st.one_of(JSON, CHANGES.map(lambda changes: good | {"id": secrets.token_urlsafe(16)} | changes)), st.data()
        )
        def one(content: Any, data: st.DataObject) -> None:
            body = json.dumps(content).encode()
            if data.draw(st.integers(0, 4)) == 0:
                cut = data.draw(st.integers(0, len(body)))
                body = body[:cut] + data.draw(st.binary(max_size=8)) + body[cut:]
            run(_try(doors, path, body))

        one()


@pytest.mark.parametrize("path", ["/f/{form}", "/c/{slug}"])
def test_any_form(settings: Settings, clock: Clock, path: str) -> None:
    with open_doors(replace(settings, **SANDBOX), clock) as (doors, run):
        good = {"act": "submit", "phone": "(202) 555-0123", "country": "US", "consent": "on", "locale": "en"}
        good["stamp"] = run(doors.site.view())["stamp"]

        @fewer(settings)
        @given(st.one_of(st.binary(max_size=60), st.dictionaries(NAMES, TEXT, max_size=4)))
        def one(changes: bytes | dict[str, str]) -> None:
            fields = good | {"id": secrets.token_urlsafe(16)}
            body = changes if isinstance(changes, bytes) else urlencode(fields | changes, errors="replace").encode()
            run(_try(doors, path, body))

        one()
