"""What ``yesline doctor`` asks of a database."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from yesline.programme import FormVersion, Group
from yesline.records import Subject
from yesline.store import copying, migrations
from yesline.store.base import Chain, chains_of
from yesline.store.ends import End, Rows
from yesline.store.migrations import MOVING, RESTORING
from yesline.store.sql import load

_NEWEST = 5
_NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "fuse.glusterfs",
}
_WAIT = 2.0  # seconds; a server's batch is written in less


class Schema(Struct, frozen=True):
    """The migrations a database lacks, those this version does not know, and the mark of a copy that was cut off."""

    left: list[str]
    unknown: list[str]
    unfinished: str


class Health(Struct, frozen=True):
    """What a database that is up to date tells of the deployment. Times are in milliseconds; None where there is nothing.

    ``coupons`` are how many codes are left, by pool.
    """

    chains: list[Chain]
    newest_event: int | None
    due: int | None
    wrong: dict[str, int]
    left_open: int
    groups: list[Group]
    forms: list[FormVersion]
    coupons: dict[str, int]


class Server(Struct, frozen=True):
    """What a PostgreSQL tells of itself: its clock, connections in use and the most there can be."""

    clock: int
    used: int
    most: int


async def version(end: End) -> str:
    """The engine's name and version."""
    if end.engine == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    return f"PostgreSQL {(await end.fetch('SHOW server_version'))[0][0]}"


async def schema(end: End) -> Schema:
    """Where the database stands beside this version."""
    done = await copying.marks(end)
    known = [migration.name for migration in migrations.known(end.engine)]
    marks = {MOVING, RESTORING}
    unknown = sorted(done - set(known) - marks)
    return Schema([name for name in known if name not in done], unknown, "".join(done & marks))


async def look(end: End, now: int, day: int) -> Health:
    """Look at everything that a deployment's rows tell of it. ``day`` is how long ago the past day began, in milliseconds."""
    queries = load(end.engine)

    async def ask(name: str, *params: Any) -> Rows:
        return await end.fetch(queries[name], *params)

    newest = await ask("newest_events", _NEWEST)
    chains = []
    for subject_id in dict.fromkeys(row[0] for row in newest):
        found = [Subject(*row) for row in await ask("subject_by_id", subject_id)]
        chains += chains_of(found, await ask("events_between", subject_id, subject_id))
    return Health(
        chains,
        newest[0][1] if newest else None,
        (await ask("next_due"))[0][0],
        dict(await ask("texts_gone_wrong", now - day)),
        (await ask("prompts_left_open", now - day))[0][0],
        _read(await ask("current_groups"), Group),
        _read(await ask("current_forms"), FormVersion),
        {row[0]: row[1] - row[2] for row in await ask("coupon_pools")},
    )


def _read(rows: Sequence[Sequence[Any]], kind: type[Any]) -> list[Any]:
    return [msgspec.json.decode(row[0], type=kind) for row in rows]


async def server(end: End) -> Server:
    """What a PostgreSQL tells of itself."""
    queries = load(end.engine)
    clock = (await end.fetch(queries["server_clock"]))[0][0]
    return Server(clock, *(await end.fetch(queries["connections"]))[0])


def write_lock(file: Path) -> str:
    """Why a SQLite file cannot be written now; nothing where it can."""
    with closing(sqlite3.connect(file, timeout=_WAIT, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
        except sqlite3.Error as error:
            return str(error)
    return ""


def journal(file: Path) -> str:
    """How a SQLite file keeps what is being written."""
    with closing(sqlite3.connect(file)) as db:
        return str(db.execute("PRAGMA journal_mode").fetchone()[0])


def network(file: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system over a network that a file is on; nothing where it is on a local one, or nobody can tell.

    SQLite's log needs memory that all its processes share. Source: https://www.sqlite.org/wal.html
    """
    if not mounts.exists():
        return ""
    kinds = {line.split()[1]: line.split()[2] for line in mounts.read_text().splitlines()}
    for folder in (place for place in file.resolve().parents if str(place) in kinds):
        kind = kinds[str(folder)]
        return kind if kind in _NETWORK else ""
    return ""
