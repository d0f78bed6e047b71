"""One number as the model of consent knows it."""

from dataclasses import dataclass, field

from tests.contract.consent_terms import ASKED, ONE_A_DAY, Item, Question


@dataclass
class Limit:
    """At most so many in so long, for each of several lengths."""

    caps: tuple[tuple[int, int], ...]
    times: list[int] = field(default_factory=list)

    def admit(self, now: int) -> bool:
        """Count one more, or tell that it is too many."""
        if any(sum(t > now - per for t in self.times) >= most for most, per in self.caps):
            return False
        longest = max(per for _, per in self.caps)
        self.times = [*(t for t in self.times if t > now - longest), now]
        return True


class Person:
    """One number: its state in each group, and whether it is stopped above all of them."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.stopped = False
        self.stopped_at = 0
        self.started_at = 0
        self.questions: dict[str, Question] = {}
        self.asked = Limit(ASKED)
        self.told_already = Limit(ONE_A_DAY)
        self.told_unknown = Limit(ONE_A_DAY)
        self.asked_back = Limit(ONE_A_DAY)
        self.unreachable = False
        self.items: list[Item] = []

    @property
    def held(self) -> list[Item]:
        """What may be a wish to stop and nobody has decided."""
        return [item for item in self.items if item.holds and item.state == "open"]

    def state(self, group: str) -> str:
        """The state in a group."""
        return self.states.get(group, "unknown")

    def move(self, group: str, state: str) -> None:
        """Enter another state, remembering the one before."""
        if self.state(group) != state:
            self.before[group], self.states[group] = self.state(group), state

    def close(self, question: Question) -> None:
        """A question comes to nothing: the number is where it was before it was asked."""
        question.state = "closed"
        if self.questions.get(question.group) is question:
            del self.questions[question.group]
        if self.state(question.group) == "pending":
            self.states[question.group] = self.before[question.group]

    def answerable(self, group: str, now: int) -> Question | None:
        """The question that a reply would answer."""
        question = self.questions.get(group)
        return question if question and question.closes_at > now else None
