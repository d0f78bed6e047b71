"""What texts ask for: a labelled corpus in all languages, and what no text may change."""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline import packs
from yesline.programme import Custom
from yesline.rules.keywords import normalise
from yesline.rules.understanding import Meaning, Vocabulary, understand, vocabulary

CORPUS = Path(__file__).parent / "corpus"
MENU = {"menu": Custom(keywords={"en": ("menu", "opening hours")}, reply={"en": "acme.example/menu"})}
LABELS = ("stop", "review", "start", "opt_in", "confirm", "decline", "help", "code", "custom", "other")
ENGLISH = vocabulary(("en",), {}, {})

NOISE = st.text("🛑👍❤️.!?…,;:)(”“\u200b\u200d\ufeff\u2060\ufe0f \n\t*#~", max_size=8)


class Labelled(NamedTuple):
    """A text of the corpus. ``must`` marks a wish to stop that may never be missed."""

    language: str
    label: str
    must: bool
    text: str


def _labelled(folder: Path) -> Iterator[Labelled]:
    for file in sorted(folder.glob("*.toml")):
        for label, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
            wanted = "stop" if label == "must" else label
            yield from (Labelled(file.stem, wanted, label == "must", text) for text in texts)


TUNED = list(_labelled(CORPUS))
HELD_OUT = list(_labelled(CORPUS / "held_out"))
MUST = [labelled for labelled in TUNED + HELD_OUT if labelled.must]


def _words(language: str) -> Vocabulary:
    return vocabulary((language,), {}, MENU if language == "en" else {})


def _label(text: str, language: str = "en") -> str:
    understood = understand(text, _words(language))
    return understood.meaning if understood.clear else "review"


def _table(found: Counter[tuple[str, str]], name: str) -> str:
    """Precision and recall of each label, from counts of (wanted, got)."""
    lines = [f"{name:<10}{'texts':>7}{'precision':>11}{'recall':>8}"]
    for label in LABELS:
        wanted = sum(count for (want, _), count in found.items() if want == label)
        got = sum(count for (_, get), count in found.items() if get == label)
        right = found[label, label]
        if wanted or got:
            lines.append(f"{label:<10}{wanted:>7}{right / max(got, 1):>11.3f}{right / max(wanted, 1):>8.3f}")
    return "\n".join(("", *lines, ""))


@pytest.mark.parametrize("corpus", [TUNED, HELD_OUT], ids=["tuned", "held out"])
def test_the_corpus(corpus: list[Labelled]) -> None:
    """No must-honour text is missed, no yes is guessed, and next to nothing is stopped that was not meant."""
    answers = [(labelled, _label(labelled.text, labelled.language)) for labelled in corpus]
    everything = Counter((labelled.label, got) for labelled, got in answers)
    sys.stdout.write(_table(everything, "all"))
    for language in packs.LANGUAGES:
        found = Counter((labelled.label, got) for labelled, got in answers if labelled.language == language)
        sys.stdout.write(_table(found, language))
    assert [labelled for labelled, got in answers if labelled.must and got != "stop"] == []
    guessed = {"start", "opt_in", "confirm"}
    assert [(labelled, got) for labelled, got in answers if got in guessed and got != labelled.label] == []
    stops = [labelled.label for labelled, got in answers if got == "stop"]
    assert stops.count("stop") / len(stops) >= 0.95
    honoured = [got for labelled, got in answers if labelled.label == "stop"]
    assert sum(got in ("stop", "review") for got in honoured) / len(honoured) >= 0.98


def test_the_corpus_is_large_and_holds_every_language_and_label() -> None:
    assert len(TUNED) >= 400
    assert len(HELD_OUT) >= 100
    for corpus in (TUNED, HELD_OUT):
        assert {labelled.language for labelled in corpus} == set(packs.LANGUAGES)
    assert {labelled.label for labelled in TUNED} == set(LABELS)
    texts = [(labelled.language, labelled.text) for labelled in TUNED + HELD_OUT]
    assert [text for text, count in Counter(texts).items() if count > 1] == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Opt out", "stop"),
        ("STOP!", "stop"),
        ("stop please", "stop"),
        ("UNSUBSCRIBE me", "stop"),
        ("Arrêt", "stop"),
        ("revoke", "stop"),
        ("ｓｔｏｐ", "stop"),
        ("no more texts", "review"),
    ],
)
def test_what_the_acceptance_test_names(text: str, label: str) -> None:
    """Source: ``security-compliance`` E11."""
    assert _label(text) == label


@pytest.mark.parametrize(
    ("text", "tier", "word"),
    [
        ("STOP", "exact", "stop"),
        ("please stop", "phrase", "stop"),
        ("take me off your list", "phrase", "take me off"),
        ("stpo", "fuzzy", "stop"),
        ("unsuscribe", "fuzzy", "unsubscribe"),
        ("s t o p", "fuzzy", "stop"),
        ("st0p", "fuzzy", "stop"),
        ("pleasestop", "fuzzy", "stop"),
    ],
)
def test_tiers_of_opt_outs(text: str, tier: str, word: str) -> None:
    understood = understand(text, ENGLISH)
    assert (understood.meaning, understood.tier, understood.word) == ("stop", tier, word)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I stpo by the shop on Tuesday", "review"),
        ("stpo texting me please", "stop"),
        ("I was unsuscribed from the other one on Tuesday", "stop"),
        ("stp", "review"),
        ("we had a stp on the way", "other"),
        ("stopacme", "review"),
        ("we love stopacme so much", "other"),
        ("sstop", "stop"),
        ("my sstop is on Tuesday", "review"),
        ("revke", "stop"),
        ("we revke it on Tuesday", "review"),
        ("a st0p on Tuesday", "stop"),
        ("a stoppp on Tuesday", "stop"),
        ("a s t o p on Tuesday", "stop"),
        ("a pleasestop on Tuesday", "stop"),
        ("cancle", "stop"),
        ("cancle it on Tuesday", "review"),
        ("we cancle it on Tuesday", "other"),
        ("stop by. STOP", "stop"),
        ("Stop. By the way, hello", "stop"),
        ("bus\nstop", "stop"),
        ("the last bus stop", "other"),
        ("cancel my order", "review"),
        ("cancel", "stop"),
        ("you can cancel the whole thing on Tuesday", "other"),
        ("start please", "other"),
        ("restart", "other"),
        ("yes please", "confirm"),
        ("yes and no", "other"),
        ("yess", "other"),
        ("yse", "other"),
        ("joni", "other"),
        ("hlep", "other"),
        ("Y\nSent from my phone", "confirm"),
        ("Y\nleave me alone", "review"),
        ("Y\nstop", "stop"),
        ("hello\nY", "other"),
        ("123456\nSent from phone 15", "code"),
        ("call 555 123", "other"),
    ],
)
def test_decisions_at_the_edge(text: str, label: str) -> None:
    assert _label(text) == label


def test_a_code_is_read_in_ascii_and_from_the_first_line() -> None:
    for text in ("482913", "482 913", "٤٨٢٩١٣", "My code is: 482-913\nSent from phone 15"):
        assert understand(text, ENGLISH).word == "482913", text


def test_a_single_letter_stops_only_where_its_language_is_spoken() -> None:
    assert understand("T", vocabulary(("zh",), {}, {})).meaning == "stop"
    assert understand("T", ENGLISH).meaning == "other"


def test_a_reaction_that_quotes_us_is_no_opt_out() -> None:
    ours = "Acme: you're in! Reply HELP for help, STOP to end."
    assert _label(f"Loved “{ours}”") == "other"
    assert _label(f"👍 to “{ours}”") == "other"
    assert _label(f"Disliked “{ours}”") == "review"
    assert _label(f"I said “{ours}”") == "stop"
    assert _label(f"Loved “{ours}” but STOP") == "stop"


def test_the_language_is_the_groups_where_the_word_is_of_several() -> None:
    assert understand("stop", vocabulary(("nl", "fr"), {}, {})).language == "nl"
    assert understand("arret", vocabulary(("fr",), {}, {})).language == "fr"
    assert understand("退订", ENGLISH).language == "zh"
    assert understand("oui", vocabulary(("en", "fr"), {}, {})).language == "fr"


def test_why_tells_each_step_in_order() -> None:
    why = understand("leave me alone", ENGLISH).why
    assert why[0] == "It is no opt-out word alone."
    assert why[-1] == '"leave me alone" hints at a wish to stop: a person decides.'
    assert understand("stop", ENGLISH).why == ('The text is the opt-out word "stop".',)
    assert len(understand("hello", ENGLISH).why) == 7


def test_a_vocabulary_is_compiled_once_for_the_same_content() -> None:
    assert vocabulary(("en", "fr"), {}, dict(MENU)) is vocabulary(("en", "fr"), {}, dict(MENU))
    assert vocabulary(("en", "fr"), {}, MENU) is not vocabulary(("en", "fr"), {}, {})


def test_very_long_texts_are_answered() -> None:
    for text in (
        "stop" * 4000,
        "stopx" * 4000,
        "a" * 20_000,
        "dont want to " * 2000,
        "“" * 5000,
        "loved “" * 3000,
        "1 " * 9000,
    ):
        assert understand(text, ENGLISH).meaning in get_args(Meaning)


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    understood = understand(text, ENGLISH)
    assert understood.meaning in get_args(Meaning)
    assert understood.clear or understood.meaning == "other"
    assert understood.why


@given(st.text(), st.text())
def test_stop_alone_on_a_line_stops(before: str, after: str) -> None:
    assert understand(f"{before}\nSTOP\n{after}", ENGLISH).meaning == "stop"


@given(st.sampled_from(MUST), NOISE, NOISE)
def test_what_cannot_be_read_aloud_never_loses_a_stop(labelled: Labelled, before: str, after: str) -> None:
    assert _label(before + labelled.text + after, labelled.language) == "stop"


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(st.sampled_from(TUNED + HELD_OUT))
def test_case_and_width_change_nothing(labelled: Labelled) -> None:
    got = _label(labelled.text, labelled.language)
    for changed in (labelled.text.upper(), labelled.text.lower(), _wide(labelled.text)):
        assert _label(changed, labelled.language) == got


def _keywords(words: Vocabulary) -> list[str]:
    return [word for word, keyword in words.words.items() if keyword.category in ("start", "opt_in", "confirm")]


@given(
    st.sampled_from(_keywords(ENGLISH)),
    st.integers(0, 9),
    st.sampled_from(["", "a", "e", "s", "x", "1", "ss"]),
    st.booleans(),
)
def test_a_yes_is_never_guessed(word: str, at: int, letters: str, insert: bool) -> None:
    typed = word[:at] + letters + word[at if insert else at + 1 :]
    understood = understand(typed, ENGLISH)
    if understood.meaning in ("start", "opt_in", "confirm"):
        assert normalise(typed) in _keywords(ENGLISH)
