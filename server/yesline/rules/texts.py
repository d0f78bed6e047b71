"""The words of texts: the group's own or ours, with what belongs in them put in.

Links stand in mid-text because a phone previews one only at the edge (``security-compliance`` B6); the origin-bound code is the last
line, exactly ``@host #code`` (B7). Merge fields are plain names from a fixed list, and what is put in is never read again (C2.9).
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from yesline import texts as packs
from yesline.errors import ConfigError
from yesline.programme import Brand, Group
from yesline.records import Prompt, Text
from yesline.rules.segments import plain, segments

__all__ = ["DEFAULTS", "FIELDS", "KINDS", "MASK", "PACKS", "PIECES", "plain", "render", "segments"]

PACKS = packs.load()
DEFAULTS: dict[str, dict[str, str]] = {language: pack.words for language, pack in PACKS.items()}
KINDS = ("prompt", "already", "confirmation", "stop", "help", "other", "review")
PIECES = tuple(name for name in DEFAULTS["en"] if name not in KINDS)
"""Names of words that stand in other texts, or in place of one."""
ASKING = ("prompt", "already")
METHODS = ("reply", "code", "link")
SHORT = "short"
MASK = "•"

FIELDS = {
    "brand": "the brand's name",
    "group": "the group's name",
    "sends": "the group's `sends`",
    "frequency": "the group's `frequency`",
    "support": "the brand's `support`",
    "days": "the group's `window_days`",
    "reply": "the word to reply: `Y` in English",
    "code": "six digits; another with each text",
    "link": "the link to the confirm page",
    "coupon": "the code that the form thanks with; in a confirmation, nothing elsewhere",
    "stop_link": "the link to the page that ends it in one step",
    "how": 'the ways to answer that the form offers, joined: "reply Y, enter code 123456 or tap https://..."',
    "How": "the same with a capital",
    "end": 'how to end it: "Reply STOP to end.", or the link from a sender that cannot take replies',
    "help_end": "the same with where to get help before it",
    "back": "how to return after STOP; nothing from a sender that cannot take replies",
}
"""Merge fields and what each stands for; ``yesline check`` refuses any other."""

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_BY_SENDER = ("end", "help_end", "back")


def chain(language: str) -> list[str]:
    """The languages to look for words in, best first: ``fr-CA``, then ``fr``."""
    parts = language.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def template(group: Group, name: str, language: str) -> str:
    """The group's own words under a name or ours, in the language asked for, else in English.

    Raises ConfigError where there are none.
    """
    return found(group, name, language)[0]


def found(group: Group, name: str, language: str) -> tuple[str, str]:
    """Like ``template``, and the language that the words are in: the one asked for, though its region may have none of its own."""
    for asked in dict.fromkeys((language, "en")):
        for source in (group.texts, DEFAULTS):
            for lang in chain(asked):
                if name in source.get(lang, {}):
                    return _of_one_part(group, name, source[lang][name], asked), asked
    raise ConfigError(f"group {group.id} has no text {name!r}; known texts are {', '.join(KINDS)}")


def _of_one_part(group: Group, name: str, words: str, language: str) -> str:
    """A group that sets its prompt to ``short`` means the one of one part."""
    return template(group, f"{SHORT}.{name}", language) if name == "prompt" and words == SHORT else words


def reply_word(language: str) -> str:
    """The word that says yes in a language, as its prompt names it."""
    return next((PACKS[lang].reply for lang in chain(language) if lang in PACKS), PACKS["en"].reply)


@lru_cache(4096)
def names(words: str) -> tuple[str, ...]:
    """The merge fields that stand in words, each once. Raises ConfigError for one that does not exist."""
    found = dict.fromkeys(part[1] for part in _FIELD.finditer(words) if part[0] not in ("{{", "}}"))
    for name in found:
        if name not in FIELDS:
            said = (
                "a brace alone: write {{ or }} for one that is meant"
                if name is None
                else f"unknown merge field {{{name}}}"
            )
            raise ConfigError(f"{said}; fields are {', '.join(FIELDS)}")
    return tuple(found)


def fill(words: str, values: Mapping[str, str]) -> str:
    """Put values in place of ``{name}``, and a brace for two. A value is put in as it is, braces and all.

    Raises ConfigError for a field that has no value.
    """
    missing = [name for name in names(words) if name not in values]
    if missing:
        raise ConfigError(f"nothing to put in for {{{missing[0]}}}")
    return _FIELD.sub(lambda part: part[0][0] if part[1] is None else values[part[1]], words)


@lru_cache(4096)
def value(text: str) -> str:
    """A name or the like as it may stand in a text: on one line, nothing hidden (``security-compliance`` B10)."""
    return " ".join(plain(text).split())


def methods_for(group: Group, methods: Iterable[str]) -> list[str]:
    """The ways to answer that a group's sender can take, in the order in which they are told: the link last, before more words."""
    return [method for method in METHODS if method in methods and (method != "reply" or group.sender.two_way)]


def compose(group: Group, language: str, words: str, methods: Iterable[str], values: Mapping[str, str]) -> str:
    """Words with their pieces and values put in. Raises ConfigError for a field that does not exist or has no value."""
    known = dict(values)
    for name in names(words):
        if name in _BY_SENDER:
            piece = name if group.sender.two_way else f"one_way.{name}"
            known[name] = fill(template(group, piece, language), values)
        elif name in ("how", "How"):
            how = _how(group, language, methods_for(group, methods), values)
            known |= {"how": how, "How": how[:1].upper() + how[1:]}
    return fill(words, known).rstrip()


def _how(group: Group, language: str, methods: list[str], values: Mapping[str, str]) -> str:
    ways = [fill(template(group, f"how.{method}", language), values) for method in methods]
    joined = template(group, "or", language).join(ways[-2:])
    return template(group, "comma", language).join([*ways[:-2], joined])


def offers_code(words: str) -> bool:
    """Whether a text's words name the code, so that the line that ties it to a page belongs to them."""
    return not {"code", "how", "How"}.isdisjoint(names(words))


def values_of(brand: Brand, group: Group, language: str) -> dict[str, str]:
    """What is put in for the brand, the group and the language, as it may stand in a text."""
    return {
        "brand": value(brand.name),
        "group": value(group.name),
        "sends": value(group.sends).rstrip("."),
        "frequency": value(group.frequency).rstrip("."),
        "support": value(brand.support),
        "days": str(group.window_days),
        "reply": reply_word(language),
    }


def render(brand: Brand, group: Group, text: Text, prompt: Prompt | None, secrets: Mapping[str, str]) -> str:
    """The words of a text as they are sent.

    ``secrets`` holds the ``code`` and ``link`` of its prompt, or masks for them, and the ``stop_link`` of its number.
    Raises ConfigError for a merge field that does not exist or has no value.
    """
    methods = prompt.methods.split() if prompt else []
    coupon = prompt.coupon if prompt and text.kind == "confirmation" else ""
    values = {"code": "", "link": "", "coupon": coupon, **secrets, **values_of(brand, group, text.language)}
    try:
        words = _words(group, text)
        body = plain(compose(group, text.language, words, methods, values))
        coded = text.kind in ASKING and "code" in methods and offers_code(words)
    except ConfigError as error:
        raise ConfigError(f"text {text.kind!r} of group {group.id}: {error}") from error
    return f"{body}\n@{prompt.host} #{secrets['code']}" if coded and prompt and prompt.host else body


def _words(group: Group, text: Text) -> str:
    if text.kind != "reply":
        return template(group, text.kind, text.language)
    replies = group.custom[text.name].reply if text.name in group.custom else {}
    for language in (*chain(text.language), "en", *replies):
        if language in replies:
            return replies[language]
    raise ConfigError(f"it has no category {text.name!r} any more; categories are {', '.join(group.custom) or 'none'}")
