"""Opting in by text alone, and the line of the hosted page that offers it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from tests.browser import Browser, says
from tests.conftest import FORM, Clock, Site, running
from tests.wire import project_in
from yesline.settings import Settings
from yesline.views.themes import load_strings

PAGE = f"/f/{FORM}"


async def _state(site: Site) -> str:
    ((state,),) = await site.sql("SELECT state FROM subscription")
    return str(state)


@pytest.mark.parametrize("word", ["JOIN", "harvest", "Start"])
def test_a_keyword_alone_opts_in(on_site: Any, word: str) -> None:
    async def story(site: Site) -> None:
        await site.reply(word)
        (prompt,) = await site.texts()
        assert "reply Y" in prompt
        assert await _state(site) == "pending"
        await site.reply("Y")
        assert "you're in" in (await site.texts())[-1]
        assert await _state(site) == "subscribed"
        await site.reply("STOP")
        assert "no more messages" in (await site.texts())[-1]
        await site.reply(word)
        if word != "Start":
            assert await _state(site) == "unsubscribed", "only START ends a STOP"
        assert await site.sql("SELECT count(*) FROM submission") == [(0,)]

    on_site(story)


def test_the_page_offers_to_text_instead(on_site: Any) -> None:
    async def story(site: Site) -> None:
        page = await Browser(site).go(PAGE)
        assert "Or text JOIN to 24680" in page.words
        assert "sms:24680" in page.links
        assert "body=" not in page.html.partition("sms:")[2][:40]
        assert says(page.words, "page.join_terms")
        (picture,) = re.findall(r'<img class="scan" src="data:image/svg\+xml[^,]*,([^"]+)" alt="([^"]+)"', page.html)
        drawing = ElementTree.fromstring(unquote(picture[0]))  # noqa: S314  (our own)
        assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
        assert "24680" in picture[1]

    on_site(story)


def test_the_offer_is_made_with_the_form_only(on_site: Any) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        await browser.go(PAGE)
        page = await browser.press("submit", phone="2015", consent=True)
        assert "Or text JOIN to 24680" in page.words, "a mistake in the number is a reason more to offer it"
        page = await browser.press("submit", phone="(201) 555-0123", consent=True)
        assert "Or text" not in page.words
        page = await browser.press("correct")
        assert "Or text" not in page.words

    on_site(story)


def test_the_words_for_it_are_not_sent_to_other_pages(on_site: Any) -> None:
    async def story(site: Site) -> None:
        said = load_strings("en")["page.join_terms"][:20]
        for path in (f"/forms/{FORM}/view", f"/embed/{FORM}.js", "/embed.js"):
            answer = await site.http.get(path)
            assert answer.status_code == 200
            assert said not in answer.text
            assert "page.join" not in answer.text

    on_site(story)


@pytest.mark.parametrize(
    ("group", "sender", "links"),
    [
        ("prefill = true", "", ["sms:24680?&amp;body=JOIN"]),
        ("", "replies = false", []),
    ],
)
def test_the_group_decides(
    settings: Settings,
    clock: Clock,
    run: Callable[[Any], Any],
    tmp_path: Path,
    group: str,
    sender: str,
    links: list[str],
) -> None:
    folder = project_in(tmp_path / "project", group=group, sender=sender)

    async def story() -> None:
        async with running(settings, clock, folder) as site:
            page = await Browser(site).go(PAGE)
            assert re.findall(r'href="(sms:[^"]*)"', page.html) == links
            assert ("Or text" in page.words) is bool(links)

    run(story())


def test_the_handset_knows_the_keyword(on_site: Any) -> None:
    async def story(site: Site) -> None:
        (sender,) = (await site.http.get("/handset/senders")).json()["senders"]
        assert sender == {"address": "24680", "group": "Promotions", "keyword": "JOIN"}

    on_site(story)
