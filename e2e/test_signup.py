"""``examples/signup-flow``: a sign-up of the product's own, whose back end calls the REST API, in Python and in Node."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import EXAMPLES, Phone
from tests.live import ROOT, Server, project_folder

LETTERS = 'name = "Letter"\nchannel = "email"\nsends = "a letter"\nfrequency = "Once a month"\n'
APPS = {"python": [sys.executable, "app.py"], "node": ["node", "app.mjs"]}
SCOPES = ("users.track", "subscription.status.set", "subscription.status.get", "users.export.ids")


class Shop:
    """The server of the example, and the API as its owner may ask it."""

    def __init__(self, server: Server, key: str) -> None:
        self.server = server
        self.key = key
        self.origin = ""

    def status(self, group: str, **whom: str) -> str:
        answer = self._get("/subscription/status/get", {"subscription_group_id": group, **whom})
        return str(next(iter(answer["status"].values())))

    def known(self, email: str) -> list[dict[str, object]]:
        body = {"email_address": email, "fields_to_export": ["external_id", "email", "phone"]}
        headers = {"authorization": f"Bearer {self.key}"}
        answer = httpx2.post(f"{self.server.base}/users/export/ids", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        users: list[dict[str, object]] = answer.json()["users"]
        return users

    def _get(self, path: str, query: dict[str, str]) -> dict[str, dict[str, str]]:
        answer = httpx2.get(f"{self.server.base}{path}", params=query, headers={"authorization": f"Bearer {self.key}"})
        assert answer.status_code == 200, answer.text
        told: dict[str, dict[str, str]] = answer.json()
        return told


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("signup")
    project = project_folder(folder)
    (project / "groups" / "newsletter.toml").write_text(LETTERS)
    server = Server(folder / "data", project)
    server.start()
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    command = [sys.executable, "-m", "yesline", "keys", "new", "shop", "--data", str(folder / "data"), *scopes]
    key = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    yield Shop(server, key)
    server.stop()


@pytest.fixture(scope="module", params=APPS)
def shop(served: Shop, request: pytest.FixtureRequest) -> Iterator[Shop]:
    environment = {**os.environ, "YESLINE_URL": served.server.base, "YESLINE_KEY": served.key}
    command = [*APPS[request.param], "0"]
    with subprocess.Popen(
        command, cwd=EXAMPLES / "signup-flow", env=environment, stdout=subprocess.PIPE, text=True
    ) as app:
        assert app.stdout
        served.origin = app.stdout.readline().strip()
        yield served
        app.terminate()


@pytest.fixture
def caller(shop: Shop, numbers: Iterator[str]) -> Phone:
    return Phone(shop.server, next(numbers))


def fill(page: Page, shop: Shop, email: str, phone: str) -> None:
    page.goto(shop.origin)
    page.get_by_label("First name").fill("Ann")
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("Mobile number").fill(phone)


def test_a_ticked_box_asks_the_phone_and_its_yes_subscribes(
    page: Page, shop: Shop, caller: Phone, tmp_path: Path
) -> None:
    email = f"ann{caller.number[-7:]}@example.com"
    fill(page, shop, email, caller.typed)
    for box in ("Text me new roasts", "Email me"):
        expect(page.get_by_label(box)).not_to_be_checked()
        page.get_by_label(box).check()
    page.screenshot(path=tmp_path / "signup.png", full_page=True)
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name="Welcome, Ann")).to_be_visible()
    assert shop.status("newsletter", email=email) == "Subscribed"
    caller.wait_for("reply Y")
    assert shop.status("promotions", phone=caller.number) == "Unsubscribed"
    caller.reply("Y")
    caller.wait_for("you're in")
    assert shop.status("promotions", phone=caller.number) == "Subscribed"
    assert [user["phone"] for user in shop.known(email)] == [caller.number]


def test_a_box_left_alone_sends_and_records_nothing(page: Page, shop: Shop, caller: Phone) -> None:
    email = f"bob{caller.number[-7:]}@example.com"
    fill(page, shop, email, caller.typed)
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name=re.compile("Welcome"))).to_be_visible()
    assert caller.texts() == []
    assert shop.status("promotions", phone=caller.number) == "Unknown"
    assert shop.status("newsletter", email=email) == "Unknown"
    assert shop.known(email) == []


def test_a_number_that_is_none_is_told_and_nothing_is_lost(page: Page, shop: Shop, caller: Phone) -> None:
    email = f"cat{caller.number[-7:]}@example.com"
    fill(page, shop, email, "12345")
    page.get_by_label("Text me new roasts").check()
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("alert")).to_contain_text("no mobile number")
    expect(page.get_by_label("Email", exact=True)).to_have_value(email)
    assert shop.status("promotions", phone=caller.number) == "Unknown"
