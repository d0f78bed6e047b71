"""The words in which consent is told beside the product: programmes, questions, messages, and what people may do.

The limits are those of the contracts, section 2, and of the pages that describe them.
"""

from dataclasses import dataclass
from typing import Literal

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

ASKED = ((3, HOUR), (6, DAY))
ONE_A_DAY = ((1, DAY),)
RESEND_EVERY = MINUTE
CODE_LIFE = 10 * MINUTE
CODE_TRIES = 5
SEND_LIMIT = 2 * MINUTE
LOOK_AGAIN = MINUTE
MOST_TRIES = 5
ANSWERED_ALWAYS = ("stop", "help")
NEVER_HELD = ("stop", "help", "review")
SAYS_MORE = (
    {"queued", "dropped"},
    {"sending", "uncertain"},
    {"sent"},
    {"unknown"},
    {"failed", "rejected"},
    {"delivered"},
)
"""What may be known of a message, in order: a receipt counts only where it says more than that. Before a send there is none."""
LIFE = {"stop": 5 * MINUTE, "prompt": 10 * MINUTE, "already": 10 * MINUTE}
BY_FORM = ("reply", "code", "link")
BY_KEYWORD = ("reply", "link")


@dataclass(frozen=True)
class Programme:
    """A subscription group. ``keyword`` is its own; ``asks_back`` where a text may be a wish to stop, or leaves it to a person alone."""

    id: str
    sender: str
    single: bool
    days: int
    keyword: str = ""
    asks_back: bool = True


@dataclass(eq=False)
class Question:
    """What a phone was asked. ``codes`` counts the codes made for it; the newest alone is good."""

    number: str
    group: str
    again: bool
    methods: tuple[str, ...]
    opened_by: str
    closes_at: int
    code_until: int
    state: str = "open"
    codes: int = 1
    tries: int = 0


Key = tuple[Question, int]
"""A code as the phone got it: of which question, and the how manieth."""


@dataclass(eq=False)
class Message:
    """A text to a phone. ``told`` is why it failed, as the carrier told it last."""

    kind: str
    number: str
    group: str
    question: Question | None
    code: int
    due_at: int
    drop_at: int
    state: str
    reason: str
    tries: int = 0
    tried_at: int = 0
    told: str = ""


@dataclass(eq=False)
class Item:
    """A text that was not understood, before a person. While it is open and ``holds``, its number gets nothing but answers to STOP and HELP."""

    text: str
    number: str
    group: str
    holds: bool
    state: Literal["open", "stopped", "dismissed"] = "open"


@dataclass
class Attempt:
    """A submission."""

    question: Question
    body: str
    resend_at: int


@dataclass(frozen=True)
class Submit:
    id: str
    number: str
    group: str
    body: str


@dataclass(frozen=True)
class Correct:
    id: str
    number: str


@dataclass(frozen=True)
class Resend:
    id: str


@dataclass(frozen=True)
class Typed:
    """A code typed into the page of a submission; None is none that was ever texted."""

    id: str
    key: Key | None


@dataclass(frozen=True)
class Pressed:
    question: Question
    yes: bool


@dataclass(frozen=True)
class Texted:
    """A person's text. ``at`` is the carrier's time, 0 where it tells none; with a ``key`` the words are that code."""

    id: str
    number: str
    group: str
    words: str
    at: int
    key: Key | None = None


@dataclass(frozen=True)
class StopPressed:
    """The button of the page behind a stop link."""

    number: str
    group: str


@dataclass(frozen=True)
class StopByHand:
    """A person asked one of us for no more texts."""

    number: str


@dataclass(frozen=True)
class Reviewed:
    """One of us has read the text of an item, None where there is none; it was a wish to stop, or it was not."""

    item: Item | None
    stop: bool


@dataclass(frozen=True)
class Dispatch:
    """The post office takes what is due."""


@dataclass(frozen=True)
class Result:
    message: Message
    how: str
    wait: int = 0


@dataclass(frozen=True)
class Receipt:
    """The carrier tells what became of a message that it took."""

    message: Message
    state: str
    reason: str = ""


@dataclass(frozen=True)
class Expire:
    """Time passed."""


Deed = (
    Submit
    | Correct
    | Resend
    | Typed
    | Pressed
    | Texted
    | StopPressed
    | StopByHand
    | Reviewed
    | Dispatch
    | Result
    | Receipt
    | Expire
)
