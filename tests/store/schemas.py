"""What a database's schema is, in the same words for both engines."""

import re
from typing import Any, Protocol

from msgspec import Struct

from tests.databases import Peek
from yesline.store.engines import engine


class Table(Struct, frozen=True):
    """A table: its columns as (name, type, whether NULL is refused, default), its keys and its indexes."""

    columns: dict[str, tuple[str, bool, str | None]]
    primary: tuple[str, ...]
    unique: frozenset[tuple[str, ...]]
    refers: frozenset[tuple[str, str, str]]
    indexes: frozenset[tuple[str, tuple[str, ...], bool]]


class _Reader(Protocol):
    async def __call__(self, peek: Peek) -> dict[str, Table]: ...


async def schema(url: str) -> dict[str, Table]:
    """Every table of a database."""
    peek = Peek(url)
    try:
        return await READERS[engine(url)](peek)
    finally:
        await peek.close()


async def dump(url: str) -> list[tuple[Any, ...]]:
    """All that the engine itself tells about a database's tables, in its own words."""
    peek = Peek(url)
    try:
        return sorted([row for statement in _DUMPS[engine(url)] for row in await peek.rows(statement)], key=repr)
    finally:
        await peek.close()


_DUMPS = {
    "sqlite": ["SELECT type, name, tbl_name, sql FROM sqlite_master"],
    "postgres": [
        "SELECT table_name::text, column_name::text, ordinal_position::int, data_type::text, is_nullable::text, "
        "column_default::text, collation_name::text FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT tablename::text, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
    ],
}


async def _sqlite(peek: Peek) -> dict[str, Table]:
    names = await peek.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name: await _sqlite_table(peek, name) for (name,) in names}


async def _sqlite_table(peek: Peek, name: str) -> Table:
    columns = await peek.rows(f"PRAGMA table_info({name})")
    primary = sorted((place, column) for _, column, *_, place in columns if place)
    unique, indexes = set(), set()
    for _, index, _, origin, partial in await peek.rows(f"PRAGMA index_list({name})"):
        of = tuple(column for _, _, column in await peek.rows(f"PRAGMA index_info('{index}')"))
        if origin == "u":
            unique.add(of)
        elif origin == "c":
            indexes.add((index, of, bool(partial)))
    refers = await peek.rows(f"PRAGMA foreign_key_list({name})")
    return Table(
        {
            column: (_TYPES.get(kind, kind), bool(given or place), default)
            for _, column, kind, given, default, place in columns
        },
        tuple(column for _, column in primary),
        frozenset(unique),
        frozenset((column, table, to) for _, _, table, column, to, *_ in refers),
        frozenset(indexes),
    )


_TYPES = {"INTEGER": "BIGINT"}


async def _postgres(peek: Peek) -> dict[str, Table]:
    names = await peek.rows("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
    return {name: await _postgres_table(peek, name) for (name,) in names}


async def _postgres_table(peek: Peek, name: str) -> Table:
    columns = await peek.rows(
        "SELECT column_name::text, upper(data_type::text), is_nullable = 'NO', replace(column_default, '::text', '') "  # noqa: S608  (our own names)
        f"FROM information_schema.columns WHERE table_name = '{name}'"
    )
    keys = await peek.rows(
        f"SELECT contype::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{name}'::regclass"  # noqa: S608  (our own names)
    )
    made = await peek.rows(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indpred IS NOT NULL FROM pg_index i "  # noqa: S608  (our own names)
        f"WHERE i.indrelid = '{name}'::regclass AND NOT i.indisprimary AND NOT i.indisunique"
    )
    return Table(
        {column: (kind, given, default) for column, kind, given, default in columns},
        next(_listed(text) for kind, text in keys if kind == "p"),
        frozenset(_listed(text) for kind, text in keys if kind == "u"),
        frozenset(pair for kind, text in keys if kind == "f" for pair in _references(text)),
        frozenset((index, _listed(text), partial) for index, text, partial in made),
    )


def _listed(text: str) -> tuple[str, ...]:
    """The columns between the first brackets."""
    found = re.search(r"\(([^)]*)\)", text)
    assert found, text
    return tuple(found[1].split(", "))


def _references(text: str) -> list[tuple[str, str, str]]:
    found = re.fullmatch(r"FOREIGN KEY \((.*?)\) REFERENCES (\w+)\((.*?)\)", text)
    assert found, text
    return [(own, found[2], to) for own, to in zip(found[1].split(", "), found[3].split(", "), strict=True)]


READERS: dict[str, _Reader] = {"sqlite": _sqlite, "postgres": _postgres}
