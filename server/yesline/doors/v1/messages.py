"""``/v1/messages``: texts in and out, newest first. What was secret in them was masked before they were kept."""

from typing import Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.house import House, house
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.paging import Page, PageQuery, page, read_after
from yesline.doors.v1.people import Phone, known_tag
from yesline.doors.v1.wire import LAST, Time, found, moment, read_query
from yesline.records import ApiKey, Text, TextKind, TextState
from yesline.store import subscribers


class MessagesQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Those to and from one number, or all."""

    phone: Phone | None = None


class Message(Struct, frozen=True):
    """A text. ``reason`` is why it did not arrive in our words, ``code`` in the carrier's; ``parts`` is what it cost in segments."""

    id: str
    direction: Literal["in", "out"]
    kind: TextKind
    state: TextState
    subscriber: str
    phone: str | None
    group: str
    sender: str
    language: str
    body: str
    parts: int
    reason: str
    code: str
    created_at: Time
    told_at: Time | None


async def several(request: Request, key: ApiKey) -> Response:
    """``GET /v1/messages``."""
    del key
    rooms, query = house(request), read_query(request, MessagesQuery)
    before, most = read_after(query, LAST), query.limit + 1
    rows = [
        row
        for subject in await _whose(rooms, query)
        for row in await subscribers.texts(rooms.store, subject, before, most)
    ]
    return found(request, page(rows, query.limit, lambda row: _item(*row), lambda row: (row[0].created_at, row[0].id)))


async def _whose(rooms: House, query: MessagesQuery) -> list[str]:
    """Whose texts: one subscriber's, all (as an empty id), or nobody's where the number is not known."""
    if not query.phone:
        return [""]
    return [subject.id for subject in await subscribers.by_tags(rooms.store, [known_tag(rooms, query.phone)])]


def _item(row: Text, phone: str | None) -> Message:
    return Message(
        id=row.id,
        direction="in" if row.kind == "inbound" else "out",
        kind=row.kind,
        state=row.state,
        subscriber=row.subject_id,
        phone=phone,
        group=row.group_id,
        sender=row.sender,
        language=row.language,
        body=row.body,
        parts=row.parts,
        reason=row.reason,
        code=row.code,
        created_at=moment(row.created_at),
        told_at=moment(row.told_at) if row.told_at else None,
    )


OPERATIONS = (Operation("GET", "/v1/messages", "messages", "Texts in and out", Page[Message], query=MessagesQuery),)
