"""``yesline webhooks`` and ``yesline events``: endpoints are added, shown and removed, and the feed is shown."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Clock, Site, running
from tests.post.hooks import fed
from yesline.cli import main
from yesline.settings import Settings

URL = "https://shop.example/hooks"


class Terminal:
    """Where commands are typed, beside a deployment with a subscriber in it."""

    def __init__(self, settings: Settings) -> None:
        self._env = {"YESLINE_DATA": settings.data, "YESLINE_DATABASE": settings.database}

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words], env=self._env)


@pytest.fixture
def terminal(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> Terminal:
    async def live() -> None:
        async with running(settings, clock) as site:
            await _live(site)

    run(live())
    return Terminal(settings)


async def _live(site: Site) -> None:
    await site.submit()
    await site.reply("Y")
    await fed(site.house.store, site.clock())


def test_endpoints(terminal: Terminal) -> None:
    assert terminal("webhooks", "list").output == ""
    added = terminal("webhooks", "add", URL, "--type", "subscription.subscribed")
    assert added.exit_code == 0, added.output
    assert added.stdout.startswith("whsec_")
    (shown,) = terminal("webhooks", "list").output.splitlines()
    (told,) = [json.loads(line) for line in terminal("webhooks", "list", "--json").output.splitlines()]
    assert shown == f"{told['id']}  enabled   {URL}  subscription.subscribed"
    assert told["id"] in added.stderr
    assert "secret" not in told
    assert terminal("webhooks", "remove", told["id"]).output == f"The endpoint {told['id']} is removed.\n"
    assert terminal("webhooks", "list").output == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("webhooks", "add", "http://shop.example/"), "it must begin with https://"),
        (("webhooks", "add", "https://127.0.0.1/"), "private network"),
        (("webhooks", "add", URL, "--type", "nothing"), "'nothing' is not one of"),
        (("webhooks", "remove", "nothing"), "'yesline webhooks list' shows their ids"),
        (("events", "tail", "--after", "99"), "The feed ends at 4"),
    ],
)
def test_what_is_refused(terminal: Terminal, words: tuple[str, ...], said: str) -> None:
    done = terminal(*words)
    assert done.exit_code != 0
    assert said in done.output


def test_the_feed(terminal: Terminal) -> None:
    lines = terminal("events", "tail").output.splitlines()
    assert [line.split()[2] for line in lines] == [
        "submission.created",
        "subscription.pending",
        "inbound.received",
        "subscription.subscribed",
    ]
    assert all("+12015550123" in line for line in lines)
    (last,) = terminal("events", "tail", "--after", "3", "--json").output.splitlines()
    told = json.loads(last)
    assert (told["seq"], told["type"], told["data"]["state"]) == (4, "subscription.subscribed", "subscribed")


def test_the_feed_is_followed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []

    async def once(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "sleep", once)
    done = terminal("events", "tail", "--follow")
    assert len(done.output.strip().splitlines()) >= 4
    assert waits == [1.0, 1.0]
