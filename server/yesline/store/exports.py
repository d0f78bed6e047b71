"""Whole programmes, one page after the other: who is in which group, since when, and by what consent."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from yesline.records import GroupSuppression, Profile, Subject, Subscription, Suppression
from yesline.store.base import Store

_read_facts = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode


class Consent(Struct, frozen=True):
    """The newest event that subscribed a number: how it came about, when, and its facts without their salts.

    ``asked`` are the facts of the request before it, where a phone was asked.
    """

    source: str
    at: int
    facts: dict[str, str]
    asked: dict[str, str]


class Subscriber(Struct, frozen=True):
    """A number or an address in one group. ``profile`` is the one that is found by it."""

    subject: Subject
    subscription: Subscription
    stopped: bool
    profile: Profile | None = None
    consent: Consent | None = None


class _Facts(Struct):
    """What belongs to the subjects of a page."""

    subjects: dict[str, Subject]
    stopped: set[str | tuple[str, str]]
    profiles: dict[str, Profile]
    consents: dict[tuple[str, str], Consent]


async def pages(store: Store, group: str, most: int) -> AsyncIterator[list[Subscriber]]:
    """Everybody who is in a group, or in any, by subject, ``most`` subjects at a time. Each page as it stands when it is read."""
    last = ""
    while ids := [row[0] for row in await store.rows("subscribed_after", last, group, most)]:
        yield await subscribers_of(store, ids, group)
        last = ids[-1]


async def subscribers_of(store: Store, ids: list[str], group: str = "") -> list[Subscriber]:
    """The subscriptions of these subjects, less those that were erased."""
    rows = [Subscription(*row) for row in await store.rows("subscriptions_of", ids)]
    wanted = sorted(
        (row for row in rows if group in ("", row.group_id)), key=lambda row: (row.subject_id, row.group_id)
    )
    facts = await _facts(store, ids)
    return [_subscriber(row, facts) for row in wanted if row.subject_id in facts.subjects]


async def people(store: Store, tags: Iterable[str]) -> list[Profile]:
    """The profiles with these numbers or addresses: of several, the one that is found by it stands last."""
    return [Profile(*row) for row in await store.rows("profiles_of_tags", list(tags))]


async def stopped(store: Store, tags: Iterable[str], group: str) -> set[str]:
    """Those of these numbers that have said STOP, to the brand or to this group, and not START since."""
    found = await _stopped(store, list(tags))
    return {one if isinstance(one, str) else one[0] for one in found if isinstance(one, str) or one[1] == group}


async def _facts(store: Store, ids: list[str]) -> _Facts:
    subjects = {one.id: one for one in (Subject(*row) for row in await store.rows("subjects_by_id", ids)) if one.tag}
    tags = [one.tag for one in subjects.values() if one.tag]
    profiles: dict[str, Profile] = {}
    for one in await people(store, tags):
        profiles |= {tag: one for tag in (one.email_tag, one.tag) if tag}
    consents = _consents(await store.rows("consents_of", ids))
    return _Facts(subjects, await _stopped(store, tags), profiles, consents)


async def _stopped(store: Store, tags: list[str]) -> set[str | tuple[str, str]]:
    brand = [Suppression(*row) for row in await store.rows("suppressions_by_tag", tags)]
    group = [GroupSuppression(*row) for row in await store.rows("group_suppressions_by_tag", tags)]
    found: set[str | tuple[str, str]] = {one.tag for one in brand if not one.lifted_at}
    return found | {(one.tag, one.group_id) for one in group if not one.lifted_at}


def _consents(rows: Sequence[Sequence[Any]]) -> dict[tuple[str, str], Consent]:
    """Per subject and group the newest event that brought it to "subscribed"."""
    asked: dict[tuple[str, str], dict[str, str]] = {}
    found: dict[tuple[str, str], Consent] = {}
    for subject, group, kind, source, at, kept in rows:
        facts = {name: value for name, (_, value) in _read_facts(kept).items()}
        if kind == "requested":
            asked[subject, group] = facts
        else:
            found[subject, group] = Consent(source, at, facts, asked.get((subject, group), {}))
    return found


def _subscriber(row: Subscription, facts: _Facts) -> Subscriber:
    subject = facts.subjects[row.subject_id]
    tag = subject.tag or ""
    is_stopped = tag in facts.stopped or (tag, row.group_id) in facts.stopped
    return Subscriber(
        subject, row, is_stopped, facts.profiles.get(tag), facts.consents.get((row.subject_id, row.group_id))
    )
