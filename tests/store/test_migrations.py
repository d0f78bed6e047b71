"""The schema: the same however one came to it, the same on both engines, and never too new for the code before it."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from tests.databases import TABLES as EMPTIED
from tests.databases import Peek, Run
from tests.postgres import Cluster
from tests.store import record
from tests.store.conftest import NOW
from tests.store.schemas import dump, schema
from yesline.errors import ConfigError, Unavailable
from yesline.store import migrations, sqlite_file
from yesline.store.engines import engine, migrate, open_store, pending
from yesline.store.migrations import Migration
from yesline.store.sql import ROWS, TOLD, types
from yesline.store.tables import BESIDE, TABLES

NAMES = [migration.name for migration in migrations.known("sqlite")]
EARLIER = range(len(NAMES))
REAL = migrations.known
Migrate = Callable[..., list[str]]


@pytest.fixture
def migrating(empty_url: str, loop: Run, monkeypatch: pytest.MonkeyPatch) -> Migrate:
    """Migrate the database as code would that knows the first so many migrations, and perhaps more of its own."""

    def to(first: int | None = None, *more: Migration) -> list[str]:
        monkeypatch.setattr(migrations, "known", lambda engine: [*REAL(engine)[:first], *more])
        try:
            applied: list[str] = loop(migrate(empty_url, NOW))
            return applied
        finally:
            monkeypatch.setattr(migrations, "known", REAL)

    return to


@pytest.mark.parametrize("first", EARLIER)
def test_every_way_leads_to_one_schema(
    migrating: Migrate, empty_url: str, loop: Run, first: int, tmp_path: Path
) -> None:
    assert migrating(first) == NAMES[:first]
    assert migrating() == NAMES[first:]
    stepwise = loop(dump(empty_url))
    straight = f"sqlite:///{tmp_path / 'straight.db'}"
    if engine(empty_url) == "sqlite":
        loop(migrate(straight, NOW))
        assert loop(dump(straight)) == stepwise
    else:
        loop(_drop_all(empty_url))
        assert migrating() == NAMES
        assert loop(dump(empty_url)) == stepwise


async def _drop_all(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()


def test_migrating_again_changes_nothing(migrating: Migrate, empty_url: str, loop: Run) -> None:
    assert migrating() == NAMES
    before = loop(dump(empty_url)), loop(_all_rows(empty_url, ["migration"]))
    assert migrating() == []
    assert loop(pending(empty_url)) == []
    assert (loop(dump(empty_url)), loop(_all_rows(empty_url, ["migration"]))) == before


async def _all_rows(url: str, tables: Any) -> dict[str, list[tuple[Any, ...]]]:
    peek = Peek(url)
    found = {table: sorted(await peek.rows(f"SELECT * FROM {table}")) for table in tables}  # noqa: S608  (our own names)
    await peek.close()
    return found


_MIGRATE = """
import asyncio, sys
from yesline.store.engines import migrate
sys.stdin.readline()
print(*asyncio.run(migrate(sys.argv[1], 1)))
"""


def test_processes_that_migrate_at_once_apply_each_once(empty_url: str, loop: Run) -> None:
    command = [sys.executable, "-c", _MIGRATE, empty_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in processes:
        process.stdin.write("now\n")
        process.stdin.flush()
    told = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert sorted(name for out, _ in told for name in out.split()) == NAMES
    assert loop(pending(empty_url)) == []


@pytest.mark.parametrize("bad", ["SELECT nobody;", "INSERT INTO subject (id) VALUES ('x');"])
def test_a_migration_that_fails_changes_nothing(migrating: Migrate, empty_url: str, loop: Run, bad: str) -> None:
    migrating()
    before = loop(dump(empty_url)), loop(_all_rows(empty_url, ["migration", "subject"]))
    broken = Migration("9998_broken.sql", f"CREATE TABLE extra (id TEXT);\n{bad}\n")
    with pytest.raises(Unavailable, match=r"9998_broken.sql failed and changed nothing"):
        migrating(None, broken, Migration("9999_after.sql", "CREATE TABLE after (id TEXT);"))
    assert (loop(dump(empty_url)), loop(_all_rows(empty_url, ["migration", "subject"]))) == before
    whole = Migration("9998_broken.sql", "CREATE TABLE extra (id TEXT);")
    assert migrating(None, whole) == ["9998_broken.sql"]


@pytest.mark.parametrize("first", EARLIER)
def test_no_server_starts_on_a_database_that_is_behind(
    migrating: Migrate, empty_url: str, loop: Run, first: int
) -> None:
    migrating(first)
    with pytest.raises(ConfigError, match=rf"behind this version: run 'yesline migrate' \(to apply: {NAMES[first]}"):
        loop(open_store(empty_url))


@pytest.mark.parametrize("first", EARLIER[1:])
def test_rows_written_before_are_there_after(migrating: Migrate, empty_url: str, loop: Run, first: int) -> None:
    migrating(first)
    written = loop(_write_everywhere(empty_url))
    migrating()
    after = loop(_columns_of(empty_url, written))
    assert after == {table: [tuple(row.values())] for table, row in written.items()}


async def _write_everywhere(url: str) -> dict[str, dict[str, Any]]:
    """A row in each table as it is now: every number is 1 and every text "x", so that they refer to one another."""
    tables = await schema(url)
    peek, written = Peek(url), {}
    for table in [name for name in reversed(EMPTIED) if name in tables]:
        row: dict[str, Any] = {c: 1 if kind == "BIGINT" else "x" for c, (kind, *_) in tables[table].columns.items()}
        values = ", ".join("1" if value == 1 else "'x'" for value in row.values())
        await peek.rows(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})")  # noqa: S608  (our own names)
        written[table] = row
    await peek.close()
    return written


async def _columns_of(url: str, written: dict[str, dict[str, Any]]) -> dict[str, list[tuple[Any, ...]]]:
    peek = Peek(url)
    found = {table: await peek.rows(f"SELECT {', '.join(row)} FROM {table}") for table, row in written.items()}  # noqa: S608  (our own names)
    await peek.close()
    return found


# Both engines, and the code.


@pytest.fixture
def both(tmp_path: Path, postgres: Cluster, loop: Run) -> tuple[str, str]:
    """An up-to-date database on each engine."""
    file = f"sqlite:///{tmp_path / 'one.db'}"
    loop(migrate(file, NOW))
    return file, postgres.ready("compared")


def test_both_engines_have_the_same_tables(both: tuple[str, str], loop: Run) -> None:
    of_sqlite, of_postgres = (loop(schema(url)) for url in both)
    assert of_sqlite == of_postgres
    assert [m.name for m in migrations.known("postgres")] == NAMES


def test_rows_and_tables_have_the_same_columns(url: str, loop: Run) -> None:
    tables = loop(schema(url))
    for kind in (*ROWS, *TOLD):
        beside = BESIDE.get(kind.table, ())
        columns = {name: column[0] for name, column in tables[kind.table].columns.items() if name not in beside}
        assert columns == dict(zip(kind.__struct_fields__, types(kind), strict=True))
        assert tables[kind.table].primary == kind.primary


def test_every_table_is_known_by_name(url: str, loop: Run) -> None:
    found = {name: (set(table.columns), table.primary) for name, table in loop(schema(url)).items()}
    assert found.pop("migration") == ({"name", "applied_at"}, ("name",))
    assert {table.name: (set(table.columns), table.primary) for table in TABLES} == found
    assert set(EMPTIED) == set(found)


# What may stand in a migration after the first, since the code before it goes on running meanwhile.

_ADDS = re.compile(
    r"""
    CREATE\ TABLE\ \w+\ .*
    | CREATE\ INDEX\ \w+\ ON\ .*
    | ALTER\ TABLE\ \w+\ ADD\ COLUMN\ \w+\ (TEXT|BIGINT|INTEGER)(\ COLLATE\ "C")?(\ NOT\ NULL\ DEFAULT\ \S+)?
    """,
    re.VERBOSE | re.DOTALL,
)


def only_adds(script: str) -> bool:
    """Whether code that does not know these statements goes on working after them."""
    plain = "".join(line for line in script.splitlines(keepends=True) if not line.startswith("--"))
    statements = [" ".join(statement.split()).removesuffix(";") for statement in sqlite_file._statements(plain)]
    return bool(statements) and all(_ADDS.fullmatch(statement) for statement in statements)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_migrations_only_add(engine: Any) -> None:
    for migration in migrations.known(engine)[1:]:
        assert only_adds(migration.sql), migration.name


@pytest.mark.parametrize(
    ("script", "adds"),
    [
        ("ALTER TABLE text ADD COLUMN cost BIGINT;", True),
        ("ALTER TABLE text ADD COLUMN cost BIGINT NOT NULL DEFAULT 0;\nCREATE INDEX i ON text (cost);", True),
        ("CREATE TABLE more (\n  id TEXT PRIMARY KEY\n);", True),
        ("ALTER TABLE text ADD COLUMN cost BIGINT NOT NULL;", False),
        ("ALTER TABLE text ADD COLUMN cost BIGINT UNIQUE;", False),
        ("ALTER TABLE text DROP COLUMN body;", False),
        ("ALTER TABLE text RENAME COLUMN body TO words;", False),
        ("ALTER TABLE text ALTER COLUMN prompt_id SET NOT NULL;", False),
        ("ALTER TABLE text RENAME TO texts;", False),
        ("CREATE UNIQUE INDEX one ON text (vendor_id);", False),
        ("DROP INDEX text_due;", False),
        ("CREATE INDEX i ON text (body);\nDELETE FROM text;", False),
        ("", False),
    ],
)
def test_what_adds_is_told_from_what_does_not(script: str, adds: bool) -> None:
    assert only_adds(script) is adds


# The statements of earlier versions.


def test_the_statements_of_this_version_are_recorded() -> None:
    file = record.newest()
    assert file.exists() and file.read_bytes() == record.content(), (  # noqa: PT018  (one thing to do about both)
        f"{file.name} is not what the code says to a database now: run 'python -m tests.store.record'"
    )


@pytest.mark.parametrize("file", sorted(record.FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_the_code_of_every_version_runs_on_the_newest_schema(url: str, loop: Run, file: Path) -> None:
    said: dict[str, Any] = msgspec.json.decode(file.read_bytes())[engine(url)]
    if engine(url) == "sqlite":
        _run_on_sqlite(url, said)
    else:
        loop(_run_on_postgres(url, said))
    for save in said["saves"]:
        kept = save["kept"]
        assert loop(_columns_of(url, {save["table"]: kept})) == {save["table"]: [tuple(kept.values())]}


def _run_on_sqlite(url: str, said: dict[str, Any]) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
        for statement in said["queries"].values():
            places = [int(place) for place in re.findall(r"\?(\d+)", statement)]
            db.execute(f"EXPLAIN {statement}", [None] * max(places, default=0))
        for save in said["saves"]:
            db.execute(save["statement"], save["given"])
        db.commit()


async def _run_on_postgres(url: str, said: dict[str, Any]) -> None:
    connection = await asyncpg.connect(url)
    for statement in said["queries"].values():
        await connection.prepare(statement)
    for save in said["saves"]:
        await connection.fetchval(save["statement"], *save["given"])
    await connection.close()
