"""Putting a backup back on an empty host, in such a way that no text which waited in it is sent again, and no webhook.

Until all of it is done the database holds a mark, for which no server starts on it; a restore that was cut off is begun anew.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from yesline import verify as verification
from yesline.app import clock
from yesline.backup import DUMP, SECRETS, Backup, need_secrets, read, write
from yesline.clerk import Clerk
from yesline.errors import ConfigError
from yesline.records import Restored
from yesline.rules.signing import Keys
from yesline.settings import Settings, load_keys
from yesline.store import copying, dumps, engines, migrations, outgoing
from yesline.store.copying import Tell
from yesline.store.ends import opened
from yesline.store.sql import Engine

_AT_ONCE = 500  # texts


class Outcome(Struct, frozen=True):
    """What was restored: the rows of each table, how many texts waited, and how much of the ledger was verified."""

    counts: dict[str, int]
    waited: int
    subjects: int
    events: int


def restore(settings: Settings, folder: Path, tell: Tell) -> Outcome:
    """Restore a backup into the settings' database and data folder, both of which must be empty.

    Raises ConfigError where they are not, or the backup cannot be used; LedgerError where its chains do not hold.
    """
    about = read(folder)
    url = settings.database_url
    _check_kind(about, engines.engine(url))
    asyncio.run(_check_empty(url))
    keys = _put_secrets(folder if about.secrets else settings.folder, settings.folder)
    counts = asyncio.run(_fill(about, folder / about.file, settings, tell))
    waited = asyncio.run(_take_out(settings, keys))
    subjects, events = verification.verify(
        url, keys.ledger, lambda done, of: tell("verified", done, of), unfinished=True
    )
    asyncio.run(_finish(url))
    return Outcome(counts, waited, subjects, events)


def _check_kind(about: Backup, engine: Engine) -> None:
    made = _engine(about)
    if made == "postgres" and engine == "sqlite":
        raise ConfigError(
            f"{about.file} is PostgreSQL's own dump: restore it into a PostgreSQL (YESLINE_DATABASE=postgresql://...), "
            "from where 'yesline move' brings it to SQLite"
        )
    if newer := set(about.migrations) - {migration.name for migration in migrations.known(made)}:
        raise ConfigError(
            f"the backup was made by Yesline {about.version}, which is newer ({min(newer)}): install that one"
        )


def _engine(about: Backup) -> Engine:
    """Whose the file of a backup is."""
    return "postgres" if about.file == DUMP else "sqlite"


async def _check_empty(url: str) -> None:
    if engines.engine(url) == "sqlite" and not engines.path(url).exists():
        await engines.migrate(url, clock())
    async with opened(url, "alone") as end:
        if migrations.RESTORING not in await copying.marks(end) and not await copying.is_empty(end):
            raise ConfigError(
                f"{engines.shown(url)}: holds data already: a backup is restored into an empty database only"
            )


def _put_secrets(origin: Path, folder: Path) -> Keys:
    """Put the backup's secrets into the data folder. Raises ConfigError where others are there."""
    need_secrets(origin)
    keys, file = load_keys(origin), folder / SECRETS
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.restoring")
        draft.unlink(missing_ok=True)
        write(draft, (origin / SECRETS).read_bytes())
        draft.rename(file)
    elif load_keys(folder) != keys:
        raise ConfigError(f"{file}: not the backup's secrets: a backup is restored into an empty data folder only")
    return keys


async def _fill(about: Backup, file: Path, settings: Settings, tell: Tell) -> dict[str, int]:
    """Bring the rows in, and the schema up to date; returns the counts. Raises ConfigError where they are not the backup's."""
    url = settings.database_url
    async with opened(url, "alone") as target:
        await copying.make_room(target, clock())
    if about.file == DUMP:
        await _undump(about, file, url)
        await engines.migrate(url, clock())
    else:
        await engines.migrate(url, clock())
        await _copy(about, file, settings, tell)
    async with opened(url, "alone") as target:
        counts = await copying.counts(target)
    if wrong := [name for name, count in about.counts.items() if counts.get(name) != count]:
        raise ConfigError(
            f"table {wrong[0]} has {counts.get(wrong[0])} rows, not the {about.counts[wrong[0]]} of the backup"
        )
    return counts


async def _undump(about: Backup, file: Path, url: str) -> None:
    dumps.undump(url, file)
    async with opened(url, "alone") as target:
        for name in about.migrations:
            await target.fetch(migrations.MARK, name, clock())


async def _copy(about: Backup, file: Path, settings: Settings, tell: Tell) -> None:
    with _up_to_date(about, file, settings.folder / ".restoring.db") as ready:
        if ready != file:
            await engines.migrate(f"sqlite:///{ready}", clock())
        async with opened(f"sqlite:///{ready}", "seen") as source, opened(settings.database_url, "alone") as target:
            await copying.copy(source, target, {}, tell)
            await copying.compare(source, target, tell)


@contextmanager
def _up_to_date(about: Backup, file: Path, draft: Path) -> Iterator[Path]:
    """The backup's file, or a copy to be migrated: the backup itself is never written to."""
    if not migrations.left("sqlite", set(about.migrations)):
        yield file
        return
    try:
        shutil.copyfile(file, draft)
        yield draft
    finally:
        for left in draft.parent.glob(f"{draft.name}*"):
            left.unlink()


async def _take_out(settings: Settings, keys: Keys) -> int:
    """Mark every text that waits as uncertain, with its event in the ledger, and every webhook; returns how many texts there were."""
    store = await engines.open_store(settings.database_url, unfinished=True)
    clerk = Clerk(store, keys, settings.policy(), clock)
    waited = 0
    try:
        while texts := await store.waiting_texts(_AT_ONCE):
            await clerk.record(Restored(tuple(texts)))
            waited += len(texts)
        await clerk.drain()
        await outgoing.set_aside(store)
    finally:
        await store.close()
    return waited


async def _finish(url: str) -> None:
    async with opened(url, "alone") as end:
        await copying.unmark(end)
