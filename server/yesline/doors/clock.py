"""The sandbox's clock, and the door that stops it and moves it: nobody's test waits ten minutes for a code to expire."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import decode, json, read_body
from yesline.doors.house import house
from yesline.errors import Refusal

_EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
_LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)
_Moment = Annotated[datetime, Meta(tz=True)]


class SandboxClock:
    """The time in milliseconds: the real one, put forward or stopped. Each process has its own."""

    def __init__(self, real: Callable[[], int]) -> None:
        self._real = real
        self._ahead = 0
        self._stopped: int | None = None

    def __call__(self) -> int:
        return self._real() + self._ahead if self._stopped is None else self._stopped

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._stopped is not None

    def freeze(self, at: int | None = None) -> None:
        """Stand still, at this time or at the present one. Raises Refusal."""
        self._stopped = _within(self() if at is None else at)

    def advance(self, by: int) -> None:
        """Go forward; one that stands still then stands later. Raises Refusal."""
        later = _within(self() + by)
        if self._stopped is None:
            self._ahead += by
        else:
            self._stopped = later

    def resume(self) -> None:
        """Tell the real time again."""
        self._ahead, self._stopped = 0, None


def _within(at: int) -> int:
    if not _EARLIEST <= at < _LATEST:
        raise Refusal("bad_request", "The clock goes from the year 2000 to 2099.", 400)
    return at


class Move(Struct, frozen=True, forbid_unknown_fields=True):
    """What to do with the clock, in this order. ``freeze`` is a moment with its time zone, or ``now``; ``advance`` is in seconds."""

    resume: bool = False
    freeze: str | None = None
    advance: Annotated[float, Meta(ge=0, le=3_200_000_000)] | None = None


def _moment(text: str) -> int:
    try:
        return int(msgspec.convert(text, _Moment).timestamp() * 1000)
    except msgspec.ValidationError as error:
        raise Refusal("bad_request", f"freeze: say now, or a time as 2026-03-01T12:00:00Z: {error}", 400) from error


async def move(request: Request) -> Response:
    """``POST /handset/clock``: stop the clock, move it, or let it run; answers the time."""
    rooms = house(request)
    clock = rooms.clerk.clock
    assert isinstance(clock, SandboxClock)  # noqa: S101  (the sandbox has no other)
    asked = decode(await read_body(request), Move)
    if asked == Move():
        raise Refusal("bad_request", "Say freeze, advance or resume.", 400)
    if asked.resume:
        clock.resume()
    if asked.freeze is not None:
        clock.freeze(None if asked.freeze == "now" else _moment(asked.freeze))
    if asked.advance:
        clock.advance(round(asked.advance * 1000))
    rooms.store.changes.publish_all()  # what has become due is done now: texts go, windows close, open pages hear of it
    return json({"now": clock(), "frozen": clock.frozen})
