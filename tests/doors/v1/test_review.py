"""The native API: who may call it, what waits for a person, and what a text would do."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import SENDER, Clock, Site, running
from tests.wire import SHOWN, dump, project_in, refused
from yesline.doors.keyring import digest
from yesline.records import ApiKey, ReviewItem
from yesline.settings import Settings
from yesline.store.keys import save

SECRET = "yl_" + "A" * 43
ROUTES = [
    ("GET", "/v1/review", "review"),
    ("POST", "/v1/review/x/stop", "review"),
    ("POST", "/v1/review/x/dismiss", "review"),
    ("POST", "/v1/inbound/explain", "inbound"),
    ("GET", "/v1/forms/x/experiment", "forms"),
]


async def _key(site: Site, scopes: str = "inbound review", secret: str = SECRET, revoked_at: int = 0) -> None:
    row = ApiKey(secret[-11:], "the shop", digest(secret), scopes, site.clock(), revoked_at)
    await save(site.house.store, row)


async def _call(
    site: Site, method: str, path: str, body: Any = None, secret: str = SECRET, **headers: str
) -> httpx2.Response:
    given = {"authorization": f"Bearer {secret}"} | headers
    return await site.http.request(method, path, json=body, headers=given)


async def _held(site: Site, phone: str = SHOWN) -> str:
    """A text that holds everything to its number, and the id of the item it opened."""
    await site.reply("leave me alone", phone)
    ((item, holds),) = await site.sql(
        "SELECT r.id, r.holds FROM review_item r JOIN subject s ON s.id = r.subject_id WHERE s.phone = ?", phone
    )
    assert holds == 1
    return str(item)


async def _stopped(site: Site, phone: str = SHOWN) -> bool:
    rows = await site.sql("SELECT 1 FROM suppression JOIN subject USING (tag) WHERE lifted_at = 0 AND phone = ?", phone)
    return bool(rows)


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_nobody_gets_in_without_a_key_of_the_scope(on_site: Any, method: str, path: str, scope: str) -> None:
    async def story(site: Site) -> None:
        before = await dump(site)
        other = "inbound" if scope == "review" else "review"
        await _key(site, other, "yl_other")
        await _key(site, scope, "yl_revoked", revoked_at=1)
        for header in ("", "Bearer", "Bearer ", "Basic eDp5", "yl_other", "Token yl_other"):
            answer = await site.http.request(method, path, headers={"authorization": header})
            refused(answer, 401, "key_missing")
            assert answer.headers["www-authenticate"] == "Bearer"
        refused(await site.http.request(method, path), 401, "key_missing")
        for secret in ("yl_wrong", "yl_revoked", digest("yl_other"), "yl_other x", "%00", "ü" * 40):
            sent = {b"authorization": f"Bearer {secret}".encode()}
            answer = await site.http.request(method, path, headers=sent)
            refused(answer, 401, "key_unknown")
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        answer = await _call(site, method, path, secret="yl_other")
        content = refused(answer, 403, "key_scope")
        assert repr(scope) in content["error"]["message"]
        assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'
        assert await dump(site) == before

    on_site(story)


def test_the_scheme_is_read_in_any_case(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site)
        answer = await site.http.get("/v1/review", headers={"authorization": f"bearer {SECRET}"})
        assert answer.status_code == 200
        assert answer.json() == {"items": []}
        assert answer.headers["cache-control"] == "no-store"

    on_site(story)


def test_what_waits_is_listed_with_what_holds_first(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site, "review")
        await site.reply("an older one", "+12025550101")
        site.clock.advance(seconds=60)
        held = await _held(site)
        items = (await _call(site, "GET", "/v1/review")).json()["items"]
        assert items[0] == {
            "id": held,
            "phone": SHOWN,
            "group": "promotions",
            "text": "leave me alone",
            "holds": True,
            "opened_at": "2027-01-15T08:01:00Z",
        }
        assert [(i["phone"], i["holds"]) for i in items] == [(SHOWN, True), ("+12025550101", False)]

    on_site(story)


def test_stop_opts_the_number_out_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site, "review")
        held = await _held(site)
        answer = await _call(site, "POST", f"/v1/review/{held}/stop")
        assert answer.json() == {"id": held, "state": "stopped", "already": False}
        assert await _stopped(site)
        before = await dump(site)
        again = await _call(site, "POST", f"/v1/review/{held}/stop", {"by": "Ada"})
        assert (again.status_code, again.json()["already"]) == (200, True)
        assert await dump(site) == before
        assert await site.sql("SELECT state, decided_by FROM review_item WHERE id = ?", held) == [
            ("stopped", "the shop")
        ]
        assert (await _call(site, "GET", "/v1/review")).json() == {"items": []}

    on_site(story)


def test_dismiss_lets_the_texts_go_and_keeps_who_did_it(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site, "review")
        held = await _held(site)
        answer = await _call(site, "POST", f"/v1/review/{held}/dismiss", {"by": "Ada"})
        assert answer.json() == {"id": held, "state": "dismissed", "already": False}
        assert (await _call(site, "POST", f"/v1/review/{held}/dismiss")).json()["already"] is True
        assert not await _stopped(site)
        assert await site.sql("SELECT state, decided_by FROM review_item WHERE id = ?", held) == [("dismissed", "Ada")]

    on_site(story)


def test_a_stop_counts_after_a_dismissal_and_stands(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site, "review")
        held = await _held(site)
        await _call(site, "POST", f"/v1/review/{held}/dismiss", {"by": "Ada"})
        answer = await _call(site, "POST", f"/v1/review/{held}/stop", {"by": "Ben"})
        assert answer.json() == {"id": held, "state": "stopped", "already": False}
        assert await _stopped(site)
        content = refused(await _call(site, "POST", f"/v1/review/{held}/dismiss"), 409, "review_decided")
        assert "by Ben" in content["error"]["message"]
        assert await _stopped(site)

    on_site(story)


def test_two_people_decide_at_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site, "review")
        held = await _held(site)
        calls = [_call(site, "POST", f"/v1/review/{held}/{what}") for what in ("stop", "dismiss", "stop", "dismiss")]
        answers = await asyncio.gather(*calls)
        assert [answers[0].status_code, answers[2].status_code] == [200, 200]
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert await site.sql("SELECT state FROM review_item") == [("stopped",)]
        assert await _stopped(site), "whoever was first"

    on_site(story)


def test_bodies_and_ids_that_are_wrong(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site)
        held = await _held(site)
        before = await dump(site)
        for wrong in ("nothing", "0" * 11, "%00", "é", "A" * 3000):
            refused(await _call(site, "POST", f"/v1/review/{wrong}/stop"), 404, "review_not_found")
        path = f"/v1/review/{held}/dismiss"
        bodies: list[Any] = [[], "x", 5, {"by": ""}, {"by": 5}, {"by": "x" * 101}, {"who": "Ada"}]
        for body in bodies:
            refused(await _call(site, "POST", path, body), 400, "bad_request")
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            headers = {"authorization": f"Bearer {SECRET}", "content-type": kind}
            refused(await site.http.post(path, content=b"{}", headers=headers), 415, "content_type")
        huge = {"text": "x" * 70_000}
        refused(await _call(site, "POST", "/v1/inbound/explain", huge), 413, "body_too_large")
        assert await dump(site) == before

    on_site(story)


def test_a_name_that_no_database_keeps_is_refused(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site)
        held = await _held(site)
        answer = await _call(site, "POST", f"/v1/review/{held}/dismiss", {"by": "A\0B"})
        refused(answer, 400, "bad_request")

    on_site(story)


@pytest.mark.parametrize(
    ("text", "meaning"), [("STOP", "stop"), ("JOIN", "opt_in"), ("Y", "confirm"), ("HELP", "help"), ("Start", "start")]
)
def test_explain_tells_what_the_text_then_does(on_site: Any, text: str, meaning: str) -> None:
    async def story(site: Site) -> None:
        await _key(site, "inbound")
        before = await dump(site)
        answer = await _call(site, "POST", "/v1/inbound/explain", {"text": text})
        content = answer.json()
        assert set(content) == {"meaning", "tier", "clear", "language", "word", "name", "would", "why"}
        assert (answer.status_code, content["meaning"], content["clear"]) == (200, meaning, True)
        assert content["why"]
        assert await dump(site) == before, "asking changes nothing"

    on_site(story)


def test_explain_by_group_or_sender(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site, "inbound")
        path = "/v1/inbound/explain"
        for where in ({"group": "promotions"}, {"sender": SENDER}, {}):
            assert (await _call(site, "POST", path, {"text": "JOIN"} | where)).json()["meaning"] == "opt_in"
        refused(await _call(site, "POST", path, {"text": "JOIN", "group": "x"}), 404, "group_not_found", "group")
        refused(await _call(site, "POST", path, {"text": "JOIN", "sender": "1"}), 404, "sender_not_found", "sender")
        refused(await _call(site, "POST", path, {}), 400, "bad_request")

    on_site(story)


def test_explain_wants_a_group_where_there_are_several(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path
) -> None:
    folder = project_in(tmp_path / "project")
    (first,) = (folder / "groups").glob("*.toml")
    second = first.read_text(encoding="utf-8").replace('"24680"', '"13579"').replace('"JOIN"', '"ROAST"')
    (folder / "groups" / "roasts.toml").write_text(second, encoding="utf-8")

    async def story() -> None:
        async with running(settings, clock, folder) as site:
            await _key(site, "inbound")
            path = "/v1/inbound/explain"
            refused(await _call(site, "POST", path, {"text": "ROAST"}), 400, "bad_request", "group")
            there = await _call(site, "POST", path, {"text": "ROAST", "sender": "13579"})
            here = await _call(site, "POST", path, {"text": "ROAST", "group": "promotions"})
            assert (there.json()["meaning"], here.json()["meaning"]) == ("opt_in", "other")

    run(story())


def test_the_list_is_of_review_items(on_site: Any) -> None:
    """A text that is understood opens none."""

    async def story(site: Site) -> None:
        await _key(site, "review")
        for word in ("JOIN", "Y", "HELP", "STOP"):
            await site.reply(word)
        assert (await _call(site, "GET", "/v1/review")).json() == {"items": []}
        assert await site.sql(f"SELECT count(*) FROM {ReviewItem.table}") == [(0,)]  # noqa: S608  (a name of our own)

    on_site(story)
