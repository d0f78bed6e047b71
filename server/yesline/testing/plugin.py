"""Fixtures for pytest; installed with Yesline they are there. Until a test asks for one, nothing is imported or started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from yesline.testing.form import FormOnPage
    from yesline.testing.inbox import Inbox
    from yesline.testing.server import Server

_running = pytest.StashKey["Server"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the project is, and which pages show its forms."""
    what = "Project folder of the server that tests use; without it the one that 'yesline init' makes."
    parser.getgroup("yesline", "Yesline").addoption("--yesline-project", metavar="FOLDER", help=what)
    parser.addini("yesline_project", what, default="")
    parser.addini("yesline_origins", "Origins of the pages under test, such as http://localhost:8000.", type="linelist")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A clock that a test has moved tells the real time to the next one."""
    server = item.config.stash.get(_running, None)
    if server and server.clock.moved:
        server.clock.resume()


@pytest.fixture(scope="session")
def yesline_project(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project folder: ``--yesline-project``, ``yesline_project`` of the configuration, or what ``yesline init`` makes."""
    if typed := pytestconfig.getoption("yesline_project"):
        return pytestconfig.invocation_params.dir / str(typed)
    if written := pytestconfig.getini("yesline_project"):
        return pytestconfig.rootpath / str(written)
    from yesline.testing.server import scaffold

    return scaffold(tmp_path_factory.mktemp("yesline") / "project")


@pytest.fixture(scope="session")
def yesline_origins(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> list[str]:
    """Origins of the pages under test: ``yesline_origins`` of the configuration, and that of the fixture ``base_url``, if there is one."""
    base = urlsplit("")
    with suppress(pytest.FixtureLookupError):
        base = urlsplit(request.getfixturevalue("base_url") or "")
    return [*pytestconfig.getini("yesline_origins"), *([f"{base.scheme}://{base.netloc}"] if base.netloc else [])]


@pytest.fixture(scope="session")
def yesline_settings() -> dict[str, object]:
    """Settings of the server, over those of the project's ``yesline.toml``."""
    return {}


@pytest.fixture(scope="session")
def yesline_server(
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
    yesline_project: Path,
    yesline_origins: list[str],
    yesline_settings: dict[str, object],
) -> Iterator[Server]:
    """A running sandbox server, one for each process of the session. Tests are kept apart by the numbers they use."""
    from yesline.testing.server import Server

    server = Server(tmp_path_factory.mktemp("yesline"), yesline_project, yesline_origins, yesline_settings)
    server.start()
    pytestconfig.stash[_running] = server
    try:
        yield server
    finally:
        del pytestconfig.stash[_running]
        server.stop()


@pytest.fixture
def yesline_inbox(yesline_server: Server) -> Inbox:
    """Made-up phones and their texts."""
    from yesline.testing.inbox import Inbox

    return Inbox(yesline_server)


@pytest.fixture
def yesline_form(yesline_server: Server) -> Callable[..., FormOnPage]:
    """``yesline_form(page)`` is the form of a page; ``yesline_form(page, "spring-sale")`` is one of several."""
    del yesline_server  # it must be there before a page is opened
    from yesline.testing.form import FormOnPage

    def on(page: Page, form: str = "", timeout: float = 10.0) -> FormOnPage:
        return FormOnPage(page, form, timeout)

    return on
