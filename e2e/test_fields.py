"""A form of several steps: what was typed stays, the age is looked at, another group's box asks for its own yes, a code at the end."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import Form, Merchant, Phone
from tests.live import Server, project_folder

STEPS = """steps = ["capture", "details"]
coupon = "SPRING10"

[fields.name]
kind = "name"
step = "capture"

[fields.email]
kind = "email"
required = true

[fields.born]
kind = "birth_date"
min_age = 21

[fields.card]
kind = "checkbox"
label.en = "I have a loyalty card"

[fields.roasts]
kind = "checkbox"
group = "roasts"
label.en = "And text me about new roasts"
"""
SIZES = {
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "desktop": {"viewport": {"width": 1200, "height": 900}},
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, merchant: Merchant) -> Iterator[Server]:
    """A server of its own, whose form asks for more than a number."""
    folder = tmp_path_factory.mktemp("fields")
    project = project_folder(folder, merchant.origin)
    form = project / "forms" / "spring-harvest.toml"
    top, bracket, rest = re.sub(r"delay = \d+", "delay = 0", form.read_text()).partition("\n[")
    form.write_text(f"{top}\n{STEPS}{bracket}{rest}")
    group = (project / "groups" / "promotions.toml").read_text()
    roasts = group.replace("24680", "13579").replace('"JOIN", "HARVEST"', '"ROASTS"')
    (project / "groups" / "roasts.toml").write_text(roasts.replace("Promotions", "Roasts"))
    server = Server(folder / "data", project)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def caller(shop: Server, numbers: Iterator[str]) -> Phone:
    return Phone(shop, next(numbers))


def details(page: Page, born: str) -> None:
    page.get_by_label("Email").fill("ann@example.com")
    page.get_by_label("Date of birth").fill(born)


def by_script(page: Page) -> None:
    """Wait until the hosted page's own form has made way for the widget, which it does not once somebody has begun to type."""
    expect(page.locator("yesline-form .yl[lang]")).to_be_visible()  # the page's own has its language from the page


@pytest.mark.parametrize("size", SIZES)
def test_step_by_step(browser: Browser, shop: Server, caller: Phone, size: str, tmp_path: Path) -> None:
    context = browser.new_context(**SIZES[size])  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{shop.base}/f/spring-harvest")
    by_script(page)
    form = Form(page, page)
    form.number.fill(caller.typed)
    page.get_by_label("Name (optional)").fill("Ann")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Tick the box to agree").first).to_be_visible()
    form.box.check()
    page.screenshot(path=tmp_path / f"capture-{size}.png", full_page=True)
    page.get_by_role("button", name="Next").click()

    expect(form.heading("A little about you")).to_be_focused()
    form.send.click()
    expect(page.get_by_label("Email")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    details(page, "2015-05-17")
    expect(page.get_by_label("And text me about new roasts")).not_to_be_checked()
    expect(page.get_by_text("recurring automated marketing texts").first).to_be_visible()
    page.screenshot(path=tmp_path / f"details-{size}.png", full_page=True)
    page.get_by_role("button", name="Back").click()
    expect(form.number).not_to_have_value("")
    expect(page.get_by_label("Name (optional)")).to_have_value("Ann")
    expect(form.box).to_be_checked()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Email")).to_have_value("ann@example.com")

    form.send.click()
    expect(page.get_by_text("too young").first).to_be_visible()
    expect(page.get_by_label("Date of birth")).to_be_focused()
    page.screenshot(path=tmp_path / f"young-{size}.png", full_page=True)
    assert caller.texts() == [], "nothing was sent"
    expect(page.get_by_label("Date of birth")).not_to_be_editable()
    page.reload()
    by_script(page)
    form.number.fill(caller.typed)
    page.get_by_label("Name (optional)").fill("Ann")
    form.box.check()
    page.get_by_role("button", name="Next").click()
    details(page, "1990-05-17")
    page.get_by_label("And text me about new roasts").check()
    form.send.click()
    expect(form.heading("Now say yes")).to_be_visible()
    form.code.fill(caller.code())
    form.done()
    expect(page.get_by_text("SPRING10")).to_be_visible()
    page.screenshot(path=tmp_path / f"done-{size}.png", full_page=True)
    caller.wait_for("/c/", 2)
    caller_says(shop, caller, "13579")
    context.close()


def caller_says(shop: Server, caller: Phone, to: str) -> None:
    """The other group has a sender of its own, which the phone answers."""
    body = {"from": caller.number, "to": to, "text": "Y"}
    assert httpx2.post(f"{shop.base}/handset/replies", json=body).status_code == 201
    caller.wait_for("you're in", 2)


def test_what_the_server_refuses_leads_to_its_step(page: Page, shop: Server, merchant: Merchant, caller: Phone) -> None:
    tag = f'<script async crossorigin src="{shop.base}/embed/spring-harvest.js"></script>'
    page.goto(merchant.write("fields.html", f"<!doctype html><title>A merchant</title>{tag}"))
    form = Form(page, page)
    form.number.fill(caller.typed)
    page.get_by_label("Name (optional)").fill("Visit www.example.com")
    form.box.check()
    page.get_by_role("button", name="Next").click()
    details(page, "1990-05-17")
    form.send.click()
    expect(page.get_by_label("Name (optional)")).to_be_focused()
    expect(page.get_by_text("Please check this").first).to_be_visible()
    page.get_by_label("Name (optional)").fill("Ann")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_label("Email")).to_have_value("ann@example.com")
    form.send.click()
    expect(form.heading("Now say yes")).to_be_visible()
    caller.reply("Y")
    form.done()
    expect(page.get_by_text("SPRING10")).to_be_visible()
    assert len(caller.texts()) == 2, "a box that is not ticked asks for nothing"
