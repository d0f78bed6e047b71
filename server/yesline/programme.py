"""What a team writes in its project folder: the brand, its subscription groups, and the forms that collect numbers for them.

These are the words of ``yesline.toml``, ``groups/*.toml`` and ``forms/*.toml``, checked by type when they are read.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

Method = Literal["reply", "code", "link"]
Display = Literal["modal", "inline"]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Region = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", max_length=2)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Line = Annotated[str, Meta(min_length=1, max_length=300)]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s<>\"]+$", max_length=500)]


class Brand(Struct, frozen=True, forbid_unknown_fields=True):
    """The one seller this deployment speaks for; its name stands in every text."""

    name: Annotated[str, Meta(min_length=1, max_length=30)]
    support: Line
    terms: Url
    privacy: Url


HANDSET = "console"
"""The carrier of whoever names none: the sandbox's, which shows texts and sends none."""

Words = tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Sender(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A short code, long code, toll-free number or alphanumeric id at one carrier, owned by one group.

    ``per_second`` is how many texts the carrier takes from it in a second; ``replies`` is false where it cannot take any;
    ``countries`` are those it may send to, all where none is named.
    """

    address: Annotated[
        str, Meta(pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 -]{1,10})$")
    ]
    carrier: str = HANDSET
    per_second: Annotated[int, Meta(ge=1, le=1000)] = 10
    replies: bool = True
    countries: tuple[Region, ...] = ()

    @property
    def two_way(self) -> bool:
        """Whether phones can answer it: an alphanumeric id never can."""
        return self.replies and self.address.lstrip("+").isdecimal()


class Keywords(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Words of a group in one language, beside those that every group understands."""

    opt_in: Words = ()
    opt_out: Words = ()
    help: Words = ()
    confirm: Words = ()
    decline: Words = ()


class Custom(Struct, frozen=True, forbid_unknown_fields=True):
    """A category of keywords of the group's own, such as HOURS, and what it answers; both by language."""

    keywords: dict[str, Words]
    reply: dict[str, Annotated[str, Meta(min_length=1, max_length=1600)]]


class Quiet(Struct, frozen=True, forbid_unknown_fields=True):
    """The hours, by the clock of whoever is texted, in which no text goes that is not an answer. Equal times switch them off."""

    start: Clock = "21:00"
    end: Clock = "08:00"


class Group(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A programme one can opt in to. ``texts`` replaces our default texts, by language and kind.

    ``languages`` are those whose words are understood, the first is the one spoken to whoever has shown none; ``backup`` is used
    where the sender's carrier refuses or cannot be reached; ``unclear`` says whether to ask back where a text may be a wish
    to stop, or to leave it to a person alone.
    """

    id: Id
    name: Line
    sends: Line
    frequency: Line
    sender: Sender
    opt_in: Literal["double", "single"] = "double"
    window_days: Annotated[int, Meta(ge=1, le=90)] = 30
    backup: Sender | None = None
    languages: Annotated[tuple[Language, ...], Meta(min_length=1)] = ("en",)
    keywords: dict[str, Keywords] = field(default_factory=dict)
    custom: Annotated[dict[Id, Custom], Meta(max_length=100)] = field(default_factory=dict)
    unclear: Literal["ask", "review"] = "ask"
    quiet: Quiet = Quiet()
    countries: tuple[Region, ...] = ()
    prefill: bool = False
    texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def senders(self) -> tuple[Sender, ...]:
        """The sender, and the one that takes over."""
        return (self.sender, self.backup) if self.backup else (self.sender,)


class Trigger(Struct, frozen=True, forbid_unknown_fields=True):
    """When a form shows by itself. ``delay`` is in milliseconds."""

    on: Literal["load", "manual"] = "load"
    delay: Annotated[int, Meta(ge=0, le=600_000)] = 0


class Caps(Struct, frozen=True, forbid_unknown_fields=True):
    """How often one visitor is shown a form that opens by itself: not again for ``days`` after it was dismissed."""

    days: Annotated[int, Meta(ge=0, le=365)] = 7


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """What a page shows to collect a number for exactly one group.

    ``words`` replaces the theme's words by language and name; ``tokens`` replaces its design tokens.
    """

    id: Id
    group: Id
    countries: Annotated[tuple[Region, ...], Meta(min_length=1)]
    origins: tuple[str, ...] = ()
    theme: Id = "calm"
    display: Display = "modal"
    locales: Annotated[tuple[str, ...], Meta(min_length=1)] = ("en",)
    methods: Annotated[tuple[Method, ...], Meta(min_length=1)] = ("reply", "code", "link")
    trigger: Trigger = field(default_factory=Trigger)
    caps: Caps = field(default_factory=Caps)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    daily: Annotated[int, Meta(ge=1)] = 10_000


Node = str | list  # type: ignore[type-arg]  # a tree of [tag, attributes or 0, *children]; JSON has no recursive types


class View(Struct, frozen=True):
    """One form, rendered for one language: everything a showing needs that does not depend on the visitor or the day."""

    locale: str
    direction: Literal["ltr", "rtl"]
    consent_text: str
    consent: str
    css: str
    steps: dict[str, list[Node]]
    strings: dict[str, str]


class FormVersion(Struct, frozen=True):
    """An immutable rendering of a form with its group and brand; ``version`` is the hash of the content."""

    version: str
    form: Form
    group: Group
    brand: Brand
    views: dict[str, View]

    def __hash__(self) -> int:
        return hash(self.version)


def encode(content: object) -> bytes:
    """The one JSON form of a record, with sorted keys, so that equal content has equal bytes and so equal hashes."""
    return msgspec.json.encode(content, order="deterministic")
