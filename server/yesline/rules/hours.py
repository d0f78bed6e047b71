"""When a text that is no answer may go: never in the quiet hours of any zone that the number's prefix may mean.

Sources: 47 CFR 64.1200(c)(1) (8 to 21 hours where the called party is), stricter states by ``security-compliance`` A3.1; a number of
an area code with two zones waits for the later morning and stops at the earlier evening.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from msgspec import Struct
from phonenumbers import timezone as zones

from yesline.programme import Quiet

_MINUTES_A_DAY = 24 * 60
_UNKNOWN = "Etc/Unknown"
_LOOK_AHEAD = 3 * _MINUTES_A_DAY


class Window(Struct, frozen=True):
    """Minutes of the day between which texts may go; ``sunday`` where Sundays have their own."""

    opens: int
    closes: int
    sunday: tuple[int, int] | None = None

    def at(self, moment: datetime) -> bool:
        """Whether texts may go at this local time."""
        minute = moment.hour * 60 + moment.minute
        opens, closes = self.sunday if self.sunday and moment.weekday() == 6 else (self.opens, self.closes)
        if opens <= closes:
            return opens <= minute < closes
        return minute >= opens or minute < closes


_FLORIDA = "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954"
_OKLAHOMA = "405 539 572 580 918"
_CONNECTICUT = "203 475 860 959"
_TEXAS = (
    "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 915 936 940 945 956 972 979"
)
_STRICTER: dict[str, Window] = {
    **dict.fromkeys((*_FLORIDA.split(), *_OKLAHOMA.split()), Window(8 * 60, 20 * 60)),
    **dict.fromkeys(_CONNECTICUT.split(), Window(9 * 60, 20 * 60)),
    **dict.fromkeys(_TEXAS.split(), Window(9 * 60, 21 * 60, (12 * 60, 21 * 60))),
}
"""States of the United States with hours of their own, by area code."""


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@lru_cache(maxsize=4096)
def _zones(phone: str) -> tuple[ZoneInfo, ...]:
    found = zones.time_zones_for_number(phonenumbers.parse(phone))
    return tuple(ZoneInfo(name) for name in found if name != _UNKNOWN)


def day(phone: str, now: int) -> date:
    """The day it is where a number's prefix may be, the earlier where that is two; by UTC where nobody knows, or without a number."""
    at = datetime.fromtimestamp(now / 1000, UTC)
    found = _zones(phone) if phone else ()
    return min(at.astimezone(zone).date() for zone in found or (UTC,))


@lru_cache(maxsize=4096)
def _windows(phone: str, quiet: Quiet) -> tuple[Window, ...]:
    own = Window(_minutes(quiet.end), _minutes(quiet.start))
    stricter = _STRICTER.get(phone[2:5]) if phone.startswith("+1") else None
    return (own, stricter) if stricter else (own,)


def _open(windows: Sequence[Window], zones_: Sequence[tzinfo], at: datetime) -> bool:
    return all(window.at(at.astimezone(zone)) for zone in zones_ for window in windows)


def waits_until(phone: str, quiet: Quiet, now: int) -> int:
    """When a text may go to this number: now, or the end of the quiet hours. Milliseconds, in and out.

    Where zones leave no hour of a day in common, the first zone alone decides; where hours allow none at all, it is to be looked
    at again in a day. A number of no known zone goes by UTC.
    """
    if quiet.start == quiet.end:
        return now
    windows, found = _windows(phone, quiet), _zones(phone)
    for among in (found or (UTC,), found[:1]):
        waits = _waits(windows, among, now)
        if waits is not None:
            return waits
    return now + _MINUTES_A_DAY * 60_000


def _waits(windows: Sequence[Window], zones_: Sequence[tzinfo], now: int) -> int | None:
    at = datetime.fromtimestamp(now / 1000, UTC)
    if _open(windows, zones_, at):
        return now
    minute = at.replace(second=0, microsecond=0)
    later = (minute + timedelta(minutes=ahead) for ahead in range(1, _LOOK_AHEAD))
    return next((int(moment.timestamp() * 1000) for moment in later if _open(windows, zones_, moment)), None)
