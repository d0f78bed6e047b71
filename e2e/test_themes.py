"""Our themes in every state, language and light; what the check of themes finds and names; what a page sets from outside."""

import os
from collections.abc import Iterator
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Error, Page, expect

from e2e.conftest import Form, Merchant
from tests.conftest import DEMO
from tests.live import Server, project_folder
from yesline import assets, project
from yesline.programme import FormVersion
from yesline.theming import frames
from yesline.theming.browser import Viewer
from yesline.theming.findings import Finding, gather
from yesline.theming.frames import Look, State
from yesline.theming.pairs import pairs
from yesline.theming.scaffold import make_theme
from yesline.theming.wearing import wear
from yesline.views.theme_folders import load_theme

THEMES = sorted(folder.name for folder in assets.themes_dir().iterdir())
EVERYTHING = bool(os.environ.get("YESLINE_ALL"))
LOCALES = sorted(file.stem for file in assets.locales_dir().glob("*.json")) if EVERYTHING else ["en", "de", "ar"]
"""German has the longest words, Arabic runs from right to left."""


def _dressed(theme: str, locale: str) -> FormVersion:
    """The demo's form in a theme and a language."""
    written = project.read(DEMO)
    return project.render(
        DEMO, replace(written.forms[0], theme=theme, locales=(locale,)), written.groups, written.brand
    )


VIEW = _dressed("calm", "en").views["en"]
FACTORS: dict[str, list[Any]] = {
    "state": frames.usual([VIEW]),
    "theme": THEMES,
    "locale": LOCALES,
    "scheme": list(frames.SCHEMES),
    "size": list(frames.SIZES),
    "display": list(frames.DISPLAYS),
}


def _cases() -> list[dict[str, Any]]:
    """Every pair; with YESLINE_ALL=1 every theme, state, language and scheme, in sizes and displays by turns."""
    if not EVERYTHING:
        return pairs(FACTORS)
    whole = product(*(FACTORS[name] for name in ("state", "theme", "locale", "scheme")))
    turns = cycle(product(FACTORS["size"], FACTORS["display"]))
    return [dict(zip(FACTORS, (*one, *turn), strict=True)) for one, turn in zip(whole, turns, strict=False)]


CASES = _cases()


@pytest.fixture(scope="module")
def viewer(browser: Browser) -> Iterator[Viewer]:
    page = browser.new_page()
    yield Viewer(page)
    page.close()


@pytest.mark.timeout(7200 if EVERYTHING else 180)
@pytest.mark.parametrize("theme", THEMES)
def test_our_themes_are_clean(viewer: Viewer, theme: str) -> None:
    """axe, overflow, the disclosure and the box."""
    versions = {locale: _dressed(theme, locale) for locale in LOCALES}
    cases = [case for case in CASES if case["theme"] == theme]
    assert cases
    seen = []
    for case in cases:
        look = Look(versions[case["locale"]], case["locale"], case["state"], case["display"], case["scheme"])
        seen.append(({name: str(value) for name, value in case.items()}, viewer.look(look, case["size"])))
    assert [str(finding) for finding in gather(load_theme(assets.themes_dir() / theme), seen)] == []


def test_the_languages_are_long_and_of_both_directions() -> None:
    words = {locale: sum(map(len, _dressed("calm", locale).views[locale].strings.values())) for locale in LOCALES}
    assert words["de"] > words["en"]
    assert {_dressed("calm", locale).views[locale].direction for locale in LOCALES} == {"ltr", "rtl"}


# What the check finds.

FAULTS = [
    (".terms { font-size: 10px }", "disclosure too small", "The disclosure is 10 px high. Make it 12 px or more."),
    (".terms { transform: scale(0.5) }", "disclosure too small", "The disclosure is 6.5 px high"),
    (".yl .terms { color: #aaa }", "disclosure too pale", "a contrast of 2.3:1"),
    (".terms { opacity: 0.3 }", "disclosure too pale", "a contrast of 1.6:1"),
    (".card { background: linear-gradient(90deg, #fff, #4b5f5a) } .body { background: none }", "disclosure too pale", "1.2:1"),
    (".terms { display: none }", "disclosure hidden", "The disclosure is not seen."),
    (".terms { height: 1.2em; overflow: hidden }", "disclosure hidden", "cuts them off"),
    (".terms { position: absolute; left: -9999px }", "disclosure hidden", "cuts them off"),
    (".card::after { position: absolute; inset: 0; background: #fff; pointer-events: none; content: '' }", "disclosure hidden", "covers"),
    (".yl .agree label { font-size: 9px }", "label too small", "The label of the consent box is 9 px high"),
    (".yl .agree input { opacity: 0 }", "box hidden", "The consent box is not seen."),
    (".card::before { position: absolute; z-index: 2; inset: 0; content: '' }", "box covered", "lies over the consent box"),
    (".yl .agree input:checked { border-color: var(--yl-line); background: var(--yl-field) } .agree input:checked::before { content: none }",
     "box ticked", "looks the same ticked and unticked"),
    (".yl .go { width: 6em; overflow: hidden; white-space: nowrap }", "overflow", "“Text me to confirm” does not fit"),
    (".yl .close { width: 1em; height: 1em }", "target", "It is 16 × 16 px"),
    (".card { width: 40em }", "overflow", "does not fit into the screen"),
]  # fmt: skip


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a theme as `yesline theme new` makes it."""
    folder = project_folder(tmp_path_factory.mktemp("acme"))
    make_theme(folder, "acme", "calm")
    return folder


def _measured(viewer: Viewer, folder: Path, more: str) -> list[Finding]:
    """What is wrong on a phone with a rule more in the theme, which stands alone on line 17."""
    css = folder / "themes" / "acme" / "theme.css"
    made = css.read_text()
    css.write_text(f"{made}{more}\n")
    try:
        worn = wear(folder, "acme")
        look = Look(worn.versions[0], "en", State("capture"), "modal", "light")
        return gather(load_theme(worn.path), [({"display": "modal"}, viewer.look(look, "390"))])
    finally:
        css.write_text(made)


def test_a_new_theme_has_no_fault(viewer: Viewer, acme: Path) -> None:
    assert _measured(viewer, acme, "") == []


def test_a_picture_that_chromium_refuses_is_asked_for_again(
    viewer: Viewer, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [Error("Protocol error (Page.captureScreenshot): Unable to capture screenshot")] * 2
    take = viewer.page.screenshot

    def sometimes(**asked: Any) -> bytes:
        if refused:
            raise refused.pop()
        return take(**asked)

    monkeypatch.setattr(viewer.page, "screenshot", sometimes)
    assert _measured(viewer, acme, "") == []
    assert not refused


@pytest.mark.parametrize(("rule", "name", "said"), FAULTS, ids=lambda value: value[:40])
def test_a_fault_is_told_with_the_line_to_change(viewer: Viewer, acme: Path, rule: str, name: str, said: str) -> None:
    found = {finding.rule: finding for finding in _measured(viewer, acme, rule)}
    assert said in found[name].said
    assert found[name].file == f"{acme / 'themes' / 'acme' / 'theme.css'}, line 17"


def test_a_token_behind_a_fault_is_named(viewer: Viewer, acme: Path) -> None:
    toml = acme / "themes" / "acme" / "theme.toml"
    made = toml.read_text()
    toml.write_text(f'{made}\n[tokens.soft]\nlight = "#aaa"\n')
    try:
        found = {finding.rule: finding for finding in _measured(viewer, acme, "")}
    finally:
        toml.write_text(made)
    line = len(made.splitlines()) + 2
    assert found["disclosure too pale"].file.startswith(f"{toml}, line {line} (used by ")


# Frames are what the widget shows.

BOXES = """() => [...document.querySelector("yesline-form").shadowRoot.querySelectorAll(".yl *")]
  .filter((element) => !element.matches("option, path, g, circle"))
  .map((element) => [element.localName, element.className.baseVal ?? element.className, element.hidden ?? false,
    ...Object.values(element.getBoundingClientRect().toJSON()).slice(0, 4).map(Math.round)])"""


def test_a_frame_is_laid_out_as_the_widget(
    page: Page, viewer: Viewer, form: Form, merchant: Merchant, server: Server
) -> None:
    assert server.port
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{merchant.origin}/plain.html")
    expect(page.get_by_label("Country")).to_contain_text("United States")
    for matter in ("", "error.phone_missing"):
        if matter:
            form.send.click()
            expect(page.get_by_text("Type your mobile number").first).to_be_visible()
        page.evaluate(
            "document.querySelector('yesline-form').shadowRoot.querySelector('.yl').getAnimations({ subtree: true }).forEach((a) => a.cancel())"
        )
        viewer.look(Look(_dressed("calm", "en"), "en", State("capture", matter), "modal"), "390")
        viewer.page.evaluate("measure.settle()")
        assert viewer.page.evaluate(BOXES) == page.evaluate(BOXES)


def test_a_page_styles_parts_from_outside(page: Page, form: Form, merchant: Merchant, server: Server) -> None:
    tag = '<script async crossorigin src="{server}/embed/restock.js" data-display="inline"></script>'
    style = "<style>yesline-form::part(button) { background: rgb(1, 2, 3) } yesline-form::part(title) { color: rgb(4, 5, 6) }</style>"
    page.goto(
        merchant.write(
            "parts.html", f"<!doctype html><title>Parts</title>{style}<body>{tag.replace('{server}', server.base)}"
        )
    )
    expect(form.send).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(form.heading("Back in stock")).to_have_css("color", "rgb(4, 5, 6)")
