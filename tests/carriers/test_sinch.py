"""Sinch: the wire against the official SDK, its codes, its webhooks, its list."""

import json
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.carriers.driving import (
    LATIN,
    TEXT,
    URL,
    missed,
    now,
    read,
    refusal,
    send,
    wire,
    with_header,
)
from tests.carriers.network import Reply, Request, Sent, Webhook
from tests.carriers.recorder import HANG_UP, Recorder
from tests.carriers.sinch_network import SinchNetwork, make
from yesline.carriers import sinch
from yesline.carriers.base import Delivered, Inbound
from yesline.carriers.sinch import Account, SinchCarrier
from yesline.errors import ConfigError, Refusal, TextRefused, TextUncertain

NETWORK = SinchNetwork()
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, "01FC66621XX", "https://sms.example.com/receipts/k3y")


def carrier(api: str = "http://127.0.0.1:9", network: SinchNetwork = NETWORK, **more: Any) -> SinchCarrier:
    return SinchCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


def unsigned(**more: Any) -> SinchCarrier:
    return carrier(secrets=[], **({"user": "acme", "passwords": ["correct horse battery"]} | more))


OWN = carrier()
UNSIGNED = unsigned()


def test_make() -> None:
    assert make().kind == "sinch"


def test_request_equals_the_sdk() -> None:
    from sinch import SinchClient  # type: ignore[import-untyped]

    vendor_id, [ours] = send(carrier, NETWORK.answer)
    with Recorder(NETWORK.answer) as recorder:
        client = SinchClient(service_plan_id=NETWORK.plan, sms_api_token=NETWORK.token, sms_region="us")
        client.configuration.sms_domain_with_service_plan_id = recorder.url
        batch = client.sms.batches.send_sms(
            to=[TEXT.phone],
            from_=TEXT.sender,
            body=TEXT.body,
            delivery_report="per_recipient",
            event_destination_target=TEXT.receipts,
            client_reference=TEXT.reference,
        )
        client.configuration.transport.http_session.close()
        [theirs] = recorder.requests
    assert wire(ours, "authorization") == wire(theirs, "authorization")
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert vendor_id == batch.id


def test_without_receipts() -> None:
    _, [request] = send(carrier, NETWORK.answer, replace(TEXT, receipts=""))
    body = json.loads(request.body)
    assert (body["delivery_report"], "callback_url" in body) == ("none", False)


def test_basic_accounts_get_receipts_at_their_own_address() -> None:
    _, [request] = send(lambda api: unsigned(api=api), NETWORK.answer)
    body = json.loads(request.body)
    assert (body["delivery_report"], "callback_url" in body) == ("per_recipient", False)


@pytest.mark.parametrize(("code", "meaning"), sinch._REFUSED.items())
def test_refusals(code: str, meaning: tuple[str, bool]) -> None:
    error, _ = send(carrier, Reply(403, {"code": code, "text": "No."}))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (*meaning, code)


@pytest.mark.parametrize(
    ("status", "reason", "permanent"),
    [(400, "content", True), (401, "credentials", False), (403, "credentials", False), (404, "carrier_error", True)],
)
def test_unknown_refusals(status: int, reason: str, permanent: bool) -> None:
    error, _ = send(carrier, Reply(status, "<html>no JSON</html>"))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent) == (reason, permanent)


def test_asked_to_wait() -> None:
    error, _ = send(carrier, Reply(429, {}, {"retry-after": "7"}))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.wait) == ("rate_limited", False, 7000)


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(HANG_UP), Reply(201, {}), Reply(201, "taken")])
def test_uncertain(reply: Reply) -> None:
    error, requests = send(carrier, reply)
    assert isinstance(error, TextUncertain)
    assert len(requests) == 1


def test_inbound() -> None:
    webhook = NETWORK.inbound(URL, id="mo1", phone="+14155550123", text="Arrêt ✋", at=1_700_000_000_123)
    [text] = read(OWN, webhook).inbound
    nonce = webhook.headers["x-sinch-webhook-signature-nonce"]
    assert text == Inbound("mo1", "+14155550123", "+18445550100", "Arrêt ✋", 1_700_000_000_123, nonce=nonce)


def test_short_codes_keep_their_form() -> None:
    event = {
        "id": "1",
        "type": "mo_text",
        "from": "14155550123",
        "to": "12345",
        "body": "Y",
        "received_at": "2026-01-01T00:00:00Z",
    }
    assert read(OWN, NETWORK.signed(URL, event)).inbound[0].sender == "12345"


@pytest.mark.parametrize(("body", "text"), [({"message": "STOP", "media": []}, "STOP"), ({"subject": "x"}, "")])
def test_media(body: dict[str, Any], text: str) -> None:
    event = {
        "id": "1",
        "type": "mo_media",
        "from": "+14155550123",
        "to": "18445550100",
        "body": body,
        "received_at": "2026-01-01T00:00:00Z",
    }
    assert read(OWN, NETWORK.signed(URL, event)).inbound[0].body == text


@pytest.mark.parametrize(
    "event",
    [
        {"type": "delivery_report_sms", "batch_id": "1", "statuses": []},
        {"type": "mo_binary", "body": "AAE="},
        {"type": "something_new"},
        {},
        {
            "id": "1",
            "type": "mo_text",
            "from": "MTN",
            "to": "12345",
            "body": "Y",
            "received_at": "2026-01-01T00:00:00Z",
        },
        {"type": "recipient_delivery_report_sms", "batch_id": "1", "status": "Queued", "code": 400},
    ],
)
def test_events_of_no_interest(event: dict[str, Any]) -> None:
    told = read(OWN, NETWORK.signed(URL, event))
    assert (told.inbound, told.delivered) == ((), ())


@pytest.mark.parametrize(
    ("status", "code", "fate", "reason"),
    [
        ("Dispatched", 401, "sent", ""),
        ("DELIVERED", 0, "delivered", ""),
        ("Aborted", 412, "rejected", "country"),
        ("Rejected", 62, "rejected", "blocked"),
        ("Deleted", 61, "rejected", "opted_out"),
        ("Failed", 150, "failed", "invalid_number"),
        ("Expired", 406, "failed", "unreachable"),
        ("Cancelled", 407, "failed", "carrier_error"),
        ("Unknown", 0, "unknown", ""),
    ],
)
def test_receipts(status: str, code: int, fate: Any, reason: Any) -> None:
    webhook = NETWORK.report(URL, SENT, status, code, 1_700_000_000_000)
    told = Delivered("ref-7Qk2", "01FC66621XX", fate, reason, str(code) if reason else "", 1_700_000_000_000)
    assert read(OWN, webhook).delivered == (told,)


@pytest.mark.parametrize(("code", "meaning"), sinch._LOST.items())
def test_every_code_of_a_report(code: str, meaning: tuple[str, bool]) -> None:
    [told] = read(OWN, NETWORK.report(URL, SENT, "Failed", int(code), 1)).delivered
    assert (told.reason, told.code) == (meaning[0], code)


@pytest.mark.parametrize("kind", ["inbound", "receipt"])
def test_forgeries(kind: str) -> None:
    genuine = (
        NETWORK.inbound(URL, id="mo2", phone="+14155550123", text="Y", at=now())
        if kind == "inbound"
        else NETWORK.receipt(URL, SENT, "opted_out", now())
    )
    at = now()
    refused = [(what, refusal(OWN, forged, at), status) for what, forged, status in NETWORK.forgeries(genuine, at)]
    assert len(refused) > 20
    assert [(what, got) for what, got, status in refused if got != status] == []
    assert refusal(OWN, genuine, at) == 200


def test_edges_of_freshness() -> None:
    at = 1_700_000_000_000
    webhook = NETWORK.signed(URL, {"type": "x"}, at=at)
    assert [refusal(OWN, webhook, at + late) for late in (-300_001, -300_000, 300_000, 300_001)] == [
        403,
        200,
        200,
        403,
    ]


def test_signed_times_in_milliseconds() -> None:
    body = {"type": "x"}
    webhook = NETWORK.signed(URL, body, at=now() * 1000)
    assert len(webhook.headers["x-sinch-webhook-signature-timestamp"]) == 13
    assert refusal(OWN, webhook) == 200


def test_old_and_new_secret() -> None:
    both = carrier(secrets=["new secret", NETWORK.secret])
    assert refusal(both, NETWORK.signed(URL, {"type": "x"})) == 200
    assert refusal(both, NETWORK.signed(URL, {"type": "x"}, secret="new secret")) == 200
    assert refusal(both, NETWORK.signed(URL, {"type": "x"}, secret="third")) == 403


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (basic("acme", "correct horse battery"), 200),
        (basic("acme", "another good password"), 200),
        (basic("acme", "correct horse batterY"), 403),
        (basic("acmf", "correct horse battery"), 403),
        (basic("acme", ""), 403),
        ("Bearer" + basic("acme", "correct horse battery")[5:], 403),
        (basic("acme", "correct horse battery")[6:], 403),
        ("Basic \xe9", 403),
        (None, 403),
    ],
)
def test_basic(authorization: str | None, status: int) -> None:
    webhook = with_header(
        Webhook(URL, {"content-type": "application/json"}, b'{"type": "x"}'), "Authorization", authorization
    )
    own = unsigned(passwords=["correct horse battery", "another good password"])
    assert refusal(own, webhook) == status


def test_basic_reads_texts_without_a_nonce() -> None:
    signed = NETWORK.inbound(URL, id="mo3", phone="+14155550123", text="Y", at=1)
    webhook = with_header(signed, "Authorization", basic("acme", "correct horse battery"))
    [text] = read(UNSIGNED, webhook).inbound
    assert (text.body, text.nonce) == ("Y", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"user": "acme"},
        {"passwords": ["correct horse battery"]},
        {"user": "acme", "passwords": ["correct horse battery", "short"]},
        {"secrets": [""]},
    ],
)
def test_settings_that_check_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main"):
        carrier(**({"secrets": []} | wrong))


def test_meanings() -> None:
    assert set(sinch.MEANINGS) == set(Account.__struct_fields__)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"type": "mo_text"}',
        b'{"type": 7}',
        b"[" * 5000,
        b'{"type": "recipient_delivery_report_sms"}',
    ],
)
def test_malformed(body: bytes) -> None:
    webhook = Webhook(
        URL, {"content-type": "application/json", "authorization": basic("acme", "correct horse battery")}, body
    )
    assert refusal(UNSIGNED, webhook) == 400


@given(LATIN, LATIN, LATIN, LATIN, st.binary(max_size=80))
def test_nothing_but_refusals(signature: str, nonce: str, time: str, media: str, body: bytes) -> None:
    headers = {"content-type": media, "x-sinch-webhook-signature": signature, "authorization": signature}
    headers |= {"x-sinch-webhook-signature-nonce": nonce, "x-sinch-webhook-signature-timestamp": time}
    for own in (OWN, UNSIGNED):
        with pytest.raises(Refusal) as refused:
            read(own, Webhook(URL, headers, body))
        assert refused.value.status == 403


def test_missed_pages() -> None:
    network = SinchNetwork()
    webhooks = [
        network.inbound(URL, id=f"m{n}", phone="+14155550123", text=f"text {n}", at=1_700_000_000_000 + n)
        for n in range(250)
    ]
    found, requests = missed(lambda api: carrier(api, network), network.answer, 1_700_000_000_010)
    own = carrier(network=network)
    told = [read(own, webhook).inbound[0] for webhook in webhooks[10:]]
    assert found == [replace(text, nonce="") for text in told]
    assert len(requests) == 3
    assert "start_date=2023-11-14T22%3A13%3A20.010Z" in requests[0].target


def test_missed_leaves_out_what_cannot_be_read() -> None:
    good = {
        "id": "1",
        "type": "mo_text",
        "from": "14155550123",
        "to": "12345",
        "body": "STOP",
        "received_at": "2026-01-01T00:00:00Z",
    }
    inbounds: list[Any] = [None, 7, {"type": "mo_text"}, {"type": []}, good]
    found, _ = missed(carrier, lambda _: Reply(200, {"inbounds": inbounds}), 1)
    assert [text.id for text in found] == ["1"]


def test_missed_is_bounded() -> None:
    def endless(_: Request) -> Reply:
        return Reply(200, {"inbounds": [{"type": "mo_binary"}] * 100})

    found, requests = missed(carrier, endless, 1)
    assert (found, len(requests)) == ([], sinch._MOST_PAGES)


def test_missed_cannot_be_asked() -> None:
    with pytest.raises(TextRefused) as refused:
        missed(carrier, lambda _: Reply(401), 1)
    assert refused.value.reason == "credentials"
