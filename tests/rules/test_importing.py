"""What a row of somebody's list means, and why one is not taken."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.conftest import NOON
from yesline.programme import Group
from yesline.rules.importing import Terms, Unfit, change, read_date
from yesline.rules.profiles import email_tag
from yesline.rules.signing import Keys, number_tag

GROUP = Group("club", "Club", "offers", "4 a month", countries=("US", "GB", "IT"))
LETTERS = Group("letters", "Letters", "news", "weekly", channel="email")
KEYS = Keys((b"s" * 32,), b"n" * 32, b"l" * 32)
TERMS = Terms(GROUP, KEYS, NOON, states=True)
ROW = {"phone": "+12015550123", "state": "subscribed", "source": "checkout", "date": "2024-03-31"}
TAG = number_tag(KEYS, "+12015550123")


def _unfit(told: dict[str, str], terms: Terms = TERMS) -> tuple[str, str]:
    with pytest.raises(Unfit) as caught:
        change(told, 2, terms)
    assert str(caught.value)
    return caught.value.column, caught.value.reason


def test_a_row_is_a_person_and_a_state() -> None:
    told = ROW | {
        "external_id": "u1",
        "email": "Ann@Example.com",
        "first_name": "Ann",
        "language": "EN_us",
        "country": "us",
    }
    asked = change(told, 7, TERMS)
    assert (asked.who, asked.phone, asked.tag) == ("external_id:u1", "+12015550123", TAG)
    assert (asked.email, asked.email_tag) == ("Ann@Example.com", email_tag(KEYS, "ann@example.com"))
    assert msgspec.json.decode(asked.attributes) == {"first_name": "Ann", "language": "en-US", "country": "US"}
    (setting,) = asked.settings
    assert (setting.state, setting.tag, setting.phone, setting.email) == ("subscribed", TAG, "+12015550123", "")
    assert setting.consent == {"source": "checkout", "at": "2024-03-31T00:00:00Z", "line": "7"}
    assert setting.language == "en-US"
    assert not setting.asks, "nobody is texted"


def test_an_address_has_a_state_in_a_group_of_addresses() -> None:
    told = {"email": "ann@example.com", "state": "opted_in", "source": "shop"}
    asked = change(told, 2, replace(TERMS, group=LETTERS))
    (setting,) = asked.settings
    tag = email_tag(KEYS, "ann@example.com")
    assert asked.who == f"email:{tag}"
    assert (setting.email, setting.tag, setting.phone) == ("ann@example.com", tag, "")
    assert asked.phone is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"phone": "(201) 555-0123", "country": "US"}, "+12015550123"),
        ({"phone": "12015550123", "country": "us"}, "+12015550123"),
        ({"phone": "0044 7400 123456"}, "+447400123456"),
        ({"phone": "07400 123456", "country": "GB"}, "+447400123456"),
        ({"phone": "+39 312 345 6789", "country": "United States"}, "+393123456789"),
        ({"phone": "+1-201-555-0123", "country": "GB"}, "+12015550123"),
    ],
)
def test_numbers_in_any_spelling(typed: dict[str, str], kept: str) -> None:
    assert change(ROW | typed, 2, TERMS).phone == kept
    assert change(ROW | typed | {"state": "stopped"}, 2, TERMS).phone == kept


def test_the_country_of_the_list_is_that_of_rows_that_name_none() -> None:
    terms = replace(TERMS, country="GB")
    assert change(ROW | {"phone": "07400123456"}, 2, terms).phone == "+447400123456"
    assert change(ROW | {"phone": "2015550123", "country": "US"}, 2, terms).phone == "+12015550123"


def test_a_group_without_countries_takes_them_all() -> None:
    assert change(ROW | {"phone": "+81 90 1234 5678"}, 2, replace(TERMS, group=replace(GROUP, countries=()))).phone


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"phone": ""}, ("phone", "phone_missing")),
        ({"phone": "2015550123"}, ("phone", "country_missing")),
        ({"phone": "1.20156E+10", "country": "US"}, ("phone", "phone_altered")),
        ({"phone": "12015550123.0", "country": "US"}, ("phone", "phone_altered")),
        ({"phone": "+1201555"}, ("phone", "phone_too_short")),
        ({"phone": "+999123"}, ("phone", "country_not_served")),
        ({"phone": "+81 90 1234 5678"}, ("phone", "country_not_served")),
        ({"phone": "+44 20 7946 0000"}, ("phone", "phone_not_mobile")),
        ({"phone": "+"}, ("phone", "phone_not_a_number")),
        ({"email": "nobody"}, ("email", "email_invalid")),
        ({"state": ""}, ("state", "state_unclear")),
        ({"state": "CA"}, ("state", "state_unclear")),
        ({"state": "never_subscribed"}, ("state", "state_unclear")),
        ({"state": "pending"}, ("state", "state_unclear")),
        ({"source": ""}, ("source", "source_missing")),
        ({"date": "3/31/2024"}, ("date", "date_unreadable")),
        ({"date": "2999-01-01"}, ("date", "date_unreadable")),
        ({"date": "1900-01-01"}, ("date", "date_unreadable")),
        ({"group": "other"}, ("group", "other_group")),
        ({"external_id": "u\0"}, ("external_id", "not_text")),
        ({"first_name": "Z\ufffd"}, ("first_name", "not_text")),
        ({"first_name": "A" * 256}, ("first_name", "too_long")),
    ],
)
def test_rows_that_are_not_taken(wrong: dict[str, str], why: tuple[str, str]) -> None:
    assert _unfit(ROW | wrong) == why


def test_an_opt_out_is_taken_however_little_is_known() -> None:
    told = {"phone": "+44 20 7946 0000", "state": "Opted-Out", "email": "n/a"}
    asked = change(told, 2, TERMS)
    assert asked.settings[0].state == "unsubscribed"
    assert (asked.phone, asked.email) == ("+442079460000", None)
    assert asked.settings[0].consent == {"line": "2"}
    assert change(ROW | {"stopped": "true"}, 2, TERMS).settings[0].state == "unsubscribed"
    for phone, reason in (("+", "phone_not_a_number"), ("+1201555", "phone_invalid"), ("no", "phone_altered")):
        assert _unfit({"phone": phone, "state": "unsubscribed"}) == ("phone", reason)


def test_what_holds_for_the_whole_list() -> None:
    terms = replace(TERMS, source="the fair", at="2024-05-01T00:00:00Z", there="8b0c", states=False)
    asked = change({"phone": "+12015550123", "group": "8b0c"}, 3, terms)
    (setting,) = asked.settings
    assert setting.state == "subscribed"
    assert setting.consent == {"source": "the fair", "at": "2024-05-01T00:00:00Z", "line": "3"}
    own = change(
        {"phone": "+12015550123", "source": "till", "date": "2024-06-01T10:00:00+02:00", "group": "club"}, 3, terms
    )
    assert own.settings[0].consent == {"source": "till", "at": "2024-06-01T08:00:00Z", "line": "3"}
    assert own.who == f"phone:{TAG}"


def test_dates() -> None:
    assert read_date("2024-03-31 12:00:00.123Z", NOON) == "2024-03-31T12:00:00Z"


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        read_date(text, NOON)


_ANY: dict[str, Any] = dict.fromkeys(
    ("phone", "email", "external_id", "state", "source", "date", "language", "country", "group", "stopped"),
    st.text(max_size=12),
)


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional=_ANY), st.booleans())
def test_a_row_is_taken_or_told_of_whatever_it_says(told: dict[str, str], states: bool) -> None:
    try:
        who = change(told, 2, replace(TERMS, states=states, country="US")).settings[0].tag
    except Unfit as unfit:
        who = unfit.column
    assert who
