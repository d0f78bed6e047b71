"""Named SQL: the statements of ``queries.sql`` and the upserts that follow from the rows' own definitions.

Both engines are given the same text where they agree. What is spelled otherwise (places of parameters, lists) is translated here;
what is done otherwise has a statement of its own, marked in the file with the engine's name.
"""

import re
from importlib.resources import files
from typing import Literal, get_type_hints

from yesline import records
from yesline.records import Row
from yesline.records.outgoing import Delivery, Endpoint, Entry

Engine = Literal["sqlite", "postgres"]

_NAME = re.compile(r"^-- name: (\w+)(?: \((\w+)\))?\n", re.MULTILINE)
_LIST = re.compile(r"= ANY \((\?\d+)\)")
ROWS: tuple[type[Row], ...] = (
    records.Subject,
    records.Coupon,
    records.Subscription,
    records.Prompt,
    records.Submission,
    records.Text,
    records.Suppression,
    records.GroupSuppression,
    records.ReviewItem,
    records.InvalidNumber,
    records.Cursor,
    records.ApiKey,
    records.Profile,
    records.ProfileAlias,
    records.ProfileEvent,
    records.Hits,
    records.Event,
    records.EventFacts,
)
"""Every kind of row, parents before children: the order in which they are saved."""
TOLD: tuple[type[Row], ...] = (Entry, Endpoint, Delivery, records.ImportJob)
"""Kinds that no act writes."""


def columns(kind: type[Row]) -> str:
    """The row's columns as a SELECT lists them."""
    return ", ".join(f"{kind.table}.{name}" for name in kind.__struct_fields__)


def types(kind: type[Row]) -> list[str]:
    """The SQL type of each column: times and counts are BIGINT, all else is TEXT."""
    hints = get_type_hints(kind)
    return ["BIGINT" if hints[name] is int else "TEXT" for name in kind.__struct_fields__]


def upsert(kind: type[Row], values: str) -> str:
    """The statement that saves rows given as ``values``; of an append-only kind it refuses to write a row twice."""
    names = kind.__struct_fields__
    statement = f"INSERT INTO {kind.table} ({', '.join(names)}) {values}"
    if kind.append_only:
        return statement
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in kind.primary)
    return f"{statement} ON CONFLICT ({', '.join(kind.primary)}) DO UPDATE SET {changes}"


def _marks(kind: type[Row]) -> str:
    return f"VALUES ({', '.join(f'?{place}' for place in range(1, len(kind.__struct_fields__) + 1))})"


def _translate(statement: str, engine: Engine) -> str:
    if engine == "sqlite":
        return _LIST.sub(r"IN (SELECT value FROM json_each(\1))", statement)
    return re.sub(r"\?(\d+)", r"$\1", statement)


def load(engine: Engine) -> dict[str, str]:
    """The named statements as one engine is given them."""
    text = files(__package__).joinpath("queries.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    columns_of = {kind.__name__: columns(kind) for kind in (*ROWS, *TOLD)}
    return {
        name: _translate(re.sub(r"\{(\w+)\}", lambda m: columns_of[m[1]], sql).strip(), engine)
        for name, only, sql in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        if only in (None, engine)
    }


UPSERTS = {kind: upsert(kind, _marks(kind)) for kind in ROWS}
"""How SQLite saves a row of each kind."""
