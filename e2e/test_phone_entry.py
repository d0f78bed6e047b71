"""The phone field under a person's hands, on a form that serves every country: formatting, caret, what comes in whole, errors."""

import re
from collections.abc import Iterator
from typing import Any

import phonenumbers
import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect

from e2e.conftest import Merchant, merchants_project
from scripts.learn_formats import at_home, example_mobile
from tests.live import Server
from yesline.rules.phone import example
from yesline.views.themes import load_strings

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EVERY, FEW = "spring-harvest", "restock"
"""A form that serves all countries, and one that serves some."""
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A merchant</title><script async crossorigin src="{server}/embed.js"></script>
<yesline-form form="%s" display="inline"></yesline-form>"""

# The field as the page's script sees it; `document.execCommand` edits as keys do: its events are trusted.
FIELD = """
  const root = document.querySelector("yesline-form").shadowRoot;
  const [input, select] = ["phone", "country"].map((hook) => root.querySelector(`[data-yesline=${hook}]`));
  const choose = (region) => { select.value = region; select.dispatchEvent(new Event("change", { bubbles: true })); };
  const clear = () => { input.select(); document.execCommand("delete"); };
  const type = (text) => [...text].map((key) => (document.execCommand("insertText", false, key), input.value));
  const signs = (text) => text.replace(/[^+\\d]/g, "");
  input.focus();
"""
TYPE_ALL = f"""(typed) => {{ {FIELD}
  return typed.map(([region, number]) => (choose(region), clear(), type(number)));
}}"""

# At every place of a number a digit put in, the one before taken out, and the one behind.
EDIT_ALL = f"""(typed) => {{ {FIELD}
  const wrong = [];
  const edit = (region, value, caret, command, phone, before) => {{
    input.select();
    document.execCommand("insertText", false, value);
    input.setSelectionRange(caret, caret);
    document.execCommand(command, false, "5");
    const at = input.selectionStart;
    const beside = at === 0 || /\\d/.test(input.value.slice(at - 1, at + 1));
    if (signs(input.value) === phone && signs(input.value.slice(0, at)).length === before && beside) return;
    wrong.push([region, value, caret, command, input.value, at]);
  }};
  for (const [region, phone] of typed) {{
    choose(region);
    clear();
    const value = type(phone).at(-1);
    const first = phone[0] === "+" ? 1 : 0;
    for (let caret = first; caret <= value.length; caret++) {{
      const before = signs(value.slice(0, caret)).length;
      const [head, tail] = [phone.slice(0, before), phone.slice(before)];
      edit(region, value, caret, "insertText", head + "5" + tail, before + 1);
      if (before > first) edit(region, value, caret, "delete", head.slice(0, -1) + tail, before - 1);
      if (tail) edit(region, value, caret, "forwardDelete", head + tail.slice(1), before);
    }}
  }}
  return wrong;
}}"""


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory, shop: Merchant) -> Iterator[Server]:
    """A server with a form for every country, in two languages."""
    folder = tmp_path_factory.mktemp("phones")
    project = merchants_project(folder, shop)
    for form in project.glob("forms/*.toml"):
        text = f'locales = ["en", "de"]\n{form.read_text()}'
        served = '["US", "*"]' if form.stem == EVERY else '["US", "GB", "DE"]'
        form.write_text(re.sub(r"^countries = .*$", f"countries = {served}", text, flags=re.MULTILINE))
    running = Server(folder / "data", project)
    running.start()
    shop.knows(running.base)
    try:
        yield running
    finally:
        running.stop()


class Field:
    """The phone field of a form, and its country list."""

    def __init__(self, page: Page, shop: Merchant, form: str = EVERY) -> None:
        self.page = page
        page.goto(shop.write(f"{form}.html", PAGE % form))
        self.input: Locator = page.locator("[data-yesline=phone]")
        self.country: Locator = page.locator("[data-yesline=country]")
        expect(self.country.locator("option").nth(1)).to_be_attached()

    def choose(self, region: str) -> None:
        """Chooses a country, and returns when its table is there."""
        self.country.select_option(region)
        self.expects(region)

    def expects(self, region: str) -> None:
        """The table of this country is there: the hint has its example."""
        expect(self.page.locator("[data-yesline-text=example]").first).to_have_text(example(region))

    def shows(self, value: str, region: str = "") -> None:
        expect(self.input).to_have_value(value)
        if region:
            expect(self.country).to_have_value(region)

    @property
    def caret(self) -> int:
        found: int = self.input.evaluate("input => input.selectionStart")
        return found


@pytest.fixture
def field(page: Page, shop: Merchant, everywhere: Server) -> Field:
    assert everywhere.port
    return Field(page, shop)


def formatter_keys(region: str, typed: str) -> list[str]:
    formatter = phonenumbers.AsYouTypeFormatter(region)
    return [formatter.input_digit(key).strip() for key in typed]


def both_ways(region: str) -> list[tuple[str, str]]:
    mobile = phonenumbers.national_significant_number(example_mobile(region))
    return [(region, at_home(region, mobile)), (region, f"+{phonenumbers.country_code_for_region(region)}{mobile}")]


@pytest.fixture(scope="module")
def knowing(browser: Browser, shop: Merchant, everywhere: Server) -> Iterator[Page]:
    """A page whose form has been through all countries, so that it has the server's table of each."""
    assert everywhere.port
    context = browser.new_context()
    field = Field(context.new_page(), shop)
    answered: list[Response] = []
    field.page.on("response", lambda answer: answered.append(answer) if "/formats/" in answer.url else None)
    field.page.evaluate(f"(regions) => {{ {FIELD} regions.forEach(choose); }}", REGIONS)
    for _ in range(400):
        if len(answered) == len(REGIONS) - 1:  # that of the first came with the form
            break
        field.page.wait_for_timeout(50)
    assert {answer.status for answer in answered} == {200}
    field.page.wait_for_load_state("networkidle")
    yield field.page
    context.close()


def test_every_key_in_every_region_is_shown_as_libphonenumber_does(knowing: Page) -> None:
    typed = [way for region in REGIONS for way in both_ways(region)]
    shown: list[list[str]] = knowing.evaluate(TYPE_ALL, typed)
    wrong = [(*way, keys) for way, keys in zip(typed, shown, strict=True) if keys != formatter_keys(*way)]
    assert len(shown) == 490
    assert wrong == []


def test_the_caret_stays_beside_its_digit_wherever_one_edits(knowing: Page) -> None:
    assert knowing.evaluate(EDIT_ALL, [way for region in REGIONS[::24] for way in both_ways(region)]) == []


def digits(text: str) -> str:
    return re.sub(r"[^+\d]", "", text)


def test_the_caret_stays_beside_its_digit_on_a_keyboard(field: Field) -> None:
    keys = field.page.keyboard
    for region, typed in (("US", "2015550123"), ("GB", "07400123456"), ("FR", "+33612345678"), ("BR", "11961234567")):
        field.choose(region)
        field.input.fill("")
        field.input.press_sequentially(typed)
        whole = field.input.input_value()
        assert whole == formatter_keys(region, typed)[-1]
        for _ in range(6):
            keys.press("ArrowLeft")
        before = len(digits(whole[: field.caret]))
        keys.press("9")
        expected = f"{typed[:before]}9{typed[before:]}"
        assert digits(field.input.input_value()) == expected
        assert digits(field.input.input_value()[: field.caret]) == expected[: before + 1]
        keys.press("Backspace")
        assert (field.input.input_value(), digits(whole[: field.caret])) == (whole, typed[:before])
        keys.press("Delete")
        assert digits(field.input.input_value()) == typed[:before] + typed[before + 1 :]
        assert digits(field.input.input_value()[: field.caret]) == typed[:before]


# What comes in as one, by hand, by paste or from the browser's own memory; then the country and what stands in the field.
ENTRIES = [
    ("US", "2015550123", "US", "(201) 555-0123"),
    ("US", "12015550123", "US", "1 (201) 555-0123"),
    ("US", "+447400123456", "GB", "+44 7400 123456"),
    ("US", "+79123456789", "RU", "+7 912 345-67-89"),
    ("US", "01133612345678", "FR", "+33 6 12 34 56 78"),
    ("US", "00919876543210", "IN", "+91 98765 43210"),
    ("GB", "00447400123456", "GB", "+44 7400 123456"),
    ("GB", "٠٧٤٠٠١٢٣٤٥٦", "GB", "07400 123456"),
    ("IR", "۰۹۱۲۳۴۵۶۷۸۹", "IR", "0912 345 6789"),
    ("IN", "०९८७६५४३२१०", "IN", "098765 43210"),
    ("JP", "０９０１２３４５６７８", "JP", "090-1234-5678"),
    ("JP", "＋８１９０１２３４５６７８", "JP", "+81 90-1234-5678"),
    ("BD", "০১৮১২৩৪৫৬৭৮", "BD", "01812-345678"),
]
"""Typed key by key."""
WHOLE = [
    ("GB", "+44 (0)7400 123456", "GB", "+44 7400 123456"),
    ("GB", "+44 07400-123456", "GB", "+44 7400 123456"),
    ("GB", "+44+447400123456", "GB", "+44 7400 123456"),
    ("GB", "+44 44 7400 123456", "GB", "+44 7400 123456"),
    ("GB", "447400123456", "GB", "+44 7400 123456"),
    ("US", "Call me: 0044 7400.123.456, after six", "GB", "+44 7400 123456"),
    ("US", "tel:+1-201-555-0123", "US", "+1 201-555-0123"),
    ("US", "+1 1 (201) 555 0123", "US", "+1 201-555-0123"),
    ("US", "011 44 7400 123456", "GB", "+44 7400 123456"),
    ("US", "Mobile \u202a+49 1512 3456789\u202c", "DE", "+49 1512 3456789"),
    ("DE", "Handy (0) 1512 / 3456789", "DE", "01512 3456789"),
    ("AE", "٠٥٠ ١٢٣ ٤٥٦٧", "AE", "050 123 4567"),
    ("DE", "+1 (416) 555-0123", "US", "+1 416-555-0123"),
    ("CA", "+1 (416) 555-0123", "CA", "+1 416-555-0123"),
    ("US", "", "US", ""),
]
"""Pasted, or filled in by the browser."""


def test_typed_in_any_form_and_any_digits(field: Field) -> None:
    for region, typed, country, shown in ENTRIES:
        field.choose(region)
        field.input.fill("")
        field.input.press_sequentially(typed)
        field.shows(shown, country)
        assert field.caret == len(shown)


def test_pasted_and_filled_in(field: Field) -> None:
    paste = """(input, text) => {
      input.select();
      input.dispatchEvent(new InputEvent("beforeinput", { inputType: "insertFromPaste", data: text, bubbles: true }));
      input.setRangeText(text, 0, input.value.length, "end");
      input.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste", bubbles: true }));
    }"""
    for region, text, country, shown in WHOLE:
        for enter in (field.input.fill, lambda text: field.input.evaluate(paste, text)):
            field.choose(region)
            field.input.fill("")
            enter(text)
            field.shows(shown, country)
    field.input.fill("07400 123456")
    field.choose("GB")
    field.shows("07400 123456", "GB")
    field.choose("US")
    field.input.fill("+44 7400 123456")
    field.country.select_option("US")
    field.shows("(740) 012-3456", "US")


@pytest.mark.parametrize(
    ("locale", "zone", "form", "country"),
    [
        ("de-DE", "America/New_York", EVERY, "DE"),
        ("fr", "Asia/Tokyo", EVERY, "JP"),
        ("en", "Asia/Kolkata", EVERY, "IN"),
        ("es-419", "America/Bogota", EVERY, "CO"),
        ("eo", "Etc/UTC", EVERY, "US"),
        ("ja-JP", "Europe/London", FEW, "GB"),
        ("ja-JP", "Asia/Tokyo", FEW, "US"),
    ],
)
def test_the_visitors_country_is_chosen_at_first(
    browser: Browser, shop: Merchant, everywhere: Server, locale: str, zone: str, form: str, country: str
) -> None:
    assert everywhere.port
    context = browser.new_context(locale=locale, timezone_id=zone)
    field = Field(context.new_page(), shop, form)
    expect(field.country).to_have_value(country)
    field.expects(country)
    field.input.press_sequentially(phonenumbers.national_significant_number(example_mobile(country)))
    expect(field.country).to_have_value(country)
    context.close()


NAME = "([locale, region]) => new Intl.DisplayNames([locale], {type: 'region'}).of(region)"
FAULTS = [
    ("phone_missing", "US", ""),
    ("phone_not_a_number", "US", "call me"),
    ("phone_too_short", "US", "201 555"),
    ("phone_too_long", "US", "201 555 0123 4567"),
    ("phone_invalid", "US", "201 055 0123"),
    ("phone_not_mobile", "GB", "020 7946 0018"),
    ("country_not_served", "US", "+39 312 345 6789"),
]


@pytest.mark.parametrize("locale", ["en", "de"])
def test_what_is_wrong_is_said(browser: Browser, shop: Merchant, everywhere: Server, locale: str) -> None:
    assert everywhere.port
    words = load_strings(locale)
    context = browser.new_context(locale=f"{locale}-US")
    page = context.new_page()
    field = Field(page, shop, FEW)
    error = page.locator("[data-yesline=error]")
    page.get_by_label(words["consent"]).check()
    for code, region, typed in FAULTS:
        field.choose(region)
        field.input.fill(typed)
        page.get_by_role("button", name=words["submit"]).click()
        country = page.evaluate(NAME, [locale, region])
        known: dict[str, Any] = {"country": country, "example": example(region)}
        expect(error).to_have_text(words[f"error.{code}"].format(**known))
        expect(field.input).to_have_attribute("aria-invalid", "true")
        expect(field.input).to_be_focused()
    context.close()
