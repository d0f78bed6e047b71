"""Takes the pictures of the README: ``python -m e2e.pictures`` writes docs/pictures/*.png from the running demo."""

import tempfile
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Page, expect, sync_playwright

from e2e.conftest import QUIET, Form, chromium
from tests.live import Server, project_folder, serving

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1180, "height": 860}, "device_scale_factor": 1.5}
NUMBER = "+12015550123"


THEMES = ("calm", "poster", "aura", "ticket")


def main() -> None:
    """Walk through the main job and take a picture of each step."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        _steps(browser, server)
        _desk(browser, server)
        browser.close()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        _themes(browser, Path(folder))
        browser.close()


def _steps(browser: Browser, server: Server) -> None:
    page = browser.new_context(color_scheme="light", **PHONE).new_page()  # type: ignore[arg-type]
    form = Form(page, page)
    page.goto(server.base)
    form.number.press_sequentially("2015550123")
    form.box.check()
    _take(page, "capture")
    form.send.click()
    expect(form.heading("Now say yes")).to_be_visible()
    _take(page, "confirm")
    httpx2.post(f"{server.base}/handset/replies", json={"from": NUMBER, "to": "24680", "text": "Y"})
    form.done()
    _take(page, "done")
    page.goto(f"{server.base}/handset")
    _take(page, "handset")


def _desk(browser: Browser, server: Server) -> None:
    for scheme in ("light", "dark"):
        page = browser.new_context(color_scheme=scheme, **DESK).new_page()  # type: ignore[arg-type]
        page.goto(server.base)
        expect(Form(page, page).number).to_be_visible()
        _take(page, f"modal-{scheme}")


def _themes(browser: Browser, folder: Path) -> None:
    """Each of ours, as a phone shows it."""
    project = project_folder(folder, "http://localhost")
    form = project / "forms" / "spring-harvest.toml"
    for theme in THEMES:
        (project / "forms" / f"{theme}.toml").write_text(f'theme = "{theme}"\n{form.read_text()}')
    server = Server(folder / "data", project, "")
    server.start()
    for theme in THEMES:
        page = browser.new_context(color_scheme="light", **PHONE | {"device_scale_factor": 1}).new_page()  # type: ignore[arg-type]
        page.goto(f"{server.base}/f/{theme}")
        _take(page, f"theme-{theme}")
    server.stop()


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(1500)
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
