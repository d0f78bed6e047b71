"""Telling those who wait that a prompt or submission has changed, once the change is committed."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from yesline.records import Event, Prompt, Row, Submission, Text

OUTBOX = "outbox"
LEDGER = "ledger"
DELIVERIES = "deliveries"
PROGRAMME = "programme"
CLOCK = "clock"
IMPORTS = "imports"


def keys_of(rows: Iterable[Row]) -> set[str]:
    """Whom a batch of saved rows concerns."""
    keys = set()
    for row in rows:
        if isinstance(row, Prompt | Submission):
            keys.add(row.id)
        elif isinstance(row, Text) and row.state == "queued":
            keys.add(OUTBOX)
        elif isinstance(row, Event):
            keys.add(LEDGER)
    return keys


class Changes:
    """Waiters by prompt or submission id, for the outbox, the programme, imports, or the sandbox's clock. A waiter sees every change made after it began to watch, several at once as one."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._closing = False

    @contextmanager
    def watch(self, *keys: str) -> Iterator[asyncio.Event]:
        """An event that is set by each change of one of ``keys`` while the context lasts; who waits clears it."""
        event = asyncio.Event()
        if self._closing:
            event.set()
        for key in keys:
            self._waiting[key].add(event)
        try:
            yield event
        finally:
            for key in keys:
                self._waiting[key].discard(event)
                if not self._waiting[key]:
                    del self._waiting[key]

    def publish(self, *keys: str) -> None:
        """Tell the waiters of these keys."""
        for key in keys:
            for event in self._waiting.get(key, ()):
                event.set()

    def publish_all(self) -> None:
        """Tell everybody: something may have happened that we did not hear of."""
        self.publish(*list(self._waiting))

    @property
    def closing(self) -> bool:
        """Whether the server is going down, so that long answers end by themselves."""
        return self._closing

    def close(self) -> None:
        """Wake everybody for good."""
        self._closing = True
        self.publish_all()
