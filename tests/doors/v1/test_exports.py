"""``/v1/exports``: what the command writes, byte for byte, however many there are; whoever goes away ends the reading."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOON, ON_SQLITE, Clock, Site, running
from tests.deployments import yesline
from tests.doors.v1.calling import SECRET, get, give_key, imported
from tests.doors.v1.test_imports import _scope
from tests.wire import refused
from yesline.doors.v1 import exports
from yesline.settings import Settings
from yesline.store import exports as stored

OnSite = Callable[..., None]
PATH = "/v1/exports/subscribers"
LIST = "phone,first_name,source\n" + "".join(
    f"+1{area}5550123,{name},shop\n" for area, name in ((201, "=1+1"), (202, "\u202eAnn"), (203, "Bob"), (205, ""))
)
KINDS: dict[str, tuple[str, ...]] = {
    "": (),
    "?group=promotions&spreadsheet=true": ("--group", "promotions", "--spreadsheet"),
    "?format=ndjson": ("--format", "ndjson"),
}


@pytest.fixture
def clock() -> Clock:
    """Some years ago: the command goes by the real time."""
    return Clock(NOON - 3 * 365 * 86_400_000)


def test_it_is_what_the_command_writes(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_AT_ONCE", 3)

    async def story() -> dict[str, bytes]:
        async with running(settings, clock) as site:
            await give_key(site)
            await imported(site, LIST)
            await site.submit("(206) 555-0123")
            await site.idle()
            return {query: (await get(site, PATH + query)).content for query in KINDS}

    told = run(story())
    assert told["?format=ndjson"].count(b"\n") == 5
    for query, words in KINDS.items():
        file = tmp_path / "out"
        assert yesline(settings, "export", "--out", file, *words).exit_code == 0
        assert file.read_bytes() == told[query], query


@ON_SQLITE
def test_how_it_is_asked_for(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await imported(site, LIST)
        plain = await get(site, PATH, accept="text/html;q=0.1, application/x-ndjson")
        assert plain.headers["content-type"] == "application/x-ndjson; charset=utf-8"
        assert plain.headers["content-disposition"] == 'attachment; filename="subscribers.ndjson"'
        said = await get(site, PATH + "?format=csv", accept="application/x-ndjson")
        assert said.headers["content-type"] == "text/csv; charset=utf-8"
        refused(await get(site, PATH, accept="application/json"), 406, "not_acceptable")
        refused(await get(site, PATH + "?group=nobody"), 404, "group_not_found", "group")
        refused(await get(site, PATH + "?format=ndjson&spreadsheet=true"), 400, "bad_request", "spreadsheet")
        refused(await get(site, PATH + "?format=xlsx"), 400, "bad_request", "format")
        head = await site.http.head(PATH, headers={"authorization": f"Bearer {SECRET}"})
        assert (head.status_code, head.content) == (200, b"")

    on_site(story)


@ON_SQLITE
def test_whoever_goes_away_ends_the_reading(on_site: OnSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_AT_ONCE", 1)
    real, pages, gone = stored.subscribers_of, 0, asyncio.Event()

    async def counted(*given: Any) -> Any:
        nonlocal pages
        pages += 1
        return await real(*given)

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if pages and message.get("body"):
            gone.set()
            await asyncio.Event().wait()  # nobody takes it any more

    async def story(site: Site) -> None:
        await give_key(site)
        await imported(site, LIST)
        monkeypatch.setattr(stored, "subscribers_of", counted)
        await site.app(_scope("GET", PATH), receive, send)
        assert pages == 1

    on_site(story)
