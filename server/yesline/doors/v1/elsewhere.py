"""What the routes of the native API take and answer whose doors stand elsewhere."""

from typing import Any, Literal

from msgspec import Struct

from yesline.doors.api import DecideBody, ExplainBody, Item
from yesline.doors.feed import FeedQuery, Lines
from yesline.doors.v1.operation import Operation
from yesline.doors.webhooks import NewEndpoint, ReplayBody, Shown, ShownDelivery, WithSecret
from yesline.rules.explaining import Explained


class ReviewItems(Struct, frozen=True):
    """Texts that wait for a person, at most 1,000."""

    items: tuple[Item, ...]


class Decided(Struct, frozen=True):
    """A text that a person has read. ``already``: it had been decided so before."""

    id: str
    state: Literal["stopped", "dismissed"]
    already: bool


class Experiment(Struct, frozen=True):
    """What the variants of a form have brought since a day."""

    form: str
    since: str
    variants: list[dict[str, Any]]
    note: str


class Endpoints(Struct, frozen=True):
    """Who is told of events, without the secrets."""

    items: tuple[Shown, ...]


class Deliveries(Struct, frozen=True):
    """What went to an endpoint or is to go, newest first."""

    items: tuple[ShownDelivery, ...]


class Replayed(Struct, frozen=True):
    """How many events are delivered again; ``next`` is where to go on, null at the end."""

    replayed: int
    next: int | None


class SinceQuery(Struct, frozen=True):
    """The first day that counts, as 2026-05-01."""

    since: str | None = None


OPERATIONS = (
    Operation("GET", "/v1/review", "review", "Texts that wait for a person", ReviewItems),
    Operation("POST", "/v1/review/{id}/stop", "review", "It was a wish to stop", Decided, body=DecideBody),
    Operation("POST", "/v1/review/{id}/dismiss", "review", "It was none", Decided, body=DecideBody),
    Operation(
        "POST", "/v1/inbound/explain", "inbound", "What a text would do", Explained, body=ExplainBody, needs_body=True
    ),
    Operation("GET", "/v1/forms/{form}/experiment", "forms", "How variants of a form do", Experiment, query=SinceQuery),
    Operation("GET", "/v1/events", "events", "What happened, in its order", Lines, query=FeedQuery),
    Operation("GET", "/v1/webhooks", "webhooks", "Who is told of events", Endpoints),
    Operation(
        "POST",
        "/v1/webhooks",
        "webhooks",
        "Tell somebody of events",
        WithSecret,
        body=NewEndpoint,
        needs_body=True,
        status=201,
    ),
    Operation("POST", "/v1/webhooks/{id}/rotate", "webhooks", "A new secret for an endpoint", WithSecret),
    Operation("POST", "/v1/webhooks/{id}/enable", "webhooks", "Tell an endpoint again", Shown),
    Operation("POST", "/v1/webhooks/{id}/disable", "webhooks", "Tell an endpoint no more", Shown),
    Operation("GET", "/v1/webhooks/{id}/deliveries", "webhooks", "What went to an endpoint", Deliveries),
    Operation(
        "POST",
        "/v1/webhooks/{id}/replay",
        "webhooks",
        "Deliver events again",
        Replayed,
        body=ReplayBody,
        needs_body=True,
    ),
)
