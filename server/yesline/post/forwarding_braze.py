"""Tells a Braze of events and changes of consent, by ``POST /users/track`` (``field`` 1(d), UT)."""

from yesline.post.forwarding import Wire
from yesline.records.outgoing import Delivery, Endpoint, Noticed, Person
from yesline.rules import forwarding, telling
from yesline.rules.forwarding import Answer
from yesline.store import outgoing
from yesline.store.base import Store


class ToBraze:
    """One call for each event. Of who was erased nothing is sent: it would make the profile anew."""

    def __init__(self, wire: Wire, store: Store) -> None:
        self._wire = wire
        self._store = store

    async def send(self, to: Endpoint, one: Delivery, told: Noticed, now: int) -> Answer:
        """Name the person as they are known at this moment."""
        del now
        person = (await outgoing.people(self._store, [one.subject_id])).get(one.subject_id, Person())
        body = forwarding.braze(telling.message(told), person, to.told_how)
        if body is None:
            return Answer(0, why="erased: nothing was sent", done=True)
        return await self._wire.post_json(f"{forwarding.base_of(to)}/users/track", body, f"Bearer {to.secret}")
