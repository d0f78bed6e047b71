"""What time alone decides: prompts whose window is over, sends that were cut off, counters and answers nobody needs, and what grew old."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from yesline.records import Act, Expire
from yesline.store import idempotency
from yesline.store.base import Store
from yesline.store.changes import CLOCK
from yesline.store.pruning import Kept, prune
from yesline.store.showings import Showings

log = logging.getLogger(__name__)

EVERY = 15.0
PAUSE = 0.05
"""Seconds between two batches of what is removed, in which others write."""


async def keep_house(
    record: Callable[[Act], Awaitable[Any]], store: Store, showings: Showings, clock: Callable[[], int], kept: Kept
) -> None:
    """Tidy until the store closes, at once where a clock was moved; what goes wrong is logged and tried again."""
    with store.changes.watch(CLOCK) as moved:
        while not store.changes.closing:
            moved.clear()
            try:
                while await record(Expire()):
                    continue
                await store.forget(clock())
                await idempotency.forget(store, clock())
                await showings.flush()
                await _prune(store, clock(), kept)
            except Exception:
                log.exception("housekeeping stumbled and goes on")
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), EVERY)


async def _prune(store: Store, now: int, kept: Kept) -> None:
    """Remove what grew old, batch by batch."""
    more = True
    while more:
        more = await prune(store, now, kept)
        await asyncio.sleep(PAUSE if more else 0)
