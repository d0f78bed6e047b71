"""The moves of consent that several deeds share, as the contracts' state table has them (section 2)."""

from typing import Literal

from tests.contract.consent_people import Person
from tests.contract.consent_terms import (
    CODE_LIFE,
    DAY,
    LIFE,
    Message,
    Programme,
    Question,
)


class Moves:
    """Every number, what was sent to them, and what may happen to them. STOP wins every race."""

    def __init__(self, programmes: tuple[Programme, ...], numbers: tuple[str, ...]) -> None:
        self.programmes = {programme.id: programme for programme in programmes}
        self.people = {number: Person() for number in numbers}
        self.messages: list[Message] = []
        self.now = 0

    def _new_question(
        self, person: Person, number: str, group: str, attempt: str, methods: tuple[str, ...]
    ) -> Question:
        programme = self.programmes[group]
        closes_at = self.now + programme.days * DAY
        again = person.state(group) == "subscribed"
        question = Question(number, group, again, methods, attempt, closes_at, self.now + CODE_LIFE)
        if person.stopped:
            question.state = "closed"
        elif programme.single and not again:
            question.state = "yes"
            person.move(group, "subscribed")
        else:
            person.questions[group] = question
            person.move(group, "subscribed" if again else "pending")
        return question

    def _lapse(self, person: Person, group: str) -> None:
        """A question whose window is over makes way for the next one; its texts are too late to send anyhow."""
        question = person.questions.get(group)
        if question and question.closes_at <= self.now:
            person.close(question)

    def _ask(self, question: Question, kind: str, reason: str, *, fresh: bool) -> None:
        """Send a question; one that was sent before gets a code that takes the place of the old one."""
        if fresh and not reason:
            question.codes += 1
            question.tries = 0
            question.code_until = self.now + CODE_LIFE
        self._send(kind, question.number, question.group, question, reason)

    def _confirm(self, question: Question) -> bool:
        """The phone said yes, and in time."""
        person = self.people[question.number]
        if question.state != "open" or question.closes_at <= self.now:
            return False
        question.state = "yes"
        del person.questions[question.group]
        self._cancel(question.number, "answered", question)
        if person.state(question.group) != "subscribed":
            person.move(question.group, "subscribed")
            self._send("confirmation", question.number, question.group, question)
        return True

    def _close(self, question: Question, why: str) -> None:
        self.people[question.number].close(question)
        self._cancel(question.number, why, question)

    def _stop(self, number: str, at: int) -> bool:
        """Stopped for every group; nothing that waits goes out but the answer to an earlier STOP. Tells whether it was stopped before."""
        person = self.people[number]
        was = person.stopped
        for question in list(person.questions.values()):
            person.questions.pop(question.group).state = "closed"
        for group, state in person.states.items():
            if state in ("pending", "subscribed"):
                person.move(group, "unsubscribed")
        self._cancel(number, "stopped")
        person.stopped, person.started_at = True, 0
        person.stopped_at = max(person.stopped_at, at)
        self._release(number, "stopped")
        return was

    def _release(self, number: str, state: Literal["stopped", "dismissed"]) -> None:
        """It is clear now what the person wants."""
        held = self.people[number].held
        for item in held:
            item.state = state
        if held:
            self._let_go(number)

    def _let_go(self, number: str) -> None:
        """What was held may go at once."""
        for message in self.messages:
            if message.number == number and message.state == "queued":
                message.due_at = self.now

    def _learn(self, number: str, reason: str) -> None:
        """What a failure tells of the number itself: a STOP that we missed, or that nobody can be reached there."""
        person = self.people[number]
        if reason == "opted_out" and not person.stopped:
            self._stop(number, self.now)
        elif reason == "invalid_number":
            person.unreachable = True

    def _send(self, kind: str, number: str, group: str, question: Question | None = None, reason: str = "") -> None:
        state = "dropped" if reason else "queued"
        code = question.codes if question else 0
        drop_at = self.now + LIFE.get(kind, DAY)
        self.messages.append(Message(kind, number, group, question, code, self.now, drop_at, state, reason))

    def _cancel(self, number: str, reason: str, question: Question | None = None) -> None:
        for message in self.messages:
            concerned = message.number == number and question in (None, message.question)
            if concerned and message.state == "queued" and message.kind != "stop":
                message.state, message.reason = "dropped", reason
