"""Languages by their tags: which of ours answers what a browser asks for, and where a language takes the words that it lacks."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from yesline.assets import locales_dir

# Tags whose language has another name with us, or whose region writes another script. Source: CLDR, likely subtags.
_READ_AS = {
    "in": "id",
    "iw": "he",
    "mo": "ro",
    "nn": "nb",
    "no": "nb",
    "sr-ME": "sr-Latn",
    "zh-CN": "zh-Hans",
    "zh-HK": "zh-Hant",
    "zh-MO": "zh-Hant",
    "zh-SG": "zh-Hans",
    "zh-TW": "zh-Hant",
}
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
_SCRIPTS_RIGHT_TO_LEFT = frozenset({"Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"})
_LONGEST_TAG = 35
_LONGEST_HEADER = 300
_WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.ASCII | re.IGNORECASE)


def written(tag: str) -> str:
    """A tag as it is usually written: ``PT_br`` is ``pt-BR``. Source: RFC 5646, 2.1.1."""
    first, *rest = tag[:_LONGEST_TAG].replace("_", "-").split("-")
    return "-".join([first.lower(), *map(_cased, rest)])


def _cased(part: str) -> str:
    return {2: part.upper(), 4: part.title()}.get(len(part), part.lower())


@lru_cache(maxsize=512)
def chain(tag: str) -> tuple[str, ...]:
    """The tags to look under, best first: ``zh-TW``, ``zh-Hant``, ``zh``. Source: RFC 4647, 3.4."""
    parts = written(tag).split("-")
    found: dict[str, None] = {}
    for end in range(len(parts), 0, -1):
        name = "-".join(parts[:end])
        found |= dict.fromkeys((name, _READ_AS.get(name, name)))
    return tuple(found)


def accepted(header: str) -> list[str]:
    """The tags of an ``Accept-Language``, most wanted first; without those that are not wanted. Source: RFC 9110, 12.5.4."""
    found = []
    for part in header[:_LONGEST_HEADER].split(","):
        tag, _, weight = part.partition(";")
        told = _WEIGHT.fullmatch(weight)
        found.append((float(told[1]) if told else 1.0, tag.strip()))
    ranked = sorted(found, key=lambda wish: -wish[0])
    return [tag for weight, tag in ranked if weight > 0 and tag not in {"", "*"}]


def best(wished: Iterable[str], spoken: tuple[str, ...]) -> str | None:
    """The language of ``spoken`` that the first tag with one asks for: itself, a wider one, or the same in another region."""
    known, related = _listed(spoken)
    for tag in wished:
        names = chain(tag)
        found = next((known[name] for name in names if name in known), None) or related.get(names[-1])
        if found:
            return found
    return None


@lru_cache(maxsize=256)
def _listed(spoken: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """Languages by each tag that means them, and by the bare language; the first one of a kind counts."""
    known: dict[str, str] = {written(locale): locale for locale in reversed(spoken)}
    for name, locale in tuple(known.items()):
        known.setdefault(_READ_AS.get(name, name), locale)
    return known, {chain(locale)[-1]: locale for locale in reversed(spoken)}


def ours() -> tuple[str, ...]:
    """The languages that we have words in, English first."""
    return _in_folder(locales_dir())


@lru_cache(maxsize=4)
def _in_folder(folder: Path) -> tuple[str, ...]:
    return tuple(sorted((file.stem for file in folder.glob("*.json")), key=lambda name: (name != "en", name)))


def direction(locale: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written; its script decides where the tag names one."""
    names = chain(locale)
    script = next((part for part in names[0].split("-")[1:] if len(part) == 4), "")
    rtl = script in _SCRIPTS_RIGHT_TO_LEFT if script else names[-1] in _RIGHT_TO_LEFT
    return "rtl" if rtl else "ltr"
