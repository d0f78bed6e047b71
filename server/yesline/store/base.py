"""The storage seam: what the rest of Yesline asks of a database, as verbs."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from yesline.programme import Brand, FormVersion, Group
from yesline.records import Claim, Event, Profile, Prompt, Removal, Row, Subject, Submission, Wants
from yesline.store.changes import Changes
from yesline.store.transactions import Transaction

Counters = Callable[[list[Subject], set[str]], set[str]]
Chain = tuple[Subject, list[tuple[Event, str | None]]]
CHAINS_AT_ONCE = 500
NUL = "a text that holds the character NUL cannot be kept: PostgreSQL has no place for it"


def keepable(keys: Iterable[str]) -> list[str]:
    """The keys that something may be kept under: none that holds a NUL, however it came into a request."""
    return [key for key in keys if "\0" not in key]


BY_KEY = ("external_id", "alias", "id", "phone", "email")
"""What profiles are found by, in the order in which the statement ``people_by_key`` takes the lists."""


def by_key(keys: Iterable[str]) -> list[list[str]]:
    """Keys of profiles (``yesline.rules.profiles``), as the lists that ``people_by_key`` takes."""
    found: dict[str, list[str]] = {kind: [] for kind in BY_KEY}
    for key in keepable(keys):
        kind, _, value = key.partition(":")
        found[kind].append(value)
    return list(found.values())


def tags_of(people: Iterable[Row]) -> set[str]:
    """The tags of the numbers and addresses of profiles."""
    return {tag for one in people if isinstance(one, Profile) for tag in (one.tag, one.email_tag) if tag}


REMOVING = {
    "profile_id": ("remove_profile_events", "remove_profile_aliases", "remove_profile"),
    "subject_id": ("erase_facts", "erase_bodies", "erase_invalid"),
}
"""The statements that carry out a removal, by what it names."""


def removing(removal: Removal) -> list[tuple[str, str]]:
    """The statements of a removal, each with the id it is given."""
    return [(name, given) for field, names in REMOVING.items() if (given := getattr(removal, field)) for name in names]


def chains_of(subjects: Sequence[Subject], rows: Iterable[Sequence[Any]]) -> list[Chain]:
    """Put events, each followed by its facts, to the subjects they are about."""
    events: dict[str, list[tuple[Event, str | None]]] = {}
    for row in rows:
        events.setdefault(row[0], []).append((Event(*row[:-1]), row[-1]))
    return [(subject, events.get(subject.id, [])) for subject in subjects]


class Batch(Protocol):
    """One writing transaction. It is committed when its context ends without an error."""

    async def load(self, wants: Wants, counters: Counters, now: int) -> list[Row]:
        """Every row the wants touch; ``counters`` names the counters of the numbers found on the way."""
        ...

    async def save(self, rows: Sequence[Row], after: Sequence[Claim | Removal] = ()) -> set[str]:
        """Write rows, settle what comes after and commit; when this returns they are on disk. Returns the pools that had no code left.

        Raises Conflict where another process was first, Unavailable where nothing can be written now.
        """
        ...


class Store(Protocol):
    """A database with Yesline's tables. ``changes`` tells of prompts and submissions that changed."""

    changes: Changes

    def batch(self) -> AbstractAsyncContextManager[Batch]:
        """Begin the writing transaction; another writer waits."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin a transaction of named statements, for what no act decides. Raises Conflict, Unavailable."""
        ...

    async def standing(self, submission_id: str) -> tuple[Submission, Prompt] | None:
        """A submission and its prompt as last committed."""
        ...

    async def prompt(self, prompt_id: str) -> tuple[Prompt, Subject] | None:
        """A prompt and its subject as last committed."""
        ...

    async def subjects(self, ids: Sequence[str]) -> dict[str, Subject]:
        """Subjects by id."""
        ...

    async def rows(self, query: str, *params: Any) -> list[Sequence[Any]]:
        """What a named statement that only reads finds; ``yesline.store.lists`` says what it means."""
        ...

    async def next_due(self) -> int | None:
        """When the next text of the outbox may go, or None when it is empty."""
        ...

    async def waiting_texts(self, most: int) -> list[str]:
        """Ids of texts that are queued or being sent."""
        ...

    async def forget(self, before: int) -> None:
        """Delete counters that ended before this time."""
        ...

    async def add_coupons(self, pool: str, codes: Sequence[str]) -> int:
        """Put codes into a pool; returns how many it did not have."""
        ...

    async def add_showings(self, counts: Mapping[tuple[str, int, str], int]) -> None:
        """Add to the counts of (form, day since 1970, event)."""
        ...

    async def apply(self, brand: Brand, groups: Sequence[Group], forms: Sequence[FormVersion], now: int) -> None:
        """Make these the brand, groups and forms in use; versions kept before stay. Equal content changes nothing."""
        ...

    async def applied_at(self) -> int:
        """A mark that changes whenever something is applied."""
        ...

    async def programme(self) -> tuple[Brand | None, list[Group], list[FormVersion]]:
        """The brand, groups and current form versions."""
        ...

    async def form_version(self, version: str) -> FormVersion | None:
        """A form version by its hash, in use or not."""
        ...

    def chains(self, first: str, last: str) -> AsyncIterator[Chain]:
        """Subjects with their chains, for ``yesline verify``: those with ids after ``first`` and not after ``last``."""
        ...

    async def count_events(self) -> int:
        """How many events the ledger holds."""
        ...

    async def stray_event(self) -> tuple[str, int] | None:
        """An event whose subject does not exist, if there is one."""
        ...

    async def close(self) -> None:
        """Finish what is being written and close."""
        ...
