"""The quick way to read a plainly typed mobile number: one regular expression a region, made from libphonenumber's own data.

libphonenumber takes some 50 microseconds to parse a number and find its region and type, the dearest step of a submission. What
this module cannot be sure of it leaves alone, and the full library decides; a test holds the two against each other.
"""

import re
from functools import lru_cache

import phonenumbers
from msgspec import Struct
from phonenumbers import PhoneMetadata, PhoneNumberDesc

_PLAIN = re.compile(r"\+?[0-9 ().-]{6,30}")
_PUNCTUATION = str.maketrans("", "", " ().-")
# libphonenumber tries these types before "mobile": a number that matches one of them is not a mobile to it.
_FIRST = ("premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")


class Mobiles(Struct, frozen=True):
    """How mobile numbers of one region are told: calling code, trunk prefix, pattern of the national number.

    ``prefixes`` matches whatever may stand before a national number: the trunk prefix, or codes that need care.
    """

    code: str
    trunk: str
    prefixes: re.Pattern[str] | None
    pattern: re.Pattern[str]

    def national(self, digits: str) -> str | None:
        """The national number in digits typed as at home or after ``+`` and the calling code."""
        prefix = self.prefixes.match(digits) if self.prefixes else None
        if prefix and prefix[0] != self.trunk:
            return None
        number = digits[prefix.end() :] if prefix else digits
        return number if self.pattern.fullmatch(number) else None


@lru_cache(maxsize=512)
def mobiles(region: str) -> Mobiles | None:
    """The quick reader of a region; None where numbers there need the full library."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None or phonenumbers.region_code_for_country_code(metadata.country_code or 0) != region:
        return None  # only the main region of a calling code has first claim on a number
    general, mobile = metadata.general_desc, metadata.mobile
    if metadata.national_prefix_transform_rule or not general or not mobile or not mobile.national_number_pattern:
        return None
    prefixes = metadata.national_prefix_for_parsing
    return Mobiles(
        str(metadata.country_code),
        metadata.national_prefix or "",
        re.compile(prefixes) if prefixes else None,
        re.compile(_pattern(metadata, general, mobile)),
    )


def _pattern(metadata: PhoneMetadata, general: PhoneNumberDesc, mobile: PhoneNumberDesc) -> str:
    others = [
        desc.national_number_pattern
        for desc in (getattr(metadata, name) for name in _FIRST)
        if desc is not None and desc.national_number_pattern
    ]
    lengths = "|".join(f".{{{length}}}" for length in mobile.possible_length)
    not_others = f"(?!(?:{'|'.join(others)})$)" if others else ""
    # A leading zero that belongs to the number is a matter of its own (Italy), so it is left to the full library.
    return f"(?!0)(?=(?:{lengths})$)(?=(?:{general.national_number_pattern})$){not_others}(?:{mobile.national_number_pattern})"


def read_plain(typed: str, region: str) -> tuple[str, str, str] | None:
    """Calling code, national number and region of a plainly typed mobile number, or None where the full library must look."""
    if not _PLAIN.fullmatch(typed):
        return None
    digits = typed.translate(_PUNCTUATION)
    reader = mobiles(region)
    if reader is None:
        return None
    if digits.startswith("+"):
        if not digits.startswith("+" + reader.code):
            return None
        digits = digits[1 + len(reader.code) :]
    national = reader.national(digits)
    return (reader.code, national, region) if national else None
