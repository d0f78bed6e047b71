"""The state table of the contracts, section 2, row by row, on a real server."""

import asyncio
import re
from typing import Any

import pytest

from tests.conftest import NOON, SENDER, Site
from tests.wire import alone
from yesline.errors import Refusal
from yesline.records import Expire, InboundText, PressLink, TextResult
from yesline.rules import signing

PHONE = "+12015550123"


async def state(site: Site) -> str:
    rows = await site.sql("SELECT state FROM subscription")
    return str(rows[0][0]) if rows else "unknown"


async def stopped(site: Site) -> bool:
    return bool(await site.sql("SELECT 1 FROM suppression WHERE lifted_at = 0"))


async def at(site: Site, text: str, when: int, mark: str) -> None:
    """A text that a carrier delivers now and says was sent then."""
    clerk = site.house.clerk
    group = site.house.catalogue.senders[SENDER]
    await clerk.record(InboundText(mark, PHONE, signing.number_tag(clerk.keys, PHONE), group, text, when))


def test_subscribed_is_never_downgraded_by_a_submit(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        await site.reply("Y")
        site.clock.advance(seconds=120)
        again = await site.submit()
        assert await state(site) == "subscribed"
        texts = await site.texts()
        assert "you already get" in texts[-1]
        assert await site.state(again) == "pending"
        code = re.search(r"code (\d{6})", texts[-1])
        assert code
        await site.post(f"/submissions/{again}/code", {"code": code[1]})
        assert await site.state(again) == "confirmed"
        assert sum("you're in" in text for text in await site.texts()) == 1
        site.clock.advance(seconds=3700)
        await site.submit()
        assert sum("you already get" in text for text in await site.texts()) == 1

    on_site(story)


def test_no_from_one_who_is_in_changes_nothing(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        await site.reply("Y")
        site.clock.advance(seconds=120)
        await site.submit()
        await site.texts()
        await site.reply("N")
        assert await state(site) == "subscribed"

    on_site(story)


def test_no_ends_the_prompt_and_changes_nothing_else(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        await site.texts()
        await site.reply("N")
        assert await state(site) == "unknown"
        assert not await stopped(site)
        await site.reply("Y")
        assert await site.state(submission) == "pending"
        await site.reply("no")
        assert len(await site.texts()) == 2

    on_site(story)


def test_the_window_ends_and_all_is_as_before(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        (prompt,) = await site.texts()
        site.clock.advance(days=30)
        assert await site.state(submission) == "expired"
        await alone(site)
        await site.house.clerk.record(Expire())
        assert await state(site) == "unknown"
        slug = re.search(r"/c/(\w+)", prompt)
        assert slug
        with pytest.raises(Refusal, match="out of date"):
            await site.house.clerk.record(PressLink(slug[1][:11], True, {}))
        await site.reply("Y")
        assert await state(site) == "unknown"

    on_site(story)


def test_late_answers_are_refused_before_time_is_kept(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        site.clock.advance(days=31)
        await site.reply("YES")
        assert await state(site) == "pending"
        assert "reply Y" in (await site.texts())[-1]

    on_site(story)


def test_stop_ends_everything_and_is_answered_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        await site.reply("Y")
        await site.texts()
        await site.reply("Stop!")
        await site.reply("STOP")
        assert await state(site) == "unsubscribed"
        assert sum("get no more messages" in text for text in await site.texts()) == 1
        for text in ("Y", "YES", "hello", "123456", "no"):
            await site.reply(text)
        site.clock.advance(days=2)
        await site.submit()
        assert await state(site) == "unsubscribed"
        assert len(await site.texts()) == 3

    on_site(story)


def test_help_is_answered_for_anybody(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("help")
        await site.texts()
        await site.reply("STOP")
        await site.reply("INFO")
        assert sorted("Help: " in text for text in await site.texts()) == [False, True, True]

    on_site(story)


def test_a_loop_of_help_ends(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for _ in range(30):
            await site.reply("HELP")
        for _ in range(4):
            site.clock.advance(seconds=1)
            await asyncio.sleep(0.02)
        assert len(await site.texts()) == 20

    on_site(story)


def test_anything_else_gets_help_once_a_day(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for text in ("hello", "what is this", "Y", "000000"):
            await site.reply(text)
        assert len(await site.texts()) == 1
        site.clock.advance(days=1.01)
        await site.reply("hello?")
        assert len(await site.texts()) == 2

    on_site(story)


def test_start_lifts_the_suppression_and_asks(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("STOP")
        site.clock.advance(seconds=5)
        await site.reply("START")
        assert not await stopped(site)
        assert await state(site) == "pending"
        await site.texts()
        await site.reply("YES")
        assert await state(site) == "subscribed"
        await site.reply("START")
        assert await state(site) == "subscribed"

    on_site(story)


def test_yes_from_an_unknown_number_asks(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("YES")
        assert await state(site) == "pending"
        (prompt,) = await site.texts()
        assert "reply Y or tap" in prompt
        await site.reply("START")
        assert len(await site.texts()) == 2
        await site.reply("START")
        assert len(await site.texts()) == 2
        assert await state(site) == "pending"

    on_site(story)


def test_the_code_may_be_texted_back(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        code = re.search(r"code (\d{6})", (await site.texts())[0])
        assert code
        await site.reply(code[1])
        assert await state(site) == "subscribed"

    on_site(story)


@pytest.mark.parametrize(
    ("stop_at", "start_at", "ends_stopped"), [(100, 200, False), (200, 100, True), (100, 100, True)]
)
@pytest.mark.parametrize("stop_first", [True, False])
@pytest.mark.parametrize("known", [True, False])
def test_between_stop_and_start_the_carrier_s_time_decides(
    on_site: Any, stop_at: int, start_at: int, ends_stopped: bool, stop_first: bool, known: bool
) -> None:
    async def story(site: Site) -> None:
        if known:
            await at(site, "STOP", NOON, "earlier")
        stop = ("STOP", NOON + stop_at, "stop")
        start = ("START", NOON + start_at, "start")
        for text in (stop, start) if stop_first else (start, stop):
            await at(site, *text)
        assert await stopped(site) is ends_stopped

    on_site(story)


def test_a_stop_of_unknown_time_wins(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await at(site, "STOP", NOON, "a")
        await at(site, "START", NOON + 5, "b")
        await at(site, "STOP", 0, "c")
        assert await stopped(site)
        await at(site, "START", 0, "d")
        assert await stopped(site)

    on_site(story)


def test_a_text_delivered_twice_counts_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for _ in range(10):
            await at(site, "HELP", 0, "same")
        assert len(await site.texts()) == 1

    on_site(story)


def test_opted_out_at_the_carrier_is_a_stop_we_missed(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        rows = await site.sql("SELECT id FROM text")
        await site.sql("UPDATE text SET state = 'sending'")
        await site.house.clerk.record(TextResult(rows[0][0], "failed", reason="opted_out"))
        assert await stopped(site)
        assert await state(site) == "unsubscribed"
        assert await site.sql("SELECT source FROM suppression") == [("carrier",)]

    on_site(story)


def test_a_mistyped_number_falls_back_and_the_right_one_is_asked(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        answer = await site.post(f"/submissions/{submission}/correct", {"phone": "(201) 555-0177", "country": "US"})
        assert answer.status_code == 202
        assert await site.sql("SELECT state FROM subscription ORDER BY state") == [("pending",), ("unknown",)]
        assert len(await site.texts("+12015550177")) == 1
        await site.reply("Y")
        assert await site.state(submission) == "pending"
        await site.reply("Y", "+12015550177")
        assert await site.state(submission) == "confirmed"
        answer = await site.post(f"/submissions/{submission}/correct", {"phone": "(201) 555-0188", "country": "US"})
        assert answer.json()["error"]["code"] == "already_confirmed"

    on_site(story)


def test_what_was_sent_is_kept_without_its_secrets(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        (prompt,) = await site.texts()
        kept = str(await site.sql("SELECT * FROM text")) + str(await site.sql("SELECT * FROM event_facts"))
        code, slug = re.search(r"code (\d{6})", prompt), re.search(r"/c/(\w+)", prompt)
        assert code
        assert slug
        assert code[1] not in kept
        assert slug[1] not in kept
        assert "Larkspur Coffee: reply Y" in kept
        assert submission in str(await site.sql("SELECT * FROM event_facts"))

    on_site(story)
