"""Ready words of each language: what people text to opt in, to opt out, to ask for help, to say yes and no.

Each ``<language>.toml`` holds one pack. A phrase may stand for several: ``(a|b)`` is either, ``(a|)`` may be left out, and ``*`` takes up
to three words that matter not. A region's pack is its language's with words of its own added.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import chain

from msgspec import Struct

LANGUAGES = ("en", "fr", "fr-CA", "es", "de", "pt", "it", "nl", "pl", "tr", "ar", "he", "hi", "ja", "zh")
"""Languages with a pack, as BCP 47 tags."""

_CHOICE = re.compile(r"\(([^()]*)\)")


class Pack(Struct, frozen=True):
    """The words of one language, written as a person would; case, accents and punctuation do not matter.

    - ``opt_in``, ``opt_out``, ``help``, ``confirm``, ``decline``: the keywords. Those of ``opt_out`` count as the whole text or as the first
      of up to four words; those that are in ``anywhere`` too count wherever they stand.
    - ``opt_out_phrases``: wishes to stop that are clear without a keyword. ``cues``: hints that a person has to read.
    - ``innocent``: words and phrases that hold an opt-out word, or look like one mistyped, and are none.
    - ``polite``: what may stand around a keyword. ``companions``: what may stand beside a mistyped opt-out word.
    - ``code``: what may stand around a code. ``reactions``: how phones begin a text that quotes ours ("Liked ..."); those of
      ``dislikes`` are a hint.
    """

    language: str
    opt_in: tuple[str, ...] = ()
    opt_out: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()
    decline: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    opt_out_phrases: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()
    polite: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()


_LISTS = Pack.__struct_fields__[1:]


@cache
def load(language: str) -> Pack:
    """The pack of a language. Where a region has none it is the language's; where the language has none it is empty."""
    lists = _lists(language)
    return Pack(language, **lists | {"opt_out": (*lists["anywhere"], *lists["opt_out"])})


@cache
def _lists(language: str) -> dict[str, tuple[str, ...]]:
    base, _, region = language.partition("-")
    nothing: tuple[str, ...] = ()
    found = _lists(base) if region else dict.fromkeys(_LISTS, nothing)
    if language not in LANGUAGES:
        return found
    read = tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return {
        name: (*found[name], *(form for phrase in read.get(name, ()) for form in _forms(phrase))) for name in _LISTS
    }


def _forms(phrase: str) -> list[str]:
    """``a (b|c)`` -> ``a b``, ``a c``; the innermost choice is taken first."""
    found = _CHOICE.search(phrase)
    if not found:
        return [phrase]
    forms = (_forms(phrase[: found.start()] + part + phrase[found.end() :]) for part in found[1].split("|"))
    return list(dict.fromkeys(chain.from_iterable(forms)))
