"""Networks that are slow, lose answers, or are not there."""

import json

from playwright.sync_api import Page, Route, expect

from e2e.conftest import Form, Merchant, Phone


def test_a_lost_answer_is_asked_for_again_and_counts_once(
    page: Page, form: Form, phone: Phone, merchant: Merchant
) -> None:
    sent: list[str] = []

    def lose_the_first(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "{}")["id"])
        if len(sent) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/submissions", lose_the_first)
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    assert len(sent) == 2
    assert len(set(sent)) == 1
    phone.reply("Y")
    form.done()
    assert sum("reply Y" in text for text in phone.texts()) == 1


def test_offline_is_said_and_mended(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/plain.html")
    form.number.fill(phone.typed)
    form.box.check()
    page.context.set_offline(True)
    form.send.click()
    expect(page.get_by_text("You’re offline").first).to_be_attached()
    page.context.set_offline(False)
    expect(form.heading("Now say yes")).to_be_visible(timeout=30_000)


def test_a_slow_network(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.goto(f"{merchant.origin}/plain.html")
    form.number.fill(phone.typed)
    form.box.check()
    form.send.dblclick()
    expect(form.heading("Now say yes")).to_be_visible()
    phone.reply("Y")
    form.done()
    assert sum("reply Y" in text for text in phone.texts()) == 1


def test_a_code_that_comes_before_the_answer(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    """A text may be quicker than the answer that it was sent: what is filled in meanwhile is checked, too."""

    def hold(route: Route) -> None:
        answer = route.fetch()
        form.code.fill(phone.code(2))
        route.fulfill(response=answer)

    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    page.route("**/resend", hold)
    page.get_by_role("button", name="Send it again").click()
    form.done()


def test_live_updates_without_event_streams(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.add_init_script("delete window.EventSource")
    page.goto(f"{merchant.origin}/plain.html")
    form.submit(phone)
    phone.reply("Y")
    form.done()


def test_a_server_out_of_reach_leaves_the_page_alone(page: Page, merchant: Merchant) -> None:
    page.route("**/embed/**", lambda route: route.abort())
    page.goto(f"{merchant.origin}/plain.html")
    before = page.evaluate("document.body.outerHTML")
    page.wait_for_timeout(300)
    assert page.evaluate("document.body.outerHTML") == before


def test_a_view_out_of_reach_leaves_the_page_alone(page: Page, merchant: Merchant) -> None:
    """The script is there, from the browser's cache say, and the server is not."""
    page.route("**/view*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto(f"{merchant.origin}/strict-data-form.html")
    page.wait_for_timeout(300)
    assert page.locator("body > *").evaluate_all("found => found.map(one => one.localName)") == ["main"]


def test_an_error_of_ours_keeps_what_was_typed(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    error = {"error": {"code": "too_many_requests", "message": "Too many."}}
    page.route("**/submissions", lambda route: route.fulfill(
        status=429, json=error, headers={"access-control-allow-origin": merchant.origin, "retry-after": "60"}
    ))  # fmt: skip
    page.goto(f"{merchant.origin}/plain.html")
    form.number.fill(phone.typed)
    form.box.check()
    form.send.click()
    expect(page.get_by_text("That was a lot of tries").first).to_be_visible()
    expect(form.number).to_have_value(phone.typed)
    page.unroute("**/submissions")
    form.send.click()
    expect(form.heading("Now say yes")).to_be_visible()
