"""Columns are known by what they mean, however a tool spells them."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yesline.programme import Group
from yesline.rules.columns import recognised

SMS = Group("club", "Club", "offers", "4 a month")
EMAIL = Group("letters", "Letters", "news", "weekly", channel="email")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("phone", "source", "date"), {"phone": "phone", "source": "source"}),
        (
            ("external_id", "phone", "language", "country", "subscription_group_id", "subscription_state"),
            {
                "external_id": "external_id",
                "phone": "phone",
                "language": "language",
                "country": "country",
                "group": "subscription_group_id",
                "state": "subscription_state",
            },
        ),
        (
            ("Email", "First Name", "Last Name", "Phone Number", "SMS Consent", "SMS Consent Timestamp", "Klaviyo ID"),
            {
                "email": "Email",
                "first_name": "First Name",
                "last_name": "Last Name",
                "phone": "Phone Number",
                "state": "SMS Consent",
                "date": "SMS Consent Timestamp",
            },
        ),
        (("$phone_number", "$consent"), {"phone": "$phone_number", "state": "$consent"}),
        (("Email Consent", "SMS Consent"), {"state": "SMS Consent"}),
    ],
)
def test_names_of_tools(names: tuple[str, ...], found: dict[str, str]) -> None:
    assert recognised(names, SMS) == found


def test_each_channel_has_its_own_consent() -> None:
    assert recognised(("SMS Consent", "email_subscribe"), EMAIL) == {"state": "email_subscribe"}


def test_a_plain_name_goes_before_a_vague_one() -> None:
    """ "State" may be California, and "since" any date."""
    both = recognised(("State", "since", "SMS Consent", "consent_at"), SMS)
    assert both == {"state": "SMS Consent", "date": "consent_at"}
    assert recognised(("consent_at", "since"), SMS) == {"date": "consent_at"}
    assert recognised(("phone", "mobile"), SMS) == {"phone": "phone"}, "else the first"


@settings(max_examples=20)
@given(
    st.sampled_from(["phone_number", "First Name", "SMS Consent Timestamp", "external_id"]),
    st.lists(st.sampled_from(["_", " ", "-", "$", "."]), min_size=1, max_size=3),
    st.booleans(),
)
def test_signs_and_capitals_make_no_difference(name: str, signs: list[str], loud: bool) -> None:
    spelled = "".join(signs) + "".join(signs[0] if c in " _" else c for c in name)
    spelled = spelled.upper() if loud else spelled
    (plain,), (found,) = recognised([name], SMS), recognised([spelled], SMS)
    assert plain == found


@settings(max_examples=20)
@given(st.text(string.ascii_letters, min_size=1, max_size=3))
def test_other_columns_are_left_alone(name: str) -> None:
    assert recognised([f"x{name}x"], SMS) == {}
