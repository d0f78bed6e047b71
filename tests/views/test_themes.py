"""Theme + form + group + brand -> view."""

import hashlib
import json
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import msgspec
import pytest
from msgspec.structs import replace

from yesline import assets
from yesline.errors import ConfigError
from yesline.programme import Brand, Form, FormVersion, Group, Sender, View
from yesline.views import languages, nodes, styles, theme_assets
from yesline.views.callout import REQUIRED_PHRASES
from yesline.views.document import view_document
from yesline.views.theme_folders import load_theme
from yesline.views.themes import SCRIPT_WORDS, compile_view, load_strings

OURS = sorted(assets.themes_dir().iterdir())
CALM = assets.themes_dir() / "calm"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 20"><path d="M0 0h80v20H0z"/></svg>'
DARK_OF_NOTHING = "@media (prefers-color-scheme:dark){:host,:root{}}"
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


# Themes that build on others.


def build(folder: Path, name: str = "mine", **files: str) -> Path:
    """A theme's folder; ``theme_toml`` is its ``theme.toml``, and so on."""
    path = folder / name
    path.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (path / file.replace("_", ".")).write_text(content)
    return path


@pytest.fixture(scope="session")
def ours_by_locale() -> dict[tuple[str, str], View]:
    """Every theme of ours in every language."""
    return {
        (folder.name, locale): compile_view(folder, FORM, GROUP, BRAND, locale, load_strings(locale))
        for folder in OURS
        for locale in languages.ours()
    }


def test_every_theme_of_ours_is_made_in_every_language(ours_by_locale: dict[tuple[str, str], View]) -> None:
    assert {"calm", "poster", "aura", "ticket"} <= {folder.name for folder in OURS}
    for (name, locale), made in ours_by_locale.items():
        assert load_strings(locale)["teaser"] in nodes.text(made.steps["teaser"]), (name, locale)
        # Consent is the words; no look may add to them.
        assert made.consent == ours_by_locale["calm", locale].consent, (name, locale)


@pytest.mark.parametrize("folder", OURS, ids=lambda folder: folder.name)
def test_a_theme_of_ours_stays_light(folder: Path) -> None:
    made = view(folder)
    weight = len(brotli.compress(msgspec.json.encode([made.css, made.steps, made.strings])))
    assert weight < 5_500


def test_a_theme_takes_from_its_base_what_it_has_not(tmp_path: Path) -> None:
    mine = build(
        tmp_path, theme_toml='base = "calm"\n[tokens.accent]\nlight = "#123456"\n', theme_css=".card{border-radius:0}"
    )
    made, calm = view(mine), view()
    assert made.steps == calm.steps
    assert made.css.endswith(".card{border-radius:0}")
    assert made.css.replace(".card{border-radius:0}", "").count("--yl-") == calm.css.count("--yl-") - 1
    assert "--yl-accent:#123456" in made.css
    assert "--yl-accent:#79dcbd" not in made.css  # a token of mine is mine in the dark, too


def test_a_theme_replaces_one_block_or_one_part_of_its_base(tmp_path: Path) -> None:
    block = '{% extends "calm/done.html" %}{% block head %}<b>Ours</b>{{ super() }}{% endblock %}'
    mine = build(tmp_path, theme_toml='base = "calm"', done_html=block, art_html="<em>art of {{ step }}</em>")
    made = view(mine)
    assert nodes.text(made.steps["done"]).startswith("art of done Ours You’re in")
    assert nodes.text(made.steps["capture"]).startswith("art of capture Texts from Fig & Oak")


def test_styles_of_a_base_may_be_left_out_with_their_tokens(tmp_path: Path) -> None:
    tokens = '\n[tokens.accent]\nlight = "red"'
    mine = build(tmp_path, theme_toml=f'base = "calm"\ncss = "replace"{tokens}', theme_css=".card{margin:0}")
    assert view(mine).css == ":host,:root{--yl-accent:red;}".replace(";}", "}") + DARK_OF_NOTHING + ".card{margin:0}"
    on_top = build(tmp_path, "top", theme_toml='base = "mine"', theme_css="p{margin:0}")
    assert view(on_top).css == view(mine).css + "p{margin:0}"


def test_a_chain_of_themes_holds_from_its_near_end(tmp_path: Path) -> None:
    build(tmp_path, "near", theme_toml='base = "far"', theme_css=".near{margin:0}", art_html="<i>near</i>")
    build(tmp_path, "far", theme_toml='base = "calm"', theme_css=".far{margin:0}", art_html="<i>far</i>")
    done = '{% extends "far/done.html" %}{% block main %}{% include "art.html" %}{% include "far/art.html" %}{{ super() }}{% endblock %}'
    made = view(build(tmp_path, "mine", theme_toml='base = "near"', done_html=done))
    assert made.css.endswith(".far{margin:0}.near{margin:0}")
    assert "nearfar Reply STOP" in nodes.text(made.steps["done"])


def test_a_projects_theme_builds_on_ours_of_the_same_name(tmp_path: Path) -> None:
    mine = build(tmp_path, "calm", theme_toml='base = "calm"', theme_css=".mine{margin:0}")
    assert view(mine).css == view().css + ".mine{margin:0}"


def test_themes_in_a_ring_are_refused(tmp_path: Path) -> None:
    build(tmp_path, "a", theme_toml='base = "b"')
    build(tmp_path, "b", theme_toml='\nbase = "a"')
    with pytest.raises(
        ConfigError, match=r"b/theme\.toml, line 2: themes build on each other in a ring: a -> b -> a\."
    ):
        view(tmp_path / "a")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('base = "clam"', r"theme\.toml, line 1: there is no theme 'clam' in .* or among ours"),
        ('base = "../x"', r"line 1: base = '../x' is no name"),
        ('base = "calm"\ncss = "own"', r'line 2: css = \'own\': write "add" or "replace"'),
        ('base = "calm"\nbgcolor = "red"', r"line 2: bgcolor says nothing here"),
        ('base = "calm"\n\n[tokens]\naccent = "red"', r"line 4: accent is not a token"),
        ('base = "calm"\n[tokens.accent]\nlight = "red"\ndrak = "red"', r"line 2: accent is not a token"),
        ('base = "calm"\n[tokens.accent]\nlight = "red;"', r"line 2: accent = 'red;' is not a value"),
        ("base = calm", r"theme\.toml: Invalid value \(at line 1"),
        ("", r"theme\.toml is not a theme"),
    ],
)
def test_what_is_wrong_with_a_theme_is_said_with_its_line(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        view(build(tmp_path, theme_toml=toml))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("theme_css", "p{}\n/* two\nlines */\np{background:url(//x)}", r"theme\.css, line 4 uses url\("),
        ("theme_css", "p{}\n@import 'x';", r"theme\.css, line 2 uses @import"),
        ("theme_css", "p{}\n\np{background:url(assets/no.png)}", r"theme\.css, line 3: there is no file assets/no\.png"),
        ("done_html", "<p>\n{{ words.nothing }}</p>", r"done\.html, line 2: .*nothing"),
        ("art_html", "\n{{ nothing }}", r"art\.html, line 2: 'nothing' is undefined"),
        ("done_html", '{% extends "clam/done.html" %}', r"done\.html, line 1: there is no template clam/done\.html in"),
        ("done_html", "<p>\n<img src='assets/../theme.toml'></p>", r"done\.html, line 2.*: assets/\.\./theme\.toml: a file is named"),
        ("done_html", "<p>\n<img src='assets/run.js'></p>", r"done\.html, line 2.*: assets/run\.js: a file is named"),
        ("teaser_html", "<p>Hi</p>", r'teaser\.html lacks data-yesline="open", data-yesline="close"'),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_said_with_its_line(tmp_path: Path, name: str, content: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        view(build(tmp_path, theme_toml='base = "calm"', **{name: content}))


# Fonts and pictures.


@pytest.fixture
def branded(tmp_path: Path) -> Path:
    """A theme with a font and a picture; the picture is its base's."""
    base = build(tmp_path, "base", theme_toml='base = "calm"')
    (base / "assets").mkdir()
    (base / "assets" / "logo.svg").write_text(LOGO)
    mine = build(
        tmp_path,
        theme_toml='base = "base"',
        theme_css="""@font-face { font-family: "Mine"; src: url("assets/mine.woff2") }
            .art { background: url(assets/logo.svg) }""",
        art_html='<img src="assets/logo.svg" alt="Fig" width="80" height="20">',
    )
    (mine / "assets").mkdir()
    (mine / "assets" / "mine.woff2").write_bytes(b"wOF2")
    (mine / "assets" / "unused.png").write_bytes(b"x")
    return mine


def address(name: str, content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()[:16]}/{name}"


def test_files_of_a_theme_are_named_by_their_content(branded: Path) -> None:
    made = view(branded)
    logo, font = address("logo.svg", LOGO.encode()), address("mine.woff2", b"wOF2")
    assert f".art{{background:url(/assets/{logo})}}" in made.css
    assert "@font-face" not in made.css
    assert made.fonts == f'@font-face{{font-display:swap;font-family:"Mine";src:url(/assets/{font})}}'
    (picture,) = [e for e in nodes.elements(made.steps["done"]) if e[0] == "img"]
    assert nodes.attributes(picture)["src"] == f"/assets/{logo}"
    assert theme_assets.collect(load_theme(branded), [made]) == {logo: LOGO.encode(), font: b"wOF2"}


def test_pages_of_other_sites_are_given_whole_addresses(branded: Path) -> None:
    form = FormVersion("1", FORM, GROUP, BRAND, {"en": view(branded)})
    document = json.dumps(view_document(form, form.views["en"], "stamp", "https://sms.example"))
    assert document.count("https://sms.example/assets/") == document.count("/assets/") > 3


def test_a_view_without_fonts_does_not_speak_of_them() -> None:
    form = FormVersion("1", FORM, GROUP, BRAND, {"en": view()})
    assert "fonts" not in view_document(form, form.views["en"], "stamp", "https://sms.example")


def test_a_file_that_is_too_large_is_refused(branded: Path) -> None:
    (branded / "assets" / "mine.woff2").write_bytes(bytes(theme_assets.MOST_BYTES + 1))
    with pytest.raises(ConfigError, match=r"theme\.css, line 1: .*mine\.woff2 has 524289 bytes\. Make it smaller"):
        view(branded)


def test_files_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    pictures = "".join(f'<img src="assets/{n}.png" alt="">' for n in range(5))
    mine = build(tmp_path, theme_toml='base = "calm"', art_html=pictures)
    (mine / "assets").mkdir()
    for n in range(5):
        (mine / "assets" / f"{n}.png").write_bytes(bytes([n]) * theme_assets.MOST_BYTES)
    with pytest.raises(ConfigError, match=r"the files shown are larger than 2097152 bytes together"):
        theme_assets.collect(load_theme(mine), [view(mine)])
