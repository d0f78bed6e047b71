"""The stop link in a text: looking changes nothing, one button stops, however often it is pressed and whoever presses it."""

import asyncio
import re
from typing import Any

import httpx2
import pytest

from tests.conftest import SENDER, Site
from tests.texting import BACKUP, Tell, newest, say, state
from tests.wire import SHOWN, at_address, dump
from yesline.rules import signing

ONE_WAY = "replies = false"


async def _subject(site: Site, phone: str = SHOWN) -> str:
    return str((await site.sql("SELECT id FROM subject WHERE phone = ?", phone))[0][0])


async def _path(site: Site, group: str = "promotions") -> str:
    return f"/stop/{signing.stop_slug(site.house.clerk.keys, await _subject(site), group)}"


async def _subscribed(site: Site, word: str = "JOIN", to: str = SENDER) -> None:
    await say(site, word, to=to)
    await newest(site)
    await say(site, "Y", to=to)
    await newest(site)


def _words(answer: httpx2.Response) -> str:
    body = re.sub(r"(?s)<(style|title)[^>]*>.*?</\1>", " ", answer.text)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


async def _stopped(site: Site) -> list[tuple[Any, ...]]:
    return await site.sql("SELECT source FROM suppression WHERE lifted_at = 0")


def test_the_link_in_a_text_of_a_one_way_sender_leads_to_the_page(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        found = re.search(r"https?://[^/]+(/stop/\w{22})\b", await newest(site))
        assert found
        page = await site.http.get(found[1])
        assert page.status_code == 200
        answer = await site.http.post(found[1])
        assert (answer.status_code, await _stopped(site)) == (200, [("link",)])
        assert await state(site) == "unsubscribed"
        assert len(await site.texts()) == 1, "the page has said it"

    on_project(story, more=ONE_WAY)


def test_looking_changes_nothing(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        path = await _path(site)
        before = await dump(site)
        for method in ("GET", "HEAD", "GET"):
            answer = await site.http.request(method, path)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-robots-tag"] == "noindex"
            assert "form-action 'self'" in answer.headers["content-security-policy"]
        assert await dump(site) == before

    on_site(story)


def test_the_page_says_whose_texts_end_and_for_which_number(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        path = await _path(site)
        answer = await site.http.get(path)
        assert "Larkspur Coffee" in answer.text
        assert "ending in 23" in _words(answer)
        assert SHOWN not in answer.text
        assert "5550" not in answer.text
        (form,) = re.findall(r"<form[^>]*>", answer.text)
        assert f'action="{path}"' in form
        assert 'method="post"' in form
        assert answer.text.count("<button") == 1
        assert "og:" not in answer.text
        done = await site.http.post(path)
        assert "<button" not in done.text
        assert "START" in _words(done), "how to return"

    on_site(story)


def test_the_button_stops_once_however_often_it_is_pressed(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        path = await _path(site)
        got = len(await site.texts())
        async with at_address(site, "198.51.100.1") as other:
            answers = await asyncio.gather(site.http.post(path), other.post(path), site.http.post(path))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text.partition("<main")[2] for answer in answers}) == 1
        assert await _stopped(site) == [("link",)]
        assert await state(site) == "unsubscribed"
        assert len(await site.texts()) == got
        facts = str(await site.sql("SELECT facts FROM event_facts"))
        assert "stop link" in facts
        assert "198.51.100.1" in facts
        assert (await site.http.get(path)).status_code == 200, "people find old texts"

    on_site(story)


def test_what_waited_is_not_sent_and_start_by_text_returns(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await newest(site)
        await site.http.post(await _path(site))
        await say(site, "Y")
        assert len(await site.texts()) == 1
        site.clock.advance(seconds=61)
        await say(site, "START")
        assert "reply Y" in await newest(site)

    on_site(story)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_links_that_are_not_ours_lead_nowhere(on_site: Any, method: str) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        slug = (await _path(site)).removeprefix("/stop/")
        keys = site.house.clerk.keys
        before = await dump(site)
        subject = await _subject(site)
        wrong = [slug[:-1], slug + "0", slug.swapcase(), slug[:11] + "0" * 11, "x", "%00" * 22, "é" * 22, "A" * 3000]
        wrong += [signing.stop_slug(keys, subject, "roasts"), signing.stop_slug(keys, "0" * 11, "promotions")]
        wrong += [f"{slug[:-1]}{letter}" for letter in "0AZaz" if letter != slug[-1]]
        for other in wrong:
            answer = await site.http.request(method, f"/stop/{other}")
            assert answer.status_code == 404, other
            assert "<form" not in answer.text
            assert answer.headers["content-type"].startswith("text/html")
        assert await dump(site) == before

    on_site(story)


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
def test_no_other_site_can_press_the_button(on_site: Any, headers: dict[str, str]) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        before = await dump(site)
        answer = await site.http.post(await _path(site), headers=headers)
        assert answer.status_code == 403
        assert await dump(site) == before

    on_site(story)


def test_a_browser_s_own_post_is_taken(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        browser = {
            "origin": "null",
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        }
        assert (await site.http.post(await _path(site), headers=browser)).status_code == 200
        assert await _stopped(site) == [("link",)]

    on_site(story)


def test_the_scope_decides_what_the_link_of_a_group_ends(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        await _subscribed(site, "ROAST", BACKUP)
        await site.http.post(await _path(site))
        assert (await state(site), await state(site, "roasts")) == ("unsubscribed", "subscribed")
        assert await _stopped(site) == []
        assert await site.sql("SELECT group_id FROM group_suppression WHERE lifted_at = 0") == [("promotions",)]
        await say(site, "HELP", to=BACKUP)
        assert "Help" in await newest(site)
        await site.http.post(await _path(site, "roasts"))
        assert await state(site, "roasts") == "unsubscribed"

    on_project(story, two=True, stop_scope="group")


def test_by_default_the_link_of_any_group_ends_all(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        await _subscribed(site, "ROAST", BACKUP)
        await site.http.post(await _path(site, "roasts"))
        assert (await state(site), await state(site, "roasts")) == ("unsubscribed", "unsubscribed")
        assert await _stopped(site) == [("link",)]

    on_project(story, two=True)


def test_the_link_of_a_group_that_is_gone_leads_nowhere(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _subscribed(site)
        path = await _path(site)
        del site.house.catalogue.groups["promotions"]
        before = await dump(site)
        for method in ("GET", "POST"):
            assert (await site.http.request(method, path)).status_code == 404
        assert await dump(site) == before

    on_site(story)
