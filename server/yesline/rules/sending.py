"""The outbox: what may go now, what became of it, and what time alone decides.

At most once: a text is marked ``sending`` before the carrier is called and never sent again unless the carrier's answer proves
that nothing went out.
"""

from msgspec.structs import replace

from yesline.records import Decision, Dispatch, Expire, Going, Hits, Prompt, Restored, Text, TextResult
from yesline.rules.abuse import MINUTE, SECOND
from yesline.rules.consent import stop, void
from yesline.rules.desk import Desk

MOST_TRIES = 5
SEND_LIMIT = 2 * MINUTE  # no carrier call lasts this long: a send that started earlier was cut off
CLOCKS_APART = 5 * SECOND
OPTED_OUT = "opted_out"
_ANSWERS_TO_ANYONE = ("stop", "help")


def dispatch(desk: Desk, act: Dispatch) -> Decision:
    """Take what is due: each text is marked ``sending`` or dropped with its reason. The outcome lists what to send."""
    going: list[Text] = []
    full: set[str] = set()
    due = [text for text in desk.known.all(Text) if text.state == "queued" and text.due_at <= desk.now]
    for text in sorted(due, key=lambda t: (t.priority, t.created_at)):
        if reason := _why_not(desk, text):
            desk.put(replace(text, state="dropped", reason=reason))
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


def _why_not(desk: Desk, text: Text) -> str:
    if text.drop_at <= desk.now:
        return "too late"
    if text.kind not in _ANSWERS_TO_ANYONE and desk.stopped(desk.owner(text)):
        return "stopped"
    prompt = desk.get(Prompt, text.prompt_id) if text.prompt_id else None
    if text.kind in ("prompt", "already") and prompt and prompt.state != "open":
        return "answered"
    if prompt and text.generation < prompt.generation:
        return "replaced"
    return ""


def text_result(desk: Desk, act: TextResult) -> Decision:
    """Keep what became of a send. A carrier's "opted out" is a STOP we missed (contracts, section 2)."""
    text = desk.get(Text, act.text)
    if not text or text.state not in ("sending", "uncertain"):
        return Decision(None)
    again = act.state == "queued" and text.tries < MOST_TRIES
    state = act.state if act.state != "queued" or again else "failed"
    done = desk.put(
        replace(
            text, state=state, vendor_id=act.vendor_id, reason=act.reason, body=act.body, due_at=desk.now + act.wait
        )
    )
    subject = desk.owner(text)
    if not again:
        facts = {"text": done.id, "kind": done.kind, "state": state, "words": act.body, "vendor": act.vendor_id}
        current = desk.subscription(subject, text.group_id).state
        desk.note(subject, "texted", "carrier", (text.group_id, current, current), facts)
    if act.reason == OPTED_OUT and not desk.stopped(subject):
        stop(desk, subject, desk.now, "carrier", {"text": text.id})
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
