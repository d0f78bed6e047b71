"""Deployments with real data in them, and the commands that are typed at them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.conftest import Clock, Site, is_out, running
from tests.postgres import apart
from yesline.carriers.console import ConsoleCarrier
from yesline.cli import main
from yesline.settings import Settings, load
from yesline.store.ends import Rows, opened
from yesline.store.tables import TABLES

STOPPED = "+12025550123"
AREAS = (205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219)
WAITING = len(AREAS) - 10


def deployment(folder: Path, database: str = "") -> Settings:
    """A sandbox with its data in a folder, and its database there or elsewhere."""
    return load(None, {}, data=str(folder), sandbox=True, database=database)


def yesline(settings: Settings, *words: object) -> Result:
    """Type a command at a deployment. It runs in a thread: Playwright's loop may run in this one."""
    environ = {"YESLINE_DATA": settings.data, "YESLINE_DATABASE": settings.database}
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(CliRunner().invoke, main, [str(word) for word in words], env=environ).result()


def on(settings: Settings, story: Callable[[Site], Any], clock: Clock | None = None) -> Any:
    """Run ``story(site)`` against a server of a deployment."""

    async def whole() -> Any:
        async with running(settings, clock or Clock()) as site:
            return await story(site)

    return apart(whole())


async def live(site: Site) -> None:
    """Three numbers answer, in three ways."""
    for area, answer in ((201, "Y"), (202, "STOP"), (203, "N")):
        await site.submit(f"({area}) 555-0123")
        await site.reply(answer, f"+1{area}5550123")
    await site.idle()


async def live_and_wait(site: Site) -> None:
    """The same, and then more numbers come than the sender can be given texts for in one second, at which the clock stands still."""
    await live(site)
    site.clock.advance(seconds=1)
    for area in AREAS:
        await site.submit(f"({area}) 555-0123")
    for _ in range(1000):
        if len(await waiting(site)) == WAITING and not await site.sql("SELECT 1 FROM text WHERE state = 'sending'"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the sender's pace is not kept")


async def waiting(site: Site) -> list[tuple[Any, ...]]:
    """Texts that wait, with the numbers they are for."""
    return await site.sql(
        "SELECT text.id, phone FROM text JOIN subject ON subject_id = subject.id WHERE state = 'queued'"
    )


async def on_handset(site: Site) -> list[str]:
    """The numbers that got texts from this server."""
    carrier = site.house.carriers["console"]
    assert isinstance(carrier, ConsoleCarrier)
    return [message.receiver for message in carrier.messages() if is_out(message)]


def contents(url: str) -> dict[str, Rows]:
    """Every row of every table."""

    async def read() -> dict[str, Rows]:
        async with opened(url, "seen") as end:
            return {
                table.name: await end.fetch(f"SELECT {table.listed} FROM {table.name} ORDER BY {table.key}")  # noqa: S608
                for table in TABLES
            }

    found: dict[str, Rows] = apart(read())
    return found


def sql(url: str, *statements: str) -> None:
    """Do by hand what no verb of ours does."""

    async def change() -> None:
        async with opened(url, "alone") as end:
            if end.engine == "sqlite":
                await end.fetch("PRAGMA foreign_keys = 0")
            await end.run(*statements)

    apart(change())
