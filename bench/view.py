"""Reading a form's view, which every showing begins with, against a bare JSON read (quality bars, "Server")."""

import statistics
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from bench import wrk
from bench.options import Options
from bench.report import Report, ratio, spread, tenth, whole
from bench.running import Server, free_port, module, serving
from bench.servers.product import FORM, ORIGIN

_PATH = f"/forms/{FORM}/view"
_LABELS = {"bare": "bare Starlette JSON read", "view": "yesline's view, whole", "known": "yesline's view, 304"}


def _etag(server: Server) -> str:
    with urllib.request.urlopen(server.url + _PATH, timeout=10) as answer:
        return str(answer.headers["etag"])


def _drives(stack: ExitStack, folder: Path) -> dict[str, tuple[Server, str]]:
    """Each variant's server and the ETag it is asked with."""
    port = free_port()
    bare = stack.enter_context(serving(module("bench.servers.bare", "--port", port), port, folder / "bare"))
    port = free_port()
    command = module("bench.servers.product", "--port", port, "--data", folder / "data")
    product = stack.enter_context(serving(command, port, folder / "log"))
    return {"bare": (bare, ""), "view": (product, ""), "known": (product, _etag(product))}


def run(options: Options) -> Report:
    """Ask the question."""
    loads: dict[str, list[wrk.Load]] = {name: [] for name in _LABELS}
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made, ExitStack() as stack:
        drives = _drives(stack, Path(made))
        for turn in range(-1, options.times(5)):
            for name, (server, etag) in drives.items():
                load = wrk.drive(server, "get.lua", _PATH, ORIGIN, etag, seconds=options.long(3) if turn >= 0 else 1)
                loads[name] += [load] if turn >= 0 else []
    return _report(loads)


def _report(loads: dict[str, list[wrk.Load]]) -> Report:
    report = Report(
        "view",
        "reading a form's cached view",
        ["server", "answers/s", "x bare", "p50 ms", "p99 ms", "CPU us", "not 2xx"],
    )
    for name, found in loads.items():
        ratios = [load.rate / base.rate for load, base in zip(found, loads["bare"], strict=True)]
        middle = [statistics.median(getattr(load, figure) for load in found) for figure in ("p50", "p99", "cpu")]
        times = (tenth(middle[0]), tenth(middle[1]), whole(middle[2]), sum(load.failed for load in found))
        report.rows.append((_LABELS[name], spread([load.rate for load in found], whole), spread(ratios, ratio), *times))
        report.raw[name] = [vars(load) for load in found]
    base = zip(loads["view"], loads["bare"], strict=True)
    report.notes.append(f"bar >= 0.6 x bare: {ratio(statistics.median(load.rate / bare.rate for load, bare in base))}")
    return report
