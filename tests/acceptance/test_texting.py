"""The acceptance tests of ``security-compliance`` section E about texting, by their numbers. Carriers' own are in ``test_carriers``."""

import asyncio
import itertools
import json
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.conftest import DEMO, FORM, NOON, SENDER, Site
from tests.live import Server
from tests.postgres import apart
from tests.wire import SHOWN, at_address, carrier_text, dump, link_in
from yesline.programme import Quiet
from yesline.rules import hours
from yesline.rules.abuse import MINUTE
from yesline.verify import verify

TEXTS = "SELECT kind, state, reason FROM text WHERE kind <> 'inbound' ORDER BY created_at, kind"


async def _subscribed(site: Site, phone: str = SHOWN) -> None:
    await site.submit(phone)
    await site.texts(phone)
    await site.reply("Y", phone)
    await site.texts(phone)


async def _stopped(site: Site) -> bool:
    return bool(await site.sql("SELECT 1 FROM suppression WHERE lifted_at = 0"))


@pytest.fixture
def alive(tmp_path: Path, database: str) -> Iterator[Server]:
    """A server in a process of its own, to be killed."""
    server = Server(tmp_path / "data", DEMO, database)
    server.start()
    yield server
    server.stop()


def _asked(server: Server, statement: str) -> list[tuple[Any, ...]]:
    """What stands in the database of a server, whether it lives or not."""
    url = server.environment["YESLINE_DATABASE"]
    if not url:
        with closing(sqlite3.connect(server.data / "yesline.db")) as db:
            return db.execute(statement).fetchall()

    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    found: list[tuple[Any, ...]] = apart(ask())
    return found


def _type_in(server: Server, http: httpx2.Client, phone: str) -> None:
    view = http.get(f"/forms/{FORM}/view").json()
    body = {"id": secrets.token_urlsafe(16), "phone": phone, "country": "US", "consent": True, "locale": "en"}
    body |= {"stamp": view["stamp"], "page": f"{server.base}/"}
    answer = http.post(f"/forms/{FORM}/submissions", json=body, headers={"origin": server.base})
    assert answer.status_code == 202, answer.text


def _say(http: httpx2.Client, text: str) -> None:
    answer = http.post("/handset/replies", json={"from": SHOWN, "to": SENDER, "text": text})
    assert answer.status_code == 201, answer.text


def _got(http: httpx2.Client) -> list[str]:
    messages = http.get("/handset/messages", params={"phone": SHOWN}).json()["messages"]
    return [message["text"] for message in messages if message["direction"] == "out"]


def _until(true: Callable[[], object]) -> None:
    for _ in range(300):
        if true():
            return
        apart(asyncio.sleep(0.05))
    raise AssertionError("it did not come about")


def test_01_a_stop_outlives_a_kill_right_after_its_answer(alive: Server) -> None:
    with httpx2.Client(base_url=alive.base) as http:
        _type_in(alive, http, SHOWN)
        _until(lambda: _got(http))
        _say(http, "Y")
        _until(lambda: len(_got(http)) == 2)
        _say(http, "STOP")
        alive.kill()
    alive.start()
    with httpx2.Client(base_url=alive.base) as http:
        _type_in(alive, http, SHOWN.replace("2015", "2025"))  # the post office is at work again
        _until(lambda: len(http.get("/handset/messages").json()["messages"]) > 3)
        after = _got(http)[2:]
        assert all("no more messages" in text for text in after), "nothing but the one answer to STOP"
        assert len(after) <= 1
    assert _asked(alive, "SELECT count(*) FROM event WHERE kind = 'stopped'") == [(1,)]


@pytest.mark.parametrize("order", sorted(set(itertools.permutations(["STOP", "Y", "STOP", "Y"]))))
def test_02_stop_and_yes_in_any_order_end_stopped(on_site: Any, order: tuple[str, ...]) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        await asyncio.gather(*(carrier_text(site, word, NOON, f"{word}-{n % 2}") for n, word in enumerate(order)))
        assert await _stopped(site)
        assert await site.sql("SELECT state FROM subscription") == [("unsubscribed",)]

    on_site(story)


def test_03_a_stopped_number_gets_nothing_and_its_answers_are_like_a_new_one_s(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        await site.reply("STOP")
        sent = len(await site.texts())
        site.clock.advance(seconds=3700)
        view = await site.view()
        answers: list[list[Any]] = []
        for phone in (SHOWN, "+12055550123"):
            body = await site.body(phone, stamp=view["stamp"], id=secrets.token_urlsafe(16))
            answer = await site.post(f"/forms/{FORM}/submissions", body)
            answers.append([answer.status_code, {**answer.json(), "submission": "", "number": ""}])
            site.clock.advance(seconds=61)
            again = await site.post(f"/submissions/{body['id']}/resend", {})
            answers[-1] += [again.status_code, {**again.json(), "submission": "", "number": ""}]
        assert answers[0] == answers[1]
        for word in ("JOIN", "YES", "hello", "Y"):
            await site.reply(word)
        assert len(await site.texts()) == sent, "no text to who said STOP"
        assert await _stopped(site)

    on_site(story)


def test_05_a_button_pressed_twice_and_from_two_devices_counts_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        link = link_in((await site.texts())[-1])
        async with at_address(site, "198.51.100.1") as one, at_address(site, "198.51.100.2") as two:
            pages = [await http.get(link) for http in (one, two)]
            tokens = [re.findall(r'name="token" value="([^"]+)"', page.text)[0] for page in pages]
            presses = [
                http.post(link, data={"token": token, "act": "confirm"})
                for http, token in zip((one, two, one, two), tokens * 2, strict=True)
            ]
            assert {answer.status_code for answer in await asyncio.gather(*presses)} == {200}
        assert len([text for text in await site.texts() if "you're in" in text]) == 1
        assert await site.sql("SELECT count(*) FROM event WHERE kind = 'confirmed'") == [(1,)]

    on_site(story)


def test_06_other_spellings_of_a_used_link_do_nothing_new(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        link = link_in((await site.texts())[-1])
        token = re.findall(r'name="token" value="([^"]+)"', (await site.http.get(link)).text)[0]
        await site.http.post(link, data={"token": token, "act": "confirm"})
        before = await dump(site)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
        for last in alphabet:
            for spelled in (token[:-1] + last, token + last):
                answer = await site.http.post(link, data={"token": spelled, "act": "confirm"})
                assert answer.status_code in (200, 410)
        assert len([text for text in await site.texts() if "you're in" in text]) == 1
        after = await dump(site)
        assert {
            table: len(rows) for table, rows in after.items() if table not in ("event", "event_facts", "subject")
        } == {table: len(rows) for table, rows in before.items() if table not in ("event", "event_facts", "subject")}
        kinds = await site.sql("SELECT kind FROM event WHERE kind IN ('confirmed', 'subscribed', 'stopped')")
        assert kinds == [("confirmed",)]

    on_site(story)


HONOURED = ["Opt out", "STOP!", "stop please", "UNSUBSCRIBE me", "Arrêt", "revoke", "ｓｔｏｐ"]


@pytest.mark.parametrize("words", HONOURED)
def test_11_a_clear_wish_to_stop_is_honoured_at_once(on_site: Any, words: str) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        await site.reply(words)
        assert await _stopped(site)

    on_site(story)


def test_11_an_unclear_wish_waits_for_a_person_and_holds_everything(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.texts()
        await site.reply("no more texts")
        assert not await _stopped(site)
        assert await site.sql("SELECT state, holds FROM review_item") == [("open", 1)]
        await site.texts()
        site.clock.advance(seconds=61)
        before = len(await site.texts())
        await site.submit()
        await asyncio.sleep(1.2)
        held = await site.sql("SELECT state FROM text WHERE kind = 'prompt' ORDER BY created_at")
        assert held[-1] == ("queued",)
        assert len(await site.texts()) == before, "nothing goes to a number that a person has to look at"

    on_site(story)


def test_12_one_answer_to_stop_in_time_and_none_where_the_carrier_has_answered(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        before = len(await site.texts())
        await site.reply("STOP")
        await site.reply("STOP")
        answers = (await site.texts())[before:]
        assert len(answers) == 1
        assert "Larkspur Coffee" in answers[0]
        assert not re.search(r"\d+ ?%|free|coupon|code", answers[0], re.IGNORECASE)
        (row,) = await site.sql("SELECT drop_at - created_at FROM text WHERE kind = 'stop'")
        assert row == (5 * MINUTE,)

    on_site(story)


def test_15_a_crash_after_the_carrier_accepted_sends_no_second_prompt(alive: Server) -> None:
    """The console keeps what it took before it answers, as a carrier does; the answer is what a kill may lose."""
    with httpx2.Client(base_url=alive.base) as http:
        _type_in(alive, http, SHOWN)
        _until(lambda: (alive.data / "handset.jsonl").read_text().count("\n"))
        alive.kill()
    alive.start()
    with httpx2.Client(base_url=alive.base) as http:
        _type_in(alive, http, "+12025550123")
        _until(lambda: len(http.get("/handset/messages").json()["messages"]) >= 2)
        assert len(_got(http)) == 1
    states = {state for (state,) in _asked(alive, "SELECT state FROM text WHERE kind = 'prompt'")}
    assert states <= {"sent", "sending", "uncertain"}


def test_30_a_prompt_goes_at_night_and_what_is_late_waits_for_the_morning(on_site: Any) -> None:
    night = 1_800_068_400_000  # 22:00 in New York
    assert hours.waits_until(SHOWN, Quiet(), night) > night

    async def story(site: Site) -> None:
        site.clock.now = night
        await site.submit()
        (sent,) = await site.texts()
        assert "Larkspur" in sent
        site.clock.advance(seconds=1200)
        await site.sql("UPDATE text SET state = 'queued', kind = 'confirmation', drop_at = drop_at + 86400000")
        await asyncio.sleep(1.2)
        ((state, due),) = await site.sql("SELECT state, due_at FROM text WHERE kind = 'confirmation'")
        assert (state, due) == ("queued", hours.waits_until(SHOWN, Quiet(), site.clock()))

    on_site(story)


@pytest.mark.parametrize(
    ("method", "content", "headers"),
    [
        ("POST", b"\xff" * 100, {"content-type": "application/json"}),
        ("POST", b"x" * 1_000_000, {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", b"Body=STOP&Body=Y", {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", b"<xml/>", {"content-type": "text/xml"}),
        ("POST", json.dumps({"from": 1}).encode(), {"content-type": "application/json"}),
        ("GET", b"", {}),
        ("PUT", b"", {}),
    ],
)
def test_34_odd_requests_to_the_inbound_door_are_refused_quickly(
    on_site: Any, method: str, content: bytes, headers: dict[str, str]
) -> None:
    async def story(site: Site) -> None:
        before = await dump(site)
        for name in ("x-twilio-signature", "telnyx-signature-ed25519", "authorization"):
            for key in ("console", "twilio.0", "%E9", "a" * 300):
                odd = [(n.encode(), v.encode()) for n, v in headers.items()] + [(name.encode(), b"\xe9")]
                request = site.http.build_request(method, f"/inbound/{key}", content=content, headers=odd)
                answer = await site.http.send(request)
                assert 400 <= answer.status_code < 500, (key, answer.status_code)
        assert await dump(site) == before

    on_site(story)


def test_the_ledger_verifies_after_all_that(on_site: Any, settings: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        for word in ("no more texts", "STOP", "JOIN", "START", "HELP", "Y"):
            await site.reply(word)
            site.clock.advance(seconds=70)
        await site.idle()
        found = await asyncio.to_thread(verify, settings.database_url, site.house.clerk.keys.ledger, lambda *_: None)
        assert max(found) > 8

    on_site(story)
