"""Numbered migrations, a folder of SQL files for each engine, and the table ``migration`` that tells which were applied.

From 0002 on a migration only adds: the code of the version before must run on the new schema while a deployment is rolled over.
"""

from importlib.resources import files

from msgspec import Struct

from yesline.errors import ConfigError
from yesline.store.sql import Engine

TABLE = "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)"
DONE = "SELECT name FROM migration"
MARK = "INSERT INTO migration (name, applied_at) VALUES (?1, ?2)"
MOVING, RESTORING = "unfinished move", "unfinished restore"
"""Marks among the migrations while a database is being filled."""
WHOLE = "DELETE FROM migration WHERE name LIKE 'unfinished %'"


class Migration(Struct, frozen=True):
    """One step of the schema: the file's name and its statements."""

    name: str
    sql: str


def known(engine: Engine) -> list[Migration]:
    """Every migration of this version's code, in order."""
    folder = files(__package__).joinpath(engine)
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [Migration(name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names]


def left(engine: Engine, done: set[str]) -> list[Migration]:
    """Those that were not applied yet."""
    return [migration for migration in known(engine) if migration.name not in done]


def check_whole(where: str, done: set[str]) -> None:
    """Raises ConfigError for a database that is half filled: a server would send texts that wait in another one too."""
    for mark in done & {MOVING, RESTORING}:
        raise ConfigError(f"{where}: the database holds an {mark}: run 'yesline {mark.split()[1]}' again to its end")


def behind(where: str, pending: list[Migration]) -> ConfigError:
    """What a server says that finds its database behind."""
    names = ", ".join(migration.name for migration in pending)
    return ConfigError(f"{where}: the database is behind this version: run 'yesline migrate' (to apply: {names})")
