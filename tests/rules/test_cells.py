"""Cells that no spreadsheet calculates, and the way back. Source: ``security-compliance`` C2.10, E 36."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from yesline.rules.cells import escaped, harmless, inert, plain, tame

STARTS = "=+-@\t\0\r\n＝＋－＠"


@pytest.mark.parametrize("value", [*(f"{start}HYPERLINK(1)" for start in STARTS), "  =1+1", "+12 in all", "-1", "'=1"])
def test_what_a_spreadsheet_would_calculate_is_text(value: str) -> None:
    assert escaped(value) == f"'{value}"


@pytest.mark.parametrize(
    "value", ["", "Ann", "O'Hara", "'quoted'", "a=b", "{{7*7}}", "<img src=x onerror=alert(1)>", "https://x.example"]
)
def test_what_is_plain_stays(value: str) -> None:
    assert escaped(value) == escaped(value, spreadsheet=True) == value


def test_a_phone_number_stays_unless_it_is_for_a_spreadsheet() -> None:
    assert escaped("+12015550123") == "+12015550123"
    assert escaped("+12015550123", spreadsheet=True) == "'+12015550123"
    assert escaped("+1201555012345678") == "'+1201555012345678", "no number is that long"


@settings(max_examples=60)
@given(st.text(st.sampled_from(STARTS + "' a1"), max_size=6) | st.text(max_size=10), st.booleans())
def test_what_was_escaped_can_be_read_again(value: str, spreadsheet: bool) -> None:
    cell = escaped(value, spreadsheet=spreadsheet)
    assert plain(cell) == value
    assert value.startswith("+") or not cell.startswith(tuple(STARTS))


@pytest.mark.parametrize("hidden", ["\x1b", "\x07", "\u200b", "\u202e", "\x1b \t"])
def test_what_hides_before_a_formula_does_not_help_it(hidden: str) -> None:
    assert tame(f"{hidden}=1+1") == f"'{' ' * len(hidden)}=1+1"


class _Said(Struct):
    text: str


@given(st.text(max_size=10))
def test_nothing_controls_a_terminal(value: str) -> None:
    assert harmless(value).isprintable()
    assert len(harmless(value)) == len(value)
    line = inert(_Said(value))
    assert line.isprintable() and line.isascii()  # noqa: PT018  (one property)
    assert json.loads(line) == {"text": value}
