"""What a rule works on: what is known, the moment, and the rows and events it is about to decide.

A rule reads and writes through its desk and sees its own writes; nothing leaves the desk until the clerk takes the decision.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct

from yesline.records import (
    Claim,
    Decision,
    Draft,
    EventKind,
    GroupSuppression,
    Hits,
    Prompt,
    Removal,
    ReviewItem,
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
_OWNED = (Subscription, Prompt, Text, ReviewItem)  # the kinds of row that rules look up by their subject


class Moment(Struct, frozen=True):
    """The time, a source of fresh ids, the keys and the policy in force: all that a rule may use besides what is known."""

    now: int
    mint: Callable[[], str]
    keys: Keys
    policy: Policy


class Known:
    """Rows by type and identity, and by subject. Rows put later take the place of those with the same identity."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows: defaultdict[type[Row], dict[Any, Row]] = defaultdict(dict)
        self._of: dict[tuple[type[Row], str], dict[Any, None]] = {}
        self._tags: dict[str, str] = {}
        for row in rows:
            self.put((type(row), type(row).identity(row)), row)

    def put(self, place: tuple[type[Row], Any], row: Row) -> None:
        """Learn a row, or its newer form. ``place`` is its type and identity."""
        kind, identity = place
        self._rows[kind][identity] = row
        if kind in _OWNED:
            self._of.setdefault((kind, row.subject_id), {})[identity] = None  # type: ignore[attr-defined]
        elif isinstance(row, Subject) and row.tag:
            self._tags[row.tag] = row.id

    def get(self, kind: type[R], identity: Any) -> R | None:
        """One row, or None."""
        return self._rows[kind].get(identity)  # type: ignore[return-value]  # rows are kept by type

    def of(self, kind: type[R], subject_id: str) -> Iterable[Any]:
        """The identities of a subject's subscriptions, prompts or texts, in the order they were learned."""
        return self._of.get((kind, subject_id), ())

    def all(self, kind: type[R]) -> Iterator[R]:
        """Every row of one type."""
        return iter(list(self._rows[kind].values()))  # type: ignore[arg-type]

    def tagged(self, tag: str) -> str | None:
        """The id of the subject whose number has this tag, unless it was erased meanwhile."""
        found = self.get(Subject, self._tags.get(tag))
        return found.id if found and found.tag == tag else None


class Desk:
    """One act's view of what is known, and the decision as it grows."""

    def __init__(self, known: Known, moment: Moment) -> None:
        self.known = known
        self.now = moment.now
        self.mint = moment.mint
        self.keys = moment.keys
        self.policy = moment.policy
        self._rows: dict[tuple[type[Row], Any], Row] = {}
        self._events: list[Draft] = []
        self._after: list[Claim | Removal] = []
        self._made: dict[str, str] = {}
        self._of: dict[tuple[type[Row], str], dict[Any, None]] = {}

    def get(self, kind: type[R], identity: Any) -> R | None:
        """One row as this act sees it."""
        return self._rows.get((kind, identity)) or self.known.get(kind, identity)  # type: ignore[return-value]

    def of(self, kind: type[R], subject: Subject) -> list[R]:
        """A subject's subscriptions, prompts or texts as this act sees them."""
        identities = dict.fromkeys((*self.known.of(kind, subject.id), *self._of.get((kind, subject.id), ())))
        rows = (self.get(kind, identity) for identity in identities)
        return [row for row in rows if row and row.subject_id == subject.id]  # type: ignore[attr-defined]

    def put(self, row: R) -> R:
        """Decide that this row shall be so."""
        kind, identity = type(row), type(row).identity(row)
        self._rows[kind, identity] = row
        if kind in _OWNED:
            self._of.setdefault((kind, row.subject_id), {})[identity] = None  # type: ignore[attr-defined]
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
        return Decision(outcome, self._rows, tuple(self._events), tuple(self._after))

    def claim(self, prompt: Prompt) -> None:
        """Whoever answered this prompt is to have a code of its pool, if it has one."""
        if prompt.coupon_pool:
            self._after.append(Claim(prompt.id, prompt.subject_id, prompt.coupon_pool, self.now))

    def remove(self, *, profile_id: str = "", subject_id: str = "") -> None:
        """Decide that this is deleted, once the rows are saved."""
        self._after.append(Removal(profile_id, subject_id))

    def subject(self, tag: str, phone: str, email: str = "") -> Subject:
        """The subject of a number or an address, made now if there is none."""
        known = self.known.tagged(tag) or self._made.get(tag)
        found = self.get(Subject, known) if known else None
        if not found:
            found = self.put(Subject(id=self.mint(), tag=tag, phone=phone or None, created_at=self.now, email=email))
            self._made[tag] = found.id
        return found

    def owner(self, row: Submission | Prompt | Text | ReviewItem) -> Subject:
        """The subject a loaded row belongs to."""
        subject = self.get(Subject, row.subject_id)
        assert subject is not None, "the store loads the subject of every row it loads"  # noqa: S101
        return subject

    def stopped(self, subject: Subject, group_id: str) -> bool:
        """Whether the number has said STOP, to all of the brand or to this group, and not START since."""
        rows = (self.get(Suppression, subject.tag), self.get(GroupSuppression, (subject.tag, group_id)))
        return any(row is not None and not row.lifted_at for row in rows)

    def held(self, subject: Subject) -> list[ReviewItem]:
        """The open review items for whose sake nothing is sent to the number."""
        return [item for item in self.of(ReviewItem, subject) if item.state == "open" and item.holds]

    def subscription(self, subject: Subject, group_id: str) -> Subscription:
        """The state of a number in a group; a fresh ``unknown`` where none is kept."""
        found = self.get(Subscription, (subject.id, group_id))
        return found or Subscription(subject.id, group_id, "unknown", "unknown", self.now)

    def open_prompts(self, subject: Subject) -> list[Prompt]:
        """The subject's prompts that may still be answered, the one that was asked last at the end."""
        prompts = [p for p in self.of(Prompt, subject) if p.state == "open" and p.closes_at > self.now]
        return sorted(prompts, key=lambda p: (p.code_until, p.opened_at))

    def count(self, scope: Scope, of: str) -> bool:
        """Count one more of something, or tell that a cap is reached."""
        counted = admit(self.get(Hits, scope.key(of)), scope, of, self.now)
        if counted:
            self.put(counted)
        return counted is not None
