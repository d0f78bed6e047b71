"""``/sms/invalid_phone_numbers``: numbers that carriers found invalid, and that they are not. Source: ``field`` 1(d), INV and INVR."""

from datetime import UTC, date, datetime, time

from msgspec import Struct
from starlette.responses import Response

from yesline.doors.braze import wire
from yesline.doors.braze.wire import Call, Fatal, Some
from yesline.doors.guard import json
from yesline.records import ClearNumber, InvalidNumber
from yesline.store import people

MOST = 500
USUAL = 100
REASON = "provider_error"
_REASONS = (REASON, "deactivated")


class Remove(Struct, frozen=True):
    """The body of ``/sms/invalid_phone_numbers/remove``; the reference's table has the name in the singular."""

    phone_numbers: Some = None
    phone_number: Some = None


async def listed(call: Call) -> Response:
    """``GET /sms/invalid_phone_numbers``: newest first. Carriers tell us of no deactivations, so all are the provider's errors."""
    limit, offset = call.whole("limit", USUAL, MOST), call.whole("offset", 0, 10**9)
    reason = call.query.get("reason")
    if reason is not None and reason not in _REASONS:
        raise Fatal(f"reason must be one of {', '.join(_REASONS)}")
    found = await _found(call, limit, offset)
    told = [_shown(mark, phone) for mark, phone in found if reason in (None, REASON)]
    return json({"sms": told, "message": "success"})


async def _found(call: Call, limit: int, offset: int) -> list[tuple[InvalidNumber, str]]:
    numbers = call.asked("phone_numbers")
    if numbers:
        wire.at_most(numbers)
        tags = [wire.phone_tag(call.rooms, number) for number in map(wire.cleaned, numbers) if number]
        return await people.invalid_among(call.rooms.store, tags, limit, offset)
    since, until = _day(call, "start_date"), _day(call, "end_date")
    if since >= until:
        raise Fatal("start_date must be earlier than end_date")
    return await people.found_invalid(call.rooms.store, since, until, limit, offset)


def _day(call: Call, name: str) -> int:
    """Midnight, UTC, of a day. Raises Fatal."""
    given = call.query.get(name, "")
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise Fatal("Send start_date and end_date as YYYY-MM-DD, or phone_numbers[]") from error
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


def _shown(mark: InvalidNumber, phone: str) -> dict[str, str]:
    at = datetime.fromtimestamp(mark.detected_at / 1000, UTC).isoformat(timespec="seconds")
    return {"phone": phone, "invalid_detected_at": at.replace("+00:00", "Z"), "reason": REASON}


async def remove(call: Call) -> Response:
    """``POST /sms/invalid_phone_numbers/remove``."""
    body = call.body(Remove)
    numbers = wire.listed(body.phone_numbers) + wire.listed(body.phone_number)
    if not numbers:
        raise Fatal("phone_numbers is empty")
    wire.at_most(numbers)
    errors = []
    for at, raw in enumerate(numbers):
        if number := wire.cleaned(raw):
            await call.rooms.clerk.record(ClearNumber(wire.phone_tag(call.rooms, number)))
        else:
            errors.append(wire.minor("phone_invalid: not in E.164 format", "phone_numbers", at))
    return wire.done({"message": "success"}, errors)
