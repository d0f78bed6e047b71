"""What phones texted while nobody listened is known before anything is sent: asking carriers for what they kept."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.conftest import NOON, SENDER, Clock, Site
from tests.texting import BACKUP, Tell, say, state
from tests.wire import SHOWN
from yesline.carriers.base import Carrier, Inbound, Outgoing
from yesline.doors import inbound
from yesline.errors import CarrierError, ConfigError, TextRefused, Unavailable
from yesline.post import catchup
from yesline.post.catchup import FARTHEST, OVERLAP, CatchUp
from yesline.records import CaughtUp
from yesline.rules.abuse import DAY, MINUTE
from yesline.store.changes import Changes


class Keeping:
    """A carrier that keeps texts, and may be out of reach. ``asked`` are the times since which it was asked, ``sent`` the senders it sent for."""

    def __init__(self, name: str, *, lists: bool = True) -> None:
        self.name = name
        self.lists = lists
        self.kept: list[Inbound] = []
        self.trouble: Exception | None = None
        self.asked: list[int] = []
        self.sent: list[str] = []

    async def missed(self, since: int) -> list[Inbound]:
        self.asked.append(since)
        if self.trouble:
            raise self.trouble
        return [text for text in self.kept if text.at >= since]

    async def send(self, text: Outgoing) -> str:
        if self.trouble:
            raise TextRefused("out of reach", "carrier_down", permanent=False)
        self.sent.append(text.sender)
        return f"sent {text.reference}"

    async def close(self) -> None:
        """Nothing to let go of."""


class Shelf:
    """Where cursors are kept."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.kept: dict[str, int] = {}
        self.heard: list[str] = []
        self.trouble: Exception | None = None

    async def rows(self, query: str, *params: Any) -> list[Sequence[Any]]:
        assert (query, params) == ("cursors", ())
        return list(self.kept.items())

    async def record(self, act: Any) -> None:
        assert isinstance(act, CaughtUp)
        self.kept[act.carrier] = act.at

    async def receive(self, carrier: Carrier, texts: Sequence[Inbound]) -> None:
        if self.trouble:
            raise self.trouble
        self.heard += [f"{carrier.name}: {text.body}" for text in texts]


def _text(body: str, at: int, name: str = "one") -> Inbound:
    return Inbound(name, SHOWN, "24680", body, at)


def _catchup(shelf: Shelf, clock: Clock, *carriers: Keeping) -> CatchUp:
    named: Any = {carrier.name: carrier for carrier in carriers}
    store: Any = shelf  # as much of a store as it asks for
    return CatchUp(shelf.record, store, named, shelf.receive, clock)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Carriers that do not answer are asked again soon."""
    monkeypatch.setattr(catchup, "AGAIN", 0.01)


async def _until(true: Callable[[], object]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


async def _caught_up(site: Site) -> None:
    for _ in range(500):
        if await site.sql("SELECT 1 FROM carrier_cursor WHERE carrier = 'console'"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the carrier was not asked")


def test_each_time_is_asked_for_what_came_since_the_last_and_a_little_before(
    shelf: Shelf, clock: Clock, run: Any
) -> None:
    twilio = Keeping("twilio")
    catch = _catchup(shelf, clock, twilio)

    async def story() -> None:
        assert not catch.ready("twilio"), "nothing goes out before it was asked"
        await catch.ask("twilio")
        assert catch.ready("twilio")
        assert shelf.kept == {"twilio": NOON}
        clock.advance(seconds=300)
        twilio.kept = [_text("STOP", NOON + 1000), _text("long ago", NOON - DAY)]
        await catch.ask("twilio")
        assert shelf.heard == ["twilio: STOP"]
        clock.advance(days=30)
        await catch.ask("twilio")

    run(story())
    assert twilio.asked == [NOON - OVERLAP, NOON - OVERLAP, clock() - FARTHEST]


def test_the_cursor_stays_where_it_was_until_all_is_recorded(shelf: Shelf, clock: Clock, run: Any) -> None:
    twilio = Keeping("twilio")
    catch = _catchup(shelf, clock, twilio)

    async def story() -> None:
        await catch.ask("twilio")
        twilio.kept = [_text("STOP", NOON + 1000)]
        for trouble in (Unavailable("the database is away"), ValueError("what is this")):
            shelf.trouble = trouble
            clock.advance(seconds=300)
            await catch.ask("twilio")
            assert not catch.ready("twilio")
            assert shelf.kept == {"twilio": NOON}
        shelf.trouble = None
        await catch.ask("twilio")

    run(story())
    assert catch.ready("twilio")
    assert shelf.heard == ["twilio: STOP"]
    assert shelf.kept == {"twilio": NOON + 10 * MINUTE}
    assert set(twilio.asked) == {NOON - OVERLAP}


def test_a_carrier_out_of_reach_holds_its_own_senders_only(shelf: Shelf, clock: Clock, run: Any) -> None:
    twilio, bird, vonage = Keeping("twilio"), Keeping("bird"), Keeping("vonage", lists=False)
    twilio.trouble = CarrierError("out of order", "carrier_down")
    catch = _catchup(shelf, clock, twilio, bird, vonage)

    async def story() -> None:
        assert [catch.ready(name) for name in ("twilio", "bird", "vonage", "nobody")] == [False, False, True, False]
        task = asyncio.create_task(catch.run())
        await _until(lambda: len(twilio.asked) > 3)
        assert [catch.ready(name) for name in ("twilio", "bird", "vonage")] == [False, True, True]
        assert [catch.away(name) for name in ("twilio", "bird", "vonage", "nobody")] == [True, False, False, True]
        assert len(bird.asked) == 1, "who answers is asked every few minutes"
        twilio.trouble = None
        await _until(lambda: catch.ready("twilio"))
        assert not catch.away("twilio")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(story())
    assert vonage.asked == []


def test_others_are_asked_in_their_time_while_one_is_out_of_reach(
    shelf: Shelf, clock: Clock, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catchup, "EVERY", 0.02)
    twilio, bird = Keeping("twilio"), Keeping("bird")
    twilio.trouble = CarrierError("out of order", "carrier_down")
    catch = _catchup(shelf, clock, twilio, bird)

    async def story() -> None:
        task = asyncio.create_task(catch.run())
        await _until(lambda: len(bird.asked) > 3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(story())


def test_a_call_that_fails_asks_at_once_and_holds_the_senders(shelf: Shelf, clock: Clock, run: Any) -> None:
    twilio, vonage = Keeping("twilio"), Keeping("vonage", lists=False)
    catch = _catchup(shelf, clock, twilio, vonage)

    async def story() -> None:
        task = asyncio.create_task(catch.run())
        await _until(lambda: catch.ready("twilio"))
        catch.lost("vonage")
        catch.lost("nobody")
        assert catch.ready("vonage"), "which keeps nothing that could be asked for"
        catch.lost("twilio")
        assert not catch.ready("twilio")
        assert not catch.away("twilio"), "one call is no outage"
        await _until(lambda: catch.ready("twilio"))
        assert len(twilio.asked) == 2
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(story())


def test_it_ends_with_the_server(shelf: Shelf, clock: Clock, run: Any) -> None:
    twilio, bird = Keeping("twilio"), Keeping("bird")
    twilio.trouble = CarrierError("out of order", "carrier_down")
    catch = _catchup(shelf, clock, twilio, bird)

    async def story() -> None:
        task = asyncio.create_task(catch.run())
        await _until(lambda: catch.ready("bird"))
        shelf.changes.close()
        catch.lost("bird")  # a send that was on its way when the server was told to end
        await asyncio.wait_for(task, 5)

    run(story())


def test_it_may_be_ended_while_it_waits(shelf: Shelf, clock: Clock, run: Any) -> None:
    catch = _catchup(shelf, clock, Keeping("twilio"))

    async def story() -> None:
        task = asyncio.create_task(catch.run())
        await _until(lambda: catch.ready("twilio"))
        catch.lost("twilio")
        task.cancel()  # in the same moment
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)

    run(story())


def test_where_no_carrier_keeps_texts_there_is_nothing_to_ask(shelf: Shelf, clock: Clock, run: Any) -> None:
    catch = _catchup(shelf, clock, Keeping("vonage", lists=False))
    run(catch.run())
    assert catch.ready("vonage")


def test_what_was_heard_already_has_no_effect_again(on_site: Any) -> None:
    """A text that a webhook told, and the catch-up tells again however often."""

    async def story(site: Site) -> None:
        rooms = site.house
        await say(site, "JOIN")
        await site.texts()
        stop = Inbound("m1", SHOWN, "24680", "STOP", site.clock() + 1)
        twilio = Keeping("console")
        twilio.kept = [stop]

        async def receive(carrier: Carrier, texts: Sequence[Inbound]) -> None:
            await inbound.record(rooms, carrier, texts)

        catch = CatchUp(rooms.clerk.record, rooms.store, {"console": twilio}, receive, site.clock)  # type: ignore[dict-item]
        await inbound.record(rooms, twilio, [stop])  # type: ignore[arg-type]
        await say(site, "START", at=site.clock() + 5000)
        for _ in range(3):
            await catch.ask("console")
        assert await state(site) == "pending", "the START came after it"
        assert await site.sql("SELECT count(*) FROM event WHERE kind = 'stopped'") == [(1,)]
        assert await site.sql("SELECT carrier, caught_up_at FROM carrier_cursor") == [("console", site.clock())]

    on_site(story)


def test_one_text_that_cannot_be_placed_keeps_no_other_back(on_site: Any) -> None:
    async def story(site: Site) -> None:
        kept = [Inbound("a", SHOWN, "99999", "STOP", NOON), Inbound("b", "nobody", "24680", "STOP", NOON)]
        kept.append(Inbound("c", SHOWN, "24680", "STOP", NOON))
        await inbound.record(site.house, Keeping("twilio"), kept)  # type: ignore[arg-type]
        assert await site.sql("SELECT body FROM text WHERE kind = 'inbound'") == [("STOP",)]

    on_site(story)


def test_while_a_carrier_stays_away_its_backup_sends(on_project: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own senders may not send before it has told what phones texted."""
    first, other = Keeping("console"), Keeping("other")
    first.trouble = CarrierError("out of order", "carrier_down")
    monkeypatch.setattr("yesline.app.make_carriers", lambda *_: {"console": first, "other": other})

    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await site.idle()
        assert (first.sent, other.sent) == ([], [BACKUP])
        assert await site.sql("SELECT sender FROM prompt") == [(BACKUP,)]
        first.trouble = None
        await _caught_up(site)
        await say(site, "HELP")
        await site.idle()
        assert first.sent == [SENDER], "which is back"

    on_project(story, more=f'[backup]\naddress = "{BACKUP}"\ncarrier = "other"', sandbox=False)


def test_a_send_that_does_not_reach_the_carrier_asks_it_what_was_missed(
    on_project: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Keeping("console")
    monkeypatch.setattr("yesline.app.make_carriers", lambda *_: {"console": first})

    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await site.idle()
        asked = len(first.asked)
        first.trouble = CarrierError("out of order", "carrier_down")
        await say(site, "HELP")
        await _until(lambda: len(first.asked) > asked)
        first.kept = [Inbound("missed", SHOWN, SENDER, "STOP", site.clock() + 1)]
        site.clock.advance(seconds=60)
        first.trouble = None
        await _until(lambda: len(first.sent) > 1)
        await site.idle()
        assert await state(site) == "unsubscribed"
        assert await site.sql("SELECT kind, state FROM text WHERE kind <> 'inbound' ORDER BY created_at") == [
            ("prompt", "sent"),
            ("help", "dropped"),
            ("stop", "sent"),
        ]

    on_project(story, sandbox=False)


def test_words_that_cannot_be_written_are_a_failure_not_a_doubt(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_words(*_: Any) -> str:
        raise ConfigError("it has no category 'opening' any more")

    async def story(site: Site) -> None:
        monkeypatch.setattr("yesline.post.outbox.texts.render", no_words)
        await say(site, "HELP")
        assert await site.texts() == []
        assert await site.sql("SELECT state, reason FROM text WHERE kind = 'help'") == [("failed", "content")]

    on_site(story)
