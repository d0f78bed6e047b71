"""What the product's back end is told of, and where. No act decides about these rows: they are written by statements of their own."""

from typing import Literal

import msgspec
from msgspec import Struct

from yesline.records.rows import Event, Row, TextKind, TextState

EventType = Literal[
    "subscription.pending",
    "subscription.subscribed",
    "subscription.unsubscribed",
    "subscription.expired",
    "submission.created",
    "inbound.received",
    "message.delivered",
    "message.failed",
    "profile.erased",
]
Kind = Literal["webhook", "braze", "segment", "file"]
"""How an endpoint is told: as our own webhook, in the words of another system, or by a file."""


class Entry(Row, frozen=True):
    """One line of the feed: an event of the ledger, or (where ``text_id`` is not empty and ``event_seq`` is 0) what became of a text.

    ``type`` is what it is told as; ``seq`` only grows, and is seen in its order.
    """

    table = "feed"
    primary = ("seq",)
    seq: int
    subject_id: str
    event_seq: int
    type: str
    at: int
    text_id: str = ""


class Carried(Struct, frozen=True):
    """What became of a text, as far as it is told. ``at`` is when the carrier told it, or when the send began that came to nothing."""

    id: str
    subject_id: str
    group_id: str
    kind: TextKind
    state: TextState
    sender: str
    language: str
    reason: str
    vendor_id: str
    parts: int
    at: int


class Noticed(Struct, frozen=True):
    """An entry of the feed with what stands beside it now: ``facts`` is None where they were erased."""

    seq: int
    type: str
    about: Event | Carried
    facts: str | None
    phone: str | None
    email: str | None
    language: str | None


class Person(Struct, frozen=True):
    """What a number's profile is called elsewhere: its external id, else one of its aliases as (label, name)."""

    external_id: str | None = None
    alias: tuple[str, str] | None = None


class Options(Struct, frozen=True, omit_defaults=True):
    """How a forwarder tells. ``groups`` are the ids that our groups of numbers have there, ``email_groups`` those of addresses.

    ``csv`` and ``spreadsheet`` say how a file is written.
    """

    groups: dict[str, str] = {}
    email_groups: dict[str, str] = {}
    csv: bool = False
    spreadsheet: bool = False


_read_options = msgspec.json.Decoder(Options).decode


class Endpoint(Row, frozen=True):
    """Who is told. ``types`` are words with spaces between; empty means all, those to come too. ``options`` is a JSON object.

    ``url`` is the address of a webhook, the base of another system's API, or the folder of files. Secrets are kept as they are, since they
    sign, or are another system's key; ``old_secret`` signs too until ``old_until``. ``reason`` says why it is disabled.
    """

    table = "webhook_endpoint"
    primary = ("id",)
    id: str
    url: str
    types: str
    secret: str
    old_secret: str
    old_until: int
    state: Literal["enabled", "disabled"]
    reason: str
    created_at: int
    changed_at: int
    kind: Kind = "webhook"
    options: str = "{}"

    @property
    def told_how(self) -> Options:
        """The options."""
        return _read_options(self.options)

    def wants(self, kind: str) -> bool:
        """Whether it is told of events of this type."""
        return not self.types or kind in self.types.split()


class Delivery(Row, frozen=True):
    """One event on its way to one endpoint; ``id`` is the ``webhook-id``, the same on every try.

    ``status`` is what the endpoint answered last, 0 for no answer, and ``reason`` why that was no success. ``uncertain`` is one that waited
    in a backup: it may have been delivered since.
    """

    table = "webhook_delivery"
    primary = ("id",)
    id: str
    endpoint_id: str
    feed_seq: int
    subject_id: str
    state: Literal["waiting", "delivered", "failed", "uncertain"]
    due_at: int
    tries: int
    status: int
    reason: str
    told_at: int
