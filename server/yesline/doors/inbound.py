"""The door carriers knock at: a person's text is decided in the clerk's commit, before the 2xx."""

import hashlib
from collections.abc import Mapping

import phonenumbers
from starlette.requests import Request
from starlette.responses import Response

from yesline.carriers.base import Inbound
from yesline.doors.guard import json, read_body
from yesline.doors.house import House, house, path
from yesline.errors import Refusal
from yesline.records import InboundText
from yesline.rules import signing


async def inbound(request: Request) -> Response:
    """``POST /inbound/{key}``"""
    body = await read_body(request)
    taken = await take(house(request), path(request, "key"), request.headers, body)
    return json({"ids": [text.id for text in taken]}, 201)


async def take(rooms: House, key: str, headers: Mapping[str, str], body: bytes) -> list[Inbound]:
    """Read a carrier's webhook and record each text in it. Raises Refusal for a carrier, sender or number we do not know."""
    carrier = rooms.carriers.get(key)
    if not carrier:
        raise Refusal("carrier_not_found", f"There is no carrier {key!r} here.", 404)
    texts = carrier.read_inbound(headers, body)
    acts = [_act(rooms, carrier.name, text) for text in texts]
    for act in acts:
        await rooms.clerk.record(act)
    return texts


def _act(rooms: House, carrier: str, text: Inbound) -> InboundText:
    group = rooms.catalogue.senders.get(text.sender)
    if not group:
        raise Refusal("sender_not_found", f"{text.sender} is no sender of ours.", 404, field="to")
    phone = _e164(text.phone)
    return InboundText(
        id="in" + hashlib.sha256(f"{carrier}\0{text.id}".encode()).hexdigest()[:20],
        phone=phone,
        tag=signing.number_tag(rooms.clerk.keys, phone),
        group=group,
        body=text.body,
        at=text.at,
    )


def _e164(phone: str) -> str:
    """A number as carriers write it, with its plus. Whatever texts us is a phone, so only its form is checked."""
    try:
        number = phonenumbers.parse(phone if phone.startswith("+") else f"+{phone}")
    except phonenumbers.NumberParseException as error:
        raise Refusal("phone_not_a_number", f"{phone[:40]!r} is not a phone number.", field="from") from error
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
