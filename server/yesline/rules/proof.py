"""The ledger's arithmetic: how an event is bound to the one before it, and how a chain is checked.

Each fact is committed to by SHA-256 over a salt of its own and its value, so that one fact can be erased without a trace of it
staying guessable and without breaking the chain (``security-compliance`` A7.4). The chain hash is keyed: whoever can write to the
database but has no key cannot forge a row.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import astuple, replace

from yesline.errors import LedgerError
from yesline.records import Draft, Event, EventFacts, Subject

_SALT = 16
_encode = msgspec.json.Encoder().encode
_read_facts = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode
_read_digests = msgspec.json.Decoder(dict[str, str]).decode
fromhex = bytes.fromhex


def _digest(salt: bytes, value: str) -> str:
    return hashlib.sha256(salt + value.encode()).hexdigest()


def _chain_hash(key: bytes, bound: tuple[Any, ...]) -> str:
    """The hash of an event's columns but the last, in their order."""
    return hmac.digest(key, _encode(bound), "sha256").hex()


def link(key: bytes, subject: Subject, draft: Draft, at: int) -> tuple[Subject, Event, EventFacts]:
    """Put a draft at the end of its subject's chain: the subject with its new head, the event, and the facts it commits to."""
    salts = secrets.token_bytes(_SALT * len(draft.facts))
    facts: dict[str, tuple[str, str]] = {}
    digests: dict[str, str] = {}
    for place, (name, value) in enumerate(draft.facts.items()):
        salt = salts[place * _SALT : (place + 1) * _SALT]
        facts[name] = (salt.hex(), value)
        digests[name] = _digest(salt, value)
    bound = (
        subject.id,
        subject.events + 1,
        at,
        draft.kind,
        draft.source,
        draft.group_id,
        draft.before,
        draft.after,
        _encode(digests).decode(),
        subject.head,
    )
    event = Event(*bound, hash=_chain_hash(key, bound))
    moved = replace(subject, events=event.seq, head=event.hash)
    return moved, event, EventFacts(subject.id, event.seq, _encode(facts).decode())


def _check_event(key: bytes, event: Event, seq: int, head: str) -> None:
    if event.seq != seq:
        raise LedgerError(
            f"event {seq} of subject {event.subject_id} is missing: the next row there is event {event.seq}"
        )
    if _chain_hash(key, astuple(event)[:-1]) != event.hash:
        raise LedgerError(
            f"event {seq} of subject {event.subject_id} was changed by hand: its hash does not fit its content"
        )
    if event.prev != head:
        raise LedgerError(
            f"event {seq} of subject {event.subject_id} does not follow the event before it: a row was replaced"
        )


def _check_facts(event: Event, stored: str) -> None:
    try:
        digests = {name: _digest(fromhex(salt), value) for name, (salt, value) in _read_facts(stored).items()}
        if _encode(digests) == event.digests.encode():
            return
        committed = _read_digests(event.digests)
        wrong = ", ".join(name for name, digest in digests.items() if committed.get(name) != digest)
        what = f"{wrong} is not what the ledger committed to" if wrong else ""
    except ValueError:
        what = "it cannot be read"
    if what:  # none where single facts were erased
        raise LedgerError(f"event_facts {event.seq} of subject {event.subject_id} was changed by hand: {what}")


def check_chain(key: bytes, subject: Subject, events: Iterable[tuple[Event, str | None]]) -> int:
    """Recompute one subject's chain with its facts (None where erased) and return its length.

    Raises LedgerError naming the first row that was changed, added or removed.
    """
    seq, head = 0, ""
    for event, facts in events:
        seq += 1
        _check_event(key, event, seq, head)
        if facts is not None:
            _check_facts(event, facts)
        head = event.hash
    if (seq, head) != (subject.events, subject.head):
        raise LedgerError(
            f"subject {subject.id} should have {subject.events} events and has {seq}: rows were added or removed at the end"
        )
    return seq
