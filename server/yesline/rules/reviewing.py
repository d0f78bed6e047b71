"""What a person should look at: texts that were not understood, and those that may be a wish to stop.

The latter hold everything that would be sent to their number until a person, or the phone's next clear text, decides
(``security-compliance`` A2.1).
"""

from msgspec.structs import replace

from yesline.errors import Refusal
from yesline.records import (
    ClearNumber,
    Confirmed,
    Decision,
    InboundText,
    InvalidNumber,
    Review,
    ReviewItem,
    StopByHand,
    Subject,
)
from yesline.rules.consent import let_go, stop
from yesline.rules.desk import Desk


def open_item(desk: Desk, subject: Subject, act: InboundText, facts: dict[str, str], *, holds: bool) -> None:
    """Put a text before a person."""
    desk.put(
        ReviewItem(
            id=desk.mint(),
            subject_id=subject.id,
            group_id=act.group.id,
            text_id=act.id,
            state="open",
            holds=int(holds),
            opened_at=desk.now,
        )
    )
    state = desk.subscription(subject, act.group.id).state
    desk.note(subject, "held" if holds else "noted", "keyword", (act.group.id, state, state), facts)


def decide(desk: Desk, act: Review) -> Decision:
    """One of us has read it. The outcome tells whether it had been decided before; a wish to stop counts after a dismissal too."""
    item = desk.get(ReviewItem, act.item)
    if not item or desk.owner(item).tag is None:
        raise Refusal("review_not_found", "There is no such item: 'yesline review list' shows what waits.", 404)
    subject = desk.owner(item)
    decided = item.state == "stopped" and desk.stopped(subject, item.group_id) if act.stop else item.state != "open"
    if decided:
        return desk.decision(Confirmed(already=True))
    facts = {"review": item.id, "text": item.text_id, "by": act.by}
    desk.put(replace(item, state="stopped" if act.stop else "dismissed", decided_at=desk.now, decided_by=act.by))
    if act.stop:
        stop(desk, subject, item.group_id, desk.now, "staff", facts)
        return desk.decision(Confirmed(already=False))
    if item.holds and not desk.held(subject):
        let_go(desk, subject)
    state = desk.subscription(subject, item.group_id).state
    desk.note(subject, "noted", "staff", (item.group_id, state, state), facts | {"why": "dismissed"})
    return desk.decision(Confirmed(already=False))


def stop_by_hand(desk: Desk, act: StopByHand) -> Decision:
    """A person asked one of us for no more texts: any reasonable way counts, for the whole brand (47 CFR 64.1200(a)(10))."""
    subject = desk.subject(act.tag, act.phone)
    changed = stop(desk, subject, "", desk.now, "staff", act.facts)
    return desk.decision(Confirmed(already=not changed))


def mark_invalid(desk: Desk, subject: Subject, reason: str, code: str) -> None:
    """A carrier says that this number can never be reached."""
    known = desk.get(InvalidNumber, subject.id)
    if not known or known.cleared_at:
        desk.put(InvalidNumber(subject.id, reason, code, desk.now))


def reachable(desk: Desk, subject: Subject) -> None:
    """The number has texted us, or a person says it is right: whatever a carrier said, it is in use."""
    known = desk.get(InvalidNumber, subject.id)
    if known and not known.cleared_at:
        desk.put(replace(known, cleared_at=desk.now))


def clear(desk: Desk, act: ClearNumber) -> Decision:
    """A number found invalid may be texted again. The outcome tells whether there was nothing to clear."""
    known = desk.known.tagged(act.tag)
    subject = desk.get(Subject, known) if known else None
    mark = desk.get(InvalidNumber, subject.id) if subject else None
    if not subject or not mark or mark.cleared_at:
        return desk.decision(Confirmed(already=True))
    reachable(desk, subject)
    return desk.decision(Confirmed(already=False))
