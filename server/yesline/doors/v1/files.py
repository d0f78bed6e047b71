"""Answers that are files: CSV or NDJSON, told line by line as they are made."""

from collections.abc import AsyncIterator, Iterator
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from yesline.bulk.rowfiles import Format
from yesline.errors import Refusal

MEDIA: dict[str, Format] = {"text/csv": "csv", "application/x-ndjson": "ndjson", "application/ndjson": "ndjson"}
TELLS = ("text/csv", "application/x-ndjson")
Said = Literal["", "csv", "ndjson"]
_ANYTHING = ("", "*/*", "text/*")


def media_of(header: str) -> str:
    """A media type without its parameters."""
    return header.partition(";")[0].strip().lower()


def wanted(request: Request, said: Said) -> Format:
    """How the caller wants a file: as the query says, else the first that Accept names. Raises Refusal."""
    if said:
        return said
    for media in map(media_of, request.headers.get("accept", "").split(",")):
        if media in _ANYTHING:
            return "csv"
        if media in MEDIA:
            return MEDIA[media]
    raise Refusal(
        "not_acceptable", "This is told as text/csv or as application/x-ndjson: say one in Accept, or as format.", 406
    )


def attachment(request: Request, lines: AsyncIterator[str] | Iterator[str], kind: Format, name: str) -> Response:
    """A file of this name; to a HEAD nothing of it."""
    headers = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "content-disposition": f'attachment; filename="{name}.{kind}"',
    }
    media = f"{'text/csv' if kind == 'csv' else 'application/x-ndjson'}; charset=utf-8"
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media)
    return StreamingResponse(lines, headers=headers, media_type=media)
