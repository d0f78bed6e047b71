"""What the phone does: texts in, and the buttons of the pages that links in texts open.

Opt-out is looked for first and always honoured; between STOP and START the carrier's time decides, and STOP where the order is
unknown (contracts, section 2). What may be a wish to stop holds everything that would be sent until a person has decided.
"""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from yesline.errors import Refusal
from yesline.programme import Group, Words
from yesline.records import (
    BRAND_WIDE,
    Confirmed,
    Decision,
    InboundText,
    PressLink,
    PressStop,
    Prompt,
    Subject,
    Text,
    TextKind,
)
from yesline.rules import reviewing, signing
from yesline.rules.consent import (
    To,
    ask_again,
    confirm,
    drop_queued,
    lapse,
    lift,
    move,
    new_prompt,
    queue,
    release,
    scope_of,
    spoken,
    stop,
    suppression,
    void,
)
from yesline.rules.desk import Desk
from yesline.rules.keywords import folded
from yesline.rules.understanding import Understood, understand, vocabulary, words_of

Answering = Callable[["Talk"], None]


class Talk:
    """One text from a phone while it is decided: who sent it, what it says, and what that means."""

    def __init__(self, desk: Desk, subject: Subject, act: InboundText, understood: Understood) -> None:
        self.desk = desk
        self.subject = subject
        self.act = act
        self.group: Group = act.group
        self.sender = act.sender or act.group.sender.address
        self.understood = understood
        self.facts = {"text": act.id, "words": _words(act), "tier": understood.tier}

    @property
    def stopped(self) -> bool:
        """Whether the number has said STOP."""
        return self.desk.stopped(self.subject, self.group.id)

    @property
    def language(self) -> str:
        """The language to answer in."""
        remembered = self.desk.subscription(self.subject, self.group.id).language
        return spoken(self.desk, self.subject, self.group, shown(self.understood, self.group, remembered))

    def newest(self) -> Prompt | None:
        """The newest open prompt of the sender that was texted, or of its group where another sender of it asked."""
        of_sender = [p for p in self.desk.open_prompts(self.subject) if p.sender == self.sender]
        return of_sender[-1] if of_sender else self.own()

    def own(self) -> Prompt | None:
        """The open prompt of the group."""
        of_group = [p for p in self.desk.open_prompts(self.subject) if p.group_id == self.group.id]
        return of_group[-1] if of_group else None

    def note(self, **more: str) -> None:
        """Keep in the ledger that the text came, where it changes nothing."""
        state = self.desk.subscription(self.subject, self.group.id).state
        self.desk.note(self.subject, "noted", "keyword", (self.group.id, state, state), self.facts | more)

    def answer(self, kind: TextKind, asked: Prompt | Group | None = None, name: str = "") -> None:
        """Answer a person's own text, unless an auto-responder on the other side has made it a loop or the number is no phone."""
        counted = self.desk.count(self.desk.policy.answers, str(self.subject.tag))
        reason = "" if counted and self.act.answerable else "capped" if self.act.answerable else "number type"
        to = To(self.sender, self.language, name)
        queue(self.desk, self.subject, kind, asked or self.group, reason, to)


def shown(understood: Understood, group: Group, remembered: str) -> str:
    """The language that a text shows, or empty: a word of several languages shows none but the one last spoken.

    English words that every group understands show no English where the group speaks none, or the number another language.
    """
    language = understood.language
    if language == remembered or any(understood.word in words for words in _own(group, language)):
        return language
    if remembered and _lists(remembered, understood.word):
        return remembered
    return "" if language == "en" and "en" not in group.languages else language


def _own(group: Group, language: str) -> Iterator[Words]:
    """The words that a group itself has in a language."""
    if own := group.keywords.get(language):
        yield from (own.opt_in, own.opt_out, own.help, own.confirm, own.decline)
    yield from (custom.keywords.get(language, ()) for custom in group.custom.values())


def _lists(language: str, word: str) -> bool:
    """Whether a word belongs to a language, or to all of them."""
    words = vocabulary((language,), {}, {})
    return folded(word) in words.words or language in words.common.languages.get(word, ())


def press_link(desk: Desk, act: PressLink) -> Decision:
    """The person pressed "yes" or "not me" on the page that the link in the text opens."""
    prompt = desk.get(Prompt, act.prompt)
    if not prompt or desk.owner(prompt).tag is None:
        raise Refusal("prompt_not_found", "This link is not valid: ask for a new text.", 404)
    if not act.yes:
        facts = act.facts | {"prompt": prompt.id, "why": "not me"}
        stop(desk, desk.owner(prompt), prompt.group_id, desk.now, "link", facts)
        return desk.decision(Confirmed(already=False))
    already = prompt.state == "confirmed"
    if not confirm(desk, prompt, "link", act.facts) and not already:
        message = "This link is out of date: ask for a new text."
        return desk.decision(Refusal("prompt_closed", message, 410))
    return desk.decision(Confirmed(already=already))


def press_stop(desk: Desk, act: PressStop) -> Decision:
    """The person pressed the button of the stop page. There is no text in answer: the page has said it."""
    subject = desk.get(Subject, act.subject)
    if not subject or subject.tag is None:
        raise Refusal("link_not_found", "This link is not valid: text STOP instead.", 404)
    changed = stop(desk, subject, act.group, desk.now, "link", act.facts)
    return desk.decision(Confirmed(already=not changed))


def inbound(desk: Desk, act: InboundText) -> Decision:
    """A text from a person, decided once however often the carrier delivers it. Raises Refusal for a nonce that was spent."""
    if desk.get(Text, act.id):
        return Decision(None)
    if act.nonce and not desk.count(desk.policy.nonces, act.nonce):
        raise Refusal("webhook_replayed", "This webhook was received before with another text.", 403)
    subject = desk.subject(act.tag, act.phone)
    understood = understand(act.body, words_of(act.group, _asked_in(desk, subject, act.group)))
    if not act.verified and understood.meaning != "stop":
        message = "The carrier could not be asked whether this text is genuine: send it again."
        return Decision(Refusal("carrier_unreachable", message, 503))
    talk = Talk(desk, subject, act, understood)
    desk.put(_received(talk))
    reviewing.reachable(desk, subject)
    _ANSWERS[understood.meaning](talk)
    return desk.decision(None)


def _asked_in(desk: Desk, subject: Subject, group: Group) -> tuple[str, ...]:
    return tuple(sorted({prompt.language for prompt in desk.open_prompts(subject)} - set(group.languages)))


def _received(talk: Talk) -> Text:
    act = talk.act
    return Text(
        id=act.id,
        kind="inbound",
        state="received",
        subject_id=talk.subject.id,
        group_id=act.group.id,
        sender=talk.sender,
        prompt_id=None,
        generation=0,
        language=talk.understood.language,
        priority=9,
        created_at=talk.desk.now,
        due_at=act.at,
        drop_at=0,
        body=_words(act),
        name=talk.understood.name,
    )


def _words(act: InboundText) -> str:
    """A text as it is kept: no database takes a NUL, and a STOP with one in it must count."""
    return act.body.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _on_stop(talk: Talk) -> None:
    desk, subject, act = talk.desk, talk.subject, talk.act
    language = talk.language
    if act.at and act.at < suppression(desk, subject, scope_of(desk, talk.group.id)).lifted_at:
        return talk.note(why="START came later")
    fresh = stop(desk, subject, talk.group.id, act.at or desk.now, "keyword", talk.facts)
    if fresh and not act.answered:
        queue(desk, subject, "stop", talk.group, _costs(talk), To(talk.sender, language))
    return None


def _costs(talk: Talk) -> str:
    """Why a number gets no answer of whatever kind, or nothing."""
    return "" if talk.act.answerable else "number type"


def _on_start(talk: Talk) -> None:
    desk, subject = talk.desk, talk.subject
    at = talk.act.at or desk.now
    for scope in ("", talk.group.id):
        row = suppression(desk, subject, scope)
        if row.stopped_at and not row.lifted_at and at <= row.stopped_at:
            desk.note(subject, "noted", "keyword", (scope or BRAND_WIDE, "stopped", "stopped"), talk.facts)
            return
    lift(desk, subject, talk.group.id, at, talk.facts)
    _opt_in(talk)


def _on_opt_in(talk: Talk) -> None:
    """A keyword of the group's own. Only START and UNSTOP end a STOP (contracts, section 2)."""
    if talk.stopped:
        talk.note(why="stopped")
    else:
        _opt_in(talk)


def _opt_in(talk: Talk) -> None:
    """An opt-in keyword from a number that is not stopped."""
    desk, subject, group = talk.desk, talk.subject, talk.group
    release(desk, subject, "dismissed", "phone")
    lapse(desk, subject, group.id)
    current = desk.subscription(subject, group.id)
    current = move(desk, current, current.state, talk.language)
    found = talk.own()
    if current.state == "subscribed":
        talk.note()
        talk.answer("help")
    elif group.opt_in == "single":
        _subscribe(talk, found)
    elif current.state == "pending" and found:
        talk.note()
        _prompt_again(talk, replace(found, language=current.language))
    else:
        moved = move(desk, current, "pending")
        desk.note(subject, "requested", "keyword", (group.id, current.state, moved.state), talk.facts)
        talk.answer("prompt", desk.put(_asked_by_text(talk, current.language)))


def _subscribe(talk: Talk, prompt: Prompt | None) -> None:
    """A single opt-in. A prompt may be open from when the group was double opt-in: it has been answered, then."""
    desk, subject = talk.desk, talk.subject
    if prompt:
        drop_queued(desk, subject, "answered", prompt.id)
        desk.put(replace(prompt, state="confirmed"))
    current = desk.subscription(subject, talk.group.id)
    moved = move(desk, current, "subscribed")
    desk.note(subject, "subscribed", "keyword", (talk.group.id, current.state, moved.state), talk.facts)
    talk.answer("confirmation")


def _asked_by_text(talk: Talk, language: str) -> Prompt:
    fresh = new_prompt(talk.desk, talk.subject, talk.group, language, ("reply", "link"))
    return fresh if talk.sender == fresh.sender else replace(fresh, sender=talk.sender)


def _prompt_again(talk: Talk, prompt: Prompt) -> None:
    if talk.desk.count(talk.desk.policy.number, str(talk.subject.tag)):
        queue(talk.desk, talk.subject, "prompt", ask_again(talk.desk, prompt), _costs(talk))


def _on_confirm(talk: Talk) -> None:
    """Yes to the newest open prompt. YES where nothing was asked is an opt-in keyword, as at the carriers; Y alone is not."""
    prompt = talk.newest()
    if talk.stopped:
        talk.note(why="stopped")
    elif prompt:
        release(talk.desk, talk.subject, "dismissed", "phone")
        confirm(talk.desk, prompt, "reply", talk.facts)
    elif talk.understood.word.casefold() == "yes":
        _opt_in(talk)
    else:
        _on_other(talk)


def _on_code(talk: Talk) -> None:
    """People text the code back instead of typing it; that is an act of the phone like any reply."""
    prompt = talk.newest()
    if prompt and signing.code_matches(talk.desk.keys, prompt.id, prompt.generation, talk.understood.word):
        release(talk.desk, talk.subject, "dismissed", "phone")
        confirm(talk.desk, prompt, "reply", talk.facts)
    else:
        _on_other(talk)


def _on_decline(talk: Talk) -> None:
    prompt = talk.newest()
    if prompt:
        void(talk.desk, prompt, "reply", "refused")
    else:
        talk.note()


def _on_help(talk: Talk) -> None:
    """HELP is answered to anybody, also to who said STOP (``security-compliance`` A4.3)."""
    if not talk.act.answered:
        talk.answer("help")


def _on_custom(talk: Talk) -> None:
    if not talk.stopped:
        talk.answer("reply", name=talk.understood.name)


def _on_other(talk: Talk) -> None:
    """Nothing we understand: an answer at most once a day, never to a number that said STOP; what may be a wish to stop holds all."""
    unclear = not talk.understood.clear
    reviewing.open_item(talk.desk, talk.subject, talk.act, talk.facts, holds=unclear and not talk.stopped)
    if talk.stopped or (unclear and talk.group.unclear == "review"):
        return
    policy = talk.desk.policy
    if talk.desk.count(policy.asks if unclear else policy.others, str(talk.subject.tag)):
        talk.answer("review" if unclear else "other")


_ANSWERS: dict[str, Answering] = {
    "stop": _on_stop,
    "start": _on_start,
    "opt_in": _on_opt_in,
    "confirm": _on_confirm,
    "decline": _on_decline,
    "code": _on_code,
    "help": _on_help,
    "custom": _on_custom,
    "other": _on_other,
}
