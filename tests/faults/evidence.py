"""What there is to judge a run by: the rows, the carrier's own record, and what people did and were answered."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct, field

from yesline.carriers.console import Message
from yesline.records import (
    Event,
    EventFacts,
    Hits,
    Prompt,
    ReviewItem,
    Row,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
)
from yesline.rules.abuse import Cap
from yesline.store import engines

NEVER_HELD = ("stop", "help", "review")
"""Kinds of text that go out while a person has to decide what a number wants."""
Values = Sequence[Sequence[object]]
_read_facts = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode


class Sent(Struct):
    """A submission as its person knows it; ``answered`` is set once the server said 202."""

    phone: str
    form: str
    answered: bool = False


class Texted(Struct):
    """A text from a phone. ``at`` is the carrier's time, ``answered`` when the carrier got its 2xx, 0 while it did not."""

    phone: str
    words: str
    at: int
    answered: int = 0


class Told(Struct):
    """What people did and were answered. ``states`` is what a number's own acts must lead to, by (number, group).

    ``wrong`` is what no server may answer, and whoever was never answered at all.
    """

    submissions: dict[str, Sent] = field(default_factory=dict)
    texts: dict[str, Texted] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    states: dict[tuple[str, str], str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Rows(Struct):
    """The tables."""

    subjects: list[Subject]
    subscriptions: list[Subscription]
    prompts: list[Prompt]
    submissions: list[Submission]
    texts: list[Text]
    reviews: list[ReviewItem]
    suppressions: list[Suppression]
    counters: list[Hits]
    events: list[Event]
    facts: list[EventFacts]


class Evidence(Struct):
    """A run after it came to rest. ``key`` is the ledger's; ``caps`` are those of a number, none where nobody can reach them.

    ``servers`` is how many wrote at once; ``stepped`` tells that the clock was moved while they did.
    """

    rows: Rows
    handset: list[Message]
    told: Told
    key: bytes
    caps: tuple[Cap, ...] = ()
    pace: int = 1000
    servers: int = 1
    stepped: bool = False

    def facts(self) -> dict[tuple[str, int], dict[str, str]]:
        """The facts of each event, without their salts."""
        return {
            (row.subject_id, row.seq): {name: value for name, (_, value) in _read_facts(row.facts).items()}
            for row in self.rows.facts
        }

    def chains(self) -> dict[str, list[Event]]:
        """The events of each subject in their order."""
        chains: defaultdict[str, list[Event]] = defaultdict(list)
        for event in sorted(self.rows.events, key=lambda e: (e.subject_id, e.seq)):
            chains[event.subject_id].append(event)
        return chains

    def subject_of(self) -> dict[str, Subject]:
        """The subject of each number."""
        return {subject.phone: subject for subject in self.rows.subjects if subject.phone}


_KINDS: tuple[type[Row], ...] = (
    Subject,
    Subscription,
    Prompt,
    Submission,
    Text,
    ReviewItem,
    Suppression,
    Hits,
    Event,
    EventFacts,
)


def _select(kind: type[Row]) -> str:
    return f"SELECT {', '.join(kind.__struct_fields__)} FROM {kind.table}"  # noqa: S608  (our own names)


async def _query(url: str, statements: Sequence[str]) -> list[Values]:
    """The answers to plain SQL at one moment, from either engine."""
    if engines.engine(url) == "sqlite":
        with closing(sqlite3.connect(f"file:{engines.path(url)}?mode=ro", uri=True, isolation_level=None)) as db:
            db.execute("BEGIN")
            return [db.execute(statement).fetchall() for statement in statements]
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return [await connection.fetch(statement) for statement in statements]
    finally:
        await connection.close()


async def read_rows(url: str) -> Rows:
    """Every table."""
    tables = await _query(url, [_select(kind) for kind in _KINDS])
    lists: list[Any] = [[kind.read(*row) for row in table] for kind, table in zip(_KINDS, tables, strict=True)]
    return Rows(*lists)


_HELD = "EXISTS (SELECT 1 FROM review_item r WHERE r.subject_id = text.subject_id AND r.state = 'open' AND r.holds = 1)"


async def count_texts(url: str, state: str) -> int:
    """How many texts are in this state, less those that wait for a person's decision on their number."""
    waits = f"state = 'queued' AND kind NOT IN {NEVER_HELD} AND {_HELD}"
    (rows,) = await _query(url, [f"SELECT count(*) FROM text WHERE state = '{state}' AND NOT ({waits})"])  # noqa: S608
    return int(str(rows[0][0]))


async def until_none(url: str, state: str, seconds: float = 60) -> bool:
    """Whether no text is left in this state within a generous time."""
    for _ in range(int(seconds / 0.05)):
        if not await count_texts(url, state):
            return True
        await asyncio.sleep(0.05)
    return False


class Handset:
    """The carrier's own record, read as it grows. A line that a crash cut off is no text."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self._rest = b""
        self.messages: list[Message] = []
        self._of: defaultdict[str, list[Message]] = defaultdict(list)

    def texts(self, phone: str) -> list[Message]:
        """What a phone has got so far."""
        self.catch_up()
        return self._of[phone]

    def catch_up(self) -> list[Message]:
        """Everything that is written by now."""
        if self._file.exists():
            with self._file.open("rb") as lines:
                lines.seek(self._read)
                fresh = lines.read()
            self._read += len(fresh)
            *whole, self._rest = (self._rest + fresh).split(b"\n")
            for line in whole:
                self._keep(line)
        return self.messages

    def _keep(self, line: bytes) -> None:
        try:
            message = msgspec.json.decode(line, type=Message)
        except msgspec.DecodeError:
            return
        self.messages.append(message)
        if message.direction == "out":
            self._of[message.receiver].append(message)
