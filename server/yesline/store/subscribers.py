"""What the back end looks through: subscribers, their histories, submissions and texts, page by page, the same on both engines."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from yesline.records import (
    Event,
    GroupSuppression,
    Profile,
    PromptState,
    State,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
)
from yesline.store.base import Store, keepable

_read_facts = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode

Newest = tuple[int, str]
"""Where a list that begins with the newest goes on: before this time and id."""


class Person(Struct, frozen=True):
    """A number or an address as it stands in every group. ``stops`` are the STOPs in force, for the brand and for groups."""

    subject: Subject
    subscriptions: tuple[Subscription, ...]
    stops: tuple[Suppression | GroupSuppression, ...]

    def stopped(self, group: str) -> bool:
        """Whether nothing may be texted to it for a group, or (where that is empty) for any."""
        return any(isinstance(stop, Suppression) or stop.group_id == group for stop in self.stops)


class Told(Struct, frozen=True):
    """A line of the ledger with its facts, None where they were erased."""

    event: Event
    facts: dict[str, str] | None


async def by_id(store: Store, subject_id: str) -> Subject | None:
    """A subject, erased ones too."""
    return (await store.subjects(keepable([subject_id]))).get(subject_id)


async def by_tags(store: Store, tags: Sequence[str]) -> list[Subject]:
    """The subjects of numbers and addresses."""
    return [Subject(*row) for row in await store.rows("subjects_by_tag", list(tags))]


async def profile(store: Store, external_id: str) -> Profile | None:
    """The profile that the product knows by this id."""
    for given in keepable([external_id]):
        for row in await store.rows("profile_by_external_id", given):
            return Profile(*row)
    return None


async def everybody(store: Store, after: str, most: int) -> list[Subject]:
    """Everybody who was not erased, in the order of their ids."""
    return [Subject(*row) for row in await store.rows("subscribers_after", after, most)]


async def in_group(store: Store, group: str, states: Sequence[State], after: str, most: int) -> list[Subject]:
    """Who is in one of these states in a group, in the order of their ids."""
    found = [Subject(*row) for state in states for row in await store.rows("subscribers_in", group, state, after, most)]
    return sorted(found, key=lambda subject: subject.id)[:most]


async def stopped(store: Store, group: str, after: str, most: int) -> list[Subject]:
    """Who said STOP to the brand, or to a group (to any, where ``group`` is empty), in the order of their tags."""
    wide = await store.rows("subscribers_stopped", after, most)
    alone = await store.rows("subscribers_stopped_in", after, group, most)
    found = {row[0]: Subject(*row) for row in (*wide, *alone)}
    return sorted(found.values(), key=lambda subject: str(subject.tag))[:most]


async def people(store: Store, subjects: Sequence[Subject]) -> list[Person]:
    """How these stand in every group, in their order."""
    states = [Subscription(*row) for row in await store.rows("subscriptions_of", [s.id for s in subjects])]
    tags = [subject.tag for subject in subjects if subject.tag]
    stops: list[Suppression | GroupSuppression] = [
        *(Suppression(*row) for row in await store.rows("suppressions_by_tag", tags)),
        *(GroupSuppression(*row) for row in await store.rows("group_suppressions_by_tag", tags)),
    ]
    own: dict[str, list[Subscription]] = {}
    for one in sorted(states, key=lambda one: one.group_id):
        own.setdefault(one.subject_id, []).append(one)
    said: dict[str, list[Suppression | GroupSuppression]] = {}
    for stop in stops:
        said.setdefault(stop.tag, []).extend([] if stop.lifted_at else [stop])
    return [Person(s, tuple(own.get(s.id, ())), tuple(said.get(s.tag or "", ()))) for s in subjects]


async def history(store: Store, subject_id: str, after: int, most: int) -> list[Told]:
    """The events of a subject, oldest first."""
    return [Told(Event(*row[:-1]), _facts(row[-1])) for row in await store.rows("history_of", subject_id, after, most)]


def _facts(kept: str | None) -> dict[str, str] | None:
    return {name: value for name, (_, value) in _read_facts(kept).items()} if kept is not None else None


async def submissions(
    store: Store, form: str, before: Newest, most: int
) -> list[tuple[Submission, PromptState, str | None]]:
    """What forms, or one of them, have brought, with what became of it and the numbers, newest first."""
    named = ("submissions_of_form_before", *before, most, form) if form else ("submissions_before", *before, most)
    return [(Submission(*row[:-2]), row[-2], row[-1]) for row in await store.rows(*named)]


async def texts(store: Store, subject_id: str, before: Newest, most: int) -> list[tuple[Text, str | None]]:
    """Texts in and out, of all numbers or of one, with the numbers, newest first."""
    named = ("texts_of_before", *before, most, subject_id) if subject_id else ("texts_before", *before, most)
    return [(Text(*row[:-1]), row[-1]) for row in await store.rows(*named)]


async def versions(store: Store, form: str) -> list[tuple[str, int]]:
    """The versions of a form by their hashes, with the times from which they were kept, newest first."""
    return [(row[0], row[1]) for row in await store.rows("versions_of_form", form)]


async def applied(store: Store) -> dict[str, int]:
    """Forms, and since when their versions are in use."""
    return {row[0]: row[1] for row in await store.rows("forms_applied")}
