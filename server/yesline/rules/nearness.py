"""Opt-out words as they are mistyped: letters repeated, spaced out, dressed as digits, run together with others, or one slip away.

A slip is two letters exchanged, a key beside the right one, a letter missing or one too many; in words of ten letters or more there
may be two. Source: ``security-compliance`` A2.1 (misspellings count).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from yesline.rules.folding import normalise
from yesline.rules.phrases import MASKED, WIDE, Listed, made_of

_ROWS = (
    ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"),
    ("1234567890", "qwertzuiop", "asdfghjkl", "yxcvbnm"),
    ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ذءوراهوزظ"),
    ("קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),
)
"""Rows of the keyboards in use, from the top, each half a key to the right of the one above."""

_REPEATED = re.compile(r"(.)\1+")
_DRESS = re.compile(r"[0134578$@]")
_UNDRESS = str.maketrans("0134578$@", "oieastbsa")
_ONE_BY_ONE = re.compile(r"(?:(?<=^)|(?<= ))\w(?: \w){2,}(?= |$)")
_SHORTEST = 4
LONG = 8
"""A word of so many letters is recognised anywhere, and in texts of any language."""
_TWO_SLIPS = 10
_REMEMBERED = 24
_PARTS = 16


def _neighbours() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for rows in _ROWS:
        keys = {(y, x): key for y, row in enumerate(rows) for x, key in enumerate(row)}
        for (y, x), key in keys.items():
            around = ((y, x - 1), (y, x + 1), (y - 1, x), (y - 1, x + 1), (y + 1, x - 1), (y + 1, x))
            found.setdefault(key, set()).update(keys[place] for place in around if place in keys)
    return {key: "".join(sorted(beside)) for key, beside in found.items()}


BESIDE = _neighbours()


class Word(Struct, frozen=True):
    """An opt-out word, folded; ``anywhere`` tells whether it counts wherever it stands."""

    folded: str
    listed: Listed
    anywhere: bool


class Near(Struct, frozen=True):
    """A word found, how it was typed, and whether it can be nothing else (``sure``); ``slip`` tells that letters are wrong."""

    word: Word
    typed: str
    sure: bool
    how: str
    slip: bool = False


def _exchanged(word: str) -> set[str]:
    return {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}


def _beside(word: str) -> set[str]:
    return {word[:at] + key + word[at + 1 :] for at, letter in enumerate(word) for key in BESIDE.get(letter, "")}


def _shorter(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def once(word: str) -> str:
    """A word with repeated letters written once."""
    return _REPEATED.sub(r"\1", word)


def slips(one: str, other: str) -> int:
    """How many letters exchanged, wrong, missing or too many lie between two words (Damerau and Levenshtein)."""
    rows = [list(range(len(other) + 1))]
    for at, letter in enumerate(one, 1):
        row = [at]
        for by, wanted in enumerate(other, 1):
            least = min(rows[-1][by] + 1, row[-1] + 1, rows[-1][by - 1] + (letter != wanted))
            if at > 1 and by > 1 and letter == other[by - 2] and one[at - 2] == wanted:
                least = min(least, rows[-2][by - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]


class Nearness:
    """Finds opt-out words that are mistyped. ``real`` are words that are near one and mean something else."""

    def __init__(self, words: Iterable[Word], real: frozenset[str], companions: frozenset[str]) -> None:
        self._words = {word.folded.replace(" ", ""): word for word in words if not WIDE.search(word.folded)}
        self._real = real | self._words.keys()
        self._companions = companions
        self._once = {once(folded): word for folded, word in self._words.items() if len(folded) > 2}
        self._near: dict[str, tuple[Word, bool]] = {}
        self._shortened: dict[str, set[str]] = {}
        self._inside: dict[str, list[Word]] = {}
        self._starts = {(len(folded) + 1, folded[0]) for folded in self._words if len(folded) >= _SHORTEST}
        self._long = {folded[0] for folded in self._words if len(folded) >= _TWO_SLIPS}
        for folded, word in self._words.items():
            self._learn(folded, word)
        self._remembered = lru_cache(maxsize=4096)(self._all)

    def _learn(self, folded: str, word: Word) -> None:
        if len(folded) < _SHORTEST or " " in word.folded:
            return
        if word.anywhere:
            self._inside.setdefault(folded[:_SHORTEST], []).append(word)
        sure = _exchanged(folded) | (_beside(folded) if word.anywhere or len(folded) > _SHORTEST else set())
        for typed in sure - self._real:
            self._near.setdefault(typed, (word, True))
        for typed in _shorter(folded) - self._real if word.anywhere or len(folded) > _SHORTEST else ():
            self._near.setdefault(typed, (word, len(folded) > _SHORTEST))
        if len(folded) >= _TWO_SLIPS:
            for short in {folded, *(shorter for one in _shorter(folded) for shorter in (one, *_shorter(one)))}:
                self._shortened.setdefault(short, set()).add(folded)

    def spaced(self, words: list[str]) -> Near | None:
        """A word that counts anywhere, with its letters spaced out."""
        if sum(len(word) == 1 for word in words) < _SHORTEST - 1:
            return None
        for letters in _ONE_BY_ONE.findall(" ".join(words)):
            found = self._first_inside(letters.replace(" ", ""))
            if found:
                return Near(found[-1], letters, sure=True, how="its letters are spaced out")
        return None

    def dressed(self, text: str) -> Near | None:
        """A word that counts anywhere, with digits or signs for letters."""
        plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
        for typed in plain.split() if _DRESS.search(plain) else ():
            bare = normalise(typed.casefold().translate(_UNDRESS)) if _DRESS.search(typed) else ""
            word = self._words.get(bare)
            if word and word.anywhere:
                return Near(word, typed, sure=True, how="digits or signs stand for letters")
        return None

    def whole(self, words: list[str]) -> Near | None:
        """The whole text is an opt-out word with spaces in the wrong places."""
        if not 1 < len(words) <= _PARTS:
            return None
        joined = "".join(words)
        word = self._words.get(joined)
        if word:
            return Near(word, " ".join(words), sure=True, how="it is spaced otherwise")
        near, sure = self._near.get(joined, (None, False))
        if near is None or not sure:
            return None
        return Near(near, " ".join(words), sure=False, how="it is spaced otherwise and one slip away")

    def all(self, typed: str) -> tuple[Near, ...]:
        """The words that one word of a text may be meant for, the likeliest first."""
        if typed in self._real or typed == MASKED:
            return ()
        return self._remembered(typed) if len(typed) <= _REMEMBERED else self._all(typed)

    def _all(self, typed: str) -> tuple[Near, ...]:
        ways = (self._repeated, self._one_slip, self._two_slips, self._run_together)
        return tuple(near for way in ways for near in way(typed))

    def _repeated(self, typed: str) -> Iterator[Near]:
        word = self._once.get(once(typed))
        if word and (len(word.folded) >= _SHORTEST or len(typed) > len(word.folded) + 1):
            slip = abs(len(typed) - len(word.folded)) < 2
            yield Near(word, typed, sure=True, how="letters are repeated", slip=slip)

    def _run_together(self, typed: str) -> Iterator[Near]:
        for word in self._first_inside(typed):
            sure = made_of(typed, self._companions | {word.folded})
            if sure or typed.startswith(word.folded) or typed.endswith(word.folded):
                yield Near(word, typed, sure=sure, how="it is run together with other words")

    def _first_inside(self, typed: str) -> list[Word]:
        """The opt-out words that stand in a longer one, where the first of them begins."""
        for at in range(len(typed) - _SHORTEST + 1):
            words = self._inside.get(typed[at : at + _SHORTEST], ())
            found = [word for word in words if typed.startswith(word.folded, at)]
            if found:
                return found
        return []

    def _one_slip(self, typed: str) -> Iterator[Near]:
        if typed in self._near:
            near, sure = self._near[typed]
            yield Near(near, typed, sure=sure, how="it is one slip away", slip=True)
        could_be_longer = not self._starts.isdisjoint(((len(typed), typed[:1]), (len(typed), typed[1:2])))
        for shorter in sorted(_shorter(typed)) if could_be_longer else ():
            word = self._words.get(shorter)
            if word and len(word.folded) >= (_SHORTEST if word.anywhere else _SHORTEST + 1):
                yield Near(word, typed, sure=True, how="it is one slip away", slip=True)

    def _two_slips(self, typed: str) -> Iterator[Near]:
        if not _TWO_SLIPS - 2 <= len(typed) <= 20 or typed[0] not in self._long:
            return
        for folded in sorted({word for short in (typed, *_shorter(typed)) for word in self._shortened.get(short, ())}):
            if folded[0] == typed[0] and slips(folded, typed) <= 2:
                yield Near(self._words[folded], typed, sure=True, how="it is two slips away", slip=True)
