"""``yesline move``: everything arrives, whatever happens on the way, and nothing that does not belong there stays unnoticed."""

# ruff: noqa: S608  (statements of our own)

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from tests.conftest import NOON, Clock, Site
from tests.deployments import (
    WAITING,
    contents,
    deployment,
    live,
    live_and_wait,
    on,
    on_handset,
    sql,
    waiting,
    yesline,
)
from tests.postgres import Cluster, apart
from yesline.commands import database
from yesline.errors import ConfigError, StoreError
from yesline.settings import Settings
from yesline.store import engines
from yesline.store.ends import SqliteEnd, opened
from yesline.store.ends_postgres import PostgresEnd
from yesline.store.tables import TABLES

Make = Callable[[str, str], str]
WAYS = [(one, other) for one in ("sqlite", "postgres") for other in ("sqlite", "postgres")]


@pytest.fixture
def make(tmp_path: Path, postgres: Cluster) -> Make:
    """The address of a new, empty database of either engine."""

    def address(engine: str, name: str) -> str:
        return postgres.make(name) if engine == "postgres" else f"sqlite:///{tmp_path / name}.db"

    return address


@pytest.fixture
def old(request: pytest.FixtureRequest, tmp_path: Path, make: Make) -> Settings:
    """A deployment with something in it."""
    engine = getattr(request, "param", "sqlite")
    settings = deployment(tmp_path / "data", make(engine, "old"))
    apart(engines.migrate(settings.database_url, 0))
    on(settings, live_and_wait)
    return settings


def _move(settings: Settings, target: str, *words: str) -> Result:
    return yesline(settings, "move", "--from", settings.database_url, "--to", target, *words)


@pytest.mark.parametrize(("old", "engine"), WAYS, indirect=["old"])
def test_everything_arrives_and_goes_on(old: Settings, engine: str, make: Make, tmp_path: Path) -> None:
    target = make(engine, "new")
    before = contents(old.database_url)
    result = _move(old, target)
    assert result.exit_code == 0, result.output
    assert contents(target) == before == contents(old.database_url)
    assert f"event                {len(before['event']):>12,}\n" in result.output
    assert f"The ledger holds: {len(before['event'])} event(s) of {len(before['subject'])} number(s)" in result.output
    assert "event compared: " in result.output

    async def story(site: Site) -> None:
        queued = {phone for _, phone in await waiting(site)}
        assert len(queued) == WAITING
        site.clock.advance(seconds=2)
        await site.idle()
        assert set(await on_handset(site)) >= queued, "what waited is sent from where it is now"
        await site.reply("STOP", "+12015550123")
        assert (await site.texts("+12015550123"))[-1]

    on(deployment(tmp_path / "data", target), story, Clock(NOON + 1000))
    assert yesline(deployment(tmp_path / "data", target), "verify").exit_code == 0


def test_the_list_of_tables_is_that_of_the_schemas(tmp_path: Path, postgres: Cluster) -> None:
    expected = {table.name: (list(table.columns), list(table.primary)) for table in TABLES}

    async def of_sqlite(url: str) -> dict[str, Any]:
        async with opened(url, "seen") as end:
            names = [row[0] for row in await end.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {name: await end.fetch(f"SELECT name, pk FROM pragma_table_info('{name}')") for name in names}
        return {name: _of(found) for name, found in rows.items()}

    async def of_postgres(url: str) -> dict[str, Any]:
        async with opened(url, "seen") as end:
            names = [row[0] for row in await end.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            statement = (
                "SELECT attname::text, coalesce(array_position(indkey::int[], attnum::int), -1) + 1 FROM pg_attribute "
                "JOIN pg_index ON indrelid = attrelid AND indisprimary "
                "WHERE attrelid = ?1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
            )
            rows = {name: await end.fetch(statement, name) for name in names}
        return {name: _of(found) for name, found in rows.items()}

    def _of(rows: list[tuple[Any, ...]]) -> tuple[list[str], list[str]]:
        keys = sorted((place, name) for name, place in rows if place)
        return sorted(name for name, _ in rows), [name for _, name in keys]

    file = f"sqlite:///{tmp_path / 'schema.db'}"
    apart(engines.migrate(file, 0))
    wanted = {name: (sorted(columns), primary) for name, (columns, primary) in expected.items()}
    for found in (apart(of_sqlite(file)), apart(of_postgres(postgres.ready("schema")))):
        assert found.pop("migration")
        assert found == wanted
    parents = [table.name for table in TABLES]
    assert parents.index("subject") < parents.index("prompt") < parents.index("submission") < parents.index("text")
    assert parents.index("event") < parents.index("event_facts")
    assert parents.index("form_version") < parents.index("form")


class _CutOff(Exception):
    pass


def _cut_off_after(monkeypatch: pytest.MonkeyPatch, engine: str, writes: int = -1, table_after: str = "") -> list[str]:
    """Break off in the middle, rows at a time; returns the tables that were written to."""
    end: Any = PostgresEnd if engine == "postgres" else SqliteEnd
    written: list[str] = []
    write = end.write

    async def writing(self: Any, table: Any, rows: Any) -> None:
        if len(written) == writes or table.name == table_after:
            raise _CutOff
        written.append(table.name)
        await write(self, table, rows)

    monkeypatch.setattr(end, "write", writing)
    return written


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    small = [type(table)(table.name, table.columns, table.primary, 3) for table in TABLES]
    monkeypatch.setattr("yesline.store.copying.TABLES", small)


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize("writes", [0, 1, 9, 25])
def test_cut_off_and_begun_again(
    old: Settings, engine: str, writes: int, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = make(engine, "new")
    with monkeypatch.context() as patched:
        whole = _cut_off_after(patched, engine)
        assert _move(old, make(engine, "other")).exit_code == 0
    with monkeypatch.context() as patched:
        _cut_off_after(patched, engine, writes)
        with pytest.raises(_CutOff):
            _reraise(_move(old, target))
    with pytest.raises(ConfigError, match="unfinished move: run 'yesline move' again"):
        on(deployment(tmp_path / "data", target), live)
    with monkeypatch.context() as patched:
        rest = _cut_off_after(patched, engine)
        assert _move(old, target).exit_code == 0
    assert len(rest) == len(whole) - writes, "what was there is not copied again"
    assert contents(target) == contents(old.database_url)
    assert _move(old, target).exit_code == 0, "once more does no harm"


def _reraise(result: Result) -> None:
    if result.exception:
        raise result.exception


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_killed_and_begun_again(old: Settings, engine: str, make: Make) -> None:
    target = make(engine, "new")
    words = ["move", "--from", old.database_url, "--to", target]
    program = (
        "import os, signal, sys\nfrom yesline.store import copying\nfrom yesline.cli import main\n"
        "read, count = copying._read, []\n"
        "async def reading(*given):\n"
        "    count.append(1)\n"
        "    return os.kill(os.getpid(), signal.SIGKILL) if len(count) == 40 else await read(*given)\n"
        f"copying._read = reading\nmain({words!r})"
    )
    environ = os.environ | {"YESLINE_DATA": old.data}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert any(contents(target).values())
    assert contents(target) != contents(old.database_url)
    assert _move(old, target).exit_code == 0
    assert contents(target) == contents(old.database_url)


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize("spoiled", ["source", "target"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subject SET created_at = created_at + 1 WHERE phone = '+12015550123'",
        "UPDATE subject SET phone = NULL WHERE phone = '+12015550123'",
        "INSERT INTO subject (id, created_at, events, head) VALUES ('!', 1, 0, '')",
        "DELETE FROM event_facts",
    ],
)
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_changes_meanwhile_are_noticed(
    old: Settings, engine: str, spoiled: str, statement: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make(engine, "new")
    if "DELETE" in statement and spoiled == "target":
        statement = statement.replace("DELETE FROM event_facts", "UPDATE event_facts SET facts = '{}'")
    with monkeypatch.context() as patched:
        written = _cut_off_after(patched, engine, table_after="form_version")
        with pytest.raises(_CutOff):
            _reraise(_move(old, target))
    assert "event_facts" in written
    sql(old.database_url if spoiled == "source" else target, statement)
    result = _move(old, target)
    assert result.exit_code == 1
    table = "event_facts" if "event_facts" in statement else "subject"
    assert f"table {table} differs at" in result.output
    assert "--afresh" in result.output
    if spoiled == "target":
        assert _move(old, target, "--afresh").exit_code == 0
        assert contents(target) == contents(old.database_url)


@pytest.mark.parametrize("spoiled", ["suppression", "limit_counter"])
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_row_that_is_spoiled_while_it_is_copied_is_noticed(
    old: Settings, engine: str, spoiled: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make(engine, "new")
    end: Any = PostgresEnd if engine == "postgres" else SqliteEnd
    write = end.write

    async def wrongly(self: Any, table: Any, rows: Any) -> None:
        if table.name == "suppression" == spoiled:
            rows = [(tag, stopped_at, 1, source) for tag, stopped_at, _, source in rows]
        if table.name == "limit_counter" == spoiled:
            rows = rows[:-1]
        await write(self, table, rows)

    monkeypatch.setattr(end, "write", wrongly)
    result = _move(old, target)
    assert result.exit_code == 1
    assert f"table {spoiled} differs at" in result.output


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_another_deployments_database_is_left_as_it_is(old: Settings, engine: str, make: Make, tmp_path: Path) -> None:
    other = deployment(tmp_path / "theirs", make(engine, "new"))
    apart(engines.migrate(other.database_url, 0))
    on(other, live)
    before = contents(other.database_url)
    result = _move(old, other.database_url)
    assert result.exit_code == 1
    assert "not a copy of the source" in result.output
    assert contents(other.database_url) == before
    on(other, waiting)
    assert _move(old, other.database_url, "--afresh").exit_code == 0
    assert contents(other.database_url) == contents(old.database_url)


@pytest.mark.parametrize("old", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_server_that_runs_is_told_of(old: Settings, side: str, make: Make) -> None:
    other = make("sqlite", "new") if old.database.startswith("sqlite") else make("postgres", "new")
    ends = (old.database_url, other) if side == "source" else (other, old.database_url)
    apart(engines.migrate(other, 0))

    async def story(site: Site) -> None:
        words = ("move", "--from", ends[0], "--to", ends[1], "--data", old.data)
        result = await asyncio.to_thread(yesline, old, *words)
        assert result.exit_code == 1
        assert "stop it first" in result.output
        site.clock.advance(seconds=5)
        await site.submit("(206) 555-0123")

    on(old, story)


def test_a_writer_that_is_no_server_is_waited_for_and_told_of(
    postgres: Cluster, tmp_path: Path, make: Make, run: Callable[[Any], Any]
) -> None:
    import asyncpg

    old = deployment(tmp_path / "data", postgres.ready("old"))
    on(old, live)

    async def story() -> None:
        connection = await asyncpg.connect(old.database_url)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("UPDATE subject SET created_at = 1")
        result = await asyncio.to_thread(_move, old, make("sqlite", "new"))
        await connection.close()
        assert result.exit_code == 1
        assert "stop it first" in result.output

    run(story())


def test_nobody_can_write_while_it_is_copied(
    postgres: Cluster, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncpg

    old = deployment(tmp_path / "data", postgres.ready("old"))
    on(old, live)
    write, refused = SqliteEnd.write, []

    async def meanwhile(self: SqliteEnd, table: Any, rows: Any) -> None:
        if table.name == "event":
            connection = await asyncpg.connect(old.database_url, server_settings={"lock_timeout": "100"})
            with pytest.raises(asyncpg.LockNotAvailableError):
                await connection.execute("UPDATE subject SET created_at = 1")
            refused.append(await connection.fetchval("SELECT count(*) FROM subject"))
            await connection.close()
        await write(self, table, rows)

    monkeypatch.setattr(SqliteEnd, "write", meanwhile)
    assert _move(old, make("sqlite", "new")).exit_code == 0
    assert refused == [3]


def test_a_fault_in_the_ledger_is_told_and_copied(old: Settings, make: Make) -> None:
    sql(old.database_url, "UPDATE event SET at = at + 1 WHERE seq = 1")
    target = make("sqlite", "new")
    result = _move(old, target)
    assert result.exit_code == 1
    assert "the source has the same fault: event 1 of subject" in result.output
    assert contents(target) == contents(old.database_url)


def test_what_cannot_be_moved_is_told_in_one_line(old: Settings, make: Make, tmp_path: Path) -> None:
    new = make("sqlite", "new")
    secret = "postgresql://somebody:pa55word@127.0.0.1:1/name"
    odd = "postgresql://somebody:pa55/word@127.0.0.1/name"
    behind = f"sqlite:///{tmp_path / 'behind.db'}"
    (tmp_path / "behind.db").touch()
    for source, target, told in (
        (f"sqlite:///{tmp_path / 'none.db'}", new, "there is no database there"),
        (behind, new, "run 'yesline migrate' (to apply: 0001_first.sql"),
        (old.database_url, old.database_url, "are the same database"),
        (old.database_url, secret, "cannot be reached"),
        (old.database_url, odd, "cannot be read"),
        (secret, new, "cannot be reached"),
        (old.database_url, "mysql://x", "write it as sqlite:///"),
    ):
        result = yesline(old, "move", "--from", source, "--to", target)
        assert result.exit_code == 1, (source, target)
        assert told in result.output
        assert result.output.count("\n") == 1, result.output
        assert not any(part in result.output for part in ("pa55", "somebody"))
    (Path(old.data) / "secrets.toml").unlink()
    assert "secrets.toml: not there" in _move(old, new).output
    assert not (Path(old.data) / "secrets.toml").exists()


def test_addresses_are_shown_without_secrets() -> None:
    for address, shown in (
        ("postgresql://user:word@host/name", "postgresql://host/name"),
        ("postgresql://host/name?password=word", "postgresql://host/name"),
        ("postgresql://user:wo?rd@host/name", "postgresql://..."),
        ("sqlite:////var/yesline.db", "/var/yesline.db"),
    ):
        assert engines.shown(address) == shown


def test_progress_moves_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(click, "echo", lambda words, **_: told.append(words))

    class Terminal:
        stderr = type("Terminal", (), {"isatty": staticmethod(lambda: True)})()

    monkeypatch.setattr(database, "sys", Terminal)
    database._progress("subject", 1, 2)
    database._events(2, 2)
    assert [words.startswith("\r") for words in told] == [True, True]
    assert "1 of 2" in told[0]
    assert "events verified" in told[1]


def test_errors_of_the_databases_are_ours(tmp_path: Path, postgres: Cluster) -> None:
    file = f"sqlite:///{tmp_path / 'a.db'}"
    apart(engines.migrate(file, 0))

    async def wrong(url: str) -> None:
        async with opened(url, "alone") as end:
            await end.run("INSERT INTO brand (id, content) VALUES (2, '')")

    for url in (file, postgres.ready("wrong")):
        with pytest.raises(StoreError):
            apart(wrong(url))
    (tmp_path / "b.db").write_text("no database, and longer than the header of one, a hundred bytes" * 9)
    with pytest.raises(ConfigError, match="cannot be used as a database"):
        apart(wrong(f"sqlite:///{tmp_path / 'b.db'}"))
