"""The short run: every named point once on each engine, and every other fault once. ``python -m tests.faults`` is the long one."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import scenarios
from tests.faults.killing import kill_run, one_of_each
from tests.faults.play import play, stage_for
from tests.faults.settling import Outcome
from tests.postgres import Cluster, cluster


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A cluster of its own: it is restarted while others' tests go on."""
    with cluster() as running:
        yield running


def _judged(outcome: Outcome) -> None:
    assert not outcome.violations, "\n".join(outcome.violations[:20])
    assert outcome.figures["answered"], outcome.figures


def _quiet(line: str) -> None:
    del line


def _kill(folder: Path, database: Cluster | None) -> None:
    stage = stage_for(folder, "kills", database, random.Random())
    kills = one_of_each(stage)
    outcome = play(stage, "kills", lambda stage: kill_run(stage, kills, _quiet))
    _judged(outcome)
    assert outcome.figures["points"] == kills


def test_killed_at_every_point_on_sqlite(tmp_path: Path) -> None:
    _kill(tmp_path, None)


def test_killed_at_every_point_on_postgres(tmp_path: Path, server: Cluster) -> None:
    _kill(tmp_path, server)


@pytest.mark.parametrize("name", scenarios.SQLITE)
def test_sqlite(name: str, tmp_path: Path) -> None:
    _judged(play(stage_for(tmp_path, name, None, random.Random()), name, scenarios.SQLITE[name]))


@pytest.mark.parametrize("name", scenarios.POSTGRES)
def test_postgres(name: str, tmp_path: Path, server: Cluster) -> None:
    _judged(play(stage_for(tmp_path, name, server, random.Random()), name, scenarios.POSTGRES[name]))


def test_postgres_restarts(tmp_path: Path, server: Cluster) -> None:
    name = "database restart"
    _judged(play(stage_for(tmp_path, name, server, random.Random()), name, scenarios.restarts(server)))
