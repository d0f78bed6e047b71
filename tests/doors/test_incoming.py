"""A carrier's word that a phone has texted us, as an act."""

import pytest

from tests.conftest import SENDER
from tests.texting import Book, group_of
from tests.wire import SHOWN
from yesline.carriers.base import Inbound
from yesline.doors import incoming
from yesline.doors.incoming import text_id
from yesline.errors import Refusal
from yesline.programme import Sender
from yesline.records import InboundText
from yesline.rules import signing

LONG = "+12025550123"
GROUP = group_of(sender=Sender(LONG), backup=Sender(SENDER, "other"))
SENDERS = {LONG: GROUP, SENDER: GROUP}
KEYS = Book().keys


def _act(phone: str = SHOWN, sender: str = LONG, carrier: str = "twilio", **more: object) -> InboundText:
    told = Inbound("SM1", phone, sender, "STOP", **more)  # type: ignore[arg-type]
    return incoming.text(carrier, told, SENDERS, KEYS)


def test_all_that_the_carrier_tells_is_kept() -> None:
    found = _act(at=7, answered=True, verified=False, nonce="n")
    assert found == InboundText(
        id=text_id("twilio", "SM1"),
        phone=SHOWN,
        tag=signing.number_tag(KEYS, SHOWN),
        group=GROUP,
        body="STOP",
        at=7,
        sender=LONG,
        answered=True,
        verified=False,
        nonce="twilio:n",
        answerable=True,
    )
    assert _act().nonce == ""


@pytest.mark.parametrize("phone", ["+12015550123", "12015550123", "+1 (201) 555-0123", "1-201-555-0123"])
@pytest.mark.parametrize("sender", [LONG, LONG[1:]])
def test_numbers_are_read_with_and_without_a_plus(phone: str, sender: str) -> None:
    found = _act(phone, sender)
    assert (found.phone, found.sender) == (SHOWN, LONG)


def test_the_sender_that_was_texted_is_told() -> None:
    assert _act(sender=SENDER).sender == SENDER


def test_a_sender_that_is_not_ours() -> None:
    with pytest.raises(Refusal) as refused:
        _act(sender="9" * 50)
    assert (refused.value.code, refused.value.status, refused.value.field) == ("sender_not_found", 404, "to")
    assert "9" * 41 not in refused.value.message


@pytest.mark.parametrize("phone", ["", "+", "LARKSPUR", "+0", "1"])
def test_what_is_no_phone(phone: str) -> None:
    with pytest.raises(Refusal) as refused:
        _act(phone)
    assert (refused.value.code, refused.value.field) == ("phone_not_a_number", "from")


@pytest.mark.parametrize(
    ("phone", "answerable"),
    [
        (SHOWN, True),
        ("+447400123456", True),
        ("+18005550123", True),  # businesses text from toll-free numbers
        ("+33112345678", True),  # landlines can text
        ("+449098790123", False),
        ("+19005550123", False),
        ("+491801234567", False),
    ],
)
def test_numbers_that_cost_to_answer_are_not(phone: str, answerable: bool) -> None:
    assert _act(phone).answerable is answerable


def test_one_text_has_one_id_by_whatever_way_it_is_told() -> None:
    assert text_id("twilio", "SM1") == text_id("twilio", "SM1")
    others = {text_id("twilio", "SM1"), text_id("twilio", "SM2"), text_id("telnyx", "SM1"), text_id("twilioS", "M1")}
    assert len(others) == 4
    assert all(len(found) == 22 for found in others)
