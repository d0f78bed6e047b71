"""The command that takes a list of people, with the consent that it states, into a group."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from yesline.app import clock
from yesline.bulk.imports import Import, Pace, Plan, Summary, left_alone
from yesline.bulk.refusals import HEAD, Refused
from yesline.bulk.rowfiles import digest, format_of
from yesline.clerk import Clerk
from yesline.commands.options import (
    at_desk,
    choose,
    config_option,
    country_option,
    data_option,
    json_option,
    settings_from,
)
from yesline.errors import ConfigError, StoreError
from yesline.records import ImportJob
from yesline.rules.cells import harmless, inert
from yesline.rules.importing import Terms, Unfit, read_date
from yesline.rules.signing import minter
from yesline.settings import Settings
from yesline.store import imports
from yesline.store.base import Store

PACE = Pace()
Refuse = Callable[[Refused], None]
Progress = Callable[[int], None]


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
        plan = Plan(file, str(file), given["kind"] or format_of(file), terms, given["dry_run"])
        if ignored := left_alone(plan):
            click.echo(f"Left alone: {harmless(', '.join(ignored))}", err=True)  # a name that was mistyped is noticed
        with refusals(given["refused"]) as refuse, bar(file) as progress:
            return await _take(store, clerk, plan, _Desk(store, clerk, plan, refuse, progress), again=given["again"])


def _date(said: str) -> str:
    try:
        return read_date(said, clock()) if said else ""
    except ValueError as error:
        raise ConfigError(
            f"--date {said}: it is no date in ISO 8601, such as 2026-03-31, or has not come yet"
        ) from error


class _Desk:
    """What a dry run has done is not kept."""

    def __init__(self, store: Store, clerk: Clerk, plan: Plan, refuse: Refuse, progress: Progress) -> None:
        self._store = store
        self._clerk = clerk
        self._plan = plan
        self._refuse = refuse
        self._progress = progress

    def refuse(self, line: int, unfit: Unfit) -> None:
        self._refuse(Refused.of(line, unfit))

    async def keep(self, job: ImportJob) -> ImportJob:
        if not self._plan.dry_run and not await imports.keep(self._store, job, self._clerk.clock()):
            raise ConfigError(f"the import was cancelled, or another process is at it; {_so_far(job)}")
        self._progress(job.bytes_done)
        return job


async def _take(store: Store, clerk: Clerk, plan: Plan, desk: _Desk, *, again: bool) -> Summary:
    """Take in what is not in yet. Raises ConfigError."""
    sha256 = await asyncio.to_thread(digest, plan.path)
    job = await _begin(store, clerk, plan, sha256, again=again)
    run = Import(store, clerk, plan, job, desk, PACE)
    if imports.is_done(job):
        run.summary.done_before = True
        return run.summary
    state, message = "failed", "cut off"
    try:
        await run.run()
        state, message = "done", ""
    except StoreError as error:
        raise ConfigError(f"{error}; {_so_far(run.job)}") from error
    finally:
        with suppress(StoreError):
            await imports.leave(store, replace(run.job, state=state, message=message), clerk.clock())
    return run.summary


def _so_far(job: ImportJob) -> str:
    return f"{job.rows_done:,} row(s) are in: run the same command again, and it goes on behind them"


async def _begin(store: Store, clerk: Clerk, plan: Plan, sha256: str, *, again: bool) -> ImportJob:
    """The import of this file that was begun before, or a new one; it is ours unless it is done. Raises ConfigError."""
    mint, now = minter(), clerk.clock()
    new = ImportJob(
        mint(), sha256, plan.path.name, plan.terms.group.id, 0, 0, 0, now, size=plan.path.stat().st_size, changed_at=now
    )
    if plan.dry_run:
        return new
    job = await imports.keep_new(store, new, again=again)
    if imports.is_done(job):
        return job
    mine = replace(job, holder=mint(), state="running")
    if not await imports.take(store, job.id, mine.holder, now, imports.NOT_DONE):
        raise ConfigError("another process is taking this file in, or was killed a minute ago: wait, and look again")
    return mine


@contextmanager
def refusals(path: Path | None) -> Iterator[Refuse]:
    """Writes what is refused into a file, or to standard error."""
    if not path:
        yield _to_stderr
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        yield lambda row: _discard(file.write(row.csv))


def _discard(_: object) -> None:
    return


def _to_stderr(row: Refused) -> None:
    click.echo(("\r\033[K" if sys.stderr.isatty() else "") + row.csv.removesuffix("\r\n"), err=True)


@contextmanager
def bar(path: Path) -> Iterator[Progress]:
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
