"""Options that commands share, and what they open."""

import getpass
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
import phonenumbers
from msgspec import Struct

from yesline import backup as backups
from yesline import project as projects
from yesline.app import clock
from yesline.clerk import Clerk
from yesline.errors import ConfigError
from yesline.programme import Group
from yesline.settings import Settings, load, load_keys
from yesline.store import engines
from yesline.store.base import Store

FILE = "yesline.toml"
config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file; ./yesline.toml if there is one."
)
data_option = click.option("--data", type=click.Path(file_okay=False), help="Folder of the database and the secrets.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
country_option = click.option("--country", help="Country of a number without its calling code, say US.")
by_option = click.option("--by", help="Who decided it, for the ledger; your user name if not given.")
project_option = click.option(
    "--project",
    type=click.Path(file_okay=False),
    default=".",
    help="Project folder to read; without one there, what is in use.",
)


def settings_from(config: Path | None, **given: Any) -> Settings:
    """The settings of a file, ./yesline.toml where none is given, under the environment and what was typed."""
    found = config or (Path(FILE) if Path(FILE).exists() else None)
    return load(found, None, **given)


def must_exist(url: str) -> None:
    """SQLite would make an empty file of a mistyped name. Raises ConfigError."""
    if engines.engine(url) == "sqlite" and not engines.path(url).exists():
        raise ConfigError(f"{engines.path(url)}: there is no database there: say --data, --config or YESLINE_DATABASE")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The deployment's database, beside a server that may be running. Raises ConfigError."""
    must_exist(settings.database_url)
    store = await engines.ready_store(settings.database_url, clock())
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def at_desk(settings: Settings) -> AsyncIterator[tuple[Store, Clerk]]:
    """The database and a clerk, to change consent by hand. Raises ConfigError.

    The deployment's own secrets must be there: with others, nobody would recognise the number.
    """
    must_exist(settings.database_url)
    backups.need_secrets(settings.folder)
    async with opened(settings) as store:
        yield store, Clerk(store, load_keys(settings.folder), settings.policy(), clock)


async def groups_of(project: str, settings: Callable[[], Settings]) -> dict[str, Group]:
    """The groups of a project folder, where there is one, else those in use, by id. Raises ConfigError."""
    if (Path(project) / FILE).exists():
        return {group.id: group for group in projects.load(Path(project)).groups}
    async with opened(settings()) as store:
        _, groups, _ = await store.programme()
    return {group.id: group for group in groups}


def choose(groups: dict[str, Group], wanted: str | None) -> Group:
    """The group asked for; where there is one only, it need not be named. Raises ConfigError."""
    if not groups:
        raise ConfigError("nothing is applied yet: run 'yesline apply' in your project folder")
    known = ", ".join(sorted(groups))
    if wanted is None and len(groups) > 1:
        raise ConfigError(f"say --group: groups are {known}")
    if wanted is not None and wanted not in groups:
        raise ConfigError(f"there is no group {wanted!r}: groups are {known}")
    return groups[wanted] if wanted is not None else next(iter(groups.values()))


def number(typed: str, country: str | None) -> str:
    """A number as it is kept, E.164, from what was typed. Raises ConfigError."""
    text = f"+{typed[2:]}" if typed.startswith("00") else typed
    try:
        parsed = phonenumbers.parse(text, (country or "").upper() or None)
    except phonenumbers.NumberParseException as error:
        hint = "" if country else ": write it as +12015550123, or say --country"
        raise ConfigError(f"{typed!r} cannot be read as a phone number{hint}") from error
    if not phonenumbers.is_possible_number(parsed):
        raise ConfigError(f"{typed!r} has too few or too many digits for a phone number of its country")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def person(by: str | None) -> str:
    """Who is at the keyboard, as the ledger names them."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "operator"


def told(record: Struct) -> str:
    """A record as one line of JSON."""
    return msgspec.json.encode(record).decode()
