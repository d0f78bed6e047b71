"""What the product's back end is told of, and where. No act decides about these rows: they are written by statements of their own."""

from typing import Literal

from yesline.records.rows import Row

EventType = Literal[
    "subscription.pending",
    "subscription.subscribed",
    "subscription.unsubscribed",
    "subscription.expired",
    "submission.created",
    "inbound.received",
    "profile.erased",
]


class Entry(Row, frozen=True):
    """One line of the feed: an event of the ledger and what it is told as. ``seq`` only grows, and is seen in its order."""

    table = "feed"
    primary = ("seq",)
    seq: int
    subject_id: str
    event_seq: int
    type: str
    at: int


class Endpoint(Row, frozen=True):
    """An address of the back end that is told. ``types`` are words with spaces between; empty means all, those to come too.

    Secrets are kept as they are, since they sign; ``old_secret`` signs too until ``old_until``. ``reason`` says why it is disabled.
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
