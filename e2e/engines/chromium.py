"""Chromium, through Playwright: on a desk, or as a phone that is touched."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from e2e.engines.base import BACKSPACE, END, ESCAPE, LEFT, FormDriver

NAMES = {BACKSPACE: "Backspace", ESCAPE: "Escape", END: "End", LEFT: "ArrowLeft"}


class ChromiumDriver(FormDriver):
    """A window of its own in a browser that runs already."""

    def __init__(self, browser: Browser, device: dict[str, Any] | None = None) -> None:
        """``device`` is one of Playwright's descriptors, such as ``playwright.devices["Pixel 7"]``."""
        self._context = browser.new_context(**(device or {}))
        self._page = self._context.new_page()
        self._touched = bool(device and device["has_touch"])

    def visit(self, url: str) -> None:
        self._page.goto(url)

    def evaluate(self, expression: str) -> Any:
        return self._page.evaluate(expression)

    def press(self, element: str) -> None:
        found = self._page.evaluate_handle(element).as_element()
        assert found
        if self._touched:
            found.tap()
        else:
            found.click()

    def keys(self, text: str) -> None:
        for sign in text:
            self._page.keyboard.press(NAMES[sign]) if sign in NAMES else self._page.keyboard.type(sign)

    def screenshot(self, path: Path) -> None:
        self._page.screenshot(path=path)

    def quit(self) -> None:
        self._context.close()
