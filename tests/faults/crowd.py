"""Many people at once, for as long as they are wanted."""

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx2

from tests.faults.evidence import Handset, Told
from tests.faults.people import READING, WRITING, Door, Person, Turned, Way, anything

AT_ONCE = 16
WAYS = (*READING, *WRITING)


class Crowd:
    """People who come one after the other, ``AT_ONCE`` at a time. With ``shared`` numbers several people give the same one."""

    def __init__(self, door: Door, handset: Handset, ways: Sequence[Way], shared: int = 0) -> None:
        self.door = door
        self._handset = handset
        self._ways = ways
        self._shared = shared
        self._numbers = itertools.count()
        self._closing = not ways  # then only those come who are sent for

    async def run(self) -> None:
        """Let people come until ``close``; who is there then comes to an end."""
        await asyncio.gather(*(self._one_after_the_other(place) for place in range(AT_ONCE)))

    def close(self) -> None:
        """Let nobody in any more."""
        self._closing = True

    async def _one_after_the_other(self, place: int) -> None:
        await asyncio.sleep(place * 0.005)
        while not self._closing:
            number = next(self._numbers)
            try:
                await self._come(number)
            except Turned:
                await asyncio.sleep(0.2)  # it stands in told.wrong

    async def _come(self, number: int) -> None:
        if self._shared:
            await anything(self.person(f"+4474001{number % self._shared:05d}"))
        else:
            await self._ways[number % len(self._ways)](self.person(f"+4474001{number:05d}"))

    def person(self, phone: str) -> Person:
        """Somebody with this phone."""
        return Person(self.door, self._handset, phone)

    async def more(self, answers: int, seconds: float = 20) -> bool:
        """Whether so many more answers were given within a generous time."""
        wanted, ends = self.door.answered + answers, time.monotonic() + seconds
        while self.door.answered < wanted and time.monotonic() < ends:  # noqa: ASYNC110  (it counts what others do)
            await asyncio.sleep(0.005)
        return self.door.answered >= wanted


@asynccontextmanager
async def crowding(
    door: tuple[list[str], Told, random.Random], handset: Handset, *, ways: Sequence[Way] = WAYS, shared: int = 0
) -> AsyncIterator[Crowd]:
    """People at the doors of these servers. At the end who has begun comes to an end: a server must be there for that."""
    limits = httpx2.Limits(max_connections=2 * AT_ONCE)
    async with httpx2.AsyncClient(limits=limits, timeout=30) as http:
        crowd = Crowd(Door(http, *door), handset, ways, shared)
        running = asyncio.create_task(crowd.run())
        try:
            yield crowd
            crowd.close()
            await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
