"""WebKitGTK, through its own WebDriver, on a screen that nobody sees. Of what runs here it is the nearest to Safari."""

import os
import subprocess
from pathlib import Path
from typing import Any

from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.webkitgtk.service import Service

from e2e.engines.base import SCROLLED, FormDriver, program

NARROW = (450, 860)
"""As narrow as a window of WebKitGTK's MiniBrowser can be."""


class WebKitDriver(FormDriver):
    """A browser of its own."""

    def __init__(self, size: tuple[int, int] = NARROW) -> None:
        self._screen, display = _screen()
        try:
            service = Service(program("WebKitWebDriver"), env={**os.environ, "DISPLAY": display})
            self._browser = WebKitGTK(service=service)
        except BaseException:
            _end(self._screen)
            raise
        self._browser.set_window_size(*size)

    def visit(self, url: str) -> None:
        self._browser.get(url)

    def evaluate(self, expression: str) -> Any:
        return self._browser.execute_script(f"return {expression}")

    def press(self, element: str) -> None:
        self._actions().move_to_element(self.evaluate(SCROLLED + f"({element})")).click().perform()

    def keys(self, text: str) -> None:
        self._actions().send_keys(text).perform()

    def screenshot(self, path: Path) -> None:
        assert self._browser.save_screenshot(str(path))

    def quit(self) -> None:
        self._browser.quit()
        _end(self._screen)

    def _actions(self) -> ActionChains:
        return ActionChains(self._browser, duration=0)


def _screen() -> tuple[subprocess.Popen[str], str]:
    """An X server on a number nobody has; it writes the number when it is ready."""
    command = [program("Xvfb"), "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout
    number = server.stdout.readline().strip()
    assert number, "Xvfb did not start"
    return server, f":{number}"


def _end(server: subprocess.Popen[str]) -> None:
    server.terminate()
    server.communicate()
