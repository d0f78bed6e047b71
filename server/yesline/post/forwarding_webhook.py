"""Tells the product's back end by Standard Webhooks 1.0 (``security-compliance`` D1.8)."""

import msgspec

from yesline.post.forwarding import Wire
from yesline.records.outgoing import Delivery, Endpoint, Noticed
from yesline.rules import telling
from yesline.rules.forwarding import Answer


class ToWebhook:
    """A signed call for each event."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def send(self, to: Endpoint, one: Delivery, told: Noticed, now: int) -> Answer:
        """Sign now: the time is part of what is signed."""
        body = msgspec.json.encode(telling.message(told))
        return await self._wire.post(to.url, body, telling.headers(to, one.id, body, now))
