"""Caps: how many of a thing may happen in how long, counted exactly in the clerk's transaction.

Defaults are those of ``security-compliance`` C1.2 as amended by the contracts, section 8. A hit is kept in a bucket of the scope's
grain and counts until its whole bucket has left the window, so a cap is never exceeded in any window.
"""

from functools import lru_cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from yesline.records import Hits

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_Buckets = tuple[tuple[int, int], ...]


class Cap(Struct, frozen=True):
    """At most ``most`` in ``per`` milliseconds."""

    most: int
    per: int


class Scope(Struct, frozen=True):
    """Something that is counted under its own key, in buckets of ``grain`` milliseconds, within all of its caps.

    ``longest`` is the longest of the caps' windows.
    """

    name: str
    grain: int
    caps: tuple[Cap, ...]
    longest: int = 0

    def __post_init__(self) -> None:
        force_setattr(self, "longest", max(cap.per for cap in self.caps))

    def key(self, of: str) -> str:
        """The key of the counter of this tag or id."""
        return f"{self.name}:{of}"


class Policy(Struct, frozen=True):
    """Every cap in force, and how far a STOP reaches.

    Counts of prompts per number, block (a number less its last 4 digits) and sender's address (network).
    """

    number: Scope = Scope("number", 1, (Cap(1, MINUTE), Cap(3, HOUR), Cap(5, DAY), Cap(10, 30 * DAY)))
    block: Scope = Scope("block", MINUTE, (Cap(5, HOUR),))
    address: Scope = Scope("address", MINUTE, (Cap(60, HOUR),))
    codes: Scope = Scope("codes", MINUTE, (Cap(15, DAY),))
    answers: Scope = Scope("answers", MINUTE, (Cap(20, DAY),))
    already: Scope = Scope("already", MINUTE, (Cap(1, DAY),))
    others: Scope = Scope("others", MINUTE, (Cap(1, DAY),))
    asks: Scope = Scope("asks", MINUTE, (Cap(1, DAY),))
    nonces: Scope = Scope("nonce", MINUTE, (Cap(1, DAY),))
    code_tries: int = 5
    code_life: int = 10 * MINUTE
    resend_every: int = MINUTE
    prompt_life: int = 10 * MINUTE
    stop_scope: Literal["brand", "group"] = "brand"


@lru_cache(maxsize=256)
def form_scope(daily: int) -> Scope:
    """The budget of one form a day."""
    return Scope("form", HOUR, (Cap(daily, DAY),))


def _within(buckets: _Buckets, scope: Scope, now: int) -> bool:
    return all(sum(n for start, n in buckets if _last(start, scope) > now - cap.per) < cap.most for cap in scope.caps)


def _last(start: int, scope: Scope) -> int:
    """The last moment a hit in this bucket may have happened."""
    return start + scope.grain - 1


def admit(counted: Hits | None, scope: Scope, of: str, now: int) -> Hits | None:
    """Count one more, or None where a cap is reached. ``counted`` is the counter as it stands."""
    buckets = counted.hits if counted else ()
    if buckets and not _within(buckets, scope, now):
        return None
    bucket = now - now % scope.grain
    if buckets and buckets[-1][0] == bucket:
        hits = (*buckets[:-1], (bucket, buckets[-1][1] + 1))
    else:
        hits = (*(b for b in buckets if _last(b[0], scope) > now - scope.longest), (bucket, 1))
    return Hits(scope.key(of), hits, now + scope.longest + scope.grain)


def wait(counted: Hits | None, scope: Scope, now: int) -> int:
    """Seconds until one more may happen: what ``Retry-After`` tells."""
    buckets = counted.hits if counted else ()
    times = sorted({_last(start, scope) + cap.per for start, _ in buckets for cap in scope.caps} | {now})
    free = next((at for at in times if at >= now and _within(buckets, scope, at)), now)
    return max(1, -(-(free - now) // SECOND))
