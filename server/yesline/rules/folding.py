"""Texts brought to one form, so that how a word is typed does not matter.

Compatibility forms, case, accents, vowel points, kana, digits of any script and what cannot be seen are folded; punctuation and
emoji end a clause. Source: ``security-compliance`` A4.4, B10.
"""

import re
import unicodedata

CLAUSE = "\n"
"""What separates clauses in a folded text; words are separated by a space."""

_APOSTROPHES = "'`´‘’ʼ′׳＇"
_HYPHENS = "-_‐‑"
_JOINED = re.compile(r"(?<=\w)'(?=\w)")
_HYPHENATED = re.compile(r"(?<=\w)-(?=\w)")
_LOOSE = re.compile(r"['\-]")
_NASAL = re.compile("[\u0928\u092e]\u094d")
_OTHERWISE = {
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(_HYPHENS, "-"),
    **dict(zip("łøđħıæœþ", ("l", "o", "d", "h", "i", "ae", "oe", "th"), strict=True)),
    **dict(zip("ةىیکگپۀ", "هييكجبه", strict=True)),
    **dict(zip("ँूी", "ंुि", strict=True)),
    **dict(zip("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ", strict=True)),
    **{chr(0x1F150 + place): chr(ord("a") + place) for place in range(26)},
    "ـ": "",
    "\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}": "",
    "\N{REPLACEMENT CHARACTER}": "",
    "\u115f": "",
    "\u1160": "",
}
"""Letters that Unicode takes for others but people do not; and what a NUL is kept as."""

_SEEN_MARKS = ("\u0900", "\u1cff")
"""Scripts in which marks of combining class 0 are vowels, not accents."""


def clauses(text: str) -> str:
    """The words of a text, lower case, without accents and what cannot be seen; a line break stands where a clause ends."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.replace("´", "'")).casefold())
    folded = text.translate(_FOLDED)
    if "'" in folded or "-" in folded:
        folded = _LOOSE.sub(CLAUSE, _HYPHENATED.sub(" ", _JOINED.sub("", folded)))
    return _NASAL.sub("\u0902", folded) if "\u094d" in folded else folded


def normalise(text: str) -> str:
    """The words of a text, lower case, without accents, punctuation, emoji, zero-width or formatting characters."""
    return " ".join(clauses(text).split())


def digits(text: str) -> str:
    """The digits of a typed code in ASCII, whatever script and spacing they were typed in."""
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdecimal())


class _Folded(dict[int, str]):
    """A table for ``str.translate`` that is worked out as it is used, up to a size that no sender can make us pass."""

    def __missing__(self, point: int) -> str:
        folded = _character(chr(point))
        if len(self) < 8192:
            self[point] = folded
        return folded


_FOLDED = _Folded()


def _character(char: str) -> str:
    """One character folded: letters, nothing, a space, or the end of a clause."""
    char = char.lower()
    if char in _OTHERWISE:
        return _OTHERWISE[char]
    if char.isdecimal():
        return str(unicodedata.digit(char))
    if "\u30a1" <= char <= "\u30f6":
        hiragana = chr(ord(char) - 0x60)
        return _OTHERWISE.get(hiragana, hiragana)
    if "\u3041" <= char <= "\u3096":
        return char
    if char.isspace():
        return CLAUSE if char.splitlines() == [""] else " "
    return _letters(char)


def _letters(char: str) -> str:
    if "\uac00" <= char <= "\ud7a3":
        return char
    parts = [part for part in unicodedata.normalize("NFD", char) if not _unseen(part)]
    if not all(part.isalnum() or unicodedata.category(part)[0] == "M" for part in parts):
        return CLAUSE
    return "".join(_OTHERWISE.get(part, part) for part in parts)


def _unseen(char: str) -> bool:
    """Accents, points, zero-width and control characters. The virama (class 9) and vowel signs are letters to those who write them."""
    kind = unicodedata.category(char)
    if kind == "Mn":
        shown = _SEEN_MARKS[0] <= char <= _SEEN_MARKS[1]
        return unicodedata.combining(char) != 9 and (unicodedata.combining(char) != 0 or not shown)
    return kind in ("Me", "Cf", "Cc", "Cs")
