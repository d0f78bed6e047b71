"""docs/how-to/delivery.md says what the rules do: states, reasons to drop, priorities, tries, and its files load."""

import ast
import inspect
import re
import shutil
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from tests.conftest import DEMO
from tests.contract.test_docs_reference import _bare, _merged, _rows, _section
from yesline import project
from yesline.post import outbox
from yesline.records.rows import TextState
from yesline.rules import consent, sending
from yesline.rules.abuse import MINUTE, SECOND, Policy

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "delivery.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_states() -> None:
    assert {_bare(row[0]) for row in _rows(_section(PAGE, "States"))} == set(get_args(TextState))


def test_reasons_to_drop() -> None:
    found: set[str] = set()
    for function in (sending._why_not, sending._outdated):
        for node in ast.walk(ast.parse(inspect.getsource(function))):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value:
                found.add(str(node.value.value))
    (paragraph,) = re.findall(r"^A text is dropped when (.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([a-z ]+)`", paragraph)) == found


def test_priorities() -> None:
    listed = {
        kind: int(_bare(priority))
        for priority, kinds in _rows(_section(PAGE, "Order and pace"))
        for kind in re.findall(r"`(\w+)`", kinds)
    }
    assert listed == consent.PRIORITY


def test_times_and_tries() -> None:
    assert Policy().prompt_life == 10 * MINUTE
    assert consent.ANSWER_LIFE == 5 * MINUTE
    assert "within 10 minutes" in PAGE
    assert "within 5 minutes" in PAGE
    waits = [outbox.RETRY_FIRST * 2**tries // SECOND for tries in range(1, sending.MOST_TRIES)]
    assert f"up to {sending.MOST_TRIES} tries, {', '.join(map(str, waits[:-1]))} and {waits[-1]} seconds" in PAGE
    assert sending.TRIES_BEFORE_BACKUP == 2
    assert "twice in a row" in PAGE


def test_what_the_backup_takes_over_at_once() -> None:
    first = _rows(PAGE.partition("\n## A second carrier\n")[2])[0][0]
    named = set(re.findall(r"`(\w+)`", first))
    assert named <= set(sending.SENDERS_FAULT)
    passing = {"carrier_down", "rate_limited"}  # these it takes over after the second time
    assert set(sending.SENDERS_FAULT) - named == passing


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_can_stand_in_a_project(example: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(DEMO, folder)
    group = folder / "groups" / "promotions.toml"
    group.write_text(_merged(group.read_text(encoding="utf-8"), example), encoding="utf-8")
    loaded = project.load(folder).groups[0]
    assert all(getattr(loaded, name) for name in tomllib.loads(example))
