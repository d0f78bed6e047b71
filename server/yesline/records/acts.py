"""Acts: what happened and may change consent."""

from typing import Literal

from msgspec import Struct

from yesline.programme import FormVersion, Group


class Act(Struct, frozen=True):
    """Something that happened and may change consent."""

    @property
    def size(self) -> int:
        """How many people or numbers it is about."""
        return 1


class ListAct(Act, frozen=True):
    """What a back end tells, of as many people as it likes. Such acts are decided in the order in which they came."""


class Submit(Act, frozen=True):
    """A form was sent. ``tag``, ``block`` and ``address`` are the keyed hashes of the number, its block and the client.

    ``facts`` is the evidence: the words served, the box ticked, page, address, browser. ``also`` are the boxes of other groups that
    were ticked in it: each a form like this one with that group in place of its own.
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
    also: "tuple[Submit, ...]" = ()


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
    """A person's text arrived. ``at`` is the carrier's time, 0 where it tells none; ``id`` is unique per carrier message.

    ``sender`` is the address it was texted to, the group's first where none is given. ``answered``: the carrier has answered it already.
    ``verified`` is False where only an opt-out may be taken from it; ``nonce`` may be spent once. ``answerable`` is
    False for kinds of number that cost to answer and are no person's phone.
    """

    id: str
    phone: str
    tag: str
    group: Group
    body: str
    at: int = 0
    sender: str = ""
    answered: bool = False
    verified: bool = True
    nonce: str = ""
    answerable: bool = True


class PressStop(Act, frozen=True):
    """The button of the stop page was pressed, whose link was in a text of this group."""

    subject: str
    group: str
    facts: dict[str, str]


class StopByHand(Act, frozen=True):
    """A person asked one of us, by phone or letter, for no more texts."""

    phone: str
    tag: str
    facts: dict[str, str]


class Review(Act, frozen=True):
    """One of us has read a text that was not understood: it was a wish to stop, or it was not."""

    item: str
    stop: bool
    by: str


class Dispatch(Act, frozen=True):
    """The post office takes what is due from each sender, within its pace in texts a second over all processes.

    ``groups`` are those in use, by id: their quiet hours and countries decide what may go. ``instead`` names the backup of each
    sender whose carrier has been out of reach for a while.
    """

    pace: dict[str, int]
    groups: dict[str, Group] = {}
    instead: dict[str, str] = {}


class TextResult(Act, frozen=True):
    """What became of a send. ``body`` is what was sent, with secrets masked; ``wait`` is the pause before a retry, in ms.

    ``backup`` is the sender that may take over where nothing was sent; ``code`` is the carrier's own word for a failure.
    """

    text: str
    state: Literal["sent", "failed", "uncertain", "queued"]
    vendor_id: str = ""
    reason: str = ""
    body: str = ""
    wait: int = 0
    code: str = ""
    parts: int = 0
    backup: str = ""


class Delivery(Act, frozen=True):
    """A carrier tells what became of a text that it took."""

    text: str
    vendor_id: str
    state: Literal["sent", "delivered", "failed", "rejected", "unknown"]
    reason: str = ""
    code: str = ""
    at: int = 0


class ClearNumber(Act, frozen=True):
    """A number that a carrier found invalid may be texted again."""

    tag: str


class CaughtUp(Act, frozen=True):
    """All texts that a carrier kept until this time are recorded."""

    carrier: str
    at: int


class Expire(Act, frozen=True):
    """Time passed: close prompts whose window is over and give up on sends that never told how they ended."""

    most: int = 200


class Restored(Act, frozen=True):
    """The database was put back from a backup in which these texts were waiting: they may have been sent since."""

    texts: tuple[str, ...]


class Setting(Struct, frozen=True):
    """A state that a back end wants a number, or an e-mail address, to have in a group.

    It is the one of ``tag``, or else that of the profile that ``who`` names. ``asks``: the phone is to say yes first. ``consent`` is
    the evidence of what the person agreed to elsewhere; empty where the caller tells of none.
    """

    group: Group
    state: Literal["subscribed", "unsubscribed"]
    who: str = ""
    phone: str = ""
    email: str = ""
    tag: str = ""
    asks: bool = False
    language: str = ""
    consent: dict[str, str] = {}


class SetStates(ListAct, frozen=True):
    """A back end sets the states of numbers or addresses. ``facts`` are what is known of the caller."""

    source: Literal["api", "import"]
    settings: tuple[Setting, ...]
    facts: dict[str, str] = {}

    @property
    def size(self) -> int:
        """See ``Act``."""
        return len(self.settings)


class ProfileChange(Struct, frozen=True):
    """What a back end tells of one person. ``who`` and ``also`` are keys of profiles, see ``rules.profiles``.

    ``phone`` and ``email`` are None where they stay, empty where they go; ``attributes`` is a JSON object of those that change.
    """

    who: str
    create: bool = True
    phone: str | None = None
    tag: str | None = None
    email: str | None = None
    email_tag: str | None = None
    attributes: str = "{}"
    settings: tuple[Setting, ...] = ()


class Happening(Struct, frozen=True):
    """Something that a person did, or bought, as a back end tells it. ``properties`` is a JSON object."""

    who: str
    kind: Literal["event", "purchase"]
    name: str
    at: int
    properties: str = "{}"
    create: bool = True


class Track(ListAct, frozen=True):
    """A back end tells of people, and of what they did. What one of them cannot be does not keep the others from being."""

    source: Literal["api", "import"]
    changes: tuple[ProfileChange, ...]
    happenings: tuple[Happening, ...] = ()
    facts: dict[str, str] = {}

    @property
    def size(self) -> int:
        """See ``Act``."""
        return len(self.changes) + len(self.happenings)


class Identify(ListAct, frozen=True):
    """A person known by another name has an external id from now on: pairs of (key of the profile, external id)."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def size(self) -> int:
        """See ``Act``."""
        return len(self.pairs)


class NameProfiles(ListAct, frozen=True):
    """Profiles get aliases: triples of (key of the profile, or empty for a new one, label, name)."""

    names: tuple[tuple[str, str, str], ...]

    @property
    def size(self) -> int:
        """See ``Act``."""
        return len(self.names)


class Forget(ListAct, frozen=True):
    """Profiles are deleted, by their keys. The states of their numbers stay: they belong to the numbers."""

    who: tuple[str, ...]

    @property
    def size(self) -> int:
        """See ``Act``."""
        return len(self.who)


class Erase(Act, frozen=True):
    """All that is kept of a number, or of an address, is erased, but for the digests in the ledger and a STOP."""

    tag: str
    facts: dict[str, str] = {}
