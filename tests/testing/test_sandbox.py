"""What the sandbox has for tests: a clock that is moved, numbers that nobody has, and pages of any origin that it was told."""

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import FORM, NOON, Clock, Site, running
from tests.wire import code_in
from yesline.errors import ConfigError
from yesline.post import housekeeping
from yesline.rules.phone import examples, read_number
from yesline.settings import Settings, load

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def move(site: Site, **how: Any) -> dict[str, Any]:
    answer = await site.http.post("/handset/clock", json=how)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def messages(site: Site, count: int) -> list[dict[str, Any]]:
    """What is on the handset, once there is so much."""
    for _ in range(400):
        found: list[dict[str, Any]] = (await site.http.get("/handset/messages")).json()["messages"]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"{count} messages were awaited: {found}")


@SQLITE
def test_a_clock_stands_goes_on_and_tells_the_real_time_again(on_site: Any) -> None:
    async def story(site: Site) -> None:
        assert await move(site, freeze="now") == {"now": NOON, "frozen": True}
        site.clock.advance(seconds=5)
        assert await move(site, advance=60.5) == {"now": NOON + 60_500, "frozen": True}
        assert await move(site, resume=True, advance=1) == {"now": NOON + 6_000, "frozen": False}
        site.clock.advance(seconds=1)
        assert await move(site, advance=0) == {"now": NOON + 7_000, "frozen": False}
        there = datetime(2031, 5, 1, 9, tzinfo=UTC)
        assert (await move(site, freeze="2031-05-01T11:00:00+02:00"))["now"] == there.timestamp() * 1000
        assert await move(site, resume=True) == {"now": NOON + 6_000, "frozen": False}

    on_site(story)


@SQLITE
@pytest.mark.parametrize(
    "body",
    [
        {}, {"freeze": "2031-05-01T11:00:00"}, {"freeze": "noon"}, {"freeze": "1999-01-01T00:00:00Z"}, {"freeze": True},
        {"freeze": "2100-01-01T00:00:00Z"}, {"advance": -1}, {"advance": 3_100_000_000}, {"advance": "1"}, {"stop": True},
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_is_refused(on_site: Any, body: dict[str, Any]) -> None:
    async def story(site: Site) -> None:
        answer = await site.http.post("/handset/clock", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
        assert await move(site, advance=0) == {"now": NOON, "frozen": False}

    on_site(story)


@SQLITE
def test_a_code_expires_and_the_text_is_sent_again_by_this_clock(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        old = code_in((await site.texts())[0])
        early = await site.post(f"/submissions/{submission}/resend", {})
        assert (early.status_code, early.headers["retry-after"]) == (429, "60")
        await move(site, advance=600)
        answer = await site.post(f"/submissions/{submission}/code", {"code": old})
        assert answer.json()["error"]["code"] == "code_wrong"
        assert (await site.post(f"/submissions/{submission}/resend", {})).status_code == 202
        first, second = await messages(site, 2)
        assert (first["at"] - NOON, second["at"] - NOON) == (0, 600_000)
        code = {"code": code_in(second["text"])}
        assert (await site.post(f"/submissions/{submission}/code", code)).status_code == 200

    on_site(story)


@SQLITE
def test_texts_of_a_phone_come_one_after_the_other_though_the_clock_stands(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await move(site, freeze="now")
        for word, answer in (("STOP", "get no more messages"), ("START", "reply Y"), ("STOP", "get no more messages")):
            await site.reply(word)
            assert answer in (await site.texts())[-1]

    on_site(story)


@SQLITE
def test_what_has_become_due_is_done_at_once(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Housekeeping would not look again by itself while this test runs."""
    monkeypatch.setattr(housekeeping, "EVERY", 3600)

    async def story() -> None:
        async with running(settings, clock) as site:
            submission = await site.submit()
            await site.texts()
            assert await site.state(submission) == "pending"
            await move(site, advance=31 * 86_400)
            assert await site.state(submission) == "expired"
            for _ in range(400):
                if await site.sql("SELECT 1 FROM event WHERE kind = 'expired'"):
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("housekeeping slept on")

    run(story())


@SQLITE
def test_no_number_is_handed_out_twice(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit("(201) 555-0100")
        await site.texts()
        asked = [await site.http.post("/handset/numbers", json={"country": c}) for c in ("US", "GB", "US", "US")]
        assert [answer.json()["phone"] for answer in asked] == [
            "+12015550101", "+447400123400", "+12015550102", "+12015550103",
        ]  # fmt: skip
        unknown = await site.http.post("/handset/numbers", json={"country": "XX"})
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "region_not_found")

    on_site(story)


@pytest.mark.parametrize("region", ["US", "CA", "GB", "DE", "IT", "FR", "IL", "AU", "BR", "IN", "MX", "AR", "CI"])
def test_examples_are_mobile_numbers_of_their_region(region: str) -> None:
    found = list(itertools.islice(examples(region), 250))
    assert len(set(found)) == 250
    for number in found[::25]:
        assert read_number(number, region, (region,)).e164 == number


@SQLITE
def test_neither_clock_nor_numbers_outside_the_sandbox(on_site: Any, settings: Settings) -> None:
    async def story(site: Site) -> None:
        for path in ("/handset/clock", "/handset/numbers"):
            assert (await site.http.post(path, json={"freeze": "now", "country": "US"})).status_code == 404
        assert site.house.clerk.clock is site.clock

    on_site(story, replace(settings, sandbox=False))


@SQLITE
def test_pages_of_the_origins_it_was_told_may_show_every_form(on_site: Any, settings: Settings) -> None:
    async def story(site: Site) -> None:
        for origin, status in (("http://localhost:3000", 202), ("http://localhost:3001", 403)):
            body = await site.body()
            path = f"/forms/{FORM}/submissions"
            answer = await site.http.post(path, json=body, headers={"origin": origin})
            assert answer.status_code == status, answer.text

    on_site(story, replace(settings, sandbox_origins=("http://localhost:3000",)))


@pytest.mark.parametrize("text", ["http://localhost:3000/", "localhost:3000", "http://a.example/x", "://"])
def test_an_origin_is_written_as_browsers_do(text: str) -> None:
    with pytest.raises(ConfigError, match=r"sandbox_origins.*http://localhost:8000"):
        load(None, {"YESLINE_SANDBOX_ORIGINS": text}, sandbox=True)


def test_origins_of_tests_are_for_the_sandbox_only() -> None:
    given = {"YESLINE_SANDBOX_ORIGINS": "http://localhost:3000, null"}
    assert load(None, given, sandbox=True).sandbox_origins == ("http://localhost:3000", "null")
    assert load(None, {"YESLINE_SANDBOX_ORIGINS": ""}).sandbox_origins == ()
    with pytest.raises(ConfigError, match="only the sandbox has them"):
        load(None, given)
