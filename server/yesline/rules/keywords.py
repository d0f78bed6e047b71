"""What a person's text asks for.

Opt-out words are the union of the FCC's per-se list, Twilio's and AWS's (``security-compliance`` A4.4), looked for before
anything else: a false opt-out is the cheaper error.
"""

import re
import unicodedata
from typing import Literal

Intent = Literal["stop", "start", "help", "yes", "y", "no", "code", "other"]

STOP_ANYWHERE = ("stop", "stopall", "unsubscribe", "optout", "opt out", "revoke")
STOP_FIRST = ("end", "cancel", "quit", "remove", "td", "arret")
_STOP_FIRST_AT_MOST = 4
_ALONE: dict[str, Intent] = {
    "start": "start",
    "unstop": "start",
    "help": "help",
    "info": "help",
    "yes": "yes",
    "y": "y",
    "no": "no",
    "n": "no",
}
_stop_anywhere = re.compile(r"\b(?:" + "|".join(STOP_ANYWHERE) + r")\b")


def normalise(text: str) -> str:
    """The words of a text, lower case, without accents, punctuation, emoji, zero-width or formatting characters."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c if c.isalnum() else "" if c in "'’" or _invisible(c) else " " for c in plain)
    return " ".join("".join(kept).split())


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Cf", "Cc") and not char.isspace()


def _is_stop(words: str) -> bool:
    listed = words.split()
    if _stop_anywhere.search(words):
        return True
    return bool(listed) and listed[0] in STOP_FIRST and len(listed) <= _STOP_FIRST_AT_MOST


def intent(text: str) -> Intent:
    """What the text asks for. Opt-out is looked for in all of it, anything else in its first line alone."""
    if _is_stop(normalise(text)):
        return "stop"
    lines = text.strip().splitlines() or [""]
    words = normalise(lines[0])
    if words.isdecimal() and len(words) == 6:
        return "code"
    return _ALONE.get(words, "other")


def digits(text: str) -> str:
    """The digits of a typed code in ASCII, whatever script and spacing they were typed in."""
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdecimal())
