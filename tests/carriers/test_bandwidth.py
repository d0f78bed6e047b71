"""Bandwidth: the wire against the official SDK, its codes, its callbacks."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.carriers.bandwidth_network import BandwidthNetwork, basic, make
from tests.carriers.driving import (
    LATIN,
    TEXT,
    URL,
    now,
    once,
    read,
    refusal,
    refusals,
    send,
    wire,
    with_header,
)
from tests.carriers.network import Reply, Sent, Webhook
from tests.carriers.recorder import HANG_UP, Recorder
from yesline.carriers import bandwidth as ours_module
from yesline.carriers.bandwidth import Account, BandwidthCarrier
from yesline.carriers.base import Delivered, Inbound
from yesline.errors import ConfigError, TextRefused, TextUncertain

NETWORK = BandwidthNetwork()
PHONE = "+14155550123"
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, "1589228074636lm4k2je7j7jklbn2")


def carrier(api: str = "http://127.0.0.1:9", **more: Any) -> BandwidthCarrier:
    return BandwidthCarrier("main", msgspec.convert({**NETWORK.settings(api), **more}, Account))


OWN = carrier()


def test_make() -> None:
    assert make().kind == "bandwidth"


def test_request_equals_the_sdk() -> None:
    import bandwidth  # type: ignore[import-untyped]
    from bandwidth.models.message_request import MessageRequest  # type: ignore[import-untyped]

    vendor_id, [ours] = send(carrier, NETWORK.answer)
    with Recorder(NETWORK.answer) as recorder:
        configuration = bandwidth.Configuration(
            host=f"{recorder.url}/api/v2",
            username=NETWORK.user,
            password=NETWORK.password,
            ignore_operation_servers=True,
        )
        with bandwidth.ApiClient(configuration) as client:
            request = MessageRequest(
                application_id=NETWORK.application,
                to=[TEXT.phone],
                var_from=TEXT.sender,
                text=TEXT.body,
                tag=TEXT.reference,
            )
            said = bandwidth.MessagesApi(client).create_message(NETWORK.account, request)
            client.rest_client.pool_manager.clear()
        [theirs] = recorder.requests
    assert wire(ours, "authorization") == wire(theirs, "authorization")
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert said.id == vendor_id


@pytest.mark.parametrize(("name", "meaning"), ours_module._FIELDS.items())
def test_refused_fields(name: str, meaning: tuple[str, bool]) -> None:
    fault = {"fieldName": name, "description": f"'{name}' is wrong"}
    answer = {"type": "request-validation", "description": "Your request could not be accepted", "fieldErrors": [fault]}
    error, _ = send(carrier, Reply(400, answer))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (*meaning, name)


@pytest.mark.parametrize(
    ("status", "kind", "reason", "permanent"),
    [
        (400, "request-validation", "content", True),
        (401, "unauthorized", "credentials", False),
        (403, "forbidden", "credentials", False),
        (404, "", "carrier_error", True),
        (415, "unsupported-content-type", "carrier_error", True),
    ],
)
def test_refusals(status: int, kind: str, reason: str, permanent: bool) -> None:
    error, _ = send(carrier, Reply(status, {"type": kind, "description": "No."} if kind else "no JSON"))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (reason, permanent, kind)


def test_asked_to_wait() -> None:
    error, _ = send(carrier, Reply(429, {"type": "max-message-queue-size-exceeded"}, {"retry-after": "7"}))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.wait) == ("rate_limited", False, 7000)


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(HANG_UP), Reply(202, {}), Reply(202, {"id": 7})])
def test_uncertain(reply: Reply) -> None:
    error, requests = send(carrier, reply)
    assert isinstance(error, TextUncertain)
    assert len(requests) == 1


def test_inbound() -> None:
    webhook = NETWORK.inbound(URL, id="1476", phone=PHONE, text="Arrêt ✋", at=1_700_000_000_123)
    assert read(OWN, webhook).inbound == (Inbound("1476", PHONE, NETWORK.sender, "Arrêt ✋", 1_700_000_000_123),)


def received(**changes: Any) -> dict[str, Any]:
    """An event of a text, with parts of its message changed or, where None, left out."""
    message = NETWORK.message("1476", PHONE, NETWORK.sender, 1) | {"owner": NETWORK.sender, "text": "Y"} | changes
    told = {name: value for name, value in message.items() if value is not None}
    return {"type": "message-received", "time": "2026-01-01T00:00:00Z", "message": told}


def test_group_messages_belong_to_their_owner() -> None:
    event = received(to=["+12025550177", NETWORK.sender], media=["https://x/y.png"], text=None)
    [text] = read(OWN, NETWORK.called(URL, [event])).inbound
    assert (text.sender, text.body) == (NETWORK.sender, "")


def test_several_events_at_once() -> None:
    receipt = json.loads(NETWORK.receipt(URL, SENT, "delivered", 1).body)
    events = [received(), {"type": "suggestion-response"}, *receipt, received(id="1477")]
    told = read(OWN, NETWORK.called(URL, events))
    assert ([text.id for text in told.inbound], len(told.delivered)) == (["1476", "1477"], 1)


@pytest.mark.parametrize("event", [{"type": "message-read"}, {"type": "new"}, {}, received(**{"from": "22395"})])
def test_events_of_no_interest(event: dict[str, Any]) -> None:
    told = read(OWN, NETWORK.called(URL, [event]))
    assert (told.inbound, told.delivered) == ((), ())


@pytest.mark.parametrize(
    ("kind", "code", "fate", "reason"),
    [
        ("message-sending", None, "sent", ""),
        ("message-sent", None, "sent", ""),
        ("message-delivered", None, "delivered", ""),
        ("message-failed", 4470, "rejected", "blocked"),
        ("message-failed", 4775, "rejected", "opted_out"),
        ("message-failed", 4702, "failed", "unreachable"),
        ("message-failed", 9999, "failed", "carrier_error"),
        ("message-failed", 9902, "unknown", ""),
        ("message-failed", None, "failed", "carrier_error"),
    ],
)
def test_receipts(kind: str, code: int | None, fate: Any, reason: Any) -> None:
    webhook = NETWORK.report(URL, SENT, kind, code, 1_700_000_000_000)
    told = Delivered("ref-7Qk2", SENT.vendor_id, fate, reason, str(code or "") if reason else "", 1_700_000_000_000)
    assert read(OWN, webhook).delivered == (told,)


@pytest.mark.parametrize(("code", "meaning"), ours_module._LOST.items())
def test_every_code_of_a_receipt(code: str, meaning: tuple[str, bool]) -> None:
    [told] = read(OWN, NETWORK.report(URL, SENT, "message-failed", int(code), 1)).delivered
    assert (told.reason, told.code) == (meaning[0], code)


def test_receipt_of_a_text_without_tag() -> None:
    webhook = NETWORK.report(URL, replace(SENT, reference=""), "message-delivered", None, 1)
    assert read(OWN, webhook).delivered[0].reference == ""


@pytest.mark.parametrize("kind", ["inbound", "receipt"])
def test_forgeries(kind: str) -> None:
    genuine = (
        NETWORK.inbound(URL, id="1476", phone=PHONE, text="Y", at=now())
        if kind == "inbound"
        else NETWORK.receipt(URL, SENT, "opted_out", now())
    )
    forgeries = list(NETWORK.forgeries(genuine, now()))
    got = refusals(carrier, NETWORK.answer, [forged for _, forged, _ in forgeries])
    assert len(got) > 15
    assert [(what, status, was) for (what, _, status), was in zip(forgeries, got, strict=True) if was != status] == []
    assert refusal(OWN, genuine) == 200


def test_old_and_new_password() -> None:
    both = carrier(callback_passwords=["the new long password", NETWORK.callback_password])
    webhook = NETWORK.called(URL, [])
    new = with_header(webhook, "Authorization", basic(NETWORK.callback_user, "the new long password"))
    third = with_header(webhook, "Authorization", basic(NETWORK.callback_user, "some third long password"))
    assert [refusal(both, one) for one in (webhook, new, third)] == [200, 200, 403]


@pytest.mark.parametrize(
    "wrong",
    [
        {"callback_passwords": []},
        {"callback_passwords": [""]},
        {"callback_passwords": ["fifteen letters"]},
        {"callback_passwords": ["sixteen  letters", "short"]},
        {"callback_user": ""},
    ],
)
def test_settings_that_check_too_little(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main"):
        carrier(**wrong)


def test_password_of_sixteen() -> None:
    assert carrier(callback_passwords=["sixteen  letters"]).name == "main"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[",
        b"[1]",
        b"\xff",
        b"[" * 5000,
        json.dumps([received(id=None)]).encode(),
        json.dumps([received(id=7)]).encode(),
        json.dumps([{"type": "message-failed"}]).encode(),
        json.dumps([{"type": "message-received", "message": []}]).encode(),
    ],
)
def test_malformed(body: bytes) -> None:
    assert refusal(OWN, NETWORK.called(URL, body)) == 400


@given(LATIN, LATIN, st.binary(max_size=80))
def test_nothing_but_refusals(authorization: str, media: str, body: bytes) -> None:
    assert refusal(OWN, Webhook(URL, {"authorization": authorization, "content-type": media}, body)) == 403
    assert refusal(OWN, replace(NETWORK.called(URL, body), body=body)) in (200, 400)


def test_meanings() -> None:
    assert set(ours_module.MEANINGS) == set(Account.__struct_fields__)


def test_nothing_is_kept() -> None:
    assert once(carrier(), lambda c: c.missed(0)) == []
    assert not BandwidthCarrier.lists
