"""The quick reader of mobile numbers agrees with the full library wherever it answers at all."""

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from yesline.errors import Refusal
from yesline.rules import phone
from yesline.rules.mobiles import mobiles, read_plain

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
COUNTRIES = tuple(REGIONS)
COMMON = ("US", "GB", "DE", "FR", "ES", "IT", "IN", "AU", "NL", "SE", "JP", "PL", "TR")


def careful(typed: str, region: str) -> str:
    try:
        return phone._read_with_care(typed, region, COUNTRIES).e164
    except Refusal as refused:
        return refused.code


def agree(typed: str, region: str) -> None:
    quick = read_plain(typed, region)
    if quick:
        code, national, home = quick
        assert careful(typed, region) == f"+{code}{national}"
        number = phonenumbers.parse(f"+{code}{national}")
        assert phonenumbers.region_code_for_number(number) == home


@pytest.mark.parametrize("region", REGIONS)
def test_around_every_region_s_examples(region: str) -> None:
    rng = random.Random(region)
    kinds = [v for k, v in vars(PhoneNumberType).items() if k.isupper() and isinstance(v, int) and v >= 0]
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    for example in filter(None, examples):
        for style in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164):
            typed = phonenumbers.format_number(example, style)
            for variant in (typed, typed[:-1], typed + "7", "0" + typed, "1" + typed):
                agree(variant, region)
            for _ in range(8):
                agree(
                    "".join(rng.choice("0123456789") if c.isdigit() and rng.random() < 0.3 else c for c in typed),
                    region,
                )


@given(st.text("0123456789+ ().-", max_size=24), st.sampled_from(COMMON))
def test_around_anything_typed(typed: str, region: str) -> None:
    agree(typed, region)


@given(st.integers(0, 10**11), st.sampled_from(COMMON))
def test_around_random_digits(number: int, region: str) -> None:
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata
    for typed in (
        f"{number}",
        f"0{number}",
        f"+{metadata.country_code}{number}",
        f"+{metadata.country_code} 0{number}",
    ):
        agree(typed, region)


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR", "IN", "AU"])
def test_the_common_countries_are_read_the_quick_way(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert example
    assert mobiles(region)
    for style in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL):
        assert read_plain(phonenumbers.format_number(example, style), region)


def test_what_needs_care_is_left_alone() -> None:
    assert mobiles("CA") is None  # the US has first claim on +1
    assert mobiles("AR") is None  # mobiles are written with a 15 in their midst
    assert mobiles("TA") is None
    assert mobiles("XX") is None
    assert read_plain("call me", "US") is None
