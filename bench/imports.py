"""How fast lists are taken in and written out on SQLite, and whether memory stays the same however long they are."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.options import Options
from bench.report import Report, whole
from bench.running import module
from yesline import project
from yesline.settings import load_keys

_HEAD = "phone,email,external_id,first_name,last_name,language,country,state,consent_source,consent_at\n"
_AREAS = (201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228)
_DEMO = Path(project.__file__).parent / "demo" / "project"
_SMALL = 10
"""The first run is over so many times fewer rows: what it takes in memory is what the longer one should."""


@dataclass(frozen=True)
class Run:
    """A command over a list: rows, seconds from start to end, those of the processor, and the most memory it held, in MB."""

    what: str
    rows: int
    seconds: float
    cpu: float
    memory: float


def _write(file: Path, count: int) -> None:
    """People with every column, one of fifty opted out."""
    with file.open("w", encoding="utf-8") as out:
        out.write(_HEAD)
        for place in range(count):
            area, rest = _AREAS[place % 20], place // 20
            number = f"+1{area}{200 + rest // 10_000:03}{rest % 10_000:04}"
            state = "subscribed" if place % 50 else "unsubscribed"
            out.write(
                f"{number},p{place}@example.com,u{place},Ann,Bee{place % 89},en,US,{state},checkout of shop.example,"
                f"2025-03-0{1 + place % 9}T12:00:00Z\n"
            )


def _yesline(folder: Path, what: str, rows: int, *words: object) -> Run:
    """Run a command and wait for it alone, so that the memory told is its own."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        module("yesline", *words, "--data", folder / "data"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"yesline {words[0]} ended with {process.returncode}")
    return Run(what, rows, time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _measure(folder: Path, count: int) -> list[Run]:
    file = folder / "list.csv"
    _write(file, count)
    load_keys(folder / "data")
    _yesline(folder, "apply", 0, "apply", "--project", _DEMO)
    return [
        _yesline(folder, "import --dry-run", count, "import", file, "--dry-run"),
        _yesline(folder, "import", count, "import", file, "--yes"),
        _yesline(folder, "export", count, "export", "--out", folder / "out.csv"),
        _yesline(folder, "verify", count, "verify"),
    ]


def run(options: Options) -> Report:
    """Ask the question."""
    report = Report(
        "imports", "lists taken in and written out, SQLite", ["what", "rows", "seconds", "rows/s", "cpu s", "peak MB"]
    )
    for count in (max(1, options.rows // _SMALL), options.rows):
        with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made:
            for found in _measure(Path(made), count):
                figures = (found.seconds, count / found.seconds, found.cpu, found.memory)
                report.rows.append((found.what, f"{count:,}", *map(whole, figures)))
                report.raw[f"{found.what} {count}"] = vars(found)
                print(f"{found.what}: {' | '.join(map(str, report.rows[-1][1:]))}", flush=True)
    report.notes.append(
        "the time includes the command's own start; every part is flushed to disk before the next is written"
    )
    return report
