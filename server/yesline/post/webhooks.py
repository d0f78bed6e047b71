"""Tells the endpoints of the product's back end what happened: at least once each, what is of one number in its order.

What is on its way is leased: if this process dies it goes again, under the same ``webhook-id``. Source: Standard Webhooks 1.0
(``security-compliance`` D1.8).
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx2
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from yesline import __version__
from yesline.errors import StoreError
from yesline.post.guarded import Barred
from yesline.records.outgoing import Delivery, Endpoint
from yesline.rules import telling
from yesline.rules.abuse import MINUTE
from yesline.store import outgoing
from yesline.store.base import Store
from yesline.store.changes import DELIVERIES

log = logging.getLogger(__name__)

PATIENCE = 20.0
"""Seconds that an endpoint has to answer."""
_LEASE = MINUTE
_IDLE = 1.0
_ROOM = 8  # deliveries at once to one endpoint: one that hangs does not keep the others waiting
_PARTING = 5.0  # seconds


class Answer(Struct, frozen=True):
    """What came of a try: the endpoint's status and headers, or 0 and why there was no answer."""

    status: int
    headers: Mapping[str, Any] = {}
    why: str = ""


class Webhooks:
    """Delivers what is due through a client that calls no private network, made when it is needed first: that takes its time."""

    def __init__(self, store: Store, make: Callable[[], httpx2.AsyncClient], clock: Callable[[], int]) -> None:
        self._store = store
        self._make = make
        self._client: httpx2.AsyncClient | None = None
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
        if self._client:
            await self._client.aclose()

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

    async def _deliver(self, to: Endpoint, one: Delivery, told: outgoing.Told | None) -> None:
        try:
            answer = await self._call(to, one, told) if told else Answer(0, why="the event is gone")
            await self._settle(one, answer)
        except StoreError as error:
            log.warning("the delivery %s will be made again: %s", one.id, error)
        except Exception:
            log.exception("the delivery %s broke off", one.id)
        finally:
            self._busy[to.id] -= 1
            self._store.changes.publish(DELIVERIES)

    async def _call(self, to: Endpoint, one: Delivery, told: outgoing.Told) -> Answer:
        body = msgspec.json.encode(telling.message(telling.Noticed(*told)))
        headers = telling.headers(to, one.id, body, self._clock()) | {"user-agent": f"Yesline/{__version__}"}
        self._client = self._client or self._make()
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._client.stream("POST", to.url, content=body, headers=headers, timeout=PATIENCE) as response,
            ):
                return Answer(response.status_code, response.headers)  # its body is nobody's concern, however long
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(0, why="it did not answer in time")
        except Barred as error:
            return Answer(0, why=f"not called: {error}")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Answer(0, why=f"it could not be reached: {error}"[:200])

    async def _settle(self, one: Delivery, answer: Answer) -> None:
        """Keep what came of a try: delivered, tried again later, or failed for good and its endpoint disabled."""
        now, status = self._clock(), answer.status
        if 200 <= status < 300:
            return await outgoing.settle(
                self._store, replace(one, state="delivered", status=status, reason=""), "", now
            )
        why = answer.why or f"it answered {status}"
        wait = telling.wait(one.tries, status, answer.headers, now, random.random())  # noqa: S311  (only to spread)
        if status == 410:
            wait, why = None, "it answered 410: gone"
        if wait is None:
            log.error("the webhook endpoint %s is disabled: %s", one.endpoint_id, why)
            failed = replace(one, state="failed", status=status, reason=why)
            disabled = why if status == 410 else f"no success in {one.tries} tries: {why}"
            return await outgoing.settle(self._store, failed, disabled, now)
        return await outgoing.settle(self._store, replace(one, status=status, reason=why, due_at=now + wait), "", now)
