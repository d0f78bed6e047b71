"""How the carriers' tests drive them: one call on a loop of its own, one answer of a loopback API, one webhook."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.carriers.network import Reply, Request, Webhook
from tests.carriers.recorder import Recorder
from yesline.carriers import http
from yesline.carriers.base import Carrier, Inbound, Knock, Outgoing, Told
from yesline.errors import CarrierError, Refusal

TEXT = Outgoing(
    "ref-7Qk2", "+18445550100", "+14155550123", "Acme: reply Y to join £5 {} ✓", "https://sms.example.com/receipts/k3y"
)
URL = "https://sms.example.com/inbound/k3y"
LATIN = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=60)
"""What Starlette makes of a header: each byte is a character."""

Make = Callable[[str], Carrier]


def now() -> int:
    """The time in milliseconds, which the official checks compare with."""
    return time.time_ns() // 1_000_000


def once(carrier: Carrier, call: Callable[[Carrier], Any]) -> Any:
    """The result of one call of a carrier, which is closed after it."""

    async def run() -> Any:
        try:
            return await call(carrier)
        finally:
            await carrier.close()

    return asyncio.run(run())


def send(make: Make, answer: Callable[[Request], Reply] | Reply, text: Outgoing = TEXT) -> tuple[Any, list[Request]]:
    """What became of a text, an id or an error, and the calls that were made for it."""
    with Recorder(answer if callable(answer) else lambda _: answer) as recorder:
        return attempt(make(recorder.url), text), recorder.requests


def send_slowly(
    make: Make, answer: Callable[[Request], Reply], monkeypatch: pytest.MonkeyPatch, text: Outgoing = TEXT
) -> tuple[Any, int]:
    """What became of a text that the API took and did not answer in time, and how many calls were made for it."""
    monkeypatch.setattr(http, "_TIMEOUTS", httpx2.Timeout(0.3, connect=5))
    over = threading.Event()

    def late(request: Request) -> Reply:
        over.wait(10)
        return answer(request)

    with Recorder(late) as recorder:
        got = attempt(make(recorder.url), text)
        over.set()
        return got, len(recorder.requests)


def attempt(carrier: Carrier, text: Outgoing = TEXT) -> Any:
    """What became of a text: an id or an error."""
    try:
        return once(carrier, lambda c: c.send(text))
    except CarrierError as error:
        return error


def missed(make: Make, answer: Callable[[Request], Reply], since: int) -> tuple[list[Inbound], list[Request]]:
    """The texts a carrier has kept, and the calls that asked for them."""
    with Recorder(answer) as recorder:
        found: list[Inbound] = once(make(recorder.url), lambda c: c.missed(since))
        return found, recorder.requests


def knock(webhook: Webhook, at: int = 0) -> Knock:
    """A webhook as the server hands it over."""
    headers = {name.lower(): value for name, value in webhook.headers.items()}
    return Knock(webhook.url, headers, webhook.body, at or now(), webhook.method)


def read(carrier: Carrier, webhook: Webhook, at: int = 0) -> Told:
    """What a webhook tells. Raises Refusal. The carrier is not closed, so that one can read many."""
    return asyncio.run(carrier.read(knock(webhook, at)))


def refusal(carrier: Carrier, webhook: Webhook, at: int = 0) -> int:
    """The status of a webhook's refusal, 200 where it is taken."""
    try:
        read(carrier, webhook, at)
    except Refusal as error:
        return error.status
    return 200


def refusals(make: Make, answer: Callable[[Request], Reply], webhooks: Iterable[Webhook], at: int = 0) -> list[int]:
    """The status of each webhook, where the carrier's API can be asked."""

    async def read_all(carrier: Carrier) -> list[int]:
        return [await status(carrier, webhook) for webhook in webhooks]

    async def status(carrier: Carrier, webhook: Webhook) -> int:
        try:
            await carrier.read(knock(webhook, at))
        except Refusal as error:
            return error.status
        return 200

    with Recorder(answer) as recorder:
        statuses: list[int] = once(make(recorder.url), read_all)
        return statuses


def nobody() -> str:
    """An address on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def with_header(webhook: Webhook, name: str, value: str | None) -> Webhook:
    """A webhook with one header changed, or without it."""
    rest = {key: old for key, old in webhook.headers.items() if key.lower() != name.lower()}
    return replace(webhook, headers=rest if value is None else rest | {name: value})


def flipped(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Data with one bit changed: in its first, its middle and its last byte."""
    for place in sorted({0, len(data) // 2, len(data) - 1}):
        changed = bytes(byte ^ (1 if at == place else 0) for at, byte in enumerate(data))
        yield f"bit of byte {place}", changed


def altered_header(webhook: Webhook, name: str) -> Iterator[tuple[str, Webhook]]:
    """A webhook with bits of one header changed, with a byte beyond ASCII in it, and without it."""
    value = next(old for key, old in webhook.headers.items() if key.lower() == name.lower())
    for what, changed in flipped(value.encode("latin-1")):
        yield f"{name}: {what}", with_header(webhook, name, changed.decode("latin-1"))
    yield f"{name}: 0xE9", with_header(webhook, name, value[:5] + "\xe9" + value[6:])
    yield f"{name}: only 0xE9", with_header(webhook, name, "\xe9")
    yield f"{name}: missing", with_header(webhook, name, None)
    yield f"{name}: empty", with_header(webhook, name, "")


def wire(request: Request, *names: str) -> tuple[Any, ...]:
    """What of a call must equal the official SDK's: method, path and some headers."""
    media = re.sub(r"; *charset=utf-8$", "", request.headers.get("content-type", ""), flags=re.IGNORECASE)
    return request.method, request.target, media, *(request.headers.get(name) for name in names)
