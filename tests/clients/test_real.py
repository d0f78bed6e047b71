"""The async client against a real server in this process: what comes back is what happened."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from tests.conftest import FORM, ON_SQLITE, Site
from tests.doors.v1.calling import GROUP, OTHER, PHONE, SECRET, give_key
from yesline_client import AsyncYesline, Conflict, Invalid, NotAllowed, NotFound

pytestmark = ON_SQLITE
OnSite = Callable[..., None]


def client_of(site: Site, key: str = SECRET) -> AsyncYesline:
    return AsyncYesline(site.origin, key, http=site.http)


def test_somebody_comes_stands_and_goes(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        yesline = client_of(site)
        asked = await yesline.subscriptions.set(group=GROUP, state="subscribed", phone=PHONE, ask=True)
        assert (asked["state"], asked["stopped"]) == ("pending", False)
        await site.reply("Y")
        await yesline.subscriptions.set(group=GROUP, state="subscribed", phone=OTHER)
        known = [one async for one in yesline.subscribers.list(limit=1)]
        assert {one["phone"] for one in known} == {PHONE, OTHER}
        (first,) = [one async for one in yesline.subscribers.list(phone=PHONE)]
        assert first["groups"][0]["state"] == "subscribed"
        assert first == await yesline.subscribers.get(first["id"])
        kinds = [line["kind"] async for line in yesline.subscribers.history(first["id"], limit=1)]
        assert [kind for kind in kinds if kind != "texted"] == ["requested", "confirmed"]
        assert await yesline.subscribers.stop(first["id"], by="Ada") == {"id": first["id"], "already": False}
        with pytest.raises(Conflict, match="stopped"):
            await yesline.subscriptions.set(group=GROUP, state="subscribed", phone=PHONE)
        assert not (await yesline.subscribers.erase(first["id"]))["already"]
        with pytest.raises(NotFound) as raised:
            await yesline.subscribers.get(first["id"])
        assert raised.value.code == "subscriber_not_found"

    on_site(story)


def test_what_is_wrong_is_told(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site, "catalogue subscriptions")
        yesline = client_of(site)
        assert [one["id"] async for one in yesline.forms.list()] == [FORM]
        with pytest.raises(Invalid) as raised:
            await yesline.subscriptions.set(group=GROUP, state="subscribed", phone="2015550123")
        assert (raised.value.code, raised.value.field) == ("phone_not_a_number", "phone")
        with pytest.raises(NotAllowed, match="subscribers"):
            await yesline.subscribers.get("x")
        with pytest.raises(NotAllowed) as unknown:
            await client_of(site, "yl_other").forms.list().page()
        assert unknown.value.status == 401

    on_site(story)


class _Losing(httpx2.AsyncBaseTransport):
    """Brings the first call to the server, and loses its answer."""

    def __init__(self, under: httpx2.AsyncBaseTransport) -> None:
        self.under = under
        self.lost = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self.under.handle_async_request(request)
        if not self.lost:
            self.lost += 1
            raise httpx2.ReadError("lost")
        return answer


def test_an_answer_that_was_lost_is_had_again_and_the_call_done_once(
    on_site: OnSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: float) -> None: ...

    monkeypatch.setattr("yesline_client.async_callers.sleep", at_once)

    async def story(site: Site) -> None:
        await give_key(site)
        transport = _Losing(httpx2.ASGITransport(site.app))
        async with AsyncYesline(site.origin, SECRET, http=httpx2.AsyncClient(transport=transport)) as yesline:
            made = await yesline.keys.create(name="till", scopes=["review"])
            assert transport.lost == 1
            assert [one["name"] async for one in yesline.keys.list()].count("till") == 1
            assert made["secret"].startswith("yl_")

    on_site(story)


def test_a_file_is_taken_and_handed_back(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        yesline = client_of(site)
        await yesline.subscriptions.set(group=GROUP, state="subscribed", phone=PHONE)
        whole = b"".join([part async for part in yesline.exports.subscribers(group=GROUP, format="csv")])
        assert PHONE.encode() in whole
        job = await yesline.imports.create(
            whole, content_type="text/csv", group=GROUP, source="till", date="2026-11-22", dry_run=True
        )
        while job["state"] in ("waiting", "running"):
            await asyncio.sleep(0.01)
            job = await yesline.imports.get(job["id"])
        assert (job["state"], job["rows"], job["accepted"] + job["refused"]) == ("done", 1, 1)

    on_site(story)
