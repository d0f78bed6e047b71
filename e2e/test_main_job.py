"""The main job, end to end: a number is typed, the phone says yes, the form turns to done by itself."""

from playwright.sync_api import Page, expect

from e2e.conftest import Form, Merchant, Phone


def test_reply(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    assert "Larkspur Coffee: reply Y" in phone.wait_for("reply Y")
    expect(page.get_by_text("24680")).to_be_visible()
    phone.reply("Y")
    form.done()
    phone.wait_for("you're in")
