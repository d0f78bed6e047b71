"""``/v1/subscribers``: found, listed page by page, told with their history, stopped and erased."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Site
from tests.doors.v1.calling import GROUP, OTHER, PHONE, SECRET, get, give_key, id_of, items, post, put_state
from tests.wire import refused
from yesline.settings import Settings

OnSite = Any


async def _crowd(site: Site, count: int, state: str = "subscribed", start: int = 100) -> list[str]:
    phones = [f"+1201555{number:04}" for number in range(start, start + count)]
    for phone in phones:
        assert (await put_state(site, state, phone)).status_code == 200
    return phones


def _phones(people: list[dict[str, Any]]) -> list[str]:
    return sorted(person["phone"] for person in people)


def test_a_subscriber_is_found_by_number_however_it_is_written(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await put_state(site, language="en")
        await put_state(site, phone=OTHER)
        group = {"group": GROUP, "state": "subscribed", "stopped": False, "since": "2027-01-15T08:00:00Z"}
        ann = {
            "id": await id_of(site),
            "phone": PHONE,
            "email": None,
            "created_at": "2027-01-15T08:00:00Z",
            "stopped": False,
            "groups": [group | {"language": "en"}],
        }
        for written in ("%2B12015550123", "+12015550123", "+1 (201) 555-0123", "%2B1%20201-555-0123", "0012015550123"):
            assert (await get(site, f"/v1/subscribers?phone={written}")).json() == {"items": [ann], "next": None}
        assert (await get(site, f"/v1/subscribers/{ann['id']}")).json() == ann
        assert await items(site, "/v1/subscribers?phone=%2B12025550199") == []
        assert await items(site, "/v1/subscribers?email=ann@example.com") == []
        for wrong in ("12015550123", "x", "%2B", "%00"):
            answer = await get(site, f"/v1/subscribers?phone={wrong}")
            refused(answer, 422, "phone_not_a_number", "phone")

    on_site(story)


def test_lists_come_in_pages_and_each_is_in_one(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        subscribed = await _crowd(site, 5)
        gone = await _crowd(site, 4, "unsubscribed", 200)
        for query, phones in (
            ("?limit=2", subscribed + gone),
            (f"?limit=2&group={GROUP}", subscribed + gone),
            (f"?limit=3&group={GROUP}&state=subscribed", subscribed),
            (f"?limit=4&group={GROUP}&state=unsubscribed", gone),
            (f"?group={GROUP}&state=pending", []),
            ("?group=nothing", []),
        ):
            assert _phones(await items(site, f"/v1/subscribers{query}")) == sorted(phones), query
        first = (await get(site, "/v1/subscribers?limit=9")).json()
        assert (len(first["items"]), first["next"]) == (9, None)

    on_site(story)


@pytest.mark.parametrize("scope", ["brand", "group"])
def test_who_said_stop_is_listed(on_site: OnSite, settings: Settings, scope: str) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        stopped = (await _crowd(site, 5))[1:4]
        for phone in stopped:
            await site.reply("STOP", phone)
        for query in ("", f"&group={GROUP}"):
            found = await items(site, f"/v1/subscribers?state=stopped&limit=2{query}")
            assert _phones(found) == stopped
            assert all(person["groups"][0]["stopped"] for person in found)
            assert all(person["stopped"] is (scope == "brand") for person in found)
        await site.reply("START", stopped[0])
        assert _phones(await items(site, "/v1/subscribers?state=stopped")) == stopped[1:]
        elsewhere = await items(site, "/v1/subscribers?state=stopped&group=nothing")
        assert _phones(elsewhere) == (stopped[1:] if scope == "brand" else [])

    on_site(story, replace(settings, stop_scope=scope))


WRONG_QUERIES = [
    ("fone=1", "fone"),
    ("limit=0", "limit"),
    ("state=subscribed&state=pending", "state"),
    ("state=null", "state"),
    ("limit=1001", "limit"),
    ("limit=x", "limit"),
    ("state=active", "state"),
    ("state=subscribed", "group"),
    ("phone=", "phone"),
    ("email=ann", "email"),
    ("phone=%2B12015550123&email=a@b.c", None),
    ("phone=%2B12015550123&group=promotions", None),
    ("after=x", "after"),
    ("after=%C3%A9", "after"),
    ("after=WzFd", "after"),
    ("after=WyJcdTAwMDAiXQ", "after"),
]


def test_a_query_that_cannot_be_is_refused(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        for query, field in WRONG_QUERIES:
            refused(await get(site, f"/v1/subscribers?{query}"), 400, "bad_request", field)

    on_site(story)


def test_the_history_tells_all_oldest_first(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await site.submit()
        await site.reply("Y")
        await site.reply("STOP")
        await site.idle()
        path = f"/v1/subscribers/{await id_of(site)}/history"
        events = await items(site, path)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        steps = [(e["kind"], e["source"], e["before"], e["after"]) for e in events if e["kind"] != "texted"]
        assert steps == [
            ("requested", "form", "unknown", "pending"),
            ("confirmed", "reply", "pending", "subscribed"),
            ("stopped", "keyword", "open", "stopped"),
        ]
        assert events[0]["facts"]["phone"] == PHONE
        assert await items(site, f"{path}?limit=1") == events

    on_site(story)


def test_a_stop_by_the_back_end_is_one(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await put_state(site)
        one = await id_of(site)
        answer = await post(site, f"/v1/subscribers/{one}/stop", {"by": "Ada"})
        assert answer.json() == {"id": one, "already": False}
        assert (await post(site, f"/v1/subscribers/{one}/stop")).json() == {"id": one, "already": True}
        assert (await get(site, f"/v1/subscribers/{one}")).json()["stopped"] is True
        event = (await items(site, f"/v1/subscribers/{one}/history"))[1]
        assert (event["kind"], event["source"], event["facts"]["by"]) == ("stopped", "staff", "Ada")
        await site.reply("Y")
        refused(await put_state(site), 409, "stopped")

    on_site(story)


def test_erasing_leaves_digests_and_a_stop(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await put_state(site)
        await site.reply("STOP")
        await site.idle()
        one = await id_of(site)
        assert (await post(site, f"/v1/subscribers/{one}/erase")).json() == {"id": one, "already": False}
        assert (await post(site, f"/v1/subscribers/{one}/erase")).json() == {"id": one, "already": True}
        refused(await get(site, f"/v1/subscribers/{one}"), 404, "subscriber_not_found")
        refused(await post(site, f"/v1/subscribers/{one}/stop"), 404, "subscriber_not_found")
        for query in ("", "?phone=%2B12015550123", f"?group={GROUP}", "?state=stopped"):
            assert await items(site, f"/v1/subscribers{query}") == []
        history = await items(site, f"/v1/subscribers/{one}/history")
        assert history[-1]["kind"] == "erased"
        assert {event["facts"] is None for event in history[:-1]} == {True}
        assert PHONE[1:] not in str(history[:-1])
        refused(await put_state(site), 409, "stopped")

    on_site(story)


def test_what_the_caller_has_is_not_sent_again(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await put_state(site)
        first = await get(site, "/v1/subscribers")
        tag = first.headers["etag"]
        assert tag.startswith('W/"')
        assert first.headers["cache-control"] == "private, no-cache"
        for said in (tag, tag.removeprefix("W/"), f'"x", {tag}'):
            again = await get(site, "/v1/subscribers", **{"if-none-match": said})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        await put_state(site, "unsubscribed")
        changed = await get(site, "/v1/subscribers", **{"if-none-match": tag})
        assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)

    on_site(story)


def test_an_unknown_id_is_told(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        once = {"authorization": f"Bearer {SECRET}", "idempotency-key": "a"}
        for unknown in ("nothing", "%00", "A" * 3000, "%C3%A9"):
            path = f"/v1/subscribers/{unknown}"
            refused(await get(site, path), 404, "subscriber_not_found")
            refused(await get(site, f"{path}/history"), 404, "subscriber_not_found")
            refused(await post(site, f"{path}/stop"), 404, "subscriber_not_found")
            refused(await site.http.post(f"{path}/erase", headers=once), 404, "subscriber_not_found")

    on_site(story)
