"""Telnyx: the wire against the official SDK, its codes, its webhooks."""

import json
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from nacl.signing import SigningKey

from tests.carriers.driving import LATIN, TEXT, URL, missed, now, read, refusal, send, wire
from tests.carriers.network import Reply, Sent, Webhook
from tests.carriers.recorder import HANG_UP, Recorder
from tests.carriers.telnyx_network import SIGNATURE, TIME, TelnyxNetwork, failure, make, message_id, public, verify
from yesline.carriers import telnyx
from yesline.carriers.base import Answer, Delivered, Inbound
from yesline.carriers.telnyx import Account, TelnyxCarrier
from yesline.errors import CarrierError, ConfigError, TextRefused, TextUncertain

NETWORK = TelnyxNetwork()
CALLBACK = f"{TEXT.receipts}?text={TEXT.reference}"
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, message_id(TEXT.body), CALLBACK)
PHONE = "+14155550123"
AT = 1_700_000_000_123


def carrier(api: str = "http://127.0.0.1:9", network: TelnyxNetwork = NETWORK, **more: Any) -> TelnyxCarrier:
    return TelnyxCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


OWN = carrier()


def received(text: str | None = "Y", **more: Any) -> Webhook:
    return NETWORK.signed(URL, NETWORK.event("message.received", NETWORK.text("m1", PHONE, text, AT, **more), AT))


def test_make() -> None:
    assert make().kind == "telnyx"


def test_request_equals_the_sdk() -> None:
    from telnyx import Telnyx

    vendor_id, [ours] = send(carrier, NETWORK.answer)
    with Recorder(NETWORK.answer) as recorder:
        with Telnyx(api_key=NETWORK.api_key, base_url=f"{recorder.url}/v2", max_retries=0) as client:
            message = client.messages.send(
                to=TEXT.phone,
                from_=TEXT.sender,
                text=TEXT.body,
                messaging_profile_id=NETWORK.profile,
                webhook_url=CALLBACK,
            )
        [theirs] = recorder.requests
    assert wire(ours, "authorization") == wire(theirs, "authorization")
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert message.data is not None
    assert vendor_id == message.data.id


def test_without_receipts_and_profile() -> None:
    _, [request] = send(lambda api: carrier(api, messaging_profile=""), NETWORK.answer, replace(TEXT, receipts=""))
    assert json.loads(request.body) == {"from": TEXT.sender, "to": TEXT.phone, "text": TEXT.body}


def test_the_network_reads_what_was_sent() -> None:
    _, [request] = send(carrier, NETWORK.answer)
    assert NETWORK.sent(request) == SENT


CODES = {
    ("10002", 400): ("invalid_number", True),
    ("10016", 422): ("invalid_number", True),
    ("40310", 422): ("invalid_number", True),
    ("40001", 400): ("not_mobile", True),
    ("40300", 400): ("opted_out", True),
    ("40305", 400): ("sender", True),
    ("40013", 400): ("sender", True),
    ("40010", 400): ("unregistered", True),
    ("40309", 400): ("country", True),
    ("40302", 400): ("content", True),
    ("40322", 400): ("blocked", True),
    ("20100", 403): ("no_credit", False),
    ("10009", 401): ("credentials", False),
    ("10010", 403): ("credentials", False),
    ("40318", 400): ("rate_limited", False),
    ("99999", 401): ("credentials", False),
    ("99999", 403): ("credentials", False),
    ("99999", 404): ("carrier_error", True),
    ("99999", 422): ("content", True),
}


@pytest.mark.parametrize(("code", "status"), CODES)
def test_codes(code: str, status: int) -> None:
    refused, _ = send(carrier, Reply(status, failure(code, "why")))
    assert isinstance(refused, TextRefused)
    assert ((refused.reason, refused.permanent), refused.code) == (CODES[code, status], code)
    assert "why, said at length" in str(refused)


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(500, failure("10007", "Unexpected error")), TextUncertain, "carrier_error"),
        (Reply(504), TextUncertain, "carrier_error"),
        (Reply(HANG_UP), TextUncertain, "carrier_down"),
        (Reply(200, {"data": {}}), TextUncertain, "carrier_error"),
        (Reply(200, "not JSON"), TextUncertain, "carrier_error"),
        (Reply(400, "not JSON"), TextRefused, "content"),
        (Reply(400, {"errors": {}}), TextRefused, "content"),
    ],
)
def test_other_answers(reply: Reply, kind: type[CarrierError], reason: str) -> None:
    told, requests = send(carrier, reply)
    assert (type(told), told.reason, len(requests)) == (kind, reason, 1)


def test_a_text_from_a_phone() -> None:
    told = read(OWN, NETWORK.inbound(URL, id="m1", phone=PHONE, text="Yes £5 ✓", at=AT))
    assert told.inbound == (Inbound(message_id("m1"), PHONE, NETWORK.sender, "Yes £5 ✓", AT),)
    assert (told.delivered, told.answer) == ((), Answer())


def test_a_picture_with_and_without_words() -> None:
    media = [{"url": "https://media.telnyx.com/x.png", "content_type": "image/png", "size": 3}]
    assert [text.body for text in read(OWN, received("JOIN", type="MMS", media=media)).inbound] == ["JOIN"]
    assert [text.body for text in read(OWN, received(None, type="MMS", media=media)).inbound] == [""]


@pytest.mark.parametrize("word", ["STOP", "START", "HELP"])
def test_what_telnyx_has_answered_itself(word: str) -> None:
    assert read(OWN, received(word, autoresponse_type=word)).inbound[0].answered is True
    assert read(OWN, received(word, autoresponse_type=None)).inbound[0].answered is False


FATES = {
    ("delivered", ""): ("delivered", "", ""),
    ("delivery_failed", "40008"): ("failed", "unreachable", "40008"),
    ("delivery_failed", "40001"): ("failed", "not_mobile", "40001"),
    ("delivery_failed", "40012"): ("failed", "invalid_number", "40012"),
    ("delivery_failed", "40002"): ("failed", "blocked", "40002"),
    ("delivery_failed", "40010"): ("failed", "unregistered", "40010"),
    ("delivery_failed", "12345"): ("failed", "carrier_error", "12345"),
    ("delivery_failed", ""): ("failed", "carrier_error", ""),
    ("sending_failed", "40300"): ("rejected", "opted_out", "40300"),
    ("sending_failed", "40305"): ("rejected", "sender", "40305"),
    ("expired", "40005"): ("failed", "unreachable", "40005"),
    ("delivery_unconfirmed", ""): ("unknown", "", ""),
    ("something new", ""): ("unknown", "", ""),
}


@pytest.mark.parametrize(("status", "code"), FATES)
def test_receipts(status: str, code: str) -> None:
    fate, reason, kept = FATES[status, code]
    told = read(OWN, NETWORK.report(URL, SENT, status, code, AT))
    assert told.delivered == (Delivered(TEXT.reference, SENT.vendor_id, fate, reason, kept, AT),)  # type: ignore[arg-type]
    assert told.inbound == ()


def test_on_its_way() -> None:
    [told] = read(OWN, NETWORK.report(URL, SENT, "sent", "", AT, "message.sent")).delivered
    assert (told.reference, told.fate, told.reason) == (TEXT.reference, "sent", "")


def test_the_address_called_cannot_tell_which_text_a_receipt_is_of() -> None:
    genuine = NETWORK.receipt(URL, SENT, "delivered", AT)
    [told] = read(OWN, replace(genuine, url=f"{TEXT.receipts}?text=another")).delivered
    assert told.reference == TEXT.reference


def test_a_receipt_without_an_address_names_the_vendor_id() -> None:
    [told] = read(OWN, NETWORK.receipt(URL, replace(SENT, receipts=""), "delivered", AT)).delivered
    assert (told.reference, told.vendor_id) == ("", SENT.vendor_id)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("message.received", {"type": "WHATSAPP", "to": NETWORK.sender}),
        ("message.received", {"type": "RCS", "to": [{"agent_id": "x", "agent_name": "y"}]}),
        ("message.read", {}),
        ("10dlc.campaign.update", {}),
    ],
)
def test_of_no_interest(kind: str, payload: dict[str, Any]) -> None:
    told = read(OWN, NETWORK.signed(URL, NETWORK.event(kind, NETWORK.text("m1", PHONE, "STOP", AT) | payload, AT)))
    assert (told.inbound, told.delivered, told.answer.status) == ((), (), 200)


def made(kind: str) -> Webhook:
    """A genuine webhook, signed now: some checks want a time that is."""
    if kind == "text":
        return NETWORK.inbound(URL, id="m2", phone=PHONE, text="Y", at=now())
    return NETWORK.receipt(URL, SENT, "delivered", now())


@pytest.mark.parametrize("kind", ["text", "receipt"])
def test_forgeries(kind: str) -> None:
    assert refusal(OWN, made(kind)) == 200
    found = {what: (refusal(OWN, webhook), wanted) for what, webhook, wanted in NETWORK.forgeries(made(kind), now())}
    assert len(found) >= 20
    assert {what: statuses for what, statuses in found.items() if len(set(statuses)) > 1} == {}


def test_the_sdk_refuses_what_was_altered() -> None:
    genuine = made("text")
    with pytest.raises(ValueError, match="does not match"):
        verify(genuine.body.replace(b'"Y"', b'"N"'), genuine.headers, NETWORK.public_key)


@pytest.mark.parametrize(("off", "status"), [(-299_000, 200), (299_000, 200), (-301_000, 403), (301_000, 403)])
def test_freshness(off: int, status: int) -> None:
    at = now() // 1000 * 1000
    webhook = NETWORK.signed(URL, made("text").body, at=at + off)
    assert refusal(OWN, webhook, at) == status


@pytest.mark.parametrize("time", ["", "now", "1e9", " 1700000000", "-1", "\xb2", "9" * 5000])
def test_a_signed_time_that_is_none(time: str) -> None:
    body = made("text").body
    signature = b64encode(NETWORK.key.sign(f"{time}|".encode() + body).signature).decode()
    headers = {SIGNATURE: signature, TIME: time, "content-type": "application/json"}
    assert refusal(OWN, Webhook(URL, headers, body)) == 403


def test_old_and_new_key() -> None:
    old, new, other = (SigningKey.generate() for _ in range(3))
    both = carrier(public_keys=[public(old), public(new)])
    webhooks = [NETWORK.signed(URL, made("text").body, key=key) for key in (old, new, other)]
    assert [refusal(both, webhook) for webhook in webhooks] == [200, 200, 403]


@pytest.mark.parametrize("key", ["", "AAAA", "not base64", "é"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main\] public_keys"):
        carrier(public_keys=[key])


@pytest.mark.parametrize(
    "event",
    [
        [],
        {},
        {"data": {"event_type": "message.received"}},
        {"data": {"event_type": "message.received", "payload": {"type": "SMS"}}},
        {"data": {"event_type": "message.finalized", "payload": 5}},
        NETWORK.event("message.received", NETWORK.text("m1", "", "Y", AT), AT),
        NETWORK.event("message.received", NETWORK.text("m1", PHONE, "Y", AT, to=[]), AT),
        NETWORK.event("message.received", NETWORK.text("m1", PHONE, "Y", AT) | {"id": ""}, AT),
    ],
)
def test_signed_but_malformed(event: Any) -> None:
    assert refusal(carrier(messaging_profile=""), NETWORK.signed(URL, event)) == 400


def test_numbers_may_be_missing_in_a_receipt() -> None:
    payload = NETWORK.text("m1", PHONE, "Y", AT, to=[{"phone_number": None, "status": None}])
    [told] = read(OWN, NETWORK.signed(URL, NETWORK.event("message.finalized", payload, AT))).delivered
    assert told.fate == "unknown"


@given(LATIN, LATIN, st.binary(max_size=80))
def test_noise_is_refused(signature: str, time: str, body: bytes) -> None:
    headers = {SIGNATURE: signature, TIME: time, "content-type": "application/json"}
    assert refusal(OWN, Webhook(URL, headers, body)) == 403


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda more: st.dictionaries(st.text(), more) | st.lists(more))
)
def test_signed_noise_is_read_or_refused(noise: Any) -> None:
    event = {"data": {"event_type": "message.received", "payload": {"type": "SMS", "to": noise, "from": noise}}}
    body = json.dumps(event).encode()
    assert refusal(OWN, NETWORK.signed(URL, body)) in {400, 403}


def test_nothing_can_be_caught_up() -> None:
    assert OWN.lists is False
    assert missed(carrier, NETWORK.answer, 0) == ([], [])


def test_meanings() -> None:
    assert set(telnyx.MEANINGS) == set(Account.__struct_fields__)
