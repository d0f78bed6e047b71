"""What is wrong with a deployment, and how to mend it."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from yesline import project
from yesline.app import carrier_of
from yesline.errors import LedgerError, YeslineError
from yesline.programme import HANDSET
from yesline.rules import proof
from yesline.rules.abuse import DAY, MINUTE, SECOND
from yesline.settings import Settings, is_loopback, load_keys
from yesline.store import engines, health
from yesline.store.ends import End, opened
from yesline.store.health import Health

_GIGABYTE = 1_000_000_000
_FREE = 0.1
_APART = 5 * SECOND  # the rules take clocks of processes to be no further apart
_CONNECTIONS = 10  # a process takes six, and somebody may want to look


class Finding(Struct, frozen=True):
    """One check: its name, how it went, what was found, and how to mend it where it did not go well."""

    check: str
    state: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


Findings = Iterator[Finding]


def line(finding: Finding) -> str:
    """A finding as people read it."""
    shown = f"{finding.state:4}  {finding.check:12} {finding.what}"
    return f"{shown}\n{'':19}-> {finding.mend}" if finding.mend else shown


async def examine(settings: Callable[[], Settings], clock: Callable[[], int]) -> list[Finding]:
    """Check everything that can be checked from here; what cannot be, for something else has failed, is left out."""
    try:
        given = settings()
    except YeslineError as error:
        return [Finding("settings", "fail", str(error), "mend the settings; 'yesline settings' lists them all")]
    found = [Finding("settings", "ok", f"they can be used; pages reach {given.base}")]
    found += [*_project(given), *_address(given), *_folder(given), *_disk(given), *_secrets(given)]
    return found + [finding async for finding in _database(given, clock)]


def _project(settings: Settings) -> Findings:
    if not settings.project:
        return
    try:
        project.load(Path(settings.project))
        yield Finding("project", "ok", f"{settings.project} is in order")
    except YeslineError as error:
        yield Finding("project", "fail", str(error), "mend the file; 'yesline check' says whether it is in order")


def _address(settings: Settings) -> Findings:
    parts = urlsplit(settings.base)
    if settings.sandbox:
        yield Finding("address", "ok", "a sandbox: no text leaves this machine")
    elif is_loopback(parts.hostname or ""):
        mend = "set public_url to the address under which phones reach this server"
        yield Finding("address", "fail", f"links in texts lead to {settings.base}, which no phone can reach", mend)
    elif parts.scheme != "https":
        mend = "put a proxy with TLS before it, and set public_url to https://..."
        yield Finding("address", "fail", f"{settings.base} is not https: numbers would travel in the clear", mend)
    else:
        yield Finding("address", "ok", f"{settings.base} is https")


def _folder(settings: Settings) -> Findings:
    try:
        with tempfile.TemporaryFile(dir=settings.folder):
            yield Finding("data folder", "ok", f"{settings.folder} can be written")
    except OSError as error:
        what = f"{settings.folder} cannot be written: {error.strerror}"
        yield Finding(
            "data folder", "fail", what, "make it, owned by the user that runs the server; or say --data or --config"
        )


def _disk(settings: Settings) -> Findings:
    if not settings.folder.is_dir():
        return
    disk = shutil.disk_usage(settings.folder)
    what = f"{disk.free / _GIGABYTE:.1f} GB of {disk.total / _GIGABYTE:.1f} GB are free in {settings.folder}"
    if disk.free < max(_GIGABYTE, _FREE * disk.total):
        yield Finding("disk", "warn", what, "make room: on a full disk nothing is recorded, and the server answers 503")
    else:
        yield Finding("disk", "ok", what)


def _secrets(settings: Settings) -> Findings:
    file = settings.folder / "secrets.toml"
    if not file.exists():
        mend = "the first start makes them; for a ledger that is there already, put its own back from the backup"
        yield Finding("secrets", "fail", f"{file} is not there", mend)
        return
    try:
        load_keys(settings.folder)
        yield Finding("secrets", "ok", f"{file} is there and only its owner can read it")
    except YeslineError as error:
        yield Finding("secrets", "fail", str(error), f"chmod 600 {file}, or put it back from the backup")


async def _database(settings: Settings, clock: Callable[[], int]) -> AsyncIterator[Finding]:
    url = settings.database_url
    try:
        async with opened(url, "seen") as end:
            yield Finding("database", "ok", f"{await health.version(end)} at {engines.shown(url)}")
            for finding in (*_sqlite(url), *await _server(end, clock())):
                yield finding
            schema = list(_schema(await health.schema(end)))
            for finding in schema:
                yield finding
            if all(finding.state != "fail" for finding in schema):
                for finding in _health(settings, await health.look(end, clock(), DAY), clock()):
                    yield finding
    except YeslineError as error:
        yield Finding(
            "database", "fail", str(error), "start the database, or mend YESLINE_DATABASE, --config or --data"
        )


def _sqlite(url: str) -> Findings:
    if engines.engine(url) != "sqlite":
        return
    file = engines.path(url)
    if kind := health.network(file):
        mend = "keep it on a local disk, or use PostgreSQL: 'yesline move'"
        yield Finding("file system", "fail", f"{file} is on {kind}, where SQLite cannot keep it whole", mend)
    else:
        yield Finding("file system", "ok", f"{file} is on no network that is known")
    if (mode := health.journal(file)) != "wal":
        mend = "the next start of the server mends this by itself; if it does not, see whether another program uses the file"
        yield Finding("durability", "warn", f"{file}: journal_mode is {mode}, not wal", mend)
    else:
        yield Finding("durability", "ok", "journal_mode is wal; every connection of ours sets synchronous to full")
    if reason := health.write_lock(file):
        mend = "find the process with 'fuser -v', and end it: a copy, a backup by another program or a forgotten shell"
        yield Finding("write lock", "fail", f"{file} cannot be written: {reason}", mend)
    else:
        yield Finding("write lock", "ok", "nobody holds on to it")


async def _server(end: End, now: int) -> list[Finding]:
    if end.engine != "postgres":
        return []
    told = await health.server(end)
    found = [Finding("durability", "ok", "fsync and synchronous_commit flush every commit")]
    apart = abs(told.clock - now) / SECOND
    if apart > _APART / SECOND:
        mend = "keep the clocks of all hosts in step with NTP"
        found.append(
            Finding("clocks", "warn", f"the clocks of this host and of PostgreSQL are {apart:.0f} s apart", mend)
        )
    else:
        found.append(Finding("clocks", "ok", "the clocks of this host and of PostgreSQL agree"))
    what = f"{told.used} of {told.most} connections are in use"
    if told.most - told.used < _CONNECTIONS:
        found.append(Finding("connections", "warn", what, "raise max_connections: each process takes six"))
    else:
        found.append(Finding("connections", "ok", what))
    return found


def _schema(schema: health.Schema) -> Findings:
    if schema.unfinished:
        mend = f"run 'yesline {schema.unfinished.split()[1]}' again to its end"
        yield Finding("schema", "fail", f"the database holds an {schema.unfinished}", mend)
    elif schema.left:
        yield Finding("schema", "fail", f"behind this version: {', '.join(schema.left)}", "run 'yesline migrate'")
    elif schema.unknown:
        mend = "install the newer version; the one before it may run meanwhile"
        yield Finding("schema", "warn", f"newer than this version: {', '.join(schema.unknown)}", mend)
    else:
        yield Finding("schema", "ok", "up to date")


def _health(settings: Settings, found: Health, now: int) -> Findings:
    yield from _ledger(settings, found)
    yield from _time(found, now)
    yield from _programme(settings, found)
    yield from _coupons(found)
    yield from _outbox(found, now)
    yield from _past_day(found)


def _ledger(settings: Settings, found: Health) -> Findings:
    if not (settings.folder / "secrets.toml").exists():
        return
    try:
        key = load_keys(settings.folder).ledger
        events = sum(proof.check_chain(key, subject, chain) for subject, chain in found.chains)
        yield Finding("ledger", "ok", f"the newest chains hold: {events} event(s); 'yesline verify' checks all")
    except LedgerError as error:
        mend = (
            "put back the secrets this ledger was made with; if it has them, 'yesline verify' and ask who wrote to it"
        )
        yield Finding("ledger", "fail", str(error), mend)
    except YeslineError:  # told of the secrets already
        return


def _time(found: Health, now: int) -> Findings:
    ahead = ((found.newest_event or 0) - now) / SECOND
    if ahead > _APART / SECOND:
        mend = "set the clock with NTP: texts go out late and windows last longer until it has caught up"
        yield Finding("clock", "fail", f"the newest event is {ahead:.0f} s in the future: the clock stepped back", mend)
    else:
        yield Finding("clock", "ok", "no event is in the future")


def _programme(settings: Settings, found: Health) -> Findings:
    if not found.forms:
        yield Finding("forms", "fail", "nothing is applied", "run 'yesline apply' in your project folder")
        return
    if closed := [form.form.id for form in found.forms if not form.form.origins]:
        mend = "name the sites in origins = [...] of the form and apply it; on the hosted page it works without"
        yield Finding("forms", "warn", f"no site of yours may send {', '.join(closed)}", mend)
    else:
        yield Finding("forms", "ok", f"{len(found.forms)} form(s) are applied, and have sites that may send them")
    known = [HANDSET] if settings.sandbox else sorted(settings.carriers)
    senders = [sender for group in found.groups for sender in group.senders]
    lost = {f"{sender.address} ({sender.carrier})" for sender in senders if carrier_of(settings, sender) not in known}
    if lost:
        mend = f"carriers here are: {', '.join(known) or 'none without sandbox = true'}; name one in [sender] and apply"
        yield Finding("carriers", "fail", f"no carrier sends the texts of {', '.join(sorted(lost))}", mend)
    else:
        yield Finding("carriers", "ok", f"{len(senders)} sender(s) have a carrier")


def _coupons(found: Health) -> Findings:
    """Whether forms that give codes of a pool still can; nothing where none does."""
    used = {version.form.coupon_pool for version in found.forms} - {""}
    empty = sorted(pool for pool in used if not found.coupons.get(pool))
    if empty:
        mend = f"'yesline coupons add {empty[0]} FILE' with more codes, or take coupon_pool out of the form"
        yield Finding("coupons", "warn", f"no code is left in {', '.join(empty)}: who says yes gets none", mend)
    elif used:
        left = ", ".join(f"{found.coupons[pool]} in {pool}" for pool in sorted(used))
        yield Finding("coupons", "ok", f"codes are left: {left}")


def _outbox(found: Health, now: int) -> Findings:
    late = (now - (now if found.due is None else found.due)) / SECOND
    if late > MINUTE / SECOND:
        mend = "start 'yesline serve' with work = true, or 'yesline work'; if one runs, read its log"
        yield Finding("outbox", "fail", f"a text has been due for {late:.0f} s and nobody sends it", mend)
    else:
        yield Finding("outbox", "ok", "no text is overdue")


def _past_day(found: Health) -> Findings:
    if found.wrong:
        what = ", ".join(f"{count} {state}" for state, count in sorted(found.wrong.items()))
        mend = "the reason stands beside each in table text; 'uncertain' ones may or may not have arrived"
        yield Finding("texts", "warn", f"in the past day: {what}", mend)
    else:
        yield Finding("texts", "ok", "none failed or is uncertain in the past day")
    if found.left_open:
        mend = "start 'yesline serve' with work = true, or 'yesline work', which close them"
        yield Finding("prompts", "warn", f"{found.left_open} are open a day after their window ended", mend)
    else:
        yield Finding("prompts", "ok", "none is open past its window")
