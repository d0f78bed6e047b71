"""What waits is sent once, in its order, at its sender's pace; what cannot be sent has its reason."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.conftest import NOON, SENDER, Site
from tests.wire import alone, unsent
from yesline.carriers.base import Outgoing
from yesline.errors import TextRefused, TextUncertain
from yesline.post import outbox
from yesline.records import Dispatch, Expire, Going, TextResult
from yesline.rules.sending import MOST_TRIES
from yesline.store.changes import OUTBOX

Rows = list[tuple[Any, ...]]


class Moody:
    """A carrier that does what it is told for each send in turn, then sends."""

    name = "console"
    lists = False

    def __init__(self, *moods: Exception) -> None:
        self.moods = list(moods)
        self.sent: list[str] = []

    async def send(self, text: Outgoing) -> str:
        assert (text.sender, text.phone) == (SENDER, "+12015550123")
        self.sent.append(text.reference)
        if self.moods:
            raise self.moods.pop(0)
        assert "Larkspur" in text.body
        return "vendor-7"

    async def close(self) -> None:
        """Nothing to let go of."""


async def settle(site: Site) -> Rows:
    """Let the post office do what it can without the clock moving on."""
    await asyncio.sleep(0.3)
    for _ in range(300):
        busy = "SELECT 1 FROM text WHERE state = 'sending' OR state = 'queued' AND due_at <= ?"
        if not await site.sql(busy, site.clock()):
            break
        await asyncio.sleep(0.01)
    return await site.sql("SELECT state, reason, vendor_id, tries FROM text")


async def hand_to(site: Site, carrier: Moody) -> None:
    await site.house.carriers["console"].close()
    site.house.carriers["console"] = carrier  # type: ignore[index]


def test_what_was_sent_keeps_the_carrier_s_id(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await hand_to(site, Moody())
        await site.submit()
        assert await settle(site) == [("sent", "", "vendor-7", 1)]

    on_site(story)


def test_a_refusal_for_good_is_not_tried_again(on_site: Any) -> None:
    async def story(site: Site) -> None:
        carrier = Moody(TextRefused("no such number", "invalid_number", permanent=True))
        await hand_to(site, carrier)
        await site.submit()
        assert await settle(site) == [("failed", "invalid_number", "", 1)]
        site.clock.advance(seconds=30)
        await asyncio.sleep(1.1)
        await settle(site)
        assert len(carrier.sent) == 1

    on_site(story)


def test_a_refusal_for_now_is_tried_again_later(on_site: Any) -> None:
    async def story(site: Site) -> None:
        carrier = Moody(TextRefused("busy", "throttled", permanent=False))
        await hand_to(site, carrier)
        await site.submit()
        assert await settle(site) == [("queued", "throttled", "", 1)]
        site.clock.advance(seconds=5)
        await asyncio.sleep(1.1)  # the post office looks again after a second at the latest
        assert await settle(site) == [("sent", "", "vendor-7", 2)]
        assert carrier.sent[0] == carrier.sent[1]

    on_site(story)


def test_tries_come_to_an_end(on_site: Any) -> None:
    async def story(site: Site) -> None:
        carrier = Moody(*[TextRefused("busy", "throttled", permanent=False)] * 9)
        await hand_to(site, carrier)
        await site.submit()
        seen = []
        for _ in range(MOST_TRIES + 2):
            seen += await settle(site)
            site.clock.advance(seconds=60)
            site.house.store.changes.publish(OUTBOX)
        assert [state for state, _, _, _ in seen] == ["queued"] * (MOST_TRIES - 1) + ["failed"] * 3
        assert len(carrier.sent) == MOST_TRIES

    on_site(story)


@pytest.mark.parametrize("mood", [TextUncertain("cut off", "timeout"), ZeroDivisionError()])
def test_what_may_have_gone_out_is_never_sent_again(on_site: Any, mood: Exception) -> None:
    async def story(site: Site) -> None:
        carrier = Moody(mood)
        await hand_to(site, carrier)
        await site.submit()
        ((state, reason, _, _),) = await settle(site)
        assert (state, reason) in {("uncertain", "timeout"), ("uncertain", "broken off")}
        site.clock.advance(seconds=120)
        await expire(site)
        await settle(site)
        assert len(carrier.sent) == 1

    on_site(story)


def test_a_send_cut_off_by_a_crash_becomes_uncertain(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        await site.sql("UPDATE text SET state = 'sending'")
        site.clock.advance(seconds=60)
        await expire(site)
        assert await site.sql("SELECT state FROM text") == [("sending",)]
        site.clock.advance(seconds=60)
        await expire(site)
        assert await site.sql("SELECT state, reason FROM text") == [("uncertain", "cut off")]

    on_site(story)


async def expire(site: Site, most: int = 200) -> bool:
    """Give up what is overdue; whether there may be more."""
    await alone(site)
    more: bool = await site.house.clerk.record(Expire(most=most))
    return more


@asynccontextmanager
async def waiting(site: Site) -> AsyncIterator[None]:
    """A prompt that waits, as after an outage."""
    await site.submit()
    await site.texts()
    async with unsent(site):
        await site.sql("UPDATE text SET state = 'queued'")
        yield


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE text SET drop_at = due_at", "too late"),
        ("UPDATE prompt SET state = 'confirmed'", "answered"),
        ("UPDATE prompt SET generation = 2", "replaced"),
        ("INSERT INTO suppression SELECT tag, 1, 0, 'keyword' FROM subject", "stopped"),
    ],
)
def test_what_should_not_go_any_more_is_dropped(on_site: Any, change: str, reason: str) -> None:
    async def story(site: Site) -> None:
        async with waiting(site):
            await site.sql(change)
            assert (await site.house.clerk.record(Dispatch({SENDER: 10}))).texts == []
        assert await site.sql("SELECT state, reason FROM text") == [("dropped", reason)]

    on_site(story)


def test_no_more_than_there_is_room_for(on_site: Any) -> None:
    async def story(site: Site) -> None:
        async with waiting(site):
            await takes_turns(site)

    async def takes_turns(site: Site) -> None:
        used = (await site.sql("SELECT hits FROM limit_counter WHERE key = 'pace:24680'"))[0][0]
        assert used == f"[[{NOON},1]]", "the one that was sent already in this second"
        assert await site.house.clerk.record(Dispatch({SENDER: 1})) == Going([], frozenset({SENDER}))
        taken = await asyncio.gather(*(site.house.clerk.record(Dispatch({SENDER: 2})) for _ in range(5)))
        assert sorted(len(going.texts) for going in taken) == [0, 0, 0, 0, 1]

    on_site(story)


def test_two_offices_share_what_waits(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit("(201) 555-0199")
        await site.texts("+12015550199")
        async with waiting(site):
            await share(site)

    async def share(site: Site) -> None:
        site.clock.advance(seconds=1)
        first = await site.house.clerk.record(Dispatch({SENDER: 1}))
        site.clock.advance(seconds=1)
        second = await site.house.clerk.record(Dispatch({SENDER: 1}))
        assert [len(first.texts), len(second.texts)] == [1, 1]
        assert first.texts[0].id != second.texts[0].id

    on_site(story)


def test_a_result_nobody_waits_for_changes_nothing(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        (text,) = (await site.sql("SELECT id FROM text"))[0]
        await site.house.clerk.record(TextResult(text, "failed", reason="late"))
        await site.house.clerk.record(TextResult("nobody", "failed"))
        assert await site.sql("SELECT state FROM text") == [("sent",)]

    on_site(story)


def test_the_post_office_stumbles_and_goes_on(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: Site) -> None:
        real = type(site.house.store).next_due
        fails = iter([True])

        async def next_due(self: Any) -> int | None:
            if next(fails, False):
                raise OSError("the disk is away")
            return await real(self)

        monkeypatch.setattr(type(site.house.store), "next_due", next_due)
        monkeypatch.setattr(outbox, "_IDLE", 0.01)
        await site.submit()
        assert len(await site.texts()) == 1

    on_site(story)


def test_whatever_is_overdue_is_given_up_at_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for line in range(5):
            await site.submit(f"(20{line + 1}) 555-0123")
            await site.texts(f"+120{line + 1}5550123")
        await site.sql("UPDATE text SET state = 'sending'")
        site.clock.advance(days=31)
        assert [await expire(site, most=2) for _ in range(3)] == [True, True, False]
        assert await site.sql("SELECT DISTINCT state FROM text WHERE kind = 'prompt'") == [("uncertain",)]
        assert await site.sql("SELECT DISTINCT state FROM prompt") == [("expired",)]

    on_site(story)


@pytest.mark.parametrize(
    ("counted", "room"),
    [
        ("[]", 3),
        (f"[[{NOON},2]]", 1),
        (f"[[{NOON},3]]", 0),
        (f"[[{NOON - 1000},3]]", 3),
        (f"[[{NOON + 2000},2]]", 1),  # a process whose clock is ahead
        (f"[[{NOON + 3_600_000},3]]", 3),  # the clock was set back
    ],
)
def test_a_sender_keeps_its_pace_over_all_processes(on_site: Any, counted: str, room: int) -> None:
    async def story(site: Site) -> None:
        for line in range(3):
            await site.submit(f"(20{line + 1}) 555-0123")
            await site.texts(f"+120{line + 1}5550123")
        async with unsent(site):
            await site.sql("UPDATE limit_counter SET hits = ? WHERE key = 'pace:24680'", counted)
            await site.sql("UPDATE text SET state = 'queued'")
            going = await site.house.clerk.record(Dispatch({SENDER: 3}))
        assert len(going.texts) == room
        assert going.full == (frozenset() if room == 3 else {SENDER})

    on_site(story)
