"""The README's five minutes, taken literally: its commands, its file, its page."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page

from e2e.conftest import Form, Phone
from tests.live import ROOT, Server, free_port

Blocks = dict[str, list[str]]


@pytest.fixture
def blocks() -> Blocks:
    """The code blocks of the section, by language, with ports that are free here."""
    text = (ROOT / "README.md").read_text()
    section = text.partition("## Five minutes")[2].partition("\n## ")[0]
    section = section.replace("8321", str(free_port())).replace("8000", str(free_port()))
    found: Blocks = {}
    for language, code in re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL):
        found.setdefault(language, []).append(code.strip())
    return found


def command(line: str) -> list[str]:
    words = shlex.split(line)
    program = {".venv/bin/yesline": [sys.executable, "-m", "yesline"], "python3": [sys.executable]}
    return program[words[0]] + words[1:]


@contextmanager
def running(line: str, folder: Path, address: str, **environ: str) -> Iterator[None]:
    with subprocess.Popen(
        command(line), cwd=folder, env=os.environ | environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(200):
                with suppress(httpx2.TransportError):
                    httpx2.get(address)
                    break
                threading.Event().wait(0.1)
            yield
        finally:
            process.terminate()


def test_five_minutes(page: Page, blocks: Blocks, tmp_path: Path) -> None:
    init, serve, static, verify = blocks["sh"]
    subprocess.run(command(init), cwd=tmp_path, check=True, capture_output=True)
    (line,) = blocks["toml"]
    form_file = tmp_path / "my-project" / "forms" / "spring-harvest.toml"
    first, rest = form_file.read_text().split("\n", 1)
    assert first.startswith("origins")
    form_file.write_text(f"{line}\n{rest}")
    (html,) = blocks["html"]
    (tmp_path / "index.html").write_text(html)
    tag = re.search(r"http://127\.0\.0\.1:(\d+)/embed", html)
    assert tag
    server = Server(tmp_path / "data", tmp_path)
    server.port = int(tag[1])
    shop = line.partition('"')[2].partition('"')[0]
    with (
        running(serve, tmp_path, server.base + "/readyz", YESLINE_PORT=tag[1]),
        running(static, tmp_path, shop),
    ):
        phone = Phone(server, "+12015550123")
        page.goto(shop)
        form = Form(page, page)
        form.submit(phone)
        phone.reply("Y")
        form.done()
    verified = subprocess.run(command(verify), cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "The ledger holds" in verified.stdout


def test_every_link_and_picture_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    for target in re.findall(r"\]\(((?!http)[^)]+)\)", text):
        assert (ROOT / target).is_file(), target
