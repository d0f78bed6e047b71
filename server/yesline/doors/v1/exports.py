"""``/v1/exports/subscribers``: who is in a group, and by what consent, as ``yesline export`` writes it."""

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.bulk.exports import Style, lines
from yesline.doors.house import house
from yesline.doors.v1.files import TELLS, Said, attachment, wanted
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.wire import read_query
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.store.base import Store

_AT_ONCE = 50
"""Subscribers between which other callers are answered."""


class ExportQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The group, or all of them; the format, where Accept does not say it; ``spreadsheet`` marks phone numbers as text."""

    group: Annotated[str, Meta(max_length=255)] = ""
    format: Said = ""
    spreadsheet: bool = False


async def subscribers(request: Request, key: ApiKey) -> Response:
    """``GET /v1/exports/subscribers``."""
    del key
    rooms, query = house(request), read_query(request, ExportQuery)
    if query.group and query.group not in rooms.catalogue.groups:
        raise Refusal("group_not_found", f"There is no group {query.group[:40]!r}.", 404, field="group")
    style = Style(wanted(request, query.format), query.spreadsheet)
    if style.spreadsheet and style.kind != "csv":
        raise Refusal("bad_request", "spreadsheet goes with CSV: leave it out.", 400, field="spreadsheet")
    return attachment(request, _told(rooms.store, query.group, style), style.kind, "subscribers")


async def _told(store: Store, group: str, style: Style) -> AsyncIterator[str]:
    yield style.head
    async for page in lines(store, group, style, _AT_ONCE):
        yield "".join(page)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/exports/subscribers",
        "exports",
        "Who is in a group, as a file",
        str,
        query=ExportQuery,
        tells=TELLS,
    ),
)
