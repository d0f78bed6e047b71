"""The statements with which PostgreSQL reads and writes a batch, put together from the named SQL and the rows' own definitions."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

import msgspec

from yesline.records import (
    GroupSuppression,
    Hits,
    InvalidNumber,
    Prompt,
    ReviewItem,
    Row,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
    Wants,
)
from yesline.store.sql import ROWS, columns, load, types, upsert

QUERIES = load("postgres")
OWNED = (Submission, Prompt, Text, Subscription, ReviewItem)
"""The kinds of row that change under the lock of the number they belong to."""
_ORDER = {kind: place for place, kind in enumerate(ROWS)}


@lru_cache(maxsize=256)
def reading(parts: tuple[str, ...]) -> str:
    """One statement of several named ones, each with its own list as parameter; every row comes with its part's place."""
    return " UNION ALL ".join(
        f"SELECT {place} AS part, found FROM ({QUERIES[name].replace('$1', f'${place + 1}::text[]')}) AS found"  # noqa: S608
        for place, name in enumerate(parts)
    )


@lru_cache(maxsize=256)
def writing(kinds: tuple[type[Row], ...]) -> str:
    """One statement that saves rows of several kinds, each given as one JSON list, and tells the transaction's number.

    JSON takes this process some 50 us a submission less than the driver's arrays of each column; PostgreSQL reads both as fast.
    """
    steps = []
    for place, kind in enumerate(kinds):
        columns = ", ".join(map(" ".join, zip(kind.__struct_fields__, types(kind), strict=True)))
        saved = upsert(kind, f"SELECT * FROM json_to_recordset(${place + 1}::json) AS given ({columns})")  # noqa: S608  (names and types of our own)
        steps.append(f"{kind.table}_saved AS ({saved})")
    return f"WITH {', '.join(steps)} SELECT pg_current_xact_id()::text"


def _key(row: Row) -> Any:
    """Where a row stands among others of its kind: new numbers by their tags, so that two processes meet in the same order."""
    return row.tag or "" if isinstance(row, Subject) else type(row).identity(row)


def as_json(rows: Sequence[Row]) -> str:
    """Rows of one kind. What is a list in a row, such as the buckets of a counter, is kept as its JSON: ``Row.columns`` does the same."""
    return msgspec.json.encode(rows).decode()


def witness(rows: Sequence[Row]) -> Row:
    """The row of a batch by which it is known again: one that nobody writes twice, or else the least likely to be."""
    return min(rows, key=lambda row: 0 if row.append_only else 1 if isinstance(row, Text) else 2)


@lru_cache
def finding(kind: type[Row]) -> str:
    given = " AND ".join(f"{name} = ${place + 1}" for place, name in enumerate(kind.primary))
    return f"SELECT {columns(kind)} FROM {kind.table} WHERE {given}"  # noqa: S608  (names of our own structs)


def by_kind(rows: Sequence[Row]) -> dict[type[Row], list[Row]]:
    """The rows of a batch, parents before children, those of a kind in the order in which every process writes them."""
    ordered = sorted(rows, key=lambda row: (_ORDER[type(row)], _key(row)))
    return {kind: list(same) for kind, same in groupby(ordered, key=type)}


def parts(
    wants: Wants, subjects: Sequence[Subject], leased: Mapping[str, set[str]], counters: set[str]
) -> dict[tuple[str, type[Row]], set[str]]:
    """Which statements read what is left to read, and for which keys."""
    ids = {subject.id for subject in subjects}
    tags = wants.tags | {subject.tag for subject in subjects if subject.tag}
    texts = wants.texts | leased["texts"]
    return {
        ("submissions_by_id", Submission): wants.submissions,
        ("prompts_of_submissions", Prompt): wants.submissions,
        ("prompts_by_id", Prompt): wants.prompts | leased["prompts"],
        ("texts_by_id", Text): texts,
        ("prompts_of_texts", Prompt): texts,
        ("subscriptions_of", Subscription): ids,
        ("open_prompts_of", Prompt): ids,
        ("waiting_texts_of", Text): ids if wants.outbox else set(),
        ("hits_by_key", Hits): counters,  # counters of one number change under the number's lock only
        ("suppressions_by_tag", Suppression): tags,
        ("group_suppressions_by_tag", GroupSuppression): tags,
        ("reviews_by_id", ReviewItem): wants.reviews,
        ("open_reviews_of", ReviewItem): ids if wants.texting else set(),
        ("invalid_numbers_of", InvalidNumber): ids if wants.texting else set(),
    }
