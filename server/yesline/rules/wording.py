"""What a text says, as the linter reads it: by marks in place of values, so that a brand called Free Stop neither offers nor ends
anything, and by the phrases of its language in our files.
"""

import re
from functools import lru_cache

from msgspec import Struct

from yesline.programme import Brand, Group
from yesline.rules import texts
from yesline.rules.segments import encoding, plain

MARKS = {name: chr(0xE000 + place) for place, name in enumerate(texts.FIELDS)}
"""What stands for each merge field in a text that is read: a character that nobody writes."""


class Reading(Struct, frozen=True):
    """A text as the linter reads it: ``words`` with marks for values, ``own`` the same less brand and offer written out."""

    brand: Brand
    group: Group
    language: str
    kind: str
    words: str
    own: str
    used: tuple[str, ...]

    def has(self, field: str) -> bool:
        """Whether a value stands in the text."""
        return MARKS[field] in self.words

    def says(self, what: str, *, own: bool = False) -> bool:
        """Whether one of the language's phrases for something stands in the text."""
        text = (self.own if own else self.words).casefold()
        return any(_pattern(phrase).search(text) for phrase in phrases(self.language, what))

    def names(self, what: str) -> bool:
        """Whether one of the language's keywords does, in capitals, as people are told to text it."""
        words = (rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" for word in phrases(self.language, what))
        return any(re.search(word, self.own) for word in words)

    @property
    def ways(self) -> set[str]:
        """The methods to answer that the text names."""
        named = {method for method in texts.METHODS if self.has(method)}
        return named | {"reply"} if self._says_yes() else named

    def _says_yes(self) -> bool:
        words = {texts.reply_word(self.language), "Y", "YES"}
        return self.kind in texts.ASKING and any(re.search(rf"(?<!\w){word}(?!\w)", self.own) for word in words)


@lru_cache
def phrases(language: str, what: str) -> tuple[str, ...]:
    """How a language says something, ours for English rates and keywords among them; empty for a language that we do not have."""
    packs = [texts.PACKS[lang] for lang in texts.chain(language) if lang in texts.PACKS]
    if what in ("rates", "stop", "help"):
        packs.append(texts.PACKS["en"])
    return tuple(dict.fromkeys(phrase for pack in packs for phrase in pack.must.get(what, ())))


@lru_cache
def _pattern(phrase: str) -> re.Pattern[str]:
    """A phrase as whole words, or as the beginning of one with ``*``; scripts that join words to others are looked for anywhere."""
    bare = " ".join(plain(phrase.removesuffix("*")).casefold().split())
    before = r"(?<!\w)" if _is_latin(bare[0]) else ""
    after = r"(?!\w)" if _is_latin(bare[-1]) and not phrase.endswith("*") else ""
    return re.compile(before + re.escape(bare).replace(r"\ ", r"\s+") + after)


def _is_latin(char: str) -> bool:
    return char.isalnum() and char < "\u0250"


def read(brand: Brand, group: Group, language: str, kind: str, text: str) -> Reading:
    """A text with its pieces put in. Raises ConfigError for a merge field that does not exist."""
    words = plain(texts.compose(group, language, text, texts.METHODS, MARKS))
    own = _without(_without(words, brand.name), group.sends)
    return Reading(brand, group, language, kind, words, own, texts.names(text))


def _without(words: str, value: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(texts.value(value))}(?!\w)", "", words, flags=re.IGNORECASE)


def suggested(language: str, part: str) -> str:
    """What to write, in quotes, where a text does not say something."""
    return f"“{phrases(language, part)[0].removesuffix('*')}”"


@lru_cache
def is_gsm(language: str) -> bool:
    """Whether our own words in a language are within GSM 03.38, so that one more letter makes a difference."""
    packs = [texts.DEFAULTS[lang] for lang in texts.chain(language) if lang in texts.DEFAULTS]
    return bool(packs) and all(encoding(said) == "gsm7" for pack in packs for said in pack.values())
