"""The moves that every way in shares: open a prompt, queue a text, confirm, void, stop, lift.

They keep the state table of the contracts, section 2. STOP wins every race: a stopped number is never moved by anything here
but ``lift``, which only a START texted by the person calls.
"""

from msgspec.structs import replace

from yesline.programme import Group
from yesline.records import (
    BRAND_WIDE,
    EventKind,
    Prompt,
    Source,
    State,
    Subject,
    Subscription,
    Suppression,
    Text,
    TextKind,
)
from yesline.rules.abuse import DAY, MINUTE
from yesline.rules.desk import Desk

PRIORITY: dict[TextKind, int] = {"stop": 0, "help": 0, "prompt": 1, "confirmation": 2, "already": 3}
ANSWER_LIFE = 5 * MINUTE  # 47 CFR 64.1200(a)(12): the one answer to STOP comes within five minutes or not at all
TEXT_LIFE = DAY


def move(desk: Desk, current: Subscription, state: State) -> Subscription:
    """Put a number in a group into another state, remembering the one before."""
    if current.state == state:
        return current
    return desk.put(replace(current, state=state, previous=current.state, since=desk.now))


def queue(desk: Desk, subject: Subject, kind: TextKind, asked: Prompt | Group, reason: str = "") -> Text:
    """Put a text into the outbox; with a ``reason`` it is put there as dropped, so that every path writes the same rows."""
    prompt = asked if isinstance(asked, Prompt) else None
    lives = {"stop": ANSWER_LIFE, "prompt": desk.policy.prompt_life, "already": desk.policy.prompt_life}
    return desk.put(
        Text(
            id=desk.mint(),
            kind=kind,
            state="dropped" if reason else "queued",
            subject_id=subject.id,
            group_id=prompt.group_id if prompt else asked.id,
            sender=prompt.sender if prompt else asked.sender.address,  # type: ignore[union-attr]
            prompt_id=prompt.id if prompt else None,
            generation=prompt.generation if prompt else 0,
            language=prompt.language if prompt else "en",
            priority=PRIORITY[kind],
            created_at=desk.now,
            due_at=desk.now,
            drop_at=desk.now + lives.get(kind, TEXT_LIFE),
            reason=reason,
        )
    )


def new_prompt(desk: Desk, subject: Subject, group: Group, language: str, methods: tuple[str, ...]) -> Prompt:
    """A prompt not yet put: the caller sets what its way in knows besides."""
    return Prompt(
        id=desk.mint(),
        subject_id=subject.id,
        group_id=group.id,
        sender=group.sender.address,
        purpose="join",
        language=language,
        methods=" ".join(methods),
        host="",
        submission_id=None,
        state="open",
        generation=1,
        tries=0,
        opened_at=desk.now,
        code_until=desk.now + desk.policy.code_life,
        closes_at=desk.now + group.window_days * DAY,
    )


def ask_again(desk: Desk, prompt: Prompt) -> Prompt:
    """The same prompt with a fresh code, which takes the place of the old one."""
    return desk.put(
        replace(prompt, generation=prompt.generation + 1, tries=0, code_until=desk.now + desk.policy.code_life)
    )


def confirm(desk: Desk, prompt: Prompt, source: Source, facts: dict[str, str]) -> bool:
    """The phone said yes to an open prompt. False, with an event, where that changes nothing any more."""
    subject = desk.owner(prompt)
    current = desk.subscription(subject, prompt.group_id)
    if prompt.state != "open" or prompt.closes_at <= desk.now or desk.stopped(subject):
        late = facts | {"prompt": prompt.id, "why": f"prompt {prompt.state}"}
        desk.note(subject, "noted", source, (prompt.group_id, current.state, current.state), late)
        return False
    desk.put(replace(prompt, state="confirmed"))
    drop_queued(desk, subject, "answered", prompt.id)
    moved = move(desk, current, "subscribed")
    kind: EventKind = "noted" if current.state == "subscribed" else "confirmed"
    desk.note(subject, kind, source, (prompt.group_id, current.state, moved.state), facts | {"prompt": prompt.id})
    if current.state != "subscribed":
        queue(desk, subject, "confirmation", prompt)
    return True


def void(desk: Desk, prompt: Prompt, source: Source, why: str) -> None:
    """Close a prompt without a yes; the number falls back to where it was before it was asked."""
    drop_queued(desk, desk.owner(prompt), why, prompt.id)
    _close(desk, prompt, source, why)


def lapse(desk: Desk, subject: Subject, group_id: str) -> None:
    """Close a prompt whose window is over, before another is opened beside it. Its texts were too late to send long ago."""
    for prompt in desk.of(Prompt, subject):
        if prompt.state == "open" and prompt.group_id == group_id and prompt.closes_at <= desk.now:
            _close(desk, prompt, "clock", "expired")


def _close(desk: Desk, prompt: Prompt, source: Source, why: str) -> None:
    subject = desk.owner(prompt)
    current = desk.subscription(subject, prompt.group_id)
    desk.put(replace(prompt, state="expired" if why == "expired" else "void"))
    if current.state != "pending":
        return
    back = desk.put(replace(current, state=current.previous, since=desk.now))
    kind = {"expired": "expired", "corrected": "corrected"}.get(why, "refused")
    desk.note(subject, kind, source, (prompt.group_id, "pending", back.state), {"prompt": prompt.id})  # type: ignore[arg-type]


def drop_queued(desk: Desk, subject: Subject, reason: str, prompt_id: str | None = None) -> None:
    """Take texts that wait out of the outbox: those of one prompt, or all but the answer to an earlier STOP."""
    for text in desk.of(Text, subject):
        if text.state == "queued" and text.kind != "stop" and prompt_id in (None, text.prompt_id):
            desk.put(replace(text, state="dropped", reason=reason))


def stop(desk: Desk, subject: Subject, at: int, source: Source, facts: dict[str, str]) -> bool:
    """Suppress a number for the whole brand; False if it was suppressed already. Source: 47 CFR 64.1200(a)(10)."""
    was = desk.stopped(subject)
    for prompt in desk.of(Prompt, subject):
        if prompt.state == "open":
            desk.put(replace(prompt, state="void"))
    drop_queued(desk, subject, "stopped")
    left = []
    for current in desk.of(Subscription, subject):
        if current.state in ("pending", "subscribed"):
            left.append(f"{current.group_id} {current.state}")
            move(desk, current, "unsubscribed")
    # Carriers reorder: an older STOP must not make way for an older START.
    row = desk.get(Suppression, subject.tag) or Suppression(str(subject.tag), 0, 0, source)
    desk.put(replace(row, stopped_at=max(at, row.stopped_at), lifted_at=0, source=source))
    before = "stopped" if was else "open"
    desk.note(subject, "stopped", source, (BRAND_WIDE, before, "stopped"), facts | {"left": ", ".join(left)})
    return not was


def lift(desk: Desk, subject: Subject, at: int, facts: dict[str, str]) -> None:
    """The person texted START: end a suppression, and remember when, for a STOP texted before that comes after.

    Other groups stay as they are; nothing is restored.
    """
    row = desk.get(Suppression, subject.tag) or Suppression(str(subject.tag), 0, 0, "keyword")
    was = desk.stopped(subject)
    desk.put(replace(row, lifted_at=max(at, row.lifted_at)))
    if was:
        desk.note(subject, "restarted", "keyword", (BRAND_WIDE, "stopped", "open"), facts)
