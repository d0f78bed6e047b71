"""What calls take and answer. Made from the OpenAPI document: scripts/clients writes it anew."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class GroupItem(TypedDict):
    """A programme one can opt in to. ``window_days`` is how long a prompt may be answered."""

    id: str
    name: str
    sends: str
    frequency: str
    channel: Literal["email", "sms"]
    opt_in: Literal["double", "single"]
    consent: Literal["by_country", "optional", "required"]
    window_days: int
    languages: list[str]
    senders: list[str]


class SenderItem(TypedDict):
    """What a group texts from. ``backup``: it takes over where the first cannot be reached."""

    address: str
    group: str
    carrier: str
    backup: bool
    two_way: bool
    per_second: int
    countries: list[str]


class FormItem(TypedDict):
    """A form in use, by the hash of its version, and since when that is."""

    id: str
    group: str
    version: str
    applied_at: str
    theme: str
    display: str
    languages: list[str]
    methods: list[Literal["code", "link", "reply"]]
    countries: list[str]


class VersionItem(TypedDict):
    """A version of a form by its hash, the time from which it is kept, and whether it is in use."""

    version: str
    created_at: str
    current: bool


class Subscriber(TypedDict):
    """A number, or an e-mail address, and how it stands in every group that knows it. ``stopped``: it said STOP to the brand."""

    id: str
    phone: str | None
    email: str | None
    created_at: str
    stopped: bool
    groups: list[GroupState]


class GroupState(TypedDict):
    """The state of a number or an address in one group. ``stopped``: nothing may be sent to it, whatever the state."""

    group: str
    state: Literal["pending", "subscribed", "unknown", "unsubscribed"]
    stopped: bool
    since: str
    language: str


class HistoryEvent(TypedDict):
    """A line of the ledger. ``before`` and ``after`` are states; ``facts`` is null where it was erased."""

    seq: int
    at: str
    kind: Literal[
        "confirmed",
        "corrected",
        "erased",
        "expired",
        "held",
        "noted",
        "refused",
        "requested",
        "restarted",
        "stopped",
        "subscribed",
        "texted",
        "unsubscribed",
    ]
    source: Literal["api", "carrier", "clock", "code", "form", "import", "keyword", "link", "reply", "restore", "staff"]
    group: str
    before: str
    after: str
    facts: dict[str, str] | None
    hash: str


class Ended(TypedDict):
    """A subscriber that was stopped or erased. ``already``: it had been before."""

    id: str
    already: bool


class EndBody(TypedDict):
    """Who wanted it, where it is another than the key's name."""

    by: NotRequired[str | None]


class SubscriptionState(TypedDict):
    """How a subscriber stands in a group now."""

    subscriber: str
    group: str
    state: Literal["pending", "subscribed", "unknown", "unsubscribed"]
    stopped: bool
    since: str
    language: str


class SubscriptionBody(TypedDict):
    """The state somebody is to have in a group: one of ``phone``, ``email`` and ``external_id`` says who.

    ``ask``: the phone is to say yes first. ``language`` is the one to ask in.
    """

    group: str
    state: Literal["subscribed", "unsubscribed"]
    phone: NotRequired[str | None]
    """A number with its country code, as +12015550123."""
    email: NotRequired[str | None]
    external_id: NotRequired[str | None]
    ask: NotRequired[bool]
    language: NotRequired[str | None]
    consent: NotRequired[ConsentGiven | None]


class ConsentGiven(TypedDict):
    """The words, or the form and its version, where, when and by what act. It goes into the ledger."""

    text: NotRequired[str]
    form: NotRequired[str]
    version: NotRequired[str]
    page: NotRequired[str]
    address: NotRequired[str]
    agent: NotRequired[str]
    at: NotRequired[str]
    act: NotRequired[str]


class SubmissionItem(TypedDict):
    """One person's attempt on one form. ``void``: the prompt was closed by a STOP, a no, or another that took its place."""

    id: str
    form: str
    version: str
    subscriber: str
    phone: str | None
    state: Literal["confirmed", "expired", "pending", "void"]
    created_at: str


class Message(TypedDict):
    """A text. ``reason`` is why it did not arrive in our words, ``code`` in the carrier's; ``parts`` is what it cost in segments."""

    id: str
    direction: Literal["in", "out"]
    kind: Literal["already", "confirmation", "help", "inbound", "other", "prompt", "reply", "review", "stop"]
    state: Literal[
        "delivered", "dropped", "failed", "queued", "received", "rejected", "sending", "sent", "uncertain", "unknown"
    ]
    subscriber: str
    phone: str | None
    group: str
    sender: str
    language: str
    body: str
    parts: int
    reason: str
    code: str
    created_at: str
    told_at: str | None


class ImportItem(TypedDict):
    """An import. ``rows`` are those that were read; ``accepted`` and ``refused`` make them up. ``sha256`` is of the file's content.

    ``percent`` is how much of the file was read; ``left_alone`` are its columns that are not. ``message`` says why it failed.
    """

    id: str
    state: Literal["cancelled", "done", "failed", "running", "waiting"]
    file: str
    sha256: str
    group: str
    dry_run: bool
    percent: int
    rows: int
    accepted: int
    refused: int
    left_alone: list[str]
    started_at: str
    ended_at: str | None
    message: str


class KeyItem(TypedDict):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: str
    revoked_at: str | None


class NewKey(TypedDict):
    """A key that was just made: this is the only time that its ``secret`` is shown."""

    id: str
    name: str
    scopes: list[str]
    created_at: str
    secret: str


class KeyBody(TypedDict):
    """What will use the key, and what it may do."""

    name: str
    scopes: list[
        Literal[
            "catalogue",
            "erase",
            "events",
            "exports",
            "forms",
            "imports",
            "inbound",
            "keys",
            "messages",
            "review",
            "sms.invalid_phone_numbers",
            "sms.invalid_phone_numbers.remove",
            "subscribers",
            "subscription.groups.get",
            "subscription.status.get",
            "subscription.status.set",
            "subscriptions",
            "users.alias.new",
            "users.delete",
            "users.export.ids",
            "users.identify",
            "users.track",
            "webhooks",
        ]
    ]


class ReviewItem(TypedDict):
    """A text that waits for a person. While one that ``holds`` is open, nothing is sent to its number."""

    id: str
    phone: str
    group: str
    text: str
    holds: bool
    opened_at: str


class Decided(TypedDict):
    """A text that a person has read. ``already``: it had been decided so before."""

    id: str
    state: Literal["dismissed", "stopped"]
    already: bool


class DecideBody(TypedDict):
    """Who has read it, where it is another than the key's name."""

    by: NotRequired[str | None]


class Explained(TypedDict):
    """What a text means, and why. ``would`` says what is done; ``why`` has one step a line."""

    meaning: str
    tier: str
    clear: bool
    language: str
    word: str
    name: str
    would: str
    why: list[str]


class ExplainBody(TypedDict):
    """A text, and whom it is texted to: a group, or one of its senders."""

    text: str
    group: NotRequired[str | None]
    sender: NotRequired[str | None]


class Experiment(TypedDict):
    """What the variants of a form have brought since a day."""

    form: str
    since: str
    variants: list[dict[str, Any]]
    note: str


class FeedEvent(TypedDict):
    """An event of the feed, with its number."""

    seq: int
    type: str
    timestamp: str
    data: EventData


class EventData(TypedDict):
    """An event as it is told. ``id`` is the same wherever and however often the event is told.

    What was erased is null; ``left`` are the groups that a STOP ended; ``text`` is what a phone has texted. Of a text that was sent ``kind`` is
    what kind of text, ``state`` what became of it; ``reason`` is why it did not arrive, ``parts`` what it cost in segments, ``vendor_id``
    the carrier's id of it.
    """

    id: str
    subject: str
    group: str
    kind: str
    source: str
    before: str
    state: str
    phone: str | None
    email: str | None
    language: str | None
    submission: str | None
    left: list[str]
    text: str | None
    sender: str | None
    reason: str | None
    parts: int | None
    vendor_id: str | None


class Endpoint(TypedDict):
    """An endpoint as it is shown. ``types`` is empty for all; ``reason`` says why it is disabled. ``url`` of files is their folder."""

    id: str
    kind: Literal["braze", "file", "segment", "webhook"]
    url: str
    types: list[str]
    state: str
    reason: str
    created_at: str
    groups: dict[str, str]


class EndpointWithSecret(TypedDict):
    """An endpoint with the secret that signs from now on, which is shown this once. Another system's key is never shown: it is null."""

    id: str
    kind: Literal["braze", "file", "segment", "webhook"]
    url: str
    types: list[str]
    state: str
    reason: str
    created_at: str
    groups: dict[str, str]
    secret: str | None


class NewEndpoint(TypedDict):
    """Where to tell, and of which types of event: all, those to come too, where none is named.

    ``key`` is what another system asks for; ``groups`` are the ids that our groups have at Braze. Files are for the command alone: no caller
    chooses where this machine writes.
    """

    url: str
    types: NotRequired[
        list[
            Literal[
                "inbound.received",
                "message.delivered",
                "message.failed",
                "profile.erased",
                "submission.created",
                "subscription.expired",
                "subscription.pending",
                "subscription.subscribed",
                "subscription.unsubscribed",
            ]
        ]
    ]
    kind: NotRequired[Literal["braze", "segment", "webhook"]]
    key: NotRequired[str | None]
    groups: NotRequired[dict[str, str]]


class RotateBody(TypedDict):
    """Another system's new key. It is left out for a webhook, whose secret is made here."""

    key: NotRequired[str | None]


class Delivery(TypedDict):
    """A delivery as it is shown. ``id`` is its ``webhook-id``, ``event`` the number in the feed; ``tried_at`` is null before the first try."""

    id: str
    event: int
    state: str
    tries: int
    status: int
    reason: str
    tried_at: str | None
    due_at: str | None


class Replayed(TypedDict):
    """How many events are delivered again; ``next`` is where to go on, null at the end."""

    replayed: int
    next: int | None


class ReplayBody(TypedDict):
    """What to deliver again: the events after a number of the feed, or one delivery."""

    since: NotRequired[int | None]
    delivery: NotRequired[str | None]


class FormsExperimentQuery(TypedDict):
    """What ``forms.experiment`` may ask for."""

    since: NotRequired[str]


class SubscribersListQuery(TypedDict):
    """What ``subscribers.list`` may ask for."""

    after: NotRequired[str]
    limit: NotRequired[int]
    phone: NotRequired[str]
    """A number with its country code, as +12015550123."""
    email: NotRequired[str]
    external_id: NotRequired[str]
    group: NotRequired[str]
    state: NotRequired[Literal["pending", "stopped", "subscribed", "unsubscribed"]]


class SubscribersHistoryQuery(TypedDict):
    """What ``subscribers.history`` may ask for."""

    after: NotRequired[str]
    limit: NotRequired[int]


class SubmissionsListQuery(TypedDict):
    """What ``submissions.list`` may ask for."""

    after: NotRequired[str]
    limit: NotRequired[int]
    form: NotRequired[str]


class MessagesListQuery(TypedDict):
    """What ``messages.list`` may ask for."""

    after: NotRequired[str]
    limit: NotRequired[int]
    phone: NotRequired[str]
    """A number with its country code, as +12015550123."""


class ImportsListQuery(TypedDict):
    """What ``imports.list`` may ask for."""

    after: NotRequired[str]
    limit: NotRequired[int]


class ImportsCreateQuery(TypedDict):
    """What ``imports.create`` may ask for."""

    group: NotRequired[str]
    name: NotRequired[str]
    source: NotRequired[str]
    date: NotRequired[str]
    country: NotRequired[str]
    there: NotRequired[str]
    dry_run: NotRequired[bool]
    again: NotRequired[bool]


class ImportsRefusalsQuery(TypedDict):
    """What ``imports.refusals`` may ask for."""

    format: NotRequired[Literal["", "csv", "ndjson"]]


class ExportsSubscribersQuery(TypedDict):
    """What ``exports.subscribers`` may ask for."""

    group: NotRequired[str]
    format: NotRequired[Literal["", "csv", "ndjson"]]
    spreadsheet: NotRequired[bool]


class EventsListQuery(TypedDict):
    """What ``events.list`` may ask for."""

    after: NotRequired[int]
    limit: NotRequired[int]


class Event(TypedDict):
    """An event as a webhook tells it. ``timestamp`` is when it happened."""

    type: str
    timestamp: str
    data: EventData
