"""A real server, a merchant's page on an origin of its own, and a real browser."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from typing import Any, ClassVar

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.live import Server, project_folder
from tests.postgres import postgres

__all__ = ["postgres"]

PAGES = Path(__file__).parent / "pages"
EXAMPLES = Path(__file__).parents[1] / "examples"
PATIENCE = 15_000
"""Milliseconds until what a page should come to show is missed: much, as a busy machine takes its time and what comes is not waited for longer."""
expect.set_options(timeout=PATIENCE)
WRITTEN = "http://127.0.0.1:8321"
"""The server's address in examples and docs: where ``scripts/demo`` serves."""
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
STRICT = (
    "default-src 'none'; script-src {server}; connect-src {server}; style-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def chromium() -> str | None:
    """The machine's own Chromium: browser builds cannot be fetched everywhere."""
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := which(name))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": chromium(), "args": QUIET}


class _Merchant(SimpleHTTPRequestHandler):
    """Serves ``e2e/pages`` and ``/examples`` with the server's address put in; a page whose name starts with ``strict`` has the strictest policy."""

    server_base = ""
    written: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        path = self.path.split("?")[0].lstrip("/")
        file = EXAMPLES.parent / path if path.startswith("examples/") else PAGES / path
        file = file / "index.html" if file.is_dir() else file
        text = self.written.get(file.name) or (file.read_text() if file.is_file() else "")
        if not text:
            self.send_error(404)
            return
        body = text.replace("{server}", self.server_base).replace(WRITTEN, self.server_base).encode()
        self.send_response(200)
        kind = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}[file.suffix]
        self.send_header("content-type", f"{kind}; charset=utf-8")
        if file.name.startswith("strict"):
            self.send_header("content-security-policy", STRICT.format(server=self.server_base))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Merchant:
    """The merchant's site."""

    def __init__(self) -> None:
        self._handler = type("Handler", (_Merchant,), {})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(self._handler))
        self.origin = f"http://127.0.0.1:{self._http.server_address[1]}"

    def knows(self, server: str) -> None:
        self._handler.server_base = server  # type: ignore[attr-defined]

    def write(self, name: str, text: str) -> str:
        """The address of a page that is in no file."""
        self._handler.written = {**self._handler.written, name: text}  # type: ignore[attr-defined]
        return f"{self.origin}/{name}"

    @contextmanager
    def open(self) -> Iterator["Merchant"]:
        thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()


@pytest.fixture(scope="session")
def merchant() -> Iterator[Merchant]:
    with Merchant().open() as site:
        yield site


@pytest.fixture(scope="module")
def shop() -> Iterator[Merchant]:
    """A merchant for a server of a module's own: the other one knows the server that the session shares."""
    with Merchant().open() as site:
        yield site


def merchants_project(folder: Path, merchant: Merchant) -> Path:
    """A project whose forms allow the merchant's origin: two show at once, the third when somebody has read half of the page."""
    project = project_folder(folder, merchant.origin)
    form = (project / "forms" / "spring-harvest.toml").read_text()
    form = re.sub(r"delay = \d+", "delay = 0", form)
    (project / "forms" / "spring-harvest.toml").write_text(form)
    (project / "forms" / "restock.toml").write_text(
        form.replace("The spring harvest, by text", "Back in stock, by text")
    )
    (project / "forms" / "halfway.toml").write_text(form.replace('on = "load"', 'on = "scroll"'))
    return project


BOTH_ENGINES = pytest.mark.parametrize("server", ["sqlite", "postgres"], indirect=True, scope="session")
"""For what the server decides; what a page looks like is the same on either."""


@pytest.fixture(scope="session", params=["sqlite"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, merchant: Merchant
) -> Iterator[Server]:
    """``yesline demo``, with a project whose forms allow the merchant's origin."""
    folder = tmp_path_factory.mktemp("e2e")
    database = request.getfixturevalue("postgres").ready("e2e") if request.param == "postgres" else ""
    running = Server(folder / "data", merchants_project(folder, merchant), database)
    running.start()
    merchant.knows(running.base)
    try:
        yield running
    finally:
        running.stop()


class Phone:
    """A phone on the handset, by its API."""

    def __init__(self, server: Server, number: str) -> None:
        self._server = server
        self.number = number

    @property
    def typed(self) -> str:
        """The number as people type it at home."""
        return f"({self.number[2:5]}) {self.number[5:8]}-{self.number[8:]}"

    def texts(self) -> list[str]:
        answer = httpx2.get(f"{self._server.base}/handset/messages", params={"phone": self.number})
        return [message["text"] for message in answer.json()["messages"] if message["direction"] == "out"]

    def wait_for(self, words: str, count: int = 1) -> str:
        """The newest text that holds these words, once there are so many of them."""
        for _ in range(100):
            found = [text for text in self.texts() if words in text]
            if len(found) >= count:
                return found[-1]
            threading.Event().wait(0.05)
        raise AssertionError(f"no text with {words!r} among {self.texts()}")

    def reply(self, text: str) -> None:
        body = {"from": self.number, "to": "24680", "text": text}
        assert httpx2.post(f"{self._server.base}/handset/replies", json=body).status_code == 201

    def code(self, count: int = 1) -> str:
        found = re.search(r"code (\d{6})", self.wait_for("enter code", count))
        assert found
        return found[1]

    def link(self) -> str:
        found = re.search(r"https?://\S+/c/\w+", self.wait_for("/c/"))
        assert found
        return found[0]


@pytest.fixture(scope="session")
def numbers(worker_id: str) -> Iterator[str]:
    """Numbers nobody else has: each worker draws from a block of its own."""
    worker = int(re.sub(r"\D", "", worker_id) or 0)
    return (f"+1{201 + worker}55501{n:02}" if n < 100 else f"+1{201 + worker}555{n:04}" for n in range(10, 9000))


@pytest.fixture
def phone(server: Server, numbers: Iterator[str]) -> Phone:
    return Phone(server, next(numbers))


class Form:
    """The form on a page, found as a person finds it."""

    def __init__(self, page: Page, scope: Locator | Page) -> None:
        self.page = page
        self.scope = scope

    @property
    def number(self) -> Locator:
        return self.scope.get_by_label("Mobile number")

    @property
    def box(self) -> Locator:
        return self.scope.get_by_label("Yes, text me")

    @property
    def send(self) -> Locator:
        return self.scope.get_by_role("button", name="Text me to confirm")

    @property
    def code(self) -> Locator:
        return self.scope.get_by_label("Or type the code")

    def heading(self, words: str) -> Locator:
        return self.scope.get_by_role("heading", name=words)

    def submit(self, phone: Phone) -> None:
        """Type the number, tick the box, send, and see the second step."""
        self.number.fill(phone.typed)
        self.box.check()
        self.send.click()
        expect(self.heading("Now say yes")).to_be_visible()

    def done(self) -> None:
        """See that it has heard of the yes."""
        expect(self.heading("You’re in")).to_be_visible()


@pytest.fixture
def form(page: Page, server: Server) -> Form:
    assert server.port
    return Form(page, page)


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page complains of: exceptions and policy violations. Checked by tests that ask for it."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.set_default_timeout(PATIENCE)
    return context
