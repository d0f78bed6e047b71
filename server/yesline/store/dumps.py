"""PostgreSQL's own ``pg_dump`` and ``pg_restore``, where they are installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from yesline.errors import ConfigError
from yesline.store.ends import End
from yesline.store.tables import TABLES


async def dumper(end: End) -> str | None:
    """The program to dump this database with; None where there is none, or it is older than the server, which it refuses then.

    Source: https://www.postgresql.org/docs/current/app-pgdump.html (Notes)
    """
    program = shutil.which("pg_dump")
    if not program or end.engine != "postgres":
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: ASYNC221, S603
    version = re.search(r"(\d+)(\.\d+)?\s", told)
    server = int((await end.fetch("SELECT current_setting('server_version_num')"))[0][0]) // 10_000
    return program if version and int(version[1]) >= server else None


async def dump(program: str, url: str, end: End, file: Path) -> None:
    """Dump our tables, but for the list of migrations, as ``end`` sees them. Raises ConfigError."""
    snapshot = (await end.fetch("SELECT pg_export_snapshot()"))[0][0]
    tables = [f"--table={table.name}" for table in TABLES]
    _run([program, "--format=custom", f"--file={file}", f"--snapshot={snapshot}", *tables], url)


def undump(url: str, file: Path) -> None:
    """Put a dump into a database without our tables, all of it or nothing. Raises ConfigError."""
    program = shutil.which("pg_restore")
    if not program:
        raise ConfigError(f"{file.name} needs pg_restore: install PostgreSQL's client programs, or put them on PATH")
    _run([program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(file)], url)


def _run(command: list[str], url: str) -> None:
    """Run a program of PostgreSQL's. Its command line is seen by everybody on the machine, its environment is not."""
    address, password = _without_password(url)
    environ = os.environ | ({"PGPASSWORD": password} if password else {})
    done = subprocess.run(  # noqa: S603  (a program found on PATH, and arguments of ours)
        [*command, f"--dbname={address}"], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise ConfigError(f"{Path(command[0]).name} failed: {lines[0]}")


def _without_password(url: str) -> tuple[str, str]:
    """An address with its password taken out, and the password."""
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    user, _, password = user.partition(":")
    options = dict(parse_qsl(parts.query))
    password = options.pop("password", "") or unquote(password)
    netloc = f"{user}@{place}" if user else place
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(options))), password
