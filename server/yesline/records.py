"""The structs that travel between the doors, the clerk, the rules and the store.

Rows (what is kept) come first, then acts (what happened), then what a rule decides. Times are milliseconds since 1970, UTC.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, Literal, Self

import msgspec
from msgspec import Struct, field
from msgspec.structs import astuple

from yesline.programme import FormVersion, Group, Method

State = Literal["unknown", "pending", "subscribed", "unsubscribed"]
PromptState = Literal["open", "confirmed", "expired", "void"]
TextState = Literal["queued", "sending", "sent", "failed", "uncertain", "dropped", "received"]
TextKind = Literal["prompt", "already", "confirmation", "stop", "help", "inbound"]
Source = Literal["form", "reply", "code", "link", "keyword", "carrier", "clock", "restore"]
EventKind = Literal[
    "requested", "confirmed", "subscribed", "refused", "corrected", "expired", "stopped", "restarted", "texted", "noted"
]

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
    """Whoever a number belongs to, under a random id that outlives the number's erasure.

    ``tag`` is the keyed hash of the number; ``events`` and ``head`` are the length and last hash of its ledger chain.
    """

    table = "subject"
    primary = ("id",)
    id: str
    tag: str | None
    phone: str | None
    created_at: int
    events: int = 0
    head: str = ""


class Subscription(Row, frozen=True):
    """The state of one number in one group; ``previous`` is what it falls back to when a prompt comes to nothing."""

    table = "subscription"
    primary = ("subject_id", "group_id")
    subject_id: str
    group_id: str
    state: State
    previous: State
    since: int


class Prompt(Row, frozen=True):
    """One question put to a phone, and what may answer it.

    ``generation`` counts the codes made for it, the newest alone is good until ``code_until``; ``host`` is the page's
    host for the origin-bound code line; ``submission_id`` is the submission that opened it, if a form did.
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

    ``due_at`` is when it may go, ``drop_at`` when it is too late to send; ``tried_at`` when a send last started.
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


class Suppression(Row, frozen=True):
    """A number that said STOP, by keyed hash. In force while ``lifted_at`` is 0; never expires."""

    table = "suppression"
    primary = ("tag",)
    tag: str
    stopped_at: int
    lifted_at: int
    source: str


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


class Act(Struct, frozen=True):
    """Something that happened and may change consent."""


class Submit(Act, frozen=True):
    """A form was sent. ``tag``, ``block`` and ``address`` are the keyed hashes of the number, its block and the client.

    ``facts`` is the evidence: the words served, the box ticked, page, address, browser.
    """

    submission: str
    form: FormVersion
    language: str
    phone: str
    tag: str
    block: str
    address: str
    host: str
    digest: str
    facts: dict[str, str]


class Correct(Act, frozen=True):
    """The person of a submission says the number was mistyped; ``submit`` is the submission as it should have been."""

    submission: str
    submit: Submit


class Resend(Act, frozen=True):
    """The person of a submission asks for the text again."""

    submission: str


class EnterCode(Act, frozen=True):
    """A code was typed into the page of a submission."""

    submission: str
    code: str
    facts: dict[str, str]


class PressLink(Act, frozen=True):
    """The button on a confirm page was pressed: ``yes``, or else "not me"."""

    prompt: str
    yes: bool
    facts: dict[str, str]


class InboundText(Act, frozen=True):
    """A person's text arrived. ``at`` is the carrier's time, 0 where it tells none; ``id`` is unique per carrier message."""

    id: str
    phone: str
    tag: str
    group: Group
    body: str
    at: int = 0


class Dispatch(Act, frozen=True):
    """The post office takes what is due from each sender, within its pace in texts a second over all processes."""

    pace: dict[str, int]


class TextResult(Act, frozen=True):
    """What became of a send. ``body`` is what was sent, with secrets masked; ``wait`` is the pause before a retry, in ms."""

    text: str
    state: Literal["sent", "failed", "uncertain", "queued"]
    vendor_id: str = ""
    reason: str = ""
    body: str = ""
    wait: int = 0


class Expire(Act, frozen=True):
    """Time passed: close prompts whose window is over and give up on sends that never told how they ended."""

    most: int = 200


class Restored(Act, frozen=True):
    """The database was put back from a backup in which these texts were waiting: they may have been sent since."""

    texts: tuple[str, ...]


class Wants(Struct):
    """What a batch of acts touches, so that it can be loaded in one go."""

    submissions: set[str]
    prompts: set[str]
    texts: set[str]
    tags: set[str]
    hits: set[str]
    subjects: set[str]
    senders: dict[str, int]
    overdue: int = 0
    outbox: bool = False


class Draft(Struct, frozen=True):
    """An event before it has its place in a chain."""

    subject_id: str
    kind: EventKind
    source: Source
    group_id: str
    before: str
    after: str
    facts: dict[str, str]


class Decision(Struct, frozen=True):
    """What a rule decided: the rows as they should be (by type and identity), what goes into the ledger, and what the asker is told.

    A ``Refusal`` as outcome is raised to the asker after the rows are saved: a wrong code is refused and counted.
    """

    outcome: Any = None
    rows: dict[tuple[type[Row], Any], Row] = field(default_factory=dict)
    events: tuple[Draft, ...] = ()


class Going(Struct, frozen=True):
    """Answer to a dispatch: the texts to send now, and the senders that have no room left in this second."""

    texts: list[Text]
    full: frozenset[str]


class Receipt(Struct, frozen=True):
    """Answer to a submit, resend or correction. ``resend_after`` is in seconds."""

    submission: str
    next: Literal["confirm", "done"]
    resend_after: int


class Standing(Struct, frozen=True):
    """Where a submission stands, as its page may know it."""

    submission: str
    prompt: str
    state: Literal["pending", "confirmed", "expired"]
    methods: tuple[Method, ...]
    sender: str
    resend_after: int


class Confirmed(Struct, frozen=True):
    """Answer to a confirming act: ``already`` when the prompt had been answered before."""

    already: bool
