"""``/v1/webhooks`` and ``/v1/events``: endpoints are added, watched and told again; the feed is read from where one was."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.conftest import Site
from tests.post.hooks import deliveries, endpoint, fed, forwarder
from tests.wire import refused
from yesline.doors.keyring import digest
from yesline.doors.v1 import webhooks
from yesline.post.webhooks import Webhooks
from yesline.records import ApiKey
from yesline.rules.abuse import DAY
from yesline.store import outgoing, pruning
from yesline.store.keys import save

URL = "https://shop.example/hooks"


class Shop:
    """A back end with a key of both scopes, and a server whose deliveries stand still."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def get(self, path: str) -> httpx2.Response:
        return await self.site.http.get(f"/v1/{path}")

    async def post(self, path: str, **body: Any) -> httpx2.Response:
        return await self.site.http.post(f"/v1/{path}", json=body or None)

    async def add(self, *types: str) -> dict[str, Any]:
        answer = await self.post("webhooks", url=URL, types=types)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


async def _key(site: Site, scopes: str) -> None:
    await save(site.house.store, ApiKey(scopes, "the shop", digest(scopes), scopes, site.clock()))
    site.http.headers["authorization"] = f"Bearer {scopes}"


@pytest.fixture
def in_shop(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run ``story(shop)``."""

    async def none(_: Webhooks) -> None:
        return None

    monkeypatch.setattr(Webhooks, "run", none)

    def tell(story: Callable[[Shop], Any]) -> None:
        async def whole(site: Site) -> None:
            await _key(site, "webhooks events")
            await story(Shop(site))

        on_site(whole)

    return tell


def test_an_endpoint_and_its_secret_which_is_shown_once(in_shop: Any) -> None:
    async def story(shop: Shop) -> None:
        made = await shop.add("subscription.subscribed", "submission.created")
        assert made["secret"].startswith("whsec_")
        assert made["types"] == ["submission.created", "subscription.subscribed"]
        every = await shop.add()
        listed = (await shop.get("webhooks")).json()["items"]
        assert {one["id"]: one["types"] for one in listed} == {made["id"]: made["types"], every["id"]: []}
        assert "secret" not in listed[0]
        fresh = (await shop.post(f"webhooks/{made['id']}/rotate")).json()
        assert fresh["secret"] not in (made["secret"], every["secret"])
        kept = await outgoing.endpoint(shop.site.house.store, made["id"])
        assert kept
        assert (kept.secret, kept.old_secret) == (fresh["secret"], made["secret"])
        assert kept.old_until == shop.site.clock() + 86_400_000

    in_shop(story)


@pytest.mark.parametrize("kind", ["braze", "segment"])
def test_another_systems_key_is_never_shown(in_shop: Any, kind: str) -> None:
    groups = {"promotions": "theirs"} if kind == "braze" else {}

    async def story(shop: Shop) -> None:
        body = {"url": "https://rest.example", "kind": kind, "key": "a-key", "groups": groups}
        answer = await shop.post("webhooks", **body)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert (made["kind"], made["groups"], made["secret"]) == (kind, groups, None)
        refused(await shop.post(f"webhooks/{made['id']}/rotate"), 400, "bad_request", "key")
        await shop.post(f"webhooks/{made['id']}/disable")
        fresh = await shop.post(f"webhooks/{made['id']}/rotate", key="b-key")
        assert (fresh.json()["secret"], fresh.json()["state"]) == (None, "enabled")
        listed = await shop.get("webhooks")
        for text in (answer.text, fresh.text, listed.text):
            assert "a-key" not in text
            assert "b-key" not in text
        kept = await outgoing.endpoint(shop.site.house.store, made["id"])
        assert kept
        assert (kept.secret, kept.old_secret) == ("b-key", "")

    in_shop(story)


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"url": "/tmp/x", "kind": "file"}, 400, "bad_request", None),
        ({"url": "https://10.0.0.1", "kind": "braze", "key": "k"}, 422, "url_refused", "url"),
        ({"url": "https://rest.example?x=1", "kind": "braze", "key": "k"}, 422, "url_refused", "url"),
        ({"url": "https://rest.example", "kind": "braze"}, 400, "bad_request", "key"),
        ({"url": "https://rest.example", "kind": "braze", "key": "a\nb"}, 400, "bad_request", None),
        ({"url": URL, "key": "k"}, 400, "bad_request", "key"),
        ({"url": URL, "groups": {"promotions": "x"}}, 400, "bad_request", "groups"),
        ({"url": URL, "kind": "braze", "key": "k", "groups": {"nobody": "x"}}, 404, "group_not_found", "groups"),
    ],
)
def test_what_cannot_be_told(in_shop: Any, body: dict[str, Any], status: int, code: str, field: str | None) -> None:
    async def story(shop: Shop) -> None:
        refused(await shop.post("webhooks", **body), status, code, field)
        assert (await shop.get("webhooks")).json() == {"items": []}

    in_shop(story)


def test_files_are_shown_and_have_no_key(in_shop: Any) -> None:
    async def story(shop: Shop) -> None:
        made = await forwarder(shop.site.house.store, "file", "/var/events", shop.site.clock())
        (shown,) = (await shop.get("webhooks")).json()["items"]
        assert (shown["kind"], shown["url"]) == ("file", "/var/events")
        refused(await shop.post(f"webhooks/{made.id}/rotate", key="k"), 400, "bad_request")

    in_shop(story)


def test_an_endpoint_is_disabled_and_enabled(in_shop: Any) -> None:
    async def story(shop: Shop) -> None:
        made = await shop.add()
        first = (await shop.post(f"webhooks/{made['id']}/disable")).json()
        assert (first["state"], first["reason"]) == ("disabled", "by the shop")
        assert (await shop.post(f"webhooks/{made['id']}/disable")).json() == first
        await shop.site.submit()
        await fed(shop.site.house.store, shop.site.clock())
        assert (await shop.get(f"webhooks/{made['id']}/deliveries")).json() == {"items": []}
        again = (await shop.post(f"webhooks/{made['id']}/enable")).json()
        assert (again["state"], again["reason"]) == ("enabled", "")

    in_shop(story)


def test_deliveries_and_their_replay(in_shop: Any) -> None:
    async def story(shop: Shop) -> None:
        store, now = shop.site.house.store, shop.site.clock()
        await shop.site.submit()
        await fed(store, now)
        made = await shop.add()
        path = f"webhooks/{made['id']}"
        shop.site.clock.advance(seconds=1)
        assert (await shop.post(f"{path}/replay", since=0)).json() == {"replayed": 2, "next": None}
        newest, oldest = (await shop.get(f"{path}/deliveries")).json()["items"]
        assert (oldest["event"], oldest["state"], oldest["tries"], oldest["tried_at"]) == (1, "waiting", 0, None)
        assert newest["event"] == 2
        await shop.site.sql("UPDATE webhook_delivery SET state = 'delivered', tries = 3, told_at = 1")
        done = (await shop.get(f"{path}/deliveries")).json()["items"][1]
        assert (done["state"], done["tried_at"], done["due_at"]) == ("delivered", "1970-01-01T00:00:00.001Z", None)
        assert (await shop.post(f"{path}/replay", delivery=oldest["id"])).json() == {"replayed": 1, "next": None}
        assert [one["state"] for one in (await shop.get(f"{path}/deliveries")).json()["items"]] == [
            "delivered",
            "waiting",
        ]
        assert (await shop.post(f"{path}/replay", since=1)).json() == {"replayed": 1, "next": None}
        after = (await shop.get(f"{path}/deliveries")).json()["items"]
        assert [(one["id"], one["state"], one["tries"]) for one in after] == [
            (newest["id"], "waiting", 0),
            (oldest["id"], "waiting", 0),
        ]
        assert (await shop.post(f"{path}/replay", since=2)).json() == {"replayed": 0, "next": None}

    in_shop(story)


def test_a_long_replay_goes_in_parts_and_only_what_is_wanted(in_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "AT_ONCE", 3)

    async def story(shop: Shop) -> None:
        for area in (201, 202):
            await shop.site.submit(f"({area}) 555-0123")
        await fed(shop.site.house.store, shop.site.clock())
        made = await endpoint(shop.site.house.store, URL, shop.site.clock() + 1, "submission.created")
        path = f"webhooks/{made.id}/replay"
        assert (await shop.post(path, since=0)).json() == {"replayed": 2, "next": 3}
        assert (await shop.post(path, since=3)).json() == {"replayed": 0, "next": None}
        assert [one.feed_seq for one in await deliveries(shop.site, made)] == [1, 3]

    in_shop(story)


def test_what_is_refused(in_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_ENDPOINTS", 1)

    async def story(shop: Shop) -> None:
        for url in ("https://10.0.0.1/", "https://shop.example/#x", "file:///etc/passwd"):
            refused(await shop.post("webhooks", url=url), 422, "url_refused", "url")
        refused(await shop.post("webhooks", url=URL, types=["nothing.happened"]), 400, "bad_request")
        made = await shop.add()
        refused(await shop.post("webhooks", url=URL), 409, "webhook_limit")
        path = f"webhooks/{made['id']}/replay"
        refused(await shop.post(path, delivery="nothing"), 404, "delivery_not_found", "delivery")
        refused(await shop.post(path, delivery="a\0b"), 404, "delivery_not_found", "delivery")
        refused(await shop.post(path, delivery="x", since=1), 400, "bad_request")
        for step, body in (("rotate", {}), ("enable", {}), ("disable", {}), ("replay", {"since": 0})):
            refused(await shop.post(f"webhooks/nothing/{step}", **body), 404, "webhook_not_found")
            refused(await shop.post(f"webhooks/{made['id']}/{step}", now=True), 400, "bad_request")
        refused(await shop.get("webhooks/%00/deliveries"), 404, "webhook_not_found")

    in_shop(story)


def test_scopes(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _key(site, "events")
        refused(await Shop(site).get("webhooks"), 403, "key_scope")
        assert (await Shop(site).get("events")).status_code == 200
        await _key(site, "webhooks")
        refused(await Shop(site).get("events"), 403, "key_scope")

    on_site(story)


def test_the_feed_is_read_from_where_one_was(in_shop: Any) -> None:
    async def story(shop: Shop) -> None:
        assert (await shop.get("events")).json() == {"events": [], "next": 0}
        await shop.site.submit()
        await shop.site.reply("Y")
        await fed(shop.site.house.store, shop.site.clock())
        first = (await shop.get("events?limit=3")).json()
        assert [one["seq"] for one in first["events"]] == [1, 2, 3]
        rest = (await shop.get(f"events?after={first['next']}")).json()
        (last,) = rest["events"]
        assert (last["seq"], last["type"], rest["next"]) == (4, "subscription.subscribed", 4)
        assert last["timestamp"] == "2027-01-15T08:00:00.000Z"
        assert (last["data"]["phone"], last["data"]["group"], last["data"]["state"]) == (
            "+12015550123",
            "promotions",
            "subscribed",
        )
        assert (await shop.get("events?after=4")).json() == {"events": [], "next": 4}

    in_shop(story)


def test_a_place_that_the_feed_has_not_come_to_is_told(in_shop: Any) -> None:
    """An older backup was restored: who reads on would miss what happens until the feed is there again."""

    async def story(shop: Shop) -> None:
        await shop.site.submit()
        await fed(shop.site.house.store, shop.site.clock())
        told = refused(await shop.get("events?after=3"), 409, "cursor_ahead", "after")
        assert "ends at 2" in told["error"]["message"]

    in_shop(story)


def test_a_place_that_the_feed_has_forgotten_is_told(in_shop: Any) -> None:
    async def story(shop: Shop) -> None:
        store, clock = shop.site.house.store, shop.site.clock
        to = await shop.add()
        await shop.site.submit()
        await fed(store, clock())
        clock.advance(days=100)
        await shop.site.reply("STOP")
        await fed(store, clock())
        await pruning.prune(store, clock(), pruning.Kept(90 * DAY, 30 * DAY, 90 * DAY))
        assert (await shop.get("events?after=1")).status_code == 200, "the endpoint has not been told yet"
        await shop.post(f"webhooks/{to['id']}/disable")
        await pruning.prune(store, clock(), pruning.Kept(90 * DAY, 30 * DAY, 90 * DAY))
        told = refused(await shop.get("events?after=1"), 410, "cursor_gone", "after")
        assert "begins at 3: go on from 2" in told["error"]["message"]
        assert (await shop.get("events?after=2")).json()["events"][0]["seq"] == 3
        assert (await shop.get("events")).json()["events"][0]["seq"] == 3
        refused(await shop.post(f"webhooks/{to['id']}/replay", since=1), 410, "cursor_gone", "since")

    in_shop(story)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-1", f"after={2**53}", "form=x"])
def test_a_wrong_question(in_shop: Any, query: str) -> None:
    async def story(shop: Shop) -> None:
        answer = await shop.get(f"events?{query}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")

    in_shop(story)
