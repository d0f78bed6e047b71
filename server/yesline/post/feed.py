"""Puts what the ledger holds, and what became of texts, into one order, and has the endpoints told of it. The clerk knows nothing of this.

One process feeds at a time, and numbers its entries inside the transaction that adds them: whoever reads the feed up to a number has seen
all up to there, and nothing comes in before it later.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from yesline.records.outgoing import Carried, Entry
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
_AT_ONCE = 200  # numbers, and texts


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
        if found is None:
            return False
        numbers, chains = found
        texts = await outgoing.texts_unfed(transaction, _AT_ONCE)
        entries = _entries(_told(chains, texts), await outgoing.newest(transaction.fetch))
        await outgoing.feed(transaction, entries)
        telling_of = [to for to in await outgoing.endpoints(transaction.fetch) if to.state == "enabled"]
        wanted = [(to, one) for one in entries for to in telling_of if to.wants(one.type) and one.at >= to.created_at]
        await outgoing.send(transaction, wanted, minter(), now)
        await outgoing.mark(transaction, numbers, texts)
    if wanted:
        store.changes.publish(DELIVERIES)
    return _AT_ONCE in (len(numbers), len(texts))


def _told(chains: Chains, texts: Sequence[Carried]) -> list[list[Entry]]:
    """What is told, without its numbers yet: each chain in its order, and each text."""
    told = [
        [Entry(0, event.subject_id, event.seq, kind, event.at) for event, kind in telling.told_as(chain)]
        for chain in chains.values()
    ]
    ends = [[Entry(0, text.subject_id, 0, telling.ended_as(text), text.at, text.id)] for text in texts]
    return [chain for chain in told if chain] + ends


def _entries(told: list[list[Entry]], last: int) -> list[Entry]:
    """Entries with the numbers after ``last``, the oldest news first; what is told in one chain stays in its order."""
    told.sort(key=lambda chain: chain[0].at)
    flat = [one for chain in told for one in chain]
    return [replace(one, seq=seq) for seq, one in enumerate(flat, last + 1)]
