"""Several processes on one PostgreSQL: what happens at one of them is seen at the others, live."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Form, Merchant, Phone, merchants_project
from tests.live import Server
from tests.postgres import Cluster

SENDS = {"YESLINE_WORK": "true"}
LISTENS = {"YESLINE_WORK": "false"}


@pytest.fixture
def folder(tmp_path: Path, merchant: Merchant) -> Path:
    merchants_project(tmp_path, merchant)
    return tmp_path


@contextmanager
def several(folder: Path, postgres: Cluster, merchant: Merchant, *settings: dict[str, str]) -> Iterator[list[Server]]:
    """Servers that share data folder and database; the merchant's pages load the first one's widget."""
    database = postgres.ready("several")
    with ExitStack() as stack:
        servers = []
        for more in settings:
            server = Server(folder / "data", folder / "project", database, more)
            server.start()
            stack.callback(server.stop)
            servers.append(server)
        merchant.knows(servers[0].base)
        yield servers


def test_a_reply_at_one_process_turns_the_form_of_another(
    page: Page, folder: Path, postgres: Cluster, merchant: Merchant, numbers: Iterator[str]
) -> None:
    with several(folder, postgres, merchant, SENDS, SENDS) as (_, other):
        form, phone = Form(page, page), Phone(other, next(numbers))
        page.goto(f"{merchant.origin}/plain.html")
        form.submit(phone)
        assert "Larkspur Coffee: reply Y" in phone.wait_for("reply Y")
        phone.reply("Y")
        form.done()
        phone.wait_for("you're in")


def test_the_worker_apart_sends_what_servers_record(
    page: Page, folder: Path, postgres: Cluster, merchant: Merchant, numbers: Iterator[str]
) -> None:
    with several(folder, postgres, merchant, LISTENS, LISTENS) as (server, other):
        form, phone = Form(page, page), Phone(other, next(numbers))
        page.goto(f"{merchant.origin}/plain.html")
        form.submit(phone)
        assert not phone.texts()
        with working(server):
            phone.wait_for("reply Y")
            phone.reply("Y")
            form.done()
            phone.wait_for("you're in")


def test_a_process_that_ends_lets_its_pages_go_on_at_another(
    page: Page, folder: Path, postgres: Cluster, merchant: Merchant, numbers: Iterator[str]
) -> None:
    with several(folder, postgres, merchant, SENDS, SENDS) as (first, other):
        form, phone = Form(page, page), Phone(other, next(numbers))
        page.goto(f"{merchant.origin}/plain.html")
        form.submit(phone)
        first.stop()
        phone.wait_for("reply Y")
        phone.reply("Y")
        first.start()
        expect(form.heading("You\u2019re in")).to_be_visible(timeout=30_000)


@contextmanager
def working(server: Server) -> Iterator[None]:
    """``yesline work`` beside the servers."""
    command = [sys.executable, "-m", "yesline", "work", "--data", str(server.data), "--sandbox"]
    process = subprocess.Popen(command, env=server.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert "works on" in process.stdout.readline()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
