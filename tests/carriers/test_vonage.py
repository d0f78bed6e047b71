"""Vonage: the wire against the official SDK, its codes, its webhooks."""

import hashlib
import json
from typing import Any

import jwt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from vonage_http_client import Auth, HttpClient  # type: ignore[import-untyped]
from vonage_messages import Messages, Sms  # type: ignore[import-untyped]

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
from tests.carriers.vonage_network import (
    AUTHORIZATION,
    VonageNetwork,
    bearing,
    iso,
    make,
    message_id,
    problem,
    resigned,
)
from yesline.carriers import vonage
from yesline.carriers.base import Answer, Delivered, Inbound
from yesline.carriers.vonage import Account, VonageCarrier
from yesline.errors import CarrierError, ConfigError, Refusal, TextRefused, TextUncertain

NETWORK = VonageNetwork()
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, message_id(TEXT.reference), TEXT.receipts)
PHONE = "+14155550123"
AT = 1_700_000_000_123


def carrier(api: str = "http://127.0.0.1:9", network: VonageNetwork = NETWORK, **more: Any) -> VonageCarrier:
    return VonageCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


def with_secret(api: str = "http://127.0.0.1:9") -> VonageCarrier:
    return carrier(api, application_id="", private_key="", api_secret=NETWORK.api_secret)


OWN = carrier()


class ToRecorder(HTTPAdapter):
    """What takes the SDK's calls, which are always for https, to the recorder."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: PreparedRequest, *rest: Any, **more: Any) -> Any:
        request.url = str(request.url).replace("https://api.nexmo.com", self.url)
        return super().send(request, *rest, **more)


def sent_by_sdk(**auth: str) -> tuple[str, Request]:
    with Recorder(NETWORK.answer) as recorder:
        client = HttpClient(Auth(**auth))
        client._session.mount("https://", ToRecorder(recorder.url))
        numbers = {"to": TEXT.phone.removeprefix("+"), "from_": TEXT.sender.removeprefix("+")}
        receipts = {"client_ref": TEXT.reference, "webhook_url": TEXT.receipts, "webhook_version": "v1"}
        message = Messages(client).send(Sms(text=TEXT.body, **numbers, **receipts))
        client._session.close()
        return message.message_uuid, recorder.requests[0]


def test_make() -> None:
    assert make().kind == "vonage"


def test_request_equals_the_sdk_with_a_secret() -> None:
    vendor_id, [ours] = send(with_secret, NETWORK.answer)
    their_id, theirs = sent_by_sdk(api_key=NETWORK.api_key, api_secret=NETWORK.api_secret)
    assert wire(ours, AUTHORIZATION, "accept") == wire(theirs, AUTHORIZATION, "accept")
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert vendor_id == their_id


def test_request_equals_the_sdk_with_an_application() -> None:
    vendor_id, [ours] = send(carrier, NETWORK.answer)
    their_id, theirs = sent_by_sdk(application_id=NETWORK.application, private_key=NETWORK.private_key)
    assert wire(ours) == wire(theirs)
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert (vendor_id, *token_of(ours)) == (their_id, *token_of(theirs))
    assert NETWORK.claims(ours.headers[AUTHORIZATION])["jti"] != NETWORK.claims(theirs.headers[AUTHORIZATION])["jti"]


def token_of(request: Request) -> tuple[dict[str, Any], list[str], str, int]:
    """What of a token is not made by chance or clock."""
    given = request.headers[AUTHORIZATION]
    claims = NETWORK.claims(given)
    head = jwt.get_unverified_header(given.removeprefix("Bearer "))
    return head, sorted(claims), claims["application_id"], claims["exp"] - claims["iat"]


def test_without_receipts_and_by_name() -> None:
    _, [request] = send(carrier, NETWORK.answer, replace(TEXT, receipts="", sender="ACME"))
    fields = json.loads(request.body)
    assert (fields["from"], "webhook_url" in fields, "webhook_version" in fields) == ("ACME", False, False)


def test_the_network_reads_what_was_sent() -> None:
    _, [request] = send(carrier, NETWORK.answer)
    assert NETWORK.sent(request) == SENT


CODES = {
    ("/messages#1040", 422): ("1040", "invalid_number", True),
    ("/messages#1170", 422): ("1170", "invalid_number", True),
    ("/messages#1310", 422): ("1310", "not_mobile", True),
    ("/messages#1240", 422): ("1240", "opted_out", True),
    ("/messages#1210", 403): ("1210", "blocked", True),
    ("/messages#1160", 403): ("1160", "unregistered", True),
    ("/messages#1120", 422): ("1120", "sender", True),
    ("/messages#1420", 422): ("1420", "sender", True),
    ("/messages#1020", 422): ("1020", "content", True),
    ("#low-balance", 402): ("low-balance", "no_credit", False),
    ("/messages#1070", 402): ("1070", "no_credit", False),
    ("#unauthorized", 401): ("unauthorized", "credentials", False),
    ("#forbidden", 403): ("forbidden", "credentials", False),
    ("/messages#1000", 400): ("1000", "rate_limited", False),
    ("/messages#1030", 400): ("1030", "carrier_down", False),
    ("/messages#9999", 401): ("9999", "credentials", False),
    ("/messages#9999", 402): ("9999", "no_credit", False),
    ("/messages#9999", 404): ("9999", "carrier_error", True),
    ("/messages#9999", 422): ("9999", "content", True),
}


@pytest.mark.parametrize(("kind", "status"), CODES)
def test_codes(kind: str, status: int) -> None:
    refused, _ = send(carrier, Reply(status, problem(kind, "why")))
    assert isinstance(refused, TextRefused)
    assert (refused.code, refused.reason, refused.permanent) == CODES[kind, status]
    assert "why, said at length" in str(refused)


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(500, problem("#internal-error", "oops")), TextUncertain, "carrier_error"),
        (Reply(502), TextUncertain, "carrier_error"),
        (Reply(HANG_UP), TextUncertain, "carrier_down"),
        (Reply(202, {}), TextUncertain, "carrier_error"),
        (Reply(202, "not JSON"), TextUncertain, "carrier_error"),
        (Reply(422, "not JSON"), TextRefused, "content"),
        (Reply(422, {"type": 5, "title": None}), TextRefused, "content"),
    ],
)
def test_other_answers(reply: Reply, kind: type[CarrierError], reason: str) -> None:
    told, requests = send(carrier, reply)
    assert (type(told), told.reason, len(requests)) == (kind, reason, 1)


def test_a_text_from_a_phone() -> None:
    webhook = NETWORK.inbound(URL, id="m1", phone=PHONE, text="Yes £5 ✓", at=AT)
    claims = jwt.decode(webhook.headers[AUTHORIZATION].removeprefix("Bearer "), options={"verify_signature": False})
    told = read(OWN, webhook)
    assert told.inbound == (
        Inbound(message_id("m1"), PHONE, NETWORK.sender, "Yes £5 ✓", AT, nonce=claims["jti"]),
    )  # fmt: skip
    assert (told.delivered, told.answer) == ((), Answer())


@pytest.mark.parametrize("written", ["2023-11-14T22:13:20Z", "2023-11-14 22:13:20 +0000", "2023-11-14T22:13:20.000Z"])
def test_times_and_senders_of_both_kinds(written: str) -> None:
    assert read(OWN, event(to="55512")).inbound[0].sender == "55512"
    assert read(OWN, event(timestamp=written)).inbound[0].at == AT // 1000 * 1000


def event(**more: Any) -> Webhook:
    fields = NETWORK.text("m1", PHONE, "Y", AT) | more
    return NETWORK.signed(URL, {name: value for name, value in fields.items() if value is not None})


def test_a_picture_with_and_without_words() -> None:
    picture: dict[str, Any] = {"channel": "mms", "message_type": "image", "text": None}
    said = {"url": "https://example.com/x.jpg", "caption": "JOIN"}
    assert read(OWN, event(**picture, image=said)).inbound[0].body == "JOIN"
    assert read(OWN, event(**picture, image={"url": "https://example.com/x.jpg"})).inbound[0].body == ""


FATES = {
    ("submitted", ""): ("sent", "", ""),
    ("delivered", ""): ("delivered", "", ""),
    ("read", ""): ("delivered", "", ""),
    ("rejected", "1240"): ("rejected", "opted_out", "1240"),
    ("rejected", "1170"): ("rejected", "invalid_number", "1170"),
    ("rejected", "1190"): ("rejected", "invalid_number", "1190"),
    ("rejected", "1210"): ("rejected", "blocked", "1210"),
    ("rejected", "1070"): ("rejected", "no_credit", "1070"),
    ("rejected", "1120"): ("rejected", "sender", "1120"),
    ("rejected", "9999"): ("rejected", "carrier_error", "9999"),
    ("undeliverable", "1180"): ("failed", "unreachable", "1180"),
    ("undeliverable", "1230"): ("failed", "carrier_down", "1230"),
    ("undeliverable", ""): ("failed", "carrier_error", ""),
    ("something new", ""): ("unknown", "", ""),
}


@pytest.mark.parametrize(("status", "code"), FATES)
def test_receipts(status: str, code: str) -> None:
    fate, reason, kept = FATES[status, code]
    told = read(OWN, NETWORK.report(URL, SENT, status, code, AT))
    assert told.delivered == (Delivered(TEXT.reference, SENT.vendor_id, fate, reason, kept, AT),)  # type: ignore[arg-type]
    assert told.inbound == ()


@pytest.mark.parametrize("title", [1240, "1240"])
def test_the_code_may_stand_in_the_title(title: object) -> None:
    fields = {"message_uuid": "m1", "status": "rejected", "channel": "sms", "error": {"title": title}}
    [told] = read(OWN, NETWORK.signed(URL, fields)).delivered
    assert (told.reference, told.reason, told.code) == ("", "opted_out", "1240")


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": "whatsapp", "message_type": "text", "text": "STOP", "from": "14155550123", "to": "18445550100"},
        {"channel": "messenger", "message_type": "unsupported", "from": {"id": "1"}, "to": {"id": "2"}},
        {"channel": "viber_service", "status": "delivered", "message_uuid": "m1"},
        {"channel": "sms", "timestamp": iso(AT)},
    ],
)
def test_of_no_interest(fields: dict[str, Any]) -> None:
    told = read(OWN, NETWORK.signed(URL, fields))
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
    assert len(found) >= 40
    assert {what: statuses for what, statuses in found.items() if len(set(statuses)) > 1} == {}


def test_what_is_not_signed_is_to_be_sent_again() -> None:
    with pytest.raises(Refusal) as caught:
        read(OWN, with_header(made("text"), AUTHORIZATION, None))
    assert (caught.value.code, caught.value.status) == ("signature_missing", 503)


def test_the_hash_may_be_of_json_without_spaces() -> None:
    fields = NETWORK.text("m1", PHONE, "Yes  £5", AT)
    compact = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    spaced = json.dumps(fields, indent=2).encode()
    webhook = NETWORK.signed(URL, spaced, payload_hash=hashlib.sha256(compact).hexdigest())
    assert read(OWN, webhook).inbound[0].body == "Yes  £5"
    assert refusal(OWN, replace(webhook, body=spaced.replace(b"Yes", b"No!"))) == 403
    assert read(OWN, replace(webhook, body=spaced.decode().encode("utf-16"))).inbound[0].body == "Yes  £5"


def test_what_was_hashed_is_what_is_read() -> None:
    """JSON with a name given twice is read as it was hashed, by the last."""
    fields = NETWORK.text("m1", PHONE, "Y", AT)
    compact = json.dumps(fields, separators=(",", ":")).encode()
    twice = compact.replace(b"{", b'{"text":"STOP",', 1)
    webhook = NETWORK.signed(URL, twice, payload_hash=hashlib.sha256(compact).hexdigest())
    assert refusal(OWN, webhook) == 403  # another order of names: not what was hashed
    again = compact[:-1] + b',"text":"N"}'
    hashed = json.dumps(json.loads(again), separators=(",", ":")).encode()
    assert read(OWN, NETWORK.signed(URL, again, payload_hash=hashlib.sha256(hashed).hexdigest())).inbound[0].body == "N"


@pytest.mark.parametrize(("off", "status"), [(-299_000, 200), (299_000, 200), (-301_000, 403), (301_000, 403)])
def test_freshness(off: int, status: int) -> None:
    at = now() // 1000 * 1000
    assert refusal(OWN, NETWORK.signed(URL, made("text").body, at=at + off), at) == status


def test_old_and_new_secret() -> None:
    both = carrier(signature_secrets=["o" * 40, "n" * 40])
    webhooks = [NETWORK.signed(URL, made("text").body, secret=secret) for secret in ("o" * 40, "n" * 40, "x" * 40)]
    assert [refusal(both, webhook) for webhook in webhooks] == [200, 200, 403]


def test_an_empty_secret_is_none() -> None:
    genuine = made("text")
    token = genuine.headers[AUTHORIZATION].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    unlocked = bearing(genuine, resigned({"alg": "HS256"}, claims, ""))
    assert refusal(carrier(signature_secrets=[""]), unlocked) == 403
    assert refusal(OWN, bearing(genuine, resigned({"alg": "HS256"}, claims, NETWORK.secret))) == 200


def test_any_application_where_none_is_set() -> None:
    webhook = NETWORK.signed(URL, made("text").body, application_id="another")
    assert [refusal(with_secret(), webhook), refusal(OWN, webhook)] == [200, 403]
    assert refusal(OWN, NETWORK.signed(URL, made("text").body, application_id=None)) == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"private_key": ""},
        {"private_key": "no PEM"},
        {"application_id": ""},
        {"application_id": "", "private_key": "", "api_secret": ""},
    ],
)
def test_neither_secret_nor_application(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main\]: give api_secret, or application_id and private_key"):
        carrier(**settings)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xe9",
        b"NaN",
        b"[" * 5000,
        b'{"text": "\\ud800"}',
        b'{"from": {"type": "sms", "number": "14155550123"}, "message": {"content": {"type": "text", "text": "STOP"}}}',
        json.dumps(
            {"channel": "sms", "message_type": "text", "from": "", "to": "18445550100", "message_uuid": "x"}
        ).encode(),
        json.dumps({"channel": "sms", "message_type": "text", "from": "14155550123", "to": "1844555010"}).encode(),
        json.dumps({"channel": "sms", "status": "delivered"}).encode(),
    ],
)
def test_signed_but_malformed(body: bytes) -> None:
    assert refusal(OWN, NETWORK.signed(URL, body)) == 400


@given(LATIN | LATIN.map(lambda word: f"Bearer {word}"), st.binary(max_size=80))
def test_noise_is_refused(authorization: str, body: bytes) -> None:
    noise = Webhook(URL, {AUTHORIZATION: authorization, "content-type": "application/json"}, body)
    assert refusal(OWN, noise) in {403, 503}


JSON = st.recursive(
    st.none() | st.text() | st.integers(), lambda more: st.dictionaries(st.text(), more) | st.lists(more)
)


@given(JSON, st.sampled_from(["status", "message_type", "error", "from", "timestamp", "iat", "jti", "payload_hash"]))
def test_signed_noise_is_read_or_refused(noise: Any, name: str) -> None:
    """Whatever a field of the event or a claim of the token may be."""
    claims = {name: noise} if name in {"jti", "payload_hash"} else {}
    fields = NETWORK.text("m1", PHONE, "Y", AT) | {name: noise}
    body = json.dumps(fields).encode()
    assert refusal(OWN, NETWORK.signed(URL, body, at=now(), **claims)) in {200, 400, 403}


def test_nothing_can_be_caught_up() -> None:
    assert OWN.lists is False
    assert missed(carrier, NETWORK.answer, 0) == ([], [])


def test_meanings() -> None:
    assert set(vonage.MEANINGS) == set(Account.__struct_fields__)
