"""Acts: what happened and may change consent."""

from typing import Literal

from msgspec import Struct

from yesline.programme import FormVersion, Group


class Act(Struct, frozen=True):
    """Something that happened and may change consent."""


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
