"""docs/how-to/first-carrier.md, taken literally: its files, its commands, and a text there and back at a Twilio on loopback."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from tests.carriers.recorder import Recorder
from tests.carriers.twilio_network import TwilioNetwork
from tests.live import ROOT, free_port

PAGE = (ROOT / "docs" / "how-to" / "first-carrier.md").read_text(encoding="utf-8")
PHONE = "+12015550123"
NETWORK = TwilioNetwork()
NETWORK.sender = "+12025550100"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def _commands() -> list[list[str]]:
    """What is typed, less the line that sets the secret."""
    lines = [line for block in _blocks("sh") for line in block.splitlines()]
    assert [line for line in lines if line.startswith("export")] == ["export YESLINE_CARRIERS_TWILIO_AUTH_TOKEN='...'"]
    return [shlex.split(line)[1:] for line in lines if line.startswith("yesline ")]


def _environment(api: str) -> dict[str, str]:
    """The secret, and what makes the example's account one of the network on this machine."""
    settings = {f"YESLINE_CARRIERS_TWILIO_{name.upper()}": value for name, value in NETWORK.settings(api).items()}
    rest = {name: value for name, value in os.environ.items() if not name.startswith("YESLINE_")}
    return rest | settings | {"YESLINE_PORT": str(free_port()), "YESLINE_DATABASE": ""}


def _apply_files(folder: Path) -> None:
    account, sender = _blocks("toml")
    with (folder / "yesline.toml").open("a") as file:
        file.write(f"\n{account}")
    group = folder / "groups" / "promotions.toml"
    group.write_text(group.read_text().partition("[sender]")[0] + sender)


@contextmanager
def _serving(words: list[str], folder: Path, environment: dict[str, str]) -> Iterator[httpx2.Client]:
    command = [sys.executable, "-m", "yesline", *words]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{environment['YESLINE_PORT']}", timeout=20) as http:
            _until(lambda: _ready(http))
            yield http
    finally:
        process.terminate()
        process.wait(30)


def _ready(http: httpx2.Client) -> bool:
    with suppress(httpx2.TransportError):
        return http.get("/readyz").status_code == 200
    return False


def _until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


class Terminal:
    """Types the page's commands in a folder."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    def type(self, words: list[str]) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "yesline", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0 or words[0] == "doctor", done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder(NETWORK.answer) as opened:
        yield opened


def test_from_the_demo_to_real_texts(tmp_path: Path, recorder: Recorder) -> None:
    terminal = Terminal(tmp_path, _environment(recorder.url))
    init, check, serve, carriers, send_test, doctor = _commands()
    terminal.type(init)
    _apply_files(tmp_path / "my-project")
    assert terminal.type(check).endswith("are in order.\n")
    with _serving(serve, tmp_path, terminal.environment) as http:
        shown = terminal.type(carriers)
        (sample,) = _blocks("text")
        assert shown.splitlines()[0] == sample.splitlines()[0]
        found = re.search(
            r"texts +(https://sms\.example\.com)(/inbound/[\w.-]+)\n +receipts +\1/receipts/[\w.-]+", shown
        )
        assert found, shown
        assert "twilio took it" in terminal.type(send_test)
        for text, answer in (("JOIN", "reply Y"), ("Y", "you're in"), ("STOP", "no more messages")):
            _says(http, found[1] + found[2], text)
            _until(lambda answer=answer: answer in _sent(recorder)[-1])  # type: ignore[misc]
        told = terminal.type(doctor)
        assert re.search(r"^ok +address +https://sms\.example\.com is https$", told, re.MULTILINE), told
        assert re.search(r"^ok +carriers ", told, re.MULTILINE), told


def _says(http: httpx2.Client, url: str, text: str) -> None:
    """Twilio calls the address that was pasted, through the proxy; it is not our clock that it tells."""
    webhook = NETWORK.inbound(url, id=text, phone=PHONE, text=text, at=time.time_ns() // 1_000_000)
    path = "/" + url.split("/", 3)[3]
    assert http.post(path, content=webhook.body, headers=dict(webhook.headers)).status_code == 200


def _sent(recorder: Recorder) -> list[str]:
    found = [NETWORK.sent(request) for request in recorder.requests]
    return [sent.body for sent in found if sent]


def test_trying_on_sends_nothing(tmp_path: Path, recorder: Recorder) -> None:
    """The two commands that the page promises never send a real text."""
    named = re.search(r"`yesline (demo --project my-project)` and `yesline (serve --sandbox)`", PAGE)
    assert named
    terminal = Terminal(tmp_path, _environment(recorder.url))
    terminal.type(_commands()[0])
    _apply_files(tmp_path / "my-project")
    for words in (shlex.split(named[1]), [*shlex.split(named[2]), "--project", "my-project"]):
        given = [*words, *(["--port", terminal.environment["YESLINE_PORT"]] if words[0] == "demo" else [])]
        with _serving(given, tmp_path, terminal.environment) as http:
            http.post("/handset/replies", json={"from": PHONE, "to": NETWORK.sender, "text": "JOIN"})
            _until(lambda http=http: len(http.get("/handset/messages").json()["messages"]) == 2)  # type: ignore[misc]
    assert recorder.requests == []
