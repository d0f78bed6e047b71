"""A widget from before with the server of now, and the other way round: pages pin scripts, CDNs keep views."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.conftest import Form, Merchant, Phone

OLDER = Path(__file__).parent / "older"


@pytest.fixture
def older_script(merchant: Merchant) -> str:
    """A page on which the merchant serves the widget of then."""
    merchant.write("older-embed.js", (OLDER / "embed.js").read_text())
    tag = '<script async src="/older-embed.js" data-server="{server}" data-form="FORM"></script>'
    return f"<!doctype html><html lang=en><link rel=icon href=data:,><title>A merchant</title><h1>A merchant</h1>{tag}</html>"


def test_an_older_script_with_the_server_of_now(
    page: Page, form: Form, phone: Phone, merchant: Merchant, older_script: str, errors: list[str]
) -> None:
    page.goto(merchant.write("older.html", older_script.replace("FORM", "spring-harvest")))
    form.number.fill("201 555")
    form.box.check()
    form.send.click()
    expect(page.locator("[data-yesline=error]")).to_contain_text("digits short for United States")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    assert not errors


def test_an_older_script_types_the_code(
    page: Page, form: Form, phone: Phone, merchant: Merchant, older_script: str
) -> None:
    page.goto(merchant.write("older.html", older_script.replace("FORM", "spring-harvest")))
    form.submit(phone)
    form.code.fill(phone.code())
    form.done()


def test_an_older_script_shows_a_form_with_rules_only_when_it_is_told_to(
    page: Page, form: Form, phone: Phone, merchant: Merchant, older_script: str
) -> None:
    """It knows no rules, so it must not show the form to somebody for whom it is not meant."""

    with page.expect_response("**/view*"):
        page.goto(merchant.write("older.html", older_script.replace("FORM", "halfway")))
    page.wait_for_timeout(300)
    expect(form.number).to_have_count(0)
    page.evaluate("yesline.open('halfway')")
    form.submit(phone)


def test_the_script_of_now_with_an_older_view(
    page: Page, form: Form, phone: Phone, merchant: Merchant, errors: list[str]
) -> None:
    """The view that a CDN has kept has nothing that came since."""
    older = json.loads((OLDER / "view.json").read_text())

    def kept(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=older | {name: answer.json()[name] for name in ("stamp", "consent")})

    page.route("**/forms/spring-harvest/view*", kept)
    page.goto(f"{merchant.origin}/strict-data-form.html")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    assert not errors
