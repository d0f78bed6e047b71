"""Asks carriers for the texts we may have missed: webhooks are given up after seconds, and a STOP may have been among them.

A carrier's senders send nothing until it was asked once, and again after it was out of reach: what phones said meanwhile comes
first (``security-compliance`` D1.6).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from yesline.carriers.base import Carrier, Inbound
from yesline.errors import CarrierError, YeslineError
from yesline.records import Act, CaughtUp
from yesline.rules.abuse import DAY, MINUTE
from yesline.store.base import Store
from yesline.store.changes import OUTBOX
from yesline.store.lists import cursors

log = logging.getLogger(__name__)

EVERY = 5 * 60.0
AGAIN = 5.0
AWAY_AFTER = 2  # times in a row that it could not be asked
OVERLAP = 15 * MINUTE
FARTHEST = 7 * DAY

Receive = Callable[[Carrier, Sequence[Inbound]], Awaitable[None]]


class CatchUp:
    """Keeps count of which carriers have told all. ``receive`` records texts as the inbound door does."""

    def __init__(
        self,
        record: Callable[[Act], Awaitable[Any]],
        store: Store,
        carriers: Mapping[str, Carrier],
        receive: Receive,
        clock: Callable[[], int],
    ) -> None:
        self._record = record
        self._store = store
        self._carriers = carriers
        self._receive = receive
        self._clock = clock
        self._wakes = {name: asyncio.Event() for name, carrier in carriers.items() if carrier.lists}
        self._behind = set(self._wakes)
        self._failed: Counter[str] = Counter()

    def ready(self, carrier: str) -> bool:
        """Whether senders of this carrier may send: it is configured, and it has told what it kept."""
        return carrier in self._carriers and carrier not in self._behind

    def away(self, carrier: str) -> bool:
        """Whether a carrier is not to be had for longer than a moment, so that others may send in its place."""
        return carrier not in self._carriers or self._failed[carrier] >= AWAY_AFTER

    def lost(self, carrier: str) -> None:
        """A call has failed to reach the carrier: phones may have texted it meanwhile."""
        if carrier in self._wakes:
            self._behind.add(carrier)
            self._wakes[carrier].set()

    async def run(self) -> None:
        """Ask every carrier at once, then every five minutes, or every few seconds while it does not answer."""
        await asyncio.gather(*(self._keep_asking(name) for name in self._wakes))

    async def _keep_asking(self, name: str) -> None:
        while not self._store.changes.closing:
            self._wakes[name].clear()
            await self.ask(name)
            if self._failed[name]:
                await asyncio.sleep(AGAIN)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._wakes[name].wait()

    async def ask(self, name: str) -> None:
        """Ask one carrier for what it kept since the last time, less an overlap; its senders wait while it cannot be asked."""
        try:
            await self._ask(name, self._clock())
        except CarrierError as error:
            log.warning("%s cannot tell what phones have texted, its senders wait: %s", name, error.reason)
        except YeslineError as error:
            log.warning("what phones have texted to %s could not be recorded: %s", name, error)
        except Exception:
            log.exception("what phones have texted to %s could not be read", name)
        else:
            del self._failed[name]
            self._behind.discard(name)
            self._store.changes.publish(OUTBOX)
            return
        self._failed[name] += 1
        self._behind.add(name)

    async def _ask(self, name: str, now: int) -> None:
        carrier = self._carriers[name]
        since = (await cursors(self._store)).get(name, now) - OVERLAP
        await self._receive(carrier, await carrier.missed(max(since, now - FARTHEST)))
        await self._record(CaughtUp(name, now))
