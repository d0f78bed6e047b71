"""Theme + form + group + brand -> view."""

import hashlib
import json
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from yesline import assets
from yesline.errors import ConfigError
from yesline.programme import Brand, Form, Group, Sender, View
from yesline.views import nodes, styles
from yesline.views.callout import REQUIRED_PHRASES
from yesline.views.themes import SCRIPT_WORDS, compile_view, load_strings

CALM = assets.themes_dir() / "calm"
BRAND = Brand(
    name="Fig & Oak", support="hi@fig.example", terms="https://fig.example/t", privacy="https://fig.example/p"
)
GROUP = Group(id="news", name="News", sends="new lots", frequency="Up to 4 a month.", sender=Sender("24680"))
FORM = Form(id="spring", group="news", countries=("US",))

Change = Callable[[str], str]


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CALM, tmp_path / "mine"))


def view(folder: Path = CALM, form: Form = FORM, strings: dict[str, str] | None = None, **group: Any) -> View:
    return compile_view(folder, form, replace(GROUP, **group), BRAND, "en", strings or load_strings("en"))


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))


def test_consent_text_is_what_is_read_and_its_hash() -> None:
    made = view()
    label, disclosure = made.consent_text.split("\n")
    assert label == "Yes, text me"
    assert disclosure.startswith(
        "By ticking the box you agree to get recurring automated marketing texts (new lots) from Fig & Oak"
    )
    assert "Up to 4 a month. Consent is not a condition of purchase. Message and data rates may apply." in disclosure
    assert disclosure.endswith("Terms\N{NO-BREAK SPACE}·\N{NO-BREAK SPACE}Privacy")
    digest = hashlib.sha256(made.consent_text.encode()).digest()
    assert made.consent == urlsafe_b64encode(digest).decode()[:22]


def test_another_word_is_another_consent() -> None:
    assert view().consent == view().consent
    assert view().consent != view(frequency="Daily").consent


def test_the_forms_words_replace_the_themes() -> None:
    form = replace(FORM, words={"en": {"title": "Harvest <b>", "error.network": "Gone."}, "de": {"title": "Ernte"}})
    made = view(form=form)
    assert "Harvest <b>" in nodes.text(made.steps["capture"])
    assert made.strings["error.network"] == "Gone."


def test_only_the_scripts_words_travel() -> None:
    made = view()
    assert made.strings
    assert all(name.startswith(SCRIPT_WORDS) for name in made.strings)
    assert "{example}" in made.strings["error.phone_too_short"]


def test_slots_in_words_become_elements() -> None:
    slots = {nodes.attributes(e).get("data-yesline-text") for e in nodes.elements(view().steps["confirm"])}
    assert {"number", "sender", "countdown"} <= slots


def test_every_word_a_person_may_read_is_written() -> None:
    strings = load_strings("en")
    codes = """phone_missing phone_not_a_number phone_too_short phone_too_long phone_invalid phone_not_mobile
    country_not_served consent_missing stamp_changed code_wrong resend_too_early too_many_requests network internal"""
    assert {f"error.{code}" for code in codes.split()} <= set(strings)
    assert set(REQUIRED_PHRASES) <= set(strings)
    assert strings["must.rates"] == "Message and data rates may apply"


def test_an_unknown_language_speaks_english_from_right_to_left_where_it_must() -> None:
    assert load_strings("xx-YY") == load_strings("en")
    made = compile_view(CALM, FORM, GROUP, BRAND, "he-IL", load_strings("he-IL"))
    assert (made.locale, made.direction) == ("he-IL", "rtl")


@pytest.mark.parametrize(
    ("step", "hook"),
    [("capture", h) for h in ["form", "phone", "country", "submit", "trap", "error", "status", "heading"]]
    + [("confirm", h) for h in ["code-form", "code", "resend", "correct", "status"]]
    + [("done", "heading")],
)
def test_a_step_without_a_hook_is_refused(theme: Path, step: str, hook: str) -> None:
    change(theme, f"{step}.html", f'data-yesline="{hook}"', "")
    with pytest.raises(ConfigError, match=rf'{step}\.html lacks data-yesline="{hook}"'):
        view(theme)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('type="checkbox"', 'type="checkbox" checked', "no consent"),
        ('type="checkbox"', 'type="hidden"', "control of its own"),
        ('for="yl-consent"', 'for="other"', "no label"),
        ('<p class="terms"', '<p hidden class="terms"', "always be seen"),
        ('<div class="agree">', '<div class="agree" data-yesline-if="busy">', "always be seen"),
        ("{{ brand.terms }}", "https://elsewhere.example", "where the terms are"),
        ("{{ brand.privacy }}", "https://elsewhere.example", "where the privacy policy is"),
        ("{{ words.disclosure }}", "{{ words.nothing }}", "nothing"),
        ("{{ words.disclosure }}", "{% if %}", "capture.html, line"),
        ("{{ words.disclosure }}", "{{ brand.__class__.mro() }}", "capture.html"),
    ],
)
def test_a_call_to_action_that_is_no_consent_is_refused(theme: Path, old: str, new: str, said: str) -> None:
    change(theme, "capture.html", old, new)
    with pytest.raises(ConfigError, match=said):
        view(theme)


@pytest.mark.parametrize(
    "needed",
    [
        "recurring automated marketing",
        "({sends})",
        "{brand}",
        "{frequency}",
        "Message and data rates may apply",
        "STOP",
        "HELP",
        "not a condition of purchase",
    ],
)
def test_a_disclosure_that_leaves_out_what_carriers_require_is_refused(needed: str) -> None:
    words = load_strings("en")["disclosure"].replace(needed, "")
    with pytest.raises(ConfigError, match="disclosure does not say"):
        view(form=replace(FORM, words={"en": {"disclosure": words}}))


def test_a_form_cannot_lower_what_is_required() -> None:
    with pytest.raises(ConfigError, match="Message and data rates may apply"):
        view(form=replace(FORM, words={"en": {"disclosure": "Texts."}}))


@pytest.mark.parametrize("name", [*REQUIRED_PHRASES, "page.check", "titel"])
def test_a_word_that_no_form_shows_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"no form shows '{name}'"):
        view(form=replace(FORM, words={"en": {name: "Texts"}}))


def test_a_hidden_box_is_refused(theme: Path) -> None:
    capture = theme / "capture.html"
    capture.write_text(capture.read_text().replace('data-yesline="consent"', 'data-yesline="consent" hidden'))
    with pytest.raises(ConfigError, match="always be seen"):
        view(theme)


def test_tokens_stand_in_front_of_the_rules_for_light_and_dark() -> None:
    css = view(form=replace(FORM, tokens={"accent": "#123456", "accent-dark": "#abcdef"})).css
    light, dark = css.split("@media (prefers-color-scheme:dark)")[:2]
    assert css.startswith(":host,:root{")
    assert "--yl-accent:#123456" in light
    assert "--yl-accent:#abcdef" in dark


def test_a_form_may_keep_to_one_scheme() -> None:
    css = view(form=replace(FORM, tokens={"scheme": "light"})).css
    assert "prefers-color-scheme" not in css


@pytest.mark.parametrize("value", ["red;}", "url(https://x.example)", "</style>", "", "rgb(1", "a/*", "\\3c"])
def test_a_token_that_could_escape_its_rule_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="accent"):
        view(form=replace(FORM, tokens={"accent": value}))


def test_an_unknown_token_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"acent is not a token.*accent"):
        view(form=replace(FORM, tokens={"acent": "red"}))


@pytest.mark.parametrize("rule", ["@import 'x';", "p{background:url(https://x.example/i.png)}", "@property --x{}"])
def test_a_stylesheet_that_loads_from_elsewhere_is_refused(theme: Path, rule: str) -> None:
    with (theme / "theme.css").open("a") as file:
        file.write(rule)
    with pytest.raises(ConfigError, match="loads nothing from elsewhere"):
        view(theme)


@pytest.mark.parametrize("name", ["theme.css", "theme.toml", "done.html"])
def test_a_missing_file_is_named(theme: Path, name: str) -> None:
    (theme / name).unlink()
    with pytest.raises(ConfigError, match=name):
        view(theme)


def test_minify_keeps_what_means_something() -> None:
    css = 'a > b , c { content: " ; { " ; width: calc(1px + 0.5em) ; } /* x */ [data-x="y"] :hover { margin: -0.5em 0 }'
    assert styles.minify(css) == 'a>b,c{content:" ; { ";width:calc(1px + .5em)}[data-x=y] :hover{margin:-.5em 0}'


def test_the_default_theme_stays_small() -> None:
    made = view()
    assert len((CALM / "theme.css").read_bytes()) < 10_000
    assert len(json.dumps(made.steps)) < 9_000
