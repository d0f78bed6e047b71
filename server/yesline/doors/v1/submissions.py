"""``/v1/submissions``: what forms have brought, newest first."""

from typing import Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.house import house
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.paging import Page, PageQuery, page, read_after
from yesline.doors.v1.wire import LAST, Time, Word, found, moment, read_query
from yesline.records import ApiKey, PromptState, Submission
from yesline.store import subscribers

_STATES: dict[PromptState, Literal["pending", "confirmed", "expired", "void"]] = {
    "open": "pending",
    "confirmed": "confirmed",
    "expired": "expired",
    "void": "void",
}


class SubmissionsQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Those of one form, or of all."""

    form: Word | None = None


class SubmissionItem(Struct, frozen=True):
    """One person's attempt on one form. ``void``: the prompt was closed by a STOP, a no, or another that took its place."""

    id: str
    form: str
    version: str
    subscriber: str
    phone: str | None
    state: Literal["pending", "confirmed", "expired", "void"]
    created_at: Time


async def several(request: Request, key: ApiKey) -> Response:
    """``GET /v1/submissions``."""
    del key
    query = read_query(request, SubmissionsQuery)
    before = read_after(query, LAST)
    rows = await subscribers.submissions(house(request).store, query.form or "", before, query.limit + 1)
    return found(request, page(rows, query.limit, lambda row: _item(*row), lambda row: (row[0].created_at, row[0].id)))


def _item(row: Submission, state: PromptState, phone: str | None) -> SubmissionItem:
    return SubmissionItem(
        row.id, row.form_id, row.version, row.subject_id, phone, _STATES[state], moment(row.created_at)
    )


OPERATIONS = (
    Operation(
        "GET", "/v1/submissions", "messages", "What forms have brought", Page[SubmissionItem], query=SubmissionsQuery
    ),
)
