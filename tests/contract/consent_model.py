"""Consent as the contracts' state table has it (section 2), in plain objects: what the product is compared with.

Written from the table and the promises beside it, not from ``yesline.rules``: it knows no rows, no batches and no database.
"""

from collections import Counter
from dataclasses import dataclass, field

from tests.contract.consent_terms import (
    ASKED,
    BY_FORM,
    BY_KEYWORD,
    CODE_LIFE,
    CODE_TRIES,
    DAY,
    LIFE,
    MOST_TRIES,
    ONE_A_DAY,
    RESEND_EVERY,
    SEND_LIMIT,
    Attempt,
    Correct,
    Deed,
    Dispatch,
    Expire,
    Message,
    Pressed,
    Programme,
    Question,
    Resend,
    Result,
    Submit,
    Texted,
    Typed,
)


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
        self.helped = Limit(ONE_A_DAY)

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


class World:
    """Every number, and what was sent to them. ``apply`` does a deed and tells what whoever did it is answered."""

    def __init__(self, programmes: tuple[Programme, ...], numbers: tuple[str, ...]) -> None:
        self.programmes = {programme.id: programme for programme in programmes}
        self.people = {number: Person() for number in numbers}
        self.attempts: dict[str, Attempt] = {}
        self.messages: list[Message] = []
        self.heard: set[str] = set()
        self.now = 0

    def apply(self, deed: Deed, now: int) -> object:
        """Do what somebody did at this time."""
        self.now = now
        answer: object = getattr(self, f"_{type(deed).__name__.lower()}")(deed)
        return answer

    # What a page does.

    def _submit(self, deed: Submit) -> object:
        known = self.attempts.get(deed.id)
        if known:
            return self._receipt(deed.group) if known.body == deed.body else "submission_conflict"
        self._accept(deed.id, deed.number, deed.group, deed.body)
        return self._receipt(deed.group)

    def _receipt(self, group: str) -> object:
        return "done" if self.programmes[group].single else "confirm"

    def _accept(self, attempt: str, number: str, group: str, body: str) -> None:
        person = self.people[number]
        within = person.asked.admit(self.now)
        reason = "stopped" if person.stopped else "" if within else "capped"
        question = self._question(person, number, group, attempt)
        self.attempts[attempt] = Attempt(question, body, self.now + RESEND_EVERY)
        if question.again:
            reason = reason or ("" if person.told_already.admit(self.now) else "capped")
            self._ask(question, "already", reason, fresh=question.opened_by != attempt)
        elif question.state == "yes":
            self._send("confirmation", number, group, question, reason)
        else:
            self._ask(question, "prompt", reason, fresh=question.opened_by != attempt)

    def _question(self, person: Person, number: str, group: str, attempt: str) -> Question:
        """The question that a submission puts: the one that is open already, or a new one."""
        self._lapse(person, group)
        found = person.questions.get(group)
        return found or self._new_question(person, number, group, attempt, BY_FORM)

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

    def _correct(self, deed: Correct) -> object:
        attempt = self.attempts.get(deed.id)
        if not attempt:
            return "submission_not_found"
        old = attempt.question
        if old.state == "yes":
            return "already_confirmed"
        if old.number == deed.number:
            return self._receipt(old.group)
        if old.opened_by == deed.id and old.state == "open":
            self._close(old, "corrected")
        self._accept(deed.id, deed.number, old.group, attempt.body)
        return self._receipt(old.group)

    def _resend(self, deed: Resend) -> object:
        attempt = self.attempts.get(deed.id)
        if not attempt:
            return "submission_not_found"
        if attempt.resend_at > self.now:
            return "resend_too_early"
        attempt.resend_at = self.now + RESEND_EVERY
        question = attempt.question
        within = self.people[question.number].asked.admit(self.now)
        open_ = question.state == "open" and question.closes_at > self.now
        reason = "closed" if not open_ else "" if within else "capped"
        self._ask(question, "already" if question.again else "prompt", reason, fresh=True)
        return "confirm"

    def _typed(self, deed: Typed) -> object:
        attempt = self.attempts.get(deed.id)
        if not attempt:
            return "submission_not_found"
        question = attempt.question
        if question.state == "yes":
            return ("confirmed", True)
        question.tries += 1
        good = deed.key == (question, question.codes) and "code" in question.methods
        usable = question.tries <= CODE_TRIES and question.code_until > self.now
        return ("confirmed", False) if good and usable and self._confirm(question) else "code_wrong"

    # What a phone does.

    def _pressed(self, deed: Pressed) -> object:
        if not deed.yes:
            self._stop(deed.question.number, self.now)
            return ("confirmed", False)
        if deed.question.state == "yes":
            return ("confirmed", True)
        return ("confirmed", False) if self._confirm(deed.question) else "prompt_closed"

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

    def _texted(self, deed: Texted) -> object:
        if deed.id in self.heard:
            return None
        self.heard.add(deed.id)
        person = self.people[deed.number]
        question = person.answerable(deed.group, self.now)
        if deed.key:
            yes = question is not None and deed.key == (question, question.codes)
            words = "Y" if yes else "other"
        else:
            words = deed.words
        self._do(deed, words, person, question)
        return None

    def _do(self, deed: Texted, words: str, person: Person, question: Question | None) -> None:
        if words == "STOP":
            self._stop_word(deed, person)
        elif words == "START":
            self._start_word(deed, person)
        elif words in ("Y", "YES") and question:
            self._confirm(question)
        elif words == "YES":
            self._opt_in(deed, person)
        elif words == "N":
            if question:
                self._close(question, "refused")
        elif words == "HELP" or (not person.stopped and person.helped.admit(self.now)):
            self._send("help", deed.number, deed.group)

    def _stop_word(self, deed: Texted, person: Person) -> None:
        if not person.stopped and deed.at and deed.at < person.started_at:
            return
        was = person.stopped
        self._stop(deed.number, deed.at or self.now)
        if not was:
            self._send("stop", deed.number, deed.group)

    def _start_word(self, deed: Texted, person: Person) -> None:
        at = deed.at or self.now
        if person.stopped and at <= person.stopped_at:
            return
        person.stopped = False
        person.started_at = max(at, person.started_at)
        self._opt_in(deed, person)

    def _opt_in(self, deed: Texted, person: Person) -> None:
        """An opt-in keyword."""
        if person.stopped:
            return
        number, group = deed.number, deed.group
        self._lapse(person, group)
        pending = person.questions.get(group)
        if person.state(group) == "subscribed":
            self._send("help", number, group)
        elif self.programmes[group].single:
            person.move(group, "subscribed")
            self._send("confirmation", number, group)
        elif pending:
            if person.asked.admit(self.now):
                self._ask(pending, "prompt", "", fresh=True)
        else:
            self._send("prompt", number, group, self._new_question(person, number, group, "", BY_KEYWORD))

    def _stop(self, number: str, at: int) -> None:
        """Stopped for every group; nothing that waits goes out but the answer to an earlier STOP."""
        person = self.people[number]
        for question in list(person.questions.values()):
            person.questions.pop(question.group).state = "closed"
        for group, state in person.states.items():
            if state in ("pending", "subscribed"):
                person.move(group, "unsubscribed")
        self._cancel(number, "stopped")
        person.stopped, person.started_at = True, 0
        person.stopped_at = max(person.stopped_at, at)

    # What the post office and the clock do.

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

    def _dispatch(self, _: Dispatch) -> object:
        going = []
        for message in self.messages:
            if message.state != "queued" or message.due_at > self.now:
                continue
            if reason := self._why_not(message):
                message.state, message.reason = "dropped", reason
            else:
                message.state, message.tried_at, message.tries = "sending", self.now, message.tries + 1
                going.append(message)
        return going

    def _why_not(self, message: Message) -> str:
        if message.drop_at <= self.now:
            return "too late"
        if message.kind not in ("stop", "help") and self.people[message.number].stopped:
            return "stopped"
        question = message.question
        if question and message.kind in ("prompt", "already") and question.state != "open":
            return "answered"
        return "replaced" if question and message.code < question.codes else ""

    def _result(self, deed: Result) -> object:
        message = deed.message
        if message.state not in ("sending", "uncertain"):
            return None
        again = deed.how == "queued" and message.tries < MOST_TRIES
        failed = deed.how in ("queued", "opted_out")
        message.state = "queued" if again else "failed" if failed else deed.how
        message.due_at = self.now + deed.wait
        message.reason = ""
        if deed.how == "opted_out" and not self.people[message.number].stopped:
            self._stop(message.number, self.now)
        return None

    def _expire(self, _: Expire) -> object:
        for person in self.people.values():
            for question in [q for q in person.questions.values() if q.closes_at <= self.now]:
                self._close(question, "expired")
        for message in self.messages:
            if message.state == "sending" and message.tried_at + SEND_LIMIT <= self.now:
                message.state = "uncertain"
        return False  # nothing is left that is overdue

    # What can be seen of it.

    def states(self) -> dict[tuple[str, str], str]:
        """The state of each number in each group where it has any."""
        pairs = ((number, group, state) for number, p in self.people.items() for group, state in p.states.items())
        return {(number, group): state for number, group, state in pairs if state != "unknown"}

    def stopped(self) -> set[str]:
        """The numbers that are stopped."""
        return {number for number, person in self.people.items() if person.stopped}

    def open(self) -> dict[tuple[str, str], Question]:
        """The open question of each number and group."""
        return {(number, q.group): q for number, person in self.people.items() for q in person.questions.values()}

    def texts(self) -> Counter[tuple[str, ...]]:
        """How many texts of which kind are in which state; why, for those that were dropped."""
        return Counter((m.number, m.group, m.kind, m.state, m.reason) for m in self.messages)
