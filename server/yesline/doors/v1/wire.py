"""How resources are asked for and told: queries as structs, times, and answers that a caller need not fetch twice."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import T, decode, json, read_body
from yesline.errors import Refusal

Time = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=100)]
Word = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
LAST: tuple[int, str] = (2**62, "")
"""Before which time and id a list that begins with the newest begins."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at: int) -> datetime:
    """Milliseconds since 1970 as a time that JSON tells."""
    return _EPOCH + timedelta(milliseconds=at)


async def read_json(request: Request, kind: type[T], empty: bytes = b"") -> T:
    """The JSON body of a call; ``empty`` stands for a body that is left out. Raises Refusal."""
    body = await read_body(request)
    if not body and empty:
        return decode(empty, kind)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Refusal("content_type", "Send application/json.", 415)
    return decode(body, kind)


def read_query(request: Request, kind: type[T]) -> T:
    """The query of a call. Raises Refusal for what is wrong in it or said twice, and for what the route does not know."""
    given = request.query_params
    for name in given:
        if len(given.getlist(name)) > 1:
            raise Refusal("bad_request", f"The query says {name[:40]!r} twice: say it once.", 400, field=name[:40])
    try:
        query = msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        named = re.search(r"[$`]\.?(\w+)`$", str(error))
        raise Refusal("bad_request", f"The query: {error}", 400, field=named[1] if named else None) from error
    for name in given:
        if getattr(query, name, "") is None:  # msgspec takes the word "null" for it, and a filter would be left out
            raise Refusal("bad_request", f"The query: {name} is no null; leave it out.", 400, field=name)
    return query


def found(request: Request, content: Struct) -> Response:
    """A resource with its ETag, or 304 where the caller has it as it is."""
    response = json(content, headers={"cache-control": "private, no-cache"})
    tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    response.headers["etag"] = tag
    if tag not in _known(request):
        return response
    return Response(status_code=304, headers={"etag": tag, "cache-control": "private, no-cache"})


def _known(request: Request) -> list[str]:
    """The tags in If-None-Match as weak ones: they are compared as such. Source: RFC 9110, 13.1.2."""
    tags = request.headers.get("if-none-match", "").split(",")
    return ["W/" + tag.strip().removeprefix("W/") for tag in tags]
