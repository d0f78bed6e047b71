"""Everybody can use it: axe on every step, keyboard alone, words that say what is wrong with this number."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Form, Merchant, Phone
from tests.live import Server

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# The pages as they are used; test_themes.py takes every theme through pairs of all steps, sizes, languages and modes.
LOOKS = [
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    {"viewport": {"width": 320, "height": 640}, "color_scheme": "light", "forced_colors": "active"},
]


def check(page: Page) -> None:
    """No violation, and nothing wider than the screen."""
    page.wait_for_timeout(400)  # entrance animations: axe would read colours half way
    # axe reads the colours of the style sheets, where the browser shows those of the system.
    forced = page.evaluate("matchMedia('(forced-colors: active)').matches")
    result = Axe().run(page, options=RULES | {"rules": {"color-contrast": {"enabled": not forced}}})
    assert result.violations_count == 0, result.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}")
def test_axe_on_every_step(
    browser: Browser, phone: Phone, merchant: Merchant, server: Server, look: dict[str, Any]
) -> None:
    context = browser.new_context(**look)
    page = context.new_page()
    form = Form(page, page)
    page.goto(f"{merchant.origin}/plain.html")
    expect(form.number).to_be_visible()
    check(page)
    form.number.fill("12")
    form.send.click()
    expect(page.get_by_text("digits short").first).to_be_visible()
    check(page)
    form.submit(phone)
    check(page)
    form.code.press_sequentially("000000" if phone.code() != "000000" else "000001")
    expect(page.get_by_text("That code isn’t right").first).to_be_visible()
    check(page)
    link = phone.link()
    phone.reply("Y")
    form.done()
    check(page)
    for path in ("/", "/handset", "/f/spring-harvest"):
        page.goto(server.base + path)
        check(page)
    page.goto(link)
    check(page)
    context.close()


def test_keyboard_alone(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/by-hand.html")
    page.wait_for_function("window.yesline && !Array.isArray(window.yesline)")
    page.locator("#place").evaluate("place => place.remove()")
    page.locator("#before").focus()
    page.evaluate("window.yesline.open('restock')")
    expect(form.number).to_be_focused()
    page.keyboard.type(phone.typed)
    page.keyboard.press("Tab")
    expect(form.box).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(form.heading("Now say yes")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("yesline-form")).to_have_count(0)
    expect(page.locator("#before")).to_be_focused()


def test_focus_stays_in_the_modal(page: Page, form: Form, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    expect(form.number).to_be_visible()
    seen = set()
    for _ in range(24):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.localName"))
    assert "button" not in seen
    assert "yesline-form" in seen


def test_the_box_is_never_ticked_for_anybody(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    expect(form.box).not_to_be_checked()
    form.number.fill(phone.typed)
    form.send.click()
    expect(page.get_by_text("Tick the box to agree").first).to_be_visible()
    expect(form.box).to_be_focused()
    assert phone.texts() == []


@pytest.mark.parametrize(
    ("typed", "country", "words"),
    [
        ("", "US", "Type your mobile number"),
        ("201555", "US", "one or more digits short for United States"),
        ("20155501234", "US", "too many digits for United States"),
        ("9995550123", "US", "No number in United States looks like that"),
        ("02079460018", "GB", "That number can’t get texts"),
        ("+7 912 345-67-89", "US", "We can’t text that country yet"),
        ("call me maybe", "US", "That doesn’t look like a phone number"),
    ],
)
def test_what_is_wrong_with_this_number(
    page: Page, form: Form, merchant: Merchant, typed: str, country: str, words: str
) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    page.get_by_label("Country").select_option(country)
    form.number.fill(typed)
    form.box.check()
    form.send.click()
    expect(page.get_by_text(words).first).to_be_visible()
    expect(form.number).to_be_focused()
    expect(form.number).to_have_attribute("aria-invalid", "true")


def test_the_number_is_formatted_as_it_is_typed(page: Page, form: Form, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.number.press_sequentially("2015550123")
    expect(form.number).to_have_value("(201) 555-0123")
    form.number.fill("")
    page.get_by_label("Country").select_option("FR")
    page.wait_for_timeout(300)
    form.number.press_sequentially("0612345678")
    expect(form.number).to_have_value("06 12 34 56 78")
    form.number.fill("")
    form.number.press_sequentially("+447400123456")
    expect(page.get_by_label("Country")).to_have_value("GB")
