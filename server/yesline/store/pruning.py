"""What grows with use and is not evidence: the feed, how it was delivered, and what imports left behind; removed when it is old, some at a time."""

from msgspec import Struct

from yesline.store.base import Store
from yesline.store.transactions import Ask

AT_ONCE = 500
"""Rows removed in one transaction, for which other writers wait."""


class Kept(Struct, frozen=True):
    """For how long, in milliseconds."""

    feed: int
    deliveries: int
    imports: int


async def prune(store: Store, now: int, kept: Kept) -> bool:
    """Remove one batch of each; whether there may be more."""
    entries = await _entries(store, now - kept.feed)
    deliveries = await _deliveries(store, now - kept.deliveries)
    imports = await _imports(store, now - kept.imports)
    return AT_ONCE in (entries, deliveries, imports)


async def missing(ask: Ask, after: int) -> int:
    """Where the feed lacks entries after this number, since they were removed: the number that it begins with. Else 0."""
    begins = int((await ask("oldest_entry"))[0][0])
    return begins if 0 < after < begins - 1 else 0


async def _entries(store: Store, before: int) -> int:
    """Entries from before this time, from the beginning of the feed on, up to the first that somebody in use has not been told."""
    oldest = await store.rows("oldest_entries", AT_ONCE)
    young = next((place for place, (_, at) in enumerate(oldest) if at >= before), len(oldest))
    if not young:
        return 0
    ((untold,),) = await store.rows("untold_up_to", oldest[young - 1][0])
    gone = [seq for seq, _ in oldest[:young] if untold is None or seq < untold]
    if gone:
        endpoints = [row[0] for row in await store.rows("endpoints")]
        async with store.transaction() as transaction:
            await transaction.fetch("forget_deliveries_up_to", endpoints, gone[-1])
            await transaction.fetch("forget_entries_up_to", gone[-1])
    return len(gone)


async def _deliveries(store: Store, before: int) -> int:
    ids = [row[0] for row in await store.rows("deliveries_told_before", before, AT_ONCE)]
    if ids:
        async with store.transaction() as transaction:
            await transaction.fetch("forget_deliveries", ids)
    return len(ids)


async def _imports(store: Store, before: int) -> int:
    """Rows of imports that took somebody in stay: they say which file stands behind the ledger's events."""
    ids = [row[0] for row in await store.rows("imports_of_no_trace", before, AT_ONCE)]
    listed = [row[0] for row in await store.rows("imports_with_refusals", before, AT_ONCE)]
    if ids or listed:
        async with store.transaction() as transaction:
            await transaction.fetch("forget_imports", ids)
            await transaction.fetch("forget_refusals", listed)
    return max(len(ids), len(listed))
