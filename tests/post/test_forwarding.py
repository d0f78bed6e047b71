"""Other systems are told what happens: a Braze, whoever takes Segment's calls, and files."""

import asyncio
import base64
import csv
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Site, running
from tests.post.conftest import OnSite
from tests.post.hooks import PUBLIC, Addressee, Courier, Names, deliveries, forwarder, saying, state
from tests.wire import SHOWN
from yesline.doors.keyring import SCOPES, digest
from yesline.doors.v1 import webhooks as doors
from yesline.post import forwarding_file
from yesline.records import ApiKey, Erase
from yesline.rules.signing import number_tag
from yesline.settings import load
from yesline.store import outgoing
from yesline.store.keys import save

BASE = "https://rest.example"
GROUP = "promotions"
NAMES = {"rest_example": [(PUBLIC,)]}


def _courier(site: Site, below: httpx2.AsyncBaseTransport) -> Courier:
    return Courier(site, below, Names(**NAMES))


def _bodies(addressee: Addressee) -> list[Any]:
    return [json.loads(body) for _, body in addressee.calls]


# Braze.


@asynccontextmanager
async def _braze(site: Site, folder: Path) -> AsyncIterator[tuple[Site, Courier]]:
    """Another Yesline, which the first takes for a Braze."""
    settings = load(None, {}, data=str(folder / "braze"), sandbox=True)
    async with running(settings, site.clock) as other:
        await save(other.house.store, ApiKey("k", "first", digest("a-key"), " ".join(SCOPES), site.clock()))
        yield other, _courier(site, httpx2.ASGITransport(other.app))


async def _status(other: Site) -> str:
    query = f"/subscription/status/get?subscription_group_id={GROUP}&phone=%2B{SHOWN[1:]}"
    answer = await other.http.get(query, headers={"authorization": "Bearer a-key"})
    return str(answer.json()["status"][SHOWN])


def test_one_yesline_forwards_to_another_as_to_a_braze(by_hand: OnSite, tmp_path: Path) -> None:
    async def story(site: Site) -> None:
        async with _braze(site, tmp_path) as (other, courier):
            to = await forwarder(site.house.store, "braze", BASE, site.clock(), groups={GROUP: GROUP})
            await site.submit()
            await courier.deliver()
            assert await other.sql("SELECT count(*) FROM profile") == [(0,)]
            await site.reply("Y")
            await courier.deliver()
            assert await _status(other) == "Subscribed"
            assert await other.sql("SELECT name FROM profile_event") == [("subscription.subscribed",)]
            site.clock.advance(seconds=5)
            await site.reply("STOP")
            await courier.deliver()
            assert await _status(other) == "Unsubscribed"
            assert {(one.state, one.status) for one in await deliveries(site, to)} == {("delivered", 201)}

    by_hand(story)


def test_a_person_keeps_the_name_that_the_shop_gave(by_hand: OnSite, tmp_path: Path) -> None:
    async def story(site: Site) -> None:
        await _known_as(site, {"external_id": "u1", "phone": SHOWN})
        async with _braze(site, tmp_path) as (other, courier):
            await forwarder(site.house.store, "braze", BASE, site.clock(), groups={GROUP: GROUP})
            await site.submit()
            await site.reply("Y")
            await courier.deliver()
            assert await other.sql("SELECT external_id, phone FROM profile") == [("u1", SHOWN)]
            assert await _status(other) == "Subscribed"

    by_hand(story)


def test_an_alias_is_a_name_too(by_hand: OnSite, tmp_path: Path) -> None:
    async def story(site: Site) -> None:
        alias = {"alias_label": "shop", "alias_name": "ann"}
        await _known_as(site, {"user_alias": alias, "phone": SHOWN, "_update_existing_only": False})
        async with _braze(site, tmp_path) as (other, courier):
            await forwarder(site.house.store, "braze", BASE, site.clock(), groups={GROUP: GROUP})
            await site.submit()
            await site.reply("Y")
            await courier.deliver()
            assert await other.sql("SELECT label, name FROM profile_alias") == [("shop", "ann")]
            assert await other.sql("SELECT external_id, phone FROM profile") == [(None, SHOWN)]

    by_hand(story)


async def _known_as(site: Site, attributes: dict[str, Any]) -> None:
    """The shop tells of a person."""
    await save(site.house.store, ApiKey("k", "the shop", digest("shop"), " ".join(SCOPES), site.clock()))
    answer = await site.http.post(
        "/users/track", json={"attributes": [attributes]}, headers={"authorization": "Bearer shop"}
    )
    assert answer.status_code == 201, answer.text


def test_who_was_erased_is_not_made_anew(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = saying(201)
        to = await forwarder(site.house.store, "braze", BASE, site.clock(), groups={GROUP: GROUP})
        await site.submit()
        await site.reply("Y")
        await site.house.clerk.record(Erase(number_tag(site.house.clerk.keys, SHOWN), {"by": "Ada"}))
        await _courier(site, addressee).deliver()
        assert not addressee.calls
        assert {(one.state, one.reason) for one in await deliveries(site, to)} == {
            ("delivered", "erased: nothing was sent")
        }

    by_hand(story)


def test_a_refused_key_waits_for_another(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        store, addressee = site.house.store, saying(401, 201)
        to = await forwarder(store, "braze", f"{BASE}/", site.clock(), "subscription.pending")
        courier = _courier(site, addressee)
        await site.submit()
        await courier.deliver()
        assert await state(site, to) == ("disabled", "it answered 401: the key is refused")
        kept = await outgoing.endpoint(store, to.id)
        assert kept
        await doors.renew(store, kept, "another-key", site.clock())
        site.clock.advance(seconds=61)
        await courier.deliver()
        assert [one.state for one in await deliveries(site, to)] == ["delivered"]
        assert await state(site, to) == ("enabled", "")
        assert [request.headers["authorization"] for request, _ in addressee.calls] == [
            "Bearer a-key",
            "Bearer another-key",
        ]
        assert {request.url.path for request, _ in addressee.calls} == {"/users/track"}

    by_hand(story)


def test_what_is_refused_keeps_nothing_back(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = saying(400, 201)
        to = await forwarder(site.house.store, "braze", BASE, site.clock())
        await site.submit()
        await _courier(site, addressee).deliver()
        assert [(one.state, one.reason) for one in await deliveries(site, to)] == [
            ("failed", "it answered 400"),
            ("delivered", ""),
        ]
        assert await state(site, to) == ("enabled", "")

    by_hand(story)


def test_a_limit_is_waited_for(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = saying(429, 201, x_ratelimit_reset=str(site.clock() // 1000 + 90))
        to = await forwarder(site.house.store, "braze", BASE, site.clock(), "submission.created")
        courier = _courier(site, addressee)
        await site.submit()
        for waited in (0, 89):
            site.clock.advance(seconds=waited)
            await courier.deliver()
            assert len(addressee.calls) == 1
        site.clock.advance(seconds=1)
        await courier.deliver()
        assert [(one.state, one.tries) for one in await deliveries(site, to)] == [("delivered", 2)]

    by_hand(story)


# Segment.


def test_segment_is_told_of_people_and_events(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = saying(200)
        to = await forwarder(site.house.store, "segment", BASE, site.clock(), "subscription.subscribed")
        await site.submit()
        await site.reply("Y")
        await _courier(site, addressee).deliver()
        (one,) = await deliveries(site, to)
        assert [request.url.path for request, _ in addressee.calls] == ["/v1/identify", "/v1/track"]
        identify, track = _bodies(addressee)
        assert identify["traits"] == {"phone": SHOWN, f"consent_{GROUP}": "subscribed"}
        assert (track["event"], track["messageId"]) == ("subscription.subscribed", one.id)
        assert identify["anonymousId"] == track["anonymousId"] == one.subject_id
        for request, _ in addressee.calls:
            kind, _, key = request.headers["authorization"].partition(" ")
            assert (kind, base64.b64decode(key)) == ("Basic", b"a-key:")

    by_hand(story)


def test_both_calls_are_made_again_where_one_failed(by_hand: OnSite) -> None:
    async def story(site: Site) -> None:
        addressee = saying(500, 200, 503, 200)
        to = await forwarder(site.house.store, "segment", BASE, site.clock(), "subscription.subscribed")
        courier = _courier(site, addressee)
        await site.submit()
        await site.reply("Y")
        for _ in range(3):
            await courier.deliver()
            site.clock.advance(seconds=301)
        ids = [body["messageId"] for body in _bodies(addressee)]
        (one,) = await deliveries(site, to)
        assert (one.state, one.tries) == ("delivered", 3)
        assert ids == [f"{one.id}-identify", f"{one.id}-identify", one.id, f"{one.id}-identify", one.id]

    by_hand(story)


# Files.


def test_a_file_has_a_line_for_each_event(by_hand: OnSite, tmp_path: Path) -> None:
    async def story(site: Site) -> None:
        plain = await forwarder(site.house.store, "file", str(tmp_path), site.clock())
        await forwarder(site.house.store, "file", str(tmp_path), site.clock(), "subscription.subscribed", csv=True)
        courier = _courier(site, Addressee())
        await site.submit()
        await courier.deliver()
        site.clock.advance(days=1)
        await site.reply("Y")
        await courier.deliver()
        first, second = (tmp_path / f"events-2027-01-{day}.ndjson" for day in (15, 16))
        assert [json.loads(line)["type"] for line in first.read_text().splitlines()] == [
            "submission.created",
            "subscription.pending",
        ]
        assert len(second.read_text().splitlines()) == 2
        assert first.stat().st_mode & 0o077 == 0
        with (tmp_path / "events-2027-01-16.csv").open(newline="") as file:
            (row,) = csv.DictReader(file)
        assert (row["type"], row["phone"], row["group"]) == ("subscription.subscribed", SHOWN, GROUP)
        assert {one.state for one in await deliveries(site, plain)} == {"delivered"}

    by_hand(story)


def test_a_missing_disk_is_waited_for(by_hand: OnSite, tmp_path: Path) -> None:
    async def story(site: Site) -> None:
        folder = tmp_path / "disk"
        to = await forwarder(site.house.store, "file", str(folder), site.clock(), "submission.created")
        courier = _courier(site, Addressee())
        await site.submit()
        await courier.deliver()
        (one,) = await deliveries(site, to)
        assert (one.state, one.status) == ("waiting", 0)
        assert one.reason.endswith("cannot be written: No such file or directory")
        folder.mkdir()
        site.clock.advance(seconds=5)
        await courier.deliver()
        assert len(list(folder.iterdir())) == 1

    by_hand(story)


@pytest.mark.parametrize("left", ["", '{"a": 1}\n', '{"a": 1}\n{"b', '{"b', '{"a": 1}\n' + "x" * 70_000])
def test_a_line_that_a_crash_cut_off_is_taken_away(tmp_path: Path, left: str) -> None:
    file = tmp_path / "events.ndjson"
    if left:
        file.write_text(left)
    forwarding_file.append(file, b"head\n", b'{"c": 1}\n')
    whole = left[: left.rfind("\n") + 1] or "head\n"
    assert file.read_text() == whole + '{"c": 1}\n'


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "events.ndjson"
    monkeypatch.setattr(forwarding_file, "write", lambda out, whole: out.write(whole[:3]))
    with pytest.raises(OSError, match="full"):
        forwarding_file.append(file, b"", b'{"c": 1}\n')
    monkeypatch.undo()
    forwarding_file.append(file, b"", b'{"c": 1}\n')
    assert file.read_text() == '{"c": 1}\n'


def test_many_that_write_at_once_write_whole_lines(tmp_path: Path, run: Callable[[Any], Any]) -> None:
    file = tmp_path / "events.csv"

    async def write() -> None:
        lines = (f'"{n}","{"x" * 500}"\r\n'.encode() for n in range(40))
        await asyncio.gather(*(asyncio.to_thread(forwarding_file.append, file, b'"n","x"\r\n', line) for line in lines))

    run(write())
    with file.open(newline="") as found:
        assert sorted(int(row["n"]) for row in csv.DictReader(found)) == list(range(40))
