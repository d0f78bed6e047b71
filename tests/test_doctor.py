"""``yesline doctor``: every check, seen well and unwell."""

# ruff: noqa: S608  (statements of our own, making a database unwell on purpose)

import json
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import DEMO, NOON, Clock
from tests.deployments import deployment, live, on, sql, yesline
from tests.postgres import Cluster, apart
from yesline import doctor
from yesline.doctor import Finding
from yesline.errors import ConfigError
from yesline.settings import Settings
from yesline.store import engines, health
from yesline.store.health import Server

HOUR = 3_600_000
New = Callable[[str], Settings]
ENGINES = ["sqlite", "postgres"]


@pytest.fixture
def well(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A deployment at which all is well, on either engine."""
    url = ""
    if getattr(request, "param", "sqlite") == "postgres":
        postgres: Cluster = request.getfixturevalue("postgres")
        url = postgres.ready("well")
    settings = deployment(tmp_path / "data", url)
    on(settings, live)
    sites = """replace(content, '"countries":', '"origins":["https://shop.example"],"countries":')"""
    sql(settings.database_url, f"UPDATE form_version SET content = {sites}")
    return settings


def _examine(settings: Settings, now: int = NOON) -> dict[str, Finding]:
    found: list[Finding] = apart(doctor.examine(lambda: settings, Clock(now)))
    names = [finding.check for finding in found]
    assert len(names) == len(set(names)), "a check is told of once"
    for finding in found:
        assert (finding.state == "ok") == (not finding.mend), finding
        assert "\n" not in finding.what + finding.mend
    return {finding.check: finding for finding in found}


def _unwell(settings: Settings, now: int = NOON) -> dict[str, tuple[str, str]]:
    return {name: (found.state, found.what) for name, found in _examine(settings, now).items() if found.state != "ok"}


def _only(settings: Settings, check: str, now: int = NOON) -> tuple[str, str]:
    """The one check that does not go well."""
    found = _unwell(settings, now)
    assert set(found) == {check}, found
    return found[check]


@pytest.fixture(autouse=True)
def servers_clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """PostgreSQL's clock and connections, which tests cannot turn."""
    told = {"clock": NOON, "used": 5, "most": 100}
    real = health.server

    async def server(end: Any) -> Server:
        found = await real(end)
        assert found.used >= 1
        assert found.most > found.used
        return Server(**told)

    monkeypatch.setattr(health, "server", server)
    return told


@pytest.mark.parametrize("well", ENGINES, indirect=True)
def test_all_is_well(well: Settings) -> None:
    found = _examine(replace(well, project=str(DEMO)))
    assert {name: finding for name, finding in found.items() if finding.state != "ok"} == {}
    both = {
        "settings", "project", "address", "data folder", "disk", "secrets", "database", "durability", "schema", "ledger", "clock",
        "forms", "carriers", "outbox", "texts", "prompts",
    }  # fmt: skip
    of_engine = {"clocks", "connections"} if well.database else {"file system", "write lock"}
    assert set(found) == both | of_engine


def test_settings_that_cannot_be_used() -> None:
    def broken() -> Settings:
        raise ConfigError("settings: no such setting")

    (found,) = apart(doctor.examine(broken, Clock()))
    assert (found.check, found.state, found.what) == ("settings", "fail", "settings: no such setting")


def test_a_project_that_is_not_in_order(well: Settings, tmp_path: Path) -> None:
    state, what = _only(replace(well, project=str(tmp_path / "none")), "project")
    assert state == "fail"
    assert "none/yesline.toml" in what


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "links in texts lead to http://127.0.0.1:8321"),
        ("https://localhost", "no phone can reach"),
        ("http://sms.example.com", "is not https"),
        ("https://sms.example.com", ""),
    ],
)
def test_the_address(well: Settings, address: str, told: str) -> None:
    found = _examine(replace(well, sandbox=False, public_url=address))
    assert told in found["address"].what
    assert found["address"].state == ("fail" if told else "ok")


def test_a_data_folder_that_is_not_there(tmp_path: Path) -> None:
    found = _unwell(deployment(tmp_path / "none"))
    assert {name: state for name, (state, _) in found.items()} == dict.fromkeys(
        ("data folder", "secrets", "database"), "fail"
    )
    assert "No such file" in found["data folder"][1]
    assert "no database there" in found["database"][1]
    assert not (tmp_path / "none").exists()


def test_a_disk_that_is_nearly_full(well: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    for free, state in ((2_000_000_000, "ok"), (900_000_000, "warn")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(10_000_000_000, 0, free))
        assert _examine(well)["disk"].state == state
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100_000_000_000, 0, 9_000_000_000))
    assert _only(well, "disk") == ("warn", f"9.0 GB of 100.0 GB are free in {well.folder}")


@pytest.mark.parametrize("well", ENGINES, indirect=True)
def test_secrets(well: Settings) -> None:
    file = well.folder / "secrets.toml"
    own = file.read_text()
    file.chmod(0o644)
    assert "others can read it" in _only(well, "secrets")[1]
    file.chmod(0o600)
    file.write_text('signing = ["00"]\nnumbers = "00"\nledger = "00"\n')
    assert "was changed by hand" in _only(well, "ledger")[1]
    file.write_text(own)
    assert not _unwell(well)
    sql(well.database_url, "UPDATE event SET at = at - 1")
    assert "was changed by hand" in _only(well, "ledger")[1]
    file.unlink()
    assert "is not there" in _only(well, "secrets")[1]
    assert not file.exists()


def test_a_database_that_does_not_answer(well: Settings) -> None:
    state, what = _only(replace(well, database="postgresql://somebody:pa55word@127.0.0.1:1/name"), "database")
    assert state == "fail"
    assert "cannot be reached" in what
    assert "pa55word" not in what


@pytest.mark.parametrize("well", ENGINES, indirect=True)
def test_the_schema(well: Settings) -> None:
    sql(well.database_url, "INSERT INTO migration VALUES ('9999_later.sql', 1)")
    assert _only(well, "schema") == ("warn", "newer than this version: 9999_later.sql")
    sql(well.database_url, "DELETE FROM migration WHERE name LIKE '0002%' OR name LIKE '9999%'")
    assert _only(well, "schema") == ("fail", "behind this version: 0002_applies.sql")
    sql(well.database_url, "INSERT INTO migration VALUES ('unfinished restore', 1)")
    assert _only(well, "schema") == ("fail", "the database holds an unfinished restore")
    assert "'yesline restore' again" in _examine(well)["schema"].mend


def test_postgresql_that_does_not_flush(well: Settings, postgres: Cluster) -> None:
    url = postgres.ready("loose")
    sql(url, "ALTER DATABASE loose SET synchronous_commit = off")
    assert "synchronous_commit is off" in _only(replace(well, database=url), "database")[1]


@pytest.mark.parametrize("well", ["postgres"], indirect=True)
def test_clocks_and_connections_of_postgresql(well: Settings, servers_clock: dict[str, int]) -> None:
    servers_clock["clock"] += 9_000
    assert _only(well, "clocks") == ("warn", "the clocks of this host and of PostgreSQL are 9 s apart")
    servers_clock |= {"clock": NOON, "used": 91}
    assert _only(well, "connections") == ("warn", "91 of 100 connections are in use")


def test_the_clock_stepped_back(well: Settings) -> None:
    assert not _unwell(well, NOON - 4_000)
    state, what = _only(well, "clock", NOON - HOUR)
    assert state == "fail"
    assert "3600 s in the future" in what


def test_sqlite_on_a_network(well: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/root / ext4 rw 0 0\nserver:/x {well.folder.parent} nfs4 rw 0 0\n")
    real = health.network
    monkeypatch.setattr(health, "network", lambda file: real(file, mounts))
    assert _only(well, "file system") == (
        "fail",
        f"{well.folder / 'yesline.db'} is on nfs4, where SQLite cannot keep it whole",
    )
    mounts.write_text("")
    assert not _unwell(well)
    mounts.unlink()
    assert not _unwell(well)


def test_sqlite_without_its_log(well: Settings) -> None:
    with closing(sqlite3.connect(well.folder / "yesline.db")) as db:
        db.execute("PRAGMA journal_mode = delete")
    assert "journal_mode is delete" in _only(well, "durability")[1]
    on(well, live)
    assert _examine(well)["durability"].state == "ok"


def test_somebody_holds_the_write_lock(well: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_WAIT", 0.1)
    with closing(sqlite3.connect(well.folder / "yesline.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        assert "cannot be written: database is locked" in _only(well, "write lock")[1]
        db.execute("ROLLBACK")
    assert not _unwell(well)


def test_nothing_is_applied(tmp_path: Path) -> None:
    settings = deployment(tmp_path / "data")
    apart(engines.migrate(settings.database_url, 0))
    found = _unwell(settings)
    assert found["forms"] == ("fail", "nothing is applied")
    assert set(found) == {"forms", "secrets"}


def test_forms_without_sites(well: Settings) -> None:
    sql(well.database_url, "UPDATE form_version SET content = replace(content, '\"https://shop.example\"', '')")
    assert _only(well, "forms") == ("warn", "no site of yours may send spring-harvest")


def test_a_pool_without_codes(well: Settings) -> None:
    assert "coupons" not in _examine(well)
    pool = """replace(content, '"countries":', '"coupon_pool":"spring","countries":')"""
    sql(well.database_url, f"UPDATE form_version SET content = {pool}")
    assert _only(well, "coupons") == ("warn", "no code is left in spring: who says yes gets none")
    sql(well.database_url, "INSERT INTO coupon (pool, code, subject_id, given_at) VALUES ('spring', 'A1', NULL, 0)")
    assert _examine(well)["coupons"] == Finding("coupons", "ok", "codes are left: 1 in spring")


def test_senders_without_carriers(well: Settings) -> None:
    found = _examine(replace(well, sandbox=False))
    assert (found["carriers"].state, found["carriers"].what) == (
        "fail",
        "no carrier sends the texts of 24680 (console)",
    )
    assert "none without sandbox" in found["carriers"].mend
    pigeon = """replace(content, '"24680"', '"24680","carrier":"pigeon"')"""
    sql(well.database_url, f"UPDATE subscription_group SET content = {pigeon}")
    real = _examine(replace(well, sandbox=False, carriers={"owl": {}}))["carriers"]
    assert (real.state, real.what) == ("fail", "no carrier sends the texts of 24680 (pigeon)")
    assert "carriers here are: owl" in real.mend
    assert _examine(replace(well, sandbox=False, carriers={"pigeon": {}}))["carriers"].state == "ok"
    assert _examine(well)["carriers"].state == "ok", "in the sandbox the handset stands in for every carrier"


@pytest.mark.parametrize("well", ENGINES, indirect=True)
def test_texts_and_prompts(well: Settings, servers_clock: dict[str, int]) -> None:
    sql(well.database_url, f"UPDATE text SET state = 'queued', due_at = {NOON - 59_000} WHERE kind = 'prompt'")
    assert not _unwell(well)
    sql(well.database_url, f"UPDATE text SET due_at = {NOON - 90_000} WHERE state = 'queued'")
    assert _only(well, "outbox") == ("fail", "a text has been due for 90 s and nobody sends it")
    sql(well.database_url, "UPDATE text SET state = 'failed', tried_at = 0 WHERE state = 'queued'")
    sql(
        well.database_url,
        "UPDATE text SET state = 'uncertain' WHERE id = (SELECT min(id) FROM text WHERE state = 'failed')",
    )
    assert _only(well, "texts") == ("warn", "in the past day: 2 failed, 1 uncertain")
    servers_clock["clock"] = tomorrow = NOON + 25 * HOUR
    assert not _unwell(well, tomorrow)
    sql(well.database_url, f"UPDATE prompt SET state = 'open', closes_at = {NOON}")
    assert "prompts" not in _unwell(well, NOON + 23 * HOUR)
    assert _only(well, "prompts", tomorrow) == ("warn", "3 are open a day after their window ended")


def test_as_it_is_typed(tmp_path: Path) -> None:
    settings = deployment(tmp_path / "data")
    on(settings, live)
    result = yesline(settings, "doctor")
    lines = result.output.splitlines()
    assert result.exit_code == 1
    assert "fail  address      links in texts lead to" in result.output
    assert lines[0].startswith("ok    settings     they can be used")
    assert any(line.startswith(f"{'':19}-> set public_url") for line in lines)
    result = yesline(settings, "doctor", "--json", "--project", DEMO)
    found = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert found[1] == {"check": "project", "state": "ok", "what": f"{DEMO} is in order", "mend": ""}


def test_exit_status_without_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = deployment(tmp_path / "data")
    on(settings, live)
    monkeypatch.setenv("YESLINE_SANDBOX", "true")
    monkeypatch.setattr("yesline.commands.database.clock", Clock())
    result = yesline(settings, "doctor")
    assert result.exit_code == 0, result.output
    assert "warn  forms" in result.output
