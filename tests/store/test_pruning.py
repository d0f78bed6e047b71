"""What grows is removed when it is old: never what somebody has not been told, and never what the ledger's events rest on."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Site
from tests.doors.v1.calling import give_key, imported
from tests.post.hooks import deliveries, endpoint, fed
from yesline.app import _kept
from yesline.records.outgoing import Endpoint
from yesline.rules.abuse import DAY
from yesline.settings import Settings
from yesline.store import outgoing, pruning
from yesline.store.base import Store

OnSite = Callable[..., None]
KEPT = _kept(Settings())


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own housekeeping, feed and deliveries stand still."""

    async def nothing(*_: Any) -> None:
        return

    for name in ("keep_house", "keep_feeding", "Webhooks.run"):
        monkeypatch.setattr(f"yesline.app.{name}", nothing)


async def _prune(site: Site) -> None:
    while await pruning.prune(site.house.store, site.clock(), KEPT):
        continue


async def _seqs(store: Store) -> list[int]:
    return [one.seq for one in await outgoing.entries(store, 0, 1000)]


async def _happen(site: Site, *areas: int) -> None:
    for area in areas:
        await site.submit(f"({area}) 555-0123")
    await site.idle()
    await fed(site.house.store, site.clock())


async def _deliver(site: Site, to: Endpoint) -> None:
    await site.sql(
        "UPDATE webhook_delivery SET state = 'delivered', told_at = ? WHERE endpoint_id = ?", site.clock(), to.id
    )


def test_the_feed_begins_where_it_is_young_and_goes_on_by_its_numbers(
    on_site: OnSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 2)

    async def story(site: Site) -> None:
        store = site.house.store
        await _happen(site, 201, 202)
        site.clock.advance(days=50)
        await _happen(site, 203)
        old, all_ = await _seqs(store), await _seqs(store)
        site.clock.advance(days=41)
        await _prune(site)
        young = await _seqs(store)
        assert young == [seq for seq in all_ if seq in young]
        assert 0 < len(young) < len(old)
        assert [await pruning.missing(store.rows, after) for after in (0, 1, young[0] - 1, young[0])] == [
            0,
            young[0],
            0,
            0,
        ]
        site.clock.advance(days=500)
        await _prune(site)
        assert await _seqs(store) == [all_[-1]], "numbers go on from it"
        await _happen(site, 205)
        assert min(set(await _seqs(store)) - {all_[-1]}) == all_[-1] + 1

    on_site(story)


def test_what_an_endpoint_has_not_got_is_kept_for_it(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        store = site.house.store
        to = await endpoint(store, "https://shop.example/hooks", site.clock())
        await _happen(site, 201, 202)
        before = await _seqs(store)
        site.clock.advance(days=100)
        await _prune(site)
        assert await _seqs(store) == before
        assert [one.state for one in await deliveries(site, to)] == ["waiting"] * len(before)
        await site.sql("UPDATE webhook_endpoint SET state = 'disabled'")
        await _prune(site)
        assert await _seqs(store) == before[-1:], "nobody in use waits for it"
        assert len(await deliveries(site, to)) == 1, "nor can it be delivered any more"

    on_site(story)


def test_how_events_were_delivered_is_kept_for_a_while(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        to = await endpoint(site.house.store, "https://shop.example/hooks", site.clock())
        await _happen(site, 201)
        told = len(await deliveries(site, to))
        await _deliver(site, to)
        site.clock.advance(days=20)
        await _happen(site, 202)
        site.clock.advance(seconds=11 * DAY / 1000)
        await _prune(site)
        assert {one.state for one in await deliveries(site, to)} == {"waiting"}, "what waits stays, what is told went"
        assert told

    on_site(story)


def test_of_an_import_that_took_somebody_the_row_stays(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        people = "phone,source\n+12015550123,shop\nnobody,shop\n"
        done = await imported(site, people)
        await imported(site, people, dry_run="true")
        await imported(site, "phone\nnobody\n")
        site.clock.advance(days=89)
        await _prune(site)
        assert await site.sql("SELECT count(*) FROM import_job") == [(3,)]
        site.clock.advance(days=2)
        await _prune(site)
        assert await site.sql("SELECT id, digest, refusals FROM import_job") == [(done["id"], done["sha256"], 0)]

    on_site(story)
