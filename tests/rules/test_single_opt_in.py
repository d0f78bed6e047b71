"""A group that is single opt-in by explicit setting: the form alone subscribes, and the event says so."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FORM, Clock, Site, running
from tests.live import project_folder
from yesline.errors import Refusal
from yesline.records import PressLink
from yesline.settings import Settings


@pytest.fixture
def on_single(settings: Settings, clock: Clock, run: Any, tmp_path: Path) -> Any:
    folder = project_folder(tmp_path)
    group = folder / "groups" / "promotions.toml"
    group.write_text('opt_in = "single"\n' + group.read_text())

    def tell(story: Any) -> None:
        async def whole() -> None:
            async with running(settings, clock, folder) as site:
                await story(site)

        run(whole())

    return tell


def test_the_form_subscribes_and_one_text_says_so(on_single: Any) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        answer = await site.post(f"/forms/{FORM}/submissions", body)
        assert answer.json()["next"] == "done"
        assert await site.sql("SELECT state FROM subscription") == [("subscribed",)]
        assert await site.sql("SELECT kind, source FROM event WHERE seq = 1") == [("subscribed", "form")]
        assert ["you're in" in text for text in await site.texts()] == [True]
        assert await site.state(body["id"]) == "confirmed"

    on_single(story)


def test_a_keyword_subscribes(on_single: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("START")
        assert await site.sql("SELECT state FROM subscription") == [("subscribed",)]
        assert ["you're in" in text for text in await site.texts()] == [True]

    on_single(story)


def test_a_stopped_number_stays_stopped(on_single: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("STOP")
        await site.texts()
        answer = await site.post(f"/forms/{FORM}/submissions", await site.body())
        assert answer.json()["next"] == "done"
        assert await site.sql("SELECT state FROM subscription") == []
        assert len(await site.texts()) == 1

    on_single(story)


def test_a_link_nobody_was_sent_is_refused(on_single: Any) -> None:
    async def story(site: Site) -> None:
        with pytest.raises(Refusal, match="not valid"):
            await site.house.clerk.record(PressLink("nobody", True, {}))

    on_single(story)
