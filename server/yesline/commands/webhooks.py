"""Commands about what the product's back end is told: its endpoints, and the feed of events."""

import asyncio
from pathlib import Path
from typing import cast

import click

from yesline.app import clock
from yesline.commands.options import config_option, data_option, json_option, opened, settings_from, told
from yesline.doors.v1 import webhooks as doors
from yesline.doors.v1.events import read
from yesline.errors import ConfigError
from yesline.records.outgoing import Endpoint, EventType
from yesline.rules.telling import TYPES
from yesline.settings import Settings
from yesline.store import outgoing
from yesline.store.base import Store

_LAST = 10
_AT_ONCE = 1000
_LOOK_EVERY = 1.0


@click.group()
def webhooks() -> None:
    """Endpoints of the product's back end that are told what happens."""


@webhooks.command()
@config_option
@data_option
@click.option(
    "--type",
    "types",
    type=click.Choice(TYPES),
    multiple=True,
    help="What it is told of; can be repeated. All if left out.",
)
@click.argument("url")
def add(config: Path | None, data: str | None, types: tuple[str, ...], url: str) -> None:
    """Tell an address what happens from now on; the secret that signs is shown once."""
    asked = doors.NewEndpoint(url, cast("tuple[EventType, ...]", types))
    made = asyncio.run(add_endpoint(settings_from(config, data=data), asked))
    click.echo(made.secret)
    click.echo(f"Keep it now: it is not shown again. The endpoint's id is {made.id}.", err=True)


@webhooks.command("list")
@config_option
@data_option
@json_option
def list_(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show every endpoint, and why one is disabled."""
    for to in asyncio.run(endpoints(settings_from(config, data=data))):
        if to.kind == "webhook":
            show(to, "", as_json=as_json)


@webhooks.command()
@config_option
@data_option
@click.argument("endpoint", metavar="ID")
def remove(config: Path | None, data: str | None, endpoint: str) -> None:
    """Forget an endpoint, with the list of what went there and all that was to go."""
    settings = settings_from(config, data=data)
    asyncio.run(forget(settings, endpoint, "yesline webhooks list"))
    click.echo(f"The endpoint {endpoint} is removed.")


@click.group()
def events() -> None:
    """What happened, in the order in which it is told."""


@events.command()
@config_option
@data_option
@click.option("--after", type=click.IntRange(0), help="Number of the feed to begin behind; its last ten if not given.")
@click.option("--follow", is_flag=True, help="Go on with what happens, until you press Ctrl-C.")
@json_option
def tail(config: Path | None, data: str | None, after: int | None, *, follow: bool, as_json: bool) -> None:
    """Show the newest events."""
    asyncio.run(_tail(settings_from(config, data=data), after, follow=follow, as_json=as_json))


async def _tail(settings: Settings, after: int | None, *, follow: bool, as_json: bool) -> None:
    async with opened(settings) as store:
        place = max(0, await outgoing.newest(store.rows) - _LAST) if after is None else after
        while True:
            place, more = await _show(store, place, as_json=as_json)
            if not more and not follow:
                return
            if not more:
                await asyncio.sleep(_LOOK_EVERY)


async def _show(store: Store, after: int, *, as_json: bool) -> tuple[int, bool]:
    """Show what is next in the feed: how far that went, and whether there may be more."""
    found = await read(store, after, _AT_ONCE)
    for line in found.events:
        about = line.data.phone or line.data.email or line.data.subject
        plain = f"{line.seq:>8}  {line.timestamp}  {line.type:25}  {about:16}  {line.data.group}"
        click.echo(told(line) if as_json else plain)
    return found.next, len(found.events) == _AT_ONCE


def show(to: Endpoint, kind: str, *, as_json: bool) -> None:
    """Print an endpoint as a line; what is its kind stands where a list has several."""
    plain = f"{to.id}  {kind}{to.state:8}  {to.url}  {to.types or 'all'}  {to.reason}".rstrip()
    click.echo(told(doors.shown(to)) if as_json else plain)


async def add_endpoint(settings: Settings, asked: doors.NewEndpoint) -> Endpoint:
    """Add an endpoint that is called. Raises Refusal."""
    async with opened(settings) as store:
        return await doors.new(store, asked, clock(), sandbox=settings.sandbox)


async def endpoints(settings: Settings) -> list[Endpoint]:
    """Endpoints of every kind, oldest first."""
    async with opened(settings) as store:
        return await outgoing.endpoints(store.rows)


async def forget(settings: Settings, endpoint: str, listing: str) -> None:
    """Remove an endpoint of any kind; ``listing`` is the command that shows their ids. Raises ConfigError."""
    async with opened(settings) as store:
        if not await outgoing.endpoint(store, endpoint):
            raise ConfigError(f"there is no endpoint {endpoint!r}: '{listing}' shows their ids")
        await outgoing.remove(store, endpoint)


COMMANDS = (webhooks, events)
