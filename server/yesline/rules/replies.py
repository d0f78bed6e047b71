"""What the phone does: texts in, and the buttons of a confirm page.

Opt-out is looked for first and always honoured; between STOP and START the carrier's time decides, and STOP where the order is
unknown (contracts, section 2).
"""

from yesline.errors import Refusal
from yesline.programme import Group
from yesline.records import BRAND_WIDE, Confirmed, Decision, InboundText, PressLink, Prompt, Subject, Suppression, Text
from yesline.rules import keywords, signing
from yesline.rules.consent import ask_again, confirm, lapse, lift, move, new_prompt, queue, stop, void
from yesline.rules.desk import Desk


def press_link(desk: Desk, act: PressLink) -> Decision:
    """The person pressed "yes" or "not me" on the page that the link in the text opens."""
    prompt = desk.get(Prompt, act.prompt)
    if not prompt:
        raise Refusal("prompt_not_found", "This link is not valid: ask for a new text.", 404)
    if not act.yes:
        stop(desk, desk.owner(prompt), desk.now, "link", act.facts | {"prompt": prompt.id, "why": "not me"})
        return desk.decision(Confirmed(already=False))
    already = prompt.state == "confirmed"
    if not confirm(desk, prompt, "link", act.facts) and not already:
        message = "This link is out of date: ask for a new text."
        return desk.decision(Refusal("prompt_closed", message, 410))
    return desk.decision(Confirmed(already=already))


def inbound(desk: Desk, act: InboundText) -> Decision:
    """A text from a person, decided once however often the carrier delivers it."""
    if desk.get(Text, act.id):
        return Decision(None)
    subject = desk.subject(act.tag, act.phone)
    desk.put(_received(desk, subject, act))
    _ANSWERS[keywords.intent(act.body)](desk, subject, act)
    return desk.decision(None)


def _received(desk: Desk, subject: Subject, act: InboundText) -> Text:
    return Text(
        id=act.id,
        kind="inbound",
        state="received",
        subject_id=subject.id,
        group_id=act.group.id,
        sender=act.group.sender.address,
        prompt_id=None,
        generation=0,
        language="",
        priority=9,
        created_at=desk.now,
        due_at=act.at,
        drop_at=0,
        body=_words(act),
    )


def _words(act: InboundText) -> str:
    """A text as it is kept: no database takes a NUL, and a STOP with one in it must count."""
    return act.body.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _facts(act: InboundText) -> dict[str, str]:
    return {"text": act.id, "words": _words(act)}


def _on_stop(desk: Desk, subject: Subject, act: InboundText) -> None:
    row = desk.get(Suppression, act.tag)
    if row and act.at and act.at < row.lifted_at:
        group = act.group.id
        state = desk.subscription(subject, group).state
        desk.note(subject, "noted", "keyword", (group, state, state), _facts(act) | {"why": "START came later"})
        return
    if stop(desk, subject, act.at or desk.now, "keyword", _facts(act)):
        queue(desk, subject, "stop", act.group)


def _on_start(desk: Desk, subject: Subject, act: InboundText) -> None:
    at = act.at or desk.now
    row = desk.get(Suppression, act.tag)
    if row and not row.lifted_at and at <= row.stopped_at:
        desk.note(subject, "noted", "keyword", (BRAND_WIDE, "stopped", "stopped"), _facts(act))
        return
    lift(desk, subject, at, _facts(act))
    _opt_in(desk, subject, act)


def _opt_in(desk: Desk, subject: Subject, act: InboundText) -> None:
    """An opt-in keyword from a number that is not stopped."""
    lapse(desk, subject, act.group.id)
    current = desk.subscription(subject, act.group.id)
    if current.state == "subscribed":
        _note(desk, subject, act)
        _answer(desk, subject, "help", act.group)
    elif act.group.opt_in == "single":
        moved = move(desk, current, "subscribed")
        desk.note(subject, "subscribed", "keyword", (act.group.id, current.state, moved.state), _facts(act))
        _answer(desk, subject, "confirmation", act.group)
    elif current.state == "pending" and (found := _newest(desk, subject, act.group)):
        _note(desk, subject, act)
        _prompt_again(desk, subject, found)
    else:
        moved = move(desk, current, "pending")
        desk.note(subject, "requested", "keyword", (act.group.id, current.state, moved.state), _facts(act))
        prompt = desk.put(new_prompt(desk, subject, act.group, "en", ("reply", "link")))
        _answer(desk, subject, "prompt", prompt)


def _prompt_again(desk: Desk, subject: Subject, prompt: Prompt) -> None:
    if desk.count(desk.policy.number, str(subject.tag)):
        queue(desk, subject, "prompt", ask_again(desk, prompt))


def _note(desk: Desk, subject: Subject, act: InboundText) -> None:
    state = desk.subscription(subject, act.group.id).state
    desk.note(subject, "noted", "keyword", (act.group.id, state, state), _facts(act))


def _answer(desk: Desk, subject: Subject, kind: str, asked: Prompt | Group) -> None:
    """Answer a person's own text, unless an auto-responder on the other side has made it a loop."""
    reason = "" if desk.count(desk.policy.answers, str(subject.tag)) else "capped"
    queue(desk, subject, kind, asked, reason)  # type: ignore[arg-type]


def _newest(desk: Desk, subject: Subject, group: Group) -> Prompt | None:
    """The newest open prompt of the sender that was texted."""
    found = [p for p in desk.open_prompts(subject) if p.sender == group.sender.address]
    return found[-1] if found else None


def _on_yes(desk: Desk, subject: Subject, act: InboundText) -> None:
    prompt = _newest(desk, subject, act.group)
    if prompt and not desk.stopped(subject):
        confirm(desk, prompt, "reply", _facts(act))
    elif not desk.stopped(subject):
        _opt_in(desk, subject, act)


def _on_y(desk: Desk, subject: Subject, act: InboundText) -> None:
    if _newest(desk, subject, act.group):
        _on_yes(desk, subject, act)
    else:
        _on_other(desk, subject, act)


def _on_code(desk: Desk, subject: Subject, act: InboundText) -> None:
    """People text the code back instead of typing it; that is an act of the phone like any reply."""
    prompt = _newest(desk, subject, act.group)
    typed = keywords.digits(act.body)
    if prompt and signing.code_matches(desk.keys, prompt.id, prompt.generation, typed):
        confirm(desk, prompt, "reply", _facts(act))
    else:
        _on_other(desk, subject, act)


def _on_no(desk: Desk, subject: Subject, act: InboundText) -> None:
    prompt = _newest(desk, subject, act.group)
    if prompt:
        void(desk, prompt, "reply", "refused")


def _on_help(desk: Desk, subject: Subject, act: InboundText) -> None:
    _answer(desk, subject, "help", act.group)


def _on_other(desk: Desk, subject: Subject, act: InboundText) -> None:
    """Nothing we understand: help, at most once a day, and never to a number that said STOP."""
    if not desk.stopped(subject) and desk.count(desk.policy.others, str(subject.tag)):
        queue(desk, subject, "help", act.group)


_ANSWERS = {
    "stop": _on_stop,
    "start": _on_start,
    "yes": _on_yes,
    "y": _on_y,
    "no": _on_no,
    "code": _on_code,
    "help": _on_help,
    "other": _on_other,
}
