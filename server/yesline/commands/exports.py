"""The command that writes who is in a group, and by what consent."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from yesline.bulk.exports import Style, lines
from yesline.bulk.rowfiles import Format
from yesline.commands.options import config_option, data_option, opened, settings_from
from yesline.errors import ConfigError
from yesline.settings import Settings

_AT_ONCE = 1_000


@click.command()
@config_option
@data_option
@click.option("--group", default="", help="Group to write; all of them if not given.")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "ndjson"]), default="csv", help="CSV, or one JSON object a line."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output if not given."
)
@click.option("--spreadsheet", is_flag=True, help="For a spreadsheet: phone numbers too are marked as text.")
def export(
    config: Path | None, data: str | None, group: str, kind: Format, out: Path | None, *, spreadsheet: bool
) -> None:
    """Write who is in a group, their states, and the consent behind them."""
    if spreadsheet and kind != "csv":
        raise ConfigError("--spreadsheet goes with --format csv")
    with _file(out) as file:
        count = asyncio.run(_export(settings_from(config, data=data), group, Style(kind, spreadsheet), file))
    click.echo(f"{count:,} row(s) are written.", err=True)


@contextmanager
def _file(out: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that nobody else on the machine can read."""
    if not out:
        yield sys.stdout
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise ConfigError(f"--out {out}: cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file


async def _export(settings: Settings, group: str, style: Style, file: IO[str]) -> int:
    count = 0
    async with opened(settings) as store:
        _, groups, _ = await store.programme()
        if group and group not in {one.id for one in groups}:
            raise ConfigError(f"there is no group {group!r}: groups are {', '.join(sorted(one.id for one in groups))}")
        file.write(style.head)
        async for page in lines(store, group, style, _AT_ONCE):
            file.writelines(page)
            count += len(page)
    return count


COMMANDS = (export,)
