"""docs/reference/http.md says what the server does: every example is sent, every route and code is there."""

import ast
import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec import Struct

from tests.conftest import FORM, ON_SQLITE, Site
from tests.doors.v1.calling import over
from tests.post.hooks import endpoint, fed
from tests.wire import code_in, link_in
from yesline.doors.keyring import SCOPES, digest
from yesline.post.webhooks import Webhooks
from yesline.records import ApiKey
from yesline.routes import routes
from yesline.rules import signing
from yesline.rules.signing import minter
from yesline.store import outgoing
from yesline.store.keys import save

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "http.md").read_text(encoding="utf-8")
SOURCE = ROOT / "server" / "yesline"
FENCE = re.compile(r"^```http(?: after (\d+) s)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROUTE = re.compile(r"^### `([A-Z]+) (/\S*)`$", re.MULTILINE)
ANYTHING = "…"


class Example(Struct):
    """A request and the answer that the page promises."""

    after: int
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer_headers: dict[str, str]
    answer: str


def _head(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines)


def _example(after: str, text: str) -> Example:
    request, status, answer = re.split(r"^(\d{3})$", text, maxsplit=1, flags=re.MULTILINE)
    head, _, body = request.strip().partition("\n\n")
    first, *lines = head.splitlines()
    method, path = first.split()
    answer_head, _, answer_body = answer.removeprefix("\n").rstrip().partition("\n\n")
    if answer.startswith("\n\n"):
        answer_head, answer_body = "", answer.strip()
    return Example(
        int(after or 0), method, path, _head(lines), body, int(status), _head(answer_head.splitlines()), answer_body
    )


EXAMPLES = [_example(*found) for found in FENCE.findall(PAGE)]


def _name(example: Example) -> str:
    return f"{example.method} {example.path} {example.status}"


async def _known(site: Site, example: Example) -> dict[str, str]:
    """The values of the placeholders; what is not asked for is not made, so that an example meets a fresh server."""
    headers = (*example.headers.values(), *example.answer_headers.values())
    whole = " ".join((example.path, example.body, example.answer, *headers))
    known = {
        "form": FORM,
        "origin": site.origin,
        "id": secrets.token_urlsafe(16),
        "stamp": (await site.view())["stamp"],
    }
    if "{hash}" in whole:
        known["hash"] = (await site.http.get("/embed.js")).headers["etag"].strip('"')
    if "{confirmed}" in whole:
        known["confirmed"] = await site.submit()
        await site.reply("Y")
    if re.search(r"\{(submission|code|slug|token)\}", whole):
        known["submission"] = await site.submit()
        (text,) = await site.texts()
        link = link_in(text)
        known |= {"code": code_in(text), "slug": link.removeprefix("/c/")}
        known["token"] = re.findall(r'name="token" value="([^"]+)"', (await site.http.get(link)).text)[0]
    if "{bearer}" in whole:
        known["bearer"] = "yl_example"
        await save(site.house.store, ApiKey("k", "the shop", digest("yl_example"), " ".join(SCOPES), site.clock()))
    if "{subscriber}" in whole:
        await site.submit()
        await site.idle()
        ((known["subscriber"],),) = await site.sql("SELECT id FROM subject")
    if "{review}" in whole:
        await site.reply("leave me alone")
        ((known["review"],),) = await site.sql("SELECT id FROM review_item")
    if re.search(r"\{(webhook|delivery|entry)\}", whole):
        known |= await _told(site)
    if "{import}" in whole:
        query = "source=shop&date=2020-01-31"
        as_csv = {"authorization": "Bearer yl_example", "content-type": "text/csv"}
        people = "phone\n+12015550123\n2015550123\n"
        known["import"] = (await site.http.post(f"/v1/imports?{query}", content=people, headers=as_csv)).json()["id"]
        await over(site, known["import"], "yl_example")
    if "{stop}" in whole:
        await site.submit()
        ((subject,),) = await site.sql("SELECT id FROM subject")
        known["stop"] = signing.stop_slug(site.house.clerk.keys, subject, "promotions")
    return known


async def _told(site: Site) -> dict[str, str]:
    """A submission in the feed, and an endpoint with a delivery that waits."""
    await site.submit()
    store, now = site.house.store, site.clock()
    entry, *_ = await fed(store, now)
    to = await endpoint(store, "https://shop.example/hooks", now, "submission.created")
    await outgoing.send_since(store, to, 0, 1, minter(), now)
    (delivery,) = await outgoing.deliveries(store, to.id, 9)
    return {"webhook": to.id, "delivery": delivery.id, "entry": str(entry.seq)}


def _fill(text: str, known: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)


@pytest.fixture(autouse=True)
def _nobody_delivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoints of the examples are nobody's."""

    async def none(_: Webhooks) -> None:
        return None

    monkeypatch.setattr(Webhooks, "run", none)


@ON_SQLITE
@pytest.mark.parametrize("example", EXAMPLES, ids=_name)
def test_example(on_site: Any, example: Example) -> None:
    async def story(site: Site) -> None:
        known = await _known(site, example)
        site.clock.advance(seconds=example.after)
        answer = await site.http.request(
            example.method,
            _fill(example.path, known),
            headers={name: _fill(value, known) for name, value in example.headers.items()},
            content=_fill(example.body, known).encode(),
        )
        assert answer.status_code == example.status, answer.text
        for name, value in example.answer_headers.items():
            got, promised = answer.headers[name], _fill(value, known)
            assert sorted(got.split(", ")) == sorted(promised.split(", ")), name
        _check_body(answer, _fill(example.answer, known))

    on_site(story)


def _check_body(answer: httpx2.Response, promised: str) -> None:
    if not promised:
        assert not answer.content
    elif promised.startswith("{"):
        _check_json(answer.json(), json.loads(promised), "$")
    else:
        for line in promised.splitlines():
            pattern = "[^\n]*?".join(map(re.escape, line.split(ANYTHING)))
            assert re.search(pattern, answer.text), line


def _check_json(got: Any, promised: Any, where: str) -> None:
    if promised == ANYTHING:
        assert got not in (None, ""), where
    elif isinstance(promised, dict):
        assert isinstance(got, dict), where
        named = set(promised) - {ANYTHING}
        assert named <= set(got) if ANYTHING in promised else named == set(got), (where, sorted(got))
        for name in named:
            _check_json(got[name], promised[name], f"{where}.{name}")
    elif isinstance(promised, list) and promised:
        assert len(got) == len(promised), where
        for place, item in enumerate(promised):
            _check_json(got[place], item, f"{where}[{place}]")
    else:
        assert type(got) is type(promised), where
        assert isinstance(promised, list) or got == promised, (where, got)


def _table(*, sandbox: bool) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in routes(sandbox=sandbox)
        for method in (route.methods or ())
        if method not in ("HEAD", "OPTIONS")
    }


def test_every_route_is_documented_and_no_other() -> None:
    public, _, sandbox = PAGE.partition("\n## Sandbox\n")
    assert set(ROUTE.findall(public)) == _table(sandbox=False)
    assert set(ROUTE.findall(sandbox)) == _table(sandbox=True) - _table(sandbox=False)


def test_every_route_has_an_example_of_its_own() -> None:
    for section in re.split(r"^(?=### )", PAGE, flags=re.MULTILINE)[1:]:
        for method, path in ROUTE.findall(section):
            own = re.compile(re.sub(r"\\\{\w+\\\}", r"[^/?]+", re.escape(path)) + r"(\?.*)?")
            examples = [_example(*found) for found in FENCE.findall(section)]
            assert any(e.method == method and own.fullmatch(e.path) for e in examples), f"{method} {path}"


def _refusals() -> Iterator[tuple[Path, ast.Call]]:
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                yield file, node


def _status(call: ast.Call) -> int:
    given = [*call.args[2:3], *(keyword.value for keyword in call.keywords if keyword.arg == "status")]
    return int(ast.literal_eval(given[0])) if given else 422


def _raised() -> set[tuple[str, int]]:
    """Every code in the source, with its status."""
    from yesline import app
    from yesline.rules import phone

    found = {(code, 422) for code in phone._MESSAGES}
    found |= {(code, status) for status, code in app._CODES.items()}
    for file, call in _refusals():
        if isinstance(call.args[0], ast.Constant):
            found.add((str(call.args[0].value), _status(call)))
        else:
            assert file.name in ("phone.py", "app.py"), f"{file}: write the code out, so that this test can read it"
    return found


def test_every_code_is_documented_with_its_status_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE.partition("\n## Codes\n")[2], re.MULTILINE)
    assert {(code, int(status)) for code, status in rows} == _raised()
    assert rows == sorted(rows)


def test_codes_that_routes_name_are_in_the_list() -> None:
    listed = {code for code, _ in _raised()}
    for paragraph in re.findall(r"^Errors(?:, as pages)?: (.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL):
        named = set(re.findall(r"`(\w+)`", paragraph))
        assert named <= listed, named - listed
