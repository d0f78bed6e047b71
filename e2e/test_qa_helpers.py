"""docs/how-to/test-in-ci.md taken literally, and the page object of each helper on a page with two forms."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from e2e.conftest import QUIET, chromium
from tests.conftest import DEMO
from tests.live import ROOT, free_port
from yesline.testing.form import FormOnPage
from yesline.testing.inbox import Inbox
from yesline.testing.server import Server

PAGE = (ROOT / "docs" / "how-to" / "test-in-ci.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "widget" / "playwright"
BIN = PACKAGE / "node_modules" / ".bin"
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
LAUNCH = {"executable_path": chromium(), "args": QUIET}
OnPage = Callable[..., FormOnPage]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the page, on ports that are free here."""
    ports = {"8000": str(free_port()), "8321": str(free_port())}
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(re.sub("8000|8321", lambda found: ports[found[0]], text), encoding="utf-8")
    shutil.copytree(DEMO, tmp_path / "my-project")
    return tmp_path


def passes(command: list[str], folder: Path, said: str) -> None:
    """The command ends well and says so."""
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": bin_folder + os.pathsep + os.environ["PATH"]}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=100, env=environment, check=False
    )
    assert (done.returncode, said in done.stdout) == (0, True), done.stdout + done.stderr


def test_pytest_as_the_page_says(folder: Path) -> None:
    assert FILES[".github/workflows/opt-in.yml"].rstrip().endswith("run: pytest")
    launch = (
        f"import pytest\n\n\n@pytest.fixture(scope='session')\ndef browser_type_launch_args():\n    return {LAUNCH!r}\n"
    )
    (folder / "conftest.py").write_text(launch)
    passes([sys.executable, "-m", "pytest", "-p", "no:cacheprovider"], folder, "3 passed")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The npm package as it is published."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copy(PACKAGE / "package.json", folder)
    passes(["npm", "run", "build", "--", "--outDir", str(folder / "build")], PACKAGE, "tsc")
    return folder


def with_node(folder: Path, package: Path, config: str) -> None:
    """The packages that the page installs, and this machine's browser in place of the one it fetches."""
    (folder / "node_modules").mkdir()
    shutil.copytree(package, folder / "node_modules" / "yesline-playwright")
    for name in ("@playwright", "@types"):
        (folder / "node_modules" / name).symlink_to(PACKAGE / "node_modules" / name)
    (folder / "package.json").write_text('{"type": "module"}')
    launch = f"{{ executablePath: {LAUNCH['executable_path']!r}, args: {QUIET!r} }}"
    (folder / "here.config.ts").write_text(
        f"{config}\nexport default {{ ...theirs, use: {{ ...theirs.use, launchOptions: {launch} }} }};\n"
    )


def test_playwright_test_as_the_page_says(folder: Path, package: Path) -> None:
    with_node(folder, package, 'import theirs from "./playwright.config.js";')
    tsc = [str(BIN / "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--types", "node"]
    passes([*tsc, "--module", "nodenext", "playwright.config.ts", "specs/opt-in.spec.ts"], folder, "")
    program = str(BIN / "playwright")
    passes([program, "test", "--config", "here.config.ts", "--reporter", "line"], folder, "2 passed")


SPEC = """
import { expect, test } from "yesline-playwright";

test("a server of its own", async ({ page, yeslineServer, yeslineForm, yeslineInbox }) => {
  const form = await yeslineForm(page);
  const [wrong, right] = [await yeslineInbox.number("US"), await yeslineInbox.number("GB")];
  await form.open(yeslineServer.hosted("spring-harvest"));
  await form.typePhone(wrong);
  await form.tick();
  await form.send();
  await form.waitForStep("confirm");
  await form.correct();
  await form.chooseCountry("GB");
  await form.typePhone(right);
  await form.send();
  const text = await yeslineInbox.wait(right);
  expect(text.link).toContain(yeslineServer.url);
  await yeslineServer.clock.freeze(new Date("2030-01-01T12:00:00Z"));
  await yeslineServer.clock.advance(60);
  expect(await yeslineServer.clock.now()).toEqual(new Date("2030-01-01T12:01:00Z"));
  expect(yeslineServer.clock.moved).toBe(true);
  await expect(yeslineInbox.wait(right, { timeout: 0 })).rejects.toThrow(/no new text.*it has 1\\n  read/);
});

test("its clock tells the real time again", async ({ yeslineServer, yeslineInbox }) => {
  expect(yeslineServer.clock.moved).toBe(false);
  expect(Math.abs(Number(await yeslineServer.clock.now()) - Date.now())).toBeLessThan(60_000);
  await expect(yeslineInbox.number("XX")).rejects.toThrow(/no mobile numbers of 'XX'/);
});
"""


def test_playwright_test_with_servers_of_its_own(tmp_path: Path, package: Path) -> None:
    command = [sys.executable, "-m", "yesline"]
    with_node(tmp_path, package, f"const theirs = {{ workers: 1, use: {{ yesline: {{ command: {command!r} }} }} }};")
    (tmp_path / "own.spec.ts").write_text(SPEC)
    program = str(BIN / "playwright")
    passes([program, "test", "--config", "here.config.ts", "--reporter", "line"], tmp_path, "2 passed")


@pytest.fixture(scope="session")
def yesline_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A form in its place on the page, and a modal in Arabic that opens when it is asked to."""
    project = shutil.copytree(DEMO, tmp_path_factory.mktemp("qa") / "project")
    form = (project / "forms" / "spring-harvest.toml").read_text()
    form = re.sub(r"delay = \d+", "delay = 600_000", form)
    (project / "forms" / "spring-harvest.toml").write_text(f'display = "inline"\n{form}')
    (project / "forms" / "restock.toml").write_text(f'locales = ["ar", "en"]\n{form}')
    return project


@pytest.fixture
def two_forms(page: Page, yesline_server: Server) -> str:
    """A page with both forms on it."""
    address = f"{yesline_server.url}/two-forms"
    tags = "".join(map(yesline_server.embed, ("spring-harvest", "restock")))
    page.route(address, lambda route: route.fulfill(content_type="text/html", body=f"<!doctype html>{tags}"))
    return address


def _sent(form: FormOnPage, number: str) -> None:
    form.type_phone(number)
    form.tick()
    form.send()
    form.wait_for_step("confirm")


def test_two_forms_of_a_page(
    page: Page, browser: Browser, two_forms: str, yesline_form: OnPage, yesline_inbox: Inbox
) -> None:
    spring, restock = yesline_form(page, "spring-harvest"), yesline_form(page, "restock")
    spring.open(two_forms)
    first, second = yesline_inbox.number("US"), yesline_inbox.number("US")
    _sent(spring, first)
    assert restock.step() == ""
    restock.open()
    restock.type_phone("123")
    restock.tick()
    restock.send()
    assert (restock.step(), restock.error() != "", spring.error()) == ("capture", True, "")
    restock.type_phone(second)
    restock.send()
    restock.wait_for_step("confirm")

    handset = browser.new_page()
    handset.goto(yesline_inbox.wait(first).link)
    handset.get_by_role("button", name="Yes, text me").click()
    spring.wait_for_step("done")
    assert restock.step() == "confirm"
    restock.enter_code("000000")
    assert restock.error()
    restock.enter_code(yesline_inbox.wait(second).code)
    restock.wait_for_step("done")
    handset.close()
    assert [event.name for event in spring.events()] == ["yesline:shown", "yesline:submitted", "yesline:confirmed"]
    heard = [event.detail.get("code") for event in restock.events() if event.name == "yesline:invalid"]
    assert heard == ["phone_too_short", "code_wrong"]
    restock.close()
    assert (spring.step(), restock.step()) == ("done", "")


def test_what_does_not_come_is_told(page: Page, yesline_server: Server, yesline_form: OnPage) -> None:
    form = yesline_form(page, timeout=0.2)
    with pytest.raises(AssertionError, match=r"has no form's tag: put server\.embed\(form\) into it"):
        form.open(yesline_server.handset)
    with pytest.raises(AssertionError, match=r"waited 0\.2 s for a form to show: call open\(\): the step is ''"):
        form.tick()
    form = yesline_form(page, timeout=5)
    form.open(yesline_server.hosted("spring-harvest"))
    form.send()
    hurried = yesline_form(page, timeout=0.2)
    with pytest.raises(AssertionError, match=r"the step 'done': the step is 'capture', the error 'Type your mobile"):
        hurried.wait_for_step("done")
