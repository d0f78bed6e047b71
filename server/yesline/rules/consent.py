"""The moves that every way in shares: open a prompt, queue a text, confirm, void, stop, lift.

They keep the state table of the contracts, section 2. STOP wins every race: a stopped number is never moved by anything here
but ``lift``, which only a START texted by the person calls.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from yesline.programme import Group
from yesline.records import (
    BRAND_WIDE,
    EventKind,
    GroupSuppression,
    Prompt,
    Source,
    State,
    Subject,
    Subscription,
    Suppression,
    Text,
    TextKind,
    TextState,
)
from yesline.rules.abuse import DAY, MINUTE
from yesline.rules.desk import Desk

PRIORITY: dict[TextKind, int] = {
    "stop": 0, "help": 0, "review": 0, "prompt": 1, "confirmation": 2, "reply": 2, "other": 2, "already": 3,
}  # fmt: skip
ANSWER_LIFE = 5 * MINUTE  # 47 CFR 64.1200(a)(12): the one answer to STOP comes within five minutes or not at all
TEXT_LIFE = DAY


class To(Struct, frozen=True):
    """How a text is addressed where no prompt says so: by which sender, in which language, and the category of a reply."""

    sender: str = ""
    language: str = ""
    name: str = ""


def move(desk: Desk, current: Subscription, state: State, language: str = "") -> Subscription:
    """Put a number in a group into another state, remembering the one before and the language that was spoken."""
    language = language or current.language
    if current.state == state and current.language == language:
        return current
    if current.state == state:
        return desk.put(replace(current, language=language))
    return desk.put(replace(current, state=state, previous=current.state, since=desk.now, language=language))


def spoken(desk: Desk, subject: Subject, group: Group, language: str = "") -> str:
    """The language to answer a number in: that of its text, else the one last spoken with it, else the group's first."""
    return language or desk.subscription(subject, group.id).language or group.languages[0]


def queue(
    desk: Desk, subject: Subject, kind: TextKind, asked: Prompt | Group, reason: str = "", to: To | None = None
) -> Text:
    """Put a text into the outbox; with a ``reason`` it is put there as dropped, so that every path writes the same rows."""
    lives = {"stop": ANSWER_LIFE, "prompt": desk.policy.prompt_life, "already": desk.policy.prompt_life}
    text = _addressed(desk, subject, kind, asked, to or To())
    state: TextState = "dropped" if reason else "queued"
    return desk.put(replace(text, state=state, drop_at=desk.now + lives.get(kind, TEXT_LIFE), reason=reason))


def _addressed(desk: Desk, subject: Subject, kind: TextKind, asked: Prompt | Group, to: To) -> Text:
    blank = Text(
        id=desk.mint(), kind=kind, state="queued", subject_id=subject.id, group_id="", sender="", prompt_id=None, generation=0,
        language="", priority=PRIORITY[kind], created_at=desk.now, due_at=desk.now, drop_at=0, name=to.name,
    )  # fmt: skip
    if isinstance(asked, Prompt):
        return replace(
            blank,
            group_id=asked.group_id,
            sender=asked.sender,
            prompt_id=asked.id,
            generation=asked.generation,
            language=asked.language,
        )
    language = spoken(desk, subject, asked, to.language)
    return replace(blank, group_id=asked.id, sender=to.sender or asked.sender.address, language=language)


def new_prompt(desk: Desk, subject: Subject, group: Group, language: str, methods: tuple[str, ...]) -> Prompt:
    """A prompt not yet put: the caller sets what its way in knows besides. A sender that takes no replies asks for none."""
    if not group.sender.two_way:
        methods = tuple(method for method in methods if method != "reply")
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
    if prompt.state != "open" or prompt.closes_at <= desk.now or desk.stopped(subject, prompt.group_id):
        late = facts | {"prompt": prompt.id, "why": f"prompt {prompt.state}"}
        desk.note(subject, "noted", source, (prompt.group_id, current.state, current.state), late)
        return False
    desk.put(replace(prompt, state="confirmed"))
    desk.claim(prompt)
    drop_queued(desk, subject, "answered", prompt.id)
    moved = move(desk, current, "subscribed", prompt.language)
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


def drop_queued(desk: Desk, subject: Subject, reason: str, prompt_id: str | None = None, group_id: str = "") -> None:
    """Take texts that wait out of the outbox: those of one prompt, of one group, or all, but the answer to an earlier STOP."""
    for text in desk.of(Text, subject):
        about = prompt_id in (None, text.prompt_id) and group_id in ("", text.group_id)
        if text.state == "queued" and text.kind != "stop" and about:
            desk.put(replace(text, state="dropped", reason=reason))


def stop(desk: Desk, subject: Subject, group_id: str, at: int, source: Source, facts: dict[str, str]) -> bool:
    """Suppress a number, for the whole brand or for the group it was said to, as the policy has it.

    False if it was suppressed already. Source: 47 CFR 64.1200(a)(10); ``security-compliance`` A2.4.
    """
    scope = scope_of(desk, group_id)
    was = desk.stopped(subject, scope)
    left = _leave(desk, subject, scope)
    # Carriers reorder: an older STOP must not make way for an older START.
    row = suppression(desk, subject, scope)
    desk.put(replace(row, stopped_at=max(at, row.stopped_at), lifted_at=0, source=source))
    release(desk, subject, "stopped", "phone" if source == "keyword" else source)
    before = "stopped" if was else "open"
    desk.note(subject, "stopped", source, (scope or BRAND_WIDE, before, "stopped"), facts | {"left": ", ".join(left)})
    return not was


def scope_of(desk: Desk, group_id: str) -> str:
    """What a STOP said to a group is for: that group, or (empty) the whole brand."""
    return "" if desk.policy.stop_scope == "brand" else group_id


def _leave(desk: Desk, subject: Subject, scope: str) -> list[str]:
    """Void prompts, empty the outbox and end subscriptions of one group, or of all; what was left is told."""
    for prompt in desk.of(Prompt, subject):
        if prompt.state == "open" and scope in ("", prompt.group_id):
            desk.put(replace(prompt, state="void"))
    drop_queued(desk, subject, "stopped", group_id=scope)
    left = []
    for current in desk.of(Subscription, subject):
        if current.state in ("pending", "subscribed") and scope in ("", current.group_id):
            left.append(f"{current.group_id} {current.state}")
            move(desk, current, "unsubscribed")
    return left


def suppression(desk: Desk, subject: Subject, scope: str) -> Suppression | GroupSuppression:
    """What is known of the STOPs of a number, for a group or (where ``scope`` is empty) for the brand; a fresh row where nothing is."""
    tag = str(subject.tag)
    if not scope:
        return desk.get(Suppression, tag) or Suppression(tag, 0, 0, "keyword")
    return desk.get(GroupSuppression, (tag, scope)) or GroupSuppression(tag, scope, 0, 0, "keyword")


def lift(desk: Desk, subject: Subject, group_id: str, at: int, facts: dict[str, str]) -> None:
    """The person texted START: end a suppression, and remember when, for a STOP texted before that comes after.

    Other groups stay as they are; nothing is restored.
    """
    was = desk.stopped(subject, group_id)
    wide = desk.stopped(subject, "")
    scope = scope_of(desk, group_id)
    # The row of the scope in force is kept even where there was none: a STOP texted before may still arrive.
    kept = {"": desk.get(Suppression, subject.tag), group_id: desk.get(GroupSuppression, (subject.tag, group_id))}
    for where, row in kept.items():
        if row or where == scope:
            found = suppression(desk, subject, where)
            desk.put(replace(found, lifted_at=max(at, found.lifted_at)))
    if was:
        desk.note(subject, "restarted", "keyword", (BRAND_WIDE if wide else group_id, "stopped", "open"), facts)


def release(desk: Desk, subject: Subject, state: Literal["stopped", "dismissed"], by: str) -> None:
    """Close the review items that hold a number's texts, which may go at once now."""
    held = desk.held(subject)
    for item in held:
        desk.put(replace(item, state=state, decided_at=desk.now, decided_by=by))
    if held:
        let_go(desk, subject)


def let_go(desk: Desk, subject: Subject) -> None:
    """Texts that were held may go at once."""
    for text in desk.of(Text, subject):
        if text.state == "queued":
            desk.put(replace(text, due_at=desk.now))
