"""Timing a page in Chromium on a slow phone's processor and network, from a cold cache."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_WATCH = Path(__file__).parent / "pages" / "watch.js"
_SLOW_NET = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
_SLOWER = 4
_PATIENCE = 20_000.0
_LEAST_LONG = 50.0
"""Chromium tells of tasks from this many milliseconds on."""


@dataclass(frozen=True)
class Showing:
    """One load of a page until its form could be used; times in milliseconds, bytes as they came over the wire."""

    usable: float
    script: float
    longest: float
    bytes: float
    requests: int
    hops: int


@dataclass
class _Traffic:
    """What the page asked for, and which request brought the asking script."""

    hops: dict[str, int] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    bytes: float = 0

    def watch(self, cdp: CDPSession) -> None:
        cdp.on("Network.requestWillBeSent", self._sent)
        cdp.on("Network.loadingFinished", self._finished)
        cdp.send("Network.enable")

    def _sent(self, event: dict[str, Any]) -> None:
        initiator, url = event["initiator"], event["request"]["url"]
        frames = initiator.get("stack", {}).get("callFrames") or [{}]
        asked_by = initiator.get("url") or frames[-1].get("url", "")
        if url.startswith("http") and event["request"]["method"] == "GET":  # what it tells the server holds nothing up
            self.hops[url] = self.hops.get(asked_by, 0) + 1
            self.urls[event["requestId"]] = url

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium that lives as long as the context."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=which("chromium"), args=_QUIET)
        try:
            yield opened
        finally:
            opened.close()


def show(chromium: Browser, site: str, name: str) -> Showing:
    """Load a page of a site in a context of its own."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    try:
        context.add_init_script(path=_WATCH)
        page = context.new_page()
        page.goto(f"{site}/blank.html")
        return _timed(page, f"{site}/{name}.html")
    finally:
        context.close()


def _timed(page: Page, url: str) -> Showing:
    cdp, traffic = page.context.new_cdp_session(page), _Traffic()
    cdp.send("Performance.enable")
    cdp.send("Network.emulateNetworkConditions", _SLOW_NET)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    traffic.watch(cdp)
    before = _script_ms(cdp)
    with page.expect_console_message(lambda told: told.text.startswith("long "), timeout=_PATIENCE) as tasks:
        with page.expect_console_message(lambda told: told.text.startswith("usable "), timeout=_PATIENCE) as told:
            page.goto(url, wait_until="commit")
        script = _script_ms(cdp) - before
        seen = deepcopy(traffic)
    usable = float(told.value.text.removeprefix("usable "))
    longest = max(json.loads(tasks.value.text.removeprefix("long ")), default=_LEAST_LONG)
    return Showing(usable, script, longest, seen.bytes, len(seen.urls), max(seen.hops.values()))


def _script_ms(cdp: CDPSession) -> float:
    metrics = cdp.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration")) * 1000
