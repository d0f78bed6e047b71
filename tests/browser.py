"""A browser without JavaScript: it reads a page's HTML, fills in its form, presses a button and follows where it is sent."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx2

from tests.conftest import Site
from yesline.views.themes import load_strings

_VOID = {"input", "meta", "link", "br", "img"}


class Page(HTMLParser):
    """What of a page matters here: its words, its links, and its one form with what each control holds."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        self.status = answer.status_code
        self.headers = answer.headers
        self.html = answer.text
        self.action = ""
        self.method = ""
        self.fields: dict[str, str] = {}
        self.locked: list[str] = []
        self.boxes: dict[str, bool] = {}
        self.buttons: list[tuple[str, str]] = []
        self.choices: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.described: dict[str, str] = {}
        self._select = ""
        self._open: list[str] = []
        self.feed(answer.text)

    @property
    def error(self) -> str:
        """The message of the element with role=alert."""
        _, found, rest = self.html.partition('role="alert"')
        return rest.partition(">")[2].partition("<")[0] if found else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        match tag:
            case "form":
                self.action, self.method = given.get("action", ""), given.get("method", "")
            case "input":
                self._input(given)
            case "select":
                self._select = given["name"]
            case "option":
                self._option(given)
            case "button" if given.get("type") == "submit":
                self.buttons.append((given["name"], given["value"]))
            case "a":
                self.links.append(given["href"])

    def _input(self, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if given.get("type") == "checkbox":
            self.boxes[name] = "checked" in given
        else:
            self.fields[name] = given.get("value", "")
        if "readonly" in given:
            self.locked.append(name)
        if given.get("aria-invalid") == "true":
            self.described[name] = given.get("aria-describedby", "")

    def _option(self, given: dict[str, str]) -> None:
        self.choices.append(given["value"])
        if "selected" in given or self._select not in self.fields:
            self.fields[self._select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._open):
            self.words += data


class Browser:
    """One window. ``page`` is what it shows."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.page: Page
        self.path = ""

    async def go(self, path: str) -> Page:
        """Open an address."""
        self.path = path
        self.page = Page(await self._site.http.get(path))
        return self.page

    async def press(self, act: str, **typed: Any) -> Page:
        """Fill in the form and press one of its buttons; ``consent=True`` ticks that box."""
        assert ("act", act) in self.page.buttons, (act, self.page.buttons, self.page.words)
        ticked = {name for name, on in self.page.boxes.items() if typed.pop(name, on)}
        unknown = set(typed) - set(self.page.fields)
        assert not unknown, f"the page has no field {unknown}"
        data = self.page.fields | typed | dict.fromkeys(ticked, "on") | {"act": act}
        headers = {"origin": "null", "sec-fetch-site": "same-origin"}
        answer = await self._site.http.post(self.page.action or self.path, data=data, headers=headers)
        self.path = self.page.action or self.path
        if answer.status_code == 303:
            return await self.go(answer.headers["location"])
        self.page = Page(answer)
        return self.page


def says(words: str, name: str) -> bool:
    """Whether this is our English sentence of that name, with something in each of its slots."""
    parts = re.split(r"\{\w+\}", load_strings("en")[name])
    return re.search(".+".join(re.escape(part) for part in parts), words) is not None
