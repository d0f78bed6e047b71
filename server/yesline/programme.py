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
Line = Annotated[str, Meta(min_length=1, max_length=300)]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s<>\"]+$", max_length=500)]


class Brand(Struct, frozen=True, forbid_unknown_fields=True):
    """The one seller this deployment speaks for; its name stands in every text."""

    name: Annotated[str, Meta(min_length=1, max_length=30)]
    support: Line
    terms: Url
    privacy: Url


class Sender(Struct, frozen=True, forbid_unknown_fields=True):
    """A short code, long code or toll-free number at one carrier, owned by one group.

    ``per_second`` is how many texts the carrier takes from it in a second.
    """

    address: Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$")]
    carrier: str = "console"
    per_second: Annotated[int, Meta(ge=1, le=1000)] = 10


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A programme one can opt in to. ``texts`` replaces our default texts, by language and kind."""

    id: Id
    name: Line
    sends: Line
    frequency: Line
    sender: Sender
    opt_in: Literal["double", "single"] = "double"
    window_days: Annotated[int, Meta(ge=1, le=90)] = 30
    texts: dict[str, dict[str, str]] = field(default_factory=dict)


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
