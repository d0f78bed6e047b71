"""Acceptance test 4 of ``security-compliance`` section E: looking at a link, by every means a scanner has, never confirms."""

import httpx2
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import BOTH_ENGINES, Form, Phone
from tests.live import Server

pytestmark = BOTH_ENGINES


def test_04_a_link_looked_at_twenty_times_stays_open(
    page: Page, form: Form, phone: Phone, server: Server, browser: Browser
) -> None:
    page.goto(f"{server.base}/f/spring-harvest")
    form.submit(phone)
    link = phone.link()
    with httpx2.Client() as http:
        for _ in range(20):
            assert {http.get(link).status_code, http.head(link).status_code} == {200}
    scanner = browser.new_context()
    for _ in range(20):
        seen = scanner.new_page()
        seen.goto(link)
        expect(seen.get_by_role("button", name="Yes, text me")).to_be_visible()
        seen.close()
    scanner.close()
    expect(form.heading("Now say yes")).to_be_visible()
    assert len(phone.texts()) == 1, "no confirmation"
    phone.reply("Y")
    phone.wait_for("you're in")
