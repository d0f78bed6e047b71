"""What a rule works on: what is known, the moment, and the rows and events it is about to decide.

A rule reads and writes through its desk and sees its own writes; nothing leaves the desk until the clerk takes the decision.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct

from yesline.records import (
    Decision,
    Draft,
    EventKind,
    Hits,
    Prompt,
    Row,
    Source,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
)
from yesline.rules.abuse import Policy, Scope, admit
from yesline.rules.signing import Keys

R = TypeVar("R", bound=Row)
Key = tuple[Any, ...]


class Moment(Struct, frozen=True):
    """The time, a source of fresh ids, the keys and the policy in force: all that a rule may use besides what is known."""

    now: int
    mint: Callable[[], str]
    keys: Keys
    policy: Policy


def key_of(row: Row) -> Key:
    """The primary key of a row."""
    return tuple(getattr(row, name) for name in row.primary)


class Known:
    """Rows by type and key, and by subject. Rows put later take the place of those with the same key."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows: dict[type[Row], dict[Key, Row]] = {}
        self._keys: dict[tuple[type[Row], str], list[Key]] = {}
        self._tags: dict[str, str] = {}
        for row in rows:
            self.put(row)

    def put(self, row: Row) -> None:
        """Learn a row, or its newer form."""
        kind, key = type(row), key_of(row)
        shelf = self._rows.setdefault(kind, {})
        if isinstance(row, Subject):
            if row.tag:
                self._tags[row.tag] = row.id
        elif key not in shelf and (owner := getattr(row, "subject_id", None)):
            self._keys.setdefault((kind, owner), []).append(key)
        shelf[key] = row

    def get(self, kind: type[R], *key: str) -> R | None:
        """One row, or None."""
        return self._rows.get(kind, {}).get(key)  # type: ignore[return-value]  # shelves are kept by type

    def keys(self, kind: type[Row], subject_id: str) -> list[Key]:
        """The keys of a subject's rows of one type, in the order they were learned."""
        return self._keys.get((kind, subject_id), [])

    def all(self, kind: type[R]) -> Iterator[R]:
        """Every row of one type."""
        yield from self._rows.get(kind, {}).values()  # type: ignore[misc]

    def tagged(self, tag: str) -> str | None:
        """The id of the subject whose number has this tag."""
        return self._tags.get(tag)


class Desk:
    """One act's view of what is known, and the decision as it grows."""

    def __init__(self, known: Known, moment: Moment) -> None:
        self.known = known
        self.now = moment.now
        self.mint = moment.mint
        self.keys = moment.keys
        self.policy = moment.policy
        self._rows = Known()
        self._order: dict[tuple[type[Row], Key], None] = {}
        self._events: list[Draft] = []

    def get(self, kind: type[R], *key: str) -> R | None:
        """One row as this act sees it."""
        return self._rows.get(kind, *key) or self.known.get(kind, *key)

    def of(self, kind: type[R], subject: Subject) -> list[R]:
        """A subject's rows of one type as this act sees them."""
        keys = dict.fromkeys([*self.known.keys(kind, subject.id), *self._rows.keys(kind, subject.id)])
        return [row for key in keys if (row := self.get(kind, *key))]

    def put(self, row: R) -> R:
        """Decide that this row shall be so."""
        self._rows.put(row)
        self._order[type(row), key_of(row)] = None
        return row

    def note(
        self,
        subject: Subject,
        kind: EventKind,
        source: Source,
        change: tuple[str, str, str],
        facts: dict[str, str] | None = None,
    ) -> None:
        """Write an event into the subject's chain; ``change`` is (group, state before, state after)."""
        self._events.append(Draft(subject.id, kind, source, *change, facts or {}))

    def decision(self, outcome: Any = None) -> Decision:
        """The decision as it stands, with what the asker is told."""
        rows = tuple(row for kind, key in self._order if (row := self._rows.get(kind, *key)))
        return Decision(outcome, rows, tuple(self._events))

    def subject(self, tag: str, phone: str) -> Subject:
        """The subject of a number, made now if there is none."""
        known = self._rows.tagged(tag) or self.known.tagged(tag)
        found = self.get(Subject, known) if known else None
        return found or self.put(Subject(id=self.mint(), tag=tag, phone=phone, created_at=self.now))

    def owner(self, row: Submission | Prompt | Text) -> Subject:
        """The subject a loaded row belongs to."""
        subject = self.get(Subject, row.subject_id)
        assert subject is not None, "the store loads the subject of every row it loads"  # noqa: S101
        return subject

    def stopped(self, subject: Subject) -> bool:
        """Whether the number has said STOP and not START since."""
        row = self.get(Suppression, subject.tag) if subject.tag else None
        return row is not None and not row.lifted_at

    def subscription(self, subject: Subject, group_id: str) -> Subscription:
        """The state of a number in a group; a fresh ``unknown`` where none is kept."""
        found = self.get(Subscription, subject.id, group_id)
        return found or Subscription(subject.id, group_id, "unknown", "unknown", self.now)

    def open_prompts(self, subject: Subject) -> list[Prompt]:
        """The subject's prompts that may still be answered, newest last."""
        prompts = [p for p in self.of(Prompt, subject) if p.state == "open" and p.closes_at > self.now]
        return sorted(prompts, key=lambda p: p.opened_at)

    def count(self, scope: Scope, of: str) -> bool:
        """Count one more of something, or tell that a cap is reached."""
        counted = admit(self.get(Hits, scope.key(of)), scope, of, self.now)
        if counted:
            self.put(counted)
        return counted is not None
