"""What the back end is told of the ledger, how it is signed, and when it is told again."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from tests.conftest import NOON
from yesline.records import Event
from yesline.records.outgoing import Carried, Endpoint, Noticed
from yesline.rules import telling
from yesline.rules.abuse import DAY, HOUR, MINUTE, SECOND


def _event(
    seq: int, kind: Any, source: Any, before: str = "unknown", after: str = "unknown", group: str = "club"
) -> Event:
    return Event("s", seq, NOON + seq, kind, source, group, before, after, "{}", "", "")


def _kept(**facts: str) -> str:
    return json.dumps({name: ("00", value) for name, value in facts.items()})


def _told(*chain: tuple[Event, str | None]) -> list[tuple[int, str]]:
    return [(event.seq, kind) for event, kind in telling.told_as(chain)]


@pytest.mark.parametrize(
    ("event", "types"),
    [
        (_event(1, "requested", "form", "unknown", "pending"), ["submission.created", "subscription.pending"]),
        (_event(1, "subscribed", "form", "unknown", "subscribed"), ["submission.created", "subscription.subscribed"]),
        (_event(1, "requested", "form", "pending", "pending"), ["submission.created"]),
        (_event(1, "requested", "keyword", "unknown", "pending"), ["inbound.received", "subscription.pending"]),
        (_event(1, "confirmed", "reply", "pending", "subscribed"), ["inbound.received", "subscription.subscribed"]),
        (_event(1, "confirmed", "link", "pending", "subscribed"), ["subscription.subscribed"]),
        (_event(1, "subscribed", "api", "unknown", "subscribed"), ["subscription.subscribed"]),
        (_event(1, "unsubscribed", "api", "subscribed", "unsubscribed"), ["subscription.unsubscribed"]),
        (_event(1, "stopped", "keyword", "open", "stopped", "*"), ["inbound.received", "subscription.unsubscribed"]),
        (_event(1, "stopped", "link", "stopped", "stopped", "*"), []),
        (_event(1, "restarted", "keyword", "stopped", "open", "*"), ["inbound.received"]),
        (_event(1, "expired", "clock", "pending", "unknown"), ["subscription.expired"]),
        (_event(1, "refused", "reply", "pending", "unsubscribed"), ["inbound.received", "subscription.expired"]),
        (_event(1, "corrected", "form", "pending", "unknown"), ["subscription.expired"]),
        (_event(1, "erased", "api", "subscribed", "unknown"), ["profile.erased"]),
        (_event(1, "texted", "carrier"), []),
        (_event(1, "noted", "code", "subscribed", "subscribed"), []),
        (_event(1, "held", "keyword"), ["inbound.received"]),
    ],
)  # fmt: skip
def test_types(event: Event, types: list[str]) -> None:
    assert _told((event, None)) == [(1, kind) for kind in types]


def test_a_text_that_moves_several_things_came_once() -> None:
    lifted = _event(1, "restarted", "keyword", "stopped", "open", "*"), _kept(text="t1")
    lapsed = _event(2, "expired", "clock", "pending", "unknown"), _kept(prompt="p")
    joined = _event(3, "requested", "keyword", "unknown", "pending"), _kept(text="t1")
    other = _event(4, "noted", "keyword"), _kept(text="t2")
    assert _told(lifted, lapsed, joined, other) == [
        (1, "inbound.received"),
        (2, "subscription.expired"),
        (3, "subscription.pending"),
        (4, "inbound.received"),
    ]


def test_a_submission_and_an_erasure_of_several_groups_are_told_once() -> None:
    one = _event(1, "requested", "form", "unknown", "pending"), _kept(submission="x")
    two = _event(2, "requested", "form", "unknown", "pending", "news"), _kept(submission="x")
    gone = [(_event(seq, "erased", "api", "pending", "unknown"), None) for seq in (3, 4)]
    assert _told(one, two, *gone) == [
        (1, "submission.created"),
        (1, "subscription.pending"),
        (2, "subscription.pending"),
        (3, "profile.erased"),
    ]


def test_what_is_told_and_what_never_is() -> None:
    facts = _kept(
        phone="+12015550123", address="203.0.113.9", agent="Mozilla", page="https://shop.example/x", language="en",
        submission="x",
    )  # fmt: skip
    event = _event(7, "requested", "form", "unknown", "pending")
    told = telling.message(Noticed(1, "submission.created", event, facts, "+12015550123", "", "de"))
    assert json.loads(msgspec.json.encode(told)) == {
        "type": "submission.created",
        "timestamp": "2027-01-15T08:00:00.007Z",
        "data": {
            "id": "s:7", "subject": "s", "group": "club", "kind": "requested", "source": "form", "before": "unknown",
            "state": "pending", "phone": "+12015550123", "email": None, "language": "en", "submission": "x",
            "left": [], "text": None, "sender": None, "reason": None, "parts": None, "vendor_id": None,
        },
    }  # fmt: skip


def test_a_stop_tells_what_it_ended_and_a_text_its_words() -> None:
    facts = _kept(text="t", words="STOP", left="club subscribed, news pending", tier="exact")
    event = _event(1, "stopped", "keyword", "open", "stopped", "*")
    ended = telling.message(Noticed(2, "subscription.unsubscribed", event, facts, "+1", "a@b.example", None)).data
    assert (ended.left, ended.text, ended.email) == (("club", "news"), None, "a@b.example")
    came = telling.message(Noticed(1, "inbound.received", event, facts, "+1", "", "fr")).data
    assert (came.text, came.language) == ("STOP", "fr")
    erased = telling.message(Noticed(1, "inbound.received", event, None, None, "", None)).data
    assert (erased.text, erased.phone, erased.language, erased.left) == (None, None, None, ())


def _ended(kind: str, state: Any, phone: str | None = "+12015550123") -> telling.Data:
    text = Carried("t1", "s", "club", "prompt", state, "24680", "en", "blocked", "SM1", 2, NOON)
    told = telling.message(Noticed(1, kind, text, None, phone, "", "en"))
    assert (told.type, told.timestamp) == (kind, "2027-01-15T08:00:00.000Z")
    return told.data


@pytest.mark.parametrize(
    ("state", "kind"),
    [("delivered", "message.delivered"), ("failed", "message.failed"), ("rejected", "message.failed")],
)
def test_what_became_of_a_text(state: Any, kind: str) -> None:
    text = Carried("t1", "s", "club", "prompt", state, "24680", "en", "", "SM1", 2, NOON)
    assert telling.ended_as(text) == kind
    data = json.loads(msgspec.json.encode(_ended(kind, state)))
    assert data == {
        "id": "t1", "subject": "s", "group": "club", "kind": "prompt", "source": "carrier", "before": "", "state": state,
        "phone": "+12015550123", "email": None, "language": "en", "submission": None, "left": [], "text": None,
        "sender": "24680", "reason": "blocked", "parts": 2, "vendor_id": "SM1",
    }  # fmt: skip


def test_a_failure_stays_one_after_a_late_receipt() -> None:
    assert _ended("message.failed", "delivered").state == "failed"


def test_nothing_of_an_erased_number_is_told_of_its_texts() -> None:
    data = _ended("message.delivered", "delivered", None)
    assert (data.phone, data.language, data.vendor_id, data.state) == (None, None, None, "delivered")


@given(st.text(max_size=3000))
def test_a_payload_is_below_20_kb(words: str) -> None:
    facts = _kept(words="\N{PILE OF POO}" * 3000 + words)
    event = _event(1, "held", "keyword")
    told = telling.message(Noticed(1, "inbound.received", event, facts, "+1", "", None))
    assert len(msgspec.json.encode(told)) < 20_000


def _endpoint(**changes: Any) -> Endpoint:
    first = telling.new_secret()
    made = Endpoint("e", "https://shop.example/hooks", "", first, "", 0, "enabled", "", NOON, NOON)
    return msgspec.structs.replace(made, **changes)


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


@given(st.binary(max_size=60))
def test_signatures_are_those_of_the_standard(content: bytes) -> None:
    body = content.hex().encode()
    old, now = telling.new_secret(), _now()
    rotated = _endpoint(old_secret=old, old_until=now + 1)
    headers = telling.headers(rotated, "msg_1", body, now)
    for secret in (rotated.secret, old):
        Webhook(secret).verify(body, headers, json_parse=False)
    later = telling.headers(_endpoint(old_secret=old, old_until=now), "msg_1", body, now)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, later, json_parse=False)
    assert headers["webhook-timestamp"] == str(now // 1000)


def test_tries() -> None:
    waits = [telling.wait(tries, 500, {}, NOON, 0) for tries in range(1, 11)]
    hours = [2, 5, 10, 14, 20, 24]
    assert waits == [5 * SECOND, 5 * MINUTE, 30 * MINUTE, *(n * HOUR for n in hours), None]
    assert telling.wait(1, 500, {}, NOON, 1) == 5500
    assert telling.wait(2, 0, {"retry-after": "7"}, NOON, 0) == 5 * MINUTE


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", 2 * MINUTE),
        (format_datetime(datetime.fromtimestamp(NOON / 1000 + 90, UTC), usegmt=True), 90 * SECOND),
        (format_datetime(datetime.fromtimestamp(NOON / 1000 - 90, UTC), usegmt=True), 5 * SECOND),
        ("9" * 40, DAY),
        ("soon", 5 * SECOND),
        ("²", 5 * SECOND),
        ("0", 5 * SECOND),
        ("", 5 * SECOND),
    ],
)
def test_who_says_when_is_heard(said: str, wait: int) -> None:
    for status in (429, 503):
        assert telling.wait(1, status, {"retry-after": said}, NOON, 0) == wait
