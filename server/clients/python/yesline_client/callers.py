"""Sends calls, again where that is safe and of use, and reads lists page by page."""

import random
from collections.abc import Callable, Iterator, Mapping
from time import sleep
from typing import Any, Generic, TypeVar

import httpx2

from yesline_client import calls
from yesline_client.calls import Call, File, Page
from yesline_client.errors import YeslineError, refused

T = TypeVar("T")


class Pages(Generic[T]):
    """A list, read as far as one iterates: ``limit`` says how much one call brings, not where it ends."""

    def __init__(self, read: Callable[[Mapping[str, object]], Page[T]], query: Mapping[str, object]) -> None:
        self._read = read
        self._query = query

    def page(self) -> Page[T]:
        """One part of the list."""
        return self._read(self._query)

    def __iter__(self) -> Iterator[T]:
        page = self.page()
        while page["items"]:
            yield from page["items"]
            if page["next"] is None:
                return
            page = self._read({**self._query, "after": page["next"]})


class Caller:
    """Sends calls to one server with one key."""

    def __init__(self, url: str, key: str, http: httpx2.Client, retries: int) -> None:
        self.http = http
        self._url = url
        self._headers = calls.headers(key)
        self._retries = retries

    def read(self, path: str, query: Mapping[str, object]) -> Any:
        """Ask."""
        return calls.content(self._send(Call("GET", path, query)))

    def write(self, path: str, query: Mapping[str, object], body: Any, once: str | None) -> Any:
        """Have something done, once: ``once`` is the idempotency key."""
        return calls.content(self._send(calls.writing(path, query, body, once)))

    def upload(self, path: str, query: Mapping[str, object], file: File, kind: str, once: str | None) -> Any:
        """Have something done with a file of a media type."""
        return calls.content(self._send(calls.uploading(path, query, file, kind, once)))

    def pages(self, path: str, query: Mapping[str, object], items: str) -> Pages[Any]:
        """A list, whose parts stand in ``items`` of each answer."""
        return Pages(lambda asked: calls.part(self.read(path, asked), items), query)

    def download(self, path: str, query: Mapping[str, object]) -> Iterator[bytes]:
        """A file, part by part: what is not read is not sent."""
        response = self._send(Call("GET", path, query, stream=True))
        try:
            yield from response.iter_bytes()
        except httpx2.TransportError as error:
            raise calls.unreachable(error) from error
        finally:
            response.close()

    def _send(self, call: Call) -> httpx2.Response:
        for tries in range(self._retries):
            try:
                return self._once(call)
            except YeslineError as failure:
                wait = calls.pause(tries, failure, random.random())  # noqa: S311  (only to spread)
                if wait is None:
                    raise
                sleep(wait)
        return self._once(call)

    def _once(self, call: Call) -> httpx2.Response:
        """Raises Unreachable, Refused."""
        content = None if call.file is None else call.chunks()
        request = self.http.build_request(**call.arguments(self._url, self._headers), content=content)
        try:
            response = self.http.send(request, stream=call.stream)
            if not response.is_success:
                response.read()
        except httpx2.TransportError as error:
            raise calls.unreachable(error) from error
        if response.is_success:
            return response
        raise refused(response)
