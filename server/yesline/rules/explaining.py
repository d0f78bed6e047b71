"""What a text would do, and why: for people who choose keywords or wonder about a reply."""

from typing import Literal

from msgspec import Struct

from yesline.programme import Group
from yesline.rules.understanding import Understood, understand, words_of

_ASKS = "opt in to {group}: the prompt is sent, and the number is in after its yes"
_JOINS = "opt in to {group} at once: the confirmation is sent"
_WOULD = {
    "stop": "stop {scope} to the number, drop what waits to be sent, and answer once",
    "start": "end a STOP if there was one, then {opt_in}",
    "opt_in": "{opt_in}; only recorded for a number that said STOP",
    "decline": "close the newest open prompt without a yes; only recorded where none is open",
    "code": "confirm the newest open prompt if the digits are its code; else {unknown}",
    "help": "send the help text, also to a number that said STOP",
    "custom": "send the reply {name!r}; only recorded for a number that said STOP",
    "other": "{unknown}",
}
_CONFIRM = "say yes to the newest open prompt of this sender"


class Explained(Struct, frozen=True):
    """What a text means, and why. ``would`` says what is done; ``why`` has one step a line."""

    meaning: str
    tier: str
    clear: bool
    language: str
    word: str
    name: str
    would: str
    why: tuple[str, ...]


def explain(text: str, group: Group, stop_scope: Literal["brand", "group"]) -> Explained:
    """What a text to this group's sender would do, by the rules that decide it."""
    understood = understand(text, words_of(group))
    return Explained(
        understood.meaning,
        understood.tier,
        understood.clear,
        understood.language,
        understood.word,
        understood.name,
        would(understood, group, stop_scope),
        tuple(understood.why),
    )


def would(understood: Understood, group: Group, stop_scope: Literal["brand", "group"]) -> str:
    """One sentence without its full stop: what is done with a text that was understood so."""
    opt_in = (_JOINS if group.opt_in == "single" else _ASKS).format(group=group.id)
    unknown = _unknown(understood, group)
    if understood.meaning == "confirm":
        bare = opt_in if understood.word.casefold() == "yes" else unknown
        return f"{_CONFIRM}; where none is open, {bare}"
    scope = "all texts of the brand" if stop_scope == "brand" else f"the texts of {group.id}"
    sentence = _WOULD[understood.meaning]
    return sentence.format(scope=scope, opt_in=opt_in, unknown=unknown, name=understood.name)


def _unknown(understood: Understood, group: Group) -> str:
    if understood.clear:
        return "list it for review, and answer what the group says to words it does not know, once a day at most"
    asks = "and ask back" if group.unclear == "ask" else "without an answer"
    return f"hold all texts to the number until a person has reviewed it, {asks}"
