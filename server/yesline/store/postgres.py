"""PostgreSQL: any number of processes, each with a clerk that writes its batches under locks of the numbers they touch.

A batch takes six round trips: begin; lock the numbers, in the order of their ids; lock the counters, in the order of their keys,
last because some are shared by all; read the rest in one statement; write everything in one statement; commit. A number that
nobody knew yet has no row to lock: of two processes that meet it at once, one is refused by the unique tag and runs its batch again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg
import msgspec
from msgspec.structs import replace

from yesline.errors import Conflict, Unavailable
from yesline.programme import Brand, FormVersion, Group, encode
from yesline.records import (
    Claim,
    Hits,
    Profile,
    ProfileAlias,
    Prompt,
    Removal,
    Row,
    Subject,
    Submission,
    Wants,
)
from yesline.store import migrations
from yesline.store.base import CHAINS_AT_ONCE, Batch, Chain, Counters, by_key, chains_of, keepable, removing, tags_of
from yesline.store.changes import PROGRAMME, Changes, keys_of
from yesline.store.migrations import Migration
from yesline.store.postgres_link import CHANNEL, Crier, Link, first, patiently, told
from yesline.store.postgres_statements import (
    OWNED,
    QUERIES,
    as_json,
    by_kind,
    finding,
    parts,
    reading,
    witness,
    writing,
)
from yesline.store.transactions import PostgresTransaction, Transaction

log = logging.getLogger(__name__)
T = TypeVar("T")
_READERS = 4
_MIGRATING = 0x79_65_73_6C_69_6E_65  # "yesline", the key of the advisory lock under which one process migrates

Part = tuple[str, Sequence[str]]


async def _done(connection: "asyncpg.Connection[Any]") -> set[str]:
    if not await connection.fetchval("SELECT to_regclass('migration')::text"):
        return set()
    return {row[0] for row in await connection.fetch(migrations.DONE)}


async def pending(dsn: str, *, unfinished: bool = False) -> list[Migration]:
    """The migrations this database lacks. Raises ConfigError where it is half filled."""
    connection = await first(dsn)
    try:
        done = await _done(connection)
    finally:
        await connection.close()
    if not unfinished:
        migrations.check_whole("PostgreSQL", done)
    return migrations.left("postgres", done)


async def migrate(dsn: str, now: int) -> list[str]:
    """Bring the schema up to date, each migration in a transaction of its own, one process at a time."""
    connection = await first(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATING)
        await connection.execute(migrations.TABLE)
        left = migrations.left("postgres", await _done(connection))
        for migration in left:
            await _apply(connection, migration, now)
        return [migration.name for migration in left]
    finally:
        await connection.close()


async def _apply(connection: "asyncpg.Connection[Any]", migration: Migration, now: int) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(migrations.MARK.replace("?", "$"), migration.name, now)
    except asyncpg.PostgresError as error:
        raise Unavailable(f"the migration {migration.name} failed and changed nothing: {error}") from error


async def _as_it_is(connection: Any) -> None:
    """Nothing to put back after a read: nobody sets or listens on a reader. The driver rolls back what is open; its usual reset costs a round trip."""
    del connection


async def _until_ended(connection: "asyncpg.Connection[Any]", transaction: str) -> None:
    with suppress(asyncpg.InvalidParameterValueError):  # a crash lost its number, and it was not given out again yet
        while await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", transaction) == "in progress":  # noqa: ASYNC110  (it is in another process)
            await asyncio.sleep(0.05)


class PostgresBatch:
    """One transaction of the clerk's connection."""

    def __init__(self, store: "PostgresStore", connection: "asyncpg.Connection[Any]") -> None:
        self._store = store
        self._db = connection

    async def load(self, wants: Wants, counters: Counters, now: int) -> list[Row]:
        """Begin, lock the numbers and counters this is about, and read what is kept of them. Raises Conflict, Unavailable."""
        with told():
            await self._db.execute("BEGIN")
            people = await self._lock_people(wants.profiles)
            wants = replace(wants, tags=wants.tags | tags_of(people))
            subjects = await self._lock(wants)
            leased = await self._lease(wants, now)
            subjects += leased.pop("subjects")
            hits = await self._lock_counters(wants.hits, now)
            rows = await self._read(parts(wants, subjects, leased, counters(subjects, wants.tags)))
        held = {subject.id for subject in subjects}
        if any(getattr(row, "subject_id", None) not in held for row in rows if isinstance(row, OWNED)):
            raise Conflict("a submission was corrected to another number meanwhile")
        return [*people, *rows, *subjects, *hits]

    async def _lock_people(self, keys: set[str]) -> list[Profile | ProfileAlias]:
        if not keys:
            return []
        profiles = [Profile(*row) for row in await self._db.fetch(QUERIES["lock_people"], *by_key(keys))]
        aliases = await self._db.fetch(QUERIES["aliases_of"], [one.id for one in profiles]) if profiles else []
        return [*profiles, *(ProfileAlias(*row) for row in aliases)]

    async def _lock(self, wants: Wants) -> list[Subject]:
        lists = (wants.tags, wants.submissions, wants.prompts, wants.texts, wants.subjects, wants.reviews)
        if not any(lists):
            return []
        rows = await self._db.fetch(QUERIES["lock_subjects"], *(keepable(keys) for keys in lists))
        return [Subject(*row) for row in rows]

    async def _lease(self, wants: Wants, now: int) -> dict[str, Any]:
        """What is due or overdue of numbers that no other process is at work on: nobody waits for anybody here."""
        texts, prompts = [], []
        for sender, room in sorted(wants.senders.items()):
            texts += await self._db.fetch(QUERIES["lease_due"], sender, now, room)
        if wants.overdue:
            texts += await self._db.fetch(QUERIES["lease_cut_off"], wants.overdue)
            prompts += await self._db.fetch(QUERIES["lease_overdue"], now, wants.overdue)
        ids = list({row[1] for row in (*texts, *prompts)})
        subjects = [Subject(*row) for row in await self._db.fetch(QUERIES["subjects_by_id"], ids)] if ids else []
        return {"subjects": subjects, "texts": {row[0] for row in texts}, "prompts": {row[0] for row in prompts}}

    async def _lock_counters(self, keys: set[str], now: int) -> list[Hits]:
        if not keys:
            return []
        wanted = list(keys)
        rows = await self._db.fetch(QUERIES["lock_counters"], wanted)
        missing = keys - {row[0] for row in rows}
        if missing:
            await self._db.execute(QUERIES["make_counters"], list(missing), now)
            rows = await self._db.fetch(QUERIES["lock_counters"], wanted)
        return [Hits.read(*row) for row in rows]

    async def _read(self, wanted: Mapping[tuple[str, type[Row]], set[str]]) -> list[Row]:
        used = {part: kept for part, keys in wanted.items() if (kept := keepable(keys))}
        if not used:
            return []
        kinds = [kind for _, kind in used]
        statement = reading(tuple(name for name, _ in used))
        rows = await self._db.fetch(statement, *used.values())
        return [kinds[place].read(*found) for place, found in rows]

    async def save(self, rows: Sequence[Row], after: Sequence[Claim | Removal] = ()) -> set[str]:
        """Write and commit, then tell every process. Raises Conflict, Unavailable."""
        ordered = by_kind(rows)
        with told():
            transaction = await self._db.fetchval(writing(tuple(ordered)), *map(as_json, ordered.values()))
            empty = {one.pool for one in after if isinstance(one, Claim) and not await self._settle(one)}
            for one in after:
                for name, given in removing(one) if isinstance(one, Removal) else ():
                    await self._db.execute(QUERIES[name], given)
        await self._store.commit(self._db, str(transaction), witness(rows))
        self._store.tell(keys_of(rows))
        return empty

    async def _settle(self, claim: Claim) -> bool:
        """Give a code, the same one to the same number, which is locked. False where none is left."""
        code = await self._db.fetchval(QUERIES["coupon_of"], claim.pool, claim.subject_id)
        code = code or await self._db.fetchval(QUERIES["give_coupon"], claim.pool, claim.subject_id, claim.at)
        if code:
            await self._db.execute(QUERIES["tell_coupon"], claim.prompt_id, code)
        return code is not None


class PostgresStore:
    """See ``yesline.store.base.Store``."""

    def __init__(self, dsn: str, link: Link, readers: "asyncpg.Pool[Any]") -> None:
        self.changes = Changes()
        self._lock = asyncio.Lock()
        self._link = link
        self._readers = readers
        self._crier = Crier(dsn, self.changes)

    @classmethod
    async def open(cls, dsn: str, *, unfinished: bool = False) -> "PostgresStore":
        """Connect. Raises ConfigError where the database cannot be reached, is not durable or is behind this version."""
        if left := await pending(dsn, unfinished=unfinished):
            raise migrations.behind("PostgreSQL", left)
        link = Link(dsn, await first(dsn, writing=True))
        readers = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=_READERS,
            server_settings={"application_name": "yesline"},
            reset=_as_it_is,
        )
        store = cls(dsn, link, readers)
        store._crier.start()
        return store

    def tell(self, keys: set[str]) -> None:
        """Tell who waits here, and every other process."""
        self.changes.publish(*keys)
        self._crier.say(keys)

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch]:
        """Begin the writing transaction; another of this process waits. Raises Unavailable."""
        async with self._lock:
            connection = await self._link.get()
            try:
                yield PostgresBatch(self, connection)
            finally:
                await self._roll_back(connection)

    async def _roll_back(self, connection: "asyncpg.Connection[Any]") -> None:
        if connection.is_closed() or not connection.is_in_transaction():
            return
        try:
            with told():
                await connection.execute("ROLLBACK")
        except Unavailable:
            self._link.drop()

    async def commit(self, connection: "asyncpg.Connection[Any]", transaction: str, witness: Row) -> None:
        """Commit, and where the connection breaks meanwhile find out how it ended. Raises Conflict where it was undone."""
        try:
            with told():
                await connection.execute("COMMIT")
        except Unavailable:
            self._link.drop()
            if not await self._was_committed(transaction, witness):
                raise Conflict("the connection broke before the commit: nothing was kept") from None

    async def _was_committed(self, transaction: str, witness: Row) -> bool:
        """Whether a row of the batch is there as it was written, once its transaction has ended.

        The transaction's number cannot tell: a crash loses numbers, and they are given out again.
        Source: https://www.postgresql.org/docs/current/functions-info.html (pg_xact_status).
        """
        kind = type(witness)
        identity = kind.identity(witness)

        async def ask() -> bool:
            connection = await self._link.get()
            await _until_ended(connection, transaction)
            row = await connection.fetchrow(finding(kind), *(identity if len(kind.primary) > 1 else (identity,)))
            return row is not None and kind.read(*row) == witness

        return await patiently(ask)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Begin a transaction of named statements."""
        with told():
            async with self._readers.acquire(timeout=10) as connection, connection.transaction():
                yield PostgresTransaction(connection, QUERIES)

    async def _use(self, work: Callable[["asyncpg.Connection[Any]"], Awaitable[T]]) -> T:
        async def once() -> T:
            async with self._readers.acquire(timeout=10) as connection:
                return await work(connection)

        with told():
            return await patiently(once)

    async def _value(self, query: str, *params: Any) -> Any:
        return await self._use(lambda db: db.fetchval(QUERIES[query], *params))

    async def _rows(self, query: str, *params: Any) -> list[Any]:
        return await self._use(lambda db: db.fetch(QUERIES[query], *params))

    async def standing(self, submission_id: str) -> tuple[Submission, Prompt] | None:
        """A submission and its prompt as last committed."""
        for submission in await self._rows("submissions_by_id", keepable([submission_id])):
            found = Submission(*submission)
            for prompt in await self._rows("prompts_by_id", [found.prompt_id]):
                return found, Prompt(*prompt)
        return None

    async def prompt(self, prompt_id: str) -> tuple[Prompt, Subject] | None:
        """A prompt and its subject as last committed."""
        for row in await self._rows("prompts_by_id", keepable([prompt_id])):
            prompt = Prompt(*row)
            return prompt, (await self.subjects([prompt.subject_id]))[prompt.subject_id]
        return None

    async def subjects(self, ids: Sequence[str]) -> dict[str, Subject]:
        """Subjects by id."""
        return {row[0]: Subject(*row) for row in await self._rows("subjects_by_id", keepable(ids))}

    async def rows(self, query: str, *params: Any) -> list[Sequence[Any]]:
        """What a named statement that only reads finds."""
        return [tuple(row) for row in await self._rows(query, *params)]

    async def next_due(self) -> int | None:
        """When the next text of the outbox may go, or None when it is empty."""
        due: int | None = await self._value("next_due")
        return due

    async def waiting_texts(self, most: int) -> list[str]:
        """Ids of texts that are queued or being sent."""
        return [row[0] for row in await self._rows("waiting_texts", most)]

    async def forget(self, before: int) -> None:
        """Delete counters that ended before this time."""
        await self._rows("forget_hits", before)

    async def add_coupons(self, pool: str, codes: Sequence[str]) -> int:
        """Put codes into a pool; returns how many it did not have."""
        return len(await self._rows("add_coupons", pool, list(codes)))

    async def add_showings(self, counts: Mapping[tuple[str, int, str], int]) -> None:
        """Add to the counts of (form, day since 1970, event)."""
        rows = sorted((*key, count) for key, count in counts.items())
        await self._use(lambda db: db.executemany(QUERIES["add_showings"], rows))

    async def apply(self, brand: Brand, groups: Sequence[Group], forms: Sequence[FormVersion], now: int) -> None:
        """Make these the brand, groups and forms in use; versions kept before stay."""

        async def work(db: "asyncpg.Connection[Any]") -> None:
            async with db.transaction():
                await db.execute(QUERIES["use_brand"], encode(brand).decode())
                for group in groups:
                    await db.execute(QUERIES["use_group"], group.id, encode(group).decode(), now)
                for form in forms:
                    content = encode(form).decode()
                    await db.execute(QUERIES["keep_form_version"], form.version, form.form.id, content, now)
                    await db.execute(QUERIES["use_form_version"], form.form.id, form.version, now)
                await db.execute("SELECT pg_notify($1, $2)", CHANNEL, PROGRAMME)  # 'yesline apply' ends right after

        await self._use(work)
        self.changes.publish(PROGRAMME)

    async def applied_at(self) -> int:
        """A mark that changes whenever something is applied."""
        mark: int = await self._value("applied_at")
        return mark

    async def programme(self) -> tuple[Brand | None, list[Group], list[FormVersion]]:
        """The brand, groups and current form versions."""

        async def work(db: "asyncpg.Connection[Any]") -> tuple[Brand | None, list[Group], list[FormVersion]]:
            async with db.transaction(isolation="repeatable_read", readonly=True):
                brand = await db.fetchval(QUERIES["current_brand"])
                groups = await db.fetch(QUERIES["current_groups"])
                forms = await db.fetch(QUERIES["current_forms"])
            return (
                msgspec.json.decode(brand, type=Brand) if brand else None,
                [msgspec.json.decode(row[0], type=Group) for row in groups],
                [msgspec.json.decode(row[0], type=FormVersion) for row in forms],
            )

        return await self._use(work)

    async def form_version(self, version: str) -> FormVersion | None:
        """A form version by its hash, in use or not."""
        content = await self._value("form_versions_by_id", version) if keepable([version]) else None
        return msgspec.json.decode(content, type=FormVersion) if content else None

    async def chains(self, first: str, last: str) -> AsyncIterator[Chain]:
        """Subjects with their chains: those with ids after ``first`` and not after ``last``."""
        after = first

        async def work(db: "asyncpg.Connection[Any]") -> list[Chain]:
            async with db.transaction(isolation="repeatable_read", readonly=True):
                rows = await db.fetch(QUERIES["subjects_between"], after, last, CHAINS_AT_ONCE)
                subjects = [Subject(*row) for row in rows]
                bounds = (subjects[0].id, subjects[-1].id) if subjects else ("", "")
                return chains_of(subjects, await db.fetch(QUERIES["events_between"], *bounds))

        while found := await self._use(work):
            for chain in found:
                yield chain
            after = found[-1][0].id

    async def count_events(self) -> int:
        """How many events the ledger holds."""
        count: int = await self._value("count_events")
        return count

    async def stray_event(self) -> tuple[str, int] | None:
        """An event whose subject does not exist, if there is one."""
        for row in await self._rows("events_without_subject"):
            return row[0], row[1]
        return None

    async def close(self) -> None:
        """Finish what is being written and close."""
        self.changes.close()
        await self._crier.close()
        async with self._lock:
            await self._link.close()
        await self._readers.close()
