"""One form as a modal, over the whole screen, as a slide-up and in the page: what each takes from the page and gives back."""

import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Form, Merchant, Phone
from tests.live import Server

HANDSET = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def _open(page: Page, merchant: Merchant, display: str) -> Form:
    page.goto(f"{merchant.origin}/displays.html?display={display}")
    form = Form(page, page.locator("#form"))
    expect(form.number).to_be_visible()
    return form


@pytest.mark.parametrize("display", ["modal", "fullscreen"])
def test_over_the_page(page: Page, merchant: Merchant, server: Server, phone: Phone, display: str) -> None:
    assert server.port
    form = _open(page, merchant, display)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_attribute("aria-modal", "true")
    expect(form.number).to_be_focused()
    assert page.evaluate("getComputedStyle(document.body).overflowY") == "hidden"
    assert page.evaluate("document.elementFromPoint(5, 5).id") == "form", "the page behind cannot be reached"
    form.submit(phone)
    form.code.fill(phone.code())
    form.done()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("#before")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.body).overflowY") == "visible"


def test_a_slide_up_leaves_the_page_in_use(page: Page, merchant: Merchant, server: Server, phone: Phone) -> None:
    assert server.port
    form = _open(page, merchant, "slideup")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_attribute("aria-modal", "false")
    page.locator("#before").click()
    expect(page.locator("#before")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    box, window = dialog.bounding_box(), page.viewport_size
    assert box
    assert window
    assert round(box["x"] + box["width"]) == window["width"], "at the end of the line"
    assert round(box["y"] + box["height"]) == window["height"], "at the bottom"
    assert box["width"] < window["width"] / 2
    form.submit(phone)
    phone.reply("Y")
    form.done()
    page.get_by_role("button", name="Done").focus()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_in_the_page_there_is_nothing_to_close(page: Page, merchant: Merchant, server: Server) -> None:
    assert server.port
    form = _open(page, merchant, "inline")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(form.scope.get_by_role("button", name="Close")).to_have_count(0)
    expect(page.locator("#before")).to_be_focused()


@pytest.mark.parametrize("display", ["modal", "fullscreen", "slideup"])
def test_a_keyboard_does_not_cover_the_form(browser: Browser, merchant: Merchant, server: Server, display: str) -> None:
    """A phone's keyboard makes the visual viewport smaller and nothing else; here the page is told so as the browser would."""
    assert server.port
    context = browser.new_context(**HANDSET)  # type: ignore[arg-type]
    page = context.new_page()
    form = _open(page, merchant, display)
    form.number.tap()
    page.evaluate(
        """() => { for (const [name, value] of [["height", 460], ["offsetTop", 0]])
             Object.defineProperty(visualViewport, name, { get: () => value });
           visualViewport.dispatchEvent(new Event("resize")); }"""
    )
    number, dialog = form.number.bounding_box(), page.get_by_role("dialog").bounding_box()
    assert number
    assert dialog
    assert dialog["y"] + dialog["height"] <= 461
    assert number["y"] >= 0
    assert number["y"] + number["height"] <= 461
    context.close()


def test_the_tag_says_how_and_in_which_language(page: Page, merchant: Merchant, server: Server) -> None:
    """Also where script and form come in one answer."""
    page.goto(f"{merchant.origin}/displays.html?display=inline")
    page.evaluate(
        """(server) => { const tag = document.createElement("script");
           Object.assign(tag, { src: server + "/embed/restock.js", crossOrigin: "", async: true });
           tag.dataset.display = "slideup"; document.body.append(tag); }""",
        server.base,
    )
    expect(page.locator("yesline-form[display=slideup]").get_by_role("dialog")).to_have_attribute("aria-modal", "false")
