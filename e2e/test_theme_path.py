"""The newcomer's path of docs/how-to/make-a-theme.md, taken literally: its commands, its files, its page."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.conftest import Form
from e2e.test_readme import command, running
from tests.live import ROOT, free_port

SLOW = 30_000
"""Milliseconds: the frames of a preview and what measures them share one thread."""

Step = tuple[str, str, str]
"""Kind of a block, its file and its content."""


class Walk:
    """The blocks of the section, in order, with ports that are free here."""

    def __init__(self, folder: Path) -> None:
        text = (ROOT / "docs" / "how-to" / "make-a-theme.md").read_text()
        section = text.partition("## From nothing to your own look")[2].partition("\n## ")[0]
        self.server, self.shop, self.preview = (
            f"http://{host}:{free_port()}" for host in ("127.0.0.1", "localhost", "127.0.0.1")
        )
        for written, here in (("8321", self.server), ("8000", self.shop)):
            section = section.replace(written, here.rpartition(":")[2])
        section = section.replace("theme preview", f"theme preview --port {self.preview.rpartition(':')[2]}")
        section = section.replace("\nyesline ", "\n.venv/bin/yesline ")
        self._folder = folder
        self._steps: list[Step] = re.findall(r"```(\w+)(?: (\S+))?\n(.*?)\n```", section, re.DOTALL)

    def next(self, kind: str, holds: str = "") -> str:
        """The content of the next block, which must be of this kind; files are written."""
        found, file, body = self._steps.pop(0)
        assert found == kind
        assert holds in body
        if file:
            self._write(found, self._folder / file, body)
        return body

    def run(self, holds: str) -> str:
        """Run the next command and return what it says."""
        line = command(self.next("sh", holds))
        return subprocess.run(line, cwd=self._folder, check=True, capture_output=True, text=True).stdout

    @staticmethod
    def _write(kind: str, path: Path, body: str) -> None:
        """As the page says: a form's first line is replaced, tokens stand at the end, anything else is a whole file."""
        if path.parent.name == "forms":
            body = f"{body}\n{path.read_text().partition(chr(10))[2]}"
        elif kind == "toml":
            body = f"{path.read_text()}\n{body}"
        path.write_text(f"{body}\n")

    @property
    def at_end(self) -> bool:
        return not self._steps


@pytest.mark.timeout(240)
def test_from_nothing_to_your_own_look(page: Page, tmp_path: Path) -> None:
    walk = Walk(tmp_path)
    walk.run("init")
    walk.run("theme new acme")
    with running(walk.next("sh", "preview"), tmp_path, walk.preview):
        page.goto(walk.preview)
        first = page.frame_locator("iframe").first
        expect(first.get_by_role("heading", name="The spring harvest")).to_be_visible(timeout=SLOW)
        expect(first.locator("p.lead")).to_have_count(1)
        walk.next("toml")
        walk.next("jinja")
        walk.next("toml")
        expect(first.locator("p.lead").first).to_have_text("Larkspur Coffee", timeout=SLOW)
        assert _background(first.get_by_role("button", name="Text me to confirm")) == "rgb(91, 42, 134)"
        expect(page.get_by_role("status")).to_contain_text(re.compile(r"^0 of [1-9]"), timeout=SLOW)
    assert walk.run("theme check") == "acme: no error(s) (form(s) spring-harvest).\n"
    walk.next("text", "contrast of 2.3:1")
    serve = walk.next("sh", "serve")
    walk.next("html")
    static = walk.next("sh", "http.server")
    assert walk.at_end
    port = walk.server.rpartition(":")[2]
    with (
        running(serve, tmp_path, f"{walk.server}/readyz", YESLINE_PORT=port),
        running(static, tmp_path, walk.shop),
    ):
        page.goto(walk.shop)
        form = Form(page, page)
        expect(page.locator("p.lead").first).to_have_text("Larkspur Coffee")
        assert _background(form.send) == "rgb(91, 42, 134)"


def _background(element: Locator) -> str:
    colour: str = element.evaluate("element => getComputedStyle(element).backgroundColor")
    return colour
