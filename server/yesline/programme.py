"""What a team writes in its project folder: the brand, its subscription groups, and the forms that collect numbers for them.

These are the words of ``yesline.toml``, ``groups/*.toml`` and ``forms/*.toml``, checked by type when they are read.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

Method = Literal["reply", "code", "link"]
Display = Literal["modal", "fullscreen", "slideup", "inline"]
Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Region = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", max_length=2)]
Served = Annotated[str, Meta(pattern=r"^([A-Z]{2}|\*)$", max_length=2)]
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


NOBODY = Sender("nobody", replies=False)
"""In place of a sender where nothing is texted."""


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
    to stop, or to leave it to a person alone. ``consent`` says whether a back end must tell how somebody agreed: where the country
    asks for that, always, or never. A group of e-mail addresses has no sender: sending e-mail is left to others.
    """

    id: Id
    name: Line
    sends: Line
    frequency: Line
    sender: Sender = NOBODY
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
    channel: Literal["sms", "email"] = "sms"
    consent: Literal["by_country", "required", "optional"] = "by_country"

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def senders(self) -> tuple[Sender, ...]:
        """The sender, and the one that takes over; none where nothing is texted."""
        return tuple(sender for sender in (self.sender, self.backup) if sender and sender != NOBODY)


Moment = Literal["load", "scroll", "exit", "click", "event", "manual"]
Device = Literal["phone", "tablet", "desktop"]


class Trigger(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a form shows by itself: at one moment or at any of several, and ``delay`` milliseconds later.

    ``scroll`` is how much of the page has been seen by then, in percent; ``selector`` says what is clicked; ``event`` is the name of
    what the page tells us.
    """

    on: Moment | Annotated[tuple[Moment, ...], Meta(min_length=1)] = "load"
    delay: Annotated[int, Meta(ge=0, le=600_000)] = 0
    scroll: Annotated[int, Meta(ge=1, le=100)] = 50
    selector: Annotated[str, Meta(max_length=300)] = ""
    event: Annotated[str, Meta(max_length=100)] = ""

    @property
    def moments(self) -> tuple[Moment, ...]:
        """All of ``on``."""
        return self.on if isinstance(self.on, tuple) else (self.on,)


class Caps(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often one visitor is shown a form that opens by itself: not again for ``days`` after it was dismissed.

    ``times`` is how often at all, and after ``dismissals`` it is enough for good; 0 sets no limit.
    """

    days: Annotated[int, Meta(ge=0, le=365)] = 7
    times: Annotated[int, Meta(ge=0, le=1000)] = 0
    dismissals: Annotated[int, Meta(ge=0, le=1000)] = 0


class Target(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """On which pages and to whom a form shows by itself. What is left empty makes no difference.

    ``urls`` are paths, or hosts with a path, in which ``*`` stands for anything; one that begins with ``!`` forbids.
    ``percent`` is drawn once for each visitor.
    """

    urls: tuple[Annotated[str, Meta(pattern=r"^!?[^\s!#]+$", max_length=500)], ...] = ()
    visitors: Literal["all", "new", "returning"] = "all"
    devices: tuple[Device, ...] = ()
    languages: tuple[Language, ...] = ()
    percent: Annotated[int, Meta(ge=1, le=100)] = 100


class Schedule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"from_": "from"}):
    """From when until when a form shows by itself."""

    from_: datetime | None = None
    until: datetime | None = None


FieldName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class Field(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a form asks for besides the number. ``label`` is by language; ``min_age`` is in years, of a birth date.

    A checkbox with a ``group`` is a consent of its own, to the texts of that group.
    """

    kind: Literal["email", "name", "text", "birth_date", "checkbox"]
    step: str = ""
    required: bool = False
    label: dict[str, Annotated[str, Meta(min_length=1, max_length=300)]] = field(default_factory=dict)
    min_age: Annotated[int, Meta(ge=0, le=120)] = 0
    max_length: Annotated[int, Meta(ge=0, le=500)] = 0
    group: str = ""

    @property
    def needed(self) -> bool:
        """Whether the form cannot be sent without; an age is never optional."""
        return self.required or self.kind == "birth_date"


class Form(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a page shows to collect a number for exactly one group.

    ``countries`` may hold ``*`` in the form's file, for all others; a project that is loaded has them in its place.
    ``words`` replaces the theme's words by language and name; ``tokens`` replaces its design tokens. Of several forms that are due
    at once the one with the highest ``priority`` shows. ``variants`` are forms that may show in its place, with their weights.
    ``back`` is the address of the seller's app or site that the page behind a text's link offers to whoever has said yes.
    ``steps`` are gone through before the phone is asked. Whoever says yes is given ``coupon``, or a code of ``coupon_pool``.
    """

    id: Id
    group: Id
    countries: Annotated[tuple[Served, ...], Meta(min_length=1)]
    origins: tuple[str, ...] = ()
    theme: Id = "calm"
    display: Display = "modal"
    locales: Annotated[tuple[str, ...], Meta(min_length=1)] = ("en",)
    methods: Annotated[tuple[Method, ...], Meta(min_length=1)] = ("reply", "code", "link")
    trigger: Trigger = Trigger()
    caps: Caps = Caps()
    target: Target = Target()
    schedule: Schedule = Schedule()
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    teaser: Literal["never", "before", "after"] = "never"
    variants: Annotated[dict[Id, Annotated[int, Meta(ge=0, le=100)]], Meta(max_length=20)] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    daily: Annotated[int, Meta(ge=1)] = 10_000
    back: Annotated[str, Meta(max_length=500)] = ""
    steps: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=10)] = ("capture",)
    fields: Annotated[dict[FieldName, Field], Meta(max_length=30)] = field(default_factory=dict)
    coupon: Annotated[str, Meta(pattern=r"^[!-~]*$", max_length=64)] = ""
    coupon_pool: Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9-]{0,62})?$")] = ""

    def asked(self, step: str) -> dict[str, Field]:
        """The fields of one step."""
        return {name: field for name, field in self.fields.items() if (field.step or self.steps[-1]) == step}

    @property
    def arms(self) -> dict[str, int]:
        """The weights of the forms that may show when this one is due, its own first. It has what the others leave of 100."""
        own = self.variants.get(self.id, 100 - sum(self.variants.values()))
        return {form: weight for form, weight in ({self.id: own} | self.variants).items() if weight > 0}


Node = str | list  # type: ignore[type-arg]  # a tree of [tag, attributes or 0, *children]; JSON has no recursive types


class View(Struct, frozen=True, omit_defaults=True):
    """One form, rendered for one language: everything a showing needs that does not depend on the visitor or the day.

    ``fonts`` are the ``@font-face`` rules of ``css``.
    """

    locale: str
    direction: Literal["ltr", "rtl"]
    consent_text: str
    consent: str
    css: str
    steps: dict[str, list[Node]]
    strings: dict[str, str]
    fonts: str = ""


class FormVersion(Struct, frozen=True, omit_defaults=True):
    """An immutable rendering of a form with its group and brand; ``version`` is the hash of the content.

    ``assets`` are the fonts and pictures that its views name, by what stands after ``/assets/``.
    """

    version: str
    form: Form
    group: Group
    brand: Brand
    views: dict[str, View]
    assets: dict[str, bytes] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.version)


def encode(content: object) -> bytes:
    """The one JSON form of a record, with sorted keys, so that equal content has equal bytes and so equal hashes."""
    return msgspec.json.encode(content, order="deterministic")
