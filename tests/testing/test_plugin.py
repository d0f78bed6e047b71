"""The pytest plugin as somebody's suite uses it; what needs a browser is in ``e2e/test_qa_helpers.py``."""

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import DEMO
from yesline.testing.form import EVENTS
from yesline.testing.inbox import SentText

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

# A module that is None cannot be imported, as one that is not installed.
WITHOUT_PLAYWRIGHT = "import sys\nsys.modules['playwright'] = None\n"

SUITE = '''
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest


def submit(server, number):
    """What a page sends."""
    with urlopen(f"{server.url}/forms/spring-harvest/view") as answer:
        stamp = json.load(answer)["stamp"]
    body = {"id": secrets.token_urlsafe(16), "phone": number, "country": "US", "consent": True, "stamp": stamp}
    headers = {"origin": "http://localhost:3000", "content-type": "application/json"}
    with urlopen(Request(f"{server.url}/forms/spring-harvest/submissions", json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)["submission"]


def state(server, submission):
    return server.ask(f"/submissions/{submission}")["state"]


def test_reply(yesline_server, yesline_inbox):
    number = yesline_inbox.number("US")
    submission = submit(yesline_server, number)
    text = yesline_inbox.wait(number, containing="reply Y")
    assert (text.sender, text.link.startswith(yesline_server.url), len(text.code)) == ("24680", True, 6)
    yesline_inbox.reply(number, "Y")
    assert "you're in" in yesline_inbox.wait(number).body
    assert state(yesline_server, submission) == "confirmed"
    assert len(yesline_inbox.texts(number)) == 2


def test_no_text(yesline_server, yesline_inbox):
    number = yesline_inbox.number("US")
    submit(yesline_server, number)
    yesline_inbox.wait(number)
    with pytest.raises(AssertionError) as told:
        yesline_inbox.wait(number, containing="you're in", timeout=0)
    first, second = str(told.value).splitlines()
    assert first == f"""no new text with "you're in" came to {number} within 0 s; it has 1"""
    assert second.startswith("  read  'Larkspur Coffee: reply Y")


def test_a_phone_that_has_no_text(yesline_inbox):
    number = yesline_inbox.number("GB")
    yesline_inbox.reply(number, "JOIN")
    assert "reply Y" in yesline_inbox.wait(number).body
    with pytest.raises(AssertionError, match="there is no code in the text 'Larkspur"):
        yesline_inbox.texts(number)[0].code
    with pytest.raises(AssertionError, match="no mobile numbers of 'XX'"):
        yesline_inbox.number("XX")


def test_the_caps_of_a_number_are_exact_and_follow_the_clock(yesline_server, yesline_inbox):
    number = yesline_inbox.number("US")
    for minute in range(3):
        submit(yesline_server, number)
        submit(yesline_server, number)
        yesline_inbox.wait(number)
        yesline_server.clock.advance(timedelta(minutes=1))
    assert len(yesline_inbox.texts(number)) == 3
    there = datetime(2030, 1, 1, 12, tzinfo=UTC)
    assert yesline_server.clock.freeze(there) == there
    assert yesline_server.clock.advance(90) == there + timedelta(seconds=90) == yesline_server.clock.now()
    with pytest.raises(ValueError, match="has no time zone"):
        yesline_server.clock.freeze(datetime(2030, 1, 1))
    assert yesline_server.clock.moved


def test_the_next_test_has_the_real_time(yesline_server):
    assert not yesline_server.clock.moved
    assert abs(yesline_server.clock.now().timestamp() - time.time()) < 60


def test_many_visitors_of_one_machine(yesline_server, yesline_inbox):
    numbers = [yesline_inbox.number("US") for _ in range(65)]
    for number in numbers:
        submit(yesline_server, number)
    assert len(set(numbers)) == 65
    yesline_inbox.wait(numbers[-1])


def test_addresses(yesline_server):
    assert yesline_server.handset == yesline_server.url + "/handset"
    assert yesline_server.hosted("spring-harvest") == yesline_server.url + "/f/spring-harvest"
    tag = '<script async crossorigin src="%s/embed/spring-harvest.js"></script>' % yesline_server.url
    assert yesline_server.embed("spring-harvest") == tag
'''


def test_a_suite_without_playwright(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell's settings are those of a deployment, which the tests must not touch."""
    monkeypatch.setenv("YESLINE_DATABASE", "postgresql://nobody@127.0.0.1:1/production")
    monkeypatch.setenv("YESLINE_ADDRESS_PER_HOUR", "1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pytester.makeini("[pytest]\nyesline_origins = http://localhost:3000\n")
    pytester.makepyfile(without_playwright=WITHOUT_PLAYWRIGHT, test_suite=SUITE)
    done = pytester.runpytest_subprocess("-p", "without_playwright", "-p", "no:playwright", "-q")
    done.assert_outcomes(passed=7)


PROJECT = """
def test_form(yesline_server):
    assert yesline_server.ask("/forms/restock/view")["form"] == "restock"
"""
OVERRIDE = """
import pytest

@pytest.fixture(scope="session")
def yesline_settings():
    return {"number_per_minute": 0}
"""


def test_a_project_of_ones_own_and_a_server_that_does_not_start(pytester: pytest.Pytester) -> None:
    project = shutil.copytree(DEMO, pytester.path / "sms")
    (project / "forms" / "spring-harvest.toml").rename(project / "forms" / "restock.toml")
    with (project / "yesline.toml").open("a") as file:
        file.write(
            '[server]\nhost = "0.0.0.0"\ndatabase = "postgresql://nobody@127.0.0.1:1/production"\nwork = false\n'
        )
    pytester.makeini("[pytest]\nyesline_project = elsewhere\n")
    pytester.makepyfile(test_project=PROJECT)
    pytester.runpytest_subprocess("-q", "--yesline-project", "sms").assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nyesline_project = sms\n")
    pytester.makeconftest(OVERRIDE)
    failed = pytester.runpytest_subprocess("-q")
    failed.assert_outcomes(errors=1)
    failed.stdout.re_match_lines([r".*RuntimeError: '.*serve --sandbox.*' did not start:", r".*number_per_minute.*"])


LIGHT = """
import sys

def test_light():
    heavy = {"playwright", "starlette", "msgspec", "phonenumbers", "httpx2", "uvicorn", "jinja2", "click"}
    ours = {name for name in sys.modules if name.startswith("yesline.")}
    assert ours == {"yesline.testing", "yesline.testing.plugin"}
    assert not heavy & set(sys.modules)
"""


def test_nothing_is_imported_for_a_suite_that_does_not_use_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(LIGHT)
    pytester.runpytest_subprocess("-p", "yesline.testing.plugin", "-q").assert_outcomes(passed=1)


def test_every_fixture_is_told_of(pytester: pytest.Pytester) -> None:
    """pytest --fixtures names them with what they are for, and the how-to does so too."""
    said = pytester.runpytest_subprocess("--fixtures", "-q").stdout.str()
    found = set(re.findall(r"^(yesline_\w+)", said, re.MULTILINE))
    page = (ROOT / "docs" / "how-to" / "test-in-ci.md").read_text(encoding="utf-8")
    assert found == set(re.findall(r"`(yesline_\w+)`", page.partition("### Fixtures")[2].partition("\n##")[0]))
    assert "no docstring available" not in said.partition("yesline.testing.plugin")[2].partition("fixtures defined")[0]


def test_events_are_those_of_the_widget() -> None:
    page = (ROOT / "docs" / "reference" / "widget.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `yesline:(\w+)` \|", page, re.MULTILINE)
    assert tuple(documented) == EVENTS
    helper = (ROOT / "widget" / "playwright" / "src" / "form.ts").read_text(encoding="utf-8")
    found = re.search(r"const EVENTS = \[(.*)\];", helper)
    assert found
    assert tuple(re.findall(r'"(\w+)"', found[1])) == EVENTS


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Larkspur: enter code 123456 or tap http://127.0.0.1:8321/c/654321654321.", "123456"),
        ("كودك 123456\n@shop.example.com #123456", "123456"),
        ("Call +12015550123 or 8005550100. Your code: 000001", "000001"),
    ],
)
def test_the_code_of_a_text(body: str, code: str) -> None:
    assert SentText(body, "24680").code == code


def test_the_link_of_a_text() -> None:
    assert SentText("Tap https://sms.example.com/c/abc.", "1").link == "https://sms.example.com/c/abc"
    with pytest.raises(AssertionError, match="there is no link in the text 'Yes!'"):
        _ = SentText("Yes!", "1").link
