"""The outbox: what may go now, what became of it, and what time alone decides.

At most once: a text is marked ``sending`` before the carrier is called and never sent again unless the carrier's answer proves
that nothing went out.
"""

import phonenumbers
from msgspec.structs import replace

from yesline.programme import Group
from yesline.records import (
    CaughtUp,
    Cursor,
    Decision,
    Delivery,
    Dispatch,
    Expire,
    Going,
    Hits,
    InvalidNumber,
    Prompt,
    Restored,
    Text,
    TextResult,
)
from yesline.rules import hours, reviewing
from yesline.rules.abuse import MINUTE, SECOND
from yesline.rules.consent import stop, void
from yesline.rules.desk import Desk

MOST_TRIES = 5
TRIES_BEFORE_BACKUP = 2
SEND_LIMIT = 2 * MINUTE  # no carrier call lasts this long: a send that started earlier was cut off
LOOK_AGAIN = MINUTE
HANDED_OVER = 100  # texts at most that another sender takes over in one go
CLOCKS_APART = 5 * SECOND
OPTED_OUT = "opted_out"
INVALID = ("invalid_number", "not_mobile")
SENDERS_FAULT = ("sender", "unregistered", "country", "no_credit", "credentials", "carrier_down", "rate_limited")
_ANSWERS_TO_ANYONE = ("stop", "help")
_NEVER_HELD = ("stop", "help", "review")
_STANDS = {"sent": 1, "unknown": 2, "failed": 3, "rejected": 3, "delivered": 4}
"""Receipts come late and out of order: one that says less than what is known is let be."""


def dispatch(desk: Desk, act: Dispatch) -> Decision:
    """Take what is due: each text is marked ``sending``, put off, or dropped with its reason. The outcome lists what to send."""
    going: list[Text] = []
    full: set[str] = set()
    due = [text for text in desk.known.all(Text) if text.state == "queued" and text.due_at <= desk.now]
    for text in sorted(due, key=lambda t: (t.priority, t.created_at)):
        if reason := _why_not(desk, text, act.groups.get(text.group_id)):
            desk.put(replace(text, state="dropped", reason=reason))
        elif (later := _later(desk, text, act.groups.get(text.group_id))) > desk.now:
            desk.put(replace(text, due_at=later))
        elif text.sender in act.instead:
            _hand_over(desk, text, act.instead[text.sender])
        elif text.sender in act.pace and _in_pace(desk, text.sender, act.pace[text.sender]):
            going.append(desk.put(replace(text, state="sending", tried_at=desk.now, tries=text.tries + 1)))
        else:
            full.add(text.sender)
    return desk.decision(Going(going, frozenset(full)))


def pace_key(sender: str) -> str:
    """The key of the counter of a sender's texts in the running second."""
    return f"pace:{sender}"


def _in_pace(desk: Desk, sender: str, per_second: int) -> bool:
    """Count one more text of this second, or tell that its sender has no room. Another process's clock may be a little ahead."""
    counted = desk.get(Hits, pace_key(sender))
    last, used = counted.hits[-1] if counted and counted.hits else (0, 0)
    second = desk.now - desk.now % SECOND
    if second <= last < second + CLOCKS_APART:
        second = last
    else:
        used = 0
    if used >= per_second:
        return False
    desk.put(Hits(pace_key(sender), ((second, used + 1),), second + MINUTE))
    return True


def _why_not(desk: Desk, text: Text, group: Group | None) -> str:
    subject = desk.owner(text)
    if text.drop_at <= desk.now:
        return "too late"
    if not subject.phone:
        return "erased"
    if text.kind not in _ANSWERS_TO_ANYONE and desk.stopped(subject, text.group_id):
        return "stopped"
    mark = desk.get(InvalidNumber, subject.id)
    if mark and not mark.cleared_at:
        return "invalid number"
    if group and not _served(group, text, subject.phone):
        return "country"
    return _outdated(desk, text)


def _outdated(desk: Desk, text: Text) -> str:
    prompt = desk.get(Prompt, text.prompt_id) if text.prompt_id else None
    if text.kind in ("prompt", "already") and prompt and prompt.state != "open":
        return "answered"
    if prompt and text.generation < prompt.generation:
        return "replaced"
    return ""


def _served(group: Group, text: Text, phone: str) -> bool:
    """Whether the group, and the sender, may text this number's country. STOP and HELP are answered wherever they come from."""
    sender = next((sender for sender in group.senders if sender.address == text.sender), group.sender)
    limits = [countries for countries in (group.countries, sender.countries) if countries]
    if not limits or text.kind in _ANSWERS_TO_ANYONE:
        return True
    region = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    return all(region in countries for countries in limits)


def _later(desk: Desk, text: Text, group: Group | None) -> int:
    """When to look at a text again: in a minute while its number is held, after the quiet hours where it is no fresh answer."""
    if text.kind not in _NEVER_HELD and desk.held(desk.owner(text)):
        return desk.now + LOOK_AGAIN
    fresh = text.created_at + desk.policy.prompt_life > desk.now
    if fresh or text.kind in _ANSWERS_TO_ANYONE or not group:
        return desk.now
    return hours.waits_until(desk.owner(text).phone or "", group.quiet, desk.now)


def text_result(desk: Desk, act: TextResult) -> Decision:
    """Keep what became of a send. A carrier's "opted out" is a STOP we missed (contracts, section 2).

    Where the number was erased meanwhile its words are not kept, and it is not tried again.
    """
    text = desk.get(Text, act.text)
    if text and desk.owner(text).tag is None:
        act = replace(act, body="", backup="", state="failed" if act.state == "queued" else act.state)
    if not text or text.state not in ("sending", "uncertain"):
        return _late_result(desk, text, act)
    told = replace(
        text, vendor_id=act.vendor_id, reason=act.reason, body=act.body, code=act.code, parts=act.parts or text.parts
    )
    if act.backup and _backup_may(act, text):
        _hand_over(desk, told, act.backup)
    elif act.state == "queued" and text.tries < MOST_TRIES:
        desk.put(replace(told, state="queued", due_at=desk.now + act.wait))
    else:
        desk.put(replace(told, state="failed" if act.state == "queued" else act.state))
        _tell(desk, told, "failed" if act.state == "queued" else act.state)
    _learn(desk, text, act.reason, act.code)
    return desk.decision(None)


def _late_result(desk: Desk, text: Text | None, act: TextResult) -> Decision:
    """The receipt was quicker than the answer to the send: keep the words, which only the answer brings."""
    if text and text.state in _STANDS and not text.body and act.state in ("sent", "uncertain"):
        kept = desk.put(replace(text, body=act.body, parts=act.parts, vendor_id=act.vendor_id or text.vendor_id))
        _tell(desk, kept, text.state)
    return desk.decision(None)


def _backup_may(act: TextResult, text: Text) -> bool:
    """Nothing was sent, and it was the sender's or its carrier's fault, or twice in a row for whatever passing reason."""
    if act.state == "failed":
        return act.reason in SENDERS_FAULT
    return act.state == "queued" and (
        act.reason in ("credentials", "no_credit", "sender") or text.tries >= TRIES_BEFORE_BACKUP
    )


def _hand_over(desk: Desk, text: Text, backup: str) -> None:
    """Let another sender of the group send it; the prompt is that sender's from now on, so that its page names the right one."""
    desk.put(replace(text, state="queued", sender=backup, tries=0, due_at=desk.now))
    prompt = desk.get(Prompt, text.prompt_id) if text.prompt_id else None
    if prompt and prompt.state == "open":
        desk.put(replace(prompt, sender=backup))


def _tell(desk: Desk, text: Text, state: str) -> None:
    """Put into the ledger what became of a text."""
    subject = desk.owner(text)
    facts = {"text": text.id, "kind": text.kind, "state": state, "words": text.body, "vendor": text.vendor_id}
    more = {"reason": text.reason, "code": text.code} if text.reason else {}
    current = desk.subscription(subject, text.group_id).state
    desk.note(subject, "texted", "carrier", (text.group_id, current, current), facts | more)


def _learn(desk: Desk, text: Text, reason: str, code: str) -> None:
    """What a failure tells of the number itself, unless it was erased."""
    subject = desk.owner(text)
    if subject.tag is None:
        return
    if reason in INVALID:
        reviewing.mark_invalid(desk, subject, reason, code)
    elif reason == OPTED_OUT and not desk.stopped(subject, text.group_id):
        stop(desk, subject, text.group_id, desk.now, "carrier", {"text": text.id})


def delivery(desk: Desk, act: Delivery) -> Decision:
    """Keep a receipt, unless it says less than what is known. It also settles a send that was cut off.

    A STOP at the carrier is learned whatever else is known by then.
    """
    text = desk.get(Text, act.text)
    if not text or text.kind == "inbound" or text.state in ("queued", "dropped"):
        return Decision(None)
    if act.vendor_id and text.vendor_id and act.vendor_id != text.vendor_id:
        return Decision(None)
    news = _STANDS[act.state] > _STANDS.get(text.state, 0)
    if not news and (act.reason != OPTED_OUT or text.reason == OPTED_OUT):
        return Decision(None)
    told = desk.put(
        replace(
            text,
            state=act.state if news else text.state,
            vendor_id=text.vendor_id or act.vendor_id,
            reason=act.reason,
            code=act.code,
            told_at=act.at or desk.now,
        )
    )
    _tell(desk, replace(told, body=""), told.state)
    _learn(desk, text, act.reason, act.code)
    return desk.decision(None)


def caught_up(desk: Desk, act: CaughtUp) -> Decision:
    """Remember up to when a carrier was asked."""
    desk.put(Cursor(act.carrier, act.at))
    return desk.decision(None)


def expire(desk: Desk, act: Expire) -> Decision:
    """Close prompts whose window is over and mark sends that were cut off as uncertain, never to be re-sent by themselves.

    The outcome is whether there may be more of them.
    """
    prompts = [p for p in desk.known.all(Prompt) if p.state == "open" and p.closes_at <= desk.now][: act.most]
    for prompt in prompts:
        void(desk, prompt, "clock", "expired")
    sending = [t for t in desk.known.all(Text) if t.state == "sending" and t.tried_at + SEND_LIMIT <= desk.now]
    for text in sending:
        desk.put(replace(text, state="uncertain", reason="cut off"))
    return desk.decision(max(len(prompts), len(sending)) >= act.most)


def restored(desk: Desk, act: Restored) -> Decision:
    """Take texts out of the outbox that waited when a backup was made. Whoever wants one that never came asks for it again."""
    for name in act.texts:
        text = desk.get(Text, name)
        if text and text.state in ("queued", "sending"):
            done = desk.put(replace(text, state="uncertain", reason="restored"))
            subject = desk.owner(text)
            current = desk.subscription(subject, text.group_id).state
            facts = {"text": done.id, "kind": done.kind, "state": done.state, "why": done.reason}
            desk.note(subject, "texted", "restore", (text.group_id, current, current), facts)
    return desk.decision(None)
