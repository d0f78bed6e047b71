"""The hot path on PostgreSQL: durable submissions a second by one process and by two, beside SQLite (quality bars, "Server").

All that runs shares one machine: wrk, the servers and the database. So the time the database's processes take is told apart, and
what two processes would do with cores of their own is told by processor time.
"""

import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import wrk
from bench.clusters import Postgres, ask, postgres
from bench.options import Options
from bench.report import Report, ratio, spread, tenth, whole
from bench.running import module
from bench.submissions import FASTEST, TABLES, Runner, Track, rows, tell_rows

_BARE = "(b) bare Starlette JSON post"
_SQLITE = "yesline on SQLite"
_ONE = "yesline on PostgreSQL, 1 process"
_TWO = "yesline on PostgreSQL, 2 processes"
_EACH = "(p) one transaction a request"


@dataclass
class Entry:
    """A row of the table: one server or two of one database, driven at once. ``database`` is PostgreSQL's CPU us an answer."""

    label: str
    runners: Sequence[Runner]
    url: str = ""
    loads: list[wrk.Load] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def drive(self, seconds: float) -> wrk.Load:
        """Drive all of its servers, each with its own connections and bodies."""
        with ThreadPoolExecutor(len(self.runners)) as pool:
            return _together(list(pool.map(lambda runner: runner.drive(seconds), self.runners)))

    def measure(self, seconds: float, cpu: Callable[[], float]) -> None:
        """Drive, and keep how it went."""
        before = cpu()
        load = self.drive(seconds)
        self.loads.append(load)
        self.database.append((cpu() - before) / load.answers * 1e6 if self.url else 0)

    def counts(self) -> dict[str, int]:
        """The rows its submissions left."""
        if not self.url:
            return rows(self.runners[0].folder / "data" / "yesline.db")
        return {
            table: ask(self.url, f"SELECT count(*) FROM {table} WHERE {which}".replace("WHERE 1", ""))  # noqa: S608
            for table, which in TABLES.items()
        }


def _together(loads: list[wrk.Load]) -> wrk.Load:
    """Drives that went on at once, as one; of the delays, the worse."""
    answers, seconds = sum(load.answers for load in loads), max(load.seconds for load in loads)
    return wrk.Load(
        answers=answers,
        seconds=seconds,
        p50=max(load.p50 for load in loads),
        p99=max(load.p99 for load in loads),
        failed=sum(load.failed for load in loads),
        sent=sum(load.sent for load in loads),
        cpu=sum(load.cpu * load.answers for load in loads) / answers,
    )


def _entries(track: Track, cluster: Postgres, needed: int) -> list[Entry]:
    def servers(name: str, count: int, variant: str = "whole") -> tuple[list[Runner], str]:
        url = cluster.ready(name)
        found = [track.product(variant, None, url, f"{name}{place}") for place in range(count)]
        for place, runner in enumerate(found):
            runner.supply.used(needed // count * place)
        return found, url

    return [
        Entry(_SQLITE, [track.product("whole", room="sqlite")]),
        Entry(_BARE, [track.bare()]),
        Entry(_EACH, *servers("each", 1, "each")),
        Entry(_ONE, *servers("one", 1)),
        Entry(_TWO, *servers("two", 2)),
    ]


def run(options: Options) -> Report:
    """Ask the question."""
    rounds, seconds = options.times(5), options.long(5)
    needed = int(FASTEST * (seconds * (rounds + 1) + 4))
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made, postgres(Path(made)) as cluster:
        with ExitStack() as stack:
            entries = _entries(Track(Path(made), stack, needed), cluster, needed)
            _rounds(entries, rounds, seconds, cluster)
        report = _report(entries)
        _check(report, entries)
    return report


def _rounds(entries: list[Entry], rounds: int, seconds: float, cluster: Postgres) -> None:
    for entry in entries:
        entry.drive(1)
    for turn in range(rounds):
        shift = turn % len(entries)
        for entry in [*entries[shift:], *entries[:shift]]:
            entry.measure(seconds, cluster.cpu_seconds)


def _ratios(mine: Entry, base: Entry) -> list[float]:
    return [load.rate / other.rate for load, other in zip(mine.loads, base.loads, strict=True)]


def _middle(entry: Entry, of: Callable[[wrk.Load], float]) -> float:
    return statistics.median(of(load) for load in entry.loads)


def _report(entries: list[Entry]) -> Report:
    named = {entry.label: entry for entry in entries}
    report = Report(
        "postgres",
        "durable submissions a second on PostgreSQL",
        ["server", "answers/s", "x (b)", "x SQLite", "p50 ms", "p99 ms", "CPU us", "PostgreSQL CPU us", "not 2xx"],
    )
    for label in (_BARE, _SQLITE, _EACH, _ONE, _TWO):
        entry = named[label]
        ratios = [spread(_ratios(entry, named[base]), ratio) for base in (_BARE, _SQLITE)]
        report.rows.append((label, spread([load.rate for load in entry.loads], whole), *ratios, *_times(entry)))
        report.raw[label] = [
            vars(load) | {"database": us} for load, us in zip(entry.loads, entry.database, strict=True)
        ]
    report.notes += _bars(named)
    return report


def _times(entry: Entry) -> tuple[str, str, str, str, int]:
    cpu = whole(_middle(entry, lambda load: load.cpu))
    database = whole(statistics.median(entry.database)) if entry.url else "-"
    failed = sum(load.failed for load in entry.loads)
    return (
        tenth(_middle(entry, lambda load: load.p50)),
        tenth(_middle(entry, lambda load: load.p99)),
        cpu,
        database,
        failed,
    )


def _bars(named: dict[str, Entry]) -> list[str]:
    one, two = (statistics.median(_ratios(named[label], named[_BARE])) for label in (_ONE, _TWO))
    more = statistics.median(_ratios(named[_TWO], named[_ONE]))
    cheaper = _middle(named[_BARE], lambda load: load.cpu) / _middle(named[_ONE], lambda load: load.cpu)
    return [
        f"bars: >= 0.12 x (b), goal 0.17: {ratio(one)}; with two processes more: {ratio(two)}, {ratio(more)} x one process",
        f"by the server's own processor time, as if PostgreSQL and wrk had cores of their own: {ratio(cheaper)} x (b)",
        f"wrk, {wrk.CONNECTIONS} connections to each process; {os.cpu_count()} cores for wrk, servers and PostgreSQL; "
        "all submissions are of one form and from one address, so all batches lock the same two counters",
    ]


def _check(report: Report, entries: list[Entry]) -> None:
    """Nothing may be lost or doubled, and the ledger must hold."""
    for entry in entries:
        if entry.label != _BARE:
            tell_rows(report, entry.label, entry.counts(), entry.runners)
            report.notes.append(f"  {_verified(entry)}")


def _verified(entry: Entry) -> str:
    env = os.environ | ({"YESLINE_DATABASE": entry.url} if entry.url else {})
    command = module("yesline", "verify", "--data", entry.runners[0].folder / "data")
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
    return (done.stdout + done.stderr).strip()
