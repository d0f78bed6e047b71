"""Commands about coupons: codes that forms give to whoever says yes, each to one number."""

import asyncio
import re
from pathlib import Path
from typing import TextIO

import click
from msgspec import Struct

from yesline.commands.options import config_option, data_option, json_option, opened, settings_from, told
from yesline.errors import ConfigError
from yesline.settings import Settings
from yesline.store import lists

_POOL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_CODE = re.compile(r"[!-~]{1,64}")


class Pool(Struct, frozen=True):
    """A pool, how many codes nobody has yet, and how many were given."""

    pool: str
    left: int
    given: int


@click.group()
def coupons() -> None:
    """Codes that forms give to whoever says yes."""


@coupons.command()
@config_option
@data_option
@click.argument("pool")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
def add(config: Path | None, data: str | None, pool: str, file: TextIO) -> None:
    """Put the codes of a file, one a line, into a pool; - reads standard input."""
    if not _POOL.fullmatch(pool):
        raise ConfigError(f"{pool!r} is no name of a pool: it has lower case letters, digits and hyphens, at most 63")
    codes = _codes(file, getattr(file, "name", "-"))
    added = asyncio.run(_add(settings_from(config, data=data), pool, codes))
    known = f", {len(codes) - added} were there already" if added < len(codes) else ""
    click.echo(f"{added} code(s) are new in {pool}{known}.")


def _codes(file: TextIO, name: str) -> list[str]:
    """The codes of a file, each once. Raises ConfigError naming the line of one that cannot be given."""
    try:
        lines = [line.strip() for line in file]
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is not a text in UTF-8: export it as CSV or plain text, one code a line") from error
    for at, line in enumerate(lines, 1):
        if line and not _CODE.fullmatch(line):
            raise ConfigError(
                f"{name}, line {at}: {line[:70]!r}: a code has letters, digits and signs of ASCII, no blanks, at most 64"
            )
    if not any(lines):
        raise ConfigError(f"{name} holds no code: write one a line")
    return list(dict.fromkeys(filter(None, lines)))


@coupons.command("list")
@config_option
@data_option
@json_option
def list_(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show each pool, how many codes are left in it and how many were given."""
    for pool in asyncio.run(_pools(settings_from(config, data=data))):
        click.echo(told(pool) if as_json else f"{pool.pool:24} {pool.left} left  {pool.given} given")


async def _add(settings: Settings, pool: str, codes: list[str]) -> int:
    async with opened(settings) as store:
        return await store.add_coupons(pool, codes)


async def _pools(settings: Settings) -> list[Pool]:
    async with opened(settings) as store:
        pools = await lists.coupon_pools(store)
    return [Pool(name, codes - given, given) for name, (codes, given) in pools.items()]


COMMANDS = (coupons,)
