"""Opting in by a text alone, as a person with a phone does it."""

from playwright.sync_api import Browser, Page, expect

from e2e.conftest import BOTH_ENGINES, Form, Phone
from e2e.test_accessibility import check
from tests.live import Server

pytestmark = BOTH_ENGINES


def _text(page: Page, words: str) -> None:
    page.get_by_label("Text message").fill(words)
    page.get_by_role("button", name="Send").click()


def _arrives(page: Page, words: str) -> None:
    """It is seen in the conversation."""
    expect(page.get_by_role("log").get_by_text(words).last).to_be_visible()


def test_join_by_text_on_the_handset(page: Page, phone: Phone, server: Server, errors: list[str]) -> None:
    page.goto(f"{server.base}/handset#{phone.number}")
    expect(page.get_by_text("Text JOIN to 24680")).to_be_visible()
    page.get_by_role("button", name="JOIN").click()
    _arrives(page, "Larkspur Coffee: reply Y")
    page.get_by_role("button", name="Y", exact=True).click()
    _arrives(page, "you're in")
    _text(page, "stop")
    _arrives(page, "get no more messages")
    check(page)
    assert errors == []
    assert len(phone.texts()) == 3


def test_join_from_the_line_on_the_hosted_page(page: Page, phone: Phone, server: Server, errors: list[str]) -> None:
    page.goto(f"{server.base}/f/spring-harvest")
    line = page.get_by_role("link", name="Or text JOIN to 24680")
    expect(line).to_be_visible()
    address = line.get_attribute("href") or ""
    assert address == "sms:24680"
    word = line.locator("strong").first.inner_text()
    page.goto(f"{server.base}/handset#{phone.number}")
    page.get_by_label("Texting with").select_option(address.removeprefix("sms:"))
    _text(page, word)
    _arrives(page, "Larkspur Coffee: reply Y")
    _text(page, "Y")
    _arrives(page, "you're in")
    assert errors == []


def test_the_line_goes_once_the_form_is_sent(page: Page, form: Form, phone: Phone, server: Server) -> None:
    page.goto(f"{server.base}/f/spring-harvest")
    line = page.get_by_role("link", name="Or text JOIN to 24680")
    expect(line).to_be_visible()
    form.submit(phone)
    expect(line).to_have_count(0)


def test_the_picture_is_for_wide_screens(browser: Browser, server: Server) -> None:
    for width, seen in ((390, False), (1280, True)):
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{server.base}/f/spring-harvest")
            expect(page.get_by_role("link", name="Or text JOIN to 24680")).to_be_visible()
            picture = page.get_by_role("img", name="A code to scan")
            assert picture.is_visible() is seen
            if seen:
                assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
            check(page)
            context.close()
