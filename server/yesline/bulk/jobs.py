"""Imports that came over HTTP, made in the background: one after the other, resumed after a restart, and never in a visitor's way."""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from yesline.bulk.imports import Import, Pace, Plan
from yesline.bulk.refusals import Refusals
from yesline.bulk.rowfiles import Format
from yesline.clerk import Clerk
from yesline.errors import ConfigError, Refusal, StoreError
from yesline.records import ImportJob
from yesline.rules.importing import Terms, Unfit
from yesline.rules.signing import minter
from yesline.store import imports
from yesline.store.base import Store
from yesline.store.changes import IMPORTS

log = logging.getLogger(__name__)

EVERY = 15.0
PACE = Pace(rows=200, act=20, abreast=1, rest=0.5)
"""Acts so small, and so far apart, that a visitor's waits for one of them at most."""
_BLOCK = 1 << 20
_TIDY_EVERY = 3600.0
_STRAY = 86_400.0
"""Seconds since an upload was last written to, after which it has come to nothing."""


class Asked(Struct, frozen=True):
    """How an import over HTTP is to be made, and of which upload; ``left_alone`` are the columns that are not read."""

    upload: str
    kind: Format
    source: str = ""
    at: str = ""
    country: str = ""
    there: str = ""
    left_alone: tuple[str, ...] = ()


_read_asked = msgspec.json.Decoder(Asked).decode


def asked_of(job: ImportJob) -> Asked:
    """How an import over HTTP is to be made."""
    return _read_asked(job.asked)


class Files(Struct, frozen=True):
    """The files of imports over HTTP, in a folder that only we read."""

    folder: Path

    @classmethod
    def within(cls, data: Path) -> "Files":
        """Those of a data folder."""
        return cls(data / "imports")

    def upload(self, upload_id: str) -> Path:
        """What is to be taken in; it is gone once that is over."""
        return self.folder / f"{upload_id}.rows"

    def refusals(self, job_id: str) -> Path:
        """What was not taken."""
        return self.folder / f"{job_id}.refused"


class Upload(Struct, frozen=True):
    """A file that has come: its id, the SHA-256 of its content, and its size in bytes."""

    id: str
    digest: str
    size: int


async def receive(stream: AsyncIterator[bytes], files: Files, most: int, declared: int = 0) -> Upload:
    """Write what comes to disk, a block at a time. Raises Refusal as soon as it is too large, or where there is no room.

    ``declared`` is the size that the sender told: what is too large by that is not read.
    """
    _check_size(declared, most)
    upload = minter()()
    path = files.upload(upload)
    try:
        await asyncio.to_thread(_make, path)
        return Upload(upload, *await _write(stream, path, most))
    except OSError as error:
        path.unlink(missing_ok=True)
        message = (
            f"The data folder takes no file of that size just now: {error.strerror}. Free some room, and send it again."
        )
        raise Refusal("no_room", message, 507) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _check_size(size: int, most: int) -> None:
    if size > most:
        message = f"The file is larger than {most:,} bytes: divide it, or raise the setting import_mb."
        raise Refusal("body_too_large", message, 413)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


async def _write(stream: AsyncIterator[bytes], path: Path, most: int) -> tuple[str, int]:
    sha256, size = hashlib.sha256(), 0

    def put(block: bytes) -> None:
        sha256.update(block)
        file.write(block)

    with path.open("wb") as file:
        async for block in _blocks(stream):
            size += len(block)
            _check_size(size, most)
            await asyncio.to_thread(put, block)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return sha256.hexdigest(), size


async def _blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What comes, in blocks that are worth a thread's while."""
    held = bytearray()
    async for part in stream:
        held += part
        if len(held) >= _BLOCK:
            yield bytes(held)
            held.clear()
    yield bytes(held)


class _Over(Exception):
    """This process is to leave the import as it is: it was cancelled or taken over, or the server goes down."""


class _Desk:
    def __init__(self, store: Store, clerk: Clerk, refusals: Refusals) -> None:
        self._store = store
        self._clerk = clerk
        self._refusals = refusals

    def refuse(self, line: int, unfit: Unfit) -> None:
        self._refusals.add(line, unfit)

    async def keep(self, job: ImportJob) -> ImportJob:
        kept = replace(job, refusals=await asyncio.to_thread(self._refusals.flush))
        if not await imports.keep(self._store, kept, self._clerk.clock()) or self._store.changes.closing:
            raise _Over
        return kept


class Importer:
    """Makes the imports whose files are in the data folder of this process."""

    def __init__(self, store: Store, clerk: Clerk, files: Files, pace: Callable[[], Pace] = lambda: PACE) -> None:
        self._store = store
        self._clerk = clerk
        self._files = files
        self._pace = pace
        self._mint = minter()

    async def run(self) -> None:
        """Import until the store closes; what goes wrong is logged and tried again."""
        tidy_at = 0.0
        with self._store.changes.watch(IMPORTS) as changed:
            while not self._store.changes.closing:
                changed.clear()
                try:
                    while await self.next():
                        continue
                    if time.monotonic() > tidy_at:
                        tidy_at = time.monotonic() + _TIDY_EVERY
                        await self.tidy()
                except Exception:
                    log.exception("imports stumbled and go on")
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), EVERY)

    async def next(self) -> bool:
        """Make the import that has waited longest, as far as it goes; False where there is none, or the database gave up."""
        open_now = [] if self._store.changes.closing else await imports.waiting(self._store)
        for job in open_now:
            mine = replace(job, holder=self._mint(), state="running")
            now = self._clerk.clock()
            if self._upload(job).exists() and await imports.take(self._store, job.id, mine.holder, now):
                return await self._make(mine)
        return False

    def _upload(self, job: ImportJob) -> Path:
        return self._files.upload(asked_of(job).upload)

    async def _make(self, job: ImportJob) -> bool:
        """Make an import that is ours; whether to look for the next at once."""
        begun = await imports.job(self._store, job.id)  # as it is now that nobody else is at it
        run = await self._prepared(replace(begun or job, holder=job.holder))
        if isinstance(run, str):
            return await self._leave(job, "failed", run)
        try:
            await run.run()
        except _Over:
            return await self._leave(run.job, "running", "")
        except StoreError as error:
            log.warning("the import %s goes on when the database does: %s", job.id, error)
            await self._leave(run.job, "running", "")
            return False
        except ConfigError as error:
            return await self._leave(run.job, "failed", str(error))
        except Exception:
            log.exception("the import %s broke off", job.id)
            why = "Something went wrong on our side: the log has it. Send the file again, and it goes on where it was."
            return await self._leave(run.job, "failed", why)
        return await self._leave(run.job, "done", "")

    async def _prepared(self, job: ImportJob) -> Import | str:
        """The run over its file, or why there is none."""
        asked = asked_of(job)
        _, groups, _ = await self._store.programme()
        group = next((one for one in groups if one.id == job.group_id), None)
        if not group:
            return f"There is no group {job.group_id!r} any more."
        terms = Terms(group, self._clerk.keys, self._clerk.clock(), asked.source, asked.at, asked.country, asked.there)
        plan = Plan(self._upload(job), job.file, asked.kind, terms, dry_run=bool(job.dry_run))
        desk = _Desk(self._store, self._clerk, Refusals(self._files.refusals(job.id), job.refusals))
        return Import(self._store, self._clerk, plan, job, desk, self._pace())

    async def _leave(self, job: ImportJob, state: str, message: str) -> bool:
        """It is over, or goes on later. What was uploaded is kept only as long as it is needed."""
        await imports.leave(self._store, replace(job, state=state, message=message), self._clerk.clock())
        now = await imports.job(self._store, job.id)
        if not now or now.state not in imports.OPEN or now.asked != job.asked:
            self._upload(job).unlink(missing_ok=True)
        return True

    async def tidy(self) -> None:
        """Remove the files of imports that are no longer known, and uploads that nobody waits for."""
        if not self._files.folder.exists():
            return
        wanted = {self._upload(job).name for job in await imports.waiting(self._store)}
        for path in list(self._files.folder.iterdir()):
            if path.suffix == ".refused":
                job = await imports.job(self._store, path.stem)
                forgotten = not job or not (job.refusals or job.state in imports.OPEN)
            else:
                forgotten = path.name not in wanted and time.time() - path.stat().st_mtime > _STRAY
            if forgotten:
                path.unlink(missing_ok=True)
