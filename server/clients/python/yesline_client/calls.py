"""What the sync and the async client have in common: how a call is written, and when it is sent again."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, TypedDict, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2

from yesline_client.errors import Refused, SetupError, Unreachable, YeslineError, refused

T = TypeVar("T")
VERSION = "0.1.0"
LONGEST_PAUSE = 60
"""Seconds. Whoever is asked to wait longer is told so, not kept waiting."""
_AGAIN = (429, 502, 503, 504)
_FIRST_PAUSE = 0.5
_CHUNK = 65_536

File = bytes | BinaryIO
"""What is uploaded. A file is read from where it stands, as often as it must be sent."""


class Page(TypedDict, Generic[T]):
    """A part of a list. ``next`` is what to send as ``after`` for the part behind it, None at the end."""

    items: list[T]
    next: Any


@dataclass(frozen=True)
class Call:
    """One call, however often it is sent."""

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    body: Any = None
    file: File | None = None
    start: int = 0
    stream: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def arguments(self, url: str, always: Mapping[str, str]) -> dict[str, Any]:
        """What an HTTP client takes, but for a file's content."""
        return {
            "method": self.method,
            "url": url + self.path,
            "params": {name: value for name, value in self.query.items() if value is not None},
            "json": self.body,
            "headers": {**always, **self.headers},
        }

    def chunks(self) -> Iterator[bytes]:
        """The file from where it stood, each time."""
        if self.file is None or isinstance(self.file, bytes):
            yield self.file or b""
            return
        self.file.seek(self.start)
        while chunk := self.file.read(_CHUNK):
            yield chunk


def at(path: str, *places: str) -> str:
    """An address with its ids in their places."""
    for place in places:
        if place in ("", ".", ".."):
            raise ValueError(f"{place!r} is no id: the call would be another")
    return path.format(*(quote(place, safe="") for place in places))


def setup(url: str | None, key: str | None) -> tuple[str, str]:
    """The address and the key, from the environment where they are not given. Raises SetupError."""
    url, key = url or os.environ.get("YESLINE_URL", ""), key or os.environ.get("YESLINE_KEY", "")
    if not url.startswith(("http://", "https://")):
        raise SetupError("Say the server's address, with https://, as url or in YESLINE_URL.")
    if not key:
        raise SetupError("Give a key as key or in YESLINE_KEY: 'yesline keys new' makes one.")
    return url.rstrip("/"), key


def writing(path: str, query: Mapping[str, object], body: Any, once: str | None) -> Call:
    """A call that changes something: its key is made once, and kept however often it is sent."""
    return Call("POST", path, query, body, headers={"idempotency-key": once or str(uuid4())})


def uploading(path: str, query: Mapping[str, object], file: File, kind: str, once: str | None) -> Call:
    """A call that hands over a file of a media type."""
    told = {"idempotency-key": once or str(uuid4()), "content-type": kind}
    return Call("POST", path, query, file=file, start=0 if isinstance(file, bytes) else file.tell(), headers=told)


def headers(key: str) -> dict[str, str]:
    """What every call says."""
    return {
        "authorization": f"Bearer {key}",
        "accept": "application/json, */*;q=0.1",
        "user-agent": f"yesline-client-python/{VERSION}",
    }


def unreachable(error: httpx2.TransportError) -> Unreachable:
    """The error of a call that got no answer."""
    return Unreachable(f"The server did not answer: {str(error) or type(error).__name__}")


def part(told: Mapping[str, Any], items: str) -> Page[Any]:
    """The part of a list that an answer holds."""
    return {"items": told[items], "next": told.get("next")}


def content(response: httpx2.Response) -> Any:
    """What an answer says. Raises Refused."""
    try:
        return response.json()
    except ValueError as error:
        raise refused(response) from error


def pause(tries: int, failure: YeslineError, spread: float) -> float | None:
    """Seconds to wait before the call is sent again, after so many tries; None where that is of no use.

    ``spread``, from 0 to 1, keeps many callers from coming at once.
    """
    usual = _FIRST_PAUSE * 2.0**tries * spread
    if isinstance(failure, Unreachable):
        return usual
    if not isinstance(failure, Refused):
        return None
    if failure.status not in _AGAIN and failure.code != "idempotency_in_flight":
        return None
    if failure.retry_after is None:
        return usual
    return None if failure.retry_after > LONGEST_PAUSE else failure.retry_after * (1 + spread / 10)
