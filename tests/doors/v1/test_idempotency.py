"""``Idempotency-Key``: a call sent again has one effect and one answer, and nothing that is kept of it can be read."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Clock, Site, running
from tests.doors.v1.calling import GROUP, PHONE, SECRET, give_key, id_of, post, put_state
from tests.wire import dump, refused
from yesline.errors import Unavailable
from yesline.settings import Settings
from yesline.store import idempotency

OnSite = Any
KEY = {"name": "till", "scopes": ["review"]}
ASK = {"group": GROUP, "state": "subscribed", "phone": PHONE, "ask": True}


async def _calls(site: Site) -> list[tuple[Any, ...]]:
    return await site.sql("SELECT * FROM idempotency")


async def _keys(site: Site) -> int:
    ((count,),) = await site.sql("SELECT count(*) FROM api_key")
    return int(count) - 1  # but the one that calls


def test_twenty_twins_have_one_effect(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        answers = await asyncio.gather(*(post(site, "/v1/keys", KEY, once="a") for _ in range(20)))
        made = [answer for answer in answers if answer.status_code == 201]
        assert len({answer.text for answer in made}) == 1
        for answer in answers:
            if answer.status_code != 201:
                refused(answer, 409, "idempotency_in_flight")
                assert answer.headers["retry-after"] == "2"
        assert sum("idempotent-replayed" not in answer.headers for answer in made) == 1
        assert await _keys(site) == 1

    on_site(story)


def test_the_same_again_is_answered_as_the_first(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        first = await post(site, "/v1/subscriptions", ASK, once="order 1")
        assert first.status_code == 200, first.text
        assert "idempotent-replayed" not in first.headers
        await site.reply("Y")
        before = await dump(site)
        again = await post(site, "/v1/subscriptions", ASK, once="order 1")
        assert (again.status_code, again.content) == (200, first.content)
        assert again.json()["state"] == "pending"
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["content-type"] == "application/json"
        assert await dump(site) == before

    on_site(story)


def test_another_call_under_the_same_key_is_refused(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await put_state(site)
        await put_state(site, phone="+12025550123")
        one, other = await id_of(site), await id_of(site, "+12025550123")
        assert (await post(site, f"/v1/subscribers/{one}/stop", {}, once="k")).status_code == 200
        refused(await post(site, f"/v1/subscribers/{one}/stop", {"by": "Ada"}, once="k"), 422, "idempotency_mismatch")
        refused(await post(site, f"/v1/subscribers/{other}/stop", {}, once="k"), 422, "idempotency_mismatch")
        assert (await post(site, "/v1/keys", KEY, once="k")).status_code == 201

    on_site(story)


def test_keys_of_two_callers_have_nothing_to_do_with_each_other(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await give_key(site, secret="yl_other")
        first = await post(site, "/v1/keys", KEY, once="a")
        other = await post(site, "/v1/keys", KEY | {"name": "desk"}, once="a", secret="yl_other")
        assert (first.status_code, other.status_code) == (201, 201)

    on_site(story)


def test_what_was_refused_may_be_put_right_under_its_key(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        refused(await post(site, "/v1/keys", {"name": "till"}, once="a"), 400, "bad_request")
        answer = await site.http.post(
            "/v1/keys", content=b"{}", headers={"authorization": f"Bearer {SECRET}", "idempotency-key": "a"}
        )
        refused(answer, 415, "content_type")
        assert await _calls(site) == []
        assert (await post(site, "/v1/keys", KEY, once="a")).status_code == 201

    on_site(story)


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_1_to_255_characters(on_site: OnSite, key: str) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        refused(await post(site, "/v1/keys", KEY, once=key), 400, "bad_request")
        assert (await post(site, "/v1/keys", KEY, once="k" * 255)).status_code == 201
        assert await _keys(site) == 1

    on_site(story)


def test_a_body_that_is_too_large_is_refused_with_a_key_too(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        refused(await post(site, "/v1/keys", {"name": "x" * 70_000}, once="a"), 413, "body_too_large")

    on_site(story)


def test_nothing_that_is_kept_can_be_read_without_the_secret(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        made = (await post(site, "/v1/keys", KEY, once=f"for {PHONE}")).json()
        await post(site, "/v1/subscriptions", ASK, once=PHONE)
        kept = repr(await _calls(site))
        assert kept.count("/v1/") == 2
        for told in (made["secret"], made["id"], PHONE, PHONE[1:], "pending", "till"):
            assert told not in kept

    on_site(story)


def test_a_fault_of_ours_is_kept_but_not_that_the_database_was_away(
    on_site: OnSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        fault: list[Exception] = [Unavailable("away"), ValueError("a bug")]

        async def fail(*_: object) -> None:
            raise fault.pop(0)

        with monkeypatch.context() as broken:
            broken.setattr("yesline.doors.v1.keys.save", fail)
            refused(await post(site, "/v1/keys", KEY, once="a"), 503, "try_again")
            refused(await post(site, "/v1/keys", KEY, once="a"), 500, "internal")
        again = await post(site, "/v1/keys", KEY, once="a")
        refused(again, 500, "internal")
        assert again.headers["idempotent-replayed"] == "true"
        assert await _keys(site) == 0

    on_site(story)


def test_an_answer_is_kept_for_a_day(settings: Settings, clock: Clock, run: Any) -> None:
    async def story() -> None:
        async with running(settings, clock) as site:
            await give_key(site)
            first = await post(site, "/v1/keys", KEY, once="a")
            clock.advance(seconds=86_400)
            assert (await post(site, "/v1/keys", KEY, once="a")).text == first.text
            clock.advance(seconds=1)
            assert (await post(site, "/v1/keys", KEY, once="a")).text != first.text

    run(story())


def test_housekeeping_forgets_what_is_old(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await post(site, "/v1/keys", KEY, once="old")
        site.clock.advance(seconds=60)
        await post(site, "/v1/keys", KEY, once="new")
        await idempotency.forget(site.house.store, site.clock() + idempotency.KEPT_MS)
        assert len(await _calls(site)) == 1
        refused(await post(site, "/v1/keys", KEY | {"name": "x"}, once="new"), 422, "idempotency_mismatch")

    on_site(story)


def test_a_call_whose_process_died_may_be_sent_again(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await post(site, "/v1/keys", KEY, once="a")
        await site.sql("UPDATE idempotency SET status = 0, body = ''")
        refused(await post(site, "/v1/keys", KEY, once="a"), 409, "idempotency_in_flight")
        site.clock.advance(seconds=61)
        assert (await post(site, "/v1/keys", KEY, once="a")).status_code == 201

    on_site(story)


def test_who_comes_back_after_he_was_given_up_changes_nothing(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        store, place = site.house.store, idempotency.Place("k", "/v1/keys", "a")
        first = site.clock()
        second = first + idempotency.LOST_MS + 1
        assert await idempotency.claim(store, place, "d", first) is None
        assert await idempotency.claim(store, place, "d", second) is None
        await idempotency.keep(store, place, first, 201, "late")
        await idempotency.release(store, place, first)
        kept = await idempotency.claim(store, place, "d", second)
        assert kept == idempotency.Kept("d", 0, "")

    on_site(story)


def test_reading_takes_no_key(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        headers = {"authorization": f"Bearer {SECRET}", "idempotency-key": "a"}
        assert (await site.http.get("/v1/keys", headers=headers)).status_code == 200
        assert await _calls(site) == []

    on_site(story)
