"""The page behind the link in a text."""

import asyncio
import html
import re
import string
from typing import Any

import httpx2
import pytest

from tests.browser import says
from tests.conftest import Site
from tests.wire import dump, link_in
from yesline.rules import signing

ASK, IN, ALREADY, DECLINED, NOT_VALID = "ask", "confirmed", "already", "declined", "not_valid"


def _shows(answer: httpx2.Response) -> str:
    """Which of the page's states its heading tells."""
    found = re.search(r"<h1[^>]*>([^<]*)</h1>", answer.text)
    assert found, answer.text
    heading = html.unescape(found[1])
    states = [state for state in (ASK, ALREADY, IN, DECLINED, NOT_VALID) if says(heading, f"page.{state}_title")]
    assert states, heading
    return states[0]


def _token(answer: httpx2.Response) -> str:
    found = re.search(r'name="token" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


async def _link(site: Site, phone: str = "2015550123") -> tuple[str, str]:
    """A submission and the link in its text."""
    submission = await site.submit(phone)
    return submission, link_in((await site.texts(f"+1{phone}"))[-1])


async def _post(site: Site, link: str, token: str, act: str = "confirm") -> httpx2.Response:
    return await site.http.post(link, data={"token": token, "act": act})


def test_page_asks_and_shows_two_digits_of_the_number(on_site: Any) -> None:
    async def story(site: Site) -> None:
        _, link = await _link(site)
        page = await site.http.get(link)
        assert page.status_code == 200
        assert _shows(page) == ASK
        assert ">23<" in page.text
        for hidden in ("5550123", "555-0123", "0123"):
            assert hidden not in page.text
        assert "new roasts, tastings and offers" in page.text
        assert "Larkspur Coffee" in page.text

    on_site(story)


def test_page_has_the_headers_of_a_page_that_holds_a_secret(on_site: Any) -> None:
    async def story(site: Site) -> None:
        _, link = await _link(site)
        pages = [await site.http.get(link), await site.http.get("/c/" + "x" * 22), await _post(site, link, "x")]
        pages += [await _post(site, link, _token(pages[0])), await site.http.head(link)]
        nonces = set()
        for page in pages:
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["referrer-policy"] == "no-referrer"
            assert page.headers["x-robots-tag"] == "noindex"
            assert page.headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in page.headers
            assert "access-control-allow-origin" not in page.headers
            policy = page.headers["content-security-policy"]
            for rule in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
                assert rule in policy
            assert "unsafe" not in policy
            (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
            assert page.request.method == "HEAD" or f'<style nonce="{nonce}">' in page.text
            nonces.add(nonce)
        assert len(nonces) == len(pages)

    on_site(story)


def test_page_loads_nothing_from_elsewhere(on_site: Any) -> None:
    async def story(site: Site) -> None:
        _, link = await _link(site)
        page = (await site.http.get(link)).text
        assert "<script" not in page
        assert not re.findall(r'(?:src|srcset|action)="(?!/c/)[^"]+"', page)
        assert re.findall(r'<link [^>]*href="([^"]*)"', page) == ["data:,"]

    on_site(story)


def test_button_confirms_once_for_two_devices(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        first, second = _token(await site.http.get(link)), _token(await site.http.get(link))
        pages = await asyncio.gather(*(_post(site, link, token) for token in (first, second, first)))
        assert [page.status_code for page in pages] == [200, 200, 200]
        assert sorted(_shows(page) for page in pages) == [ALREADY, ALREADY, IN]
        assert await site.state(submission) == "confirmed"
        assert len([text for text in await site.texts() if "you're in" in text]) == 1
        assert await site.sql("SELECT count(*) FROM event WHERE kind = 'confirmed'") == [(1,)]
        page = await site.http.get(link)
        assert (page.status_code, _shows(page)) == (200, ALREADY)
        assert "<form" not in page.text

    on_site(story)


def test_not_me_stops_every_text(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        token = _token(await site.http.get(link))
        page = await _post(site, link, token, "decline")
        assert (page.status_code, _shows(page)) == (200, DECLINED)
        assert _shows(await _post(site, link, token, "decline")) == DECLINED
        late = await _post(site, link, token, "confirm")
        assert (late.status_code, _shows(late)) == (410, NOT_VALID)
        gone = await site.http.get(link)
        assert (gone.status_code, _shows(gone)) == (410, NOT_VALID)
        assert await site.state(submission) == "pending"
        assert await site.sql("SELECT count(*) FROM suppression WHERE lifted_at = 0") == [(1,)]
        assert len(await site.texts()) == 1, "not-me is answered on the page, not by text"

    on_site(story)


def test_link_after_its_window(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        site.clock.advance(days=29.9)
        token = _token(await site.http.get(link))
        site.clock.advance(days=0.2)
        for page in (await site.http.get(link), await _post(site, link, token)):
            assert (page.status_code, _shows(page)) == (410, NOT_VALID)
        assert await site.state(submission) == "expired"
        assert ("subscribed",) not in await site.sql("SELECT state FROM subscription")

    on_site(story)


def test_link_after_the_number_was_corrected(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        token = _token(await site.http.get(link))
        await site.post(f"/submissions/{submission}/correct", {"phone": "2025550123", "country": "US"})
        for page in (await site.http.get(link), await _post(site, link, token)):
            assert (page.status_code, _shows(page)) == (410, NOT_VALID)

    on_site(story)


def test_link_stays_good_when_a_new_text_is_sent(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        token = _token(await site.http.get(link))
        site.clock.advance(seconds=60)
        await site.post(f"/submissions/{submission}/resend", {})
        assert _shows(await _post(site, link, token)) == IN

    on_site(story)


def test_every_changed_character_makes_the_link_not_valid(on_site: Any) -> None:
    async def story(site: Site) -> None:
        _, link = await _link(site)
        slug = link.removeprefix("/c/")
        letters = string.digits + string.ascii_letters
        changed = {
            slug[:place] + letters[(letters.index(c) + 1) % 62] + slug[place + 1 :] for place, c in enumerate(slug)
        }
        changed |= {slug[:place] + c.swapcase() + slug[place + 1 :] for place, c in enumerate(slug) if c.isalpha()}
        changed |= {slug[-1:] + slug[:-1], slug[:-1], slug + "0", slug + "=", slug[:11], slug[11:], slug + slug}
        changed |= {letter + slug[1:] for letter in letters} | {slug[:-1] + letter for letter in letters}
        for other in changed - {slug}:
            page = await site.http.get(f"/c/{other}")
            assert (page.status_code, _shows(page)) == (404, NOT_VALID), other
        assert (await site.http.get(link)).status_code == 200

    on_site(story)


@pytest.mark.parametrize("slug", ["%00", "%FF%FE", "é" * 22, "💥", "a" * 3000, "' OR 1=1 --", "{{7*7}}"])
def test_odd_slugs_are_not_valid(on_site: Any, slug: str) -> None:
    async def story(site: Site) -> None:
        for page in (await site.http.get(f"/c/{slug}"), await _post(site, f"/c/{slug}", "x")):
            assert page.status_code == 404
            assert "{{" not in page.text
            assert "49" not in re.sub(r"<style.*?</style>", "", page.text, flags=re.DOTALL)

    on_site(story)


def _signed(site: Site, prompt: str, age_days: float = 0, purpose: Any = "confirm") -> str:
    return signing.sign(site.house.clerk.keys, purpose, prompt, site.clock() - int(age_days * 86_400_000))


async def _prompt(site: Site) -> str:
    ((prompt,),) = await site.sql("SELECT id FROM prompt")
    return str(prompt)


def test_long_signed_token_works_too(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, _ = await _link(site)
        link = "/c/" + _signed(site, await _prompt(site))
        page = await site.http.get(link)
        assert _shows(page) == ASK
        assert _shows(await _post(site, link, _token(page))) == IN
        assert await site.state(submission) == "confirmed"
        assert _shows(await site.http.get(link)) == ALREADY

    on_site(story)


def test_spellings_of_a_spent_token_do_nothing_new(on_site: Any) -> None:
    """The last character of base64 has several spellings, and "=" may follow: the row decides, not the token's text."""

    async def story(site: Site) -> None:
        await _link(site)
        token = _signed(site, await _prompt(site))
        page = await site.http.get(f"/c/{token}")
        await _post(site, f"/c/{token}", _token(page))
        await site.idle()
        before = await dump(site)
        letters = string.ascii_letters + string.digits + "-_"
        for other in [token[:-1] + letter for letter in letters] + [token + "="]:
            page = await site.http.get(f"/c/{other}")
            assert _shows(page) in (ALREADY, NOT_VALID)
            assert "<form" not in page.text
        assert await dump(site) == before

    on_site(story)


def test_token_is_good_for_its_purpose_and_time_only(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _link(site)
        prompt = await _prompt(site)
        assert (await site.http.get("/c/" + _signed(site, prompt, age_days=89.9))).status_code == 200
        for token in (
            _signed(site, prompt, age_days=90.1),
            _signed(site, prompt, age_days=-1),
            _signed(site, prompt, purpose="confirm-page"),
            _signed(site, prompt, purpose="stamp"),
            _signed(site, "nosuchprompt"),
            prompt,
        ):
            assert (await site.http.get(f"/c/{token}")).status_code == 404

    on_site(story)


def test_page_token_of_another_prompt_does_not_press_this_button(on_site: Any) -> None:
    async def story(site: Site) -> None:
        mine, my_link = await _link(site)
        theirs, their_link = await _link(site, "2025550123")
        token = _token(await site.http.get(my_link))
        for bad in (token, "", "x", token[:-4], _signed(site, await _first_prompt(site, theirs))):
            page = await _post(site, their_link, bad)
            assert (page.status_code, _shows(page)) == (200, ASK), "the fresh page, whose button works"
        assert await site.state(theirs) == await site.state(mine) == "pending"
        assert _shows(await _post(site, their_link, _token(page))) == IN

    on_site(story)


async def _first_prompt(site: Site, submission: str) -> str:
    ((prompt,),) = await site.sql("SELECT prompt_id FROM submission WHERE id = ?", submission)
    return str(prompt)


def test_page_left_open_for_days_asks_again(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        token = _token(await site.http.get(link))
        site.clock.advance(days=1, seconds=2)
        page = await _post(site, link, token)
        assert _shows(page) == ASK
        assert await site.state(submission) == "pending"
        assert _shows(await _post(site, link, _token(page))) == IN

    on_site(story)


def test_post_that_says_neither_yes_nor_no(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        token = _token(await site.http.get(link))
        for data in ({"token": token}, {"token": token, "act": ""}, {"token": token, "act": "CONFIRM"}):
            assert (await site.http.post(link, data=data)).status_code == 400
        twice = f"token={token}&act=confirm&act=decline"
        assert (await site.http.post(link, content=twice)).status_code == 400
        assert await site.state(submission) == "pending"

    on_site(story)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
    ],
)
def test_other_sites_cannot_press_the_button(on_site: Any, headers: dict[str, str]) -> None:
    async def story(site: Site) -> None:
        submission, link = await _link(site)
        token = _token(await site.http.get(link))
        page = await site.http.post(link, data={"token": token, "act": "confirm"}, headers=headers)
        assert page.status_code == 403
        assert page.headers["content-type"].startswith("text/html")
        assert await site.state(submission) == "pending"

    on_site(story)


def test_stop_between_page_and_button_wins(on_site: Any) -> None:
    async def story(site: Site) -> None:
        _, link = await _link(site)
        token = _token(await site.http.get(link))
        await site.reply("STOP")
        page = await _post(site, link, token)
        assert (page.status_code, _shows(page)) == (410, NOT_VALID)
        assert await site.sql("SELECT state FROM subscription") == [("unsubscribed",)]

    on_site(story)
