"""The command that makes what a poster, a receipt or a page needs so that people text a keyword."""

import asyncio
from pathlib import Path

import click

from yesline.commands.options import choose, config_option, data_option, groups_of, project_option, settings_from
from yesline.errors import ConfigError
from yesline.rules import joining
from yesline.views import qr

_KINDS = (".svg", ".png")


@click.command()
@config_option
@data_option
@project_option
@click.option("--keyword", default="", help="Word to text; the group's first if not given.")
@click.option("--qr", "picture", type=click.Path(path_type=Path), help="File to write the QR code into: .svg or .png.")
@click.argument("group")
def join(config: Path | None, data: str | None, project: str, keyword: str, picture: Path | None, group: str) -> None:
    """Tell how people join a group by text: the words to print, the link, and a QR code of it."""
    if picture and picture.suffix.lower() not in _KINDS:
        raise ConfigError(f"--qr {picture}: its name must end in .svg or .png")
    found = choose(asyncio.run(groups_of(project, lambda: settings_from(config, data=data))), group)
    offer = joining.offer(found, keyword=keyword)
    if not offer:
        raise ConfigError(f"group {group}: no sender of it takes replies, so nobody can join it by text")
    if picture:
        _write(offer.link, picture)
    click.echo(f"Text {offer.keyword} to {offer.shown}\n{offer.link}")
    if picture:
        click.echo(f"The QR code is in {picture}.")


def _write(link: str, picture: Path) -> None:
    """Ten pixels a module: sharp on paper up to 3 cm at 300 dots an inch."""
    try:
        qr.code(link).save(str(picture), scale=10, border=4)
    except OSError as error:
        raise ConfigError(f"--qr {picture}: cannot be written: {error.strerror}") from error


COMMANDS = (join,)
