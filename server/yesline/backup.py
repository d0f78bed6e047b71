"""A backup: a folder with the database, the secrets and a description of both."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from yesline import __version__
from yesline.app import clock
from yesline.errors import ConfigError
from yesline.settings import Settings, load_keys
from yesline.store import copying, dumps, engines, migrations, sqlite_file
from yesline.store.copying import Tell
from yesline.store.ends import End, SqliteEnd, opened
from yesline.store.sql import Engine

FORMAT = 1
DATABASE, DUMP, SECRETS, ABOUT = "yesline.db", "yesline.dump", "secrets.toml", "backup.json"


class Backup(Struct, frozen=True):
    """What ``backup.json`` tells. ``at`` is in milliseconds since 1970; ``migrations`` are those of the file's content, in order."""

    format: int
    version: str
    engine: Engine
    at: int
    file: str
    sha256: str
    migrations: list[str]
    counts: dict[str, int]
    secrets: bool


async def back_up(settings: Settings, folder: Path, tell: Tell, *, secrets: bool = True) -> Backup:
    """Write everything into a new folder, while a server may be writing. Raises ConfigError, StoreError."""
    if secrets:
        need_secrets(settings.folder)
    with _new(folder) as draft:
        made = await _database(settings.database_url, draft, tell)
        about = msgspec.structs.replace(made, sha256=digest(draft / made.file), secrets=secrets)
        if secrets:
            write(draft / SECRETS, (settings.folder / SECRETS).read_bytes())
        write(draft / ABOUT, msgspec.json.format(msgspec.json.encode(about)) + b"\n")
    return about


def need_secrets(folder: Path) -> None:
    """Raises ConfigError where a data folder has no secrets: to make new ones would not help."""
    if not (folder / SECRETS).exists():
        raise ConfigError(
            f"{folder / SECRETS}: not there: say --data or --config, so that the deployment's own are found"
        )
    load_keys(folder)


async def _database(url: str, draft: Path, tell: Tell) -> Backup:
    async with opened(url, "seen") as end:
        done = await copying.marks(end)
        migrations.check_whole(engines.shown(url), done)
        about = Backup(
            FORMAT, __version__, end.engine, clock(), DATABASE, "", sorted(done), await copying.counts(end), False
        )
        file = draft / DATABASE
        if isinstance(end, SqliteEnd):
            sqlite_file.back_up(end.db, file, lambda done, of: tell("pages", done, of))
        elif program := await dumps.dumper(end):
            about, file = msgspec.structs.replace(about, file=DUMP), draft / DUMP
            await dumps.dump(program, url, end, file)
        else:
            about = msgspec.structs.replace(about, migrations=await _copied(end, url, file, tell))
        file.chmod(0o600)
        sync(file)
    return about


async def _copied(end: End, url: str, file: Path, tell: Tell) -> list[str]:
    """Copy a PostgreSQL into a SQLite file, as it was at one moment; returns the migrations of that file."""
    if left := migrations.left("postgres", await copying.marks(end)):
        raise migrations.behind(engines.shown(url), left)
    done = sqlite_file.migrate(file, clock())
    async with opened(f"sqlite:///{file}", "alone") as copy:
        await copying.copy(end, copy, {}, tell)
        await copying.compare(end, copy, tell)
    sqlite_file.make_portable(file)
    return done


def read(folder: Path) -> Backup:
    """What a backup says of itself, and whether its database is as it was written. Raises ConfigError."""
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=Backup)
    except OSError as error:
        raise ConfigError(f"{folder / ABOUT}: {error.strerror}: is {folder} the folder of a backup?") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{folder / ABOUT}: {error}") from error
    if about.format != FORMAT or about.file not in (DATABASE, DUMP):
        raise ConfigError(
            f"{folder}: made by Yesline {about.version} in a format this version cannot read: install that one"
        )
    if not (folder / about.file).is_file() or digest(folder / about.file) != about.sha256:
        raise ConfigError(f"{folder / about.file}: not as it was when the backup was made: use another backup")
    return about


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write(file: Path, content: bytes) -> None:
    """Write a new file that its owner alone can read, down to the disk."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync(path: Path) -> None:
    """Flush a file or the names in a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A folder that gets its name when all of it is on disk. Raises ConfigError where the name is taken."""
    if folder.exists():
        raise ConfigError(f"{folder}: is there already: a backup goes into a new folder")
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.unfinished")
    try:
        draft.mkdir(mode=0o700, parents=True)
        yield draft
        sync(draft)
        draft.rename(folder)
        sync(folder.parent)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
