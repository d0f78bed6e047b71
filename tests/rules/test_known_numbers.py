"""Numbers that were given to us are read whatever their kind; what cannot be read is refused."""

import pytest

from yesline.errors import Refusal
from yesline.rules.phone import EVERYWHERE, read_known, read_number


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+1 (201) 555-0123", "+12015550123"),
        ("0044 7400 123456", "+447400123456"),
        ("+1 800 555 0123", "+18005550123"),
        ("+44 (0)20 7946 0000", "+442079460000"),
    ],
)
def test_a_number_is_read_as_it_is_kept(typed: str, kept: str) -> None:
    assert read_known(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"), [("", "phone_missing"), ("+1 2", "phone_not_a_number"), ("2015550123", "country_not_served")]
)
def test_what_cannot_be_read_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_known(typed)
    assert refusal.value.code == code


def test_every_region_is_read() -> None:
    assert {"US", "GB", "XK"} <= set(EVERYWHERE)
    assert read_number("+49 1512 3456789", "", EVERYWHERE).e164 == "+4915123456789"
