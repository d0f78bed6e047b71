"""What a form's page asks for: the view, the script, the submit, and refusals it can show beside the field."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import httpx2
import pytest
from msgspec.structs import replace

from tests.conftest import FORM, NOON, Clock, Site, running
from tests.wire import at_address, dump, project_in, refused, send_form
from yesline.doors import stamps
from yesline.rules import signing
from yesline.rules.signing import Keys
from yesline.settings import Settings

VIEW = f"/forms/{FORM}/view"
SUBMIT = f"/forms/{FORM}/submissions"
DAY = 86_400_000


def test_view_says_what_a_showing_needs_and_nothing_about_the_visitor(on_site: Any) -> None:
    async def story(site: Site) -> None:
        view = await site.view()
        assert set(view) == {
            "form", "version", "locale", "dir", "display", "stamp", "consent", "css", "steps", "strings",
            "country", "countries", "formats", "trigger", "caps",
        }  # fmt: skip
        assert set(view["steps"]) == {"capture", "confirm", "done"}
        assert (view["form"], view["country"], view["countries"]["GB"]) == (FORM, "US", "44")
        answer = await site.http.get(VIEW, headers={"user-agent": "Tell-tale/9"})
        assert "Tell-tale" not in answer.text
        assert "set-cookie" not in answer.headers

    on_site(story)


def test_view_is_not_sent_again_to_who_has_it(on_site: Any) -> None:
    async def story(site: Site) -> None:
        first = await site.http.get(VIEW)
        etag = first.headers["etag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}'):
            again = await site.http.get(VIEW, headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert (await site.http.get(VIEW, headers={"if-none-match": '"other"'})).status_code == 200
        site.clock.advance(seconds=3600)
        assert (await site.http.get(VIEW)).headers["etag"] == etag, "it stays the same all day"
        site.clock.advance(days=1)
        assert (await site.http.get(VIEW)).headers["etag"] != etag, "the next day's stamp is another"

    on_site(story)


def test_caches_keep_a_view_apart_by_language_encoding_and_origin(on_site: Any) -> None:
    async def story(site: Site) -> None:
        answer = await site.http.get(VIEW)
        assert {part.strip() for part in answer.headers["vary"].split(",")} == {
            "Accept-Language", "Accept-Encoding", "Origin",
        }  # fmt: skip
        assert answer.headers["cache-control"] == "public, max-age=60"

    on_site(story)


@pytest.mark.parametrize("path", [VIEW, f"/embed/{FORM}.js", "/embed.js"])
def test_answers_are_packed_for_who_can_unpack_them(on_site: Any, path: str) -> None:
    async def story(site: Site) -> None:
        plain = await site.http.get(path, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        async with site.http.stream("GET", path, headers={"accept-encoding": "gzip, br"}) as packed:
            raw = b"".join([part async for part in packed.aiter_raw()])
            assert packed.headers["content-encoding"] == "br"
        assert brotli.decompress(raw) == plain.content
        assert len(raw) < len(plain.content) / 2

    on_site(story)


def test_language_is_the_one_asked_for_else_one_of_the_browsers_else_the_first(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path
) -> None:
    folder = project_in(tmp_path / "project", 'locales = ["en", "es", "pt-BR"]')

    async def story() -> None:
        async with running(settings, clock, folder) as site:

            async def locale(asked: str, header: str) -> str:
                answer = await site.http.get(f"{VIEW}{asked}", headers={"accept-language": header})
                return str(answer.json()["locale"])

            assert await locale("", "") == "en"
            assert await locale("", "de-DE,de;q=0.9") == "en"
            assert await locale("", "es-MX,es;q=0.9,en;q=0.8") == "es"
            assert await locale("", "fr, pt-BR;q=0.5") == "pt-BR"
            assert await locale("?locale=es", "en") == "es"
            assert await locale("?locale=xx", "es") == "en"
            embedded = await site.http.get(f"/embed/{FORM}.js?lang=es")
            assert '"locale":"es"' in embedded.text

    run(story())


def test_script_tag_gets_view_and_widget_in_one_answer(on_site: Any) -> None:
    async def story(site: Site) -> None:
        embedded = (await site.http.get(f"/embed/{FORM}.js")).text
        hint, call, script = embedded.split("\n", 2)
        assert hint == "//# allFunctionsCalledOnLoad"
        start = '((window.yesline||0).push?yesline:window.yesline=[]).push(["view",'
        assert call.startswith(start)
        assert call.endswith("]);")
        early, whole = json.loads(call[len(start) : -3]), await site.view()
        left_out = ("steps", "css")
        assert early.pop("later") is True, "the widget is to ask for the rest"
        assert {name: early[name] for name in early if name not in left_out} == {
            name: whole[name] for name in whole if name not in left_out
        }
        assert early["steps"]["capture"] == whole["steps"]["capture"]
        assert len(early["css"]) < len(whole["css"])
        assert script == (await site.http.get("/embed.js")).text

    on_site(story)


def test_pinned_script_is_the_same_bytes_for_ever(on_site: Any) -> None:
    async def story(site: Site) -> None:
        latest = await site.http.get("/embed.js")
        mark = latest.headers["etag"].strip('"')
        pinned = await site.http.get(f"/assets/{mark}/yesline.js")
        assert pinned.content == latest.content
        assert "immutable" in pinned.headers["cache-control"]
        refused(await site.http.get("/assets/0123456789abcdef/yesline.js"), 404, "not_found")

    on_site(story)


@pytest.mark.parametrize("path", ["/embed.js", f"/embed/{FORM}.js", "/formats/GB", "/embed/no-such-form.js"])
def test_any_page_may_load_what_is_the_same_for_everybody(on_site: Any, path: str) -> None:
    """A ``<script crossorigin>`` loads nothing without this header."""

    async def story(site: Site) -> None:
        answer = await site.http.get(path, headers={"origin": "https://anywhere.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"

    on_site(story)


def test_formats_of_a_country(on_site: Any) -> None:
    async def story(site: Site) -> None:
        answer = await site.http.get("/formats/GB")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=3600"
        assert answer.json()
        view = await site.view()
        assert (await site.http.get("/formats/US")).json() == view["formats"]["US"]
        for region in ("XX", "gb", "GBR", "%00", "001"):
            refused(await site.http.get(f"/formats/{region}"), 404, "region_not_found")

    on_site(story)


def test_submit_opens_a_prompt(on_site: Any) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        answer = await site.post(SUBMIT, body)
        assert answer.status_code == 202
        assert answer.json() == {
            "submission": body["id"],
            "next": "confirm",
            "methods": ["reply", "code", "link"],
            "sender": "24680",
            "reply": "Y",
            "number": "+1 201-555-0123",
            "resend_after": 60,
        }
        assert await site.sql("SELECT state FROM subscription") == [("pending",)]
        ((facts,),) = await site.sql("SELECT facts FROM event_facts WHERE seq = 1")
        kept = {name: value for name, (_, value) in json.loads(facts).items()}
        assert kept["words"] == (await site.view())["consent"]
        assert kept["version"] == (await site.view())["version"]
        assert kept["page"] == f"{site.origin}/shop", "the query may hold anything about the visitor"
        assert kept["address"] == "127.0.0.1"

    on_site(story)


@pytest.mark.parametrize(
    ("phone", "country", "code"),
    [
        ("", "US", "phone_missing"),
        ("   ", "US", "phone_missing"),
        ("hello", "US", "phone_not_a_number"),
        ("<script>alert(1)</script>", "US", "phone_not_a_number"),
        ("2" * 500, "US", "phone_not_a_number"),
        ("201 555", "US", "phone_too_short"),
        ("201 555 0123 4567", "US", "phone_too_long"),
        ("(100) 555-0123", "US", "phone_invalid"),
        ("+44 20 7946 0958", "GB", "phone_not_mobile"),
        ("+41 78 123 45 67", "US", "country_not_served"),
        ("+999 123456", "US", "country_not_served"),
        ("201 555 0123", "ZZ", "country_not_served"),
    ],
)
def test_what_is_wrong_with_a_number_is_told_and_nothing_kept(
    on_site: Any, phone: str, country: str, code: str
) -> None:
    async def story(site: Site) -> None:
        answer = await site.post(SUBMIT, await site.body(phone, country))
        refused(answer, 422, code, "phone")
        assert not any((await dump(site)).values())

    on_site(story)


def test_no_tick_no_prompt(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await site.post(SUBMIT, await site.body(consent=False)), 422, "consent_missing", "consent")
        for spelled in ("true", 1, None, "on"):
            refused(await site.post(SUBMIT, await site.body(consent=spelled)), 400, "bad_request")
        assert not any((await dump(site)).values())

    on_site(story)


def test_filled_trap_is_refused(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await site.post(SUBMIT, await site.body(trap="http://spam.example")), 422, "trap_filled")
        assert not any((await dump(site)).values())

    on_site(story)


def test_old_stamp_is_answered_with_a_fresh_view_that_works(on_site: Any) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        midnight = NOON - NOON % DAY
        site.clock.now = midnight + 3 * DAY - 1000
        late = await site.post(SUBMIT, body | {"id": "A" * 22})
        assert late.status_code == 202, "a stamp is good until the end of the next day"
        site.clock.now = midnight + 3 * DAY + 1000
        content = refused(await site.post(SUBMIT, body), 409, "stamp_expired")
        assert content["view"] == await site.view()
        assert content["view"]["consent"], "the widget sends again by itself where this is what was shown"
        again = await site.post(SUBMIT, body | {"id": "B" * 22, "stamp": content["view"]["stamp"]})
        assert again.status_code == 202

    on_site(story)


def test_stamp_of_changed_words_is_refused_and_the_new_words_come_along(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path
) -> None:
    async def shown() -> dict[str, Any]:
        async with running(settings, clock) as site:
            return await site.body()

    async def changed(body: dict[str, Any]) -> None:
        folder = project_in(tmp_path / "project", group='frequency = "Up to 9 messages a day"')
        async with running(settings, clock, folder) as site:
            content = refused(await site.post(SUBMIT, body), 409, "stamp_expired")
            assert "Up to 9 messages a day" in json.dumps(content["view"]["steps"])
            assert await site.sql("SELECT count(*) FROM submission") == [(0,)]

    run(changed(run(shown())))


def test_forged_stamp_is_answered_like_an_old_one(on_site: Any) -> None:
    """Whoever forges one gains nothing: a genuine stamp is public."""

    async def story(site: Site) -> None:
        genuine = (await site.view())["stamp"]
        foreign = Keys((b"not ours" * 4,), b"x", b"y")
        form = site.house.catalogue.forms[FORM]
        confirm = signing.sign(site.house.clerk.keys, "confirm-page", "x.en.y", site.clock())
        tomorrow = signing.sign(site.house.clerk.keys, "stamp", "x.en.y", site.clock() + DAY)
        forged = [
            "", "x", "..", genuine[:-1], genuine.swapcase(), confirm, tomorrow,
            stamps.make(foreign, form, "en", site.clock()),
        ]  # fmt: skip
        for stamp in forged:
            content = refused(await site.post(SUBMIT, await site.body(stamp=stamp)), 409, "stamp_expired")
            assert content["view"]["stamp"] == genuine
        assert not any((await dump(site)).values())

    on_site(story)


def test_same_submission_sent_again_is_one(on_site: Any) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        first = await site.post(SUBMIT, body)
        await site.idle()
        before = await dump(site)
        site.clock.advance(seconds=20)
        again = await site.post(SUBMIT, body)
        assert again.status_code == 202
        assert again.json() == first.json() | {"resend_after": 40}
        assert await dump(site) == before
        assert len(await site.texts()) == 1

    on_site(story)


def test_same_id_with_another_body_is_a_conflict(on_site: Any) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        await site.post(SUBMIT, body)
        await site.idle()
        before = await dump(site)
        other = await site.post(SUBMIT, body | {"phone": "(202) 555-0123"})
        refused(other, 422, "submission_conflict", "id")
        assert await dump(site) == before

    on_site(story)


@pytest.mark.parametrize("bad", ["", "short", "A" * 21, "A" * 23, "A" * 21 + "!", "A" * 22 + "\n", "É" * 22])
def test_submission_id_is_128_bits_and_nothing_else(on_site: Any, bad: str) -> None:
    async def story(site: Site) -> None:
        refused(await site.post(SUBMIT, await site.body(id=bad)), 400, "bad_request")

    on_site(story)


@pytest.mark.parametrize("page", ["http://[::1", "https://a\u2100b/", "\x00", "javascript:alert(1)", "x" * 2000])
def test_odd_page_address_does_not_lose_the_submission(on_site: Any, page: str) -> None:
    async def story(site: Site) -> None:
        assert (await site.post(SUBMIT, await site.body(page=page))).status_code == 202

    on_site(story)


def test_too_many_from_one_address(settings: Settings, on_site: Any) -> None:
    async def story(site: Site) -> None:
        for place in range(3):
            async with at_address(site, "203.0.113.9") as http:
                assert (await send_form(site, http, f"(20{place + 1}) 555-0123")).status_code == 202
                site.clock.advance(seconds=60)
        before = await dump(site)
        async with at_address(site, "203.0.113.9") as http:
            answer = await send_form(site, http, "(303) 555-0123")
        refused(answer, 429, "too_many_requests")
        wait = int(answer.headers["retry-after"])
        assert 0 < wait <= 3600
        assert answer.headers["access-control-allow-origin"] == site.origin
        assert answer.headers["access-control-expose-headers"] == "Retry-After"
        assert await dump(site) == before
        async with at_address(site, "203.0.113.10") as http:
            assert (await send_form(site, http, "(304) 555-0123")).status_code == 202
        site.clock.advance(seconds=wait)
        async with at_address(site, "203.0.113.9") as http:
            assert (await send_form(site, http, "(305) 555-0123")).status_code == 202

    on_site(story, replace(settings, address_per_hour=3))


def test_addresses_of_one_ipv6_network_count_as_one(settings: Settings, on_site: Any) -> None:
    async def story(site: Site) -> None:
        statuses = []
        for place, address in enumerate(["2001:db8:1:2::1", "2001:db8:1:2:ffff::1", "2001:db8:1:3::1"]):
            async with at_address(site, address) as http:
                statuses.append((await send_form(site, http, f"(20{place + 1}) 555-0123")).status_code)
        assert statuses == [202, 429, 202]

    on_site(story, replace(settings, address_per_hour=1))


async def _prepare(site: Site) -> dict[str, str]:
    """A number in each state that the database knows."""
    numbers = {
        "new": "2015550123", "pending": "2025550123", "subscribed": "2035550123", "stopped": "2055550123",
        "stopped while pending": "2065550123", "capped": "2075550123", "subscribed and told today": "2085550123",
    }  # fmt: skip
    for state in ("pending", "subscribed", "stopped while pending", "subscribed and told today"):
        await site.submit(numbers[state])
    for state in ("subscribed", "subscribed and told today"):
        await site.reply("Y", f"+1{numbers[state]}")
    for state in ("stopped", "stopped while pending"):
        await site.reply("STOP", f"+1{numbers[state]}")
    site.clock.advance(seconds=120)
    await site.submit(numbers["subscribed and told today"])
    site.clock.advance(seconds=120)
    await site.submit(numbers["capped"])
    await site.idle()
    return numbers


def _told(answer: httpx2.Response) -> tuple[Any, ...]:
    """An answer less what the asker chose."""
    content = {name: value for name, value in answer.json().items() if name not in ("submission", "number")}
    return answer.status_code, sorted(content.items(), key=str), sorted(answer.headers.items())


async def _written(site: Site) -> tuple[int, ...]:
    tables = ("submission", "text WHERE kind <> 'inbound'", "event WHERE kind <> 'texted'")
    return tuple([(await site.sql(f"SELECT count(*) FROM {table}"))[0][0] for table in tables])  # noqa: S608


def test_nobody_learns_what_the_database_knows_of_a_number(on_site: Any) -> None:
    """The submit, its status, a wrong code and a resend answer alike for every state, and write alike."""

    async def story(site: Site) -> None:
        answers, written = {}, {}
        for state, number in (await _prepare(site)).items():
            body = await site.body(number)
            before = await _written(site)
            told = [await site.post(SUBMIT, body)]
            written[state] = tuple(b - a for a, b in zip(before, await _written(site), strict=True))
            told.append(await site.http.get(f"/submissions/{body['id']}"))
            told.append(await site.post(f"/submissions/{body['id']}/code", {"code": "abc"}))
            told.append(await site.post(f"/submissions/{body['id']}/resend", {}))
            answers[state] = [_told(answer) for answer in told]
            await site.idle()
        assert {state: answer for state, answer in answers.items() if answer != answers["new"]} == {}
        assert set(written.values()) == {(1, 1, 1)}, written

    on_site(story)


def test_texts_go_only_where_they_may(on_site: Any) -> None:
    """Beside the equal answers: who said STOP, or is over a cap, gets nothing."""

    async def story(site: Site) -> None:
        numbers = await _prepare(site)
        before = {state: len(await site.texts(f"+1{number}")) for state, number in numbers.items()}
        for number in numbers.values():
            await site.submit(number)
        after = {state: len(await site.texts(f"+1{number}")) for state, number in numbers.items()}
        assert {state: after[state] - before[state] for state in numbers} == {
            "new": 1, "pending": 1, "subscribed": 1, "stopped": 0, "stopped while pending": 0, "capped": 0,
            "subscribed and told today": 0,
        }  # fmt: skip
        reasons = await site.sql("SELECT reason FROM text WHERE state = 'dropped' ORDER BY reason")
        assert {reason for (reason,) in reasons} >= {"stopped", "capped"}

    on_site(story)


def test_submit_to_a_subscribed_number_changes_nothing_until_the_phone_acts(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.reply("Y")
        site.clock.advance(seconds=120)
        again = await site.submit()
        assert await site.state(again) == "pending"
        assert "you already get" in (await site.texts())[-1]
        assert await site.sql("SELECT state FROM subscription") == [("subscribed",)]
        await site.reply("Y")
        assert await site.state(again) == "confirmed"
        confirmations = [text for text in await site.texts() if "you're in" in text]
        assert len(confirmations) == 1

    on_site(story)


def test_unknown_form(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await site.http.get("/forms/nothing/view"), 404, "form_not_found")
        refused(await site.http.get("/embed/nothing.js"), 404, "form_not_found")
        refused(await site.post("/forms/nothing/submissions", await site.body()), 404, "form_not_found")

    on_site(story)


def test_form_has_a_budget_a_day(settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path) -> None:
    async def story() -> None:
        async with running(settings, clock, project_in(tmp_path / "project", "daily = 2")) as site:
            await site.submit("(201) 555-0123")
            await site.submit("(202) 555-0123")
            answer = await site.post(SUBMIT, await site.body("(203) 555-0123"))
            refused(answer, 429, "too_many_requests")
            assert int(answer.headers["retry-after"]) > 3600
            site.clock.advance(days=1.1)
            await site.submit("(203) 555-0123")

    run(story())
