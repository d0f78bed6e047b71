"""What the rules are given to decide with, and what they decide."""

from typing import Any, Literal

from msgspec import Struct, field

from yesline.programme import Method
from yesline.records.rows import EventKind, Row, Source, State, Text


class Wants(Struct):
    """What a batch of acts touches, so that it can be loaded in one go. ``profiles`` are keys, see ``rules.profiles``. ``outbox``: queued texts too; ``texting``: what stands against sending."""

    submissions: set[str]
    prompts: set[str]
    texts: set[str]
    tags: set[str]
    hits: set[str]
    subjects: set[str]
    senders: dict[str, int]
    reviews: set[str] = field(default_factory=set)
    profiles: set[str] = field(default_factory=set)
    overdue: int = 0
    outbox: bool = False
    texting: bool = False


class Draft(Struct, frozen=True):
    """An event before it has its place in a chain."""

    subject_id: str
    kind: EventKind
    source: Source
    group_id: str
    before: str
    after: str
    facts: dict[str, str]


class Claim(Struct, frozen=True):
    """Whoever answered this prompt is to have a code of a pool: the one they have been given already, else one that nobody has."""

    prompt_id: str
    subject_id: str
    pool: str
    at: int


class Removal(Struct, frozen=True):
    """What is deleted: a profile with all that is under it, or what stands of a number beside the ledger's digests."""

    profile_id: str = ""
    subject_id: str = ""


class Decision(Struct, frozen=True):
    """What a rule decided: the rows as they should be (by type and identity), what goes into the ledger, and what the asker is told.

    What comes ``after`` the rows is settled in the same transaction.
    A ``Refusal`` as outcome is raised to the asker after the rows are saved: a wrong code is refused and counted.
    """

    outcome: Any = None
    rows: dict[tuple[type[Row], Any], Row] = field(default_factory=dict)
    events: tuple[Draft, ...] = ()
    after: "tuple[Claim | Removal, ...]" = ()


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
    """Where a submission stands, as its page may know it; ``coupon`` once the phone has said yes, if there is one."""

    submission: str
    prompt: str
    state: Literal["pending", "confirmed", "expired"]
    methods: tuple[Method, ...]
    sender: str
    resend_after: int
    coupon: str = ""


class Confirmed(Struct, frozen=True):
    """Answer to a confirming act: ``already`` when the prompt had been answered before, ``thanked`` when there may be a coupon."""

    already: bool
    thanked: bool = False


class Was(Struct, frozen=True):
    """What became of one thing that a back end asked for. ``error`` is empty where it was done, else a code; ``at`` is its place."""

    at: int
    state: State = "unknown"
    error: str = ""


class Done(Struct, frozen=True):
    """Answer to a back end: what became of each setting of states, of each person, and of each thing they did, in their order."""

    states: tuple[Was, ...] = ()
    people: tuple[Was, ...] = ()
    happenings: tuple[Was, ...] = ()
