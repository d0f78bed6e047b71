"""The command that takes a list of people, with the consent that it states, into a group."""

import asyncio
import csv
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from yesline.app import clock
from yesline.commands import rowfiles
from yesline.commands.importing import Import, Plan, Summary, layout
from yesline.commands.options import (
    at_desk,
    choose,
    config_option,
    country_option,
    data_option,
    harmless,
    inert,
    json_option,
    settings_from,
)
from yesline.errors import ConfigError
from yesline.rules import cells
from yesline.rules.importing import Terms, Unfit, read_date
from yesline.settings import Settings

_HEAD = ("line", "column", "reason", "message")


@click.command("import")
@config_option
@data_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--group", help="Group to take them into; not needed where there is one only.")
@click.option("--format", "kind", type=click.Choice(["csv", "ndjson"]), help="Read it so, whatever its name ends in.")
@click.option("--source", default="", help="How they agreed, for rows that do not say: 'checkout of shop.example'.")
@click.option("--date", default="", help="When they agreed, for rows that do not say; ISO 8601.")
@country_option
@click.option("--there", default="", help="Name of the group in the file, where it is another.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the rows that are not taken; else standard error.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be refused, and write nothing.")
@click.option("--again", is_flag=True, help="Read the whole file, also where the same one was taken in before.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def import_(
    config: Path | None, data: str | None, file: Path, group: str | None, *, as_json: bool, **given: Any
) -> None:
    """Take a list of people into a group, with the consent that it states. Nobody is texted."""
    settings = settings_from(config, data=data)
    if not (given["dry_run"] or given["yes"]):
        click.confirm(
            f"Take the rows of {harmless(file.name)} into {group or 'the only group'}? Nobody is texted",
            abort=True,
            err=True,
        )
    summary = asyncio.run(_run(settings, file, group, given))
    click.echo(inert(summary) if as_json else _told(summary))


async def _run(settings: Settings, file: Path, group: str | None, given: dict[str, Any]) -> Summary:
    async with at_desk(settings) as (store, clerk):
        _, groups, _ = await store.programme()
        country = (given["country"] or "").upper()
        terms = Terms(
            choose({one.id: one for one in groups}, group),
            clerk.keys,
            clerk.clock(),
            given["source"].strip(),
            _date(given["date"]),
            country,
            given["there"],
        )
        plan = Plan(file, given["kind"] or rowfiles.format_of(file), terms, given["dry_run"], given["again"])
        _tell_columns(plan)
        with refusals(given["refused"]) as refuse, bar(file) as progress:
            return await Import(store, clerk, plan, refuse, progress).run()


def _date(said: str) -> str:
    try:
        return read_date(said, clock()) if said else ""
    except ValueError as error:
        raise ConfigError(
            f"--date {said}: it is no date in ISO 8601, such as 2026-03-31, or has not come yet"
        ) from error


def _tell_columns(plan: Plan) -> None:
    """Say which columns are left alone: a name that was mistyped is noticed."""
    with rowfiles.Rows(plan.path, plan.kind) as rows:
        _, ignored = layout(rows.columns, plan)
    if ignored:
        click.echo(f"Left alone: {harmless(', '.join(ignored))}", err=True)


@contextmanager
def refusals(path: Path | None) -> Iterator[Callable[[int, Unfit], None]]:
    """Writes what is refused, a line each: where, why, and what to do."""
    if not path:
        yield _to_stderr()
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        yield _writer(file)


def _to_stderr() -> Callable[[int, Unfit], None]:
    def refuse(line: int, unfit: Unfit) -> None:
        text = io.StringIO()
        _row(csv.writer(text, lineterminator=""), line, unfit)
        click.echo(("\r\033[K" if sys.stderr.isatty() else "") + text.getvalue(), err=True)

    return refuse


def _writer(file: IO[str]) -> Callable[[int, Unfit], None]:
    writer = csv.writer(file)
    writer.writerow(_HEAD)
    return lambda line, unfit: _row(writer, line, unfit)


def _row(writer: Any, line: int, unfit: Unfit) -> None:
    writer.writerow([line, *(cells.escaped(harmless(said)) for said in (unfit.column, unfit.reason, str(unfit)))])


@contextmanager
def bar(path: Path) -> Iterator[Callable[[int], None]]:
    """A bar of bytes on a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=path.stat().st_size, label=harmless(path.name), file=sys.stderr) as shown:
        yield lambda done: shown.update(done - shown.pos)


def _told(done: Summary) -> str:
    if done.done_before:
        return f"This file was taken into {done.group} before: {done.rows:,} row(s), {done.refused:,} refused. Say --again to read it again."
    taken = f"{done.subscribed:,} subscribed, {done.unsubscribed:,} unsubscribed, {done.refused:,} refused"
    why = "".join(f"\n  {reason:20} {count:,}" for reason, count in done.reasons.most_common())
    begun = f" (from row {done.resumed_at + 1:,} on)" if done.resumed_at else ""
    end = "Nothing was written." if done.dry_run else f"Nobody was texted. The import is {done.digest[:12]}."
    return f"{done.rows:,} row(s){begun}: {taken}.{why}\n{end}"


COMMANDS = (import_,)
