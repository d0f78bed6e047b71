"""What time alone decides: prompts whose window is over, sends that were cut off, counters nobody needs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from yesline.records import Act, Expire
from yesline.store.base import Store
from yesline.store.showings import Showings

log = logging.getLogger(__name__)

EVERY = 15.0


async def keep_house(
    record: Callable[[Act], Awaitable[Any]], store: Store, showings: Showings, clock: Callable[[], int]
) -> None:
    """Tidy for ever; what goes wrong is logged and tried again."""
    while True:
        try:
            while await record(Expire()):
                continue
            await store.forget(clock())
            await showings.flush()
        except Exception:
            log.exception("housekeeping stumbled and goes on")
        await asyncio.sleep(EVERY)
