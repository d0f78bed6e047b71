"""Rows: what is kept. Times are milliseconds since 1970, UTC."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, Literal, Self

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

State = Literal["unknown", "pending", "subscribed", "unsubscribed"]
PromptState = Literal["open", "confirmed", "expired", "void"]
TextState = Literal[
    "queued", "sending", "sent", "delivered", "failed", "rejected", "unknown", "uncertain", "dropped", "received"
]
TextKind = Literal["prompt", "already", "confirmation", "stop", "help", "reply", "other", "review", "inbound"]
ImportState = Literal["", "waiting", "running", "done", "failed", "cancelled"]
"""Empty for those of before imports had one: such an import is done where it ended."""
Source = Literal["form", "reply", "code", "link", "keyword", "carrier", "clock", "restore", "staff", "api", "import"]
EventKind = Literal[
    "requested",
    "confirmed",
    "subscribed",
    "unsubscribed",
    "refused",
    "corrected",
    "expired",
    "stopped",
    "restarted",
    "held",
    "texted",
    "noted",
    "erased",
]

Reason = Literal[
    "invalid_number",  # there is no such number, or it is not in use any more
    "not_mobile",  # a landline, or a kind of number that gets no texts
    "unreachable",  # switched off, out of range, mailbox full: until the carrier gave up
    "opted_out",  # on the carrier's own stop list
    "blocked",  # filtered on the way, as spam or for its content
    "unregistered",  # the sender lacks a campaign, a verification or a registration
    "country",  # this account or sender may not send there
    "sender",  # the sender is not ours, or not fit for this
    "content",  # empty, too long, or with characters the carrier refuses
    "no_credit",
    "credentials",
    "rate_limited",
    "carrier_down",
    "carrier_error",  # any other failure of the carrier's own
]
"""Why a text did not arrive, in one vocabulary for all carriers; the vendor's own word stands beside it."""

BRAND_WIDE = "*"


_read_hits = msgspec.json.Decoder(tuple[tuple[int, int], ...]).decode


class Row(Struct, frozen=True):
    """Something kept. ``table`` and ``primary`` say where, so that the store can save any row by its type."""

    table: ClassVar[str]
    primary: ClassVar[tuple[str, ...]]
    append_only: ClassVar[bool] = False
    identity: ClassVar[Callable[[Any], Any]]

    def __init_subclass__(cls) -> None:
        cls.identity = attrgetter(*cls.primary)

    def columns(self) -> tuple[Any, ...]:
        """The values to keep, in the order of the fields."""
        return astuple(self)

    @classmethod
    def read(cls, *columns: Any) -> Self:
        """The row that was kept as these values."""
        return cls(*columns)


class Subject(Row, frozen=True):
    """Whoever a number belongs to, or an e-mail address, under a random id that outlives the erasure of either.

    ``tag`` is the keyed hash of the number or address; ``events`` and ``head`` are the length and last hash of its ledger chain.
    """

    table = "subject"
    primary = ("id",)
    id: str
    tag: str | None
    phone: str | None
    created_at: int
    events: int = 0
    head: str = ""
    email: str = ""


class Subscription(Row, frozen=True):
    """The state of one number in one group; ``previous`` is what it falls back to when a prompt comes to nothing.

    ``language`` is the one last spoken with it, empty where none is known.
    """

    table = "subscription"
    primary = ("subject_id", "group_id")
    subject_id: str
    group_id: str
    state: State
    previous: State
    since: int
    language: str = ""


class Prompt(Row, frozen=True):
    """One question put to a phone, and what may answer it.

    ``generation`` counts the codes made for it, the newest alone is good until ``code_until``; ``host`` is the page's
    host for the origin-bound code line; ``submission_id`` is the submission that opened it, if a form did. ``coupon`` is what a yes
    is thanked with, to be told only then; where it comes from a pool it is empty until then.
    """

    table = "prompt"
    primary = ("id",)
    id: str
    subject_id: str
    group_id: str
    sender: str
    purpose: Literal["join", "already"]
    language: str
    methods: str
    host: str
    submission_id: str | None
    state: PromptState
    generation: int
    tries: int
    opened_at: int
    code_until: int
    closes_at: int
    coupon_pool: str = ""
    coupon: str = ""


class Submission(Row, frozen=True):
    """One person's attempt on one form. ``digest`` is of the body, so that the same id with another body is noticed."""

    table = "submission"
    primary = ("id",)
    id: str
    form_id: str
    version: str
    subject_id: str
    prompt_id: str
    digest: str
    resend_at: int
    created_at: int


class Text(Row, frozen=True):
    """A text in or out; rows that wait in state ``queued`` are the outbox. Codes and links in ``body`` are masked.

    ``due_at`` is when it may go, ``drop_at`` when it is too late to send; ``tried_at`` when a send last started. ``reason`` is in
    our own words, ``code`` is the carrier's; ``name`` is the category of a reply; ``parts`` is what it cost in segments;
    ``told_at`` is when the carrier last told what became of it.
    """

    table = "text"
    primary = ("id",)
    id: str
    kind: TextKind
    state: TextState
    subject_id: str
    group_id: str
    sender: str
    prompt_id: str | None
    generation: int
    language: str
    priority: int
    created_at: int
    due_at: int
    drop_at: int
    tried_at: int = 0
    tries: int = 0
    reason: str = ""
    vendor_id: str = ""
    body: str = ""
    name: str = ""
    code: str = ""
    parts: int = 0
    told_at: int = 0


class Suppression(Row, frozen=True):
    """A number that said STOP, by keyed hash. In force while ``lifted_at`` is 0; never expires."""

    table = "suppression"
    primary = ("tag",)
    tag: str
    stopped_at: int
    lifted_at: int
    source: str


class GroupSuppression(Row, frozen=True):
    """A number that said STOP to one group, where a STOP is for the group it was said to. Otherwise as ``Suppression``."""

    table = "group_suppression"
    primary = ("tag", "group_id")
    tag: str
    group_id: str
    stopped_at: int
    lifted_at: int
    source: str


class ReviewItem(Row, frozen=True):
    """A text from a phone that a person should look at; while it is open and ``holds``, nothing is sent to its number.

    ``decided_by`` is who closed it: a person's name, or the phone where a later text made it clear.
    """

    table = "review_item"
    primary = ("id",)
    id: str
    subject_id: str
    group_id: str
    text_id: str
    state: Literal["open", "stopped", "dismissed"]
    holds: int
    opened_at: int
    decided_at: int = 0
    decided_by: str = ""


class Coupon(Row, frozen=True):
    """A code of a pool, which one number is given at most; nobody has it while ``subject_id`` is None."""

    table = "coupon"
    primary = ("pool", "code")
    pool: str
    code: str
    subject_id: str | None = None
    given_at: int = 0


class InvalidNumber(Row, frozen=True):
    """A number that a carrier says cannot be reached, ever. In force while ``cleared_at`` is 0; ``code`` is the carrier's."""

    table = "invalid_number"
    primary = ("subject_id",)
    subject_id: str
    reason: str
    code: str
    detected_at: int
    cleared_at: int = 0


class Cursor(Row, frozen=True):
    """Up to when the texts that a carrier keeps have been asked for."""

    table = "carrier_cursor"
    primary = ("carrier",)
    carrier: str
    caught_up_at: int


class ApiKey(Row, frozen=True):
    """A key of the product's back end, by the SHA-256 of it; ``scopes`` are words with spaces between. In force while ``revoked_at`` is 0."""

    table = "api_key"
    primary = ("id",)
    id: str
    name: str
    digest: str
    scopes: str
    created_at: int
    revoked_at: int = 0


class Profile(Row, frozen=True):
    """What the product's back end knows of a person. ``attributes`` is a JSON object.

    ``tag`` and ``email_tag`` are the keyed hashes of the number and the address, by which consent is kept: a profile has none of its own.
    """

    table = "profile"
    primary = ("id",)
    id: str
    external_id: str | None
    phone: str | None
    tag: str | None
    email: str | None
    email_tag: str | None
    attributes: str
    created_at: int
    updated_at: int


class ProfileAlias(Row, frozen=True):
    """Another name of a profile, under a label. ``key`` is both, so that each pair names one profile."""

    table = "profile_alias"
    primary = ("key",)
    key: str
    label: str
    name: str
    profile_id: str


class ProfileEvent(Row, frozen=True):
    """Something a person did, or bought, as the product tells. ``properties`` is a JSON object."""

    table = "profile_event"
    primary = ("id",)
    id: str
    profile_id: str
    kind: Literal["event", "purchase"]
    name: str
    at: int
    properties: str


class ImportJob(Row, frozen=True):
    """How far a file, known by the SHA-256 of its content, has been taken into a group. ``ended_at`` is 0 until all of it is.

    ``rows_done`` and ``bytes_done`` are what need not be read again, ``refused`` how many of those rows were not taken. ``asked`` is what came
    with it over HTTP, as JSON; empty for one by the command. ``dry_run`` is 1 where nothing is written. ``size`` is the file's, in bytes,
    ``refusals`` that of the list of what is refused. One process is at it, the ``holder``, until ``held_until`` unless it holds on.
    """

    table = "import_job"
    primary = ("id",)
    id: str
    digest: str
    file: str
    group_id: str
    rows_done: int
    bytes_done: int
    refused: int
    started_at: int
    ended_at: int = 0
    state: ImportState = ""
    dry_run: int = 0
    asked: str = ""
    size: int = 0
    subscribed: int = 0
    unsubscribed: int = 0
    refusals: int = 0
    message: str = ""
    changed_at: int = 0
    holder: str = ""
    held_until: int = 0


class Hits(Row, frozen=True):
    """How often something counted happened: (start of a bucket of time, count) each; of no use after ``expires_at``."""

    table = "limit_counter"
    primary = ("key",)
    key: str
    hits: tuple[tuple[int, int], ...]
    expires_at: int

    def columns(self) -> tuple[Any, ...]:
        """The buckets are kept as JSON."""
        return self.key, msgspec.json.encode(self.hits).decode(), self.expires_at

    @classmethod
    def read(cls, *columns: Any) -> Self:
        """See ``columns``."""
        key, hits, expires_at = columns
        return cls(key, _read_hits(hits), expires_at)


class Event(Row, frozen=True):
    """One line of the ledger. ``digests`` are salted digests of its facts; ``hash`` binds all of it to ``prev``."""

    append_only = True
    table = "event"
    primary = ("subject_id", "seq")
    subject_id: str
    seq: int
    at: int
    kind: EventKind
    source: Source
    group_id: str
    before: str
    after: str
    digests: str
    prev: str
    hash: str


class EventFacts(Row, frozen=True):
    """The facts of an event with their salts, JSON ``{name: [salt, value]}``: the part that erasure empties."""

    append_only = True
    table = "event_facts"
    primary = ("subject_id", "seq")
    subject_id: str
    seq: int
    facts: str
