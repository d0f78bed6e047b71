"""The hot path: how many submissions a second are durable when they are answered (quality bars, "Server")."""

import json
import shutil
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import bodies, paced, peers, wrk
from bench.options import Options
from bench.report import Report, ratio, spread, tenth, whole
from bench.running import Server, free_port, module, serving
from bench.servers.product import ORIGIN

FASTEST = 6_000
"""Bodies made for a second of a server that keeps them; a faster one is told of by an error."""
TABLES = {"submission": "1", "event": "kind = 'requested'", "text": "kind = 'prompt'"}
"""Where each submission must have left one row. Sends write events of their own kinds."""
_LABELS = {
    "bare": "(b) bare Starlette JSON post",
    "nothing": "(v) yesline, nothing stored",
    "whole": "yesline, durable",
    "each": "(t) a transaction a request",
    "isso": "isso, gunicorn, 2 workers",
}


@dataclass
class Runner:
    """A server under test, the bodies it has not had yet, and how its drives went."""

    name: str
    server: Server
    folder: Path
    path: str
    supply: bodies.Supply
    wraps: bool
    loads: list[wrk.Load] = field(default_factory=list)
    answered: int = 0
    sent: int = 0

    def drive(self, seconds: float) -> wrk.Load:
        """Drive it for so long with bodies of its own."""
        lines = self.supply.take(1_000 if self.wraps else int(FASTEST * seconds), self.folder / "slice")
        args = (self.path, str(lines), ORIGIN, "wrap" if self.wraps else "once")
        load = wrk.drive(self.server, "post.lua", *args, seconds=seconds)
        self.supply.used(0 if self.wraps else load.sent)
        self.answered += load.answers - load.failed
        self.sent += load.sent
        return load

    def pace(self, rate: float, seconds: float) -> paced.Pace:
        """Send at a steady rate."""
        lines = self.supply.take(int(rate * seconds) + 1, self.folder / "slice")
        found = paced.pace(self.server, _requests(lines, self.path), rate, seconds)
        self.supply.used(found.asked)
        self.answered += found.good
        self.sent += found.asked
        return found


def _requests(lines: Path, path: str) -> Iterator[bytes]:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nOrigin: {ORIGIN}\r\nContent-Type: application/json\r\nContent-Length: "
    )
    for line in lines.read_bytes().splitlines():
        yield head.encode() + str(len(line)).encode() + b"\r\n\r\n" + line


class Track:
    """The servers of one run, in one folder, that end with it."""

    def __init__(self, folder: Path, stack: ExitStack, bodies_needed: int) -> None:
        self._folder = folder
        self._stack = stack
        self._needed = bodies_needed
        self._secrets = folder / "secrets.toml"

    def product(
        self, variant: str, env: dict[str, str] | None = None, database: str = "", room: str = "", *options: object
    ) -> Runner:
        """Yesline; all of a run share their secrets, so that one stamp is genuine for all."""
        folder, port = self._room(room or variant), free_port()
        data = folder / "data"
        data.mkdir()
        if self._secrets.exists():
            shutil.copy(self._secrets, data)
        command = module("bench.servers.product", "--port", port, "--data", data, "--variant", variant, *options)
        command += ["--database", database] if database else []
        server = self._stack.enter_context(serving(command, port, folder / "log", env))
        if not self._secrets.exists():
            shutil.copy(data / "secrets.toml", self._secrets)
            bodies.make(self._folder / "bodies", self._needed, bodies.stamp(server))
        supply = bodies.Supply(self._folder / "bodies")
        return Runner(variant, server, folder, bodies.PATH, supply, wraps=variant == "nothing")

    def bare(self) -> Runner:
        """The baseline."""
        folder, port = self._room("bare"), free_port()
        server = self._stack.enter_context(serving(module("bench.servers.bare", "--port", port), port, folder / "log"))
        return Runner("bare", server, folder, bodies.PATH, bodies.Supply(self._folder / "bodies"), wraps=True)

    def isso(self) -> Runner:
        """The peer: comments, kept in SQLite before they are answered."""
        folder, port = self._room("isso"), free_port()
        command, env = peers.isso(folder, port)
        server = self._stack.enter_context(serving(command, port, folder / "log", env))
        comments = folder / "comments.json"
        comments.write_text("\n".join(_comment(place) for place in range(self._needed)) + "\n")
        return Runner("isso", server, folder, "/new?uri=%2Foffers%2F", bodies.Supply(comments), wraps=False)

    def _room(self, name: str) -> Path:
        room = self._folder / name
        room.mkdir()
        return room


def _comment(place: int) -> str:
    words = {
        "text": f"Comment {place}: is the spring harvest in the shop yet?",
        "author": f"Reader {place}",
        "title": "Offers",
    }
    return json.dumps(words)


def run(options: Options) -> Report:
    """Ask the question, or its variant for a slow disk."""
    rounds, seconds = options.times(5), options.long(5)
    needed = int(FASTEST * (seconds * (rounds + 1) + 20)) // 2
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made, ExitStack() as stack:
        track = Track(Path(made), stack, needed)
        runners = _slow(track, Path(made)) if options.slow_disk else _usual(track)
        _rounds(runners, rounds, seconds)
        report = _report(runners, slow=options.slow_disk)
        _at_half(report, next(runner for runner in runners if runner.name == "whole"), seconds)
        stack.close()  # what is under way at the end is written before the rows are counted
        _count_rows(report, runners)
    return report


def _usual(track: Track) -> list[Runner]:
    whole_, nothing, each = (track.product(variant) for variant in ("whole", "nothing", "each"))
    return [track.bare(), nothing, whole_, each, track.isso()]


def _slow(track: Track, folder: Path) -> list[Runner]:
    env = peers.slow_disk(folder)
    return [track.product("whole", env), track.product("each", env)]


def _rounds(runners: list[Runner], rounds: int, seconds: float) -> None:
    for runner in runners:
        runner.drive(1)
    for turn in range(rounds):
        shift = turn % len(runners)
        for runner in [*runners[shift:], *runners[:shift]]:
            runner.loads.append(runner.drive(seconds))


def _ratios(mine: Runner, base: Runner) -> list[float]:
    return [load.rate / other.rate for load, other in zip(mine.loads, base.loads, strict=True)]


def _report(runners: list[Runner], *, slow: bool) -> Report:
    named = {runner.name: runner for runner in runners}
    bases = ["each"] if slow else ["bare", "isso"]
    heads = [f"x {_LABELS[name].split(',')[0].split(' bare')[0]}" for name in bases]
    report = Report(
        "submissions",
        "durable submissions a second",
        ["server", "answers/s", *heads, "p50 ms", "p99 ms", "CPU us", "not 2xx"],
    )
    if slow:
        report.question += ", every flush 2 ms slower"
    for runner in runners:
        ratios = [spread(_ratios(runner, named[base]), ratio) for base in bases]
        report.rows.append(
            (_LABELS[runner.name], spread([load.rate for load in runner.loads], whole), *ratios, *_times(runner))
        )
        report.raw[runner.name] = [vars(load) for load in runner.loads]
    report.notes += _bars(named, slow=slow)
    report.notes.append(
        f"wrk, {wrk.CONNECTIONS} connections, one worker (isso two); median [range] of interleaved rounds; the sender sends one text a second"
    )
    return report


def _times(runner: Runner) -> tuple[str, str, str, int]:
    def middle(of: Callable[[wrk.Load], float]) -> float:
        return statistics.median(of(load) for load in runner.loads)

    failed = sum(load.failed for load in runner.loads)
    return tenth(middle(lambda o: o.p50)), tenth(middle(lambda o: o.p99)), whole(middle(lambda o: o.cpu)), failed


def _bars(named: dict[str, Runner], *, slow: bool) -> list[str]:
    mine = named["whole"]
    if slow:
        return [f"bar >= 5 x a transaction a request: {ratio(statistics.median(_ratios(mine, named['each'])))}"]
    bare, isso = (statistics.median(_ratios(mine, named[base])) for base in ("bare", "isso"))
    cheaper = statistics.median(
        other.cpu / load.cpu for load, other in zip(mine.loads, named["bare"].loads, strict=True)
    )
    slowest = statistics.median(load.p99 for load in mine.loads)
    return [
        f"bars: >= 0.15 x (b), goal 0.25: {ratio(bare)}; >= 8 x isso: {ratio(isso)}; p99 <= 35 ms on a quiet machine: {tenth(slowest)}",
        f"by processor time, which others on the machine disturb less: {ratio(cheaper)} x (b)",
    ]


def _at_half(report: Report, runner: Runner, seconds: float) -> None:
    rate = statistics.median(load.rate for load in runner.loads) / 2
    found = runner.pace(rate, seconds * 2)
    report.raw["half"] = vars(found)
    lost = found.asked - found.good
    report.notes.append(
        f"at half of its rate ({rate:,.0f}/s, steady): p50 {found.p50:.1f} ms, p99 {found.p99:.1f} ms; bar <= 5 x p50: {ratio(found.spread)}; not 2xx: {lost}"
    )


def _count_rows(report: Report, runners: list[Runner]) -> None:
    for runner in runners:
        if runner.name in ("whole", "each"):
            tell_rows(report, _LABELS[runner.name], rows(runner.folder / "data" / "yesline.db"), [runner])


def tell_rows(report: Report, label: str, counts: dict[str, int], runners: Sequence[Runner]) -> None:
    """Compare the rows of a database with what the servers that shared it were sent and answered."""
    answered, sent = sum(runner.answered for runner in runners), sum(runner.sent for runner in runners)
    even = len(set(counts.values())) == 1 and answered <= counts["submission"] <= sent
    report.raw[f"{label} rows"] = counts | {"answered": answered, "sent": sent}
    told = ", ".join(f"{count:,} {table}" for table, count in counts.items())
    verdict = "as it must be" if even else "LOST OR DOUBLED"
    report.notes.append(f"rows of {label}: {told}; answered {answered:,} of {sent:,} sent: {verdict}")


def rows(file: Path) -> dict[str, int]:
    """How many rows the submissions of a SQLite file left."""
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        counts = {table: f"SELECT count(*) FROM {table} WHERE {which}" for table, which in TABLES.items()}  # noqa: S608
        return {table: int(db.execute(count).fetchone()[0]) for table, count in counts.items()}
    finally:
        db.close()
