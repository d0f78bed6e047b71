"""Commands about other systems that are told what happens: Braze, Segment and those like it, and files."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from yesline.app import clock
from yesline.commands.options import config_option, data_option, json_option, opened, settings_from
from yesline.commands.webhooks import add_endpoint, endpoints, forget, show
from yesline.doors.v1 import webhooks as doors
from yesline.errors import ConfigError
from yesline.records.outgoing import Endpoint, EventType, Options
from yesline.rules.telling import TYPES
from yesline.settings import Settings
from yesline.store import outgoing

Types = tuple[EventType, ...]
Command = Callable[..., Any]
_type_option = click.option(
    "--type",
    "types",
    type=click.Choice(TYPES),
    multiple=True,
    help="What it is told of; can be repeated. All if left out.",
)
_key_option = click.option(
    "--key",
    envvar="YESLINE_FORWARD_KEY",
    prompt=True,
    hide_input=True,
    help="Its key; better left to YESLINE_FORWARD_KEY, or typed when asked: others on this machine see commands.",
)


@click.group()
def forward() -> None:
    """Other systems that are told what happens: Braze, Segment, files."""


@forward.group("add")
def add_() -> None:
    """Tell another system what happens from now on."""


@add_.command()
@config_option
@data_option
@_type_option
@_key_option
@click.option(
    "--group",
    "groups",
    metavar="OURS=THEIRS",
    multiple=True,
    help="A group and its id at Braze; can be repeated. What happens in other groups is told as events only.",
)
@click.argument("url")
def braze(
    config: Path | None, data: str | None, types: tuple[str, ...], key: str, groups: tuple[str, ...], url: str
) -> None:
    """Tell a Braze, by its REST endpoint, of events and of who is in which group."""
    pairs = dict(_pair(one) for one in groups)
    asked = doors.NewEndpoint(url, cast("Types", types), "braze", _checked(key), pairs)
    _added(asyncio.run(add_endpoint(settings_from(config, data=data), asked)))


def _pair(text: str) -> tuple[str, str]:
    ours, _, theirs = text.partition("=")
    if not (ours and theirs):
        raise ConfigError(f"--group {text!r}: write it as promotions=4f1c9f2e-...")
    return ours, theirs


def _checked(key: str) -> str:
    """A key as it was typed, without what pasting brings. Raises ConfigError."""
    plain = key.strip()
    if not (plain.isascii() and plain.isprintable() and plain and " " not in plain):
        raise ConfigError("a key is in ASCII and has no blanks: copy it again")
    return plain


def _added(made: Endpoint) -> None:
    click.echo(f"Told from now on, as {made.id}: 'yesline forward list' says how it goes.")


@add_.command()
@config_option
@data_option
@_type_option
@_key_option
@click.argument("url")
def segment(config: Path | None, data: str | None, types: tuple[str, ...], key: str, url: str) -> None:
    """Tell Segment, or who takes the same calls, of events and of who is in which group."""
    asked = doors.NewEndpoint(url, cast("Types", types), "segment", _checked(key))
    _added(asyncio.run(add_endpoint(settings_from(config, data=data), asked)))


@add_.command()
@config_option
@data_option
@_type_option
@click.option(
    "--format", "form", type=click.Choice(["ndjson", "csv"]), default="ndjson", help="One JSON object a line, or CSV."
)
@click.option("--spreadsheet", is_flag=True, help="For a spreadsheet: phone numbers too are marked as text.")
@click.argument("folder", type=click.Path(path_type=Path))
def file(
    config: Path | None, data: str | None, types: tuple[str, ...], form: str, folder: Path, *, spreadsheet: bool
) -> None:
    """Write events to files in a folder, one a day (UTC). The server writes them: the folder is on its machine, and is there."""
    if spreadsheet and form != "csv":
        raise ConfigError("--spreadsheet goes with --format csv")
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise ConfigError(f"{folder}: make this folder first, so that the server can write in it")
    options = Options(csv=form == "csv", spreadsheet=spreadsheet)
    _added(asyncio.run(_add_file(settings_from(config, data=data), folder.resolve(), cast("Types", types), options)))


async def _add_file(settings: Settings, folder: Path, types: Types, options: Options) -> Endpoint:
    async with opened(settings) as store:
        return await doors.add(store, "file", str(folder), types, "", options, clock())


@forward.command("list")
@config_option
@data_option
@json_option
def list_(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show who is told, without keys, and why one is disabled."""
    for to in asyncio.run(endpoints(settings_from(config, data=data))):
        if to.kind != "webhook":
            show(to, f"{to.kind:7}  ", as_json=as_json)


@forward.command()
@config_option
@data_option
@_key_option
@click.argument("endpoint", metavar="ID")
def key(config: Path | None, data: str | None, key: str, endpoint: str) -> None:
    """Give another key to one that is told, and tell it again if its key was refused."""
    asyncio.run(_renew(settings_from(config, data=data), endpoint, _checked(key)))
    click.echo(f"The key of {endpoint} is another.")


async def _renew(settings: Settings, endpoint: str, key: str) -> None:
    async with opened(settings) as store:
        found = await outgoing.endpoint(store, endpoint)
        if not found or found.kind == "webhook":
            raise ConfigError(f"there is no {endpoint!r}: 'yesline forward list' shows their ids")
        await doors.renew(store, found, key, clock())


@forward.command()
@config_option
@data_option
@click.argument("endpoint", metavar="ID")
def remove(config: Path | None, data: str | None, endpoint: str) -> None:
    """Tell one no more, and forget what went there. Files that were written stay."""
    asyncio.run(forget(settings_from(config, data=data), endpoint, "yesline forward list"))
    click.echo(f"{endpoint} is told no more.")


COMMANDS = (forward,)
