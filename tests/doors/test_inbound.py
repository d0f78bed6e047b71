"""What a person texts, as the carrier's door takes it."""

import asyncio
from typing import Any

import pytest

from tests.conftest import SENDER, Site
from tests.wire import SHOWN, carrier_text, code_in, dump, refused

STOP_WORDS = [
    "STOP", "stop", "Stop", "STOPALL", "UNSUBSCRIBE", "unsubscribe me", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
    "OPT OUT", "opt-out", "Opt out please", "REMOVE", "remove me", "ARRET", "ARRÊT", "arrêt", "Arre\u0302t", "TD",
    "STOP!", "stop.", '"STOP"', "'stop'", "«stop»", "please stop", "stop please", "STOP TEXTING ME NOW OR ELSE I SUE",
    "ｓｔｏｐ", "S\u200bTOP", "\u202eSTOP\u202c", "stop 🛑", "  stop\n", "Y stop", "yes\nSTOP", "I revoke consent", "STOP START",
]  # fmt: skip
KEPT = [
    "stopwatch",
    "nonstop",
    "weekend plans",
    "the end is near my friend",
    "no more texts",
    "unstoppable",
    "y'all",
]


async def _stopped(site: Site, phone: str = SHOWN) -> bool:
    rows = await site.sql("SELECT 1 FROM suppression JOIN subject USING (tag) WHERE lifted_at = 0 AND phone = ?", phone)
    return bool(rows)


async def _state(site: Site, phone: str = SHOWN) -> str:
    rows = await site.sql("SELECT state FROM subscription JOIN subject s ON s.id = subject_id WHERE phone = ?", phone)
    return str(rows[0][0]) if rows else "unknown"


def test_every_stop_word_stops_however_it_is_spelled(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for place, word in enumerate(STOP_WORDS):
            await site.reply(word, f"+12025550{place:03}")
            assert await _stopped(site, f"+12025550{place:03}"), word

    on_site(story)


def test_other_words_do_not_stop(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for place, word in enumerate(KEPT):
            await site.reply(word, f"+12025550{place:03}")
            assert not await _stopped(site, f"+12025550{place:03}"), word

    on_site(story)


def test_stop_is_answered_once_and_ends_everything(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        await site.reply("Y")
        await site.idle()
        for word in ("STOP", "stop", "END"):
            await site.reply(word)
        texts = await site.texts()
        assert [text for text in texts if "get no more messages" in text] == texts[-1:]
        assert "Text START to return" in texts[-1]
        assert await _state(site) == "unsubscribed"
        site.clock.advance(days=1)
        await site.submit()
        await site.post(f"/submissions/{submission}/resend", {})
        for word in ("Y", "YES", "hello", "123456", "NO"):
            await site.reply(word)
        assert await site.texts() == texts
        assert await _state(site) == "unsubscribed"

    on_site(story)


def test_stop_while_the_form_is_being_sent_ends_stopped(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await asyncio.gather(site.submit(), carrier_text(site, "STOP", site.clock()))
        await site.idle()
        assert await _stopped(site)
        assert await _state(site) in ("unsubscribed", "unknown")

    on_site(story)


def test_start_after_stop_asks_again_and_restores_nothing(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.reply("Y")
        await site.reply("STOP")
        site.clock.advance(seconds=61)
        await site.reply("START")
        assert not await _stopped(site)
        assert await _state(site) == "pending"
        assert any("reply Y or tap" in text for text in await site.texts())
        await site.reply("Y")
        assert await _state(site) == "subscribed"
        kinds = [kind for (kind,) in await site.sql("SELECT kind FROM event WHERE kind <> 'texted' ORDER BY seq")]
        assert kinds == ["requested", "confirmed", "stopped", "restarted", "requested", "confirmed"]

    on_site(story)


@pytest.mark.parametrize("word", ["START", "start.", "Unstop", "YES"])
def test_opt_in_words_from_a_number_nobody_knows(on_site: Any, word: str) -> None:
    async def story(site: Site) -> None:
        await site.reply(word)
        assert await _state(site) == "pending"
        (text,) = await site.texts()
        assert "reply Y" in text
        assert "code" not in text, "who came by text has no page to type a code into"
        await site.reply("Y")
        assert await _state(site) == "subscribed"

    on_site(story)


def test_only_start_lifts_a_stop(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("STOP")
        for word in ("YES", "Y", "start me up", "HELP", "please START again"):
            await site.reply(word)
            assert await _stopped(site), word
        await carrier_text(site, "UNSTOP", site.clock() + 1000)
        assert not await _stopped(site)

    on_site(story)


def test_help_is_answered_for_anybody(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("HELP")
        await site.reply("info?", "+12025550123")
        await site.reply("STOP", "+12035550123")
        await site.reply("Help", "+12035550123")
        for phone in (SHOWN, "+12025550123", "+12035550123"):
            text = " ".join(await site.texts(phone))
            assert "Larkspur Coffee" in text
            assert "hello@larkspur.example" in text
        assert await _state(site) == "unknown"
        assert await _stopped(site, "+12035550123")

    on_site(story)


def test_words_nobody_understands_are_answered_once_a_day(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for word in ("hello", "who is this", "🤷", ""):
            await site.reply(word)
        assert len(await site.texts()) == 1
        site.clock.advance(days=1.1)
        await site.reply("hello")
        assert len(await site.texts()) == 2

    on_site(story)


@pytest.mark.parametrize("word", ["Y", "y.", " Y ", "N", "no", "123456"])
def test_an_answer_without_a_question_changes_nothing(on_site: Any, word: str) -> None:
    async def story(site: Site) -> None:
        await site.reply(word)
        assert await _state(site) == "unknown"
        assert await site.sql("SELECT count(*) FROM event WHERE kind NOT IN ('noted', 'texted')") == [(0,)]

    on_site(story)


def test_no_refuses_the_prompt(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        (text,) = await site.texts()
        await site.reply("N")
        assert await _state(site) == "unknown"
        assert not await _stopped(site)
        refused(await site.post(f"/submissions/{submission}/code", {"code": code_in(text)}), 422, "code_wrong", "code")
        await site.reply("Y")
        assert await _state(site) == "unknown"

    on_site(story)


def test_one_message_delivered_ten_times_counts_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await asyncio.gather(*(carrier_text(site, "STOP", site.clock(), key="one") for _ in range(10)))
        assert len(await site.texts()) == 1
        before = await dump(site)
        await carrier_text(site, "START", site.clock() + 5, key="one")
        assert await dump(site) == before
        assert await site.sql("SELECT count(*) FROM event WHERE kind = 'stopped'") == [(1,)]

    on_site(story)


def test_yes_delivered_twice_confirms_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await asyncio.gather(*(carrier_text(site, "Y", site.clock(), key="one") for _ in range(5)))
        await site.idle()
        assert len([text for text in await site.texts() if "you're in" in text]) == 1

    on_site(story)


@pytest.mark.parametrize("order", [("STOP", "Y"), ("Y", "STOP")])
def test_stop_and_yes_in_flight_end_stopped(on_site: Any, order: tuple[str, str]) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await asyncio.gather(*(carrier_text(site, word, site.clock()) for word in order * 2))
        assert await _stopped(site)
        assert await _state(site) == "unsubscribed"

    on_site(story)


def test_the_carriers_time_decides_between_stop_and_start(on_site: Any) -> None:
    async def story(site: Site) -> None:
        now = site.clock()
        await carrier_text(site, "STOP", now)
        await carrier_text(site, "START", now - 5000)
        assert await _stopped(site), "the START was sent before the STOP"
        await carrier_text(site, "START", now)
        assert await _stopped(site), "STOP wins where the order is unknown"
        await carrier_text(site, "START", now + 5000)
        assert not await _stopped(site)
        await carrier_text(site, "STOP", now + 1000)
        assert not await _stopped(site), "the STOP was sent before the START that was heard"
        await carrier_text(site, "STOP", now + 6000)
        assert await _stopped(site)

    on_site(story)


def test_an_older_stop_does_not_open_the_way_for_an_older_start(on_site: Any) -> None:
    async def story(site: Site) -> None:
        now = site.clock()
        await carrier_text(site, "STOP", now + 10_000)
        await carrier_text(site, "STOP", now, key="late")
        await carrier_text(site, "START", now + 5000)
        assert await _stopped(site)

    on_site(story)


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"from": SHOWN, "to": "99999", "text": "STOP"}, 404, "sender_not_found", "to"),
        ({"from": "nobody", "to": SENDER, "text": "STOP"}, 422, "phone_not_a_number", "from"),
        ({"from": "", "to": SENDER, "text": "STOP"}, 422, "phone_not_a_number", "from"),
        ({"from": SHOWN, "to": SENDER, "text": "x" * 1601}, 400, "bad_request", "text"),
        ({"from": SHOWN, "to": SENDER}, 400, "bad_request", None),
        ({"from": SHOWN, "to": SENDER, "text": 5}, 400, "bad_request", None),
        ({"from": SHOWN, "to": SENDER, "text": "a", "more": "b"}, 400, "bad_request", None),
    ],
)
@pytest.mark.parametrize("path", ["/inbound/console", "/handset/replies"])
def test_what_is_no_text_is_refused(
    on_site: Any, path: str, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    async def story(site: Site) -> None:
        refused(await site.http.post(path, json=body), status, code, field)
        assert not any((await dump(site)).values())

    on_site(story)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 50_000, b'{"from": "\xe9"}', b'{"text": "\\ud800"}', b"null", b"\x00"]
)
def test_what_is_no_json_is_refused(on_site: Any, body: bytes) -> None:
    async def story(site: Site) -> None:
        refused(await site.http.post("/inbound/console", content=body), 400, "bad_request")

    on_site(story)


def test_unknown_carrier_is_told_before_its_body_is_looked_at(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await site.http.post("/inbound/nobody", content=b"{"), 404, "carrier_not_found")

    on_site(story)


def test_numbers_are_read_as_carriers_write_them(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for spelled in ("12015550123", "+12015550123", "+1 (201) 555-0123"):
            answer = await site.http.post("/inbound/console", json={"from": spelled, "to": SENDER, "text": "HELP"})
            assert answer.status_code == 201
        assert await site.sql("SELECT phone FROM subject") == [(SHOWN,)]

    on_site(story)
