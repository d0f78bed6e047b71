"""What delivers an event, by the kind of its endpoint: each of these is one class in a module of its own."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import httpx2
import msgspec

from yesline import __version__
from yesline.post.guarded import Barred
from yesline.records.outgoing import Delivery, Endpoint, Noticed
from yesline.rules.forwarding import Answer, Json

PATIENCE = 20.0
"""Seconds that an endpoint has to answer."""


class Sender(Protocol):
    """Tells endpoints of one kind."""

    async def send(self, to: Endpoint, one: Delivery, told: Noticed, now: int) -> Answer:
        """Make one try."""
        ...


class Wire:
    """Calls endpoints through a client that calls no private network, made when it is needed first: that takes its time."""

    def __init__(self, make: Callable[[], httpx2.AsyncClient]) -> None:
        self._make = make
        self._client: httpx2.AsyncClient | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What an address answers, or why there was no answer."""
        self._client = self._client or self._make()
        headers = {**headers, "user-agent": f"Yesline/{__version__}"}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._client.stream("POST", url, content=body, headers=headers, timeout=PATIENCE) as response,
            ):
                return Answer(response.status_code, response.headers)  # its body is nobody's concern, however long
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(0, why="it did not answer in time")
        except Barred as error:
            return Answer(0, why=f"not called: {error}")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Answer(0, why=f"it could not be reached: {error}"[:200])

    async def post_json(self, url: str, body: Json, authorization: str) -> Answer:
        """As ``post``, with a key."""
        headers = {"content-type": "application/json", "authorization": authorization}
        return await self.post(url, msgspec.json.encode(body), headers)

    async def close(self) -> None:
        """Let go of the client."""
        if self._client:
            await self._client.aclose()
