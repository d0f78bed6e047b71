"""The main job, end to end: a number is typed, the phone says yes, the form turns to done by itself."""

from playwright.sync_api import Browser, Page, Route, expect

from e2e.conftest import BOTH_ENGINES, Form, Merchant, Phone
from tests.live import Server

pytestmark = BOTH_ENGINES


def test_reply(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    assert "Larkspur Coffee: reply Y" in phone.wait_for("reply Y")
    expect(page.get_by_text("24680")).to_be_visible()
    phone.reply("Y")
    form.done()
    phone.wait_for("you're in")


def test_code(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    form.code.fill(phone.code())
    form.done()
    phone.wait_for("you're in")


def test_wrong_code_then_right(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    right = phone.code()
    form.code.press_sequentially("000001" if right == "000000" else "000000")
    expect(page.get_by_text("That code isn’t right").first).to_be_visible()
    form.code.fill(f"{right[:3]} {right[3:]}")
    form.done()


def test_link_on_the_phone_turns_the_form(
    page: Page, form: Form, phone: Phone, merchant: Merchant, browser: Browser
) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    link = phone.link()
    other = browser.new_context(java_script_enabled=False)
    handset = other.new_page()
    handset.goto(link)
    expect(form.heading("Now say yes")).to_be_visible()
    handset.get_by_role("button", name="Yes, text me").click()
    expect(handset.get_by_role("heading", name="You’re in")).to_be_visible()
    form.done()
    handset.goto(link)
    expect(handset.get_by_role("heading", name="already")).to_be_visible()
    other.close()


def test_stop_then_start(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    phone.wait_for("you're in")
    phone.reply("STOP")
    phone.wait_for("get no more messages")
    phone.reply("Y")
    phone.reply("START")
    phone.wait_for("reply Y or tap")
    phone.reply("YES")
    phone.wait_for("you're in", 2)


def test_send_it_again(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    old = phone.code()
    again = page.get_by_role("button", name="Send it again")
    expect(again).to_be_hidden()
    again.click()
    new = phone.code(2)
    assert new != old
    form.code.press_sequentially(old)
    expect(page.get_by_text("That code isn’t right").first).to_be_visible()
    form.code.fill(new)
    form.done()


def test_a_wrong_number_is_mended(page: Page, form: Form, phone: Phone, merchant: Merchant, numbers: object) -> None:
    right = Phone(phone._server, next(numbers))  # type: ignore[call-overload]
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    page.get_by_role("button", name="Wrong number?").click()
    expect(form.number).to_have_value(phone.typed)
    expect(form.box).to_be_checked()
    form.number.fill(right.typed)
    form.send.click()
    expect(form.heading("Now say yes")).to_be_visible()
    right.wait_for("reply Y")
    phone.reply("Y")
    expect(form.heading("Now say yes")).to_be_visible()
    right.reply("Y")
    form.done()


def test_hosted_page(page: Page, form: Form, phone: Phone, server: Server, errors: list[str]) -> None:
    page.goto(f"{server.base}/f/spring-harvest")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    assert errors == []


def test_hosted_page_begun_before_the_script_came(page: Page, form: Form, phone: Phone, server: Server) -> None:
    held: list[Route] = []
    page.route("**/embed.js", lambda route: held.append(route))  # noqa: PLW0108  (Playwright marks its handlers)
    page.goto(f"{server.base}/f/spring-harvest", wait_until="commit")
    form.number.fill(phone.typed)
    with page.expect_response("**/view?locale=en"):
        held[0].continue_()
    expect(form.number).to_have_value(phone.typed)
    form.submit(phone)
    phone.reply("Y")
    form.done()


def test_hosted_page_without_script(browser: Browser, phone: Phone, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    form = Form(page, page)
    page.goto(f"{server.base}/f/spring-harvest")
    expect(form.box).not_to_be_checked()
    form.number.fill("201 555")
    form.box.check()
    form.send.click()
    expect(page.get_by_text("digits short for United States")).to_be_visible()
    expect(form.number).to_have_value("201 555")
    form.submit(phone)
    page.reload()
    form.code.fill("000000" if phone.code() != "000000" else "000001")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("That code isn’t right")).to_be_visible()
    phone.reply("Y")
    page.get_by_role("link", name="look again").click()
    form.done()
    context.close()


def test_hosted_page_without_script_by_code(browser: Browser, phone: Phone, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    form = Form(page, page)
    page.goto(f"{server.base}/f/spring-harvest")
    form.submit(phone)
    form.code.fill(phone.code())
    page.get_by_role("button", name="Confirm").click()
    form.done()
    context.close()
