"""The endpoints of Braze: what one call with many numbers, or many people, costs beside many calls with one."""

import itertools
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import wrk
from bench.options import Options
from bench.report import Report, ratio, tenth, whole
from bench.running import free_port, module, serving
from bench.servers.product import ORIGIN

GROUP = "promotions"
SCOPES = ("subscription.status.set", "users.track")
AT_MOST = 1_500
"""Calls a second that bodies are made for; a server that takes more is told of by an error."""


@dataclass(frozen=True)
class Drive:
    """Calls to one path, each with so many objects, over so many connections."""

    name: str
    path: str
    size: int
    connections: int
    body: Callable[[list[int]], dict[str, object]]


def _phone(number: int) -> str:
    return f"+1201{2_000_000 + number}"


def _states(numbers: list[int]) -> dict[str, object]:
    phones = [_phone(number) for number in numbers]
    return {"subscription_group_id": GROUP, "subscription_state": "subscribed", "phone": phones}


def _people(numbers: list[int]) -> dict[str, object]:
    state = {"subscription_group_id": GROUP, "subscription_state": "subscribed"}
    return {
        "attributes": [
            {
                "external_id": f"u{number}",
                "phone": _phone(number),
                "first_name": "Ada",
                "visits": {"inc": 1},
                "subscription_groups": [state],
            }
            for number in numbers
        ]
    }


DRIVES = (
    Drive("status/set, 1 number", "/subscription/status/set", 1, 32, _states),
    Drive("status/set, 50 numbers", "/subscription/status/set", 50, 4, _states),
    Drive("track, 1 person", "/users/track", 1, 32, _people),
    Drive("track, 75 people", "/users/track", 75, 4, _people),
)


def run(options: Options) -> Report:
    """Ask the question: 2 seconds each, on a server of its own, since calls are counted."""
    seconds = min(2.0, options.long(2))
    report = Report(
        "braze",
        "objects a second by one call with many, and by many calls with one",
        ["calls", "calls/s", "objects/s", "x one by one", "p50 ms", "p99 ms", "CPU us an object", "not 2xx"],
    )
    base = 0.0
    for drive in DRIVES:
        load = _drive(drive, seconds)
        objects = (load.answers - load.failed) * drive.size / load.seconds
        base = objects if drive.size == 1 else base
        cpu = load.cpu / drive.size
        times = (tenth(load.p50), tenth(load.p99), whole(cpu), load.failed)
        report.rows.append((drive.name, whole(load.rate), whole(objects), ratio(objects / base), *times))
        report.raw[drive.name] = vars(load)
    report.notes.append(
        f"wrk, 32 connections one by one and 4 with many, {seconds:.0f} s each; every number is new; SQLite"
    )
    return report


def _drive(drive: Drive, seconds: float) -> wrk.Load:
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made:
        folder, port = Path(made), free_port()
        command = module("bench.servers.product", "--port", port, "--data", folder)
        with serving(command, port, folder / "log") as server:
            bodies = folder / "bodies"
            bodies.write_text("\n".join(_bodies(drive, _key(folder), seconds)) + "\n", encoding="ascii")
            args = (drive.path, str(bodies), ORIGIN, "once")
            return wrk.drive(server, "post.lua", *args, seconds=seconds, connections=drive.connections)


def _key(folder: Path) -> str:
    scopes = [part for scope in SCOPES for part in ("--scope", scope)]
    command = module("yesline", "keys", "new", "bench", *scopes, "--data", folder)
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()


def _bodies(drive: Drive, key: str, seconds: float) -> Iterator[str]:
    """As many as may be sent, each with the key in it, as old clients send it: the script of the load knows no header for it."""
    calls = int(AT_MOST * seconds) if drive.size == 1 else int(AT_MOST * seconds / 10)
    numbers = itertools.count()
    for _ in range(calls):
        yield json.dumps(drive.body(list(itertools.islice(numbers, drive.size))) | {"api_key": key})
