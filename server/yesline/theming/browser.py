"""Frames in a real browser. Needs the extra ``yesline[check]`` and a Chromium; import it only where that is asked for."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Error, Page, Route, sync_playwright

from yesline.errors import ConfigError
from yesline.theming import frames
from yesline.theming.frames import Look
from yesline.views import theme_assets

_ORIGIN = "http://frame.test"


class Viewer:
    """One page in which frames are shown and measured, one after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._look: Look | None = None
        page.route(f"{_ORIGIN}/**", self._answer)
        page.add_init_script(path=Path(axe_playwright_python.__file__).parent / "axe.min.js")
        page.add_init_script(path=frames.PAGES / "measure.js")

    def look(self, look: Look, size: str) -> list[dict[str, Any]]:
        """What is wrong in one look at one of ``frames.SIZES``: rule, element, what to do, and the style rule behind it."""
        width, height = frames.SIZES[size]
        self._look = look
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.goto(f"{_ORIGIN}/frame")
        self.page.evaluate("measure.settle()")
        found: list[dict[str, Any]] = self.page.evaluate("measure.all()")
        if self.page.evaluate("measure.asks()"):
            found += self._legibility()
        return found + list(self.page.evaluate("measure.axe()"))

    def _answer(self, route: Route) -> None:
        if self._look is None or not route.request.url.startswith(_ORIGIN):
            route.abort()
            return
        path = urlsplit(route.request.url).path
        if path == "/frame":
            route.fulfill(body=frames.page(self._look), content_type="text/html")
        elif asset := self._look.version.assets.get(path.removeprefix("/assets/")):
            headers = {"access-control-allow-origin": "*"}
            route.fulfill(body=asset, content_type=theme_assets.media(path), headers=headers)
        else:
            route.fulfill(status=404)

    def _legibility(self) -> list[dict[str, Any]]:
        """What pixels say of the call to action: as it is, without its words, with the box ticked."""
        found: list[dict[str, Any]] = []
        for group in self.page.evaluate("measure.groups()"):
            area = self.page.evaluate("group => measure.area(group)", group)
            shots = [self._shot(area), self._changed("blank", area), self._changed("tick", area)]
            found += self.page.evaluate("([group, shots]) => measure.legibility(group, shots)", [group, shots])
        return found

    def _changed(self, change: str, area: Any) -> str:
        self.page.evaluate(f"measure.{change}(true)")
        shot = self._shot(area)
        self.page.evaluate(f"measure.{change}(false)")
        return shot

    def _shot(self, area: Any, tries: int = 3) -> str:
        try:
            return base64.b64encode(self.page.screenshot(clip=area)).decode()
        except Error as error:
            # Chromium takes it a moment later: https://github.com/MarketSquare/robotframework-browser/issues/5237
            if tries == 1 or "Unable to capture screenshot" not in error.message:
                raise
            return self._shot(area, tries - 1)


@contextmanager
def opened() -> Iterator[Viewer]:
    """A browser of its own: the machine's Chromium, else the one that Playwright has fetched. Raises ConfigError for none."""
    with sync_playwright() as playwright:
        own = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), None)
        try:
            browser = playwright.chromium.launch(executable_path=own)
        except Error as error:
            raise ConfigError(
                f"no Chromium starts here: run 'playwright install chromium', or choose --no-browser ({_first_line(error)})"
            ) from error
        try:
            yield Viewer(browser.new_page())
        finally:
            browser.close()


def _first_line(error: Error) -> str:
    return str(error).strip().partition("\n")[0]
