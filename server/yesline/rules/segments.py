"""How a text travels: which characters it is sent in, and how many parts it costs.

GSM 03.38 counts in septets, UCS-2 in UTF-16 units; neither may be divided, since what must stay together is never split over two
parts (``security-compliance`` B1, B2).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

Encoding = Literal["gsm7", "ucs2"]

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}\\[~]|€\f")
_GSM_PARTS = (160, 153)
_UCS_PARTS = (70, 67)

_JOINER, _NON_JOINER = "\u200d", "\u200c"
_TAGS = range(0xE0020, 0xE0080)
_BLACK_FLAG = "\U0001f3f4"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_HANGERS_ON = frozenset({_JOINER, _NON_JOINER, "\u0e33", "\u0eb3"})
"""What belongs to the letter before it though its category does not say so: joiners, and AM of Thai and Lao."""
_SEEN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\U000110bd\U000110cd")
"""Format characters by category that are seen all the same: signs over numbers."""
_UNSEEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")

_SMART = str.maketrans({
    **dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "...", "⁄": "/",
    **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
    **dict.fromkeys("\u0085\u2028\u2029", "\n"),
})  # fmt: skip

# Scripts whose letters change with a joiner or non-joiner between them: Arabic and Syriac, those of India and Sri Lanka,
# Myanmar, Khmer and Mongolian.
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ua840-\ua87f\ua8e0-\ua8ff\ufb50-\ufdff\ufe70-\ufefe]"
)


def encoding(text: str) -> Encoding:
    """What a text is sent in: one character outside of GSM 03.38 turns all of it to UCS-2. Source: 3GPP TS 23.038, 6.2.1."""
    return "ucs2" if foreign(text) else "gsm7"


def foreign(text: str) -> list[str]:
    """The characters outside of GSM 03.38, each once, as they come."""
    return [c for c in dict.fromkeys(text) if c not in _GSM and c not in _GSM_TWO]


def segments(text: str) -> int:
    """How many parts a text costs: 160 septets or 153 a part, 70 UTF-16 units or 67 a part, counted by packing.

    What is never split over two parts: an escaped character, a surrogate pair, an emoji of several, a letter with its marks.
    Source: GSM 03.38; ``security-compliance`` B1, B2; Twilio keeps clusters whole too (``libraries``, 4).
    """
    if encoding(text) == "gsm7":
        return _pack(((2 if c in _GSM_TWO else 1 for c in text)), *_GSM_PARTS)
    return _pack(_widths(text), *_UCS_PARTS)


def _widths(text: str) -> Iterator[int]:
    """UTF-16 units of what stays together; a cluster that no part could hold comes apart into its characters."""
    for cluster in clusters(text):
        widths = [_units(c) for c in cluster]
        if sum(widths) > _UCS_PARTS[1]:
            yield from widths
        else:
            yield sum(widths)


def _units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _pack(widths: Iterable[int], single: int, part: int) -> int:
    listed = list(widths)
    if sum(listed) <= single:
        return 1
    parts, used = 1, 0
    for width in listed:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts


def clusters(text: str) -> Iterator[str]:
    """What people take for one character: a base with its marks, a flag, an emoji put together from several.

    A small part of Unicode's rules for grapheme clusters (UAX 29): those that occur in texts.
    """
    held = ""
    for char in text:
        if held and not _goes_on(held, char):
            yield held
            held = ""
        held += char
    if held:
        yield held


def _goes_on(cluster: str, char: str) -> bool:
    last = cluster[-1]
    if char == "\n" or last in "\r\n":
        return last == "\r" and char == "\n"
    if _extends(char):
        return True
    if last == _JOINER:
        return _is_pictograph(char) and any(map(_is_pictograph, cluster))
    return _is_flag_letter(char) and len(cluster) == 1 and _is_flag_letter(last)


def _extends(char: str) -> bool:
    """Whether a character belongs to the one before it: a mark, a skin tone, a joiner, a tag of a flag."""
    if unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    point = ord(char)
    return char in _HANGERS_ON or point in _SKIN_TONES or point in _TAGS


def _is_flag_letter(char: str) -> bool:
    return ord(char) in _FLAG_LETTERS


def _is_pictograph(char: str) -> bool:
    if _is_flag_letter(char) or ord(char) in _SKIN_TONES:
        return False
    return unicodedata.category(char) == "So" or 0x1F000 <= ord(char) <= 0x1FAFF or "\u2190" <= char <= "\u21ff"


def plain(text: str) -> str:
    """Curly quotes, dashes and odd spaces as their GSM kin, composed letters, and nothing that turns or hides what follows.

    Control, bidi and zero-width characters go; the joiners that emoji and the Arabic and Indic scripts need stay.
    Source: ``security-compliance`` B3, B10.
    """
    return unicodedata.normalize("NFC", _seen(_composed(text)))


def hides(text: str) -> bool:
    """Whether a text holds characters that nobody sees and ``plain`` takes out."""
    return (composed := _composed(text)) != _seen(composed)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_SMART)


def _seen(text: str) -> str:
    """Every text is read on its way out, and most hold nothing to take away: their characters are looked at once each."""
    unseen = {c for c in set(text) if _is_unseen(c)}
    kept = "".join(c for c in text if c not in unseen) if unseen else text
    return "".join(_joined(kept)) if any(_is_weighed(c) for c in set(kept)) else kept


def _is_weighed(char: str) -> bool:
    """Whether a character stays or goes by what stands beside it."""
    return char in (_JOINER, _NON_JOINER) or ord(char) in _TAGS


def _is_unseen(char: str) -> bool:
    if char == "\n" or _is_weighed(char):
        return False
    return char in _UNSEEN_LETTERS or (unicodedata.category(char) in ("Cc", "Cf") and char not in _SEEN_FORMATS)


def _joined(text: str) -> Iterator[str]:
    """The text less joiners that join nothing and tags that follow no flag."""
    kept: list[str] = []
    for place, char in enumerate(text):
        if _stays(char, kept, text[place + 1 : place + 2]):
            kept.append(char)
            yield char


def _stays(char: str, before: list[str], after: str) -> bool:
    if ord(char) in _TAGS:
        return next((c for c in reversed(before) if ord(c) not in _TAGS), "") == _BLACK_FLAG
    if char not in (_JOINER, _NON_JOINER):
        return True
    if not before or before[-1] in (_JOINER, _NON_JOINER):
        return False
    base = next((c for c in reversed(before) if not _extends(c)), " ")
    if char == _NON_JOINER:
        return _is_joining(base) and _is_joining(after)
    return _is_joining(base) or (bool(after) and _is_pictograph(base) and _is_pictograph(after))


def _is_joining(char: str) -> bool:
    return bool(_JOINING.fullmatch(char))
