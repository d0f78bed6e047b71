"""The words of every language: whole, with the same places, saying what the consent must say, short, and in no other language."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conftest import DEMO
from tests.wire import project_in
from yesline import assets, project
from yesline.errors import ConfigError
from yesline.programme import Brand, Form, Group, Sender, View
from yesline.rules import texts, wording
from yesline.views import fields, languages, nodes, pages, themes
from yesline.views.callout import REQUIRED_PHRASES, REQUIRED_WORDS
from yesline.views.languages import ours
from yesline.views.themes import compile_view, load_strings, missing_words

CALM = assets.themes_dir() / "calm"
DOC = (Path(__file__).parents[2] / "docs" / "reference" / "languages.md").read_text(encoding="utf-8")
BRAND = Brand(
    name="Fig & Oak", support="hi@fig.example", terms="https://fig.example/t", privacy="https://fig.example/p"
)
GROUP = Group(id="news", name="News", sends="offers", frequency="Up to 4 a month", sender=Sender("24680"))
FORM = Form(id="spring", group="news", countries=("US",))
FOREIGN = [locale for locale in ours() if locale != "en"]
BUTTONS = (
    "submit",
    "decline",
    "code_submit",
    "resend",
    "correct",
    "done",
    "page.ask_yes",
    "page.ask_no",
    "page.stop_yes",
)
WIDEST_BUTTON = 24
CONSENTS = ("disclosure", "page.join_terms")
LATIN = {"SMS", "STOP", "HELP", "START", "Y"}
SAME = {"privacy": {"it", "nl"}, "email": {"el", "id", "it", "pt", "vi"}, "name": {"de"}}
"""Words that a language shares with English, by name."""
ENGLISH = re.compile(r"\b(the|your|you|please|again|with|reply|texts|sign)\b", re.IGNORECASE)
PLACE = re.compile(r"\{\w*\}")
STEERING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def words(locale: str) -> dict[str, str]:
    """The file of a language, and nothing else."""
    found: dict[str, str] = json.loads((assets.locales_dir() / f"{locale}.json").read_text(encoding="utf-8"))
    return found


ENGLISH_WORDS = words("en")


def width(word: str) -> int:
    """Columns: wide characters take two, marks none."""
    marks = sum(unicodedata.category(c) in {"Mn", "Me"} for c in word)
    return len(word) - marks + sum(unicodedata.east_asian_width(c) in "WF" for c in word)


def places(word: str) -> list[str]:
    return sorted(PLACE.findall(word))


def scripts(word: str) -> set[str]:
    """The scripts of a word's letters, without the places and the words that are Latin everywhere."""
    bare = re.sub("|".join([r"\{\w+\}", *(rf"(?<![A-Za-z]){name}(?![A-Za-z])" for name in LATIN)]), "", word)
    return {unicodedata.name(letter).split()[0].split("-")[0] for letter in bare if letter.isalpha()}


SCRIPTS = {
    "ar": {"ARABIC"}, "bg": {"CYRILLIC"}, "el": {"GREEK"}, "he": {"HEBREW"}, "hi": {"DEVANAGARI"}, "ko": {"HANGUL"},
    "ja": {"CJK", "HIRAGANA", "KATAKANA"}, "ru": {"CYRILLIC"}, "sr": {"CYRILLIC"}, "th": {"THAI"}, "uk": {"CYRILLIC"},
    "zh": {"CJK"}, "zh-Hant": {"CJK"},
}  # fmt: skip


def test_there_are_at_least_thirty_languages() -> None:
    assert len(ours()) >= 36
    assert {"ar", "he", "ja", "ko", "th", "zh", "zh-Hant", "pt", "pt-BR", "fr", "fr-CA", "nb"} <= set(ours())


@pytest.mark.parametrize("locale", ours())
def test_a_language_is_whole(locale: str) -> None:
    assert list(words(locale)) == list(ENGLISH_WORDS)
    assert load_strings(locale) == words(locale)


@pytest.mark.parametrize("locale", ours())
def test_every_word_is_text_with_the_places_of_the_english(locale: str) -> None:
    for name, word in words(locale).items():
        assert isinstance(word, str), name
        assert word == word.strip(), name
        assert word, name
        assert places(word) == places(ENGLISH_WORDS[name]), name


@pytest.mark.parametrize("locale", ours())
def test_no_word_steers_direction_or_has_typewriter_signs(locale: str) -> None:
    for name, word in words(locale).items():
        assert not [c for c in word if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"}], name
        assert not STEERING.search(word), name
        assert not re.search(r"[\"'<>&]|\.\.\.|  ", word), name
        assert unicodedata.is_normalized("NFC", word), name


@pytest.mark.parametrize("locale", FOREIGN)
def test_nothing_is_left_in_english(locale: str) -> None:
    same = {name for name, word in words(locale).items() if word == ENGLISH_WORDS[name]}
    same -= {"reply_word"} | {name for name, shared in SAME.items() if locale in shared}
    assert not same
    for name, word in words(locale).items():
        assert not ENGLISH.search(PLACE.sub("", word)), (name, word)
        assert scripts(word) <= SCRIPTS.get(locale, {"LATIN"}), (name, word)


@pytest.mark.parametrize("locale", ours())
def test_keywords_stand_where_the_english_has_them_and_stay_latin(locale: str) -> None:
    for name, word in words(locale).items():
        for keyword in ("STOP", "HELP", "START"):
            assert word.count(keyword) == ENGLISH_WORDS[name].count(keyword), (name, keyword)


@pytest.mark.parametrize("locale", ours())
def test_consent_says_what_it_must(locale: str) -> None:
    spoken = words(locale)
    for consent in CONSENTS:
        for must in REQUIRED_PHRASES:
            assert spoken[must] in spoken[consent], (consent, must)
        for word in (*REQUIRED_WORDS, "{brand}", "({sends})", "{frequency}"):
            assert word.strip("()") in spoken[consent], (consent, word)
    assert spoken["must.rates"] in spoken["page.ask_terms"]
    assert len({spoken[must] for must in REQUIRED_PHRASES}) == len(REQUIRED_PHRASES)


@pytest.mark.parametrize("locale", [locale for locale in ours() if locale in texts.PACKS])
def test_consent_speaks_as_our_texts_do(locale: str) -> None:
    """Where we have texts in the language, their linter knows how each thing is said; the form says it in one of these ways."""
    spoken = words(locale)
    said = {
        "rates": "must.rates",
        "marketing": "must.marketing",
        "recurring": "must.marketing",
        "purchase": "must.purchase",
    }
    for what, must in said.items():
        known = [phrase.rstrip("*").casefold() for phrase in wording.phrases(locale, what)]
        assert any(phrase in spoken[must].replace("’", "'").casefold() for phrase in known), (what, spoken[must])


@pytest.mark.parametrize("locale", ours())
def test_the_form_asks_for_the_word_that_the_text_asks_for(locale: str) -> None:
    spoken = words(locale)
    assert spoken["reply_word"] == texts.reply_word(locale)
    assert re.search(rf"(?<![A-Z]){spoken['reply_word']}(?![A-Z])", spoken["reply"])


@pytest.mark.parametrize("locale", FOREIGN)
def test_words_stay_short(locale: str) -> None:
    spoken = words(locale)
    for name in BUTTONS:
        assert width(spoken[name]) <= WIDEST_BUTTON, name
    for name, word in spoken.items():
        english = width(ENGLISH_WORDS[name])
        assert width(word) <= max(1.8 * english, english + 15), (name, word)
    assert width("".join(spoken.values())) <= 1.25 * width("".join(ENGLISH_WORDS.values()))


def text_of(view: View) -> str:
    return nodes.text([node for step in view.steps.values() for node in step])


@pytest.mark.parametrize("locale", ours())
def test_the_form_is_made_in_every_language(locale: str) -> None:
    made = compile_view(CALM, FORM, GROUP, BRAND, locale, load_strings(locale))
    assert made.direction == ("rtl" if locale in {"ar", "he"} else "ltr")
    read = text_of(made)
    assert words(locale)["reply_word"] in read
    assert "{" not in read
    for name in ("title", "submit", "done_title"):
        assert themes.fill(words(locale), GROUP, BRAND)[name] in read
    assert set(made.strings) == {
        name for name in ENGLISH_WORDS if name.startswith(themes.SCRIPT_WORDS) and name not in fields.WORDS
    }


@pytest.mark.parametrize("locale", ["ar", "he", "de"])
def test_numbers_in_errors_keep_their_order_among_words_from_right_to_left(locale: str) -> None:
    made = compile_view(CALM, FORM, GROUP, BRAND, locale, load_strings(locale))
    isolated = locale != "de"
    for name, word in made.strings.items():
        if "{example}" in words(locale)[name]:
            assert ("\u2066{example}\u2069" in word) is isolated, name
            assert word.replace("\u2066", "").replace("\u2069", "") == words(locale)[name]
    assert not STEERING.search(made.consent_text)


def test_consents_of_languages_differ() -> None:
    made = {compile_view(CALM, FORM, GROUP, BRAND, locale, load_strings(locale)).consent for locale in ours()}
    assert len(made) == len(ours())


@pytest.mark.parametrize("locale", ours())
def test_pages_of_no_form_are_made_in_every_language(locale: str) -> None:
    page = pages.problem(404, BRAND, locale, "nonce")
    assert f'<html lang="{locale}" dir="{languages.direction(locale)}">' in page
    assert words(locale)["page.404_title"] in page


@pytest.mark.parametrize("locale", FOREIGN)
def test_consent_without_a_phrase_of_its_language_is_refused(locale: str) -> None:
    spoken = words(locale)
    for must in REQUIRED_PHRASES:
        form = replace(FORM, words={locale: {"disclosure": spoken["disclosure"].replace(spoken[must], "")}})
        with pytest.raises(ConfigError, match=re.escape(spoken[must])):
            compile_view(CALM, form, GROUP, BRAND, locale, spoken)


# Falling back.


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of languages: English whole, Portuguese without one word, Brazil's with one of its own."""
    folder = tmp_path / "locales"
    folder.mkdir()
    portuguese = {name: word for name, word in words("pt").items() if name != "title"}
    for name, spoken in {"en": ENGLISH_WORDS, "pt": portuguese, "pt-BR": {"lead": "Oi!"}}.items():
        (folder / f"{name}.json").write_text(json.dumps(spoken), encoding="utf-8")
    for module in (languages, themes):
        monkeypatch.setattr(module, "locales_dir", lambda: folder)
    return folder


def test_a_region_falls_back_to_its_language_and_that_to_english(few: Path) -> None:
    assert few.is_dir()
    strings = load_strings("pt-BR")
    assert strings["lead"] == "Oi!"
    assert strings["submit"] == words("pt")["submit"]
    assert strings["title"] == ENGLISH_WORDS["title"]
    assert load_strings("PT_br") == strings


def test_what_a_language_lacks_is_listed(few: Path) -> None:
    assert few.is_dir()
    form = replace(FORM, locales=("en", "pt-BR"))
    assert list(missing_words(form)) == [
        "locale pt-BR lacks: title. Write them under [words.pt-BR], or English is shown."
    ]
    assert list(missing_words(replace(form, words={"pt": {"title": "Textos"}}))) == [
        "locale en lacks: title. Write them under [words.en], or our own are shown."
    ]


def test_a_forms_own_words_fall_back_to_the_language_and_to_no_other() -> None:
    form = replace(
        FORM, words={"pt": {"title": "Colheita", "lead": "Oi"}, "pt_br": {"lead": "Olá"}, "en": {"done": "OK"}}
    )
    made = text_of(compile_view(CALM, form, GROUP, BRAND, "pt-BR", load_strings("pt-BR")))
    assert "Colheita" in made
    assert "Olá" in made
    assert "Oi" not in made
    assert words("pt-BR")["done"] in made


def test_a_word_that_no_form_shows_is_named_with_the_table_it_is_in() -> None:
    form = replace(FORM, words={"pt": {"titel": "x"}})
    with pytest.raises(ConfigError, match=r"words\.pt: no form shows 'titel'"):
        compile_view(CALM, form, GROUP, BRAND, "pt-BR", load_strings("pt-BR"))


def told(tmp_path: Path, form: str, group: str = "") -> list[str]:
    return project.warnings(project.load(project_in(tmp_path / "project", form, group)))


def test_a_project_is_told_which_languages_lack_its_own_words(tmp_path: Path) -> None:
    own = set(project.load(DEMO).forms[0].form.words["en"])
    (said,) = told(tmp_path, 'locales = ["en", "sv"]')
    listed = re.fullmatch(
        r"forms/.*\.toml: locale sv lacks: (.*)\. Write them under \[words\.sv\], or our own are shown\.", said
    )
    assert listed
    assert set(listed[1].split(", ")) == own


def test_a_project_is_told_of_a_language_we_do_not_speak(tmp_path: Path) -> None:
    said = "\n".join(told(tmp_path, 'locales = ["en", "xx"]'))
    listed = re.search(r"locale xx lacks: (.*)\. Write them under \[words\.xx\], or English is shown\.", said)
    assert listed
    lacked = set(listed[1].split(", "))
    assert {"lead", "disclosure", "error.network", "status.resent"} <= lacked
    assert not [name for name in lacked if name.startswith(("must.", "page."))]


def test_a_project_is_told_of_a_reply_that_its_group_would_not_understand(tmp_path: Path) -> None:
    asks = "it asks for JA, which languages of group promotions do not know"
    assert asks in "\n".join(told(tmp_path / "one", 'locales = ["en", "de"]'))
    assert asks not in "\n".join(told(tmp_path / "two", 'locales = ["en", "de"]', 'languages = ["en", "de"]'))
    assert asks not in "\n".join(told(tmp_path / "three", 'locales = ["en", "de"]\nmethods = ["code", "link"]'))


# The page that lists them.


def test_the_page_lists_every_language_with_its_lengths() -> None:
    rows = [
        [cell.strip(" `") for cell in row.strip("|").split("|")]
        for row in re.findall(r"^\| `.*% \|$", DOC, re.MULTILINE)
    ]
    whole = sum(map(width, ENGLISH_WORDS.values()))
    for tag, _, way, reply, button, consent, share in rows:
        spoken = words(tag)
        assert way == languages.direction(tag)
        assert reply == spoken["reply_word"]
        assert int(button) == max(width(spoken[name]) for name in BUTTONS), tag
        assert int(consent) == width(spoken["disclosure"]), tag
        assert share == f"{round(100 * sum(map(width, spoken.values())) / whole)} %", tag
    assert [row[0] for row in rows] == sorted(ours())
    assert f"speak {len(ours())} languages" in DOC
    assert f"wider than {WIDEST_BUTTON} columns" in DOC


def test_the_page_tells_which_tags_have_another_name() -> None:
    rows = re.findall(r"^\| (`[^|]+) \| (`[^|]+) \|$", DOC, re.MULTILINE)
    named = {tag: found.split("`")[1] for tags, found in rows for tag in re.findall(r"`([\w-]+)`", tags)}
    assert named == languages._READ_AS
