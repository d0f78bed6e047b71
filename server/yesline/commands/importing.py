"""Taking a list of people into a group: through the clerk, in parts, each of which is on disk before the next begins."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from yesline.clerk import Clerk
from yesline.commands.rowfiles import Format, Line, Rows, digest
from yesline.errors import ConfigError, StoreError
from yesline.programme import Group
from yesline.records import Done, ImportJob, ProfileChange, Track, Wants
from yesline.rules import columns
from yesline.rules.importing import Terms, Unfit, change
from yesline.rules.signing import minter
from yesline.store import exports
from yesline.store.base import Store

_ROWS = 500
"""Rows in a transaction."""
_ACT = 25
"""Rows in an act: what a rule looks through grows with the act, so a part is several acts of one batch."""
_SPARED = "it said STOP: only its own START by text ends that"

Refuse = Callable[[int, Unfit], None]
Progress = Callable[[int], None]
Changes = list[tuple[int, ProfileChange]]
Outcome = Literal["subscribed", "unsubscribed"] | Unfit
Outcomes = list[tuple[int, Outcome]]


class Plan(Struct, frozen=True):
    """What is to be taken in, and how. ``again``: also where the same content was taken into the group before."""

    path: Path
    kind: Format
    terms: Terms
    dry_run: bool = False
    again: bool = False


class Summary(Struct):
    """What became of the rows: of the whole file, but ``reasons``, ``subscribed`` and ``unsubscribed`` are counts of this run."""

    file: str
    group: str
    digest: str
    dry_run: bool
    resumed_at: int = 0
    rows: int = 0
    refused: int = 0
    subscribed: int = 0
    unsubscribed: int = 0
    done_before: bool = False
    reasons: Counter[str] = field(default_factory=Counter)


def layout(names: Sequence[str], plan: Plan) -> tuple[dict[str, str], list[str]]:
    """The columns of a file by what they are, and those that are left alone. Raises ConfigError where nobody is named."""
    group = plan.terms.group
    found = columns.recognised(names, group)
    wanted = "email" if group.channel == "email" else "phone"
    if plan.kind == "csv" and wanted not in found:
        raise ConfigError(
            f"{plan.path} has no column {wanted!r}: name the columns in its first line, such as {wanted},state,source,consent_at"
        )
    return found, [name for name in names if name and name not in found.values()]


@lru_cache(maxsize=1_000)
def _layout_of(names: tuple[str, ...], group: Group) -> dict[str, str]:
    return columns.recognised(names, group)


def _told(line: Line, found: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """The cells of a row by what they are."""
    if plan.kind == "ndjson":
        found = _layout_of(tuple(line.cells), plan.terms.group)
    return {role: line.cells[name] for role, name in found.items() if line.cells.get(name)}


class _Part(Struct):
    """Rows that are written at once: by line what they ask for, or why they are not taken. ``end`` is the byte behind them."""

    rows: int = 0
    end: int = 0
    changes: Changes = field(default_factory=list)
    unfit: list[tuple[int, Unfit]] = field(default_factory=list)


class Import:
    """One run over a file."""

    def __init__(self, store: Store, clerk: Clerk, plan: Plan, refuse: Refuse, progress: Progress) -> None:
        self._store = store
        self._clerk = clerk
        self._plan = plan
        self._refuse = refuse
        self._progress = progress
        self._group = plan.terms.group
        self._mint = minter()
        self._found: dict[str, str] = {}
        self.summary = Summary(plan.path.name, self._group.id, digest(plan.path), plan.dry_run)

    async def run(self) -> Summary:
        """Take in what is not in yet. Raises ConfigError for a file that cannot be read, and where the database gives up on the way."""
        job = await self._job()
        if job.ended_at:
            self.summary.done_before = True
            self.summary.rows, self.summary.refused = job.rows_done, job.refused
            return self.summary
        self.summary.rows = self.summary.resumed_at = job.rows_done
        self.summary.refused = job.refused
        with Rows(self._plan.path, self._plan.kind, job.bytes_done) as rows:
            self._plan = replace(self._plan, terms=self._terms(rows))
            await self._take(job, iter(rows))
        return self.summary

    def _terms(self, rows: Rows) -> Terms:
        self._found, _ = layout(rows.columns, self._plan)
        return replace(self._plan.terms, states=self._plan.kind == "ndjson" or "state" in self._found)

    async def _job(self) -> ImportJob:
        """The import of this file that was begun before, or a new one."""
        if not (self._plan.dry_run or self._plan.again):
            found = await exports.import_job(self._store, self.summary.digest, self._group.id)
            if found:
                return found
        now = self._clerk.clock()
        return ImportJob(self._mint(), self.summary.digest, self.summary.file, self._group.id, 0, 0, 0, now)

    async def _take(self, job: ImportJob, lines: Iterator[Line]) -> None:
        """Part by part: while one is written, the next is read in another thread."""
        part = self._read(lines)
        while part.rows:
            self.summary.rows += part.rows
            following = asyncio.create_task(asyncio.to_thread(self._read, lines))
            try:
                outcomes = await (self._foresee if self._plan.dry_run else self._record)(job, part.changes)
                for number, outcome in sorted([*part.unfit, *outcomes], key=itemgetter(0)):
                    self._settle(number, outcome)
                job = await self._keep(
                    replace(job, rows_done=self.summary.rows, bytes_done=part.end, refused=self.summary.refused)
                )
            except StoreError as error:
                done = f"{job.rows_done:,} row(s) are in: run the same command again, and it goes on behind them"
                raise ConfigError(f"{error}; {done}") from error
            finally:
                following_part = await following
            self._progress(part.end)
            part = following_part
        await self._keep(replace(job, ended_at=self._clerk.clock()))

    def _read(self, lines: Iterator[Line]) -> _Part:
        part = _Part()
        for line in islice(lines, _ROWS):
            part.rows += 1
            part.end = line.end
            try:
                if line.fault:
                    raise line.fault
                told = _told(line, self._found, self._plan)
                part.changes.append((line.number, change(told, line.number, self._plan.terms)))
            except Unfit as unfit:
                found = self._found or _layout_of(tuple(line.cells), self._group)
                unfit.column = found.get(unfit.column, unfit.column)
                part.unfit.append((line.number, unfit))
        return part

    def _settle(self, number: int, outcome: Outcome) -> None:
        """Count what became of a row, and tell of one that was not taken."""
        if outcome == "subscribed":
            self.summary.subscribed += 1
        elif outcome == "unsubscribed":
            self.summary.unsubscribed += 1
        else:
            self.summary.refused += 1
            self.summary.reasons[outcome.reason] += 1
            self._refuse(number, outcome)

    def _outcome(self, asked: ProfileChange, error: str) -> Outcome:
        column = "email" if self._group.channel == "email" else "phone"
        if not error:
            return asked.settings[0].state
        return Unfit(self._found.get(column, column), error, _SPARED if error == "stopped" else "the rules refuse it")

    async def _foresee(self, job: ImportJob, changes: Changes) -> Outcomes:
        """What would become of them."""
        del job
        asked = [one.settings[0] for _, one in changes]
        tags = {setting.tag for setting in asked if setting.state == "subscribed"}
        stopped = await exports.stopped(self._store, tags, self._group.id)
        spared = ["stopped" if one.state == "subscribed" and one.tag in stopped else "" for one in asked]
        return [(number, self._outcome(one, error)) for (number, one), error in zip(changes, spared, strict=True)]

    async def _record(self, job: ImportJob, changes: Changes) -> Outcomes:
        """What became of them: it is on disk."""
        parts = [changes[at : at + _ACT] for at in range(0, len(changes), _ACT)]
        acts = [Track("import", tuple(one for _, one in part), facts={"import": job.id}) for part in parts]
        told: list[Done] = await asyncio.gather(*map(self._clerk.record, acts))
        return [
            (part[was.at][0], self._outcome(part[was.at][1], was.error))
            for part, done in zip(parts, told, strict=True)
            for was in done.states
        ]

    async def _keep(self, job: ImportJob) -> ImportJob:
        if self._plan.dry_run:
            return job
        async with self._store.batch() as batch:
            await batch.load(Wants(set(), set(), set(), set(), set(), set(), {}), lambda *_: set(), job.started_at)
            await batch.save([job])
        return job
