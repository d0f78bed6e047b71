"""The form on a page of Playwright's, found by its hooks: it works in every theme and every language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE = 10.0
_EVERY = 50  # milliseconds
EVENTS = ("shown", "dismissed", "invalid", "submitted", "confirmed", "failed")

_LISTEN = """(names) => {
  if (window.yeslineSeen) return;
  window.yeslineSeen = [];
  for (const name of names)
    document.addEventListener(`yesline:${name}`, (event) => window.yeslineSeen.push({ name: event.type, detail: event.detail }));
}"""
_OPEN = """(form) => {
  const script = document.querySelector('script[data-form], script[src*="/embed/"]');
  const named = document.querySelector("yesline-form")?.getAttribute("form") ?? script?.dataset.form;
  const id = form || named || script?.src.match(/\\/embed\\/([\\w-]+)\\.js/)?.[1] || "";
  if (id) (window.yesline = window.yesline || []).push(["open", id]);
  return id;
}"""
_LOOK = """(form) => {
  const elements = [...document.querySelectorAll(form ? `yesline-form[form="${form}"]` : "yesline-form")];
  const root = elements.map((one) => one.shadowRoot?.querySelector("[data-step]")).find((one) => one);
  const seen = (hook) => [...(root?.querySelectorAll(`[data-yesline="${hook}"]`) ?? [])].find((one) => one.checkVisibility());
  const again = seen("resend");
  return {
    step: root?.dataset.step ?? "",
    busy: !!root?.hasAttribute("data-busy"),
    error: seen("error")?.textContent ?? "",
    resend: !!again && !again.disabled,
  };
}"""


@dataclass(frozen=True)
class Event:
    """An event that the page heard: ``yesline:submitted`` and its detail."""

    name: str
    detail: dict[str, Any]


class FormOnPage:
    """A form. Without ``form``, its id, it is the only one of the page. ``timeout`` is in seconds.

    Make it before the page is opened, so that it hears every event. What takes longer than ``timeout`` raises AssertionError.
    """

    def __init__(self, page: Page, form: str = "", timeout: float = PATIENCE) -> None:
        self.page = page
        self._form = form
        self._timeout = timeout
        page.add_init_script(f"({_LISTEN})({list(EVENTS)})")
        page.evaluate(_LISTEN, list(EVENTS))

    def open(self, url: str = "") -> None:
        """Show the form now, on the page at ``url`` or on the one that is open, and wait for it."""
        if url:
            self.page.goto(url)
        if not self.page.evaluate(_OPEN, self._form):
            raise AssertionError(f"{self.page.url} has no form's tag: put server.embed(form) into it, or name the form")
        self._until(lambda now: bool(now["step"]), "the form to show")

    def type_phone(self, text: str) -> None:
        """Type a number in place of the one that is there."""
        self._type("phone", text)

    def choose_country(self, region: str) -> None:
        """Choose a country by its ISO 3166 code."""
        self._hooked("country").select_option(region)

    def tick(self) -> None:
        """Tick the box of the consent."""
        self._hooked("consent").check()

    def send(self) -> None:
        """Press the button that goes on, and wait for the server's answer."""
        self._press("submit")

    def error(self) -> str:
        """What the form says is wrong; empty while nothing is."""
        return str(self._look()["error"])

    def step(self) -> str:
        """``capture``, ``confirm`` or ``done``; empty while no form shows."""
        return str(self._look()["step"])

    def enter_code(self, code: str) -> None:
        """Type the code, whose last digit sends it, and wait for the server's answer."""
        self._type("code", code)
        self._answered()

    def resend(self) -> None:
        """Ask for the text again. The page must have counted down, which it does by the browser's clock, not by the server's."""
        self._until(lambda now: bool(now["resend"]), "the button to send it again")
        self._press("resend")

    def correct(self) -> None:
        """Go back to the number."""
        self._press("correct")
        self.wait_for_step("capture")

    def close(self) -> None:
        """Close the form by the first of its buttons that does, and wait until it is gone."""
        self._hooked("close").click()
        self.wait_for_step("")

    def events(self) -> list[Event]:
        """The form's events on this page since it was opened, in their order."""
        seen = self.page.evaluate("() => window.yeslineSeen ?? []")
        return [Event(**event) for event in seen if self._form in ("", event["detail"]["form"])]

    def wait_for_step(self, step: str) -> None:
        """Wait until the form is at a step; ``""`` waits until no form shows."""
        self._until(lambda now: now["step"] == step, f"the step {step!r}" if step else "the form to go")

    def _press(self, hook: str) -> None:
        self._hooked(hook).click()
        self._answered()

    def _type(self, hook: str, text: str) -> None:
        field = self._hooked(hook)
        field.fill("")
        field.press_sequentially(text)

    def _answered(self) -> None:
        self._until(lambda now: not now["busy"], "the server's answer")

    def _hooked(self, hook: str) -> Locator:
        self._until(lambda now: bool(now["step"]), "a form to show: call open()")
        named = f'[form="{self._form}"]' if self._form else ""
        return self.page.locator(f'yesline-form{named} [data-yesline="{hook}"]').filter(visible=True).first

    def _look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(_LOOK, self._form)
        return found

    def _until(self, there: Callable[[dict[str, Any]], bool], what: str) -> None:
        for _ in range(round(self._timeout * 1000 / _EVERY)):
            if there(self._look()):
                return
            self.page.wait_for_timeout(_EVERY)
        now = self._look()
        raise AssertionError(
            f"waited {self._timeout:g} s for {what}: the step is {now['step']!r}, the error {now['error']!r}"
        )
