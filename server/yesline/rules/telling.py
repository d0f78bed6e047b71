"""What the product's back end is told of the ledger: which events, in which words, signed how, and when again where nobody took it.

Source: Standard Webhooks 1.0 (``security-compliance`` D1.8). What an address, a browser or a page was is never told (A6.4).
"""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, get_args

import msgspec
from msgspec import Struct

from yesline.records import Event
from yesline.records.outgoing import Carried, Endpoint, EventType, Noticed
from yesline.rules.abuse import DAY, HOUR, MINUTE, SECOND

TYPES: tuple[EventType, ...] = get_args(EventType)
WAITS = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, DAY)
"""How long after each try the next one is made."""
OVERLAP = DAY
"""How long a secret that was replaced goes on signing beside the new one."""
MOST_TEXT = 2_000
"""Characters of what a phone has texted: a payload stays below 20 kB in any script."""
_BEGINNING = "whsec_"
_CAME_TO_NOTHING = ("expired", "refused", "corrected")
_BY_STATE: dict[str, EventType] = {
    "pending": "subscription.pending",
    "subscribed": "subscription.subscribed",
    "unsubscribed": "subscription.unsubscribed",
    "stopped": "subscription.unsubscribed",
}
_read_facts = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode


class Data(Struct, frozen=True):
    """An event as it is told. ``id`` is the same wherever and however often the event is told.

    What was erased is null; ``left`` are the groups that a STOP ended; ``text`` is what a phone has texted. Of a text that was sent ``kind`` is
    what kind of text, ``state`` what became of it; ``reason`` is why it did not arrive, ``parts`` what it cost in segments, ``vendor_id``
    the carrier's id of it.
    """

    id: str
    subject: str
    group: str
    kind: str
    source: str
    before: str
    state: str
    phone: str | None
    email: str | None
    language: str | None
    submission: str | None
    left: tuple[str, ...]
    text: str | None
    sender: str | None = None
    reason: str | None = None
    parts: int | None = None
    vendor_id: str | None = None


class Message(Struct, frozen=True):
    """What an endpoint is sent. ``timestamp`` is when the event happened."""

    type: str
    timestamp: str
    data: Data


def facts_of(kept: str | None) -> dict[str, str]:
    """The facts of an event without their salts."""
    return {name: value for name, (_, value) in _read_facts(kept).items()} if kept else {}


def told_as(chain: Sequence[tuple[Event, str | None]]) -> list[tuple[Event, EventType]]:
    """What new events of one number are told as, in their order. A text or a submission that moved several things is told once."""
    found: list[tuple[Event, EventType]] = []
    seen: set[str] = set()
    for event, kept in chain:
        arrival = _arrival(event)
        if arrival:
            name = facts_of(kept).get("submission" if arrival == "submission.created" else "text", "")
            mark = arrival if arrival == "profile.erased" else f"{arrival} {name or event.seq}"
            if mark not in seen:
                found.append((event, arrival))
            seen.add(mark)
        if change := _change(event):
            found.append((event, change))
    return found


def _arrival(event: Event) -> EventType | None:
    """What came from outside, whether or not it changed a state."""
    if event.kind == "erased":
        return "profile.erased"
    if event.source == "form" and event.kind in ("requested", "subscribed"):
        return "submission.created"
    return "inbound.received" if event.source in ("keyword", "reply") else None


def _change(event: Event) -> EventType | None:
    """What became of a subscription, if anything."""
    if event.kind in _CAME_TO_NOTHING:
        return "subscription.expired"
    moved = event.before != event.after and event.kind != "erased"
    return _BY_STATE.get(event.after) if moved else None


def ended_as(text: Carried) -> EventType:
    """What the end of a text is told as. A text may be told as failed and then, by a late receipt, as delivered; never the other way."""
    return "message.delivered" if text.state == "delivered" else "message.failed"


def message(one: Noticed) -> Message:
    """An event as it is told now."""
    if isinstance(one.about, Carried):
        return Message(one.type, iso(one.about.at), _of_text(one, one.about))
    return Message(one.type, iso(one.about.at), _of_event(one, one.about))


def _of_text(one: Noticed, text: Carried) -> Data:
    """What became of a text, as this entry tells it. Of who was erased neither the language nor what finds the text at the carrier is told."""
    known = one.phone is not None
    return Data(
        id=text.id,
        subject=text.subject_id,
        group=text.group_id,
        kind=text.kind,
        source="carrier",
        before="",
        state=text.state if one.type == ended_as(text) else "failed",
        phone=one.phone,
        email=None,
        language=(one.language or None) if known else None,
        submission=None,
        left=(),
        text=None,
        sender=text.sender,
        reason=text.reason,
        parts=text.parts,
        vendor_id=text.vendor_id if known else None,
    )


def _of_event(one: Noticed, event: Event) -> Data:
    facts = facts_of(one.facts)
    inbound = one.type == "inbound.received"
    return Data(
        id=f"{event.subject_id}:{event.seq}",
        subject=event.subject_id,
        group=event.group_id,
        kind=event.kind,
        source=event.source,
        before=event.before,
        state=event.after,
        phone=one.phone or None,
        email=one.email or None,
        language=facts.get("language") or one.language or None,
        submission=facts.get("submission"),
        left=tuple(part.split()[0] for part in facts.get("left", "").split(", ") if part),
        text=facts["words"][:MOST_TEXT] if inbound and "words" in facts else None,
    )


def iso(at: int) -> str:
    """A time in milliseconds as ISO 8601, UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_secret() -> str:
    """A secret to sign with."""
    return _BEGINNING + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(endpoint: Endpoint, webhook_id: str, body: bytes, now: int) -> dict[str, str]:
    """The headers of one try, signed by the secret, and by the old one while it may still be in use."""
    stamp = str(now // SECOND)
    given = [endpoint.secret, *([endpoint.old_secret] if endpoint.old_secret and now < endpoint.old_until else [])]
    signed = f"{webhook_id}.{stamp}.".encode() + body
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{_mac(secret, signed)}" for secret in given),
        "content-type": "application/json",
    }


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_BEGINNING))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def wait(tries: int, status: int, answer: Mapping[str, Any], now: int, spread: float) -> int | None:
    """How long to wait before the next try, in milliseconds, after so many; None when there is none.

    ``answer`` are the headers of the last one; ``spread``, from 0 to 1, is what keeps many tries from coming at once.
    """
    if tries > len(WAITS):
        return None
    asked = _retry_after(str(answer.get("retry-after", "")), now) if status in (429, 503) else 0
    return min(asked, DAY) or round(WAITS[tries - 1] * (1 + spread / 10))


def _retry_after(text: str, now: int) -> int:
    """Seconds, or a moment, as RFC 9110 10.2.3 has it; in milliseconds from now, 0 where it says nothing of use."""
    if text.isascii() and text.isdecimal():
        return min(int(text[:9]), DAY) * SECOND
    try:
        return max(0, int(parsedate_to_datetime(text).timestamp() * 1000) - now)
    except (ValueError, OverflowError):
        return 0
