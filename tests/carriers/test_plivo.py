"""Plivo: the wire against the official SDK, its codes, signatures V3 and V2 with the look-up."""

import json
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import plivo.rest.client  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.carriers.driving import (
    LATIN,
    TEXT,
    URL,
    knock,
    nobody,
    now,
    once,
    read,
    refusal,
    refusals,
    send,
    wire,
    with_header,
)
from tests.carriers.network import Reply, Request, Sent, Webhook
from tests.carriers.plivo_network import V2, V3, PlivoNetwork, make
from tests.carriers.recorder import HANG_UP, Recorder
from yesline.carriers import plivo as ours_module
from yesline.carriers.base import Answer, Delivered, Inbound, Told
from yesline.carriers.plivo import Account, PlivoCarrier
from yesline.errors import ConfigError, Refusal, TextRefused, TextUncertain

NETWORK = PlivoNetwork()
PHONE = "+14155550123"


def carrier(api: str = "http://127.0.0.1:9", network: PlivoNetwork = NETWORK, **more: Any) -> PlivoCarrier:
    return PlivoCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


OWN = carrier()


def sent_text(network: PlivoNetwork = NETWORK) -> Sent:
    """A text that went out, as its request tells."""
    _, [request] = send(lambda api: carrier(api, network), network.answer)
    sent = network.sent(request)
    assert sent is not None
    return sent


def looked_up(webhook: Webhook, answer: Any = NETWORK.answer) -> tuple[Told, list[Request]]:
    """What a webhook tells where the API can be asked, and what was asked. Raises Refusal."""
    with Recorder(answer if callable(answer) else lambda _: answer) as recorder:
        return once(carrier(recorder.url), lambda c: c.read(knock(webhook))), recorder.requests


def status_of(webhook: Webhook, answer: Any = NETWORK.answer) -> int:
    try:
        looked_up(webhook, answer)
    except Refusal as error:
        return error.status
    return 200


def test_make() -> None:
    assert make().kind == "plivo"


def test_request_equals_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor_id, [ours] = send(carrier, NETWORK.answer)
    with Recorder(NETWORK.answer) as recorder:
        monkeypatch.setattr(plivo.rest.client, "PLIVO_API_BASE_URI", f"{recorder.url}/v1/Account")
        with plivo.rest.client.Client(NETWORK.auth_id, NETWORK.token) as client:
            said = client.messages.create(
                src=TEXT.sender, dst=TEXT.phone, text=TEXT.body, url=json.loads(ours.body)["url"]
            )
        [theirs] = recorder.requests
    assert wire(ours, "authorization") == wire(theirs, "authorization")
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert said.message_uuid == [vendor_id]


def test_without_receipts() -> None:
    _, [request] = send(carrier, NETWORK.answer, replace(TEXT, receipts=""))
    assert "url" not in json.loads(request.body)


def test_address_for_receipts() -> None:
    _, [request] = send(carrier, NETWORK.answer, replace(TEXT, receipts="https://x.example/r/k?a=1"))
    assert json.loads(request.body)["url"].startswith("https://x.example/r/k?a=1&text=ref-7Qk2&seal=")


@pytest.mark.parametrize(
    ("status", "error", "reason", "permanent"),
    [
        (400, "dst parameter is invalid", "content", True),
        (400, "Insufficient credit", "no_credit", False),
        (401, "authentication failed", "credentials", False),
        (403, "geo permissions are not enabled", "country", True),
        (404, "not found", "carrier_error", True),
        (405, "no", "carrier_error", True),
        (302, "moved", "carrier_error", False),
    ],
)
def test_refusals(status: int, error: str, reason: str, permanent: bool) -> None:
    got, _ = send(carrier, Reply(status, {"api_id": "1", "error": error}))
    assert isinstance(got, TextRefused)
    assert (got.reason, got.permanent, got.code) == (reason, permanent, str(status))


def test_asked_to_wait() -> None:
    error, _ = send(carrier, Reply(429, {}, {"retry-after": "7"}))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.wait) == ("rate_limited", False, 7000)


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(HANG_UP), Reply(202, {"message_uuid": []}), Reply(202, "ok")])
def test_uncertain(reply: Reply) -> None:
    error, requests = send(carrier, reply)
    assert isinstance(error, TextUncertain)
    assert len(requests) == 1


def inbound(text: str = "Arrêt ✋", network: PlivoNetwork = NETWORK, url: str = URL) -> Webhook:
    return network.inbound(url, id="m1", phone=PHONE, text=text, at=1_700_000_000_123)


@pytest.mark.parametrize("url", [URL, f"{URL}?b=2&a=1", f"{URL}?a="])
def test_whole_signature(url: str) -> None:
    webhook = inbound(url=url)
    told = read(OWN, webhook)
    fields = dict(parse_qsl(webhook.body.decode()))
    nonce = webhook.headers[f"{V3}-Nonce"]
    assert told.inbound == (Inbound(fields["MessageUUID"], PHONE, NETWORK.sender, "Arrêt ✋", nonce=nonce),)
    assert told.answer == Answer("<Response></Response>", "application/xml")


def test_several_whole_signatures() -> None:
    webhook = inbound()
    both = with_header(webhook, V3, f"AAAA,{webhook.headers[V3]}")
    assert read(OWN, both).inbound[0].verified


def in_part(webhook: Webhook) -> Webhook:
    """A webhook as of an account whose messages are signed by V2 alone."""
    return with_header(with_header(webhook, V3, None), f"{V3}-Nonce", None)


def test_text_signed_in_part_is_looked_up_and_not_verified() -> None:
    webhook = in_part(inbound("STOP"))
    told, [asked] = looked_up(webhook)
    [text] = told.inbound
    assert (text.body, text.verified, text.at, text.nonce) == (
        "STOP",
        False,
        1_700_000_000_123,
        webhook.headers[f"{V2}-Nonce"],
    )
    assert (asked.method, asked.target) == ("GET", f"/v1/Account/{NETWORK.auth_id}/Message/{text.id}/")


def trusting(webhook: Webhook, answer: Any = NETWORK.answer) -> Told:
    """What a text tells an account that takes the words of V2. Raises Refusal."""
    with Recorder(answer if callable(answer) else lambda _: answer) as recorder:
        told: Told = once(carrier(recorder.url, trust_v2=True), lambda c: c.read(knock(webhook)))
        return told


def test_text_signed_in_part_counts_where_the_operator_says_so() -> None:
    webhook = in_part(inbound("Y"))
    [text] = trusting(webhook).inbound
    assert (text.body, text.verified, text.nonce) == ("Y", True, webhook.headers[f"{V2}-Nonce"])


@pytest.mark.parametrize("reply", [Reply(404, {}), Reply(500), Reply(HANG_UP), Reply(200, {"message_uuid": "other"})])
def test_words_are_trusted_only_with_the_record(reply: Reply) -> None:
    [text] = trusting(in_part(inbound("Y")), reply).inbound
    assert not text.verified


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"From=14155550123", b"From=14155550124"), (b"To=18445550100", b"To=18445550101"), (b"UUID=", b"UUID=/")],
)
def test_trust_ends_where_the_record_differs(old: bytes, new: bytes) -> None:
    webhook = in_part(inbound("Y"))
    changed = replace(webhook, body=webhook.body.replace(old, new))
    assert changed.body != webhook.body
    with pytest.raises(Refusal):
        trusting(changed)


@pytest.mark.parametrize("name", [V2, f"{V2}-Nonce"])
def test_trust_ends_where_the_signature_is_wrong(name: str) -> None:
    webhook = in_part(inbound("Y"))
    with pytest.raises(Refusal):
        trusting(with_header(webhook, name, f"0{webhook.headers[name]}"))


def test_changed_text_is_not_verified() -> None:
    webhook = in_part(inbound("later"))
    changed = replace(webhook, body=webhook.body.replace(b"Text=later", b"Text=Y"))
    [text] = looked_up(changed)[0].inbound
    assert (text.body, text.verified) == ("Y", False)


@pytest.mark.parametrize(
    ("old", "new"), [(b"From=14155550123", b"From=14155550124"), (b"To=18445550100", b"To=18445550101")]
)
def test_contradicted_text(old: bytes, new: bytes) -> None:
    webhook = in_part(inbound("Y"))
    assert old in webhook.body
    assert status_of(replace(webhook, body=webhook.body.replace(old, new))) == 403


def test_own_text_told_as_inbound() -> None:
    webhook = in_part(inbound("Y"))
    fields = dict(parse_qsl(webhook.body.decode()))
    record = NETWORK.records[fields["MessageUUID"]]
    assert status_of(webhook, Reply(200, record | {"message_direction": "outbound"})) == 403


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, {}),
        Reply(401, {}),
        Reply(429, {}),
        Reply(500),
        Reply(HANG_UP),
        Reply(200, []),
        Reply(200, {"message_uuid": "other"}),
    ],
)
def test_look_up_that_fails(reply: Reply) -> None:
    [text] = looked_up(in_part(inbound("STOP")), reply)[0].inbound
    assert (text.body, text.verified, text.at) == ("STOP", False, 0)


def test_api_not_reached() -> None:
    [text] = once(carrier(nobody()), lambda c: c.read(knock(in_part(inbound("STOP"))))).inbound
    assert not text.verified


RECEIPTS = [
    ("queued", "", "sent", ""),
    ("sent", "", "sent", ""),
    ("delivered", "", "delivered", ""),
    ("undelivered", "80", "failed", "unreachable"),
    ("failed", "200", "rejected", "opted_out"),
    ("failed", "77777", "failed", "carrier_error"),
    ("rejected", "30", "rejected", "blocked"),
]


@pytest.mark.parametrize(("state", "code", "fate", "reason"), RECEIPTS)
@pytest.mark.parametrize("whole", [True, False])
def test_receipts(state: str, code: str, fate: Any, reason: Any, whole: bool) -> None:
    sent = sent_text()
    webhook = NETWORK.report(URL, sent, state, code)
    told, asked = looked_up(webhook if whole else in_part(webhook))
    assert told.delivered == (Delivered("ref-7Qk2", sent.vendor_id, fate, reason, code),)
    assert len(asked) == (0 if whole else 1)


@pytest.mark.parametrize(("code", "meaning"), ours_module._LOST.items())
def test_every_code_of_a_receipt(code: str, meaning: tuple[str, bool]) -> None:
    [told] = read(OWN, NETWORK.report(URL, sent_text(), "failed", code)).delivered
    assert (told.reason, told.code) == (meaning[0], code)


def test_state_is_the_records_where_it_is_not_signed() -> None:
    webhook = in_part(NETWORK.report(URL, sent_text(), "undelivered", "80"))
    lying = replace(webhook, body=webhook.body.replace(b"Status=undelivered", b"Status=delivered"))
    [told] = looked_up(lying)[0].delivered
    assert (told.fate, told.code) == ("failed", "80")


@pytest.mark.parametrize("reply", [Reply(404, {}), Reply(500), Reply(HANG_UP), Reply(401, {})])
def test_receipt_that_cannot_be_looked_up(reply: Reply) -> None:
    webhook = in_part(NETWORK.report(URL, sent_text(), "delivered"))
    with pytest.raises(Refusal) as refused:
        looked_up(webhook, reply)
    assert (refused.value.status, refused.value.code) == (503, "carrier_unreachable")


def test_receipt_of_another_text() -> None:
    """The query is not signed by V2, so that our reference is sealed together with the phone it went to."""
    sent = sent_text()
    webhook = in_part(NETWORK.report(URL, sent, "delivered"))
    assert status_of(replace(webhook, url=webhook.url.replace("text=ref-7Qk2", "text=ref-7Qk3"))) == 403
    assert status_of(replace(webhook, url=webhook.url[:-1] + ("0" if webhook.url[-1] != "0" else "1"))) == 403
    assert status_of(replace(webhook, url=webhook.url.partition("&seal")[0])) == 403
    other = NETWORK.report(URL, replace(sent, phone="+14155550199", vendor_id=sent.vendor_id[::-1]), "delivered")
    assert status_of(in_part(other)) == 403


def test_receipt_without_reference() -> None:
    [told] = read(OWN, NETWORK.report(URL, replace(sent_text(), receipts=""), "delivered")).delivered
    assert told.reference == ""


def test_receipt_of_an_inbound_message() -> None:
    sent = sent_text()
    webhook = in_part(NETWORK.report(URL, sent, "delivered"))
    assert status_of(webhook, Reply(200, NETWORK.records[sent.vendor_id] | {"message_direction": "inbound"})) == 403


@pytest.mark.parametrize("kind", ["inbound", "receipt"])
def test_forgeries(kind: str) -> None:
    genuine = inbound("Y") if kind == "inbound" else NETWORK.receipt(URL, sent_text(), "opted_out", now())
    forgeries = list(NETWORK.forgeries(genuine, now()))
    got = refusals(carrier, NETWORK.answer, [forged for _, forged, _ in forgeries])
    assert len(got) > 30
    assert [(what, status, was) for (what, _, status), was in zip(forgeries, got, strict=True) if was != status] == []
    assert refusal(OWN, genuine) == 200


@given(st.integers(0, 10_000))
def test_every_bit_of_a_whole_signed_body(bit: int) -> None:
    webhook = inbound("Y")
    place = bit % (8 * len(webhook.body))
    changed = bytes(byte ^ (1 << place % 8 if at == place // 8 else 0) for at, byte in enumerate(webhook.body))
    assert same_fields(changed, webhook.body) or refusal(OWN, replace(webhook, body=changed)) in (400, 403)


def same_fields(one: bytes, other: bytes) -> bool:
    """Whether two spellings tell the same, as %2B and %2b do."""
    try:
        return parse_qsl(one.decode("ascii"), strict_parsing=True, errors="strict") == parse_qsl(other.decode())
    except ValueError:
        return False


def test_wrong_whole_signature_is_not_saved_by_the_other() -> None:
    webhook = inbound("Y")
    assert V2 in webhook.headers
    assert status_of(with_header(webhook, V3, webhook.headers[V2])) == 403


@pytest.mark.parametrize("whole", [True, False])
def test_old_and_new_token(whole: bool) -> None:
    both = carrier(auth_tokens=["new token", NETWORK.token])
    fields = {"MessageUUID": "5b40a428-bfc7-4daf-9d06-726c558bf3b8", "Type": "other"}
    statuses = [
        refusal(both, NETWORK.signed(URL, fields, token=token, whole=whole)) for token in ("new token", "", "third")
    ]
    assert statuses == [200, 200, 403]


def test_seal_outlives_a_change_of_token() -> None:
    sent = sent_text()
    both = carrier(auth_tokens=["new token", NETWORK.token])
    assert read(both, NETWORK.report(URL, sent, "delivered")).delivered[0].reference == "ref-7Qk2"


@pytest.mark.parametrize(
    "fields",
    [
        {"From": "MTN", "To": "18445550100", "Text": "Y"},
        {"From": "12345", "To": "18445550100", "Text": "Y"},
        {"From": "14155550123", "To": "18445550100"},
        {"From": "14155550123", "To": "1415555010018445550100", "Text": "Y"},
        {"Status": "something_new", "To": "14155550123"},
        {},
    ],
)
def test_of_no_interest(fields: dict[str, str]) -> None:
    told = read(OWN, NETWORK.signed(URL, fields | {"MessageUUID": "5b40a428-bfc7-4daf-9d06-726c558bf3b8"}))
    assert (told.inbound, told.delivered) == ((), ())


@pytest.mark.parametrize("message", ["", "../../../Account", "5b40a428", "5b40a428-bfc7-4daf-9d06-726c558bf3b8/x"])
def test_ids_that_are_none(message: str) -> None:
    assert refusal(OWN, NETWORK.signed(URL, {"MessageUUID": message, "Text": "Y"})) == 400


@given(LATIN, LATIN, LATIN, LATIN, st.binary(max_size=80), st.booleans())
def test_nothing_but_refusals(signature: str, nonce: str, media: str, query: str, body: bytes, form: bool) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded" if form else media}
    for name in (V2, V3):
        webhook = Webhook(f"{URL}?{query}", headers | {name: signature, f"{name}-nonce": nonce}, body)
        assert refusal(OWN, webhook) in (400, 403, 415)


@pytest.mark.parametrize("wrong", [{"auth_tokens": []}, {"auth_tokens": [""]}, {"auth_id": ""}])
def test_settings_that_check_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main"):
        carrier(**wrong)


def test_meanings() -> None:
    assert set(ours_module.MEANINGS) == set(Account.__struct_fields__)


def test_nothing_is_kept() -> None:
    assert once(carrier(), lambda c: c.missed(0)) == []
    assert not PlivoCarrier.lists
