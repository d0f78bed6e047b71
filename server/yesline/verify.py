"""Recomputing the whole ledger, on every core: each takes the subjects whose ids begin alike."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

from yesline.errors import LedgerError
from yesline.rules import proof
from yesline.rules.signing import DIGITS
from yesline.store.engines import open_store

ALONE = 20_000  # events that are done sooner than another process has started
_BOUNDS = list(pairwise(["", *DIGITS[1:], "~"]))
Part = tuple[str, bytes, str, str, bool]
Tell = Callable[[int, int], None]


def verify(url: str, key: bytes, tell: Tell, *, unfinished: bool = False) -> tuple[int, int]:
    """How many numbers and events there are, all of which hold. ``tell`` hears of events done and of all.

    ``unfinished`` is for a database that is still being filled.

    Raises LedgerError naming the first row found that was changed, added or removed by hand.
    """
    count = asyncio.run(_look(url, unfinished=unfinished))
    if count < ALONE:
        return _check((url, key, "", "~", unfinished))
    subjects = events = 0
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for more, checked in pool.map(_check, [(url, key, first, last, unfinished) for first, last in _BOUNDS]):
            subjects, events = subjects + more, events + checked
            tell(events, count)
    return subjects, events


async def _look(url: str, *, unfinished: bool) -> int:
    """The count of events. Raises LedgerError for one whose subject is gone."""
    store = await open_store(url, unfinished=unfinished)
    try:
        if stray := await store.stray_event():
            raise LedgerError(f"event {stray[1]} of subject {stray[0]} has lost its subject: a row was removed by hand")
        return await store.count_events()
    finally:
        await store.close()


def _check(part: Part) -> tuple[int, int]:
    return asyncio.run(_check_part(*part))


async def _check_part(url: str, key: bytes, first: str, last: str, unfinished: bool) -> tuple[int, int]:
    store = await open_store(url, unfinished=unfinished)
    subjects = events = 0
    try:
        async for subject, chain in store.chains(first, last):
            events += proof.check_chain(key, subject, chain)
            subjects += 1
    finally:
        await store.close()
    return subjects, events
