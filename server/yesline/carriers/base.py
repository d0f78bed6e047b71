"""What the post office and the doors ask of a carrier, and the words in which carriers answer."""

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

from yesline.records import Reason

Fate = Literal["sent", "delivered", "failed", "rejected", "unknown"]
"""What a receipt tells: on its way, on the phone, lost, refused by a network, or that the carrier will never know."""


class Outgoing(Struct, frozen=True):
    """A text to send. ``reference`` is our id of it, which receipts bring back; ``receipts`` is the address they are sent to."""

    reference: str
    sender: str
    phone: str
    body: str
    receipts: str = ""


class Knock(Struct, frozen=True):
    """A webhook as it came. ``url`` is our public address with the query as it was called: what carriers sign.

    ``headers`` have lower-case names; ``now`` is the time in milliseconds.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    now: int
    method: str = "POST"


class Inbound(Struct, frozen=True):
    """A text from a phone as the carrier tells it.

    ``id`` is the carrier's own, the same on every delivery; ``at`` is the carrier's time in milliseconds, 0 where it tells none.
    ``answered``: the carrier has answered this STOP, START or HELP itself. ``verified`` is False where the webhook's body is not
    signed and the carrier could not be asked: only an opt-out is taken from such a text. ``nonce`` may be spent only once.
    """

    id: str
    phone: str
    sender: str
    body: str
    at: int = 0
    answered: bool = False
    verified: bool = True
    nonce: str = ""


class Delivered(Struct, frozen=True):
    """A receipt. ``reference`` is ours, from the text or from the address called; ``code`` is the vendor's own word for a failure."""

    reference: str
    vendor_id: str
    fate: Fate
    reason: Reason | Literal[""] = ""
    code: str = ""
    at: int = 0


class Answer(Struct, frozen=True):
    """What a carrier wants to hear when its webhook was taken."""

    body: str = ""
    media: str = "text/plain"
    status: int = 200


class Told(Struct, frozen=True):
    """What a genuine webhook tells: nothing, for kinds that are of no interest here."""

    inbound: tuple[Inbound, ...] = ()
    delivered: tuple[Delivered, ...] = ()
    answer: Answer = Answer()


class Carrier(Protocol):
    """A provider of SMS. ``name`` is that of its table in the settings; ``lists`` tells whether ``missed`` can be asked."""

    name: str
    lists: bool

    async def send(self, text: Outgoing) -> str:
        """Send a text and return the carrier's own id of it.

        Raises TextRefused where nothing was sent, TextUncertain where nobody can tell.
        """
        ...

    async def read(self, knock: Knock) -> Told:
        """What a webhook tells, after it was found genuine: nothing of it is read before.

        Raises Refusal: 403 ``signature_wrong`` or ``webhook_stale``, 4xx for what is malformed.
        """
        ...

    async def missed(self, since: int) -> list[Inbound]:
        """The texts from phones that the carrier has kept since a time in milliseconds, oldest first. Raises CarrierError."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...
