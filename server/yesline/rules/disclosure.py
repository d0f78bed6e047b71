"""What each text must carry and must not: table A4.9 of ``security-compliance``, checked in the words themselves."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from yesline.errors import ConfigError
from yesline.programme import Brand, Group
from yesline.rules import texts
from yesline.rules.segments import encoding, foreign, hides, plain, segments
from yesline.rules.wording import MARKS, Reading, is_gsm, phrases, read, suggested

MOST_PARTS = 10
LONGEST_BRAND = 30
SHORTENERS = (
    "adf.ly", "bit.do", "bit.ly", "bitly.com", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "dlvr.it", "goo.gl", "is.gd", "j.mp",
    "lnkd.in", "mcaf.ee", "ow.ly", "qr.ae", "rb.gy", "rebrand.ly", "s.id", "short.gy", "short.io", "shorte.st", "shorturl.at",
    "snip.ly", "soo.gd", "t.co", "t.ly", "tiny.cc", "tiny.one", "tinyurl.com", "tny.im", "trib.al", "u.to", "urlz.fr", "v.gd",
)  # fmt: skip
"""Hosts of public link shorteners: a text with one is blocked, and its campaign ends (``security-compliance`` A4.6, B4)."""

_ASK = (("brand", "rates", "how", "expiry", "stop"), ("offer", "terms", "purchase"))
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "prompt": _ASK[0],
    "already": tuple(part for part in _ASK[0] if part != "expiry"),
    "confirmation": ("brand", "sends", "marketing", "recurring", "frequency", "rates", "stop", "help"),
    "help": ("brand", "support", "stop"),
    "stop": ("brand", "ended"),
    "other": ("brand", "help", "stop"),
    "review": ("brand", "stop"),
    "reply": (),
}  # fmt: skip
"""What a text must say, by its kind: the R of table A4.9; the last four follow A4.3 and the rules of replies."""
ABSENT: Mapping[str, tuple[str, ...]] = {
    "prompt": _ASK[1],
    "already": _ASK[1],
    "confirmation": ("how", "purchase"),
    "help": ("how", "offer", "purchase"),
    "stop": ("sends", "frequency", "rates", "how", "terms", "offer", "purchase"),
    "other": ("how", "offer", "purchase"),
    "review": ("how", "offer", "purchase"),
    "reply": ("how",),
}  # fmt: skip
"""What a text must not say, by its kind: the - of table A4.9."""

_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_URL_LIKE = re.compile(r"://|\bwww\.|\b[\w-]+\.[a-z]{2,}/", re.IGNORECASE)
_DOMAIN = re.compile(r"\b[a-z0-9-]+\.(?:com|net|org|io|co|shop|store|app|info|biz|[a-z]{2})\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\d\s?[%٪％]|[%٪％]\s?\d|[$€£¥₹₺₪]\s?\d|\d\s?[$€£¥₹₺₪]")
_SHORTENER = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, SHORTENERS))})(?![\w.-])", re.IGNORECASE)
_STAND_INS = {
    "code": "123456",
    "coupon": "SPRING10",
    "link": f"https://txt.example.com/c/{'x' * 22}",
    "stop_link": f"https://txt.example.com/stop/{'x' * 22}",
}


WAYS = (*texts.METHODS, "methods")
"""Parts of problems that come from what a form offers."""


class Problem(Struct, frozen=True):
    """Something wrong with a text: an error keeps it from use. ``part`` is a short name for what is missing or too much."""

    level: Literal["error", "warning"]
    part: str
    message: str


def _error(part: str, message: str) -> Problem:
    return Problem("error", part, message)


def _warning(part: str, message: str) -> Problem:
    return Problem("warning", part, message)


def lint(
    brand: Brand, group: Group, language: str, kind: str, text: str, methods: Iterable[str] | None = None
) -> list[Problem]:
    """What is wrong with the words of a text, fields and all.

    ``kind`` is one of ``texts.KINDS`` or ``reply``; ``methods`` are those that a form offers, if one does.
    Source: ``security-compliance`` A2.5, A4.2, A4.3, A4.6, A4.9, B4, B6.
    """
    try:
        reading = read(brand, group, language, kind, text)
        sent = _sent(brand, group, language, text, methods)
    except ConfigError as error:
        return [_error("field", f"{error}")]
    checks = (
        _required(reading),
        _absent(reading),
        _ways(reading, methods),
        _sender(reading),
        _links(reading),
        _cost(reading, sent),
    )
    return [*dict.fromkeys(problem for found in checks for problem in found)]


def _sent(brand: Brand, group: Group, language: str, text: str, methods: Iterable[str] | None) -> str:
    """The text with typical values, as it would go out."""
    offered = tuple(texts.METHODS if methods is None else methods)
    values = _STAND_INS | texts.values_of(brand, group, language)
    body = plain(texts.compose(group, language, text, offered, values))
    return f"{body}\n@shop.example.com #123456" if "code" in offered and texts.offers_code(text) else body


def _literally(reading: Reading, value: str) -> bool:
    return texts.value(value).rstrip(".").casefold() in reading.words.casefold()


def _stops(reading: Reading) -> bool:
    return reading.names("stop") if reading.group.sender.two_way else reading.has("stop_link")


def _supports(reading: Reading) -> bool:
    return reading.has("support") or _literally(reading, reading.brand.support)


def _expires(reading: Reading) -> bool:
    return reading.has("days") or bool(re.search(rf"(?<!\d){reading.group.window_days}(?!\d)", reading.own))


_SAYS: Mapping[str, tuple[str, str, Callable[[Reading], bool]]] = {
    "brand": ("the brand", "{brand}", lambda r: r.has("brand") or _literally(r, r.brand.name)),
    "sends": ("what is sent", "{sends}", lambda r: r.has("sends") or _literally(r, r.group.sends)),
    "frequency": ("how often", "{frequency}", lambda r: r.has("frequency") or _literally(r, r.group.frequency)),
    "support": ("whom to write to", "{support}", _supports),
    "expiry": ("how long it may be answered", "{days}", _expires),
    "how": ("how to confirm", "{how}", lambda r: bool(r.ways)),
    "stop": ("how to end it", "{end} or {help_end}", _stops),
    "help": (
        "where to get help",
        "{help_end} or {support}",
        lambda r: _supports(r) or (r.group.sender.two_way and r.names("help")),
    ),
    "rates": ("that message and data rates may apply", "", lambda r: r.says("rates")),
    "marketing": ("that it is marketing", "", lambda r: r.says("marketing")),
    "recurring": ("that texts are recurring or automated", "", lambda r: r.says("recurring")),
    "ended": ("that no more messages come", "", lambda r: r.says("ended")),
    "offer": ("an offer", "", lambda r: r.says("offer", own=True) or bool(_AMOUNT.search(r.own))),
    "purchase": ("a condition of purchase", "", lambda r: r.says("purchase")),
    "terms": ("the terms or the privacy policy", "", lambda r: r.brand.terms in r.words or r.brand.privacy in r.words),
}  # fmt: skip
"""What a text may say: its name in messages, what to write, and how it is known to be there."""

_FIELDS_ABSENT: Mapping[str, tuple[str, ...]] = {
    "how": ("how", "How", "reply", "code", "link"), "sends": ("sends",), "frequency": ("frequency",),
}  # fmt: skip
"""Where words alone prove nothing ("no more messages"), fields do."""


def _required(reading: Reading) -> Iterator[Problem]:
    known = bool(phrases(reading.language, "marketing"))
    for part in REQUIRED[reading.kind]:
        what, write, is_said = _SAYS[part]
        if is_said(reading):
            continue
        if write or known:
            yield _error(part, f"it does not say {what}. Write {write or suggested(reading.language, part)}.")
        else:
            yield _warning(part, f"check that it says {what}: we know no phrases in {reading.language!r}.")


def _absent(reading: Reading) -> Iterator[Problem]:
    for part in ABSENT[reading.kind]:
        what, _, is_said = _SAYS[part]
        fields = _FIELDS_ABSENT.get(part)
        if is_said(reading) if fields is None else not set(fields).isdisjoint(reading.used):
            yield _error(part, f"it must not name {what} here. Take it out.")
    if "offer" in ABSENT[reading.kind] and "sends" in reading.used and _AMOUNT.search(reading.group.sends):
        yield _error("offer", f"it must not name an offer here, and sends does: {reading.group.sends!r}.")


def _ways(reading: Reading, methods: Iterable[str] | None) -> Iterator[Problem]:
    """A prompt names the ways to answer that its form offers: the page waits for each of these, and for no other."""
    if reading.kind not in texts.ASKING:
        return
    sender = reading.group.sender
    if "reply" in reading.ways and not sender.two_way:
        yield _error("reply", f"{sender.address} cannot take replies. Write {{how}} in place of the word.")
    if methods is None:
        return
    offered = texts.methods_for(reading.group, methods)
    if not offered:
        yield _error(
            "methods", f"its form offers replies alone, and {sender.address} takes none. Add code or link to methods."
        )
    for method in texts.METHODS:
        if method in offered and method not in reading.ways:
            yield _error(method, f"it does not name the {method} that its form offers. Write {{how}} or {{{method}}}.")
        elif method not in offered and method in reading.ways and not _is_from_how(reading, method):
            yield _error(method, f"it names the {method}, which its form does not offer. Write {{how}} in its place.")


def _is_from_how(reading: Reading, method: str) -> bool:
    """Whether only ``{how}`` names the method, which tells what is offered and no more."""
    return not {"how", "How"}.isdisjoint(reading.used) and method not in reading.used


def _sender(reading: Reading) -> Iterator[Problem]:
    """A sender that cannot take replies says so and gives another way (A2.5)."""
    if reading.group.sender.two_way or "stop" not in REQUIRED[reading.kind]:
        return
    if phrases(reading.language, "no_replies") and not reading.says("no_replies"):
        wanted = suggested(reading.language, "no_replies")
        yield _error("no_replies", f"it does not say that nobody reads replies. Write {wanted}, or {{end}}.")


def _links(reading: Reading) -> Iterator[Problem]:
    shown = reading.words.replace(MARKS["support"], reading.brand.support)
    if reading.kind != "reply":
        yield from _edges(shown)
    for host in dict.fromkeys(found.casefold() for found in _SHORTENER.findall(shown)):
        yield _error("shortener", f"carriers block public link shorteners such as {host}. Write the whole address.")


def _edges(shown: str) -> Iterator[Problem]:
    links = f"[{MARKS['link']}{MARKS['stop_link']}]"
    words = [re.sub(links, "https://link", word) for word in shown.split()]
    if words and (_URL.match(words[0]) or _URL.match(words[-1])):
        yield _error("edge", "a link stands first or last, where phones open it for a preview. Put words around it.")
    if re.search(rf"{links}(?!\s|$)", shown):
        yield _warning("edge", "a link has no space after it: what follows may become part of it.")


def _cost(reading: Reading, sent: str) -> Iterator[Problem]:
    parts = segments(sent)
    if parts > MOST_PARTS:
        yield _error("length", f"it costs {parts} parts, and carriers take {MOST_PARTS}. Make it shorter.")
    if encoding(sent) == "ucs2" and is_gsm(reading.language):
        odd = " ".join(foreign(sent)[:5])
        yield _warning(
            "encoding", f"{odd} is outside of GSM 03.38 and turns all of it to UCS-2: it costs {parts} part(s)."
        )


def lint_brand(brand: Brand) -> list[Problem]:
    """What is wrong with the name that stands in every text. Source: ``security-compliance`` B4, B10."""
    found = _name("name", brand.name)
    if len(brand.name) > LONGEST_BRAND:
        message = f"name: it has {len(brand.name)} characters. Write at most {LONGEST_BRAND}."
        found.append(_error("brand", message))
    return found


def lint_names(group: Group) -> list[Problem]:
    """What is wrong with a group's words that stand in other texts. Source: ``security-compliance`` B4, B10."""
    said = {"name": group.name, "sends": group.sends, "frequency": group.frequency}
    return [problem for field, words in said.items() for problem in _name(field, words)]


def _name(field: str, said: str) -> list[Problem]:
    found = []
    if _URL_LIKE.search(said):
        found.append(_error("name", f"{field}: a web address does not belong in {said!r}. Take it out."))
    elif _DOMAIN.search(said):
        found.append(_warning("name", f"{field}: phones make a link of {said!r}."))
    if hides(said) or "\n" in plain(said) or not texts.value(said):
        message = f"{field}: {said!r} has characters that are not seen, or none that are. Type it again, on one line."
        found.append(_error("name", message))
    return found


class Finding(Struct, frozen=True):
    """A problem and where it is: ``text`` is a kind or another name under ``texts``, empty where the group itself is meant."""

    problem: Problem
    text: str = ""
    language: str = ""
    form: str = ""

    def __str__(self) -> str:
        where = f"text {self.text!r} in {self.language!r}: " if self.text else ""
        of_form = f"form {self.form}: " if self.form else ""
        return f"{of_form}{where}{self.problem.message}"


def lint_group(
    brand: Brand, group: Group, languages: Iterable[str], offered: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """What is wrong with all texts of a group, in these languages and its own.

    ``offered`` are the methods of its forms by their ids.
    """
    yield from (Finding(problem) for problem in lint_names(group))
    yield from _unknown(group)
    seen: set[tuple[str, str]] = set()
    for language in (*languages, *group.languages, *group.texts):
        for kind in texts.KINDS:
            words, spoken = texts.found(group, kind, language)
            if (kind, spoken) in seen:
                continue
            seen.add((kind, spoken))
            yield from (Finding(p, kind, spoken) for p in lint(brand, group, spoken, kind, words))
            if kind in texts.ASKING:
                yield from _of_forms(brand, group, (spoken, kind, words), offered)
    yield from _of_customs(brand, group)


def _of_forms(
    brand: Brand, group: Group, text: tuple[str, str, str], offered: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    language, kind, words = text
    for form, methods in offered.items():
        for problem in lint(brand, group, language, kind, words, methods):
            if problem.part in WAYS:
                yield Finding(problem, kind, language, form)


def _of_customs(brand: Brand, group: Group) -> Iterator[Finding]:
    for name, custom in group.custom.items():
        for language, words in custom.reply.items():
            for problem in lint(brand, group, language, "reply", words):
                yield Finding(problem, f"custom.{name}.reply", language)


def _unknown(group: Group) -> Iterator[Finding]:
    """Names under ``texts`` that nothing uses."""
    known = ", ".join(texts.DEFAULTS["en"])
    for language, own in group.texts.items():
        for name in own:
            if name not in texts.DEFAULTS["en"]:
                yield Finding(_error("name", f"there is no such text. Names are {known}."), name, language)
