"""Reading a phone number as typed, and saying what is wrong with *this* one.

What a number plan or the form's own country list says may be told to anybody; what the database knows never
(contracts, section 8, E18).
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NoReturn

import phonenumbers
from msgspec import Struct
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from yesline.errors import Refusal
from yesline.rules.mobiles import read_plain

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_LONGEST = 60
_VARIED = 6
_MESSAGES = {
    "phone_missing": "Enter a mobile number.",
    "phone_not_a_number": "That does not read as a phone number: use digits, spaces and a leading + only.",
    "phone_too_short": "That number is too short for {country}.",
    "phone_too_long": "That number is too long for {country}.",
    "phone_invalid": "That is not a number in use in {country}: check each digit.",
    "phone_not_mobile": "That number cannot receive texts: enter a mobile number.",
    "country_not_served": "Numbers of {country} are not served by this form.",
}
_UNPARSED = {
    NumberParseException.TOO_SHORT_AFTER_IDD: "phone_too_short",
    NumberParseException.TOO_SHORT_NSN: "phone_too_short",
    NumberParseException.TOO_LONG: "phone_too_long",
    NumberParseException.INVALID_COUNTRY_CODE: "country_not_served",
}
_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: "phone_too_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "phone_too_short",
    ValidationResult.TOO_LONG: "phone_too_long",
    ValidationResult.INVALID_LENGTH: "phone_invalid",
    ValidationResult.INVALID_COUNTRY_CODE: "country_not_served",
}


class Number(Struct, frozen=True):
    """A mobile number: E.164, its region, and how people there write it for the world."""

    e164: str
    region: str
    shown: str


def _refuse(code: str, region: str) -> NoReturn:
    raise Refusal(code, _MESSAGES[code].format(country=region or "that country"), field="phone", country=region)


def _parse(raw: str, region: str) -> PhoneNumber:
    typed = raw.strip()
    if not typed:
        _refuse("phone_missing", region)
    if len(typed) > _LONGEST:
        _refuse("phone_not_a_number", region)
    if typed.startswith("00") and not typed.startswith("000"):
        typed = "+" + typed[2:]
    try:
        return phonenumbers.parse(typed, region)
    except NumberParseException as error:
        code = _UNPARSED.get(error.error_type, "phone_not_a_number")
        _refuse(code, "" if code == "country_not_served" else region)


def _reason(number: PhoneNumber, chosen: str, countries: tuple[str, ...]) -> tuple[str, str]:
    """Why a number that no region has is refused: (code, the country it seems to be of)."""
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    served = [region for region in regions if region in countries]
    if not served:
        return "country_not_served", regions[0]
    country = chosen if chosen in served else served[0]
    possible = phonenumbers.is_possible_number_for_type_with_reason(
        _without_trunk(number, country), PhoneNumberType.MOBILE
    )
    return _IMPOSSIBLE.get(possible, "phone_invalid"), country


def _without_trunk(number: PhoneNumber, region: str) -> PhoneNumber:
    """The number as it would be without the trunk prefix, which the library leaves in a number that is not valid without."""
    national = phonenumbers.national_significant_number(number)
    if phonenumbers.ndd_prefix_for_region(region, True) != "0" or not national.startswith("0"):
        return number
    return PhoneNumber(number.country_code, int(national))


def read_number(raw: str, region: str, countries: tuple[str, ...]) -> Number:
    """The mobile number somebody typed with ``region`` chosen, if the form serves its country.

    Raises Refusal with one of the codes ``phone_missing``, ``phone_not_a_number``, ``phone_too_short``, ``phone_too_long``,
    ``phone_invalid``, ``phone_not_mobile``, ``country_not_served``.
    """
    if region in countries and (plain := read_plain(raw, region)):
        code, national, home = plain
        number = PhoneNumber(country_code=int(code), national_number=int(national))
        return Number(f"+{code}{national}", home, phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))
    return _read_with_care(raw, region, countries)


def _read_with_care(raw: str, region: str, countries: tuple[str, ...]) -> Number:
    number = _parse(raw, region)
    home = phonenumbers.region_code_for_number(number)
    # Of a calling code with one region the library names that region for any number, valid or not.
    if home is None or not phonenumbers.is_valid_number_for_region(number, home):
        _refuse(*_reason(number, region, countries))
    if home not in countries:
        _refuse("country_not_served", home)
    if phonenumbers.number_type(number) not in _MOBILE:
        _refuse("phone_not_mobile", home)
    return Number(
        phonenumbers.format_number(number, PhoneNumberFormat.E164),
        home,
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
    )


def block(e164: str) -> str:
    """The block a number belongs to: the number less its last four digits."""
    return e164[:-4]


def example(region: str) -> str:
    """A mobile number of that region as people there write it, for use in errors and placeholders."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(region)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) if number else ""


def examples(region: str) -> Iterator[str]:
    """Mobile numbers of a region (E.164), those beside the library's example first; none where it knows of none."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if not number:
        return
    national = phonenumbers.national_significant_number(number)
    head, tail = national[:-_VARIED], int(national[-_VARIED:])
    for place in range(tail - tail % 100, tail + 10**_VARIED):
        with suppress(Refusal):
            typed = f"+{number.country_code}{head}{place % 10**_VARIED:0{_VARIED}}"
            yield read_number(typed, region, (region,)).e164


def read_known(raw: str) -> str:
    """A number of any kind with its country code, as it is kept (E.164): for looking it up, and for letting go of it.

    Raises Refusal with the codes of ``read_number`` that tell of what cannot be read.
    """
    return phonenumbers.format_number(_parse(raw, ""), PhoneNumberFormat.E164)


EVERYWHERE: tuple[str, ...] = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
"""Every region whose numbers can be read."""
