"""Driving a server at a steady rate, to see its delay below its limit.

Requests are due at even steps of time whether or not earlier ones are answered; the delay counts from when a request was due, so
that a stall is not hidden by the requests it kept from being sent.
"""

import asyncio
import statistics
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import uvloop

from bench.running import HOST, Server
from bench.wrk import CONNECTIONS

_PATIENCE = 20.0


@dataclass(frozen=True)
class Pace:
    """Delays of a paced drive in milliseconds; ``good`` counts 2xx answers."""

    asked: int
    good: int
    p50: float
    p99: float

    @property
    def spread(self) -> float:
        """How many times the median the slowest hundredth takes."""
        return self.p99 / self.p50


class _Connection(asyncio.Protocol):
    """One kept-alive connection with one request under way."""

    def __init__(self, crew: "_Crew") -> None:
        self._crew = crew
        self._got = b""
        self._due = 0.0
        self._line: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line = cast("asyncio.Transport", transport)  # uvloop's own transports are of another class
        self._crew.idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self in self._crew.idle:  # a server hangs up on who has asked nothing for some seconds
            self._crew.idle.remove(self)

    def ask(self, request: bytes, due: float) -> None:
        """Send a request that was due at this moment of the loop's clock."""
        self._due = due
        self._line.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self._got = b""
            self._crew.answered(self, self._due, head)

    def close(self) -> None:
        """Hang up."""
        self._line.close()


class _Crew:
    """The connections, the requests that wait for one, and the answers."""

    def __init__(self, count: int) -> None:
        self.all_answered = asyncio.Event()
        self._count = count
        self.idle: list[_Connection] = []
        self.delays: list[float] = []
        self.good = 0
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._loop = asyncio.get_running_loop()

    def ask(self, request: bytes, due: float) -> None:
        """Send by an idle connection, or as soon as there is one."""
        if self.idle:
            self.idle.pop().ask(request, due)
        else:
            self._waiting.append((request, due))

    def answered(self, connection: _Connection, due: float, head: bytes) -> None:
        """Note an answer and give its connection the next request."""
        self.delays.append((self._loop.time() - due) * 1000)
        self.good += head[9:10] == b"2"
        if len(self.delays) == self._count:
            self.all_answered.set()
        if self._waiting:
            connection.ask(*self._waiting.popleft())
        else:
            self.idle.append(connection)


async def _pace(server: Server, requests: Iterator[bytes], rate: float, count: int) -> Pace:
    loop = asyncio.get_running_loop()
    crew = _Crew(count)
    lines = [await loop.create_connection(lambda: _Connection(crew), HOST, server.port) for _ in range(CONNECTIONS)]
    begin = loop.time() + 0.1
    for place in range(count):
        due = begin + place / rate
        if (early := due - loop.time()) > 0:
            await asyncio.sleep(early)
        crew.ask(next(requests), due)
    with suppress(TimeoutError):
        await asyncio.wait_for(crew.all_answered.wait(), _PATIENCE)
    for _, connection in lines:
        connection.close()
    found = statistics.quantiles(crew.delays, n=100)
    return Pace(count, crew.good, found[49], found[98])


def pace(server: Server, requests: Iterator[bytes], rate: float, seconds: float) -> Pace:
    """Send so many requests a second for so long."""
    return uvloop.run(_pace(server, requests, rate, int(rate * seconds)))
