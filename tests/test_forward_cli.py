"""``yesline forward``: other systems are added, shown without their keys, given another key and removed."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.conftest import ON_SQLITE
from tests.deployments import on
from yesline.cli import main
from yesline.settings import Settings
from yesline.store import outgoing

BASE = "https://rest.example"
pytestmark = ON_SQLITE


class Terminal:
    """Where commands are typed."""

    def __init__(self, settings: Settings) -> None:
        self._env = {"YESLINE_DATA": settings.data, "YESLINE_DATABASE": settings.database}

    def __call__(self, *words: str, typed: str = "", **env: str) -> Result:
        return CliRunner().invoke(main, ["forward", *words], env=self._env | env, input=typed or None)

    def listed(self) -> list[dict[str, Any]]:
        """What the list shows to a program."""
        return [json.loads(line) for line in self("list", "--json").output.splitlines()]


@pytest.fixture
def terminal(settings: Settings) -> Terminal:
    async def live(_: Any) -> None:
        return None

    on(settings, live)
    return Terminal(settings)


def test_braze(terminal: Terminal, settings: Settings) -> None:
    added = terminal("add", "braze", BASE, "--group", "promotions=4f1c", YESLINE_FORWARD_KEY=" a-key\n")
    assert added.exit_code == 0, added.output
    (told,) = terminal.listed()
    assert (told["kind"], told["url"], told["groups"]) == ("braze", BASE, {"promotions": "4f1c"})
    plain = terminal("list").output
    assert plain == f"{told['id']}  braze    enabled   {BASE}  all\n"
    done = terminal("key", told["id"], typed="b-key\n")
    assert done.exit_code == 0, done.output
    for output in (added.output, plain, done.output, json.dumps(told)):
        assert "a-key" not in output
        assert "b-key" not in output
    assert _key(settings) == "b-key"
    assert terminal("remove", told["id"]).exit_code == 0
    assert terminal.listed() == []


def _key(settings: Settings) -> str:
    found: list[str] = []

    async def look(site: Any) -> None:
        found.extend(to.secret for to in await outgoing.endpoints(site.house.store.rows))

    on(settings, look)
    (key,) = found
    return key


def test_segment_and_files(terminal: Terminal, tmp_path: Path) -> None:
    only = ("--type", "message.failed")
    assert terminal("add", "segment", BASE, *only, "--key", "k").exit_code == 0
    assert terminal("add", "file", str(tmp_path), "--format", "csv", "--spreadsheet").exit_code == 0
    segment, file = terminal.listed()
    assert (segment["kind"], segment["types"]) == ("segment", ["message.failed"])
    assert (file["kind"], file["url"]) == ("file", str(tmp_path))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "braze", "http://rest.example", "--key", "k"), "it must begin with https://"),
        (("add", "segment", "https://127.0.0.1", "--key", "k"), "private network"),
        (("add", "braze", BASE, "--key", "two words"), "copy it again"),
        (("add", "braze", BASE, "--key", " "), "copy it again"),
        (("add", "braze", BASE, "--key", "k", "--group", "promotions"), "write it as"),
        (("add", "braze", BASE, "--key", "k", "--group", "nobody=1"), "There is no group 'nobody'"),
        (("add", "file", "/nowhere/at/all"), "make this folder first"),
        (("add", "file", "/tmp", "--spreadsheet"), "--spreadsheet goes with --format csv"),
        (("key", "nothing", "--key", "k"), "'yesline forward list' shows their ids"),
        (("remove", "nothing"), "'yesline forward list' shows their ids"),
    ],
)
def test_what_is_refused(terminal: Terminal, words: tuple[str, ...], said: str) -> None:
    done = terminal(*words)
    assert done.exit_code != 0
    assert said in done.output
    assert terminal.listed() == []
