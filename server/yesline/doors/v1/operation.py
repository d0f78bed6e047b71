"""One route of the native API as the OpenAPI document tells it."""

from typing import Any, Literal

from msgspec import Struct


class Operation(Struct, frozen=True):
    """What a route takes and answers, as types; ``needs_body`` is false where a body may be left out.

    ``takes`` and ``tells`` are the media types of files, where a body or an answer is one instead of JSON.
    """

    method: Literal["GET", "POST"]
    path: str
    scope: str
    summary: str
    answer: Any
    query: Any = None
    body: Any = None
    needs_body: bool = False
    status: int = 200
    takes: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
