"""Answers that are kept for a day, so that a call that is sent again is answered again and not done again."""

from msgspec import Struct

from yesline.store.base import Store

KEPT_MS = 86_400_000
LOST_MS = 60_000
"""A call that has not been answered by then never will be: the process that had it is gone."""


class Place(Struct, frozen=True):
    """Whose call it is, to which route, and under which idempotency key."""

    key_id: str
    route: str
    key: str


class Kept(Struct, frozen=True):
    """What is kept of a call: the digest of what was asked, and the answer. ``status`` is 0 while it is being answered."""

    digest: str
    status: int
    body: str


def _where(place: Place) -> tuple[str, str, str]:
    return place.key_id, place.route, place.key


async def claim(store: Store, place: Place, digest: str, now: int) -> Kept | None:
    """None where this call is to be answered now, which of twins that come at once is so for one alone; else what is kept of it."""
    async with store.transaction() as transaction:
        if await transaction.fetch("claim_call", *_where(place), digest, now, now - KEPT_MS, now - LOST_MS):
            return None
        (row,) = await transaction.fetch("kept_call", *_where(place)) or [(digest, 0, "")]
    return Kept(*row)


async def keep(store: Store, place: Place, at: int, status: int, body: str) -> None:
    """Keep the answer of the call that was claimed ``at`` this time."""
    async with store.transaction() as transaction:
        await transaction.fetch("keep_call", *_where(place), at, status, body)


async def release(store: Store, place: Place, at: int) -> None:
    """The call that was claimed ``at`` this time had no effect: the same may be sent again."""
    async with store.transaction() as transaction:
        await transaction.fetch("release_call", *_where(place), at)


async def forget(store: Store, now: int) -> None:
    """Delete what has been kept long enough."""
    async with store.transaction() as transaction:
        await transaction.fetch("forget_calls", now - KEPT_MS)
