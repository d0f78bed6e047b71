"""What becomes of a text is told once, and the ledger does not grow by it."""

import json
from typing import Any

from tests.conftest import Site
from tests.post.conftest import OnSite
from tests.post.hooks import Addressee, Courier, endpoint, fed
from tests.wire import SHOWN
from yesline.records import Delivery, Erase
from yesline.records.outgoing import Carried
from yesline.rules.signing import number_tag
from yesline.store import outgoing

URL = "https://shop.example/hooks"
Told = list[tuple[str, str]]


async def _sent(site: Site) -> tuple[str, str]:
    """A prompt that its carrier took: its id and the carrier's."""
    await site.submit()
    await site.idle()
    ((text, vendor),) = await site.sql("SELECT id, vendor_id FROM text WHERE kind = 'prompt'")
    return text, vendor


async def _tell(site: Site, text: str, vendor: str, fate: Any, **more: Any) -> None:
    await site.house.clerk.record(Delivery(text, vendor, fate, **more))


async def _messages(site: Site) -> Told:
    """What the feed tells of texts: types, and the texts' ids."""
    await fed(site.house.store, site.clock())
    answer = await outgoing.told_after(site.house.store, 0, 1000)
    return [(one.type, one.about.id) for one in answer if isinstance(one.about, Carried)]


def test_a_text_that_arrived_is_told_once(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = Addressee()
        await endpoint(site.house.store, URL, site.clock(), "message.delivered", "message.failed")
        courier = Courier(site, addressee)
        text, vendor = await _sent(site)
        await courier.deliver()
        assert not addressee.calls
        for _ in range(2):
            await _tell(site, text, vendor, "delivered")
            await courier.deliver()
        ((_, body),) = addressee.calls
        told = json.loads(body)
        assert told["type"] == "message.delivered"
        data = told["data"]
        assert (data["id"], data["phone"], data["group"], data["kind"]) == (text, SHOWN, "promotions", "prompt")
        assert (data["state"], data["sender"], data["vendor_id"]) == ("delivered", "24680", vendor)
        assert data["parts"] > 0
        assert b"Larkspur" not in body
        assert await outgoing.is_fed(site.house.store)

    by_hand(story)


async def _types_after(site: Site, *fates: str) -> list[str]:
    """What is told where receipts say this, one after the other."""
    text, vendor = await _sent(site)
    for fate in fates:
        await _tell(site, text, vendor, fate)
        await fed(site.house.store, site.clock())
    return [kind for kind, name in await _messages(site) if name == text]


def test_receipts_out_of_order(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        assert await _types_after(site, "failed", "delivered", "failed") == ["message.failed", "message.delivered"]

    by_hand(story)


def test_what_a_network_refused_has_failed_and_what_nobody_knows_is_not_told(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        assert await _types_after(site, "unknown", "rejected", "failed") == ["message.failed"]

    by_hand(story)


def test_a_send_that_was_cut_off_is_told_once_it_is_known(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        text, vendor = await _sent(site)
        await site.sql("UPDATE text SET state = 'uncertain' WHERE id = ?", text)
        assert await _messages(site) == []
        await _tell(site, text, vendor, "delivered")
        assert await _messages(site) == [("message.delivered", text)]

    by_hand(story)


def test_the_feed_tells_of_texts_and_the_ledger_of_no_telling(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        text, vendor = await _sent(site)
        await _tell(site, text, vendor, "failed", reason="unreachable")
        before = await site.sql("SELECT count(*) FROM event")
        entries = await fed(site.house.store, site.clock())
        assert [(one.type, one.event_seq, one.text_id) for one in entries if one.text_id] == [
            ("message.failed", 0, text)
        ]
        assert [one.seq for one in entries] == [1, 2, 3]
        assert await site.sql("SELECT count(*) FROM event") == before

    by_hand(story)


def test_an_erasure_leaves_nothing_of_the_number(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = Addressee()
        await endpoint(site.house.store, URL, site.clock())
        text, vendor = await _sent(site)
        await _tell(site, text, vendor, "delivered")
        await fed(site.house.store, site.clock())
        await site.house.clerk.record(Erase(number_tag(site.house.clerk.keys, SHOWN), {"by": "Ada"}))
        await Courier(site, addressee).deliver()
        told = [json.loads(body) for _, body in addressee.calls]
        assert "message.delivered" in [one["type"] for one in told]
        for secret in (SHOWN.encode(), SHOWN[1:].encode(), vendor.encode()):
            assert not any(secret in body for _, body in addressee.calls)

    by_hand(story)
