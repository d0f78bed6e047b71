"""What a visitor's phone pays for the form: bytes, hops and time until it can be used (quality bars, "Widget")."""

import gzip
import statistics
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import brotli

from bench import browsing, site
from bench.browsing import Showing
from bench.options import Options
from bench.report import Report, ratio, spread, tenth, whole
from bench.running import Server, free_port, module, serving
from bench.servers.product import FORM

_LABELS = {
    "floor": "floor: script with its form",
    "floor-3": "the same, its form fetched (3 hops)",
    "floor-alike": "the same, as heavy as ours, another host's",
    "yesline-2": f"yesline, /embed/{FORM}.js",
    "yesline-3": "yesline, /embed.js + data-form",
    "peer": "peer: dialog + intl-tel-input",
    "react": "peer: react-phone-number-input",
}


def run(options: Options) -> Report:
    """Ask the question."""
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made, ExitStack() as stack:
        pages, product = _servers(stack, Path(made))
        sizes = _sizes(product)
        chromium = stack.enter_context(browsing.browser())
        showings = _rounds(lambda name: browsing.show(chromium, pages.url, name), options.times(15))
    return _report(showings, sizes)


def _servers(stack: ExitStack, folder: Path) -> tuple[Server, Server]:
    """The shop's pages and Yesline itself, on origins of their own; and a third one that a floor of our weight comes from."""
    shop, other, port = free_port(), free_port(), free_port()
    product = module(
        "bench.servers.product", "--port", port, "--data", folder / "data", "--origin", f"http://127.0.0.1:{shop}"
    )
    yesline = stack.enter_context(serving(product, port, folder / "log"))
    (folder / "site").mkdir()
    weight = len(brotli.compress(_read(yesline, f"/embed/{FORM}.js")))
    site.make(folder / "site", yesline.url, f"http://127.0.0.1:{other}", weight)
    files = {at: module("bench.servers.files", "--port", at, "--folder", folder / "site") for at in (other, shop)}
    pages = [stack.enter_context(serving(files[at], at, folder / f"{at}.log")) for at in files]
    return pages[1], yesline


def _rounds(show: Callable[[str], Showing], rounds: int) -> dict[str, list[Showing]]:
    found: dict[str, list[Showing]] = {name: [] for name in _LABELS}
    for turn in range(-1, rounds):
        for name in found:
            seen = show(name)
            found[name] += [seen] if turn >= 0 else []  # the first round warms the servers up
    return found


def _read(server: Server, path: str) -> bytes:
    with urllib.request.urlopen(server.url + path, timeout=10) as answer:
        return bytes(answer.read())


def _sizes(server: Server) -> dict[str, tuple[int, int, int]]:
    """Raw, gzip and brotli bytes of what the widget loads."""
    script, view = _read(server, "/embed.js"), _read(server, f"/forms/{FORM}/view")
    parts = {
        "embed.js": script,
        **{f"parts/{name}.js": _read(server, f"/parts/{name}.js") for name in ("rules", "bridge")},
        "view": view,
        f"embed/{FORM}.js": _read(server, f"/embed/{FORM}.js"),
        "floor.js": site.floor_script(),
    }
    return {name: (len(body), len(gzip.compress(body, 9)), len(brotli.compress(body))) for name, body in parts.items()}


def _report(showings: dict[str, list[Showing]], sizes: dict[str, tuple[int, int, int]]) -> Report:
    report = Report(
        "widget",
        "time until the form can be used: processor 4 x slower, 1.6 Mbps, 150 ms a request, cold cache, 390 x 844",
        _COLUMNS,
    )
    for name, found in showings.items():
        report.rows.append((_LABELS[name], *_row(found, showings["floor"])))
        report.raw[name] = [vars(showing) for showing in found]
    report.raw["sizes"] = sizes
    report.notes += [
        f"{name}: {raw:,} bytes, gzip {zipped:,}, brotli {small:,}" for name, (raw, zipped, small) in sizes.items()
    ]
    report.notes += _bars(showings, sizes)
    return report


_COLUMNS = ["page", "usable ms", "x floor", "script ms", "longest task ms", "kB over the wire", "requests", "hops"]


def _row(found: list[Showing], floor: list[Showing]) -> list[object]:
    ratios = [mine.usable / base.usable for mine, base in zip(found, floor, strict=True)]
    return [
        spread([showing.usable for showing in found], whole),
        spread(ratios, ratio),
        spread([showing.script for showing in found], whole),
        spread([showing.longest for showing in found], whole),
        tenth(statistics.median(showing.bytes for showing in found) / 1000),
        found[-1].requests,
        found[-1].hops,
    ]


def _bars(showings: dict[str, list[Showing]], sizes: dict[str, tuple[int, int, int]]) -> list[str]:
    mine = showings["yesline-2"]
    slower, lighter = (_times(mine, showings[floor]) for floor in ("floor", "floor-3"))
    script, longest = (statistics.median(getattr(one, what) for one in mine) for what in ("script", "longest"))
    alike = ratio(_times(showings["floor-alike"], showings["floor"]))
    return [
        f"the floor as heavy as ours and from another host: {alike} x floor",
        f"bars: embed.js <= 9 kB brotli, goal 7.5: {sizes['embed.js'][2] / 1000:.2f}; script and view in one <= 13: {sizes[f'embed/{FORM}.js'][2] / 1000:.2f}",
        f"bars, /embed/{FORM}.js: <= 1.1 x floor by medians: {ratio(slower)} (x the floor that fetches its form: {ratio(lighter)}); script <= 80 ms, goal 55: {whole(script)}; longest task <= 100 ms: {whole(longest)}",
        "script time and longest task hold the watching script of this bench too; a longest task of 50 means none was longer",
    ]


def _times(mine: list[Showing], base: list[Showing]) -> float:
    """How many times as long, by medians."""
    return statistics.median(one.usable for one in mine) / statistics.median(one.usable for one in base)
