"""Every table that is copied, parents before children: what ``yesline move``, ``backup`` and ``restore`` go by."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from yesline.store.sql import ROWS, TOLD


class Table(Struct, frozen=True):
    """A table, its columns and its primary key. ``at_once`` is how many of its rows are held in memory at a time."""

    name: str
    columns: tuple[str, ...]
    primary: tuple[str, ...]
    at_once: int = 10_000

    @property
    def listed(self) -> str:
        """The columns as a SELECT lists them."""
        return ", ".join(self.columns)

    @property
    def key(self) -> str:
        """The key as an ORDER BY lists it."""
        return ", ".join(self.primary)

    def key_of(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """The key of a row."""
        return tuple(row[self.columns.index(name)] for name in self.primary)


BESIDE = {"subject": ("fed",), "text": ("fed",)}
"""Columns that the rows of a table do not know: how much of a chain the feed has, and which state of a text."""
_LARGE = 50  # rows of these hold whole rendered forms
TABLES: tuple[Table, ...] = (
    *(Table(kind.table, kind.__struct_fields__ + BESIDE.get(kind.table, ()), kind.primary) for kind in (*ROWS, *TOLD)),
    Table("form_version", ("version", "form_id", "content", "created_at"), ("version",), _LARGE),
    Table("form", ("id", "version", "applied_at"), ("id",)),
    Table("subscription_group", ("id", "content", "applied_at"), ("id",), _LARGE),
    Table("showing", ("form_id", "day", "event", "count"), ("form_id", "day", "event")),
    Table("brand", ("id", "content", "applies"), ("id",)),
    Table("idempotency", ("key_id", "route", "key", "digest", "status", "body", "at"), ("key_id", "route", "key")),
)
"""All tables but ``migration``, which tells of the database rather than of what is in it."""
