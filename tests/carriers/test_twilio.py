"""Twilio: the wire against the official SDK, its codes, its webhooks, its list."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from tests.carriers.driving import (
    LATIN,
    TEXT,
    URL,
    now,
    read,
    refusal,
    send,
    wire,
    with_header,
)
from tests.carriers.network import Reply, Request, Sent, Webhook
from tests.carriers.recorder import HANG_UP, Recorder
from tests.carriers.twilio_network import SIGNATURE, TwilioNetwork, error, fields_of, make, sid
from yesline.carriers import twilio
from yesline.carriers.base import Answer, Delivered, Inbound
from yesline.carriers.twilio import Account, TwilioCarrier
from yesline.errors import CarrierError, TextRefused, TextUncertain

NETWORK = TwilioNetwork()
CALLBACK = f"{TEXT.receipts}?text={TEXT.reference}"
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, sid("a text"), CALLBACK)
PHONE = "+14155550123"


def carrier(api: str = "http://127.0.0.1:9", network: TwilioNetwork = NETWORK, **more: Any) -> TwilioCarrier:
    return TwilioCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


OWN = carrier()


class ToRecorder(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's client, whose calls to Twilio reach the recorder."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self.url), *rest, **more)


def sdk(recorder: Recorder) -> tuple[Client, ToRecorder]:
    http = ToRecorder(recorder.url)
    return Client(NETWORK.account, NETWORK.token, http_client=http), http


def sent_by_sdk(**fields: str) -> tuple[str, Request]:
    with Recorder(NETWORK.answer) as recorder:
        client, http = sdk(recorder)
        message = client.messages.create(to=TEXT.phone, body=TEXT.body, **fields)
        http.session.close()
        return message.sid, recorder.requests[0]


def form_of(request: Request) -> list[tuple[str, str]]:
    return sorted(parse_qsl(request.body.decode(), strict_parsing=True))


def inbound(text: str = "Y", **more: str) -> Webhook:
    return NETWORK.signed(URL, NETWORK.fields("m1", PHONE, text, **more))


def test_make() -> None:
    assert make().kind == "twilio"


def test_request_equals_the_sdk() -> None:
    vendor_id, [ours] = send(carrier, NETWORK.answer)
    their_id, theirs = sent_by_sdk(from_=TEXT.sender, status_callback=CALLBACK)
    assert wire(ours, "authorization") == wire(theirs, "authorization")
    assert form_of(ours) == form_of(theirs)
    assert vendor_id == their_id


def test_a_messaging_service_picks_the_sender() -> None:
    service = f"MG{'a' * 32}"
    _, [ours] = send(lambda api: carrier(api, messaging_service=service), NETWORK.answer, replace(TEXT, receipts=""))
    _, theirs = sent_by_sdk(messaging_service_sid=service)
    assert form_of(ours) == form_of(theirs)
    assert "From" not in dict(form_of(ours))


def test_an_api_key_instead_of_the_auth_token() -> None:
    _, [ours] = send(lambda api: carrier(api, api_key="SK1", api_secret="s3cret"), NETWORK.answer)
    assert ours.headers["authorization"] == "Basic U0sxOnMzY3JldA=="
    assert ours.target == NETWORK.messages


def test_the_network_reads_what_was_sent() -> None:
    vendor_id, [request] = send(carrier, NETWORK.answer)
    assert NETWORK.sent(request) == replace(SENT, vendor_id=vendor_id)


CODES = {
    (21211, 400): ("invalid_number", True),
    (21614, 400): ("not_mobile", True),
    (21610, 400): ("opted_out", True),
    (21408, 403): ("country", True),
    (21606, 400): ("sender", True),
    (21660, 400): ("sender", True),
    (21703, 400): ("sender", True),
    (21617, 400): ("content", True),
    (21608, 400): ("unregistered", True),
    (30034, 400): ("unregistered", True),
    (30007, 400): ("blocked", True),
    (21611, 400): ("rate_limited", False),
    (20003, 401): ("credentials", False),
    (30002, 403): ("credentials", False),
    (30410, 400): ("carrier_down", False),
    (99999, 401): ("credentials", False),
    (99999, 403): ("credentials", False),
    (99999, 404): ("carrier_error", True),
    (99999, 400): ("content", True),
}


@pytest.mark.parametrize(("code", "status"), CODES)
def test_codes(code: int, status: int) -> None:
    refused, _ = send(carrier, Reply(status, error(code, "why it was refused", status)))
    assert isinstance(refused, TextRefused)
    assert ((refused.reason, refused.permanent), refused.code) == (CODES[code, status], str(code))
    assert "why it was refused" in str(refused)


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(500, error(20500, "oops", 500)), TextUncertain, "carrier_error"),
        (Reply(503), TextUncertain, "carrier_error"),
        (Reply(HANG_UP), TextUncertain, "carrier_down"),
        (Reply(201, {"status": "queued"}), TextUncertain, "carrier_error"),
        (Reply(201, "not JSON"), TextUncertain, "carrier_error"),
        (Reply(302, headers={"location": "/elsewhere"}), TextRefused, "carrier_error"),
        (Reply(400, "not JSON"), TextRefused, "content"),
        (Reply(400, ["not", "an", "object"]), TextRefused, "content"),
    ],
)
def test_other_answers(reply: Reply, kind: type[CarrierError], reason: str) -> None:
    told, requests = send(carrier, reply)
    assert (type(told), told.reason, len(requests)) == (kind, reason, 1)


def test_a_text_from_a_phone() -> None:
    told = read(OWN, NETWORK.inbound(URL, id="m1", phone=PHONE, text="Yes £5 ✓ &=+", at=now()))
    assert told.inbound == (Inbound(sid("m1"), PHONE, NETWORK.sender, "Yes £5 ✓ &=+"),)
    assert (told.delivered, told.answer) == ((), Answer("<Response/>", "text/xml"))


def test_a_picture_with_words() -> None:
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/2010-04-01/x", "MediaContentType0": "image/png"}
    fields = NETWORK.fields("m1", PHONE, "JOIN", **media) | {"MessageSid": f"MM{'b' * 32}"}
    [text] = read(OWN, NETWORK.signed(URL, fields)).inbound
    assert (text.id, text.body) == (f"MM{'b' * 32}", "JOIN")


def test_an_empty_text_is_a_text() -> None:
    assert [text.body for text in read(OWN, inbound("")).inbound] == [""]


@pytest.mark.parametrize(("word", "answered"), [("STOP", True), ("START", True), ("HELP", True), ("", False)])
def test_what_twilio_has_answered_itself(word: str, answered: bool) -> None:
    [text] = read(OWN, inbound(word or "Y", **({"OptOutType": word} if word else {}))).inbound
    assert text.answered is answered


def test_a_short_code_of_ours() -> None:
    assert read(OWN, inbound(To="55512")).inbound[0].sender == "55512"


FATES = {
    ("queued", ""): ("sent", "", ""),
    ("sent", ""): ("sent", "", ""),
    ("delivered", ""): ("delivered", "", ""),
    ("undelivered", "30003"): ("failed", "unreachable", "30003"),
    ("undelivered", "30005"): ("failed", "invalid_number", "30005"),
    ("undelivered", "30006"): ("failed", "not_mobile", "30006"),
    ("undelivered", "30007"): ("failed", "blocked", "30007"),
    ("undelivered", "30034"): ("failed", "unregistered", "30034"),
    ("undelivered", "30008"): ("failed", "carrier_error", "30008"),
    ("undelivered", "12345"): ("failed", "carrier_error", "12345"),
    ("failed", "21610"): ("rejected", "opted_out", "21610"),
    ("failed", ""): ("rejected", "carrier_error", ""),
    ("canceled", ""): ("rejected", "carrier_error", ""),
    ("something new", ""): ("unknown", "", ""),
}


@pytest.mark.parametrize(("status", "code"), FATES)
def test_receipts(status: str, code: str) -> None:
    told = read(OWN, NETWORK.report(URL, SENT, status, code))
    fate, reason, kept = FATES[status, code]
    assert told.delivered == (Delivered(TEXT.reference, SENT.vendor_id, fate, reason, kept),)  # type: ignore[arg-type]
    assert told.inbound == ()


def test_a_receipt_at_the_address_for_texts_names_the_vendor_id() -> None:
    told = read(OWN, NETWORK.receipt(URL, replace(SENT, receipts=""), "delivered", now()))
    assert told.delivered == (Delivered("", SENT.vendor_id, "delivered"),)


def test_a_receipt_of_two_texts() -> None:
    webhook = NETWORK.report(URL, replace(SENT, receipts=f"{CALLBACK}&text=another"), "delivered")
    assert refusal(OWN, webhook) == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"CallSid": f"CA{'a' * 32}", "CallStatus": "ringing", "From": PHONE},
        {"MessageSid": sid("x"), "From": "whatsapp:+14155550123", "To": "whatsapp:+18445550100", "Body": "STOP"},
    ],
)
def test_of_no_interest(fields: dict[str, str]) -> None:
    told = read(OWN, NETWORK.signed(URL, {"AccountSid": NETWORK.account} | fields))
    assert (told.inbound, told.delivered, told.answer.body) == ((), (), "<Response/>")


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


@pytest.mark.parametrize("url", ["https://sms.example.com/inbound/k3z", "http://sms.example.com/inbound/k3y"])
def test_another_address(url: str) -> None:
    assert refusal(OWN, replace(made("text"), url=url)) == 403


@pytest.mark.parametrize(
    ("called", "signed"),
    [
        ("https://sms.example.com/i", "https://sms.example.com:443/i"),
        ("https://sms.example.com:443/i", "https://sms.example.com/i"),
        ("https://sms.example.com:8443/i?a=%2F", "https://sms.example.com/i?a=%2F"),
        ("http://p/p", "http://p:80/p"),
    ],
)
def test_twilio_adds_and_drops_ports(called: str, signed: str) -> None:
    webhook = NETWORK.signed(signed, NETWORK.fields("m1", PHONE, "Y"))
    assert refusal(OWN, replace(webhook, url=called)) == 200


def test_words_cannot_become_another_phone() -> None:
    """Twilio joins names and values without marks: a text may hold what reads as other fields under its own signature."""
    genuine = inbound("YFrom+14155550199FromCityX")
    assert read(OWN, genuine).inbound[0].phone == PHONE
    fields = fields_of(genuine)
    hidden = {name: fields[name] for name in fields if name != "FromCity"}
    hidden |= {"Body": "Y", "From": "+14155550199", "FromCity": f"XFrom{PHONE}FromCity{fields['FromCity']}"}
    assert refusal(OWN, NETWORK.still_genuine(genuine, hidden)) == 400


@pytest.mark.parametrize("name", ["MessageSid", "From", "To", "AccountSid"])
@pytest.mark.parametrize("value", ["", "x", "+", "+1415555012345678901", "14155550123", "SMxyz"])
def test_a_field_without_its_pattern(name: str, value: str) -> None:
    assert refusal(OWN, inbound(**{name: value})) == 400


def test_the_new_signature_is_pinned_by_the_settings() -> None:
    fields = NETWORK.fields("m1", PHONE, "Y")
    shared = carrier(signature="HMAC_SHA256", webhook_secrets=["shared-key-secret"])
    new = NETWORK.signed(URL, fields, token="shared-key-secret", algorithm="HMAC_SHA256")
    assert [refusal(OWN, new), refusal(shared, new)] == [403, 200]
    assert refusal(shared, NETWORK.signed(URL, fields)) == 403
    assert refusal(shared, NETWORK.signed(URL, fields, token="shared-key-secret")) == 403


def test_old_and_new_secret() -> None:
    both = carrier(webhook_secrets=["old-token", "new-token"])
    tokens = ("old-token", "new-token", NETWORK.token)
    webhooks = [NETWORK.signed(URL, NETWORK.fields("m1", PHONE, "Y"), token=token) for token in tokens]
    assert [refusal(both, webhook) for webhook in webhooks] == [200, 200, 403]


def test_an_empty_secret_is_none() -> None:
    signature = RequestValidator("").compute_signature(URL, fields_of(made("text")))
    unlocked = with_header(made("text"), SIGNATURE, signature)
    assert refusal(carrier(auth_token=""), unlocked) == 403
    assert refusal(carrier(webhook_secrets=[""]), unlocked) == 403


@given(LATIN, st.binary(max_size=80), st.sampled_from(["application/x-www-form-urlencoded", "application/json", ""]))
def test_noise_is_refused(signature: str, body: bytes, media: str) -> None:
    noise = Webhook(URL, {SIGNATURE: signature, "content-type": media}, body)
    assert refusal(OWN, noise) in {400, 403, 415}


@given(
    st.dictionaries(st.sampled_from([*NETWORK.fields("m", PHONE, "Y"), "MessageStatus", "ErrorCode", "é"]), st.text())
)
def test_signed_noise_is_read_or_refused(fields: dict[str, str]) -> None:
    try:
        webhook = NETWORK.signed(URL, {"AccountSid": NETWORK.account} | fields)
    except (UnicodeEncodeError, AssertionError):
        return  # what no form can hold, or the SDK itself cannot check
    assert refusal(OWN, webhook) in {200, 400, 403}


def test_meanings() -> None:
    assert set(twilio.MEANINGS) == set(Account.__struct_fields__)
