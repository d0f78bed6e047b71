"""What time alone decides: prompts whose window is over, sends that were cut off, counters and answers nobody needs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from yesline.records import Act, Expire
from yesline.store import idempotency
from yesline.store.base import Store
from yesline.store.changes import CLOCK
from yesline.store.showings import Showings

log = logging.getLogger(__name__)

EVERY = 15.0


async def keep_house(
    record: Callable[[Act], Awaitable[Any]], store: Store, showings: Showings, clock: Callable[[], int]
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
            except Exception:
                log.exception("housekeeping stumbled and goes on")
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), EVERY)
