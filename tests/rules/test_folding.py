"""Texts in one form, however many different characters phones send."""

import sys

import pytest

from tests.texting import group_of
from yesline.rules.folding import normalise
from yesline.rules.understanding import understand, words_of


def test_a_sender_of_every_character_there_is_gets_the_same_answers_as_before() -> None:
    """What was worked out is remembered up to a size; beyond it is worked out anew."""
    assert normalise("ＳＴÖP!") == "stop"
    for start in range(0, sys.maxunicode, 4096):
        normalise("".join(map(chr, range(start, min(start + 4096, sys.maxunicode)))))
    assert normalise("ＳＴÖP!") == "stop"
    assert normalise("\N{MATHEMATICAL BOLD CAPITAL S}\N{MATHEMATICAL BOLD CAPITAL T}op") == "stop"


@pytest.mark.parametrize("text", ["qqunsubscribezzq", "azstopallzq", "abunsubscribecd"])
def test_an_opt_out_word_in_the_middle_of_a_longer_one_is_none(text: str) -> None:
    found = understand(text, words_of(group_of()))
    assert (found.meaning, found.clear) == ("other", True)


@pytest.mark.parametrize("text", ["unsubscribezzq", "qqunsubscribe"])
def test_at_the_front_or_end_of_one_it_is_a_hint(text: str) -> None:
    found = understand(text, words_of(group_of()))
    assert (found.meaning, found.clear, found.word) == ("other", False, "unsubscribe")
