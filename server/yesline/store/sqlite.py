"""SQLite: one writer thread, one reader thread, group commit in WAL mode with every commit flushed.

The standard library's driver runs in threads of our own rather than through aiosqlite: a batch is loaded and saved in two hops
between threads instead of one for each statement, and the hop is what costs (``measurements`` section 3, variants f and g).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from yesline.errors import Conflict, StoreError, Unavailable
from yesline.programme import Brand, FormVersion, Group, encode
from yesline.records import (
    Claim,
    GroupSuppression,
    Hits,
    InvalidNumber,
    Profile,
    ProfileAlias,
    Prompt,
    Removal,
    ReviewItem,
    Row,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
    Wants,
)
from yesline.store.base import (
    CHAINS_AT_ONCE,
    NUL,
    Batch,
    Chain,
    Counters,
    by_key,
    chains_of,
    keepable,
    removing,
    tags_of,
)
from yesline.store.changes import PROGRAMME, Changes, keys_of
from yesline.store.sql import ROWS, UPSERTS, load
from yesline.store.sqlite_file import connect
from yesline.store.transactions import SqliteTransaction, Transaction

T = TypeVar("T")
R = TypeVar("R", bound=Row)
QUERIES = load("sqlite")
_ORDER = {kind: place for place, kind in enumerate(ROWS)}
_TAKEN = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)
_TIDY_EVERY = 2_000  # rows


def _rows(db: sqlite3.Connection, kind: type[R], query: str, *params: Any) -> list[R]:
    return [kind.read(*row) for row in db.execute(QUERIES[query], params)]


def _among(db: sqlite3.Connection, kind: type[R], query: str, keys: set[str]) -> list[R]:
    if not keys:
        return []
    return _rows(db, kind, query, msgspec.json.encode(keepable(keys)).decode())  # json_each would cut a key at its NUL


def _load(db: sqlite3.Connection, wants: Wants, counters: Counters, now: int) -> list[Row]:
    """Ids first, then the subjects they lead to, then all that is kept of those."""
    people = _load_people(db, wants.profiles)
    wants = replace(wants, tags=wants.tags | tags_of(people))
    submissions = _among(db, Submission, "submissions_by_id", wants.submissions)
    texts = _among(db, Text, "texts_by_id", wants.texts)
    for sender, room in wants.senders.items():
        texts += _rows(db, Text, "texts_due", sender, now, room)
    prompt_ids = wants.prompts | {s.prompt_id for s in submissions} | {t.prompt_id for t in texts if t.prompt_id}
    prompts = _among(db, Prompt, "prompts_by_id", prompt_ids)
    reviews = _among(db, ReviewItem, "reviews_by_id", wants.reviews)
    if wants.overdue:
        prompts += _rows(db, Prompt, "prompts_overdue", now, wants.overdue)
        texts += _rows(db, Text, "texts_cut_off", wants.overdue)
    owned: list[Submission | Prompt | Text | ReviewItem] = [*submissions, *prompts, *texts, *reviews]
    led_to = {row.subject_id for row in owned} | wants.subjects
    subjects = _among(db, Subject, "subjects_by_tag", wants.tags) + _among(db, Subject, "subjects_by_id", led_to)
    found = _load_subjects(db, wants, counters, subjects)
    return [*people, *submissions, *prompts, *texts, *reviews, *subjects, *found]


def _load_people(db: sqlite3.Connection, keys: set[str]) -> list[Profile | ProfileAlias]:
    if not keys:
        return []
    lists = [msgspec.json.encode(some).decode() for some in by_key(keys)]
    profiles = _rows(db, Profile, "people_by_key", *lists)
    return [*profiles, *_among(db, ProfileAlias, "aliases_of", {one.id for one in profiles})]


def _load_subjects(db: sqlite3.Connection, wants: Wants, counters: Counters, subjects: list[Subject]) -> list[Row]:
    ids = {subject.id for subject in subjects}
    tags = wants.tags | {subject.tag for subject in subjects if subject.tag}
    return [
        *_among(db, Subscription, "subscriptions_of", ids),
        *_among(db, Prompt, "open_prompts_of", ids),
        *(_among(db, Text, "waiting_texts_of", ids) if wants.outbox else ()),
        *_among(db, Suppression, "suppressions_by_tag", tags),
        *_among(db, GroupSuppression, "group_suppressions_by_tag", tags),
        *(_among(db, ReviewItem, "open_reviews_of", ids) if wants.texting else ()),
        *(_among(db, InvalidNumber, "invalid_numbers_of", ids) if wants.texting else ()),
        *_among(db, Hits, "hits_by_key", wants.hits | counters(subjects, wants.tags)),
    ]


def _refuse_nul(columns: list[tuple[Any, ...]]) -> None:
    """SQLite would keep what PostgreSQL refuses. Raises StoreError. The look at the JSON is quick and may be wrong, but only one way."""
    if b"\\u0000" in msgspec.json.encode(columns) and any("\0" in str(value) for row in columns for value in row):
        raise StoreError(NUL)


def _save(db: sqlite3.Connection, rows: Sequence[Row], after: Sequence[Claim | Removal]) -> set[str]:
    ordered = sorted(rows, key=lambda row: _ORDER[type(row)])
    for kind, same in groupby(ordered, key=type):
        columns = [row.columns() for row in same]
        _refuse_nul(columns)
        db.executemany(UPSERTS[kind], columns)
    empty = {one.pool for one in after if isinstance(one, Claim) and not _settle(db, one)}
    for one in after:
        for name, given in removing(one) if isinstance(one, Removal) else ():
            db.execute(QUERIES[name], (given,))
    db.execute("COMMIT")
    return empty


def _settle(db: sqlite3.Connection, claim: Claim) -> bool:
    """Give a code, the same one to the same number. False where none is left."""
    had = db.execute(QUERIES["coupon_of"], (claim.pool, claim.subject_id)).fetchone()
    found = had or db.execute(QUERIES["give_coupon"], (claim.pool, claim.subject_id, claim.at)).fetchone()
    if found:
        db.execute(QUERIES["tell_coupon"], (claim.prompt_id, found[0]))
    return found is not None


def _chains(db: sqlite3.Connection, after: str, last: str) -> list[Chain]:
    """Numbers and their events as they stood at one moment: a server may be writing meanwhile."""
    db.execute("BEGIN")
    try:
        subjects = _rows(db, Subject, "subjects_between", after, last, CHAINS_AT_ONCE)
        bounds = (subjects[0].id, subjects[-1].id) if subjects else ("", "")
        return chains_of(subjects, db.execute(QUERIES["events_between"], bounds))
    finally:
        db.execute("COMMIT")


class SqliteBatch:
    """One ``BEGIN IMMEDIATE`` ... ``COMMIT``."""

    def __init__(self, store: "SqliteStore") -> None:
        self._store = store

    async def load(self, wants: Wants, counters: Counters, now: int) -> list[Row]:
        """Begin, and read in the same hop: what is read cannot change before it is written."""

        def begin(db: sqlite3.Connection) -> list[Row]:
            if not db.in_transaction:
                db.execute("BEGIN IMMEDIATE")
            return _load(db, wants, counters, now)

        return await self._store.write(begin)

    async def save(self, rows: Sequence[Row], after: Sequence[Claim | Removal] = ()) -> set[str]:
        """Write and commit, then tell who waits for these prompts and submissions."""
        empty = await self._store.write(lambda db: _save(db, rows, after))
        self._store.saved(len(rows))
        self._store.changes.publish(*keys_of(rows))
        return empty


class SqliteStore:
    """See ``yesline.store.base.Store``."""

    def __init__(self, path: Path) -> None:
        self.changes = Changes()
        self._lock = asyncio.Lock()
        self._threads = [ThreadPoolExecutor(1, f"yesline-{name}") for name in ("writer", "reader", "tidier")]
        self._writer = connect(path)
        self._reader = connect(path)
        self._tidier = connect(path)
        self._untidy = 0
        self._tidying: asyncio.Future[sqlite3.Cursor] | None = None
        self._reader.execute("PRAGMA query_only = 1")

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run in the writer's thread. Raises Unavailable where the disk is full, the file locked or out of reach."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads[0], work, self._writer)
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the database cannot be written: {error}") from error
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode not in _TAKEN:
                raise
            raise Conflict(f"somebody else wrote the same row: {error}") from error

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads[1], work, self._reader)
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the database cannot be read: {error}") from error

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch]:
        """Begin the writing transaction; another writer waits."""
        async with self._lock:
            try:
                yield SqliteBatch(self)
            finally:
                await self._roll_back()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Begin a transaction of named statements; another writer waits."""
        async with self._lock:
            try:
                await self.write(lambda db: db.execute("BEGIN IMMEDIATE"))
                yield SqliteTransaction(self.write, QUERIES)
                await self.write(lambda db: db.execute("COMMIT"))
            finally:
                await self._roll_back()

    def saved(self, rows: int) -> None:
        """Count rows written, and now and then copy the log into the database in a thread of its own.

        Left to SQLite, the copy would be part of some commit and those in that batch would wait for it.
        """
        self._untidy += rows
        if self._untidy > _TIDY_EVERY and (self._tidying is None or self._tidying.done()):
            self._untidy = 0
            run = asyncio.get_running_loop().run_in_executor
            self._tidying = run(self._threads[2], self._tidier.execute, "PRAGMA wal_checkpoint(PASSIVE)")

    async def _roll_back(self) -> None:
        """Undo what an error left open; after a commit there is nothing, and no hop between threads."""
        if self._writer.in_transaction:
            await self.write(lambda db: db.execute("ROLLBACK"))

    async def standing(self, submission_id: str) -> tuple[Submission, Prompt] | None:
        """A submission and its prompt as last committed."""

        def work(db: sqlite3.Connection) -> tuple[Submission, Prompt] | None:
            for submission in _among(db, Submission, "submissions_by_id", {submission_id}):
                for prompt in _among(db, Prompt, "prompts_by_id", {submission.prompt_id}):
                    return submission, prompt
            return None

        return await self._read(work)

    async def prompt(self, prompt_id: str) -> tuple[Prompt, Subject] | None:
        """A prompt and its subject as last committed."""

        def work(db: sqlite3.Connection) -> tuple[Prompt, Subject] | None:
            for prompt in _among(db, Prompt, "prompts_by_id", {prompt_id}):
                for subject in _among(db, Subject, "subjects_by_id", {prompt.subject_id}):
                    return prompt, subject
            return None

        return await self._read(work)

    async def subjects(self, ids: Sequence[str]) -> dict[str, Subject]:
        """Subjects by id."""
        found = await self._read(lambda db: _among(db, Subject, "subjects_by_id", set(ids)))
        return {subject.id: subject for subject in found}

    async def rows(self, query: str, *params: Any) -> list[Sequence[Any]]:
        """What a named statement that only reads finds."""
        given = [msgspec.json.encode(param).decode() if isinstance(param, list) else param for param in params]
        return await self._read(lambda db: db.execute(QUERIES[query], given).fetchall())

    async def next_due(self) -> int | None:
        """When the next text of the outbox may go, or None when it is empty."""
        due: int | None = await self._read(lambda db: db.execute(QUERIES["next_due"]).fetchone()[0])
        return due

    async def waiting_texts(self, most: int) -> list[str]:
        """Ids of texts that are queued or being sent."""
        rows = await self._read(lambda db: db.execute(QUERIES["waiting_texts"], (most,)).fetchall())
        return [row[0] for row in rows]

    async def forget(self, before: int) -> None:
        """Delete counters that ended before this time."""
        async with self._lock:
            await self.write(lambda db: db.execute(QUERIES["forget_hits"], (before,)))

    async def add_coupons(self, pool: str, codes: Sequence[str]) -> int:
        """Put codes into a pool; returns how many it did not have."""
        listed = msgspec.json.encode(codes).decode()
        async with self._lock:
            return await self.write(lambda db: db.execute(QUERIES["add_coupons"], (pool, listed)).rowcount)

    async def add_showings(self, counts: Mapping[tuple[str, int, str], int]) -> None:
        """Add to the counts of (form, day since 1970, event)."""
        rows = [(*key, count) for key, count in counts.items()]
        async with self._lock:
            await self.write(lambda db: db.executemany(QUERIES["add_showings"], rows))

    async def apply(self, brand: Brand, groups: Sequence[Group], forms: Sequence[FormVersion], now: int) -> None:
        """Make these the brand, groups and forms in use; versions kept before stay."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            db.execute(QUERIES["use_brand"], (encode(brand).decode(),))
            for group in groups:
                db.execute(QUERIES["use_group"], (group.id, encode(group).decode(), now))
            for form in forms:
                db.execute(QUERIES["keep_form_version"], (form.version, form.form.id, encode(form).decode(), now))
                db.execute(QUERIES["use_form_version"], (form.form.id, form.version, now))
            db.execute("COMMIT")

        async with self._lock:
            try:
                await self.write(work)
            finally:
                await self._roll_back()
        self.changes.publish(PROGRAMME)

    async def applied_at(self) -> int:
        """A mark that changes whenever something is applied."""
        mark: int = await self._read(lambda db: db.execute(QUERIES["applied_at"]).fetchone()[0])
        return mark

    async def programme(self) -> tuple[Brand | None, list[Group], list[FormVersion]]:
        """The brand, groups and current form versions."""

        def work(db: sqlite3.Connection) -> tuple[Brand | None, list[Group], list[FormVersion]]:
            brand = db.execute(QUERIES["current_brand"]).fetchone()
            return (
                msgspec.json.decode(brand[0], type=Brand) if brand else None,
                [msgspec.json.decode(row[0], type=Group) for row in db.execute(QUERIES["current_groups"])],
                [msgspec.json.decode(row[0], type=FormVersion) for row in db.execute(QUERIES["current_forms"])],
            )

        return await self._read(work)

    async def form_version(self, version: str) -> FormVersion | None:
        """A form version by its hash, in use or not."""
        row = await self._read(lambda db: db.execute(QUERIES["form_versions_by_id"], (version,)).fetchone())
        return msgspec.json.decode(row[0], type=FormVersion) if row else None

    async def chains(self, first: str, last: str) -> AsyncIterator[Chain]:
        """Subjects with their chains: those with ids after ``first`` and not after ``last``."""
        after = first
        while found := await self._read(partial(_chains, after=after, last=last)):
            for chain in found:
                yield chain
            after = found[-1][0].id

    async def count_events(self) -> int:
        """How many events the ledger holds."""
        count: int = await self._read(lambda db: db.execute(QUERIES["count_events"]).fetchone()[0])
        return count

    async def stray_event(self) -> tuple[str, int] | None:
        """An event whose subject does not exist, if there is one."""
        row: tuple[str, int] | None = await self._read(
            lambda db: db.execute(QUERIES["events_without_subject"]).fetchone()
        )
        return row

    async def close(self) -> None:
        """Finish what is being written and close."""
        self.changes.close()
        async with self._lock:
            if self._tidying:
                await self._tidying
            self._tidier.close()
            await self.write(lambda db: db.close())
            await self._read(lambda db: db.close())
        for thread in self._threads:
            thread.shutdown()
