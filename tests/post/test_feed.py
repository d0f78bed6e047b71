"""The feed: all that is told of the ledger, each once, in an order that nothing comes into later."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Clock, Site
from tests.post.hooks import endpoint, fed
from tests.postgres import Cluster
from tests.store.offices import Office, offices, phone, submit, texted
from yesline import app
from yesline.errors import Unavailable
from yesline.post import feed
from yesline.records import Event, Subject
from yesline.rules import telling
from yesline.store import outgoing
from yesline.store.changes import LEDGER, keys_of


async def _types(site: Site) -> list[str]:
    return [entry.type for entry in await fed(site.house.store, site.clock())]


async def _idle(*_: Any) -> None:
    await asyncio.Event().wait()


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody feeds but the test."""
    monkeypatch.setattr(app, "keep_feeding", _idle)


@pytest.mark.usefixtures("by_hand")
def test_a_yes_and_a_stop_in_the_feed(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        assert await _types(site) == ["submission.created", "subscription.pending"]
        await site.reply("Y")
        await site.reply("STOP")
        entries = await fed(site.house.store, site.clock())
        assert [entry.type for entry in entries[2:]] == [
            "inbound.received",
            "subscription.subscribed",
            "inbound.received",
            "subscription.unsubscribed",
        ]
        assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5, 6]
        await fed(site.house.store, site.clock())
        assert await outgoing.entries(site.house.store, 6, 10) == []

    on_site(story)


@pytest.mark.usefixtures("by_hand")
def test_many_numbers_take_several_rounds(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "_AT_ONCE", 2)

    async def story(site: Site) -> None:
        for area in (201, 202, 203):
            await site.submit(f"({area}) 555-0123")
        entries = await fed(site.house.store, site.clock())
        assert [entry.type for entry in entries] == ["submission.created", "subscription.pending"] * 3
        assert len({entry.subject_id for entry in entries}) == 3

    on_site(story)


@pytest.mark.usefixtures("by_hand")
def test_endpoints_are_told_of_what_they_want_and_of_nothing_before_them(on_site: Any) -> None:
    async def story(site: Site) -> None:
        store = site.house.store
        await site.submit("(201) 555-0123")
        site.clock.advance(seconds=1)
        every = await endpoint(store, "https://shop.example/all", site.clock())
        some = await endpoint(store, "https://shop.example/yes", site.clock(), "subscription.subscribed")
        await site.reply("Y")
        await fed(store, site.clock())
        assert [one.feed_seq for one in await outgoing.deliveries(store, every.id, 9)] == [4, 3]
        assert [one.feed_seq for one in await outgoing.deliveries(store, some.id, 9)] == [4]

    on_site(story)


@pytest.mark.usefixtures("by_hand")
def test_a_round_that_breaks_off_is_made_again_and_nothing_is_told_twice(
    on_site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise Unavailable("the disk is full")

    async def story(site: Site) -> None:
        store, send = site.house.store, outgoing.send
        await site.submit()
        monkeypatch.setattr(outgoing, "send", broken)
        with pytest.raises(Unavailable):
            await feed.feed(store, site.clock())
        assert await outgoing.newest(store.rows) == 0
        monkeypatch.setattr(outgoing, "send", send)
        assert await _types(site) == ["submission.created", "subscription.pending"]

    on_site(story)


def test_the_server_feeds_by_itself_and_goes_on_after_a_fault(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "EVERY", 0.01)
    monkeypatch.setattr(feed, "PACE", 0.0)
    real, faults = telling.told_as, [RuntimeError("a fault of ours")]

    def once(chain: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(chain)

    async def story(site: Site) -> None:
        monkeypatch.setattr(telling, "told_as", once)
        await site.submit()
        for _ in range(500):
            if await outgoing.newest(site.house.store.rows) == 2:
                break
            await asyncio.sleep(0.01)
        assert [one.seq for one in await outgoing.entries(site.house.store, 0, 9)] == [1, 2]
        assert not faults

    on_site(story)


def test_whoever_feeds_is_woken_by_an_event_only() -> None:
    event = Event("s", 1, 1, "noted", "form", "club", "", "", "{}", "", "")
    assert LEDGER in keys_of([event])
    assert not keys_of([Subject("s", None, None, 1)])


# Several processes.


@pytest.fixture
def in_offices(postgres: Cluster, clock: Clock, run: Callable[[Any], Any]) -> Callable[..., None]:
    """Run ``story(offices)`` with two processes on a fresh PostgreSQL."""
    url = postgres.ready("feeding")

    def tell(story: Callable[[list[Office]], Any]) -> None:
        async def whole() -> None:
            async with offices(url, 2, clock) as opened:
                await story(opened)

        run(whole())

    return tell


async def _live(office: Office, name: str) -> None:
    for place in range(12):
        await office.clerk.record(submit(f"{name}-{place}", phone(place)))
        await office.clerk.record(texted(f"{name}-{place}-t", phone(place), "Y" if place % 2 else "STOP"))


async def _feed_until(office: Office, done: asyncio.Event, clock: Clock) -> None:
    while not done.is_set() or not await outgoing.is_fed(office.store):
        await feed.feed(office.store, clock())


async def _follow(office: Office, done: asyncio.Event) -> list[int]:
    """A reader that asks for what is new, again and again, as a back end does."""
    seen: list[int] = []
    while not done.is_set():
        found = await outgoing.entries(office.store, seen[-1] if seen else 0, 7)
        seen += [one.seq for one in found]
        await asyncio.sleep(0)
    return seen + [one.seq for one in await outgoing.entries(office.store, seen[-1] if seen else 0, 10_000)]


def test_no_event_is_missed_by_who_follows_however_many_write_and_feed(
    in_offices: Callable[..., None], clock: Clock
) -> None:
    async def story(opened: list[Office]) -> None:
        one, two = opened
        lived, told = asyncio.Event(), asyncio.Event()
        feeding = [asyncio.create_task(_feed_until(office, lived, clock)) for office in opened]
        following = asyncio.create_task(_follow(one, told))
        await asyncio.gather(_live(one, "a"), _live(two, "b"))
        lived.set()
        await asyncio.gather(*feeding)
        told.set()
        entries = await outgoing.entries(one.store, 0, 10_000)
        assert await following == [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        chains = {subject.id: chain async for subject, chain in one.store.chains("", "~")}
        expected = {
            subject: [(event.seq, kind) for event, kind in telling.told_as(chain)] for subject, chain in chains.items()
        }
        told_of: dict[str, list[tuple[int, str]]] = {subject: [] for subject in expected}
        for entry in entries:
            told_of[entry.subject_id].append((entry.event_seq, entry.type))
        assert told_of == expected

    in_offices(story)
