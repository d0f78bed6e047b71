"""Puts what the ledger holds into one order, and has the endpoints told of it. The clerk knows nothing of this.

One process feeds at a time, and numbers its entries inside the transaction that adds them: whoever reads the feed up to a number has seen
all up to there, and nothing comes in before it later.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from yesline.records.outgoing import Entry
from yesline.rules import telling
from yesline.rules.signing import minter
from yesline.store import outgoing
from yesline.store.base import Store
from yesline.store.changes import DELIVERIES, LEDGER
from yesline.store.outgoing import Chains

log = logging.getLogger(__name__)

EVERY = 1.0
PACE = 0.2
"""Seconds between rounds: what happens meanwhile goes in with one commit."""
_AT_ONCE = 200  # numbers


async def keep_feeding(store: Store, clock: Callable[[], int]) -> None:
    """Feed until the store closes; what goes wrong is logged and tried again."""
    with store.changes.watch(LEDGER) as changed:
        while not store.changes.closing:
            changed.clear()
            try:
                while await feed(store, clock()):
                    continue
            except Exception:
                log.exception("the feed of events stumbled and goes on")
            await asyncio.sleep(PACE)
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), EVERY)


async def feed(store: Store, now: int) -> bool:
    """One round; whether there may be more. Endpoints are told of what happened since they were added."""
    if await outgoing.is_fed(store):
        return False
    async with store.transaction() as transaction:
        found = await outgoing.unfed(transaction, _AT_ONCE)
        if not found or not found[0]:
            return False
        numbers, chains = found
        entries = _entries(chains, await outgoing.newest(transaction.fetch))
        await outgoing.feed(transaction, entries)
        telling_of = [to for to in await outgoing.endpoints(transaction.fetch) if to.state == "enabled"]
        wanted = [(to, one) for one in entries for to in telling_of if to.wants(one.type) and one.at >= to.created_at]
        await outgoing.send(transaction, wanted, minter(), now)
        await outgoing.mark(transaction, numbers)
    if wanted:
        store.changes.publish(DELIVERIES)
    return len(numbers) == _AT_ONCE


def _entries(chains: Chains, last: int) -> list[Entry]:
    """What is told of these chains, from the number after ``last`` on: each chain in its order, the oldest news first."""
    told = [telling.told_as(chain) for chain in chains.values()]
    told.sort(key=lambda chain: chain[0][0].at if chain else 0)
    flat = [one for chain in told for one in chain]
    return [Entry(seq, event.subject_id, event.seq, kind, event.at) for seq, (event, kind) in enumerate(flat, last + 1)]
