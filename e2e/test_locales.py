"""The form in languages that are long, written from right to left, or without spaces: narrow screen, text twice as large."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from e2e.conftest import QUIET, Merchant, Phone, chromium, merchants_project
from tests.live import Server
from yesline.views.themes import load_strings

LANGUAGES = {"de": "de-AT", "ar": "ar-EG", "ja": "ja", "th": "th-TH"}
"""What the form speaks, and what a browser of such a reader asks for; none names a country that the form serves."""
NARROW = {"width": 320, "height": 640}
TWICE = "--blink-settings=defaultFontSize=32"

# Words and controls that reach over the edge of the screen or of what they stand in: button, field, panel, card.
OVERFLOWING = """() => {
  const roots = [...document.querySelectorAll("yesline-form")].map((form) => form.shadowRoot);
  const all = [document, ...roots].flatMap((root) => [...root.querySelectorAll("body *, .yl, .yl *")]);
  const seen = all.filter((element) => element.checkVisibility() && !element.closest(".unseen, svg, select, script"));
  const out = ({ left, right }, { left: from, right: to }) => right > left && (left < from - 0.5 || right > to + 0.5);
  const screen = { left: 0, right: innerWidth };
  const words = (element) => [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
  const lines = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()];
  };
  const told = (element) => `${element.localName}.${element.className}: ${element.textContent.slice(0, 40)}`;
  const boxes = seen.filter((element) => out(element.getBoundingClientRect(), screen));
  const texts = seen.filter((element) => {
    const around = element.closest("button, .reply, .bubble, .card, .yl, body").getBoundingClientRect();
    return words(element).flatMap(lines).some((line) => out(line, around));
  });
  return [...boxes, ...texts].map(told);
}"""


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory, shop: Merchant) -> Iterator[Server]:
    """A server whose form speaks these languages."""
    folder = tmp_path_factory.mktemp("locales")
    project = merchants_project(folder, shop)
    form = project / "forms" / "spring-harvest.toml"
    spoken = ", ".join(f'"{locale}"' for locale in ("en", *LANGUAGES))
    form.write_text(f"locales = [{spoken}]\n{form.read_text()}")
    running = Server(folder / "data", project)
    running.start()
    shop.knows(running.base)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def large(browser_type: BrowserType) -> Iterator[Browser]:
    """A browser whose reader has text twice as large."""
    browser = browser_type.launch(executable_path=chromium(), args=[*QUIET, TWICE])
    yield browser
    browser.close()


class Reader:
    """Somebody who reads one of the languages, and the form as they find it."""

    def __init__(self, page: Page, locale: str, folder: Path) -> None:
        self.page = page
        self.locale = locale
        self.words = load_strings(locale)
        self._folder = folder

    def look(self, step: str) -> None:
        """Nothing may reach over an edge, and all is said in the language."""
        self.page.wait_for_timeout(400)  # entrance animations move what is measured
        self.page.screenshot(path=self._folder / f"{self.locale}-{step}.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert self.page.evaluate(OVERFLOWING) == []

    def sees(self, name: str) -> None:
        """The word of that name, with anything in its places."""
        parts = (re.escape(part) for part in re.split(r"\{\w+\}", self.words[name]))
        expect(self.page.get_by_text(re.compile(".*".join(parts))).first).to_be_visible()


@pytest.fixture(params=LANGUAGES)
def reader(request: pytest.FixtureRequest, large: Browser, tmp_path: Path) -> Iterator[Reader]:
    locale: str = request.param
    context = large.new_context(viewport=NARROW, locale=LANGUAGES[locale], timezone_id="America/New_York")  # type: ignore[arg-type]
    yield Reader(context.new_page(), locale, tmp_path)
    context.close()


def test_every_step_fits(reader: Reader, speaking: Server, shop: Merchant, numbers: Iterator[str]) -> None:
    page, words, phone = reader.page, reader.words, Phone(speaking, next(numbers))
    page.goto(f"{shop.origin}/plain.html")
    number = page.get_by_label(words["phone"])
    expect(number).to_be_visible()
    root = page.locator("dialog.yl")
    expect(root).to_have_attribute("lang", reader.locale)
    expect(root).to_have_attribute("dir", "rtl" if reader.locale == "ar" else "ltr")
    assert root.evaluate("root => getComputedStyle(root).fontSize") == "32px"
    reader.look("capture")
    number.fill("20155")
    page.get_by_role("button", name=words["submit"]).click()
    reader.sees("error.phone_too_short")
    reader.look("error")
    number.fill(phone.typed)
    page.get_by_label(words["consent"]).check()
    page.get_by_role("button", name=words["submit"]).click()
    reader.sees("confirm_title")
    reader.sees("resend_wait")
    expect(page.locator(".bubble")).to_have_text(words["reply_word"])
    reader.look("confirm")
    phone.wait_for("STOP")
    phone.reply("Y")
    expect(page.get_by_role("heading", name=words["done_title"])).to_be_visible()
    reader.look("done")


def test_our_own_pages_fit(reader: Reader, speaking: Server) -> None:
    for path, name in (("/f/spring-harvest", "page.join_terms"), ("/c/nothing", "page.not_valid_title")):
        reader.page.goto(speaking.base + path)
        expect(reader.page.locator("html")).to_have_attribute("lang", reader.locale)
        if name == "page.join_terms":
            expect(reader.page.get_by_label(reader.words["phone"])).to_be_visible()
        else:
            reader.sees(name)
        reader.look(name)
