"""The clerk: acts on one number see each other, a bad act harms no neighbour, and nobody is answered before the commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.conftest import FORM, NOON, Site
from yesline import clerk
from yesline.errors import Conflict, Refusal, Unavailable
from yesline.records import Act, Decision, EnterCode, ProfileChange, Resend, Track
from yesline.rules import acts
from yesline.rules.profiles import external
from yesline.store.base import Batch, Store


def test_fifty_at_once_keep_the_caps_exactly(on_site: Any) -> None:
    async def story(site: Site) -> None:
        bodies = [await site.body() for _ in range(50)]
        answers = await asyncio.gather(*(site.post(f"/forms/{FORM}/submissions", body) for body in bodies))
        assert {answer.status_code for answer in answers} == {202}
        assert len(await site.texts()) == 1
        assert await site.sql("SELECT count(*) FROM submission") == [(50,)]
        assert await site.sql("SELECT count(*) FROM text WHERE state = 'dropped' AND reason = 'capped'") == [(49,)]

    on_site(story)


def test_one_prompt_is_open_however_many_submit(on_site: Any) -> None:
    async def story(site: Site) -> None:
        bodies = [await site.body() for _ in range(20)]
        await asyncio.gather(*(site.post(f"/forms/{FORM}/submissions", body) for body in bodies))
        assert await site.sql("SELECT count(*) FROM prompt WHERE state = 'open'") == [(1,)]
        await site.texts()
        await site.reply("Y")
        states = {await site.state(body["id"]) for body in bodies}
        assert states == {"confirmed"}

    on_site(story)


def test_a_refused_act_harms_no_neighbour(on_site: Any) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        answers: Any = await asyncio.gather(
            site.post(f"/forms/{FORM}/submissions", body),
            site.house.clerk.record(Resend("nobody")),
            return_exceptions=True,
        )
        good, bad = answers
        assert good.status_code == 202
        assert isinstance(bad, Refusal)
        assert bad.code == "submission_not_found"

    on_site(story)


class _Bad(Act, frozen=True):
    """An act whose rule has a bug."""


def test_a_bug_in_one_act_harms_no_neighbour(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = acts.decide

    def decide(known: Any, act: Act, moment: Any) -> Decision:
        if isinstance(act, _Bad):
            raise ZeroDivisionError
        return real(known, act, moment)

    monkeypatch.setattr(acts, "decide", decide)

    async def story(site: Site) -> None:
        bodies = [await site.body(phone=f"(201) 555-01{n:02}") for n in range(3)]
        answers: Any = await asyncio.gather(
            *(site.post(f"/forms/{FORM}/submissions", body) for body in bodies),
            site.house.clerk.record(_Bad()),
            return_exceptions=True,
        )
        *good, bad = answers
        assert [answer.status_code for answer in good] == [202] * 3
        assert isinstance(bad, ZeroDivisionError)

    on_site(story)


@asynccontextmanager
async def _no_room(store: Store) -> AsyncIterator[Batch]:
    """What a store says whose disk is full; ``tests/faults`` fills a real one."""
    del store
    raise Unavailable("database or disk is full")
    yield


def test_acts_that_wait_are_bounded(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clerk, "MOST_WAITING", 3)

    async def story(site: Site) -> None:
        bodies = [await site.body(phone=f"(201) 555-01{n:02}") for n in range(10)]
        answers = await asyncio.gather(*(site.post(f"/forms/{FORM}/submissions", body) for body in bodies))
        told = [answer.status_code for answer in answers]
        assert set(told) == {202, 503}
        again = [await site.post(f"/forms/{FORM}/submissions", body) for body in bodies]
        assert {answer.status_code for answer in again} == {202}
        assert await site.sql("SELECT count(*) FROM submission") == [(10,)]

    on_site(story)


def test_calls_about_many_people_are_answered_one_after_the_other(on_site: Any) -> None:
    """Else they would hold up everything else that this process answers."""

    async def story(site: Site) -> None:
        people = [[ProfileChange(external(f"{call}-{at}")) for at in range(75)] for call in range(6)]
        calls = [asyncio.ensure_future(site.house.clerk.record(Track("api", tuple(some)))) for some in people]
        await calls[0]
        submission = await site.submit()
        assert not calls[-1].done(), "who comes in between waits for no list"
        assert await site.state(submission) == "pending"
        assert all(await asyncio.gather(*calls))
        assert await site.sql("SELECT count(*) FROM profile") == [(450,)]

    on_site(story)


def test_a_batch_is_decided_again_where_another_process_was_first(
    on_site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(site: Site) -> None:
        real = type(site.house.store).batch
        conflicts = iter([True] * 3)

        @asynccontextmanager
        async def batch(store: Any) -> AsyncIterator[Batch]:
            async with real(store) as transaction:
                yield transaction
                if next(conflicts, False):
                    raise Conflict("another process was first")

        monkeypatch.setattr(type(site.house.store), "batch", batch)
        submission = await site.submit()
        assert await site.state(submission) == "pending"
        assert len(await site.texts()) == 1
        assert await site.sql("SELECT count(*) FROM submission") == [(1,)]

    on_site(story)


def test_a_conflict_that_does_not_end_is_told(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clerk, "MOST_ROUNDS", 2)

    @asynccontextmanager
    async def batch(store: Store) -> AsyncIterator[Batch]:
        del store
        raise Conflict("another process was first")
        yield

    async def story(site: Site) -> None:
        with monkeypatch.context() as always:
            always.setattr(type(site.house.store), "batch", batch)
            answer = await site.post(f"/forms/{FORM}/submissions", await site.body())
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "try_again"

    on_site(story)


def test_a_full_disk_is_an_error_and_loses_nothing_acknowledged(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: Site) -> None:
        first = await site.submit()
        await site.texts()
        with monkeypatch.context() as full:
            full.setattr(type(site.house.store), "batch", _no_room)
            body = await site.body(phone="(201) 555-0199")
            answer = await site.post(f"/forms/{FORM}/submissions", body)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.headers["access-control-allow-origin"] == site.origin
        assert answer.json()["error"]["code"] == "try_again"
        assert (await site.post(f"/forms/{FORM}/submissions", body)).status_code == 202
        assert await site.state(first) == "pending"

    on_site(story)


def test_who_goes_away_stays_recorded(on_site: Any) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        asking = asyncio.ensure_future(site.post(f"/forms/{FORM}/submissions", body))
        while not site.house.clerk.busy:  # noqa: ASYNC110  (it looks into another task)
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await site.house.clerk.drain()
        assert await site.sql("SELECT id FROM submission") == [(body["id"],)]

    on_site(story)


def test_the_ledger_has_a_line_for_each_step(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        await site.texts()
        with pytest.raises(Refusal):
            await site.house.clerk.record(EnterCode(submission, "000000", {}))
        await site.reply("Y")
        await site.texts()
        await site.reply("STOP")
        await site.texts()
        rows = await site.sql("SELECT kind, source, before, after, at FROM event ORDER BY seq")
        assert [row[:4] for row in rows] == [
            ("requested", "form", "unknown", "pending"),
            ("texted", "carrier", "pending", "pending"),
            ("confirmed", "reply", "pending", "subscribed"),
            ("texted", "carrier", "subscribed", "subscribed"),
            ("stopped", "keyword", "open", "stopped"),
            ("texted", "carrier", "unsubscribed", "unsubscribed"),
        ]
        assert {row[4] for row in rows} == {NOON}

    on_site(story)
