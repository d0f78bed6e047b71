"""What one row of somebody's list means: a person, and the state that their number or address has in a group.

A row is taken whole or not at all. What it claims is kept as a claim: the event says ``import``, and its facts are the source, the date and
the line that stated it. Nobody is texted, and a number that said STOP stays stopped (contracts, section 2).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

import msgspec
import phonenumbers
from msgspec import Struct
from phonenumbers import NumberParseException, PhoneNumberFormat

from yesline.errors import Refusal, YeslineError
from yesline.programme import Group
from yesline.records import ProfileChange, Setting
from yesline.rules import profiles
from yesline.rules.mobiles import read_plain
from yesline.rules.phone import read_number
from yesline.rules.signing import Keys, number_tag

Told = Mapping[str, str]
"""What a row says, by what its columns are (``yesline.rules.columns``); nothing is said by an empty text."""

_YES = frozenset(("subscribed", "optedin", "optin", "consented", "true", "yes", "1"))
_NO = frozenset(("unsubscribed", "optedout", "optout", "stopped", "stop", "revoked"))
_EVERYWHERE = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
_ALTERED = re.compile(r"[^\W\d_]|\.[0-9]$")
_ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@.]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_REGION = re.compile(r"[A-Z]{2}")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\ufffd]")
_LONGEST = 255
_OLDEST = 1990
"""A year before anybody agreed to texts: a spreadsheet's first day is of 1900."""
_NAMES = ("first_name", "last_name")


class Unfit(YeslineError):
    """A row that is not taken: the column, a word for why, and the message."""

    def __init__(self, column: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.reason = reason


class Terms(Struct, frozen=True):
    """What holds for all rows of a list: the group, and what a row is taken to say that says nothing of it.

    ``there`` is the group's name in the list; ``now`` is when the list is read, in milliseconds. Without a column of ``states`` every row
    is subscribed, by the source it must state.
    """

    group: Group
    keys: Keys
    now: int
    source: str = ""
    at: str = ""
    country: str = ""
    there: str = ""
    states: bool = False


class _Person(Struct):
    """Whom a row is about."""

    phone: str = ""
    email: str = ""
    tag: str = ""
    email_tag: str = ""


def read_date(text: str, now: int) -> str:
    """A date or time in ISO 8601, UTC where it names no zone, as it is kept. Raises ValueError for one that cannot be, or has not come yet."""
    at = datetime.fromisoformat(text)
    if at.year < _OLDEST:
        raise ValueError(text)
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    if at.timestamp() * 1000 > now:
        raise ValueError(text)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def change(told: Told, line: int, terms: Terms) -> ProfileChange:
    """The change that a row asks for. Raises Unfit."""
    for column, words in told.items():
        _check_words(column, words)
    _check_group(told, terms)
    state = _state(told, terms)
    person = _person(told, state, terms)
    by_email = terms.group.channel == "email"
    setting = Setting(
        terms.group,
        state,
        phone="" if by_email else person.phone,
        email=person.email if by_email else "",
        tag=person.email_tag if by_email else person.tag,
        language=_language(told),
        consent=_consent(told, state, line, terms),
    )
    return ProfileChange(
        _key(told, person),
        phone=person.phone or None,
        tag=person.tag or None,
        email=person.email or None,
        email_tag=person.email_tag or None,
        attributes=_attributes(told),
        settings=(setting,),
    )


def _check_words(column: str, words: str) -> None:
    if len(words) > _LONGEST:
        raise Unfit(column, "too_long", f"it has more than {_LONGEST} characters")
    if _HIDDEN.search(words):
        raise Unfit(column, "not_text", "it holds control characters, or is not UTF-8: save the file as CSV in UTF-8")


def _check_group(told: Told, terms: Terms) -> None:
    named = told.get("group")
    if named and named not in (terms.group.id, terms.there):
        raise Unfit(
            "group",
            "other_group",
            "the row is about another group: import that one by itself, or say --there if it is the same",
        )


def _state(told: Told, terms: Terms) -> Literal["subscribed", "unsubscribed"]:
    if told.get("stopped", "").lower() in ("true", "yes", "1"):
        return "unsubscribed"
    if not terms.states:
        return "subscribed"
    said = re.sub(r"[\s_-]", "", told.get("state", "").lower())
    if said not in _YES | _NO:
        raise Unfit(
            "state", "state_unclear", "it is neither subscribed nor unsubscribed: nobody is taken to have said yes"
        )
    return "subscribed" if said in _YES else "unsubscribed"


def _person(told: Told, state: str, terms: Terms) -> _Person:
    """Whom the row names. Of an opt-out only what it is for must be readable."""
    group, person = terms.group, _Person()
    for column, wanted in (("phone", group.channel == "sms"), ("email", group.channel == "email")):
        words = told.get(column, "")
        if wanted and not words:
            raise Unfit(column, f"{column}_missing", "the row has none, and the state would be nobody's")
        try:
            _READ[column](person, words, state, told, terms)
        except Unfit:
            if wanted or state == "subscribed":
                raise
    return person


def _read_phone(person: _Person, words: str, state: str, told: Told, terms: Terms) -> None:
    if words:
        region = _region(told) or terms.country
        person.phone = _mobile(words, region, terms) if state == "subscribed" else _number(words, region)
        person.tag = number_tag(terms.keys, person.phone)


def _read_email(person: _Person, words: str, state: str, told: Told, terms: Terms) -> None:
    del state, told
    if words:
        if not _ADDRESS.fullmatch(words):
            raise Unfit("email", "email_invalid", "it cannot be read as an e-mail address")
        person.email = words
        person.email_tag = profiles.email_tag(terms.keys, words)


_READ = {"phone": _read_phone, "email": _read_email}


def _mobile(words: str, region: str, terms: Terms) -> str:
    """A number that can be texted, as it is kept."""
    _check_digits(words, region)
    home, countries = region or _home(words[:4]), terms.group.countries or _EVERYWHERE
    if home in countries and (plain := read_plain(words, home)):
        return f"+{plain[0]}{plain[1]}"
    try:
        return read_number(words, home, countries).e164
    except Refusal as refusal:
        message = refusal.message
        if refusal.code == "country_not_served":
            message = f"the group serves no numbers of {refusal.country or 'that country'}"
        raise Unfit("phone", refusal.code, message) from refusal


def _number(words: str, region: str) -> str:
    """Any number that there may be: who asked not to be texted is not asked what for."""
    _check_digits(words, region)
    text = f"+{words[2:]}" if words.startswith("00") else words
    try:
        parsed = phonenumbers.parse(text, region or None)
    except NumberParseException as error:
        raise Unfit("phone", "phone_not_a_number", "it cannot be read as a phone number") from error
    if not phonenumbers.is_possible_number(parsed):
        raise Unfit("phone", "phone_invalid", "it has too few or too many digits for a phone number of its country")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _check_digits(words: str, region: str) -> None:
    if _ALTERED.search(words):
        raise Unfit(
            "phone", "phone_altered", "it has letters or decimals: format the column as text before you save it"
        )
    if not region and not words.startswith(("+", "00")):
        raise Unfit(
            "phone", "country_missing", "write it as +12015550123, or say --country for numbers without a calling code"
        )


@lru_cache(maxsize=10_000)
def _home(start: str) -> str:
    """The main region of a calling code, at whose numbers the quick reader looks first; the start of a number may be written in any way."""
    digits = start.removeprefix("00").lstrip("+")
    codes = [int(digits[:length]) for length in (1, 2, 3) if digits[:length].isdecimal()]
    known = [code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
    return phonenumbers.region_code_for_country_code(known[0]) if known else ""


def _region(told: Told) -> str:
    """The country of a row, where it is told by its two letters."""
    said = told.get("country", "").upper()
    return said if _REGION.fullmatch(said) else ""


def _language(told: Told) -> str:
    """The language of a row as the texts know it, where it is told by its tag."""
    said, _, region = told.get("language", "").replace("_", "-").partition("-")
    tag = f"{said.lower()}-{region.upper()}" if region else said.lower()
    return tag if _LANGUAGE.fullmatch(tag) else ""


def _consent(told: Told, state: str, line: int, terms: Terms) -> dict[str, str]:
    """What the row states of how the person agreed. An opt-out needs no reason."""
    source = told.get("source") or terms.source
    if state == "subscribed" and not source:
        raise Unfit(
            "source",
            "source_missing",
            "the row does not say how the person agreed: say --source if all agreed in one way",
        )
    at = told.get("date")
    try:
        when = read_date(at, terms.now) if at else terms.at
    except ValueError as error:
        raise Unfit(
            "date", "date_unreadable", "it is no date in ISO 8601, such as 2026-03-31T12:00:00Z, or has not come yet"
        ) from error
    facts = {"source": source, "at": when, "line": str(line)}
    return {name: value for name, value in facts.items() if value}


def _key(told: Told, person: _Person) -> str:
    """By what the profile is found, or made."""
    if told.get("external_id"):
        return profiles.external(told["external_id"])
    return profiles.phone(person.tag) if person.tag else profiles.email(person.email_tag)


def _attributes(told: Told) -> str:
    """What is known of the person besides. An empty cell takes nothing away."""
    found = {name: told[name] for name in _NAMES if told.get(name)}
    found |= {name: value for name, value in (("language", _language(told)), ("country", _region(told))) if value}
    return msgspec.json.encode(found).decode()
