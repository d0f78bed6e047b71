"""What carriers tell, a text from a phone or a receipt, as acts."""

import hashlib
from collections.abc import Mapping

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from yesline.carriers.base import Delivered, Inbound
from yesline.errors import Refusal
from yesline.programme import Group
from yesline.records import Delivery, InboundText
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


def text(carrier: str, told: Inbound, senders: Mapping[str, Group], keys: Keys) -> InboundText:
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


def delivery(told: Delivered) -> Delivery:
    """A receipt as the clerk records it."""
    return Delivery(told.reference, told.vendor_id, told.fate, told.reason, told.code, told.at)


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
