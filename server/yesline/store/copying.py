"""Copying one database into another, table by table in the order of their keys, so that what was cut off can go on.

What is half copied holds a mark among its migrations, for which a server refuses to start on it.
"""

# ruff: noqa: S608  (statements are made of the names of our own tables)

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from yesline.errors import ConfigError
from yesline.store import migrations
from yesline.store.ends import End, Rows
from yesline.store.tables import TABLES, Table

Tell = Callable[[str, int, int], None]
"""Hears what is done, how much of it, and out of how much."""
Begun = dict[str, tuple[int, tuple[Any, ...] | None]]
"""For each table how many rows are copied, and the key of the last of them."""


async def present(end: End) -> list[Table]:
    """Those of our tables that the database has: an older version of it may lack some."""
    statement = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))",
    }
    names = {row[0] for row in await end.fetch(statement[end.engine])}
    return [table for table in TABLES if table.name in names]


async def counts(end: End) -> dict[str, int]:
    """How many rows each table holds."""
    return {table.name: await _count(end, table) for table in await present(end)}


async def _count(end: End, table: Table) -> int:
    count: int = (await end.fetch(f"SELECT count(*) FROM {table.name}"))[0][0]
    return count


async def is_empty(end: End) -> bool:
    """Whether no table holds a row."""
    for table in await present(end):
        if await end.fetch(f"SELECT 1 FROM {table.name} LIMIT 1"):
            return False
    return True


async def marks(end: End) -> set[str]:
    """The names in the table of migrations, marks of unfinished copies among them."""
    tables = {"sqlite": "SELECT name FROM sqlite_master WHERE name = 'migration'",
              "postgres": "SELECT 1 FROM to_regclass('migration') AS found WHERE found IS NOT NULL"}  # fmt: skip
    if not await end.fetch(tables[end.engine]):
        return set()
    return {row[0] for row in await end.fetch(migrations.DONE)}


async def mark(end: End, name: str, now: int) -> None:
    """From now on no server starts on this database."""
    await unmark(end)
    await end.fetch(migrations.MARK, name, now)


async def unmark(end: End) -> None:
    """The database is whole."""
    await end.fetch(migrations.WHOLE)


async def make_room(end: End, now: int) -> None:
    """Remove all of our tables, in one transaction with a mark that keeps servers away until a backup is restored."""
    await end.run(
        migrations.TABLE,
        "DELETE FROM migration",
        f"INSERT INTO migration (name, applied_at) VALUES ('{migrations.RESTORING}', {now})",
        *(f"DROP TABLE IF EXISTS {table.name}" for table in reversed(TABLES)),
    )


async def clear(end: End) -> None:
    """Remove every row of every table."""
    names = [table.name for table in await present(end)]
    if end.engine == "postgres":
        await end.run(f"TRUNCATE {', '.join(names)}")
    else:
        await end.run(*(f"DELETE FROM {name}" for name in reversed(names)))


async def begun(source: End, target: End) -> Begun:
    """What the target holds already. Raises ConfigError where that is anything but the beginning of each of the source's tables."""
    return {table.name: await _common(source, target, table) for table in TABLES}


async def copy(source: End, target: End, already: Begun, tell: Tell) -> None:
    """Copy what the target lacks."""
    for table in TABLES:
        of = await _count(source, table)
        done, after = already.get(table.name, (0, None))
        tell(table.name, done, of)
        while rows := await _read(source, table, after):
            await target.write(table, rows)
            done, after = done + len(rows), table.key_of(rows[-1])
            tell(table.name, done, of)


async def compare(source: End, target: End, tell: Tell) -> dict[str, int]:
    """The counts of two databases that are the same row by row. Raises ConfigError naming the first row that differs."""
    found = {}
    for table in TABLES:
        of = await _count(source, table)
        done, after = await _common(source, target, table)
        if lacking := await _read(source, table, after, 1):
            raise _different(table, lacking[0])
        found[table.name] = done
        tell(f"{table.name} compared", done, of)
    return found


async def _common(source: End, target: End, table: Table) -> tuple[int, tuple[Any, ...] | None]:
    """How many rows of the target are the first of the source's too, which must be all of them, and the key of the last."""
    done, after = 0, None
    while rows := await _read(target, table, after):
        expected = await _read(source, table, after, len(rows))
        if rows != expected:
            raise _different(table, next(one or other for one, other in zip_longest(rows, expected) if one != other))
        done, after = done + len(rows), table.key_of(rows[-1])
    return done, after


def _different(table: Table, row: tuple[Any, ...]) -> ConfigError:
    key = " ".join(str(part) for part in table.key_of(row))
    return ConfigError(
        f"the target is not a copy of the source: table {table.name} differs at {key}: something else wrote to it, or to the "
        "source since the copy was begun; to copy everything anew, empty the target first: --afresh"
    )


async def _read(end: End, table: Table, after: tuple[Any, ...] | None, most: int = 0) -> Rows:
    """The rows that follow a key, in the order of keys: bytes of text, as both engines compare them here."""
    where, params = "", tuple(after or ())
    if after is not None:
        where = f"WHERE ({table.key}) > ({', '.join(f'?{place + 1}' for place in range(len(after)))})"
    statement = f"SELECT {table.listed} FROM {table.name} {where} ORDER BY {table.key} LIMIT ?{len(params) + 1}"
    return await end.fetch(statement, *params, most or table.at_once)
