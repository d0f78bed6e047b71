"""Taking a list of people into a group: through the clerk, in parts, each of which is on disk before the next begins."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from yesline.bulk.rowfiles import Format, Line, Rows
from yesline.clerk import Clerk
from yesline.errors import ConfigError
from yesline.programme import Group
from yesline.records import Done, ImportJob, ProfileChange, Track
from yesline.rules import columns
from yesline.rules.importing import Terms, Unfit, change
from yesline.store import exports
from yesline.store.base import Store

T = TypeVar("T")
_SPARED = "it said STOP: only its own START by text ends that"

Refuse = Callable[[int, Unfit], None]
Changes = list[tuple[int, ProfileChange]]
Outcome = Literal["subscribed", "unsubscribed"] | Unfit
Outcomes = list[tuple[int, Outcome]]


class Pace(Struct, frozen=True):
    """How fast: ``rows`` in a part, ``act`` rows in an act, ``abreast`` acts before the clerk at once.

    What a rule looks through grows with the act, so a part is several. ``rest`` is how long visitors have the clerk to themselves between
    acts, as a share of the time that the act took.
    """

    rows: int = 500
    act: int = 25
    abreast: int = 20
    rest: float = 0.0


class Plan(Struct, frozen=True):
    """What is to be taken in, and how. ``name`` is what the file is called."""

    path: Path
    name: str
    kind: Format
    terms: Terms
    dry_run: bool = False


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


class Desk(Protocol):
    """Who has the import made: is told of rows that are not taken, and of how far it is."""

    def refuse(self, line: int, unfit: Unfit) -> None:
        """A row is not taken."""
        ...

    async def keep(self, job: ImportJob) -> ImportJob:
        """The rows up to here are in. Raises what ends the import here."""
        ...


def layout(names: Sequence[str], plan: Plan) -> tuple[dict[str, str], list[str]]:
    """The columns of a file by what they are, and those that are left alone. Raises ConfigError where nobody is named."""
    group = plan.terms.group
    found = columns.recognised(names, group)
    wanted = "email" if group.channel == "email" else "phone"
    if plan.kind == "csv" and wanted not in found:
        raise ConfigError(
            f"{plan.name} has no column {wanted!r}: name the columns in its first line, such as {wanted},state,source,consent_at"
        )
    return found, [name for name in names if name and name not in found.values()]


def left_alone(plan: Plan) -> list[str]:
    """The columns of a file that are left alone. Raises ConfigError for a file that cannot be read."""
    with Rows(plan.path, plan.kind, name=plan.name) as rows:
        return layout(rows.columns, plan)[1]


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
    """One run over a file, from where ``job`` is; afterwards ``job`` is where it has come."""

    def __init__(self, store: Store, clerk: Clerk, plan: Plan, job: ImportJob, desk: Desk, pace: Pace) -> None:
        self._store = store
        self._clerk = clerk
        self._plan = plan
        self._desk = desk
        self._pace = pace
        self._group = plan.terms.group
        self._found: dict[str, str] = {}
        self.job = job
        self.summary = Summary(
            job.file, self._group.id, job.digest, plan.dry_run, job.rows_done, job.rows_done, job.refused
        )

    async def run(self) -> Summary:
        """Take in what is not in yet. Raises ConfigError for a file that cannot be read, StoreError where the database gives up on the way."""
        plan = self._plan
        with await asyncio.to_thread(Rows, plan.path, plan.kind, self.job.bytes_done, plan.name) as rows:
            self._plan = replace(self._plan, terms=self._terms(rows))
            await self._take(iter(rows))
        return self.summary

    def _terms(self, rows: Rows) -> Terms:
        self._found, _ = layout(rows.columns, self._plan)
        return replace(self._plan.terms, states=self._plan.kind == "ndjson" or "state" in self._found)

    async def _take(self, lines: Iterator[Line]) -> None:
        """Part by part: while one is written, the next is read in another thread."""
        part = await asyncio.to_thread(self._read, lines)
        while part.rows:
            following = asyncio.create_task(asyncio.to_thread(self._read, lines))
            try:
                await self._write(part)
            finally:
                following_part = await following
            part = following_part

    async def _write(self, part: _Part) -> None:
        self.summary.rows += part.rows
        outcomes = await (self._foresee if self._plan.dry_run else self._record)(part.changes)
        for number, outcome in sorted([*part.unfit, *outcomes], key=itemgetter(0)):
            self._settle(number, outcome)
        self.job = await self._desk.keep(
            replace(
                self.job,
                rows_done=self.summary.rows,
                bytes_done=part.end,
                refused=self.summary.refused,
                subscribed=self.job.subscribed + sum(one == "subscribed" for _, one in outcomes),
                unsubscribed=self.job.unsubscribed + sum(one == "unsubscribed" for _, one in outcomes),
            )
        )

    def _read(self, lines: Iterator[Line]) -> _Part:
        part = _Part()
        for line in islice(lines, self._pace.rows):
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
            self._desk.refuse(number, outcome)

    def _outcome(self, asked: ProfileChange, error: str) -> Outcome:
        column = "email" if self._group.channel == "email" else "phone"
        if not error:
            return asked.settings[0].state
        return Unfit(self._found.get(column, column), error, _SPARED if error == "stopped" else "the rules refuse it")

    async def _foresee(self, changes: Changes) -> Outcomes:
        """What would become of them."""
        asked = [one.settings[0] for _, one in changes]
        tags = {setting.tag for setting in asked if setting.state == "subscribed"}
        stopped = await self._rested(exports.stopped(self._store, tags, self._group.id))
        spared = ["stopped" if one.state == "subscribed" and one.tag in stopped else "" for one in asked]
        return [(number, self._outcome(one, error)) for (number, one), error in zip(changes, spared, strict=True)]

    async def _record(self, changes: Changes) -> Outcomes:
        """What became of them: it is on disk."""
        step = self._pace.act * self._pace.abreast
        batches = [changes[at : at + step] for at in range(0, len(changes), step)]
        return [outcome for batch in batches for outcome in await self._rested(self._record_batch(batch))]

    async def _record_batch(self, changes: Changes) -> Outcomes:
        parts = [changes[at : at + self._pace.act] for at in range(0, len(changes), self._pace.act)]
        acts = [Track("import", tuple(one for _, one in part), facts={"import": self.job.id}) for part in parts]
        told: list[Done] = await asyncio.gather(*map(self._clerk.record, acts))
        return [
            (part[was.at][0], self._outcome(part[was.at][1], was.error))
            for part, done in zip(parts, told, strict=True)
            for was in done.states
        ]

    async def _rested(self, work: Awaitable[T]) -> T:
        """Do it, and leave the clerk to others for a while."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        done = await work
        if self._pace.rest:
            await asyncio.sleep((loop.time() - began) * self._pace.rest)
        return done
