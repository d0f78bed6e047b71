"""Imports: which files were taken into which groups, how far they have come, and which process is at them."""

from collections.abc import Sequence

from msgspec.structs import replace

from yesline.records import ImportJob
from yesline.store.base import Store, keepable
from yesline.store.changes import IMPORTS
from yesline.store.transactions import Transaction

HELD_MS = 60_000
"""For so long a process is at an import after it last told how far it is: one that was killed goes on elsewhere then."""
_LOCK = 0x69_6D_70_6F  # "impo", the key of the advisory lock under which a new import is kept
OPEN = ("waiting", "running")
NOT_DONE = ("", "waiting", "running", "failed", "cancelled")
"""The states in which somebody who has the file may go on."""


def is_done(job: ImportJob) -> bool:
    """Whether all of it is in."""
    return job.ended_at > 0


def is_held(job: ImportJob, now: int) -> bool:
    """Whether a process is at it now."""
    return job.state == "running" and job.holder != "" and job.held_until >= now


async def job(store: Store, job_id: str) -> ImportJob | None:
    """The import with this id."""
    found = [ImportJob(*row) for key in keepable([job_id]) for row in await store.rows("import_job_by_id", key)]
    return found[0] if found else None


async def before(store: Store, place: tuple[int, str], most: int) -> list[ImportJob]:
    """The imports before a time and an id, newest first."""
    return [ImportJob(*row) for row in await store.rows("import_jobs_before", *place, most)]


async def waiting(store: Store) -> list[ImportJob]:
    """What came over HTTP and has not come to an end, oldest first."""
    return [ImportJob(*row) for row in await store.rows("imports_open")]


async def keep_new(store: Store, new: ImportJob, *, again: bool) -> ImportJob:
    """Keep an import, or go on with the one of the same file. Where that is in already, or is being taken in, it stays as it is, unless ``again``."""
    async with store.transaction() as transaction:
        await transaction.fetch("lock_imports", _LOCK)
        found = None if again or new.dry_run else await _newest(transaction, new.digest, new.group_id)
        if found and (is_done(found) or is_held(found, new.changed_at)):
            return found
        kept = new if not found else _gone_on(found, new)
        await transaction.fetch("put_import", *kept.columns())
    store.changes.publish(IMPORTS)
    return kept


async def _newest(transaction: Transaction, digest: str, group: str) -> ImportJob | None:
    return next((ImportJob(*row) for row in await transaction.fetch("import_jobs", digest, group)), None)


def _gone_on(found: ImportJob, new: ImportJob) -> ImportJob:
    """An import that was cut off, as it is asked for now."""
    return replace(
        found, state="waiting", asked=new.asked, size=new.size, message="", changed_at=new.changed_at, holder=""
    )


async def take(store: Store, job_id: str, holder: str, now: int, states: Sequence[str] = OPEN) -> bool:
    """Be the process that is at an import; False where another one is, or it is in another state by now."""
    async with store.transaction() as transaction:
        return bool(await transaction.fetch("take_import", job_id, holder, now + HELD_MS, now, list(states)))


async def keep(store: Store, row: ImportJob, now: int) -> bool:
    """Keep how far an import has come; False where it was cancelled, or taken over from a process that was thought dead."""
    told = (row.rows_done, row.bytes_done, row.refused, row.subscribed, row.unsubscribed, row.refusals)
    async with store.transaction() as transaction:
        return bool(await transaction.fetch("keep_import", row.id, row.holder, *told, now + HELD_MS, now))


async def leave(store: Store, row: ImportJob, now: int) -> None:
    """Be at an import no longer: it is in the row's state, for its message; "running" means that it is to be gone on with."""
    ended = now if row.state == "done" else 0
    async with store.transaction() as transaction:
        await transaction.fetch("leave_import", row.id, row.holder, row.state, row.message, ended, now)
    store.changes.publish(IMPORTS)


async def cancel(store: Store, job_id: str, now: int) -> None:
    """End an import where it is: what is in stays in."""
    async with store.transaction() as transaction:
        await transaction.fetch("cancel_import", job_id, now)
