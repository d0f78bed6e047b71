"""At home in any page: strict policies, no storage, several forms, elements that come and go."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from e2e.conftest import Form, Merchant, Phone
from tests.live import Server

WITHOUT_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
  Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
Object.defineProperty(document, "cookie", { get() { throw new DOMException("blocked", "SecurityError"); } });
"""


@pytest.mark.parametrize("name", ["strict.html", "strict-data-form.html"])
def test_the_strictest_policy(
    page: Page, form: Form, phone: Phone, merchant: Merchant, errors: list[str], name: str
) -> None:
    page.goto(f"{merchant.origin}/{name}")
    form.submit(phone)
    form.code.fill(phone.code())
    form.done()
    assert [error for error in errors if "favicon" not in error and "404" not in error] == []


def test_blocked_storage(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.add_init_script(WITHOUT_STORAGE)
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    phone.reply("Y")
    form.done()


def test_no_cookie_and_one_global(
    page: Page, form: Form, phone: Phone, merchant: Merchant, context: BrowserContext
) -> None:
    page.goto(f"{merchant.origin}/queue.html?none")
    before = set(page.evaluate("Object.keys(window)"))
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("yesline-form")).to_have_count(0)
    assert set(page.evaluate("Object.keys(window)")) - before <= {"yesline"}
    assert context.cookies() == []
    assert page.evaluate("document.documentElement.getAttribute('style') || ''") == ""
    assert page.evaluate("document.body.getAttribute('style') || ''") == ""


def test_two_forms_on_one_page(page: Page, phone: Phone, merchant: Merchant, numbers: object) -> None:
    other = Phone(phone._server, next(numbers))  # type: ignore[call-overload]
    page.goto(f"{merchant.origin}/two-forms.html")
    one, two = Form(page, page.locator("#one")), Form(page, page.locator("#two"))
    expect(two.heading("Back in stock")).to_be_visible()
    one.submit(phone)
    two.submit(other)
    other.reply("Y")
    two.done()
    expect(one.heading("Now say yes")).to_be_visible()
    phone.reply("Y")
    one.done()


def test_removed_and_put_back(page: Page, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/by-hand.html")
    form = Form(page, page.locator("yesline-form"))
    form.number.fill(phone.typed)
    page.evaluate("window.kept = document.querySelector('yesline-form'); window.kept.remove()")
    page.evaluate("document.querySelector('#place').append(window.kept)")
    expect(form.number).to_have_value(phone.typed)
    form.box.check()
    form.send.click()
    expect(form.heading("Now say yes")).to_be_visible()
    page.evaluate("window.kept.remove()")
    phone.reply("Y")
    phone.wait_for("you're in")
    page.evaluate("document.querySelector('#place').append(window.kept)")
    form.done()


def test_queue_events_and_a_script_loaded_twice(
    page: Page, form: Form, phone: Phone, merchant: Merchant, errors: list[str]
) -> None:
    page.goto(f"{merchant.origin}/queue.html")
    expect(page.locator("yesline-form")).to_have_count(1)
    form.number.fill("12")
    form.send.click()
    expect(page.get_by_text("digits short").first).to_be_visible()
    form.submit(phone)
    phone.reply("Y")
    form.done()
    events = page.evaluate("window.events")
    assert [event["name"] for event in events] == ["shown", "invalid", "submitted", "confirmed"]
    assert {event["form"] for event in events} == {"spring-harvest"}
    assert events[1]["code"] == "phone_too_short"
    assert events[2]["submission"] == events[3]["submission"]
    assert [error for error in errors if "404" not in error] == []


def test_dismissed_once_it_stays_away(page: Page, form: Form, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    expect(form.number).to_be_visible()
    page.get_by_role("button", name="No, thanks").click()
    expect(page.locator("yesline-form")).to_have_count(0)
    page.reload()
    page.wait_for_function("window.yesline && !Array.isArray(window.yesline)")
    page.wait_for_timeout(500)
    expect(page.locator("yesline-form")).to_have_count(0)
    page.evaluate("window.yesline.open('spring-harvest')")
    expect(form.number).to_be_visible()


def test_an_opt_in_is_asked_for_no_more(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    page.reload()
    page.wait_for_function("window.yesline && !Array.isArray(window.yesline)")
    page.wait_for_timeout(500)
    expect(page.locator("yesline-form")).to_have_count(0)


def test_keys_typed_in_the_form_are_no_shortcuts_of_the_page(page: Page, form: Form, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    page.evaluate("window.keys = 0; document.addEventListener('keydown', () => window.keys++)")
    form.number.press_sequentially("201")
    assert page.evaluate("window.keys") == 0


def test_an_origin_that_is_not_listed_is_refused(page: Page, server: Server, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html".replace("127.0.0.1", "localhost"))
    answer = page.evaluate(
        "base => fetch(`${base}/forms/spring-harvest/submissions`, {method: 'POST', body: '{}'}).then(r => r.status, () => 'refused')",
        server.base,
    )
    assert answer == "refused"


def test_an_element_that_has_our_name_is_in_nobody_s_way(
    page: Page, form: Form, merchant: Merchant, errors: list[str]
) -> None:
    page.goto(f"{merchant.origin}/name-taken.html")
    expect(form.number).to_be_visible()
    assert [error for error in errors if "404" not in error] == []
