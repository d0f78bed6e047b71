"""``/v1/imports``: a file of people is taken into a group, in the background, as ``yesline import`` does it."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from yesline.bulk.imports import Plan, left_alone
from yesline.bulk.jobs import Asked, Files, Upload, asked_of, receive
from yesline.bulk.refusals import read
from yesline.bulk.rowfiles import Format
from yesline.doors.guard import json, read_body
from yesline.doors.house import House, house, path
from yesline.doors.keyring import bearer
from yesline.doors.v1.files import MEDIA, TELLS, Said, attachment, media_of, wanted
from yesline.doors.v1.idempotency import HEADER, once
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.paging import Page, PageQuery, page, read_after
from yesline.doors.v1.wire import LAST, Time, found, moment, read_query
from yesline.errors import ConfigError, Refusal
from yesline.programme import Group
from yesline.records import ApiKey, ImportJob
from yesline.rules.importing import Terms, read_date
from yesline.rules.signing import minter
from yesline.store import imports as stored

MOST_WAITING = 20
_MB = 1 << 20
Said255 = Annotated[str, Meta(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ImportQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """How to take a file in. ``source``, ``date`` and ``country`` hold for rows that do not say; ``there`` is the group's name in the file.

    ``group`` may be left out where there is one only. ``dry_run`` tells what would be refused and writes nothing; ``again`` reads a file
    that was taken in before. ``name`` is what the file is called.
    """

    group: Said255 = ""
    name: Said255 = ""
    source: Said255 = ""
    date: Said255 = ""
    country: Annotated[str, Meta(pattern="^([A-Za-z]{2})?$")] = ""
    there: Said255 = ""
    dry_run: bool = False
    again: bool = False


class RefusalsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The format, where Accept does not say it."""

    format: Said = ""


class ImportItem(Struct, frozen=True):
    """An import. ``rows`` are those that were read; ``accepted`` and ``refused`` make them up. ``sha256`` is of the file's content.

    ``percent`` is how much of the file was read; ``left_alone`` are its columns that are not. ``message`` says why it failed.
    """

    id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    file: str
    sha256: str
    group: str
    dry_run: bool
    percent: int
    rows: int
    accepted: int
    refused: int
    left_alone: tuple[str, ...]
    started_at: Time
    ended_at: Time | None
    message: str


async def imports(request: Request, key: ApiKey) -> Response:
    """``GET /v1/imports`` and ``POST /v1/imports``: one address, so one route."""
    return await (_receive(request, key) if request.method == "POST" else _several(request))


async def _several(request: Request) -> Response:
    query = read_query(request, PageQuery)
    rows = await stored.before(house(request).store, read_after(query, LAST), query.limit + 1)
    return found(request, page(rows, query.limit, _item, lambda row: (row.started_at, row.id)))


async def _receive(request: Request, key: ApiKey) -> Response:
    """Everything that can be wrong but the file itself is looked at before that is read."""
    rooms, query, kind = house(request), read_query(request, ImportQuery), _kind(request)
    terms = _terms(rooms, query)
    if len(await stored.waiting(rooms.store)) >= MOST_WAITING:
        message = f"{MOST_WAITING} imports wait already: send this one when some are done."
        raise Refusal("imports_waiting", message, 429, retry_after=60)
    upload = await _upload(request, rooms)
    wanted = False

    async def answer(_: Request) -> Response:
        nonlocal wanted
        job = await _begin(rooms, query, terms, kind, upload)
        wanted = bool(job.asked) and asked_of(job).upload == upload.id
        return json(_item(job), 202)

    try:
        if HEADER not in request.headers:
            return await answer(request)
        return await once(request, key.id, bearer(request), answer, upload.digest.encode())
    finally:
        if not wanted:
            _files(rooms).upload(upload.id).unlink(missing_ok=True)


def _kind(request: Request) -> Format:
    """What the body is. Raises Refusal."""
    kind = MEDIA.get(media_of(request.headers.get("content-type", "")))
    packed = request.headers.get("content-encoding", "identity") != "identity"
    if not kind or packed:
        message = "Send the file itself, not packed, with the content type text/csv or application/x-ndjson."
        raise Refusal("content_type", message, 415)
    return kind


def _terms(rooms: House, query: ImportQuery) -> Terms:
    """What holds for all rows. Raises Refusal."""
    now = rooms.clerk.clock()
    try:
        at = read_date(query.date, now) if query.date else ""
    except (ValueError, OverflowError) as error:
        message = "date: a date in ISO 8601, such as 2026-03-31, that has come already."
        raise Refusal("bad_request", message, 400, field="date") from error
    return Terms(
        _group(rooms, query.group), rooms.clerk.keys, now, query.source.strip(), at, query.country.upper(), query.there
    )


def _group(rooms: House, wanted: str) -> Group:
    groups = rooms.catalogue.groups
    if not wanted and len(groups) == 1:
        return next(iter(groups.values()))
    if wanted not in groups:
        known = ", ".join(sorted(groups))
        raise Refusal("group_not_found", f"Say group: groups are {known}.", 404, field="group")
    return groups[wanted]


def _files(rooms: House) -> Files:
    return Files.within(rooms.settings.folder)


async def _upload(request: Request, rooms: House) -> Upload:
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isdecimal() else 0
    try:
        return await receive(request.stream(), _files(rooms), rooms.settings.import_mb * _MB, size)
    except ClientDisconnect as error:
        raise Refusal("bad_request", "The file broke off: send it again.", 400) from error


async def _begin(rooms: House, query: ImportQuery, terms: Terms, kind: Format, upload: Upload) -> ImportJob:
    """The import of a file that has come: a new one, or that of the same file before. Raises Refusal for one that cannot be read."""
    name = query.name or f"list.{kind}"
    plan = Plan(_files(rooms).upload(upload.id), name, kind, terms)
    try:
        ignored = await asyncio.to_thread(left_alone, plan)
    except ConfigError as error:
        raise Refusal("file_unreadable", str(error)) from error
    asked = Asked(upload.id, kind, terms.source, terms.at, terms.country, terms.there, tuple(ignored))
    new = ImportJob(
        id=minter()(),
        digest=upload.digest,
        file=name,
        group_id=terms.group.id,
        rows_done=0,
        bytes_done=0,
        refused=0,
        started_at=terms.now,
        state="waiting",
        dry_run=int(query.dry_run),
        asked=msgspec.json.encode(asked).decode(),
        size=upload.size,
        changed_at=terms.now,
    )
    return await stored.keep_new(rooms.store, new, again=query.again)


async def one(request: Request, key: ApiKey) -> Response:
    """``GET /v1/imports/{id}``."""
    del key
    return found(request, _item(await _job(request)))


async def refusals(request: Request, key: ApiKey) -> Response:
    """``GET /v1/imports/{id}/refusals``: every row that was not taken, as a file."""
    del key
    query = read_query(request, RefusalsQuery)
    job, kind = await _job(request), wanted(request, query.format)
    listed = _files(house(request)).refusals(job.id)
    if job.refused and not (job.refusals and listed.exists()):
        message = "This server has no list of them: the command told them itself, another server has it, or it was kept long enough."
        raise Refusal("refusals_not_kept", message, 404)
    lines: Iterator[str] = read(listed, job.refusals, kind)
    return attachment(request, lines, kind, "refusals")


async def cancel(request: Request, key: ApiKey) -> Response:
    """``POST /v1/imports/{id}/cancel``: what is in stays in. The body is not looked at."""
    del key
    await read_body(request)
    rooms, job = house(request), await _job(request)
    await stored.cancel(rooms.store, job.id, rooms.clerk.clock())
    now = await _job(request)
    if now.state != "cancelled":
        raise Refusal("import_ended", "It has come to its end already: there is nothing to cancel.", 409)
    if now.asked:
        _files(rooms).upload(asked_of(now).upload).unlink(missing_ok=True)
    return json(_item(now))


async def _job(request: Request) -> ImportJob:
    job = await stored.job(house(request).store, path(request, "id"))
    if not job:
        raise Refusal("import_not_found", "There is no import with this id.", 404)
    return job


def _item(job: ImportJob) -> ImportItem:
    done = stored.is_done(job)
    part = int(100 * job.bytes_done / job.size) if job.size else 0
    return ImportItem(
        id=job.id,
        state=job.state or ("done" if done else "failed"),
        file=job.file,
        sha256=job.digest,
        group=job.group_id,
        dry_run=bool(job.dry_run),
        percent=100 if done else min(part, 99),
        rows=job.rows_done,
        accepted=job.rows_done - job.refused,
        refused=job.refused,
        left_alone=asked_of(job).left_alone if job.asked else (),
        started_at=moment(job.started_at),
        ended_at=moment(job.ended_at) if done else None,
        message=job.message,
    )


OPERATIONS = (
    Operation("GET", "/v1/imports", "imports", "Imports, newest first", Page[ImportItem], query=PageQuery),
    Operation(
        "POST",
        "/v1/imports",
        "imports",
        "Take a file of people into a group",
        ImportItem,
        query=ImportQuery,
        status=202,
        takes=tuple(MEDIA),
    ),
    Operation("GET", "/v1/imports/{id}", "imports", "How far an import is", ImportItem),
    Operation(
        "GET",
        "/v1/imports/{id}/refusals",
        "imports",
        "Rows that were not taken, as a file",
        str,
        query=RefusalsQuery,
        tells=TELLS,
    ),
    Operation("POST", "/v1/imports/{id}/cancel", "imports", "End an import where it is", ImportItem),
)
