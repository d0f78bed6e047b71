"""What grows with the number of subscriptions: delays, start, memory, disk (quality bars, "Server").

Beside the database that grows stands one that keeps the first size, and the two are driven in turn: the machine's own drift is
in both. The engines come one after the other, and each one's data are removed before the next begins.
"""

import json
import shutil
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench import bodies, loader, paced, wrk
from bench.clusters import Postgres, ask, postgres
from bench.generator import Maker, phone, submission
from bench.options import Options
from bench.report import Report, ratio, tenth, whole
from bench.running import free_port, module, serving
from bench.servers.product import FORM, ORIGIN, project
from bench.submissions import FASTEST, Runner
from yesline.app import clock
from yesline.settings import load_keys
from yesline.store import sqlite_file

_SUBMITS, _READS, _STOPS = 100.0, 300.0, 200.0
"""Requests a second of the steady drives."""
_REST = 1.0
_BYTES = 5_500
_SPARE = 5e9


@dataclass
class Home:
    """A database and the folder of the server that uses it. ``stops`` are the places whose numbers say STOP next."""

    folder: Path
    url: str
    fill: Callable[[Maker, int, int], None]
    size: Callable[[], int]
    supply: bodies.Supply
    held: int = 0
    seconds: float = 0
    bytes: int = 0
    stops: Iterator[int] = field(default_factory=lambda: count(3))

    def grow(self, maker: Maker, to: int) -> None:
        """Add subscriptions until it holds so many."""
        begin = time.monotonic()
        self.fill(maker, self.held, to)
        self.seconds, self.held, self.bytes = time.monotonic() - begin, to, self.size()


@dataclass
class Found:
    """What was measured of one home at one size, once a round."""

    submit: list[paced.Pace] = field(default_factory=list)
    load: list[wrk.Load] = field(default_factory=list)
    read: list[paced.Pace] = field(default_factory=list)
    stop: list[paced.Pace] = field(default_factory=list)
    start: float = 0
    memory: float = 0


def run(options: Options) -> Report:
    """Ask the question."""
    report = Report(
        "growth",
        "delays as subscriptions grow; p50 / p99 in ms",
        ["engine", "subscriptions", f"submit at {_SUBMITS:.0f}/s", "p50 x first", f"submit, {wrk.CONNECTIONS} connections", "answers/s",
         "x first", f"standing at {_READS:.0f}/s", f"STOP at {_STOPS:.0f}/s", "start ms", "memory MB", "disk MB", "bytes each", "s to load"],
    )  # fmt: skip
    for engine in options.engines:
        with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made, ExitStack() as stack:
            _has_room(Path(made), options.sizes[-1])
            _engine(report, options, engine, Path(made), stack)
    report.notes.append(
        "bar: the steady submit's p50 at the largest size <= 1.5 x that at the first, both driven in turn"
    )
    report.notes.append(
        "start: until the form's view is answered; memory a second later; disk as loaded, without PostgreSQL's log of changes"
    )
    return report


def _has_room(folder: Path, size: int) -> None:
    free, needed = shutil.disk_usage(folder).free, size * _BYTES + _SPARE
    if free < needed:
        raise RuntimeError(
            f"{size:,} subscriptions need {needed / 1e9:.0f} GB and {folder} has {free / 1e9:.0f}: set TMPDIR"
        )


def _engine(report: Report, options: Options, engine: str, folder: Path, stack: ExitStack) -> None:
    cluster = stack.enter_context(postgres(folder)) if engine == "postgres" else None
    first, rounds, seconds = options.sizes[0], options.times(3), options.long(3)
    keys = load_keys(folder)
    maker = Maker(keys, next(form for form in project().forms if form.form.id == FORM), clock())
    _make_bodies(folder, int(len(options.sizes) * (rounds + 1) * seconds * (FASTEST + _SUBMITS)))
    base, grown = (_home(cluster, folder, name) for name in ("base", "grown"))
    base.grow(maker, first)
    for size in options.sizes:
        grown.grow(maker, size)
        found, beside = _measure(grown, base, rounds, seconds)
        _tell(report, engine, grown, found, beside)


def _make_bodies(folder: Path, needed: int) -> None:
    """The stamp that the bodies carry is that of any server with these secrets."""
    port = free_port()
    with serving(module("bench.servers.product", "--port", port, "--data", folder), port, folder / "log") as server:
        bodies.make(folder / "bodies", needed, bodies.stamp(server))


def _home(cluster: Postgres | None, folder: Path, name: str) -> Home:
    room, supply = folder / name, bodies.Supply(folder / "bodies")
    room.mkdir()
    shutil.copy(folder / "secrets.toml", room)
    if cluster:
        url = cluster.ready(name)
        return Home(
            room,
            url,
            lambda maker, first, last: loader.fill_postgres(url, maker, first, last),
            lambda: int(ask(url, f"SELECT pg_database_size('{name}')")),
            supply,
        )
    file = room / "yesline.db"
    sqlite_file.migrate(file, clock())
    return Home(
        room,
        "",
        lambda maker, first, last: loader.fill_sqlite(file, maker, first, last),
        lambda: file.stat().st_size,  # the loader has copied its log into it
        supply,
    )


@contextmanager
def _serving(home: Home, found: Found) -> Iterator[Runner]:
    port = free_port()
    command = module("bench.servers.product", "--port", port, "--data", home.folder)
    command += ["--database", home.url] if home.url else []
    begin = time.monotonic()
    with serving(command, port, home.folder / "log") as server:
        urllib.request.urlopen(f"{server.url}/forms/{FORM}/view", timeout=30).close()
        found.start = time.monotonic() - begin
        time.sleep(_REST)
        found.memory = server.rss_mb()
        yield Runner("whole", server, home.folder, bodies.PATH, home.supply, wraps=False)


def _measure(grown: Home, base: Home, rounds: int, seconds: float) -> tuple[Found, Found]:
    """Both in turn, after a first second that is not counted."""
    results = Found(), Found()
    with ExitStack() as stack:
        pairs = [
            (home, found, stack.enter_context(_serving(home, found)))
            for home, found in zip((grown, base), results, strict=True)
        ]
        for _, _, runner in pairs:
            runner.pace(_SUBMITS, 1)
        for turn in range(rounds):
            for home, found, runner in pairs[:: 1 if turn % 2 else -1]:
                _drive(home, found, runner, seconds)
    return results


def _drive(home: Home, found: Found, runner: Runner, seconds: float) -> None:
    found.submit.append(runner.pace(_SUBMITS, seconds))
    found.read.append(paced.pace(runner.server, _readings(home), _READS, seconds))
    found.stop.append(paced.pace(runner.server, _stops(home), _STOPS, min(seconds, home.held / 8 / _STOPS)))
    found.load.append(runner.drive(seconds))


def _readings(home: Home) -> Iterator[bytes]:
    """Looks at how submissions stand, all over the table."""
    for place in count():
        path = f"/submissions/{submission(place * 7_919 % home.held)}"
        yield f"GET {path} HTTP/1.1\r\nHost: bench\r\nOrigin: {ORIGIN}\r\n\r\n".encode()


def _stops(home: Home) -> Iterator[bytes]:
    """STOP from numbers that have not said so, all over the table."""
    sender = project().groups[0].sender.address
    for place in home.stops:
        number = phone(place * 7_919 % home.held)
        body = json.dumps({"from": number, "to": sender, "text": "STOP"}).encode()
        head = f"POST /inbound/console HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        yield head.encode() + body


def _middle(values: list[float]) -> float:
    return statistics.median(values)


def _both(found: list[paced.Pace] | list[wrk.Load]) -> str:
    return f"{tenth(_middle([each.p50 for each in found]))} / {tenth(_middle([each.p99 for each in found]))}"


def _tell(report: Report, engine: str, home: Home, found: Found, beside: Found) -> None:
    slower = [mine.p50 / base.p50 for mine, base in zip(found.submit, beside.submit, strict=True)]
    faster = [mine.rate / base.rate for mine, base in zip(found.load, beside.load, strict=True)]
    report.rows.append((
        engine, f"{home.held:,}", _both(found.submit), ratio(_middle(slower)), _both(found.load), whole(_middle([load.rate for load in found.load])),
        ratio(_middle(faster)), _both(found.read), _both(found.stop), whole(found.start * 1000), whole(found.memory), whole(home.bytes / 1e6),
        whole(home.bytes / home.held), whole(home.seconds),
    ))  # fmt: skip
    report.raw[f"{engine} {home.held}"] = {
        "grown": vars(found),
        "beside": vars(beside),
        "bytes": home.bytes,
        "seconds": home.seconds,
    }
    asked = [*found.submit, *found.read, *found.stop]
    if bad := sum(pace.asked - pace.good for pace in asked) + sum(load.failed for load in found.load):
        report.notes.append(f"{engine}, {home.held:,}: {bad} answers were not 2xx")
    print(f"{engine}, {home.held:,}: {' | '.join(map(str, report.rows[-1][2:]))}", flush=True)
