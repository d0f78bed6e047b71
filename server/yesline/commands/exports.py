"""The command that writes who is in a group, and by what consent."""

import asyncio
import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click
import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from yesline.commands.options import config_option, data_option, harmless, inert, opened, settings_from
from yesline.errors import ConfigError
from yesline.records import Profile
from yesline.rules import cells
from yesline.settings import Settings
from yesline.store import exports
from yesline.store.exports import Consent, Subscriber

_MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""


class Exported(Struct, frozen=True):
    """A subscriber as it is written. Times are ISO 8601, UTC; what is not known is empty.

    Where the consent came with a list or from a back end, ``consent_source`` and ``consent_at`` are what that stated; else they are the
    source and the time of the event in the ledger. ``consent_words`` is the hash of what was agreed to, or what
    was stated of it; ``consent_page`` is where.
    """

    group: str
    phone: str
    email: str
    external_id: str
    first_name: str
    last_name: str
    state: str
    stopped: bool
    since: str
    language: str
    consent_source: str
    consent_at: str
    consent_words: str
    consent_page: str


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
    config: Path | None, data: str | None, group: str, kind: str, out: Path | None, *, spreadsheet: bool
) -> None:
    """Write who is in a group, their states, and the consent behind them."""
    if spreadsheet and kind != "csv":
        raise ConfigError("--spreadsheet goes with --format csv")
    with _file(out) as file:
        write = _csv(file, spreadsheet=spreadsheet) if kind == "csv" else _ndjson(file)
        count = asyncio.run(_export(settings_from(config, data=data), group, write))
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


async def _export(settings: Settings, group: str, write: Callable[[Exported], None]) -> int:
    count = 0
    async with opened(settings) as store:
        _, groups, _ = await store.programme()
        if group and group not in {one.id for one in groups}:
            raise ConfigError(f"there is no group {group!r}: groups are {', '.join(sorted(one.id for one in groups))}")
        async for one in exports.subscribers(store, group):
            write(exported(one))
            count += 1
    return count


def _csv(file: IO[str], *, spreadsheet: bool) -> Callable[[Exported], None]:
    writer = csv.writer(file)
    if spreadsheet:
        file.write(_MARK)
    writer.writerow(Exported.__struct_fields__)
    return lambda row: writer.writerow([_cell(value, spreadsheet=spreadsheet) for value in astuple(row)])


def _cell(value: str | bool, *, spreadsheet: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(cells.escaped(value, spreadsheet=spreadsheet))


def _ndjson(file: IO[str]) -> Callable[[Exported], None]:
    return lambda row: print(inert(row), file=file)


def exported(one: Subscriber) -> Exported:
    """A subscriber with what is known of the person and the consent."""
    consent = one.consent
    return Exported(
        one.subscription.group_id,
        one.subject.phone or "",
        one.subject.email or (one.profile and one.profile.email) or "",
        (one.profile and one.profile.external_id) or "",
        *names(one.profile),
        one.subscription.state,
        one.stopped,
        iso(one.subscription.since),
        one.subscription.language,
        *(_evidence(consent) if consent else ("", "", "", "")),
    )


def names(profile: Profile | None) -> tuple[str, str]:
    """First and last name, as far as they are known."""
    known = msgspec.json.decode(profile.attributes) if profile else {}
    first, last = (known.get(name) for name in ("first_name", "last_name"))
    return first if isinstance(first, str) else "", last if isinstance(last, str) else ""


def _evidence(consent: Consent) -> tuple[str, str, str, str]:
    stated = consent.facts
    agreed = consent.asked or stated
    return (
        stated.get("source", consent.source),
        stated.get("at", iso(consent.at)),
        agreed.get("words") or agreed.get("text", ""),
        agreed.get("page", ""),
    )


def iso(at: int) -> str:
    """A time in milliseconds as ISO 8601."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


COMMANDS = (export,)
