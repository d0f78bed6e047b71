"""The words of the packs and of a group: each means one thing, and clashes are told."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline import packs
from yesline.programme import Custom, Keywords
from yesline.rules.keywords import digits, normalise
from yesline.rules.understanding import problems, understand, vocabulary

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "keywords.md"
LISTED = [
    (language, meaning, word)
    for language in packs.LANGUAGES
    for meaning in ("opt_in", "opt_out", "help", "confirm", "decline")
    for word in getattr(packs.load(language), meaning)
]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Arrêt", "arret"),
        ("ARRE\u0302T", "arret"),
        ("ｓｔｏｐ", "stop"),
        ("𝗦𝗧𝗢𝗣", "stop"),
        ("Ⓢⓣⓞⓟ", "stop"),
        ("🅢🅣🅞🅟", "stop"),
        ("S\u200bT\u00adO\u2060P", "stop"),
        ("S\0TOP", "stop"),
        ("\u202eSTOP\u202c", "stop"),
        ("İPTAL", "iptal"),
        ("ıptal", "iptal"),
        ("Straße", "strasse"),
        ("REZYGNUJĘ", "rezygnuje"),
        ("żółć", "zolc"),
        ("تــوقّف", "توقف"),
        ("إلغاء", "الغاء"),
        ("مساعدة", "مساعده"),
        ("الغای", "الغاي"),
        ("הָסֵר", "הסר"),
        ("ग़लत", "गलत"),
        ("बन्द", "बंद"),
        ("बँद", "बंद"),
        ("ｽﾄｯﾌﾟ", "すとつぷ"),
        ("ストップー", "すとつぷ"),
        ("१२३٤٥٦７", "1234567"),
        ("don't", "dont"),
        ("opt-out", "opt out"),
        ("“stop”, it", "stop it"),
        ("🛑stop🛑", "stop"),
        ("", ""),
    ],
)
def test_words_are_brought_to_one_form(text: str, wanted: str) -> None:
    assert normalise(text) == wanted


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_digits_of_any_script_and_spacing_are_read() -> None:
    assert digits(" 12 34-56 ") == "123456"
    assert digits("١٢٣٤٥٦") == "123456"
    assert digits("abc") == ""


@pytest.mark.parametrize(("language", "meaning", "word"), LISTED, ids=str)
def test_every_word_of_a_pack_means_what_it_is_listed_for(language: str, meaning: str, word: str) -> None:
    understood = understand(word, vocabulary((language,), {}, {}))
    wanted = {"opt_out": "stop"}.get(meaning, meaning)
    assert (understood.meaning, understood.tier, understood.clear) == (wanted, "exact", True)


@pytest.mark.parametrize("language", packs.LANGUAGES)
def test_opt_outs_of_every_language_are_understood_in_every_group(language: str) -> None:
    english = vocabulary(("en",), {}, {})
    pack = packs.load(language)
    missed = {
        text
        for text in (*pack.opt_out, *pack.opt_out_phrases)
        if len(normalise(text)) > 1 and understand(text.replace("*", ""), english).meaning != "stop"
    }
    assert missed == set()


@pytest.mark.parametrize("language", packs.LANGUAGES)
def test_cues_hold_and_innocent_phrases_do_not_stop(language: str) -> None:
    words = vocabulary((language,), {}, {})
    pack = packs.load(language)
    understood = {cue: understand(f"xyzzy {cue} xyzzy".replace("*", ""), words) for cue in pack.cues}
    assert {cue for cue, found in understood.items() if found.clear and found.meaning != "stop"} == set()
    innocent = {text: understand(f"xyzzy {text} xyzzy".replace("*", ""), words) for text in pack.innocent}
    assert {text for text, found in innocent.items() if found.meaning == "stop"} == set()


def test_a_region_adds_to_its_language_and_an_unknown_language_has_no_pack() -> None:
    assert set(packs.load("fr").opt_out) < set(packs.load("fr-CA").opt_out)
    assert packs.load("pt-BR").opt_out == packs.load("pt").opt_out
    assert packs.load("sv") == packs.Pack("sv")


def test_no_two_packs_clash() -> None:
    assert problems(packs.LANGUAGES, {}, {}) == []


def test_a_group_answers_to_its_own_words_too() -> None:
    own = {
        "en": Keywords(
            opt_in=("coffee club",),
            opt_out=("enough beans", "basta"),
            help=("sos",),
            confirm=("aye",),
            decline=("nay",),
        )
    }
    words = vocabulary(("en",), own, {"hours": Custom(keywords={"en": ("hours", "when open")}, reply={"en": "9 to 5"})})
    asked = {
        "Coffee Club!": "opt_in",
        "please, enough beans for one year": "stop",
        "BASTA": "stop",
        "basta, dear people": "stop",
        "sos": "help",
        "aye please": "confirm",
        "nay": "decline",
        "When open?": "custom",
    }
    assert {text: understand(text, words).meaning for text in asked} == asked
    assert understand("hours", words).name == "hours"
    assert understand("hours", vocabulary(("en",), {}, {})).meaning == "other"


def test_a_language_without_a_pack_is_understood_by_the_groups_own_words() -> None:
    own = {"sv": Keywords(confirm=("ja tack",), opt_out=("avsluta",))}
    words = vocabulary(("sv",), own, {})
    assert understand("Ja tack!", words).meaning == "confirm"
    assert understand("avsluta", words).language == "sv"
    assert understand("HELP", words).meaning == "help"


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (Keywords(opt_in=("Café",), help=("CAFE",)), '"Café" (en, opt_in) is "CAFE" (en, help) too'),
        (Keywords(opt_in=("yes",)), '"yes" (en, confirm) too'),
        (Keywords(confirm=("start",)), '"START" (en, start) is "start" (en, confirm) too'),
        (Keywords(opt_in=("stop",)), 'would always be taken for the opt-out "stop"'),
        (Keywords(opt_in=("Arrêt",)), 'would always be taken for the opt-out "arret"'),
        (Keywords(help=("how to unsubscribe",)), 'would always be taken for the opt-out "unsubscribe"'),
        (Keywords(opt_in=("stpo",)), 'would always be taken for the opt-out "stop"'),
        (Keywords(opt_in=("!!",)), "is empty"),
        (Keywords(opt_in=("x" * 65,)), "longer than 64 characters"),
        (Keywords(opt_in=("123456",)), "taken for a code"),
    ],
)
def test_clashes_of_a_groups_words_are_told(own: Keywords, told: str) -> None:
    found = problems(("en",), {"en": own}, {})
    assert any(told in problem for problem in found), found


def test_clashes_of_custom_words_are_told() -> None:
    hours = Custom(keywords={"en": ("hours",)}, reply={"en": "9 to 5"})
    times = Custom(keywords={"fr": ("HOURS",)}, reply={"fr": "9 à 5"})
    assert problems(("en",), {}, {"hours": hours}) == []
    assert problems(("en",), {}, {"hours": hours, "times": times}) == [
        '"hours" (en, hours) is "HOURS" (fr, times) too: take it out of one of the two.'
    ]


def test_the_same_word_twice_in_one_category_is_no_clash() -> None:
    assert problems(("en", "fr"), {"fr": Keywords(help=("aide", "Help"))}, {}) == []


def test_the_reference_lists_every_word_of_every_pack() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("\n## Packs\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-zA-Z-]+)` \| (.+) \|$", section, re.MULTILINE)
    listed = {row[0]: [cell.split(", ") for cell in row[1].split(" | ")] for row in rows}
    kinds = ("opt_in", "opt_out", "help", "confirm", "decline")
    assert listed == {
        language: [list(getattr(packs.load(language), kind)) for kind in kinds] for language in packs.LANGUAGES
    }
