"""Tells the endpoints of the product's back end, and other systems, what happened: at least once each, what is of one number in its order.

What is on its way is leased: if this process dies it goes again, under the same ``webhook-id``. Source: Standard Webhooks 1.0
(``security-compliance`` D1.8).
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import httpx2
from msgspec.structs import replace

from yesline.errors import StoreError
from yesline.post.forwarding import Sender, Wire
from yesline.post.forwarding_braze import ToBraze
from yesline.post.forwarding_file import ToFile
from yesline.post.forwarding_segment import ToSegment
from yesline.post.forwarding_webhook import ToWebhook
from yesline.records.outgoing import Delivery, Endpoint, Kind, Noticed
from yesline.rules import forwarding
from yesline.rules.abuse import MINUTE
from yesline.rules.forwarding import Answer
from yesline.store import outgoing
from yesline.store.base import Store
from yesline.store.changes import DELIVERIES

log = logging.getLogger(__name__)

_LEASE = MINUTE
_IDLE = 1.0
_ROOM = 8  # deliveries at once to one endpoint: one that hangs does not keep the others waiting
_PARTING = 5.0  # seconds


class Webhooks:
    """Delivers what is due, to each endpoint as its kind wants it."""

    def __init__(self, store: Store, make: Callable[[], httpx2.AsyncClient], clock: Callable[[], int]) -> None:
        self._store = store
        self._wire = Wire(make)
        self._senders: dict[Kind, Sender] = {
            "webhook": ToWebhook(self._wire),
            "braze": ToBraze(self._wire, store),
            "segment": ToSegment(self._wire, store),
            "file": ToFile(),
        }
        self._clock = clock
        self._busy: Counter[str] = Counter()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until the store closes; what goes wrong is logged and tried again."""
        with self._store.changes.watch(DELIVERIES) as changed:
            while not self._store.changes.closing:
                changed.clear()
                try:
                    await self.round()
                except Exception:
                    log.exception("the delivery of events stumbled and goes on")
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), _IDLE)
        await self.rest(_PARTING)
        await self._wire.close()

    async def round(self) -> int:
        """Begin to deliver what is due, as far as there is room; returns how many were begun."""
        now, begun = self._clock(), 0
        for to in await outgoing.due(self._store, now):
            room = _ROOM - self._busy[to.id]
            taken = await outgoing.lease(self._store, to, now, now + _LEASE, room) if room > 0 else []
            told = await outgoing.told_of(self._store, [one.feed_seq for one in taken]) if taken else {}
            for one in taken:
                self._busy[to.id] += 1
                begun += 1
                task = asyncio.create_task(self._deliver(to, one, told.get(one.feed_seq)))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
        return begun

    async def rest(self, seconds: float | None = None) -> None:
        """Wait for what has begun, so long at most."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds)

    async def _deliver(self, to: Endpoint, one: Delivery, told: Noticed | None) -> None:
        try:
            sender = self._senders[to.kind]
            answer = await sender.send(to, one, told, self._clock()) if told else Answer(0, why="the event is gone")
            await self._settle(to, one, answer)
        except StoreError as error:
            log.warning("the delivery %s will be made again: %s", one.id, error)
        except Exception:
            log.exception("the delivery %s broke off", one.id)
        finally:
            self._busy[to.id] -= 1
            self._store.changes.publish(DELIVERIES)

    async def _settle(self, to: Endpoint, one: Delivery, answer: Answer) -> None:
        """Keep what came of a try: delivered, tried again later, or failed for good, perhaps with its endpoint disabled."""
        now = self._clock()
        verdict = forwarding.judge(to.kind, one.tries, answer, now, random.random())  # noqa: S311  (only to spread)
        if verdict.disabled:
            log.error("the endpoint %s is disabled: %s", to.id, verdict.disabled)
        due = now + verdict.wait if verdict.wait else one.due_at
        kept = replace(one, state=verdict.state, status=answer.status, reason=verdict.reason, due_at=due)
        await outgoing.settle(self._store, kept, verdict.disabled, now)
