"""A carrier's word that a phone has texted us, as an act."""

import hashlib
from collections.abc import Mapping
from typing import Protocol

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from yesline.errors import Refusal
from yesline.programme import Group
from yesline.records import InboundText
from yesline.rules import signing
from yesline.rules.signing import Keys

_COSTLY = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PAGER,
    PhoneNumberType.VOICEMAIL,
    PhoneNumberType.UAN,
}
"""Kinds of number that no person texts from and that cost money to answer."""


class Told(Protocol):
    """A text as a carrier tells it: see ``yesline.carriers.base.Inbound``."""

    @property
    def id(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def answered(self) -> bool: ...
    @property
    def verified(self) -> bool: ...
    @property
    def nonce(self) -> str: ...


def act(carrier: str, told: Told, senders: Mapping[str, Group], keys: Keys) -> InboundText:
    """What the clerk records. Raises Refusal for a sender that is not ours and for what is no phone."""
    sender, group = _sender(told.sender, senders)
    number = _number(told.phone)
    phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return InboundText(
        id=text_id(carrier, told.id),
        phone=phone,
        tag=signing.number_tag(keys, phone),
        group=group,
        body=told.body,
        at=told.at,
        sender=sender,
        answered=told.answered,
        verified=told.verified,
        nonce=f"{carrier}:{told.nonce}" if told.nonce else "",
        answerable=phonenumbers.number_type(number) not in _COSTLY,
    )


def text_id(carrier: str, vendor_id: str) -> str:
    """The id of a text from a phone: the same however often, and by whatever way, the carrier tells of it."""
    return "in" + hashlib.sha256(f"{carrier}\0{vendor_id}".encode()).hexdigest()[:20]


def _sender(address: str, senders: Mapping[str, Group]) -> tuple[str, Group]:
    """The sender that was texted; some carriers leave out the plus of a long number."""
    for spelling in (address, f"+{address}"):
        if spelling in senders:
            return spelling, senders[spelling]
    raise Refusal("sender_not_found", f"{address[:40]} is no sender of ours.", 404, field="to")


def _number(phone: str) -> PhoneNumber:
    """A number as carriers write it. Whatever texts us is a phone, so only its form is checked."""
    try:
        return phonenumbers.parse(phone if phone.startswith("+") else f"+{phone}")
    except phonenumbers.NumberParseException as error:
        raise Refusal("phone_not_a_number", f"{phone[:40]!r} is not a phone number.", field="from") from error
