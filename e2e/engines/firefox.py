"""Firefox, through WebDriver BiDi, which it speaks itself: no geckodriver. https://www.w3.org/TR/webdriver-bidi/"""

import base64
import json
import re
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

from websocket import create_connection

from e2e.engines.base import SCROLLED, FormDriver, program

ANSWER = 60.0
"""Seconds in which a command is answered; the first waits until the browser is there, which a busy machine makes long."""
DESK = (1180, 860)
LOG = "stderr"
PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "data:,",
    "ui.allPointerCapabilities": 6,
    "ui.primaryPointerCapabilities": 6,
}
"""A profile that calls nobody, and has a mouse (fine, 2, and hovering, 4), which Firefox without a screen has not."""


class FirefoxDriver(FormDriver):
    """A browser of its own, with one tab."""

    def __init__(self, size: tuple[int, int] = DESK) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        folder = Path(self._profile.name)
        self._process = _firefox(folder)
        self._ids = count(1)
        try:
            address = _address(self._process, folder / LOG)
            self._socket = create_connection(f"{address}/session", ANSWER, suppress_origin=True)
            self._call("session.new", capabilities={})
            # The tab that is there already has no focus: the space bar would press nothing.
            self._tab = self._call("browsingContext.create", type="tab")["context"]
        except BaseException:
            self._end()
            raise
        viewport = dict(zip(("width", "height"), size, strict=True))
        self._call("browsingContext.setViewport", context=self._tab, viewport=viewport)

    def visit(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        text = self._run(f"JSON.stringify({expression})")
        return json.loads(text["value"]) if text["type"] == "string" else None

    def press(self, element: str) -> None:
        found = self._run(SCROLLED + f"({element})")
        origin = {"type": "element", "element": {"sharedId": found["sharedId"]}}
        self._act(
            "pointer",
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        )

    def keys(self, text: str) -> None:
        self._act("key", *({"type": kind, "value": sign} for sign in text for kind in ("keyDown", "keyUp")))

    def screenshot(self, path: Path) -> None:
        picture = self._call("browsingContext.captureScreenshot", context=self._tab)
        path.write_bytes(base64.b64decode(picture["data"]))

    def quit(self) -> None:
        self._call("browser.close")
        self._socket.close()
        self._end()

    def _run(self, expression: str) -> dict[str, Any]:
        target = {"context": self._tab}
        answer = self._call("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        result: dict[str, Any] = answer["result"]
        return result

    def _act(self, kind: str, *actions: dict[str, Any]) -> None:
        source = {"type": kind, "id": kind, "actions": actions}
        self._call("input.performActions", context=self._tab, actions=[source])

    def _call(self, method: str, **params: Any) -> Any:
        """Sends a command and waits for its answer; events that come between are nobody's."""
        sent = next(self._ids)
        self._socket.send(json.dumps({"id": sent, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == sent:
                assert message["type"] == "success", f"{method}: {message['error']}, {message['message']}"
                return message["result"]

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._profile.cleanup()


def _firefox(profile: Path) -> subprocess.Popen[bytes]:
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines))
    command = [program("firefox-esr", "firefox"), "--headless", "--no-remote", "--remote-debugging-port", "0"]
    with (profile / LOG).open("wb") as log:
        return subprocess.Popen([*command, "--profile", str(profile)], stdout=subprocess.DEVNULL, stderr=log)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, which it says on stderr."""
    end = time.monotonic() + ANSWER
    while not (found := re.search(r"(ws://\S+)\n", log.read_text())):
        assert process.poll() is None, f"Firefox did not start: {log.read_text()}"
        assert time.monotonic() < end, f"Firefox does not say where it listens: {log.read_text()}"
        time.sleep(0.05)
    return found[1]
