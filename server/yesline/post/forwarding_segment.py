"""Tells Segment, or who takes the same calls, of events: its HTTP Tracking API."""

from yesline.post.forwarding import Wire
from yesline.records.outgoing import Delivery, Endpoint, Noticed, Person
from yesline.rules import forwarding, telling
from yesline.rules.forwarding import Answer
from yesline.store import outgoing
from yesline.store.base import Store


class ToSegment:
    """One call for each event, after one for the person where what is known of them changes."""

    def __init__(self, wire: Wire, store: Store) -> None:
        self._wire = wire
        self._store = store

    async def send(self, to: Endpoint, one: Delivery, told: Noticed, now: int) -> Answer:
        """Make the calls one after the other, up to one that fails."""
        del now
        person = (await outgoing.people(self._store, [one.subject_id])).get(one.subject_id, Person())
        base, key = forwarding.base_of(to), forwarding.basic(to.secret)
        answer = Answer(0, done=True)
        for path, body in forwarding.segment(telling.message(told), person, one.id):
            answer = await self._wire.post_json(f"{base}{path}", body, key)
            if not answer.taken:
                break
        return answer
