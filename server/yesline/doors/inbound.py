"""The doors carriers knock at: a person's text is decided in the clerk's commit, before the 2xx; a receipt settles a text.

A webhook is found genuine before anything in it is read. Its address holds 128 bits that nobody guesses, and is our public one
as the settings have it, never what the caller says the host is (``security-compliance`` C3.2).
"""

import logging
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from yesline.carriers.base import Answer, Carrier, Inbound, Knock
from yesline.carriers.console import ConsoleCarrier
from yesline.doors import incoming
from yesline.doors.guard import read_body
from yesline.doors.house import House, house, path
from yesline.errors import Refusal

log = logging.getLogger(__name__)


async def webhook(request: Request) -> Response:
    """``POST /inbound/{key}`` and ``/receipts/{key}``: carriers that have one address for both may use either."""
    rooms = house(request)
    answer = await take(rooms, path(request, "key"), await _knock(rooms, request))
    return Response(answer.body, answer.status, {"cache-control": "no-store"}, media_type=answer.media)


async def _knock(rooms: House, request: Request) -> Knock:
    where = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    url = f"{rooms.settings.base}{where}" + (f"?{query}" if query else "")
    return Knock(url, request.headers, await read_body(request), rooms.clerk.clock(), request.method)


async def take(rooms: House, key: str, knock: Knock) -> Answer:
    """Read a carrier's webhook and record what it tells. Raises Refusal for a carrier, sender or number we do not know."""
    carrier = rooms.webhooks.get(key)
    if not carrier:
        raise Refusal("carrier_not_found", "There is no such address: 'yesline carriers' lists those in use.", 404)
    told = await carrier.read(knock)
    for delivered in told.delivered:
        await rooms.clerk.record(incoming.delivery(delivered))
    await record(rooms, carrier, told.inbound)
    return told.answer


async def record(rooms: House, carrier: Carrier, texts: Sequence[Inbound]) -> None:
    """Record texts from phones. One that we cannot place does not keep us from the others.

    It is told to whoever plays with the handset; a carrier could do nothing about it but send it again.
    """
    for told in texts:
        try:
            act = incoming.text(carrier.name, told, rooms.catalogue.senders, rooms.clerk.keys)
        except Refusal as refusal:
            if isinstance(carrier, ConsoleCarrier):
                raise
            log.warning("%s: a text was left aside: %s", carrier.name, refusal.code)
            continue
        await rooms.clerk.record(act)
