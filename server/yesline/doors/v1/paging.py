"""Lists in pages: an answer says where the next one begins, in a word that only we read."""

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from yesline.errors import Refusal

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K", bound=tuple[Any, ...])
_KINDS: dict[type, Any] = {
    int: Annotated[int, Meta(ge=0, le=2**62)],
    str: Annotated[str, Meta(pattern=r"^[^\x00]*$", max_length=1000)],
}
"""What may stand in a mark, so that either database takes it."""


class Page(Struct, Generic[T], frozen=True):
    """A part of a list. ``next`` is what to send as ``after`` for the part behind it, null at the end."""

    items: tuple[T, ...]
    next: str | None = None


class PageQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a list: the first, or the one ``after`` another, and how long."""

    after: Annotated[str, Meta(max_length=2000)] = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


def whole(items: Sequence[T]) -> Page[T]:
    """A list that is short."""
    return Page(tuple(items))


def page(rows: Sequence[R], limit: int, show: Callable[[R], T], place: Callable[[R], tuple[Any, ...]]) -> Page[T]:
    """The first ``limit`` of rows, of which one more was asked for to know whether there are more."""
    shown = rows[:limit]
    more = _mark(place(shown[-1])) if len(rows) > limit else None
    return Page(tuple(show(row) for row in shown), more)


def _mark(place: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_after(query: PageQuery, first: K) -> K:
    """Where the page begins: ``first`` where nothing is said, else a place of the same kinds. Raises Refusal."""
    if not query.after:
        return first
    kinds: Any = tuple[tuple(_KINDS[type(part)] for part in first)]  # type: ignore[misc]
    try:
        place: K = msgspec.json.decode(base64.urlsafe_b64decode(query.after + "=="), type=kinds)
    except (ValueError, msgspec.MsgspecError) as error:  # binascii's is a ValueError
        raise Refusal(
            "bad_request", "after: send what an answer of this list said as next.", 400, field="after"
        ) from error
    return place
