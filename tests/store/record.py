"""The statements of one version of the code, recorded so that every later schema is held against them.

``python -m tests.store.record`` writes those of the code as it is now, under the name of the newest migration.
"""

from pathlib import Path
from typing import Any

import msgspec

from tests.store import rows
from yesline.records import (
    ApiKey,
    Coupon,
    Cursor,
    GroupSuppression,
    Hits,
    InvalidNumber,
    Profile,
    ProfileAlias,
    ProfileEvent,
    ReviewItem,
    Row,
    Subscription,
    Suppression,
)
from yesline.store import migrations, postgres_statements, sqlite
from yesline.store.sql import UPSERTS, Engine

FOLDER = Path(__file__).parent / "statements"

# One row of each kind, parents first, with something in every column that may be empty.
ROWS: tuple[Row, ...] = (
    rows.subject(events=1, head="h"),
    Coupon("spring", "A1", "s", 1),
    Subscription("s", "club", "pending", "unknown", 1),
    rows.prompt(),
    rows.submission(),
    rows.text(prompt_id="p"),
    Suppression("tag of s", 1, 0, "keyword"),
    GroupSuppression("tag of s", "club", 1, 0, "keyword"),
    ReviewItem("r", "s", "club", "t", "open", 1, 1),
    InvalidNumber("s", "invalid_number", "21211", 1),
    Cursor("twilio", 1),
    ApiKey("k", "shop", "digest", "review inbound", 1),
    Profile("f", "u1", "+12015550123", "tag of s", "ann@example.com", "tag of m", '{"language":"en"}', 1, 2),
    ProfileAlias("label\x1fname", "label", "name", "f"),
    ProfileEvent("e", "f", "event", "visited", 1, "{}"),
    Hits("number:1", ((1, 2),), 3),
    *rows.events("s", 1),
)


def _saving(engine: Engine, row: Row) -> dict[str, Any]:
    """How one row is saved, and what stands in its table then."""
    kind = type(row)
    if engine == "sqlite":
        statement, given = UPSERTS[kind], list(row.columns())
    else:
        statement, given = postgres_statements.writing((kind,)), [postgres_statements.as_json([row])]
    kept = dict(zip(kind.__struct_fields__, row.columns(), strict=True))
    return {"table": kind.table, "statement": statement, "given": given, "kept": kept}


def statements(engine: Engine) -> dict[str, Any]:
    """What the code as it is now says to a database."""
    named = sqlite.QUERIES if engine == "sqlite" else postgres_statements.QUERIES
    return {"queries": named, "saves": [_saving(engine, row) for row in ROWS]}


def content() -> bytes:
    """The whole record of the code as it is now."""
    both = {"sqlite": statements("sqlite"), "postgres": statements("postgres")}
    return msgspec.json.format(msgspec.json.encode(both), indent=1) + b"\n"


def newest() -> Path:
    """Where the record of the code as it is now belongs."""
    return FOLDER / f"{Path(migrations.known('sqlite')[-1].name).stem}.json"


if __name__ == "__main__":
    newest().write_bytes(content())
