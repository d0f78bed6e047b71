"""Commands about the keys with which the product's back end calls ``/v1``."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec.structs import replace

from yesline.app import clock
from yesline.commands.options import config_option, data_option, json_option, opened, settings_from, told
from yesline.doors.keyring import SCOPES, new_key
from yesline.errors import ConfigError
from yesline.records import ApiKey
from yesline.settings import Settings
from yesline.store.keys import save
from yesline.store.lists import api_keys

__all__ = ["COMMANDS", "save"]


@click.group()
def keys() -> None:
    """Keys of the product's back end."""


@keys.command()
@config_option
@data_option
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What it may do; can be repeated.",
)
def new(config: Path | None, data: str | None, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key; it is shown once, and only its SHA-256 is kept."""
    if not name.strip() or "\0" in name or len(name) > 100:
        raise ConfigError("a key's name has 1 to 100 characters: say what will use it")
    secret, row = new_key(name.strip(), scopes, clock())
    asyncio.run(_write(settings_from(config, data=data), row))
    click.echo(secret)
    click.echo(f"Keep it now: it is not shown again. Its id is {row.id}, to revoke it by.", err=True)


@keys.command("list")
@config_option
@data_option
@json_option
def list_(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show every key with its scopes, revoked ones too."""
    for key in asyncio.run(_all(settings_from(config, data=data))):
        click.echo(told(replace(key, digest="")) if as_json else _line(key))


@keys.command()
@config_option
@data_option
@click.argument("key", metavar="ID")
def revoke(config: Path | None, data: str | None, key: str) -> None:
    """End a key; whoever uses it is refused from the next call on."""
    settings = settings_from(config, data=data)
    found = next((row for row in asyncio.run(_all(settings)) if row.id == key), None)
    if not found:
        raise ConfigError(f"there is no key {key!r}: 'yesline keys list' shows their ids")
    if not found.revoked_at:
        asyncio.run(_write(settings, replace(found, revoked_at=clock())))
    click.echo(f"The key {found.name!r} is revoked.")


async def _all(settings: Settings) -> list[ApiKey]:
    async with opened(settings) as store:
        return await api_keys(store)


async def _write(settings: Settings, row: ApiKey) -> None:
    async with opened(settings) as store:
        await save(store, row)


def _line(key: ApiKey) -> str:
    made = _day(key.created_at)
    ended = f"  revoked {_day(key.revoked_at)}" if key.revoked_at else ""
    return f"{key.id}  {made}  {key.scopes:15}  {key.name}{ended}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


COMMANDS = (keys,)
