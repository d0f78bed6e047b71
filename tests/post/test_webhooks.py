"""Endpoints are told what happens: signed, at least once, in order, again when they fail; and no private network is ever called."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook

from tests.carriers.network import Reply
from tests.carriers.recorder import Recorder
from tests.conftest import Clock, Site
from tests.post.hooks import (
    PUBLIC,
    Addressee,
    Courier,
    Names,
    called,
    deliveries,
    endpoint,
    fed,
    genuine,
    saying,
    state,
)
from yesline.errors import Unavailable
from yesline.post import forwarding, guarded, webhooks
from yesline.post.guarded import Guarded
from yesline.post.webhooks import Webhooks
from yesline.rules import telling
from yesline.rules.abuse import HOUR, MINUTE
from yesline.store import outgoing

URL = "https://shop.example/hooks"
OnSite = Callable[[Callable[[Site], Any]], None]
RUN = Webhooks.run


def _types(addressee: Addressee) -> list[str]:
    return [json.loads(body)["type"] for _, body in addressee.calls]


# What an endpoint gets.


def test_an_endpoint_is_told_what_happens_while_the_server_runs(on_site: OnSite, clock: Clock) -> None:
    clock.now = int(datetime.now(UTC).timestamp() * 1000)

    async def story(site: Site) -> None:
        with Recorder(lambda _: Reply(200, "x" * 100_000)) as recorder:
            to = await endpoint(site.house.store, f"{recorder.url}/hooks?shop=1", site.clock())
            await site.submit()
            await site.reply("Y")
            calls = await called(recorder.wait_for, 4)
            for call in calls:
                Webhook(to.secret).verify(call.body, call.headers)
                assert call.target == "/hooks?shop=1"
                assert call.headers["host"] == recorder.url.removeprefix("http://")
                assert call.headers["content-type"] == "application/json"
            assert [json.loads(call.body)["type"] for call in calls] == [
                "submission.created",
                "subscription.pending",
                "inbound.received",
                "subscription.subscribed",
            ]
            for _ in range(500):
                if all(one.state == "delivered" for one in await deliveries(site, to)):
                    break
                await asyncio.sleep(0.01)
            assert [(one.state, one.status) for one in await deliveries(site, to)] == [("delivered", 200)] * 4

    on_site(story)


def test_old_and_new_secret_sign_for_a_day(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = Addressee()
        courier = Courier(site, addressee)
        now = site.clock()
        to = await endpoint(site.house.store, URL, now)
        fresh = telling.new_secret()
        await outgoing.keep(
            site.house.store, replace(to, secret=fresh, old_secret=to.secret, old_until=now + telling.OVERLAP)
        )
        await site.submit()
        await courier.deliver()
        request, body = addressee.calls[-1]
        assert genuine(request.headers, body, to.secret)
        assert genuine(request.headers, body, fresh)
        site.clock.advance(days=1)
        await site.submit("(202) 555-0123")
        await courier.deliver()
        request, body = addressee.calls[-1]
        assert not genuine(request.headers, body, to.secret)
        assert genuine(request.headers, body, fresh)

    by_hand(story)


def test_nothing_of_browser_address_or_page_leaves(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = Addressee()
        await endpoint(site.house.store, URL, site.clock())
        body = await site.body(page=f"{site.origin}/shop?secret-page")
        await site.http.post(
            "/forms/spring-harvest/submissions", json=body, headers={"origin": site.origin, "user-agent": "a-browser"}
        )
        await Courier(site, addressee).deliver()
        sent = b"".join(content for _, content in addressee.calls)
        assert b"+12015550123" in sent
        for secret in (b"secret-page", b"a-browser", b"127.0.0.1"):
            assert secret not in sent

    by_hand(story)


def test_what_was_erased_meanwhile_is_not_told(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = Addressee()
        await endpoint(site.house.store, URL, site.clock())
        await site.submit()
        await site.sql("UPDATE subject SET phone = NULL")
        await site.sql("DELETE FROM event_facts")
        await Courier(site, addressee).deliver()
        data = [json.loads(body)["data"] for _, body in addressee.calls]
        assert [(one["phone"], one["submission"], one["state"]) for one in data] == [(None, None, "pending")] * 2

    by_hand(story)


# Failures.


def test_what_fails_is_tried_again_at_its_times_and_then_given_up(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = saying(500)
        courier = Courier(site, addressee)
        to = await endpoint(site.house.store, URL, site.clock(), "submission.created")
        await site.submit()
        await courier.deliver()
        for tries, wait in enumerate(telling.WAITS, 1):
            assert len(addressee.calls) == tries
            (one,) = await deliveries(site, to)
            assert (one.state, one.tries, one.status, one.reason) == ("waiting", tries, 500, "it answered 500")
            site.clock.advance(seconds=wait / 1000 - 0.001)
            await courier.deliver()
            assert len(addressee.calls) == tries
            site.clock.advance(seconds=0.001)
            await courier.deliver()
        assert len(addressee.calls) == 10
        assert [one.state for one in await deliveries(site, to)] == ["failed"]
        assert await state(site, to) == ("disabled", "no success in 10 tries: it answered 500")
        ids = {request.headers["webhook-id"] for request, _ in addressee.calls}
        stamps = [int(request.headers["webhook-timestamp"]) for request, _ in addressee.calls]
        assert len(ids) == 1
        assert stamps == sorted(set(stamps))
        assert all(genuine(request.headers, body, to.secret) for request, body in addressee.calls)

    by_hand(story)


def test_who_is_gone_is_not_called_again(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = saying(410)
        courier = Courier(site, addressee)
        to = await endpoint(site.house.store, URL, site.clock())
        await site.submit()
        await courier.deliver()
        site.clock.advance(days=3)
        await site.submit("(202) 555-0123")
        await courier.deliver()
        assert len(addressee.calls) == 1
        assert [one.state for one in await deliveries(site, to)] == ["failed", "waiting"]
        assert await state(site, to) == ("disabled", "it answered 410: gone")

    by_hand(story)


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_wait_is_left_alone_so_long(by_hand: OnSite, status: int) -> None:
    async def story(site: Site) -> None:
        moment = format_datetime(datetime.fromtimestamp(site.clock() / 1000, UTC) + timedelta(hours=1), usegmt=True)
        addressee = saying(status, 204, retry_after=moment)
        courier = Courier(site, addressee)
        to = await endpoint(site.house.store, URL, site.clock(), "submission.created")
        await site.submit()
        await courier.deliver()
        (one,) = await deliveries(site, to)
        assert one.due_at - site.clock() == HOUR
        site.clock.advance(seconds=3600)
        await courier.deliver()
        assert [(one.state, one.tries) for one in await deliveries(site, to)] == [("delivered", 2)]

    by_hand(story)


def _broken(error: Exception) -> Addressee:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise error

    return Addressee(answer)


@pytest.mark.parametrize(
    ("addressee", "why"),
    [
        (saying(302, location="https://shop.example/else"), "it answered 302"),
        (saying(199), "it answered 199"),
        (_broken(httpx2.ReadTimeout("slow")), "it did not answer in time"),
        (_broken(TimeoutError()), "it did not answer in time"),
        (_broken(httpx2.ConnectError("refused")), "it could not be reached: refused"),
        (_broken(httpx2.RemoteProtocolError("garbage")), "it could not be reached: garbage"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_only_a_2xx_is_a_success(by_hand: OnSite, addressee: Addressee, why: str) -> None:
    async def story(site: Site) -> None:
        courier = Courier(site, addressee)
        to = await endpoint(site.house.store, URL, site.clock(), "submission.created")
        await site.submit()
        await courier.deliver()
        assert [(one.state, one.reason) for one in await deliveries(site, to)] == [("waiting", why)]
        assert {str(request.url) for request, _ in addressee.calls} == {f"https://{PUBLIC}/hooks"}

    by_hand(story)


def test_who_never_answers_is_given_up_on(by_hand: OnSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "PATIENCE", 0.02)

    class Silent(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await asyncio.Event().wait()
            return httpx2.Response(204, request=request)

    async def story(site: Site) -> None:
        courier = Courier(site, Silent())
        to = await endpoint(site.house.store, URL, site.clock(), "submission.created")
        await site.submit()
        await courier.deliver()
        assert [one.reason for one in await deliveries(site, to)] == ["it did not answer in time"]

    by_hand(story)


def test_an_event_that_is_gone_harms_nobody(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = Addressee()
        courier = Courier(site, addressee)
        to = await endpoint(site.house.store, URL, site.clock(), "submission.created")
        await site.submit()
        await fed(site.house.store, site.clock())
        await site.sql("DELETE FROM feed")
        await courier.deliver()
        assert [one.reason for one in await deliveries(site, to)] == ["the event is gone"]
        assert not addressee.calls

    by_hand(story)


@pytest.mark.parametrize("fault", [Unavailable("the database is away"), RuntimeError("a fault of ours")])
def test_a_result_that_cannot_be_kept_is_delivered_again_under_its_id(
    by_hand: OnSite, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    async def away(*_: Any) -> None:
        raise fault

    async def story(site: Site) -> None:
        addressee = Addressee()
        courier = Courier(site, addressee)
        to = await endpoint(site.house.store, URL, site.clock(), "submission.created")
        await site.submit()
        with monkeypatch.context() as patched:
            patched.setattr(outgoing, "settle", away)
            await courier.deliver()
        site.clock.advance(seconds=61)
        await courier.deliver()
        assert [one.state for one in await deliveries(site, to)] == ["delivered"]
        assert len(addressee.calls) == 2
        assert len({request.headers["webhook-id"] for request, _ in addressee.calls}) == 1

    by_hand(story)


def test_a_try_that_was_overtaken_changes_nothing(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        store = site.house.store
        to = await endpoint(store, URL, site.clock(), "submission.created")
        await site.submit()
        await fed(store, site.clock())
        (slow,) = await outgoing.lease(store, to, site.clock(), site.clock() + MINUTE, 8)
        assert not await outgoing.lease(store, to, site.clock(), site.clock() + MINUTE, 8)
        site.clock.advance(seconds=61)
        (quick,) = await outgoing.lease(store, to, site.clock(), site.clock() + MINUTE, 8)
        await outgoing.settle(store, replace(quick, state="delivered", status=200), "", site.clock())
        await outgoing.settle(store, replace(slow, state="failed", status=500), "", site.clock())
        assert [(one.state, one.status) for one in await deliveries(site, to)] == [("delivered", 200)]

    by_hand(story)


# Order, and several processes.


def test_what_is_of_one_number_comes_in_its_order_and_others_do_not_wait(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        def answer(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(500 if b"+12015550123" in request.content else 204)

        addressee = Addressee(answer)
        courier = Courier(site, addressee)
        to = await endpoint(site.house.store, URL, site.clock())
        await site.submit("(201) 555-0123")
        await site.reply("Y")
        site.clock.advance(seconds=1)
        await site.submit("(202) 555-0123")
        await courier.deliver()
        tries: dict[str, list[tuple[str, int]]] = {}
        for one in await deliveries(site, to):
            tries.setdefault(one.subject_id, []).append((one.state, one.tries))
        failing = [("waiting", 1), *[("waiting", 0)] * 3]
        assert sorted(tries.values()) == [[("delivered", 1)] * 2, failing]
        addressee.answer = lambda _: httpx2.Response(204)
        site.clock.advance(seconds=5)
        addressee.calls.clear()
        await courier.deliver()
        assert _types(addressee) == [
            "submission.created",
            "subscription.pending",
            "inbound.received",
            "subscription.subscribed",
        ]

    by_hand(story)


def test_two_workers_deliver_each_once(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = Addressee()
        await endpoint(site.house.store, URL, site.clock())
        for area in range(201, 210):
            site.clock.advance(seconds=1)
            await site.submit(f"({area}) 555-0123")
        await fed(site.house.store, site.clock())
        await asyncio.gather(*(Courier(site, addressee).deliver() for _ in range(3)))
        ids = [request.headers["webhook-id"] for request, _ in addressee.calls]
        assert len(ids) == len(set(ids)) == 18

    by_hand(story)


def test_one_that_hangs_does_not_keep_another_endpoint_waiting(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        hanging = asyncio.Event()

        class Slow(httpx2.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
                if request.url.path == "/slow":
                    await hanging.wait()
                return httpx2.Response(204)

        courier = Courier(site, Slow())
        slow = await endpoint(site.house.store, "https://shop.example/slow", site.clock())
        quick = await endpoint(site.house.store, "https://shop.example/quick", site.clock())
        for area in (201, 202, 203, 205, 206, 207, 208, 209, 210, 212):
            site.clock.advance(seconds=1)
            await site.submit(f"({area}) 555-0123")
        await fed(site.house.store, site.clock())
        for _ in range(500):
            await courier.work.round()
            await asyncio.sleep(0.002)
            if all(one.state == "delivered" for one in await deliveries(site, quick)):
                break
        assert all(one.state == "delivered" for one in await deliveries(site, quick))
        assert sum(one.tries for one in await deliveries(site, slow)) == webhooks._ROOM
        hanging.set()
        await courier.work.rest()
        await courier.deliver()
        assert all(one.state == "delivered" for one in await deliveries(site, slow))

    by_hand(story)


# Addresses that are never called (``security-compliance`` E 38).


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "inside.example", "both.example"],  # noqa: S104
)
def test_no_private_address_is_connected_to(by_hand: OnSite, host: str) -> None:
    async def story(site: Site) -> None:
        names = Names(inside_example=[("127.0.0.1",)], both_example=[(PUBLIC, "169.254.169.254")])
        addressee = Addressee()
        courier = Courier(site, addressee, names)
        to = await endpoint(site.house.store, f"https://{host}/hooks", site.clock(), "submission.created")
        await site.submit()
        await courier.deliver()
        assert not addressee.calls
        (one,) = await deliveries(site, to)
        assert one.reason.endswith("leads into a private network")
        assert one.state == "waiting"

    by_hand(story)


def test_a_real_server_on_this_machine_hears_nothing(run: Callable[[Any], Any]) -> None:
    """With the real transport and the system's own names below the guard."""

    async def story() -> None:
        async with guarded.client(sandbox=False) as client:
            for url in (recorder.url, f"https://127.0.0.1:{port}", f"https://localhost:{port}"):
                with pytest.raises(guarded.Barred):
                    await client.post(url)

    with Recorder(lambda _: Reply(200)) as recorder:
        port = recorder.url.rpartition(":")[2]
        run(story())
        assert not recorder.requests


def test_a_name_that_leads_elsewhere_the_second_time(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        names = Names(shop_example=[(PUBLIC,), ("127.0.0.1",)])
        addressee = Addressee()
        courier = Courier(site, addressee, names)
        to = await endpoint(site.house.store, URL, site.clock())
        await site.submit()
        await courier.deliver()
        ((request, _),) = addressee.calls
        assert request.url.host == PUBLIC, "what was checked is what is connected to"
        assert request.headers["host"] == "shop.example"
        assert request.extensions["sni_hostname"] == "shop.example"
        assert names.asked == ["shop.example"] * 2, "one look-up a call"
        assert [one.reason for one in await deliveries(site, to)] == [
            "",
            "not called: shop.example leads into a private network",
        ]

    by_hand(story)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(by_hand: OnSite, status: int) -> None:
    async def story(site: Site) -> None:
        addressee = saying(status, location="http://169.254.169.254/latest/meta-data")
        courier = Courier(site, addressee)
        await endpoint(site.house.store, URL, site.clock(), "submission.created")
        await site.submit()
        await courier.deliver()
        assert len(addressee.calls) == 1

    by_hand(story)


def _ask(transport: Guarded, url: str) -> Any:
    async def work() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=transport) as client:
            return await client.post(url, content=b"{}")

    return work()


def test_the_next_address_takes_over_from_one_that_is_out_of_reach(run: Callable[[Any], Any]) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.host == PUBLIC:
            raise httpx2.ConnectTimeout("away")
        return httpx2.Response(204)

    addressee = Addressee(answer)
    guard = Guarded(addressee, sandbox=False, find=Names(shop_example=[(PUBLIC, "2606:2800:220:1:248:1893:25c8:1946")]))
    assert run(_ask(guard, URL)).status_code == 204
    assert [request.url.host for request, _ in addressee.calls] == [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"]


@pytest.mark.parametrize("answer", [[()], None])
def test_a_name_that_leads_nowhere(run: Callable[[Any], Any], answer: Any) -> None:
    async def missing(host: str, port: int) -> tuple[str, ...]:
        raise OSError(f"no such name: {host}:{port}")

    guard = Guarded(Addressee(), sandbox=False, find=Names(shop_example=answer) if answer else missing)
    with pytest.raises(httpx2.ConnectError):
        run(_ask(guard, URL))


def test_the_systems_own_names(run: Callable[[Any], Any]) -> None:
    assert set(run(guarded.look_up("localhost", 80))) <= {"127.0.0.1", "::1"}


# The worker.


def test_the_worker_goes_on_after_a_fault_and_lets_what_has_begun_end(
    by_hand: OnSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_IDLE", 0.01)

    async def story(site: Site) -> None:
        store = site.house.store
        begun, ended = asyncio.Event(), asyncio.Event()

        class Slow(httpx2.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
                begun.set()
                await asyncio.sleep(0.05)
                ended.set()
                return httpx2.Response(204, request=request)

        faults, due = [RuntimeError("a fault of ours")], outgoing.due

        async def once(*given: Any) -> Any:
            if faults:
                raise faults.pop()
            return await due(*given)

        monkeypatch.setattr(outgoing, "due", once)
        to = await endpoint(store, URL, site.clock(), "submission.created")
        courier = Courier(site, Slow())
        working = asyncio.create_task(RUN(courier.work))
        await site.submit()
        await fed(store, site.clock())
        await begun.wait()
        store.changes.close()
        await working
        assert ended.is_set()
        assert not faults
        assert [one.state for one in await deliveries(site, to)] == ["delivered"]

    by_hand(story)
