"""Numbers as people type them, and what is wrong with those that cannot be texted."""

from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from yesline.errors import Refusal
from yesline.rules import phone
from yesline.rules.phone import block, example, read_number

SERVED = ("US", "GB", "DE", "FR")
ALL = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


@pytest.mark.parametrize(
    ("typed", "region", "wanted"),
    [
        ("(201) 555-0123", "US", "+12015550123"),
        ("2015550123", "US", "+12015550123"),
        ("1 201 555 0123", "US", "+12015550123"),
        ("+1 201-555-0123", "GB", "+12015550123"),
        ("07400 123456", "GB", "+447400123456"),
        ("0044 7400 123456", "GB", "+447400123456"),
        ("+44 (0)7400 123456", "GB", "+447400123456"),
        ("٢٠١٥٥٥٠١٢٣", "US", "+12015550123"),
        ("０７４００１２３４５６", "GB", "+447400123456"),
        ("01512 3456789", "DE", "+4915123456789"),
    ],
)
def test_a_number_is_read_however_it_is_typed(typed: str, region: str, wanted: str) -> None:
    assert read_number(typed, region, SERVED).e164 == wanted


@pytest.mark.parametrize(
    ("typed", "region", "code", "country"),
    [
        ("", "US", "phone_missing", "US"),
        ("   ", "US", "phone_missing", "US"),
        ("call me", "US", "phone_not_a_number", "US"),
        ("1" * 61, "US", "phone_not_a_number", "US"),
        ("+", "US", "phone_not_a_number", "US"),
        ("555 01", "US", "phone_too_short", "US"),
        ("555 0123", "US", "phone_too_short", "US"),
        ("201 555 01234", "US", "phone_too_long", "US"),
        ("1234567890123456789", "US", "phone_too_long", "US"),
        ("000 555 0123", "US", "phone_invalid", "US"),
        ("999 555 0123", "US", "phone_invalid", "US"),
        ("020 7946 0018", "GB", "phone_not_mobile", "GB"),
        ("+81 90 1234 5678", "US", "country_not_served", "JP"),
        ("+81 99999999999", "US", "country_not_served", "JP"),
        ("+7 912 345", "US", "country_not_served", "RU"),
        ("0151 123", "DE", "phone_too_short", "DE"),
        ("06 12 34 56 7", "FR", "phone_too_short", "FR"),
        ("06 12 34 56 789", "FR", "phone_too_long", "FR"),
        ("00 33 6 12 34 56 7", "US", "phone_too_short", "FR"),
        ("01 99 00 00 00", "FR", "phone_not_mobile", "FR"),
        ("+999 12345678", "US", "country_not_served", ""),
        ("+44 7400 12345", "US", "phone_too_short", "GB"),
    ],
)
def test_what_is_wrong_is_said_of_this_number(typed: str, region: str, code: str, country: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_number(typed, region, SERVED)
    assert (refused.value.code, refused.value.country, refused.value.field) == (code, country, "phone")


@pytest.mark.parametrize("region", ALL)
def test_every_region_s_example_is_taken_in_each_form(region: str) -> None:
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if number is None:  # TA has no mobiles of its own
        assert region == "TA"
        return
    wanted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for style in (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
        assert read_number(phonenumbers.format_number(number, style), region, ALL).e164 == wanted
    assert example(region)


@given(st.text(max_size=80), st.sampled_from(SERVED))
def test_anything_typed_is_read_or_refused(typed: str, region: str) -> None:
    with suppress(Refusal):
        number = read_number(typed, region, SERVED)
        assert number.region in SERVED
        assert phonenumbers.is_valid_number(phonenumbers.parse(number.e164))


def test_a_block_is_all_but_the_last_four_digits() -> None:
    assert block("+12015550123") == "+1201555"


def test_a_region_that_does_not_exist_has_no_example() -> None:
    assert example("XX") == ""


def test_made_up_numbers_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "_VARIED", 2)
    found = list(phone.examples("US"))
    assert found[0].startswith("+1201555")
    assert 0 < len(set(found)) <= 100
