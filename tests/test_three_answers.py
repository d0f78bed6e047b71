"""The main job below the browser: a number is typed, a text asks, the phone says yes in one of three ways."""

import re
from typing import Any

from tests.conftest import FORM, Site
from tests.wire import code_in, link_in


async def press(site: Site, link: str, act: str = "confirm") -> Any:
    page = await site.http.get(link)
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token, page.text
    return await site.http.post(link, data={"token": token[1], "act": act})


def test_reply_confirms(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        assert await site.state(submission) == "pending"
        (prompt,) = await site.texts()
        assert "reply Y" in prompt
        await site.reply("  y. ")
        assert await site.state(submission) == "confirmed"
        assert "you're in" in (await site.texts())[-1]
        assert await site.sql("SELECT state FROM subscription") == [("subscribed",)]

    on_site(story)


def test_code_confirms(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        (prompt,) = await site.texts()
        code = code_in(prompt)
        answer = await site.post(f"/submissions/{submission}/code", {"code": f"{code[:3]} {code[3:]}"})
        assert answer.json() == {"submission": submission, "state": "confirmed"}
        assert await site.state(submission) == "confirmed"

    on_site(story)


def test_link_confirms_by_its_button_only(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        link = link_in((await site.texts())[0])
        for _ in range(20):
            assert (await site.http.get(link)).status_code == 200
            assert (await site.http.head(link)).status_code == 200
        assert await site.state(submission) == "pending"
        await press(site, link)
        assert await site.state(submission) == "confirmed"
        assert "already" in (await site.http.get(link)).text

    on_site(story)


def test_all_three_make_one_confirmation(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        (prompt,) = await site.texts()
        await site.reply("YES")
        await site.post(f"/submissions/{submission}/code", {"code": code_in(prompt)})
        await site.http.post(link_in(prompt), data={"token": "spent", "act": "confirm"})
        await site.reply("Y")
        confirmations = [text for text in await site.texts() if "you're in" in text]
        assert len(confirmations) == 1
        assert await site.sql("SELECT count(*) FROM event WHERE kind = 'confirmed'") == [(1,)]

    on_site(story)


def test_not_me_stops_the_number(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        answer = await press(site, link_in((await site.texts())[0]), "decline")
        assert answer.status_code == 200
        assert await site.state(submission) == "pending"
        await site.reply("Y")
        assert await site.state(submission) == "pending"
        assert (await site.post(f"/forms/{FORM}/submissions", await site.body())).status_code == 202
        assert len(await site.texts()) == 1

    on_site(story)
