"""What became of a text, in whatever order it is told."""

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.conftest import Site
from tests.texting import Book, say
from yesline.records import (
    Delivery,
    InvalidNumber,
    Suppression,
    Text,
    TextResult,
)

Fate = Literal["sent", "delivered", "failed", "rejected", "unknown"]
FATES: tuple[Fate, ...] = ("sent", "delivered", "failed", "rejected", "unknown")
SURE = {"sent": 1, "unknown": 2, "failed": 3, "rejected": 3, "delivered": 4}


@settings(deadline=None)  # what is read once takes its time
@given(st.lists(st.sampled_from(FATES), min_size=1, max_size=8))
def test_receipts_in_any_order_leave_what_says_most(fates: list[Fate]) -> None:
    book = Book()
    text = book.sent()
    known = "sent"
    told = ["sent"]
    for fate in fates:
        book.do(Delivery(text.id, "v1", fate, at=5))
        if SURE[fate] > SURE[known]:
            known = fate
            told.append(fate)
    assert book.text("prompt").state == known
    assert book.told() == told, "each thing that became known, once"
    assert ("delivered" in fates) == (book.text("prompt").state == "delivered")


def test_a_receipt_is_kept_with_its_reason_and_time() -> None:
    book = Book()
    text = book.sent()
    book.do(Delivery(text.id, "v1", "failed", "unreachable", "30003", 77))
    found = book.text("prompt")
    assert (found.state, found.reason, found.code, found.told_at) == ("failed", "unreachable", "30003", 77)
    assert book.events[-1].facts | {"text": ""} == {
        "text": "",
        "kind": "prompt",
        "state": "failed",
        "words": "",
        "vendor": "v1",
        "reason": "unreachable",
        "code": "30003",
    }
    book.now += 1000
    book.do(Delivery(text.id, "v1", "delivered"))
    found = book.text("prompt")
    assert (found.state, found.reason, found.code, found.told_at) == ("delivered", "", "", book.now)


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("result", ["sent", "uncertain"])
def test_a_receipt_may_come_before_the_send_is_recorded(fate: Fate, result: Literal["sent", "uncertain"]) -> None:
    book = Book()
    text = book.sending()
    book.do(Delivery(text.id, "v1", fate))
    assert book.text("prompt").state == fate
    book.do(TextResult(text.id, result, "v1" if result == "sent" else "", body="Larkspur", parts=2))
    found = book.text("prompt")
    assert (found.state, found.body, found.parts, found.vendor_id) == (fate, "Larkspur", 2, "v1")
    assert [event.facts["words"] for event in book.events if event.kind == "texted"] == ["", "Larkspur"]
    book.do(TextResult(text.id, "sent", "v9", body="other"))
    assert book.text("prompt") == found, "told once"


def test_a_failure_told_after_the_receipt_changes_nothing() -> None:
    book = Book()
    text = book.sending()
    book.do(Delivery(text.id, "v1", "delivered"))
    book.do(TextResult(text.id, "failed", reason="carrier_error", body="Larkspur"))
    assert (book.text("prompt").state, book.text("prompt").body) == ("delivered", "")


def test_a_receipt_settles_what_was_uncertain() -> None:
    book = Book()
    text = book.sending()
    book.do(TextResult(text.id, "uncertain", reason="carrier_down"))
    book.do(Delivery(text.id, "v1", "delivered"))
    found = book.text("prompt")
    assert (found.state, found.vendor_id) == ("delivered", "v1")


@pytest.mark.parametrize("fate", FATES)
def test_receipts_that_are_of_nothing_we_sent_change_nothing(fate: Fate) -> None:
    book = Book()
    text = book.sent()
    book.says("HELP", id="heard")
    before = {text.id: text for text in book.all(Text)}, len(book.events)
    for reference, vendor in (
        ("nobody", "v1"),
        ("", ""),
        (text.id, "v2"),
        ("heard", "heard"),
        (book.text("help").id, ""),
    ):
        book.do(Delivery(reference, vendor, fate, "opted_out"))
    assert ({text.id: text for text in book.all(Text)}, len(book.events)) == before
    assert book.all(Suppression) == []


@pytest.mark.parametrize("fate", ["failed", "rejected"])
def test_a_receipt_that_says_opted_out_is_a_stop_we_missed(on_site: Any, fate: Fate) -> None:
    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await site.texts()
        await say(site, "Y")
        await site.texts()
        await site.submit("(202) 555-0123")
        ((text, vendor),) = await site.sql("SELECT id, vendor_id FROM text WHERE kind = 'confirmation'")
        await site.house.clerk.record(Delivery(text, vendor, fate, "opted_out", "21610"))
        assert await site.sql("SELECT source FROM suppression") == [("carrier",)]
        assert await site.sql("SELECT state FROM subscription ORDER BY state") == [("pending",), ("unsubscribed",)]
        assert len(await site.texts()) == 2, "no answer: the carrier has given one"

    on_site(story)


def test_a_stop_at_the_carrier_is_learned_whatever_is_known_by_then() -> None:
    book = Book()
    text = book.sent()
    book.do(Delivery(text.id, "v1", "failed", "carrier_error"))
    book.do(Delivery(text.id, "v1", "rejected", "opted_out"))
    assert [row.source for row in book.all(Suppression)] == ["carrier"]
    book.says("START")
    book.do(Delivery(text.id, "v1", "rejected", "opted_out"))
    assert [row.lifted_at for row in book.all(Suppression)] == [book.now], "the same receipt again is no news"


def test_a_delivered_text_stays_delivered_though_its_number_is_opted_out() -> None:
    book = Book()
    text = book.sent()
    book.do(Delivery(text.id, "v1", "delivered"))
    book.do(Delivery(text.id, "v1", "failed", "opted_out"))
    assert book.text("prompt").state == "delivered"
    assert [row.lifted_at for row in book.all(Suppression)] == [0]


@pytest.mark.parametrize("reason", ["invalid_number", "not_mobile"])
@pytest.mark.parametrize("told_by", ["result", "receipt"])
def test_a_number_that_cannot_be_reached_gets_nothing_more(reason: str, told_by: str) -> None:
    book = Book()
    text = book.sending()
    if told_by == "receipt":
        book.do(TextResult(text.id, "sent", "v1"))
        book.do(Delivery(text.id, "v1", "failed", reason, "30005"))
    else:
        book.do(TextResult(text.id, "failed", reason=reason, code="30005"))
    (mark,) = book.all(InvalidNumber)
    assert (mark.reason, mark.code, mark.detected_at, mark.cleared_at) == (reason, "30005", book.now, 0)
    book.put(replace(text, id="earlier", state="sending"), replace(text, id="another", state="queued"))
    book.do(TextResult("earlier", "failed", reason="invalid_number", code="other"))
    assert book.dispatch() == []
    assert [(found.state, found.reason) for found in book.texts("prompt")][-1] == ("dropped", "invalid number")
    assert book.all(InvalidNumber) == [mark], "the first word on it stands"


def test_a_number_found_invalid_again_after_it_was_cleared() -> None:
    book = Book()
    text = book.sending()
    book.do(TextResult(text.id, "failed", reason="invalid_number", code="1"))
    book.says("HELP")
    (text,) = book.dispatch()
    book.do(TextResult(text.id, "failed", reason="not_mobile", code="2"))
    assert [(mark.reason, mark.cleared_at) for mark in book.all(InvalidNumber)] == [("not_mobile", 0)]
