"""The words of a group: those of its languages' packs and its own, made ready to be looked for in texts.

Opt-out words are those of all languages, whatever the group's (``security-compliance`` A2.1, A4.4): a false opt-out is the cheaper
error. The others are those of the group's languages and of English, which the texts fall back to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import chain
from typing import Literal

from msgspec import Struct

from yesline import packs
from yesline.programme import Custom, Keywords
from yesline.rules.folding import digits, normalise
from yesline.rules.nearness import LONG, Nearness, Word
from yesline.rules.phrases import WIDE, Listed, Phrases

__all__ = ["Vocabulary", "digits", "folded", "listing", "normalise", "vocabulary"]

Category = Literal["stop", "start", "opt_in", "help", "confirm", "decline", "custom"]
START = ("START", "UNSTOP")


class Keyword(Struct, frozen=True):
    """A word of a group. ``own`` tells whether the group brought it; ``name`` is that of a custom category."""

    category: Category
    listed: Listed
    name: str = ""
    own: bool = False


class Common(Struct, frozen=True):
    """What is the same for all groups: all that has to do with opting out, and what may stand around a keyword."""

    alone: dict[str, Listed]
    phrases: Phrases
    cues: Phrases
    polite: frozenset[str]
    companions: frozenset[str]
    code: frozenset[str]
    reactions: frozenset[str]
    dislikes: frozenset[str]
    languages: dict[str, tuple[str, ...]]


class Vocabulary(Struct, frozen=True):
    """The words of one group, compiled. ``words`` are found as the whole first line, ``phrases`` are its own opt-outs of several words."""

    words: dict[str, Keyword]
    phrases: Phrases
    near: Nearness
    languages: tuple[str, ...]
    common: Common


Of = tuple[
    tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...
]  # (language or name, ((category or language, words), ...))
_CATEGORIES: dict[str, Category] = {
    "opt_out": "stop",
    "opt_in": "opt_in",
    "help": "help",
    "confirm": "confirm",
    "decline": "decline",
}


def folded(word: str) -> str:
    """A keyword as it is compared: without spaces where the script does not part words."""
    plain = normalise(word)
    return plain.replace(" ", "") if WIDE.search(plain) else plain


def vocabulary(
    languages: tuple[str, ...], keywords: Mapping[str, Keywords], custom: Mapping[str, Custom]
) -> Vocabulary:
    """The words of a group, compiled once for the same content."""
    return _compiled(languages, *_content(keywords, custom))


def _content(keywords: Mapping[str, Keywords], custom: Mapping[str, Custom]) -> tuple[Of, Of]:
    own = (
        (language, tuple((kind, tuple(getattr(words, kind))) for kind in _CATEGORIES))
        for language, words in keywords.items()
    )
    named = (
        (name, tuple((language, tuple(words)) for language, words in of.keywords.items()))
        for name, of in custom.items()
    )
    return tuple(own), tuple(named)


@lru_cache(maxsize=1024)
def _compiled(languages: tuple[str, ...], own: Of, named: Of) -> Vocabulary:
    words: dict[str, Keyword] = {}
    for keyword in _listing(languages, own, named):
        words.setdefault(folded(keyword.listed.word), keyword)
    words.pop("", None)
    phrases = (
        word.listed for word in words.values() if word.own and word.category == "stop" and " " in word.listed.word
    )
    return Vocabulary(words, Phrases(phrases), nearness(frozenset((*languages, "en"))), languages, common())


def listing(
    languages: tuple[str, ...], keywords: Mapping[str, Keywords], custom: Mapping[str, Custom]
) -> Iterator[Keyword]:
    """All words that a group answers to, its own first."""
    return _listing(languages, *_content(keywords, custom))


def _listing(languages: tuple[str, ...], own: Of, named: Of) -> Iterator[Keyword]:
    yield from (Keyword("start", Listed(word, "en")) for word in START)
    for language, kinds in own:
        for kind, words in kinds:
            yield from (Keyword(_CATEGORIES[kind], Listed(word, language), own=True) for word in words)
    for name, by_language in named:
        for language, words in by_language:
            yield from (Keyword("custom", Listed(word, language), name, own=True) for word in words)
    for language in dict.fromkeys((*languages, "en")):
        pack = packs.load(language)
        for kind, category in _CATEGORIES.items():
            yield from (Keyword(category, Listed(word, language)) for word in getattr(pack, kind))


@cache
def common() -> Common:
    """What is the same for all groups, from all packs."""
    alone: dict[str, Listed] = {}
    for listed in _all(lambda pack: pack.opt_out):
        # A single letter is an opt-out in some languages and a slip for another letter in all others.
        if len(folded(listed.word)) > 1 or WIDE.search(listed.word):
            alone.setdefault(folded(listed.word), listed)
    polite = _folded(lambda pack: pack.polite)
    return Common(
        alone=alone,
        phrases=Phrases(_phrases(alone)),
        cues=Phrases(chain(_all(lambda pack: pack.cues), _innocent(alone))),
        polite=polite,
        companions=_folded(lambda pack: pack.companions) | polite | frozenset("0123456789"),
        code=_folded(lambda pack: pack.code) | polite,
        reactions=_folded(lambda pack: (*pack.reactions, *pack.dislikes)),
        dislikes=_folded(lambda pack: pack.dislikes),
        languages=_languages(),
    )


def _languages() -> dict[str, tuple[str, ...]]:
    """The languages of the words and phrases that several list."""
    found: dict[str, tuple[str, ...]] = {}
    for pack in map(packs.load, packs.LANGUAGES):
        for word in {*map(folded, pack.opt_out), *pack.opt_out_phrases, *pack.cues}:
            found[word] = (*found.get(word, ()), pack.language)
    return {word: languages for word, languages in found.items() if len(languages) > 1}


def _all(of: Callable[[packs.Pack], Iterable[str]]) -> Iterator[Listed]:
    """The words of all packs, each once, with the first language that lists it."""
    found: dict[str, Listed] = {}
    for language in packs.LANGUAGES:
        for word in of(packs.load(language)):
            found.setdefault(word, Listed(word, language))
    return iter(found.values())


def _folded(of: Callable[[packs.Pack], Iterable[str]]) -> frozenset[str]:
    return frozenset(folded(listed.word) for listed in _all(of))


def _phrases(alone: dict[str, Listed]) -> Iterator[Listed]:
    """Opt-outs that count wherever they stand, and what only looks like one; an opt-out word is never innocent."""
    return chain(_all(lambda pack: pack.anywhere), _all(lambda pack: pack.opt_out_phrases), _innocent(alone))


def _innocent(alone: dict[str, Listed]) -> Iterator[Listed]:
    """Phrases that count for nothing; single words matter only where a word may be mistyped."""
    listed = (listed._replace(counts=False) for listed in _all(lambda pack: pack.innocent))
    return (
        found
        for found in listed
        if (" " in folded(found.word) or WIDE.search(found.word)) and folded(found.word) not in alone
    )


@lru_cache(maxsize=64)
def nearness(languages: frozenset[str]) -> Nearness:
    """Opt-out words to be recognised though mistyped: those of the languages, and of others only what cannot be mistaken."""
    alone, anywhere = common().alone, _folded(lambda pack: pack.anywhere)
    spoken = {folded(word) for language in languages for word in packs.load(language).opt_out}
    words = (
        Word(word, listed, word in anywhere)
        for word, listed in alone.items()
        if word in spoken or (word in anywhere and len(word) >= LONG)
    )
    return Nearness(words, _real(languages, alone), common().companions)


def _real(languages: Iterable[str], alone: dict[str, Listed]) -> frozenset[str]:
    """Words that are near an opt-out word and mean something else: above all its contrary."""
    loaded = [packs.load(language) for language in languages]
    kinds = ("innocent", "opt_in", "help", "confirm", "decline", "polite", "companions")
    words = (folded(word) for pack in loaded for kind in kinds for word in getattr(pack, kind))
    return frozenset(word for word in words if " " not in word and word not in alone)
