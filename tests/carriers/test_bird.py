"""Bird's Channels API: the call as documented, its codes, its webhooks, its list."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.carriers.bird_network import BirdNetwork, iso, make, message_id, signature
from tests.carriers.driving import LATIN, TEXT, URL, missed, now, read, refusal, send
from tests.carriers.network import Reply, Request, Sent, Webhook
from tests.carriers.recorder import HANG_UP
from yesline.carriers import bird, messagebird_codes
from yesline.carriers.base import Delivered, Inbound, Outgoing
from yesline.carriers.bird import Account, BirdCarrier
from yesline.errors import ConfigError, Refusal, TextRefused, TextUncertain

NETWORK = BirdNetwork()
OWN_TEXT = replace(TEXT, sender=NETWORK.sender)
SENT = Sent(TEXT.reference, TEXT.phone, NETWORK.sender, TEXT.body, message_id(TEXT.reference))


def carrier(api: str = "http://127.0.0.1:9", network: BirdNetwork = NETWORK, **more: Any) -> BirdCarrier:
    return BirdCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


OWN = carrier()


def sending(answer: Any, text: Outgoing = OWN_TEXT) -> tuple[Any, list[Request]]:
    return send(carrier, answer, text)


def test_make() -> None:
    assert make().kind == "bird"


def test_the_documented_vector_of_a_signature() -> None:
    """Made with OpenSSL: `printf '%s\\n%s\\n' TIME URL; openssl dgst -sha256 -binary BODY` into `openssl dgst -sha256 -hmac KEY`."""
    made = signature("secureSigningKey", "1719823259", "https://domain.com/webhook/bird", b'{"service":"channels"}')
    assert made == "LHecnncIcr4K7yrloYAwqo67bgZxxTTLdgShZrs7t3w="


def test_request_is_the_documented_one() -> None:
    vendor_id, [request] = sending(NETWORK.answer)
    path = f"/workspaces/{NETWORK.workspace}/channels/{NETWORK.channel}/messages"
    assert (request.method, request.target) == ("POST", path)
    assert request.headers["authorization"] == f"AccessKey {NETWORK.key}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": "+14155550123"}]},
        "body": {"type": "text", "text": {"text": TEXT.body}},
        "reference": "ref-7Qk2",
    }
    assert vendor_id == message_id("ref-7Qk2")


def test_a_channel_sends_as_its_own_number_only() -> None:
    refused, requests = sending(NETWORK.answer, TEXT)
    assert isinstance(refused, TextRefused)
    assert (refused.reason, refused.permanent, requests) == ("sender", True, [])


@pytest.mark.parametrize(
    ("reply", "reason", "permanent", "code"),
    [
        (Reply(401, {"code": "Unauthorized"}), "credentials", False, "Unauthorized"),
        (Reply(403, {"code": "Forbidden"}), "credentials", False, "Forbidden"),
        (Reply(402, "<html>"), "no_credit", False, "402"),
        (Reply(404, {"code": "ResourceNotFound"}), "credentials", False, "ResourceNotFound"),
        (Reply(404, []), "credentials", False, "404"),
        (Reply(400, {"code": "InvalidPayload"}), "content", True, "InvalidPayload"),
        (Reply(422, {"code": 7}), "content", True, "7"),
        (Reply(409, {}), "carrier_error", True, "409"),
        (Reply(307, {}), "carrier_error", False, "307"),
    ],
)
def test_refusals(reply: Reply, reason: str, permanent: bool, code: str) -> None:
    refused, _ = sending(reply)
    assert isinstance(refused, TextRefused)
    assert (refused.reason, refused.permanent, refused.code) == (reason, permanent, code)


def test_asked_to_wait() -> None:
    refused, _ = sending(Reply(429, {}, {"retry-after": "3"}))
    assert isinstance(refused, TextRefused)
    assert (refused.reason, refused.permanent, refused.wait) == ("rate_limited", False, 3000)


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(HANG_UP), Reply(202, {}), Reply(202, "taken")])
def test_uncertain(reply: Reply) -> None:
    refused, requests = sending(reply)
    assert isinstance(refused, TextUncertain)
    assert len(requests) == 1


def test_inbound() -> None:
    webhook = NETWORK.inbound(URL, id="in-1", phone="+14155550123", text="Arrêt ✋", at=1_700_000_000_123)
    text = Inbound("in-1", "+14155550123", NETWORK.sender, "Arrêt ✋", 1_700_000_000_123)
    assert read(OWN, webhook).inbound == (text,)


def incoming(**more: Any) -> dict[str, Any]:
    contact = {"identifierKey": "phonenumber", "identifierValue": "+14155550123"}
    message = {"id": "1", "channelId": NETWORK.channel, "direction": "incoming", "createdAt": iso(now())}
    return message | {"sender": {"contact": contact}} | more


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"type": "image", "image": {"images": [{"mediaUrl": "x"}], "text": "STOP"}}, "STOP"),
        ({"type": "file", "file": {"files": []}}, ""),
        ({"type": "text", "text": "bare"}, ""),
        ({"type": "text", "text": {"text": 7}}, ""),
        ({"type": "location"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_bodies(body: Any, text: str) -> None:
    [told] = read(OWN, NETWORK.event(URL, "sms.inbound", incoming(body=body))).inbound
    assert told.body == text


@pytest.mark.parametrize(
    "content",
    [
        {"service": "channels", "event": "whatsapp.inbound", "payload": {}},
        {"service": "conversations", "event": "sms.inbound", "payload": {}},
        {"service": "channels", "event": "sms.inbound", "payload": incoming(direction="outgoing")},
        {"service": "channels", "event": "sms.inbound", "payload": incoming(sender=None)},
        {"service": "channels", "event": "sms.inbound", "payload": incoming(sender={"contact": {"identifierKey": "emailaddress", "identifierValue": "+14155550123"}})},
        {"service": "channels", "event": "sms.inbound", "payload": incoming(sender={"contact": {"identifierKey": "phonenumber", "identifierValue": "MTN"}})},
        {"service": "channels", "event": "sms.outbound", "payload": incoming(status="delivered")},
        {"service": "channels", "event": "sms.outbound", "payload": incoming(direction="outgoing", status="pondering")},
    ],
)  # fmt: skip
def test_events_of_no_interest(content: dict[str, Any]) -> None:
    told = read(OWN, NETWORK.signed(URL, content))
    assert (told.inbound, told.delivered) == ((), ())


def failure(code: int = 0, source: str = "", name: str = "sms-messagebird") -> dict[str, Any]:
    return {"status": "delivery_failed", "failure": {"code": code, "source": {"name": name, "code": source}}}


@pytest.mark.parametrize(
    ("fate", "told"),
    [
        ({"status": "accepted"}, ("sent", "", "")),
        ({"status": "sent"}, ("sent", "", "")),
        ({"status": "delivered"}, ("delivered", "", "")),
        (failure(15005, "1"), ("failed", "invalid_number", "1")),
        (failure(15001, "103"), ("failed", "opted_out", "103")),
        (failure(15005, "999"), ("failed", "invalid_number", "999")),
        (failure(12003, "", "pre-processing"), ("failed", "country", "12003")),
        (failure(12003, "7", "pre-processing"), ("failed", "country", "12003")),
        (failure(14999), ("failed", "carrier_error", "14999")),
        ({"status": "sending_failed", "failure": {"code": 12001}}, ("failed", "carrier_down", "12001")),
        ({"status": "sending_failed", "reason": "details: gone; reason: unknown_subscriber; code: 1"}, ("failed", "invalid_number", "unknown subscriber")),
        ({"status": "sending_failed", "reason": None}, ("failed", "carrier_error", "")),
        ({"status": "rejected", "reason": "carrier rejected"}, ("rejected", "blocked", "carrier rejected")),
    ],
)  # fmt: skip
def test_receipts(fate: dict[str, Any], told: tuple[Any, Any, str]) -> None:
    webhook = NETWORK.report(URL, SENT, fate, 1_700_000_000_123)
    assert read(OWN, webhook).delivered == (Delivered("ref-7Qk2", SENT.vendor_id, *told, 1_700_000_000_123),)


@pytest.mark.parametrize(("code", "reason"), bird._FAILURES.items())
def test_every_failure_code(code: str, reason: str) -> None:
    [told] = read(OWN, NETWORK.report(URL, SENT, failure(int(code)), 1)).delivered
    assert (told.reason, told.code) == (reason, code)


@pytest.mark.parametrize(
    "code", [code for code, reason in messagebird_codes.CODES.items() if reason != "carrier_error"]
)
def test_every_code_of_the_sms_platform(code: str) -> None:
    [told] = read(OWN, NETWORK.report(URL, SENT, failure(15001, code), 1)).delivered
    assert (told.reason, told.code) == (messagebird_codes.CODES[code], code)


@pytest.mark.parametrize("kind", ["inbound", "receipt"])
def test_forgeries(kind: str) -> None:
    genuine = (
        NETWORK.inbound(URL, id="in-2", phone="+14155550123", text="Y", at=now())
        if kind == "inbound"
        else NETWORK.receipt(URL, SENT, "opted_out", now())
    )
    at = now()
    refused = [(what, refusal(OWN, forged, at), status) for what, forged, status in NETWORK.forgeries(genuine, at)]
    assert len(refused) > 20
    assert [(what, got) for what, got, status in refused if got != status] == []
    assert refusal(OWN, genuine, at) == 200


EVENT = {"service": "x", "event": "y", "payload": {}}


@pytest.mark.parametrize(("tolerance", "within"), [(300, 300_000), (28_800, 28_800_000)])
def test_edges_of_freshness(tolerance: int, within: int) -> None:
    at = 1_700_000_000_000
    own, webhook = carrier(tolerance=tolerance), NETWORK.signed(URL, EVENT, at=at)
    times = [at - within - 1, at - within, at + within, at + within + 1]
    assert [refusal(own, webhook, when) for when in times] == [403, 200, 200, 403]
    assert Account("k", "w", "c", "1", ("s",)).tolerance == 300


@pytest.mark.parametrize("time", ["", " 1700000000", "17000000000", "１７００００００００", "1.7e9", "-170000000"])
def test_signed_times_that_are_none(time: str) -> None:
    good = signature(NETWORK.signing_key, time, URL, b"{}")
    headers = {"messagebird-signature": good, "messagebird-request-timestamp": time, "content-type": "application/json"}
    assert refusal(OWN, Webhook(URL, headers, b"{}")) == 403


def test_old_and_new_key() -> None:
    both = carrier(signing_keys=["new", NETWORK.signing_key])
    keys = (NETWORK.signing_key, "new", "third")
    assert [refusal(both, NETWORK.signed(URL, EVENT, key=key)) for key in keys] == [200, 200, 403]


@pytest.mark.parametrize(
    "wrong",
    [{"signing_keys": []}, {"signing_keys": ["a", ""]}, {"workspace": "../x"}, {"channel": ""}, {"number": "Acme"}],
)
def test_settings_that_cannot_work(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main"):
        carrier(**wrong)


def test_meanings() -> None:
    assert set(bird.MEANINGS) == set(Account.__struct_fields__)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 5000,
        {"service": "channels"},
        {"service": "channels", "event": "sms.inbound", "payload": {}},
        {"service": "channels", "event": "sms.inbound", "payload": incoming(id="a\nb")},
        {"service": "channels", "event": "sms.outbound", "payload": incoming(failure=[1])},
    ],
)
def test_malformed(content: Any) -> None:
    assert refusal(OWN, NETWORK.signed(URL, content)) == 400


@given(LATIN, LATIN, LATIN, st.binary(max_size=80))
def test_nothing_but_refusals(given_signature: str, time: str, media: str, body: bytes) -> None:
    headers = {"messagebird-signature": given_signature, "messagebird-request-timestamp": time, "content-type": media}
    with pytest.raises(Refusal) as refused:
        read(OWN, Webhook(URL, headers, body))
    assert refused.value.status == 403


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=3)
FIELDS = ["id", "status", "reference", "reason", "sender", "body", "failure", "createdAt", "direction"]


@given(st.dictionaries(st.sampled_from(FIELDS), ANY), st.sampled_from(["sms.inbound", "sms.outbound"]))
def test_signed_nonsense_is_read_or_refused(fields: dict[str, Any], event: str) -> None:
    assert refusal(OWN, NETWORK.event(URL, event, incoming(**fields))) in (200, 400)


def test_missed_pages() -> None:
    network = BirdNetwork()
    start = 1_700_000_000_000
    webhooks = [
        network.inbound(URL, id=f"m{n}", phone="+14155550123", text=f"text {n}", at=start + n) for n in range(250)
    ]
    found, requests = missed(lambda api: carrier(api, network), network.answer, start + 10)
    own = carrier(network=network)
    assert found == [read(own, webhook).inbound[0] for webhook in webhooks[10:]]
    assert len(requests) == 3
    asked = "direction=incoming&startAt=2023-11-14T22%3A13%3A20.010Z&limit=100&pageToken=200"
    assert requests[2].target.endswith(f"/messages?{asked}")


def test_missed_leaves_out_what_cannot_be_read() -> None:
    items: list[Any] = [None, 7, {}, incoming(direction="outgoing"), incoming(createdAt=iso(1)), incoming()]
    found, _ = missed(carrier, lambda _: Reply(200, {"results": items}), now() - 60_000)
    assert [text.id for text in found] == ["1"]


def test_missed_is_bounded() -> None:
    found, requests = missed(carrier, lambda _: Reply(200, {"results": [{}], "nextPageToken": "again"}), 1)
    assert (found, len(requests)) == ([], bird._MOST_PAGES)


@pytest.mark.parametrize("reply", [Reply(200, {"results": 7}), Reply(200, "none")])
def test_missed_without_a_list(reply: Reply) -> None:
    assert missed(carrier, lambda _: reply, 1)[0] == []


def test_missed_cannot_be_asked() -> None:
    with pytest.raises(TextRefused) as refused:
        missed(carrier, lambda _: Reply(403, {}), 1)
    assert refused.value.reason == "credentials"
