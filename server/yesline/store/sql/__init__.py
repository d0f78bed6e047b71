"""Named SQL: the statements of ``queries.sql`` and the upserts that follow from the rows' own definitions."""

import re
from importlib.resources import files

from yesline import records
from yesline.records import Row

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
ROWS: tuple[type[Row], ...] = (
    records.Subject,
    records.Subscription,
    records.Prompt,
    records.Submission,
    records.Text,
    records.Suppression,
    records.Hits,
    records.Event,
    records.EventFacts,
)
"""Every kind of row, parents before children: the order in which they are saved."""


def columns(kind: type[Row]) -> str:
    """The row's columns as a SELECT lists them."""
    return ", ".join(f"{kind.table}.{name}" for name in kind.__struct_fields__)


def upsert(kind: type[Row]) -> str:
    """The statement that saves a row; of an append-only kind it refuses to write a row twice."""
    names = kind.__struct_fields__
    marks = ", ".join(f"?{place}" for place in range(1, len(names) + 1))
    statement = f"INSERT INTO {kind.table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  (names of our own structs)
    if kind.append_only:
        return statement
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in kind.primary)
    return f"{statement} ON CONFLICT ({', '.join(kind.primary)}) DO UPDATE SET {changes}"


def _load() -> dict[str, str]:
    text = files(__package__).joinpath("queries.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    columns_of = {kind.__name__: columns(kind) for kind in ROWS}
    statements = zip(parts[::2], parts[1::2], strict=True)
    return {name: re.sub(r"\{(\w+)\}", lambda m: columns_of[m[1]], sql).strip() for name, sql in statements}


QUERIES = _load()
UPSERTS = {kind: upsert(kind) for kind in ROWS}
