"""The form on a page of its own, used by a browser without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, says
from tests.conftest import FORM, Clock, Site, running
from tests.wire import code_in, dump, project_in, wrong
from yesline.settings import Settings

PAGE = f"/f/{FORM}"


async def _submitted(site: Site, phone: str = "(201) 555-0123") -> Browser:
    browser = Browser(site)
    await browser.go(PAGE)
    await browser.press("submit", phone=phone, consent=True)
    assert browser.page.status == 200, browser.page.words
    return browser


def test_whole_flow_with_the_code(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        page = await browser.go(PAGE)
        assert (page.status, page.method, page.action) == (200, "post", PAGE)
        assert page.boxes == {"consent": False}
        assert page.fields["country"] == "US"
        assert page.choices[0] == "US"
        assert "Message and data rates may apply" in page.words

        page = await browser.press("submit", phone="(201) 555-0123", consent=True)
        assert browser.path.startswith(f"{PAGE}?s=")
        assert "…23" in page.words
        assert "555" not in page.words, "whoever sees the address does not see the number"
        assert ("act", "code") in page.buttons

        code = code_in((await site.texts())[0])
        page = await browser.press("code", code=wrong(code))
        assert page.status == 422
        assert says(page.error, "error.code_wrong"), page.error
        assert page.described == {"code": "yl-error"}

        page = await browser.press("code", code=code)
        assert (page.status, page.error) == (200, "")
        assert says(page.words, "done_title"), page.words
        assert page.action == ""
        assert await site.sql("SELECT state FROM subscription") == [("subscribed",)]

    on_site(story)


def test_whole_flow_with_the_reply(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = await _submitted(site)
        again = browser.path
        assert again in browser.page.links, "there is a way to look again without JavaScript"
        await site.reply("Y")
        page = await browser.go(again)
        assert says(page.words, "done_title"), page.words

    on_site(story)


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ({"phone": "", "consent": True}, "phone_missing", "phone"),
        ({"phone": "2015", "consent": True}, "phone_too_short", "phone"),
        ({"phone": "+41 78 123 45 67", "consent": True}, "country_not_served", "phone"),
        ({"phone": "(201) 555-0123", "country": "US", "consent": False}, "consent_missing", "consent"),
    ],
)
def test_errors_keep_what_was_typed(on_site: Any, typed: dict[str, Any], code: str, field: str) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        await browser.go(PAGE)
        page = await browser.press("submit", **{"country": "GB", **typed})
        assert page.status == 422
        assert says(page.error, f"error.{code}"), page.error
        assert page.fields["phone"] == typed["phone"]
        assert page.fields["country"] == typed.get("country", "GB")
        assert page.boxes["consent"] is typed["consent"]
        assert "yl-error" in page.described[field]
        assert not any((await dump(site)).values())
        page = await browser.press("submit", phone="(201) 555-0123", country="US", consent=True)
        assert page.status == 200
        assert len(await site.texts()) == 1

    on_site(story)


def test_resend_and_its_wait(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = await _submitted(site)
        page = await browser.press("resend")
        assert page.status == 429
        assert page.headers.get("retry-after") in (None, "60")
        assert "60" in page.error
        assert says(page.error, "error.resend_too_early")
        await site.idle()
        site.clock.advance(seconds=60)
        page = await browser.press("resend")
        assert (page.status, page.error) == (200, "")
        assert len(await site.texts()) == 2
        page = await browser.press("code", code=code_in((await site.texts())[-1]))
        assert says(page.words, "done_title"), page.words

    on_site(story)


def test_correct_the_number(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = await _submitted(site)
        first = browser.path
        page = await browser.press("correct")
        assert page.status == 200
        assert page.fields["submission"] == first.partition("?s=")[2]
        page = await browser.press("submit", phone="202", consent=True)
        assert page.status == 422
        assert page.fields["submission"], "a mistake does not lose what is being corrected"
        page = await browser.press("submit", phone="(202) 555-0199", consent=True)
        assert browser.path == first
        assert "…99" in page.words
        await site.reply("Y", "+12025550199")
        assert says((await browser.go(first)).words, "done_title")
        assert await site.sql("SELECT count(*) FROM submission") == [(1,)]

    on_site(story)


def test_button_pressed_twice_is_one_submission(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        form = await browser.go(PAGE)
        await browser.press("submit", phone="(201) 555-0123", consent=True)
        first = browser.path
        browser.page, browser.path = form, PAGE
        await browser.press("submit", phone="(201) 555-0123", consent=True)
        assert browser.path == first
        assert len(await site.texts()) == 1

    on_site(story)


def test_reloading_posts_nothing(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        page = await browser.go(PAGE)
        data = page.fields | {"phone": "(201) 555-0123", "consent": "on", "act": "submit"}
        answer = await site.http.post(PAGE, data=data)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{PAGE}?s={page.fields['id']}"
        await site.idle()
        before = await dump(site)
        for _ in range(3):
            await browser.go(answer.headers["location"])
        assert await dump(site) == before

    on_site(story)


def test_page_left_open_for_days_shows_the_words_again(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        await browser.go(PAGE)
        site.clock.advance(days=3)
        page = await browser.press("submit", phone="(201) 555-0123", consent=True)
        assert page.status == 409
        assert says(page.error, "error.stamp_changed")
        assert page.fields["phone"] == "(201) 555-0123"
        assert page.boxes == {"consent": False}
        assert (await browser.press("submit", consent=True)).status == 200

    on_site(story)


def test_trap_catches_who_fills_everything(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        await browser.go(PAGE)
        page = await browser.press("submit", phone="(201) 555-0123", consent=True, website="https://spam.example")
        assert page.status == 422
        assert not any((await dump(site)).values())

    on_site(story)


def test_expired_submission_says_so(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = await _submitted(site)
        site.clock.advance(days=31)
        page = await browser.go(browser.path)
        assert page.status == 200
        assert says(page.words, "status.expired")

    on_site(story)


def test_unknown_form_and_submission_are_pages_people_can_read(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for path in ("/f/nothing", f"{PAGE}?s={'A' * 22}", f"{PAGE}?s=%00"):
            page = await Browser(site).go(path)
            assert page.status == 404
            assert says(page.words, "page.404_title")
        for act in ("code", "resend"):
            answer = await site.http.post(PAGE, data={"act": act, "submission": "A" * 22, "code": "123456"})
            assert answer.status_code == 404
            assert answer.headers["content-type"].startswith("text/html")
        assert (await site.http.post(PAGE, data={"act": "dance"})).status_code == 400

    on_site(story)


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)
def test_other_sites_cannot_send_the_form(on_site: Any, headers: dict[str, str]) -> None:
    async def story(site: Site) -> None:
        page = await Browser(site).go(PAGE)
        data = page.fields | {"phone": "(201) 555-0123", "consent": "on", "act": "submit"}
        answer = await site.http.post(PAGE, data=data, headers=headers)
        assert answer.status_code == 403
        assert not any((await dump(site)).values())

    on_site(story)


def test_headers(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = await _submitted(site)
        for path in (PAGE, browser.path, "/f/nothing"):
            page = await Browser(site).go(path)
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["referrer-policy"] == "no-referrer"
            assert page.headers["x-robots-tag"] == "noindex"
            assert page.headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            assert "set-cookie" not in page.headers

    on_site(story)


def test_what_was_typed_is_inert(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        await browser.go(PAGE)
        for typed in ('"><script>alert(1)</script>', "{{7*7}}", "</style><img src=x onerror=alert(1)>", "\u202e55"):
            page = await browser.press("submit", phone=typed, consent=True)
            assert page.status == 422
            assert page.fields["phone"] == typed
            assert "<script>alert" not in page.html
            assert "<img src=x" not in page.html

    on_site(story)


def test_language_of_the_page(settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path) -> None:
    folder = project_in(tmp_path / "project", 'locales = ["en", "he"]')

    async def story() -> None:
        async with running(settings, clock, folder) as site:
            page = await Browser(site).go(f"{PAGE}?lang=he")
            assert '<html lang="he" dir="rtl">' in page.html
            assert page.fields["locale"] == "he"
            page = await Browser(site).go(PAGE)
            assert '<html lang="en" dir="ltr">' in page.html

    run(story())
