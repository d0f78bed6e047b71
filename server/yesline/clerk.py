"""The clerk: the only way to change consent.

Acts that arrive while a batch is being written wait and make up the next one. A batch is loaded in one go, decided in memory in
the order of arrival, saved in one transaction and committed before anybody is answered (group commit). Several processes may be
clerks of one PostgreSQL: where another one was first, the batch is loaded and decided again.

What a back end tells of many people waits apart, and some of it goes into each batch behind the rest: a STOP waits for no list.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from msgspec import Struct

from yesline.errors import Conflict, Refusal, Unavailable
from yesline.records import Act, Claim, Draft, Event, EventFacts, ListAct, Removal, Row, Subject
from yesline.rules import acts, proof
from yesline.rules.abuse import Policy
from yesline.rules.desk import Known, Moment
from yesline.rules.signing import Keys, minter
from yesline.store.base import Store

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64
MOST_IN_BATCH = 150
"""People or numbers: deciding about so many holds up whatever else this process answers for some hundredths of a second."""
MOST_WAITING = 5_000
"""Acts that may wait while the database does not answer; who comes after them is told at once."""
MOST_ROUNDS = 8

Rows = dict[tuple[type[Row], Any], Row]


class _Waiting(Struct, eq=False):
    act: Act
    answer: "asyncio.Future[Any]"
    outcome: Any = None
    failed: bool = False


class Clerk:
    """Records acts. ``clock`` tells the time in milliseconds."""

    def __init__(self, store: Store, keys: Keys, policy: Policy, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.keys = keys
        self.policy = policy
        self._store = store
        self._inbox: list[_Waiting] = []
        self._lists: list[_Waiting] = []
        self._working: asyncio.Task[None] | None = None
        self._empty: set[str] = set()

    async def record(self, act: Act) -> Any:
        """Record one act and return its outcome, which is on disk by then.

        Raises Refusal where the rules refuse, Unavailable where nothing can be recorded now.
        """
        if len(self._inbox) + len(self._lists) >= MOST_WAITING:
            raise Unavailable(f"{MOST_WAITING} acts wait for the database already")
        waiting = _Waiting(act, asyncio.get_running_loop().create_future())
        (self._lists if isinstance(act, ListAct) else self._inbox).append(waiting)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await waiting.answer

    @property
    def busy(self) -> bool:
        """Whether acts are being written."""
        return self._working is not None

    async def drain(self) -> None:
        """Wait until everything handed in is written."""
        while self._working:
            await self._working

    async def _work(self) -> None:
        await asyncio.sleep(0)  # who came in the same moment goes into the same batch
        try:
            while self._inbox or self._lists:
                await self._settle(self._next())
        finally:
            self._working = None

    def _next(self) -> list[_Waiting]:
        """Take the acts of the next batch. One list at least comes along, else they would wait for ever."""
        sizes = accumulate(waiting.act.size for waiting in self._lists[:MOST_AT_ONCE])
        lists = max(1, sum(size <= MOST_IN_BATCH for size in sizes))
        batch = self._inbox[:MOST_AT_ONCE] + self._lists[:lists]
        self._inbox, self._lists = self._inbox[MOST_AT_ONCE:], self._lists[lists:]
        return batch

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Write a batch and answer its waiters; a batch that fails by one of its acts is tried again one act at a time."""
        try:
            await self._persist(batch)
        except Unavailable as error:
            log.error("%d acts could not be recorded: %s", len(batch), error)
            for waiting in batch:
                waiting.outcome, waiting.failed = error, True
        except Exception as error:
            if len(batch) > 1:
                log.warning("a batch of %d acts failed and is tried act by act: %r", len(batch), error)
                for waiting in batch:
                    await self._settle([waiting])
                return
            log.exception("an act could not be recorded")
            batch[0].outcome, batch[0].failed = error, True
        for waiting in batch:
            _answer(waiting)

    async def _persist(self, batch: list[_Waiting]) -> None:
        """Write a batch, again where another process was first: one of the two always gets through. Raises Conflict."""
        for tried in range(MOST_ROUNDS):
            try:
                return await self._write(batch)
            except Conflict as conflict:
                log.info("a batch of %d acts is decided again: %s", len(batch), conflict)
                await asyncio.sleep(random.uniform(0, 0.005 * 2**tried))  # noqa: S311  (so that two do not meet again)
        return await self._write(batch)

    async def _write(self, batch: list[_Waiting]) -> None:
        now = self.clock()
        moment = Moment(now, minter(), self.keys, self.policy)
        wants = acts.wants((waiting.act for waiting in batch), self.policy)
        async with self._store.batch() as transaction:
            known = Known(await transaction.load(wants, self._counters, now))
            rows: Rows = {}
            after: list[Claim | Removal] = []
            for waiting in batch:
                self._decide(waiting, known, moment, rows, after)
            if rows:
                self._tell_empty(await transaction.save(list(rows.values()), after))

    def _tell_empty(self, pools: set[str]) -> None:
        for pool in pools - self._empty:
            log.warning("coupon pool %s is empty: 'yesline coupons add %s FILE' fills it", pool, pool)
        self._empty |= pools

    def _counters(self, subjects: list[Subject], tags: set[str]) -> set[str]:
        return acts.counters(subjects, tags, self.policy)

    def _decide(
        self, waiting: _Waiting, known: Known, moment: Moment, rows: Rows, after: list[Claim | Removal]
    ) -> None:
        waiting.failed = False
        try:
            decision = acts.decide(known, waiting.act, moment)
        except Refusal as refusal:
            waiting.outcome, waiting.failed = refusal, True
            return
        waiting.outcome = decision.outcome
        waiting.failed = isinstance(decision.outcome, Refusal)
        for place, row in decision.rows.items():
            known.put(place, row)
        rows.update(decision.rows)
        after.extend(decision.after)
        for draft in decision.events:
            self._write_event(draft, known, moment.now, rows)

    def _write_event(self, draft: Draft, known: Known, now: int, rows: Rows) -> None:
        """Put an event at the end of its subject's chain."""
        subject = known.get(Subject, draft.subject_id)
        assert subject is not None, "events are about subjects that are known or just made"  # noqa: S101
        moved, event, facts = proof.link(self.keys.ledger, subject, draft, now)
        known.put((Subject, moved.id), moved)
        rows[Subject, moved.id] = moved
        rows[Event, (event.subject_id, event.seq)] = event
        rows[EventFacts, (event.subject_id, event.seq)] = facts


def _answer(waiting: _Waiting) -> None:
    if waiting.answer.done():  # who asked has gone away; what they did stands
        return
    if waiting.failed:
        waiting.answer.set_exception(waiting.outcome)
    else:
        waiting.answer.set_result(waiting.outcome)
