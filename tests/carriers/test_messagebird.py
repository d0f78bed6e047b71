"""MessageBird's older API: the wire against the official SDK, its codes, its webhooks, its list."""

import json
from typing import Any

import messagebird  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from messagebird.error import ValidationError  # type: ignore[import-untyped]
from messagebird.request_validator import RequestValidator  # type: ignore[import-untyped]
from msgspec.structs import replace

from tests.carriers.driving import LATIN, TEXT, URL, missed, now, read, refusal, send, wire
from tests.carriers.messagebird_network import SIGNATURE, MessageBirdNetwork, error, iso, make, message_id, wrong_claims
from tests.carriers.network import Reply, Request, Sent, Webhook
from tests.carriers.recorder import HANG_UP, Recorder
from yesline.carriers import messagebird as ours
from yesline.carriers import messagebird_codes
from yesline.carriers.base import Answer, Delivered, Inbound
from yesline.carriers.messagebird import Account, MessageBirdCarrier
from yesline.errors import ConfigError, Refusal, TextRefused, TextUncertain

NETWORK = MessageBirdNetwork()
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, message_id(TEXT.reference), TEXT.receipts)
FAILED = {"status": "delivery_failed"}


def carrier(api: str = "http://127.0.0.1:9", network: MessageBirdNetwork = NETWORK, **more: Any) -> MessageBirdCarrier:
    return MessageBirdCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


OWN = carrier()


def test_make() -> None:
    assert make().kind == "messagebird"


def test_request_equals_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor_id, [sent] = send(carrier, NETWORK.answer)
    with Recorder(NETWORK.answer) as recorder:
        monkeypatch.setattr("messagebird.client.ENDPOINT", recorder.url)
        params = {"reference": TEXT.reference, "reportUrl": TEXT.receipts, "datacoding": "auto"}
        message = messagebird.Client(NETWORK.key).message_create(TEXT.sender[1:], [TEXT.phone[1:]], TEXT.body, params)
        [theirs] = recorder.requests
    assert wire(sent, "authorization") == wire(theirs, "authorization")
    assert json.loads(sent.body) == json.loads(theirs.body)
    assert vendor_id == message.id


def test_without_receipts() -> None:
    _, [request] = send(carrier, NETWORK.answer, replace(TEXT, receipts="", sender="Acme"))
    body = json.loads(request.body)
    assert ("reportUrl" in body, body["originator"]) == (False, "Acme")


@pytest.mark.parametrize(("code", "meaning"), ours._REFUSED.items())
def test_refusals(code: str, meaning: tuple[str, bool]) -> None:
    refused, _ = send(carrier, error(422, int(code), "No.", None))
    assert isinstance(refused, TextRefused)
    assert (refused.reason, refused.permanent, refused.code) == (*meaning, code)


@pytest.mark.parametrize(
    ("code", "parameter", "reason"),
    [(9, "recipients", "invalid_number"), (10, "recipient", "invalid_number"), (10, "originator", "sender"),
     (10, "body", "content"), (25, "recipient", "no_credit")],
)  # fmt: skip
def test_refusals_about_a_parameter(code: int, parameter: str, reason: str) -> None:
    refused, _ = send(carrier, error(422, code, "No.", parameter))
    assert isinstance(refused, TextRefused)
    assert (refused.reason, refused.code) == (reason, str(code))


@pytest.mark.parametrize(
    ("reply", "reason", "permanent"),
    [
        (Reply(401, {}), "credentials", False),
        (Reply(403, "<html>"), "credentials", False),
        (Reply(402, {"errors": "no list"}), "no_credit", False),
        (Reply(422, {"errors": []}), "content", True),
        (Reply(404, [1]), "carrier_error", True),
        (Reply(302, {}), "carrier_error", False),
    ],
)
def test_unknown_refusals(reply: Reply, reason: str, permanent: bool) -> None:
    refused, _ = send(carrier, reply)
    assert isinstance(refused, TextRefused)
    assert (refused.reason, refused.permanent) == (reason, permanent)


def test_asked_to_wait() -> None:
    refused, _ = send(carrier, Reply(429, {}, {"retry-after": "3"}))
    assert isinstance(refused, TextRefused)
    assert (refused.reason, refused.permanent, refused.wait) == ("rate_limited", False, 3000)


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(HANG_UP), Reply(201, {}), Reply(201, {"id": 7})])
def test_uncertain(reply: Reply) -> None:
    refused, requests = send(carrier, reply)
    assert isinstance(refused, TextUncertain)
    assert len(requests) == 1


def nonce_of(webhook: Webhook) -> str:
    claims = RequestValidator(NETWORK.signing_key).validate_signature(
        webhook.headers[SIGNATURE], webhook.url, webhook.body
    )
    return str(claims["jti"])


def test_inbound() -> None:
    webhook = NETWORK.inbound(URL, id="mo1", phone="+14155550123", text="Arrêt ✋", at=1_700_000_000_000)
    told = read(OWN, webhook)
    text = Inbound("mo1", "+14155550123", "+12025550100", "Arrêt ✋", 1_700_000_000_000, nonce=nonce_of(webhook))
    assert (told.inbound, told.answer) == ((text,), Answer("OK"))


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "webhook",
    [
        Webhook(URL, {"Content-Type": FORM}, b"id=m1&originator=14155550123&recipient=12025550100&body=STOP"),
        Webhook(f"{URL}?id=m1&originator=14155550123&recipient=12025550100&body=STOP", {}, b"", "GET"),
        Webhook(f"{URL}?recipient=12025550100", {"Content-Type": FORM}, b"id=m1&originator=14155550123&body=STOP"),
        Webhook(
            URL,
            {"Content-Type": "application/json; charset=utf-8"},
            b'{"id":"m1","originator":14155550123,"recipient":12025550100,"body":"STOP","mediaURLs":["x"],"mms":true}',
        ),
    ],
)
def test_ways_in_which_texts_come(webhook: Webhook) -> None:
    [text] = read(OWN, NETWORK.signed(webhook)).inbound
    assert (text.id, text.phone, text.sender, text.body) == ("m1", "+14155550123", "+12025550100", "STOP")


def test_texts_to_a_short_code() -> None:
    fields = {"shortcode": "51515", "mid": "s1", "id": "other", "message": "JOIN", "originator": "14155550123"}
    webhook = NETWORK.posted(URL, fields | {"receive_datetime": "20231114221320"})
    [text] = read(OWN, webhook).inbound
    assert (text.id, text.sender, text.body, text.at) == ("s1", "51515", "JOIN", 1_700_000_000_000)


def test_pictures_without_words() -> None:
    webhook = NETWORK.posted(URL, {"id": "m1", "originator": "14155550123", "mms": True})
    assert [text.body for text in read(OWN, webhook).inbound] == [""]


@pytest.mark.parametrize(
    "fields", [{}, {"id": "1", "originator": "MTN", "body": "Y"}, {"id": "1", "status": "pending"}, {"x": [1]}]
)
def test_events_of_no_interest(fields: dict[str, Any]) -> None:
    told = read(OWN, NETWORK.posted(URL, fields))
    assert (told.inbound, told.delivered, told.answer) == ((), (), Answer("OK"))


@pytest.mark.parametrize(
    ("fate", "told"),
    [
        ({"status": "buffered"}, ("sent", "", "")),
        ({"status": "sent"}, ("sent", "", "")),
        ({"status": "delivered", "statusErrorCode": "0"}, ("delivered", "", "")),
        (FAILED | {"statusErrorCode": "103"}, ("failed", "opted_out", "103")),
        (FAILED | {"statusReason": "carrier_rejected"}, ("failed", "blocked", "carrier rejected")),
        (FAILED | {"statusReason": "new", "statusErrorCode": "999"}, ("failed", "carrier_error", "999")),
        (FAILED, ("failed", "carrier_error", "delivery failed")),
        ({"status": "expired"}, ("failed", "unreachable", "expired")),
    ],
)
def test_receipts(fate: dict[str, str], told: tuple[Any, Any, str]) -> None:
    webhook = NETWORK.report(URL, SENT, fate, 1_700_000_000_000)
    assert webhook.url.startswith("https://sms.example.com/receipts/k3y?")
    receipt = Delivered("ref-7Qk2", SENT.vendor_id, *told, 1_700_000_000_000)
    assert read(OWN, webhook).delivered == (receipt,)


@pytest.mark.parametrize(("code", "reason"), messagebird_codes.CODES.items())
def test_every_code_of_a_receipt(code: str, reason: str) -> None:
    [told] = read(OWN, NETWORK.report(URL, SENT, FAILED | {"statusErrorCode": code}, 1)).delivered
    assert (told.reason, told.code) == (reason, code)


@pytest.mark.parametrize("words", messagebird_codes.WORDS.items())
def test_every_reason_in_words(words: tuple[str, str]) -> None:
    [told] = read(OWN, NETWORK.report(URL, SENT, FAILED | {"statusReason": words[0]}, 1)).delivered
    assert (told.reason, told.code) == (words[1], words[0])


@pytest.mark.parametrize("kind", ["inbound", "receipt"])
def test_forgeries(kind: str) -> None:
    genuine = (
        NETWORK.inbound(URL, id="mo2", phone="+14155550123", text="Y", at=now())
        if kind == "inbound"
        else NETWORK.receipt(URL, SENT, "opted_out", now())
    )
    at = now()
    refused = [(what, refusal(OWN, forged, at), status) for what, forged, status in NETWORK.forgeries(genuine, at)]
    assert len(refused) > 25
    assert [(what, got) for what, got, status in refused if got != status] == []
    assert refusal(OWN, genuine, at) == 200


def test_what_the_sdk_lets_pass_is_refused() -> None:
    """A token without an id could be used again for ever; other spellings of a signature would be other tokens."""
    webhook = NETWORK.receipt(URL, SENT, "delivered", now())
    validator = RequestValidator(NETWORK.signing_key)
    for claims in ({"jti": None}, {"jti": ""}):
        loose = NETWORK.signed(webhook, **claims)
        validator.validate_signature(loose.headers[SIGNATURE], loose.url, loose.body)
        assert refusal(OWN, loose) == 403
    no_address = NETWORK.signed(webhook, url_hash=None)
    RequestValidator(NETWORK.signing_key, True).validate_signature(
        no_address.headers[SIGNATURE], "https://elsewhere.example/", no_address.body
    )
    assert refusal(OWN, no_address) == 403


@pytest.mark.parametrize("what", ["no iss", "no exp", "another issuer", "over", "not yet", "another address"])
def test_what_the_sdk_refuses_is_refused(what: str) -> None:
    webhook = NETWORK.signed(NETWORK.receipt(URL, SENT, "delivered", now()), **wrong_claims(now())[what])
    with pytest.raises(ValidationError):
        RequestValidator(NETWORK.signing_key).validate_signature(webhook.headers[SIGNATURE], webhook.url, webhook.body)
    assert refusal(OWN, webhook) == 403


def test_edges_of_time() -> None:
    at = 1_700_000_000
    webhook = NETWORK.signed(Webhook(URL, {}, b"", "GET"), nbf=at, exp=at + 60)
    times = [at * 1000 - 300_001, at * 1000 - 300_000, (at + 60) * 1000 - 1, (at + 60) * 1000]
    assert [refusal(OWN, webhook, when) for when in times] == [403, 200, 200, 403]


@pytest.mark.parametrize("hash_name", ["HS256", "HS384", "HS512"])
def test_documented_algorithms(hash_name: str) -> None:
    assert refusal(OWN, NETWORK.signed(Webhook(URL, {}, b"", "GET"), hash_name=hash_name)) == 200


def test_old_and_new_key() -> None:
    new = "n" * 64
    both, webhook = carrier(signing_keys=[new, NETWORK.signing_key]), Webhook(URL, {}, b"", "GET")
    keys = (NETWORK.signing_key, new, "t" * 64)
    assert [refusal(both, NETWORK.signed(webhook, key=key)) for key in keys] == [200, 200, 403]


@pytest.mark.parametrize("wrong", [[], [""], ["key", ""]])
def test_settings_that_check_nothing(wrong: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main"):
        carrier(signing_keys=wrong)


def test_meanings() -> None:
    assert set(ours.MEANINGS) == set(Account.__struct_fields__)


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"originator": "14155550123"}', "application/json", 400),
        (b'{"originator": "14155550123", "id": "a\\nb"}', "application/json", 400),
        (b'{"status": "sent"}', "application/json", 400),
        (b"a=1&a=2", FORM, 400),
        (b"\xe9", FORM, 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
    ],
)
def test_malformed(body: bytes, media: str, status: int) -> None:
    assert refusal(OWN, NETWORK.signed(Webhook(URL, {"content-type": media}, body))) == status


def test_one_field_in_address_and_body() -> None:
    webhook = Webhook(f"{URL}?id=1", {"content-type": "application/json"}, b'{"id": "2"}')
    assert refusal(OWN, NETWORK.signed(webhook)) == 400


@given(LATIN, LATIN, LATIN, st.binary(max_size=80))
def test_nothing_but_refusals(signature: str, media: str, query: str, body: bytes) -> None:
    for token in (signature, f"{signature}.{signature}.{signature}", f"eyJhbGciOiJIUzI1NiJ9.{signature}.{signature}"):
        with pytest.raises(Refusal) as refused:
            read(OWN, Webhook(f"{URL}?{query}", {SIGNATURE: token, "content-type": media}, body))
        assert refused.value.status == 403


FIELDS = st.dictionaries(
    st.sampled_from(
        ["id", "status", "originator", "recipient", "shortcode", "mid", "body", "reference", "statusErrorCode"]
    ),
    st.none() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=1),
)


@given(FIELDS | st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=4))
def test_signed_nonsense_is_read_or_refused(fields: Any) -> None:
    assert refusal(OWN, NETWORK.posted(URL, fields)) in (200, 400)


def test_missed_pages() -> None:
    network = MessageBirdNetwork()
    start = 1_700_000_000_000
    webhooks = [
        network.inbound(URL, id=f"m{n}", phone="+14155550123", text=f"text {n}", at=start + n * 1000)
        for n in range(450)
    ]
    found, requests = missed(lambda api: carrier(api, network), network.answer, start + 10_999)
    own = carrier(network=network)
    told = [read(own, webhook).inbound[0] for webhook in webhooks[10:]]
    assert found == [replace(text, nonce="") for text in told]
    assert [request.target.partition("?")[0] for request in requests] == ["/messages"] * 3
    assert "direction=mo&from=2023-11-14T22%3A13%3A30%2B00%3A00&limit=200&offset=400" in requests[2].target


def test_missed_leaves_out_what_cannot_be_read() -> None:
    good = {"id": "1", "originator": 14155550123, "createdDatetime": iso(now()), "body": "STOP"}
    outgoing, old = good | {"id": "2", "direction": "mt"}, good | {"id": "3", "createdDatetime": iso(1)}
    items: list[Any] = [None, 7, {"id": []}, outgoing, old, good | {"originator": "MTN"}, good]
    found, _ = missed(carrier, lambda _: Reply(200, {"items": items}), now() - 60_000)
    assert [(text.id, text.phone, text.sender) for text in found] == [("1", "+14155550123", "")]


def test_missed_is_bounded() -> None:
    def endless(_: Request) -> Reply:
        return Reply(200, {"items": [{}] * 200})

    found, requests = missed(carrier, endless, 1)
    assert (found, len(requests)) == ([], ours._MOST_PAGES)


@pytest.mark.parametrize("reply", [Reply(200, {"items": 7}), Reply(200, "none")])
def test_missed_without_a_list(reply: Reply) -> None:
    assert missed(carrier, lambda _: reply, 1)[0] == []


def test_missed_cannot_be_asked() -> None:
    with pytest.raises(TextRefused) as refused:
        missed(carrier, lambda _: error(401, 2, "no", "access_key"), 1)
    assert refused.value.reason == "credentials"
