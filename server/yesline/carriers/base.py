"""What the post office and the inbound door ask of a carrier."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Inbound(Struct, frozen=True):
    """A text from a phone as the carrier tells it. ``at`` is the carrier's time in milliseconds, 0 where it tells none."""

    id: str
    phone: str
    sender: str
    body: str
    at: int = 0


class Carrier(Protocol):
    """A provider of SMS."""

    name: str

    async def send(self, sender: str, phone: str, body: str, reference: str) -> str:
        """Send a text and return the carrier's own id of it.

        Raises TextRefused where nothing was sent, TextUncertain where nobody can tell.
        """
        ...

    def read_inbound(self, headers: Mapping[str, str], body: bytes) -> list[Inbound]:
        """The texts in a webhook, after its signature was checked. Raises Refusal."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
