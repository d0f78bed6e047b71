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

from yesline.errors import LedgerError
from yesline.records import Draft, Event, EventFacts, Subject

_SALT = 16


def _digest(salt: bytes, value: str) -> str:
    return hashlib.sha256(salt + value.encode()).hexdigest()


def _chain_hash(key: bytes, bound: tuple[Any, ...]) -> str:
    """The hash of an event's columns but the last, in their order."""
    return hmac.digest(key, msgspec.json.encode(bound), "sha256").hex()


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
        msgspec.json.encode(digests).decode(),
        subject.head,
    )
    event = Event(*bound, hash=_chain_hash(key, bound))
    moved = msgspec.structs.replace(subject, events=event.seq, head=event.hash)
    return moved, event, EventFacts(subject.id, event.seq, msgspec.json.encode(facts).decode())


def _check_event(key: bytes, event: Event, seq: int, head: str) -> None:
    where = f"event {seq} of subject {event.subject_id}"
    if event.seq != seq:
        raise LedgerError(f"{where} is missing: the next row there is event {event.seq}")
    if not hmac.compare_digest(_chain_hash(key, msgspec.structs.astuple(event)[:-1]), event.hash):
        raise LedgerError(f"{where} was changed by hand: its hash does not fit its content")
    if event.prev != head:
        raise LedgerError(f"{where} does not follow the event before it: a row was replaced")


def _check_facts(event: Event, stored: str) -> None:
    where = f"event_facts {event.seq} of subject {event.subject_id}"
    try:
        facts = msgspec.json.decode(stored, type=dict[str, tuple[str, str]])
        digests = msgspec.json.decode(event.digests, type=dict[str, str])
        wrong = [
            name for name, (salt, value) in facts.items() if digests.get(name) != _digest(bytes.fromhex(salt), value)
        ]
    except ValueError as error:
        raise LedgerError(f"{where} was changed by hand: it cannot be read") from error
    if wrong:
        raise LedgerError(f"{where} was changed by hand: {', '.join(wrong)} is not what the ledger committed to")


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
