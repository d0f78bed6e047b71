"""The page behind the stop link in a text: it asks, stops in one step, and says how to come back where one can."""

import html
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser import says
from tests.conftest import Clock, Site, running
from tests.wire import project_in
from yesline.rules import signing
from yesline.settings import Settings


async def _stop_link(site: Site) -> str:
    await site.submit()
    await site.idle()
    ((subject,),) = await site.sql("SELECT id FROM subject")
    return f"/stop/{signing.stop_slug(site.house.clerk.keys, subject, 'promotions')}"


def _read(page: str) -> tuple[str, str]:
    """The heading and the words under it."""
    heading = re.search(r"<h1[^>]*>([^<]*)</h1>", page)
    lead = re.search(r'<p class="lead">(.*?)</p>', page, re.DOTALL)
    assert heading
    assert lead
    return html.unescape(heading[1]), html.unescape(re.sub(r"<[^>]+>", "", lead[1]))


async def _suppressed(site: Site) -> int:
    ((count,),) = await site.sql("SELECT count(*) FROM suppression WHERE lifted_at = 0")
    return int(count)


def test_looking_changes_nothing_and_one_press_stops(on_site: Any) -> None:
    async def story(site: Site) -> None:
        link = await _stop_link(site)
        page = await site.http.get(link)
        heading, lead = _read(page.text)
        assert says(heading, "page.stop_title")
        assert "ending in 23" in lead
        assert await _suppressed(site) == 0
        for _ in range(2):
            done = await site.http.post(link)
            assert says(_read(done.text)[0], "page.stopped_title")
            assert await _suppressed(site) == 1

    on_site(story)


def test_it_says_how_to_come_back(on_site: Any) -> None:
    async def story(site: Site) -> None:
        done = await site.http.post(await _stop_link(site))
        assert _read(done.text)[1].endswith("Text START to 24680 to come back.")

    on_site(story)


def test_it_promises_no_way_back_to_a_sender_that_hears_nothing(
    settings: Settings, clock: Clock, run: Any, tmp_path: Path
) -> None:
    async def story() -> None:
        folder = project_in(tmp_path / "project", sender="replies = false")
        async with running(settings, clock, folder) as site:
            done = await site.http.post(await _stop_link(site))
            assert "START" not in done.text
            assert await _suppressed(site) == 1

    run(story())


@pytest.mark.parametrize("slug", ["nothing", "x" * 40, "%00", "2qNiX9Qeu4K2qNiX9Qeu4K"])
def test_a_link_that_is_none_tells_how_to_stop_all_the_same(on_site: Any, slug: str) -> None:
    async def story(site: Site) -> None:
        for answer in (await site.http.get(f"/stop/{slug}"), await site.http.post(f"/stop/{slug}")):
            assert answer.status_code == 404
            heading, lead = _read(answer.text)
            assert says(heading, "page.not_valid_title")
            assert "reply STOP" in lead
            assert "hello@larkspur.example" in answer.text
        assert await _suppressed(site) == 0

    on_site(story)
