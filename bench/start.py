"""How long ``yesline demo`` takes to its first answer, and what it holds in memory at rest (quality bars, "Server")."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from bench.clusters import postgres
from bench.options import Options
from bench.report import Report, ratio, spread, tenth, whole
from bench.running import HOST, Server, free_port, module, serving

_REST = 2.0


_BARE, _SQLITE, _POSTGRES = "bare Starlette", "yesline demo", "yesline demo on PostgreSQL"


def _demo(folder: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "yesline", "demo", "--port", str(port), "--data", str(folder / "data")]


@contextmanager
def _measured(command: list[str], port: int, folder: Path, database: str) -> Iterator[tuple[float, Server]]:
    env = {"PYTHONDONTWRITEBYTECODE": ""} | ({"YESLINE_DATABASE": database} if database else {})
    begin = time.monotonic()
    with serving(command, port, folder / "log", env) as server:
        line = HTTPConnection(HOST, port, timeout=10)
        line.request("GET", "/")
        line.getresponse().read()
        line.close()
        yield time.monotonic() - begin, server


def run(options: Options) -> Report:
    """Ask the question."""
    rows: dict[str, list[tuple[float, float]]] = {_BARE: [], _SQLITE: [], _POSTGRES: []}
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as home, postgres(Path(home)) as cluster:
        for turn in range(options.times(5)):
            for name, found in rows.items():
                found.append(_once(name, cluster.ready(f"start{turn}") if name == _POSTGRES else ""))
    return _report(rows)


def _once(name: str, database: str) -> tuple[float, float]:
    """Seconds to the first answer, and memory at rest in MB."""
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made:
        port = free_port()
        command = module("bench.servers.bare", "--port", port) if name == _BARE else _demo(Path(made), port)
        with _measured(command, port, Path(made), database) as (seconds, server):
            time.sleep(_REST)
            return seconds, server.rss_mb()


def _report(rows: dict[str, list[tuple[float, float]]]) -> Report:
    report = Report(
        "start",
        "from the command to the first answer, and memory at rest",
        ["server", "start ms", "x bare", "memory MB", "x bare "],
    )
    bare = rows[_BARE]
    for name, found in rows.items():
        slower = [mine[0] / base[0] for mine, base in zip(found, bare, strict=True)]
        larger = [mine[1] / base[1] for mine, base in zip(found, bare, strict=True)]
        start, memory = spread([s * 1000 for s, _ in found], whole), spread([m for _, m in found], tenth)
        report.rows.append((name, start, spread(slower, ratio), memory, spread(larger, ratio)))
        report.raw[name] = found
    report.notes.append(
        "bars: start < 1.5 s, memory < 120 MB; the first answer of the demo is its shop page; PostgreSQL's tables are there"
    )
    return report
