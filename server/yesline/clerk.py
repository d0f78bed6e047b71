"""The clerk: the only way to change consent.

Acts that arrive while a batch is being written wait and make up the next one. A batch is loaded in one go, decided in memory in
the order of arrival, saved in one transaction and committed before anybody is answered (group commit).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from yesline.errors import Refusal
from yesline.records import Act, Decision, Row, Subject
from yesline.rules import acts, proof
from yesline.rules.abuse import Policy
from yesline.rules.desk import Known, Moment, key_of
from yesline.rules.signing import Keys, mint
from yesline.store.base import Batch, Store

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64


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
        self._working: asyncio.Task[None] | None = None

    async def record(self, act: Act) -> Any:
        """Record one act and return its outcome, which is on disk by then. Raises Refusal where the rules refuse."""
        waiting = _Waiting(act, asyncio.get_running_loop().create_future())
        self._inbox.append(waiting)
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
        try:
            while self._inbox:
                batch, self._inbox = self._inbox[:MOST_AT_ONCE], self._inbox[MOST_AT_ONCE:]
                await self._settle(batch)
        finally:
            self._working = None

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Write a batch and answer its waiters; a batch that fails is tried again one act at a time."""
        try:
            await self._write(batch)
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

    async def _write(self, batch: list[_Waiting]) -> None:
        now = self.clock()
        moment = Moment(now, mint, self.keys, self.policy)
        wants = acts.wants((waiting.act for waiting in batch), self.keys, self.policy)
        async with self._store.batch() as transaction:
            known = Known(await transaction.load(wants, self._counters, now))
            rows: dict[tuple[type[Row], tuple[Any, ...]], Row] = {}
            for waiting in batch:
                self._decide(waiting, known, moment, rows)
            await _save(transaction, list(rows.values()))

    def _counters(self, subjects: list[Subject], tags: set[str]) -> set[str]:
        return acts.counters(subjects, tags, self.policy)

    def _decide(
        self, waiting: _Waiting, known: Known, moment: Moment, rows: dict[tuple[type[Row], tuple[Any, ...]], Row]
    ) -> None:
        waiting.failed = False
        try:
            decision = acts.decide(known, waiting.act, moment)
        except Refusal as refusal:
            waiting.outcome, waiting.failed = refusal, True
            return
        waiting.outcome = decision.outcome
        waiting.failed = isinstance(decision.outcome, Refusal)
        for row in self._with_events(decision, known, moment.now):
            rows[type(row), key_of(row)] = row
            known.put(row)

    def _with_events(self, decision: Decision, known: Known, now: int) -> Sequence[Row]:
        """The decision's rows and its events, each at the end of its subject's chain."""
        rows = list(decision.rows)
        decided = {row.id: row for row in rows if isinstance(row, Subject)}
        for draft in decision.events:
            subject = decided.get(draft.subject_id) or known.get(Subject, draft.subject_id)
            assert subject is not None, "events are about subjects that are known or just made"  # noqa: S101
            decided[subject.id], event, facts = proof.link(self.keys.ledger, subject, draft, now)
            rows += (event, facts)
        return [*decided.values(), *(row for row in rows if not isinstance(row, Subject))]


async def _save(transaction: Batch, rows: list[Row]) -> None:
    if rows:
        await transaction.save(rows)


def _answer(waiting: _Waiting) -> None:
    if waiting.answer.done():  # who asked has gone away; what they did stands
        return
    if waiting.failed:
        waiting.answer.set_exception(waiting.outcome)
    else:
        waiting.answer.set_result(waiting.outcome)
