"""What a test does with the form, whatever the engine; a driver says only how its browser is moved."""

import json
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Keys that are no letter, as WebDriver writes them: https://www.w3.org/TR/webdriver2/#keyboard-actions
BACKSPACE = "\ue003"
ESCAPE = "\ue00c"
END = "\ue010"
LEFT = "\ue012"

PATIENCE = 30.0
"""Seconds in which the form must come to what a test waits for."""

# Entrances end by themselves; what pulses for ever does not hold anybody up.
STILL = """root.getAnimations({subtree: true})
  .every((one) => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""

SCROLLED = "((element) => (element.scrollIntoView({block: 'nearest', behavior: 'instant'}), element))"
"""A function that brings an element into the window, for a browser whose pointer does not do so itself."""


SEEN = """() => JSON.stringify({
  at: location.href, page: document.readyState, visible: document.visibilityState, script: typeof window.yesline,
  elements: document.querySelectorAll("yesline-form").length, remembered: {...localStorage},
})"""
"""A function that tells what else can be seen of a page whose form did not do what was expected."""


class FormDriver(ABC):
    """The form of the open page, found by its hooks, and the browser's own pointer and keys, which are trusted as a person's."""

    @abstractmethod
    def visit(self, url: str) -> None:
        """Goes to a page and returns when it has loaded."""

    @abstractmethod
    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON carries it."""

    @abstractmethod
    def press(self, element: str) -> None:
        """Scrolls to the element that a JavaScript expression gives, and presses its middle with the pointer."""

    @abstractmethod
    def keys(self, text: str) -> None:
        """Strikes these keys, one after the other, wherever the focus is."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """Writes a picture of the window, as PNG."""

    @abstractmethod
    def quit(self) -> None:
        """Ends the browser and all that was started for it."""

    def open(self, url: str) -> None:
        """A page whose form shows by itself."""
        self.visit(url)
        self.wait_for_step("capture")

    def type_phone(self, text: str) -> str:
        """Types a number in place of the one that is there; returns what the field then shows."""
        self._type("phone", text)
        return self.value("phone")

    def choose_country(self, region: str) -> None:
        """Chooses as the keyboard does: by the first word of the country's name, which must be no other's.

        A blank would open the list in WebKitGTK, which is a window that cannot be driven.
        """
        self._wait(lambda: bool(self._read("element.options.length > 1", "country")), "the countries")
        name = self._read(f"[...element.options].find((one) => one.value === {json.dumps(region)}).text", "country")
        self._read("element.focus()", "country")
        self.keys(name.split(" ")[0])
        self.wait_for_value("country", region)

    def tick(self) -> None:
        """Ticks the box of the consent, or unticks it."""
        self.click("consent")

    def send(self) -> None:
        """The button that goes on, of the first step or the second."""
        self.click("submit")

    def error(self) -> str:
        """What the form says is wrong; empty while nothing is."""
        return str(self._read('element?.textContent ?? ""', "error"))

    def step(self) -> str:
        """``capture``, ``confirm`` or ``done``; empty while there is no form."""
        return str(self._read('root?.dataset.step ?? ""'))

    def enter_code(self, code: str) -> None:
        """Types the code in place of what is there; the last digit sends it."""
        self._type("code", code)

    def resend(self) -> None:
        """Waits until the text may be sent again, and asks for it."""
        self.click("resend")

    def correct(self) -> None:
        """Goes back to the number."""
        self.click("correct")

    def close(self) -> None:
        """The first of the buttons that close the form."""
        self.click("close")

    def direction(self, hook: str = "") -> str:
        """``ltr`` or ``rtl``: how the form is written, or one element of it."""
        return str(self._read("getComputedStyle(element ?? root).direction", hook))

    def value(self, hook: str) -> str:
        """What stands in a field."""
        return str(self._read("element.value", hook))

    def ticked(self) -> bool:
        """Whether the consent is given."""
        return bool(self._read("element.checked", "consent"))

    def focused(self) -> str:
        """The hook of what has the focus inside the form; empty where it has none."""
        return str(self._read('root?.getRootNode().activeElement?.dataset.yesline ?? ""'))

    def middle(self, hook: str) -> float:
        """How far an element's middle is from the left edge of the window, in CSS pixels."""
        return float(self._read("(({left, right}) => (left + right) / 2)(element.getBoundingClientRect())", hook))

    def forget(self) -> None:
        """Lets the page's origin forget that its form was answered or sent away.

        From a page without the form: what the form has just written may reach WebKit's store after it was cleared.
        """
        self.visit(f"{self.evaluate('location.origin')}/blank.html")
        self.evaluate("localStorage.clear()")

    def wait_for_step(self, step: str) -> None:
        """Waits until the form has come to the step and stands still; an empty one is a form that is gone."""
        self._wait(lambda: self.step() == step and bool(self._read(f"!root || {STILL}")), f"the step {step!r}")

    def wait_for_value(self, hook: str, text: str) -> None:
        """Waits until this stands in a field: what a country's format needs may be fetched first."""
        self._wait(lambda: self.value(hook) == text, f"{text!r} in {hook!r}")

    def wait_for_error(self, words: str) -> None:
        """Waits until the form says so."""
        self._wait(lambda: words in self.error(), f"the error {words!r}")

    def click(self, hook: str) -> None:
        """Presses an element as soon as it is seen and stands still."""
        self._wait(lambda: bool(self._read(f"element && {STILL}", hook)), f"{hook!r} to press")
        self.press(_found("element", hook))

    def _type(self, hook: str, text: str) -> None:
        self.click(hook)
        self.keys(END + BACKSPACE * len(self.value(hook)) + text)

    def _read(self, expression: str, hook: str = "") -> Any:
        return self.evaluate(_found(expression, hook))

    def _wait(self, there: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not there():
            if time.monotonic() > end:
                seen = self.evaluate(f"({SEEN})()")
                raise AssertionError(f"no sign of {what}; step {self.step()!r}, error {self.error()!r}, {seen}")
            time.sleep(0.05)


def _found(expression: str, hook: str) -> str:
    """An expression in which ``root`` is the form and ``element`` the first thing with this hook that is seen."""
    return f"""(() => {{
      const root = document.querySelector("yesline-form")?.shadowRoot?.querySelector(".yl");
      const hooked = [...(root?.querySelectorAll('[data-yesline="{hook}"]') ?? [])];
      const element = hooked.find((one) => one.checkVisibility());
      return {expression};
    }})()"""


def program(*names: str) -> str:
    """The path of the first of these programs that the machine has."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found, f"{' or '.join(names)} is not installed: run scripts/test, which installs it"
    return found
