"""Asks carriers for the texts we may have missed: webhooks are given up after seconds, and a STOP may have been among them.

A carrier's senders send nothing until it was asked once, and again after it was out of reach: what phones said meanwhile comes
first (``security-compliance`` D1.6).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
        self._behind = {name for name, carrier in carriers.items() if carrier.lists}
        self._wake = asyncio.Event()

    def ready(self, carrier: str) -> bool:
        """Whether senders of this carrier may send: it is configured, and it has told what it kept."""
        return carrier in self._carriers and carrier not in self._behind

    def lost(self, carrier: str) -> None:
        """A call has failed to reach the carrier: phones may have texted it meanwhile."""
        if carrier in self._carriers and self._carriers[carrier].lists:
            self._behind.add(carrier)
            self._wake.set()

    async def run(self) -> None:
        """Ask every carrier at once, then every five minutes, and every few seconds those that do not answer."""
        while True:
            self._wake.clear()
            names = [name for name, carrier in self._carriers.items() if carrier.lists]
            await asyncio.gather(*(self.ask(name) for name in names))
            while self._behind:
                await asyncio.sleep(AGAIN)
                await asyncio.gather(*(self.ask(name) for name in sorted(self._behind)))
            try:
                await asyncio.wait_for(self._wake.wait(), EVERY)
            except TimeoutError:
                continue

    async def ask(self, name: str) -> None:
        """Ask one carrier for what it kept since the last time, less an overlap; its senders wait while it cannot be asked."""
        carrier, now = self._carriers[name], self._clock()
        try:
            since = (await cursors(self._store)).get(name, now) - OVERLAP
            await self._receive(carrier, await carrier.missed(max(since, now - FARTHEST)))
            await self._record(CaughtUp(name, now))
        except CarrierError as error:
            log.warning("%s cannot tell what phones have texted, its senders wait: %s", name, error.reason)
            self._behind.add(name)
        except YeslineError as error:
            log.warning("what phones have texted to %s could not be recorded: %s", name, error)
            self._behind.add(name)
        else:
            self._behind.discard(name)
            self._store.changes.publish(OUTBOX)
