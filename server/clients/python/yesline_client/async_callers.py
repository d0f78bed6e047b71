"""See ``callers``: the same for asyncio."""

import random
from asyncio import sleep
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import httpx2

from yesline_client import calls
from yesline_client.calls import Call, File, Page
from yesline_client.errors import YeslineError, refused

T = TypeVar("T")


class AsyncPages(Generic[T]):
    """A list, read as far as one iterates: ``limit`` says how much one call brings, not where it ends."""

    def __init__(self, read: Callable[[Mapping[str, object]], Awaitable[Page[T]]], query: Mapping[str, object]) -> None:
        self._read = read
        self._query = query

    async def page(self) -> Page[T]:
        """One part of the list."""
        return await self._read(self._query)

    async def __aiter__(self) -> AsyncIterator[T]:
        page = await self.page()
        while page["items"]:
            for item in page["items"]:
                yield item
            if page["next"] is None:
                return
            page = await self._read({**self._query, "after": page["next"]})


class AsyncCaller:
    """Sends calls to one server with one key."""

    def __init__(self, url: str, key: str, http: httpx2.AsyncClient, retries: int) -> None:
        self.http = http
        self._url = url
        self._headers = calls.headers(key)
        self._retries = retries

    async def read(self, path: str, query: Mapping[str, object]) -> Any:
        """Ask."""
        return calls.content(await self._send(Call("GET", path, query)))

    async def write(self, path: str, query: Mapping[str, object], body: Any, once: str | None) -> Any:
        """Have something done, once: ``once`` is the idempotency key."""
        return calls.content(await self._send(calls.writing(path, query, body, once)))

    async def upload(self, path: str, query: Mapping[str, object], file: File, kind: str, once: str | None) -> Any:
        """Have something done with a file of a media type."""
        return calls.content(await self._send(calls.uploading(path, query, file, kind, once)))

    def pages(self, path: str, query: Mapping[str, object], items: str) -> AsyncPages[Any]:
        """A list, whose parts stand in ``items`` of each answer."""

        async def part(asked: Mapping[str, object]) -> Page[Any]:
            return calls.part(await self.read(path, asked), items)

        return AsyncPages(part, query)

    async def download(self, path: str, query: Mapping[str, object]) -> AsyncIterator[bytes]:
        """A file, part by part: what is not read is not sent."""
        response = await self._send(Call("GET", path, query, stream=True))
        try:
            async for chunk in response.aiter_bytes():
                yield chunk
        except httpx2.TransportError as error:
            raise calls.unreachable(error) from error
        finally:
            await response.aclose()

    async def _send(self, call: Call) -> httpx2.Response:
        for tries in range(self._retries):
            try:
                return await self._once(call)
            except YeslineError as failure:
                wait = calls.pause(tries, failure, random.random())  # noqa: S311  (only to spread)
                if wait is None:
                    raise
                await sleep(wait)
        return await self._once(call)

    async def _once(self, call: Call) -> httpx2.Response:
        """Raises Unreachable, Refused."""
        content = None if call.file is None else _chunks(call)
        request = self.http.build_request(**call.arguments(self._url, self._headers), content=content)
        try:
            response = await self.http.send(request, stream=call.stream)
            if not response.is_success:
                await response.aread()
        except httpx2.TransportError as error:
            raise calls.unreachable(error) from error
        if response.is_success:
            return response
        raise refused(response)


async def _chunks(call: Call) -> AsyncIterator[bytes]:
    for chunk in call.chunks():
        yield chunk
