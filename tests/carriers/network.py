"""The outer edge: a carrier's network as our server meets it, for each carrier in ``tests/carriers/<carrier>_network.py``.

Requests are read as the carrier documents them; webhooks are signed by the carrier's official SDK where it can sign or by
its documented rule where it only verifies, and then checked with the SDK.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct


class Request(Struct, frozen=True):
    """A call that reached the recorder. ``target`` is path and query; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Reply(Struct, frozen=True):
    """What the recorder answers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}


class Sent(Struct, frozen=True):
    """A text that our server sent, as read from its request. ``receipts`` is the address it asked receipts to go to."""

    reference: str
    phone: str
    sender: str
    body: str
    vendor_id: str
    receipts: str = ""


class Webhook(Struct, frozen=True):
    """A call that the carrier makes to us."""

    url: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"


class Network(Protocol):
    """One carrier. It holds what an account there has: keys, numbers, messages."""

    kind: str
    sender: str

    def settings(self, api: str) -> Mapping[str, Any]:
        """The carrier's table in the settings; ``api`` is the recorder's address, used as the API's base."""
        ...

    def answer(self, request: Request) -> Reply:
        """The API's documented answer to any call our server makes: sends, look-ups, lists, certificates."""
        ...

    def sent(self, request: Request) -> Sent | None:
        """The text in a request, or None where it was another call."""
        ...

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """A genuine webhook for a text from a phone; it is also kept, for look-ups and lists. ``at`` is in milliseconds."""
        ...

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """A genuine receipt; ``fate`` is delivered, failed or opted_out."""
        ...

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """Altered and stale versions of a webhook: (what was done, the webhook, the status it must get)."""
        ...


def network_of(kind: str) -> Network:
    """A new account's network."""
    made: Network = importlib.import_module(f"tests.carriers.{kind}_network").make()
    return made
