"""What a person's text asks for.

An opt-out is looked for first, in all of the text and in all languages; what else a text may mean is looked for in its first line
alone. A wish to stop that is clear is honoured however it is typed; a hint that is not is left to a person, and nothing is sent
meanwhile. A yes is never guessed. Source: ``security-compliance`` A2.1, A4.4, B10, E11.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from yesline.programme import Custom, Group, Keywords
from yesline.rules.folding import normalise
from yesline.rules.keywords import Keyword, Vocabulary, folded, listing, vocabulary
from yesline.rules.nearness import LONG, Near
from yesline.rules.phrases import Listed, Reading, made_of

__all__ = ["Meaning", "Understood", "Vocabulary", "problems", "understand", "vocabulary", "words_of"]

Meaning = Literal["stop", "start", "opt_in", "help", "confirm", "decline", "code", "custom", "other"]
Tier = Literal["exact", "phrase", "fuzzy", "none"]

MAX_KEYWORD = 64
"""Longest keyword, in characters."""

_FIRST_OF = 4
_FEW = 24
_LONGEST_POLITE = 12
_HINTS = frozenset("🛑🖕🚫⛔👎🤬")
_REACTION = re.compile(r"\s*([^\"“«„「]{1,80}?)\s*[\"“«„「](.{12,})[\"”»“」]\s*", re.DOTALL)
_DIGITS = re.compile(r"(\d+)")


class Understood(Struct, frozen=True):
    """What a text asks for, by which word, and why.

    - ``clear``: False for a hint at a wish to stop; ``meaning`` is then ``other``, and a person decides while nothing is sent.
    - ``language``: that of the word found, or empty. ``word``: the keyword or phrase found, as it is listed; of a code its digits.
    - ``name``: that of the custom category.
    - ``why``: what was looked for and found, in order.
    """

    meaning: Meaning
    tier: Tier
    clear: bool
    language: str
    word: str
    name: str = ""
    why: tuple[str, ...] = ()


class _Asked:
    """A text as the questions below are asked of it."""

    def __init__(self, text: str, words: Vocabulary) -> None:
        self.vocabulary = words
        self.common = words.common
        self.text, self.disliked = _without_quote(text, words)
        self.reading = Reading(self.text)
        lines = self.text.strip().splitlines()
        self.lines = len(lines)
        self.first = Reading(lines[0]) if self.lines > 1 else self.reading
        self.phrase, self.words = self.common.phrases.look(self.reading)


def understand(text: str, words: Vocabulary) -> Understood:
    """What a text asks for. Any text has an answer; the time grows with its length alone."""
    asked = _Asked(text, words)
    why: list[str] = []
    for question, missed in _QUESTIONS:
        found = question(asked)
        if found:
            return replace(found, language=_spoken(found, words), why=(*why, *found.why))
        why.append(missed)
    return Understood("other", "none", clear=True, language="", word="", why=tuple(why))


def _spoken(found: Understood, words: Vocabulary) -> str:
    """The group's language that lists the word, if one does: "stop" is a word of many."""
    listed = words.common.languages.get(found.word) or words.common.languages.get(folded(found.word), ())
    return next((language for language in words.languages if language in listed), found.language)


def _without_quote(text: str, words: Vocabulary) -> tuple[str, bool]:
    """A phone's reaction to a text of ours quotes it, and with it our "STOP to end": only the reaction is the person's."""
    found = _REACTION.fullmatch(text)
    reaction = normalise(found[1]) if found else ""
    if found and reaction in words.common.reactions and len(found[2].split()) > 2:
        return found[1], reaction in words.common.dislikes
    return text, False


def _stop(listed: Listed, tier: Tier, why: str) -> Understood:
    return Understood("stop", tier, clear=True, language=listed.language, word=listed.word, why=(why,))


def _hint(listed: Listed, tier: Tier, why: str) -> Understood:
    return Understood("other", tier, clear=False, language=listed.language, word=listed.word, why=(why,))


def _opt_out_alone(asked: _Asked) -> Understood | None:
    whole, bare = _key(asked.reading), _bare(asked.reading, asked)
    for key, tier in ((whole, "exact"), (bare, "phrase")):
        own = asked.vocabulary.words.get(key)
        listed = asked.common.alone.get(key) or (own.listed if own and own.category == "stop" else None)
        if listed:
            return _stop(listed, tier, f'The text is the opt-out word "{listed.word}".')  # type: ignore[arg-type]
    return None


def _opt_out_anywhere(asked: _Asked) -> Understood | None:
    listed = asked.phrase or asked.vocabulary.phrases.find(asked.reading)
    return (
        _stop(listed, "phrase", f'The text holds "{listed.word}", which is an opt-out wherever it stands.')
        if listed
        else None
    )


def _opt_out_first(asked: _Asked) -> Understood | None:
    if not 1 < len(asked.reading.words) <= _FIRST_OF or len(asked.words) != len(asked.reading.words):
        return None
    word = next((word for word in asked.words if word not in asked.common.polite), "")
    own = asked.vocabulary.words.get(word)
    listed = asked.common.alone.get(word) or (own.listed if own and own.category == "stop" else None)
    return (
        _stop(listed, "phrase", f'The opt-out word "{listed.word}" comes first in a text of up to four words.')
        if listed
        else None
    )


def _whole_text(asked: _Asked) -> Understood | None:
    return _meaning(asked) if asked.lines < 2 else None


def _meaning(asked: _Asked) -> Understood | None:
    """What the first line means: a keyword, with no more than a "please" around it, or a code."""
    found = asked.vocabulary.words.get(_key(asked.first))
    if found:
        return _keyword(found, "exact")
    found = asked.vocabulary.words.get(_bare(asked.first, asked))
    if found and found.category != "start":
        return _keyword(found, "phrase")
    return _code(asked)


def _keyword(found: Keyword, tier: Tier) -> Understood:
    why = f'"{found.listed.word}" is a keyword: {found.name or found.category}.'
    listed = found.listed
    return Understood(
        found.category, tier, clear=True, language=listed.language, word=listed.word, name=found.name, why=(why,)
    )


def _code(asked: _Asked) -> Understood | None:
    parts = _DIGITS.split(asked.first.letters) if asked.first.wide else asked.first.words
    code = "".join(part for part in parts if part.isdecimal())
    if len(code) != 6 or not all(part.isdecimal() or made_of(part, asked.common.code) for part in parts):
        return None
    return Understood("code", "exact", clear=True, language="", word=code, why=("The text is a code of six digits.",))


def _mistyped(asked: _Asked) -> Understood | None:
    near = asked.vocabulary.near
    hint = near.whole(asked.reading.words)
    beyond_doubt = hint if hint and hint.sure else near.spaced(asked.reading.words) or near.dressed(asked.text)
    if beyond_doubt:
        return _stop(beyond_doubt.word.listed, "fuzzy", _how(beyond_doubt))
    for place, word in enumerate(asked.words):
        for found in near.all(word):
            if _is_clear(found, asked):
                return _stop(found.word.listed, "fuzzy", _how(found))
            if _is_hint(found, place, asked):
                hint = hint or found
    return _hint(hint.word.listed, "fuzzy", _how(hint)) if hint else None


def _how(found: Near) -> str:
    return f'"{found.typed}" looks like the opt-out word "{found.word.listed.word}": {found.how}.'


def _is_alone(found: Near, asked: _Asked) -> bool:
    """Whether nothing stands beside the word but what goes with an opt-out."""
    others = [word for word in asked.reading.words if word != found.typed]
    return len(others) <= _FIRST_OF and all(word in asked.common.companions for word in others)


def _is_clear(found: Near, asked: _Asked) -> bool:
    if not found.sure:
        return False
    return _is_alone(found, asked) or (found.word.anywhere and (not found.slip or len(found.word.folded) >= LONG))


def _is_hint(found: Near, place: int, asked: _Asked) -> bool:
    if _is_alone(found, asked):
        return True
    return found.sure and (found.word.anywhere or (place == 0 and len(asked.words) <= _FIRST_OF))


def _cue(asked: _Asked) -> Understood | None:
    listed = asked.common.cues.find(asked.reading)
    if listed:
        return _hint(listed, "phrase", f'"{listed.word}" hints at a wish to stop: a person decides.')
    if asked.disliked:
        return _hint(
            Listed("", ""),
            "phrase",
            "It is a dislike of a text of ours, which hints at a wish to stop: a person decides.",
        )
    sign = next((sign for sign in asked.text if sign in _HINTS), "") if not asked.text.isascii() else ""
    return _hint(Listed(sign, ""), "phrase", f"{sign} hints at a wish to stop: a person decides.") if sign else None


def _first_line(asked: _Asked) -> Understood | None:
    return _meaning(asked) if asked.lines > 1 else None


_QUESTIONS: tuple[tuple[Callable[[_Asked], Understood | None], str], ...] = (
    (_opt_out_alone, "It is no opt-out word alone."),
    (_opt_out_anywhere, "It holds no opt-out word or phrase that counts anywhere."),
    (_opt_out_first, "It does not begin with an opt-out word in up to four words."),
    (_whole_text, "As a whole it is no keyword and no code."),
    (_mistyped, "It holds no opt-out word that is mistyped."),
    (_cue, "It holds no hint at a wish to stop."),
    (_first_line, "Its first line is no keyword and no code."),
)


def _key(reading: Reading) -> str:
    return reading.letters if reading.wide else reading.plain


def _bare(reading: Reading, asked: _Asked) -> str:
    """The text without "please" and "thanks" at its ends, or nothing if it has none."""
    parts = list(reading.letters) if reading.wide else reading.words
    if len(parts) > _FEW:
        return ""
    glue = "" if reading.wide else " "
    bare = parts
    while cut := _polite(bare, glue, asked.common.polite):
        bare = bare[cut:] if cut > 0 else bare[:cut]
    return glue.join(bare) if len(bare) < len(parts) else ""


def _polite(parts: list[str], glue: str, polite: frozenset[str]) -> int:
    """How many parts at the front are polite, or, below 0, at the end; 0 if none or if nothing would be left."""
    for size in range(min(_LONGEST_POLITE, len(parts) - 1), 0, -1):
        if glue.join(parts[:size]) in polite:
            return size
        if glue.join(parts[-size:]) in polite:
            return -size
    return 0


@lru_cache(maxsize=512)
def words_of(group: Group, asked_in: tuple[str, ...] = ()) -> Vocabulary:
    """The words that a group understands, compiled once for as long as it is in use.

    ``asked_in`` are languages besides its own in which it has asked a question: the answer may be in them.
    """
    return vocabulary(group.languages + asked_in, group.keywords, group.custom)


def problems(languages: tuple[str, ...], keywords: Mapping[str, Keywords], custom: Mapping[str, Custom]) -> list[str]:
    """What is wrong with a group's keywords, one sentence each; none if nothing is."""
    found: list[str] = []
    before: dict[str, Keyword] = {}
    nobody = vocabulary((), {}, {})
    for keyword in listing(languages, keywords, custom):
        found += _wrong(keyword, nobody) if keyword.own else []
        other = before.setdefault(folded(keyword.listed.word), keyword)
        if (other.category, other.name) != (keyword.category, keyword.name):
            found.append(f"{_named(other)} is {_named(keyword)} too: take it out of one of the two.")
    return found


def _named(keyword: Keyword) -> str:
    return f'"{keyword.listed.word}" ({keyword.listed.language}, {keyword.name or keyword.category})'


def _wrong(keyword: Keyword, nobody: Vocabulary) -> list[str]:
    word = keyword.listed.word
    if not folded(word):
        return [f"{_named(keyword)} is empty: write a word of letters or digits."]
    if len(word) > MAX_KEYWORD:
        return [f"{_named(keyword)} is longer than {MAX_KEYWORD} characters: shorten it."]
    meant = understand(word, nobody)
    if meant.meaning == "code":
        return [f"{_named(keyword)} would be taken for a code: choose a word that is not six digits."]
    if meant.meaning == "stop" and keyword.category != "stop":
        return [f'{_named(keyword)} would always be taken for the opt-out "{meant.word}": choose another word.']
    return []
