"""Consent as the contracts' state table has it (section 2), in plain objects: what the product is compared with.

Written from the table and the promises beside it, not from ``yesline.rules``: it knows no rows, no batches and no database.
"""

from collections import Counter

from tests.contract.consent_moves import Moves
from tests.contract.consent_people import Person
from tests.contract.consent_terms import (
    ANSWERED_ALWAYS,
    BY_FORM,
    BY_KEYWORD,
    CODE_TRIES,
    LOOK_AGAIN,
    MOST_TRIES,
    NEVER_HELD,
    RESEND_EVERY,
    SAYS_MORE,
    SEND_LIMIT,
    Attempt,
    Correct,
    Deed,
    Dispatch,
    Expire,
    Item,
    Message,
    Pressed,
    Programme,
    Question,
    Receipt,
    Resend,
    Result,
    Reviewed,
    StopByHand,
    StopPressed,
    Submit,
    Texted,
    Typed,
)


class World(Moves):
    """Every number, and what was sent to them. ``apply`` does a deed and tells what whoever did it is answered."""

    def __init__(self, programmes: tuple[Programme, ...], numbers: tuple[str, ...]) -> None:
        super().__init__(programmes, numbers)
        self.attempts: dict[str, Attempt] = {}
        self.heard: set[str] = set()

    def apply(self, deed: Deed, now: int) -> object:
        """Do what somebody did at this time."""
        self.now = now
        answer: object = getattr(self, f"_{type(deed).__name__.lower()}")(deed)
        return answer

    # What a page does.

    def _submit(self, deed: Submit) -> object:
        known = self.attempts.get(deed.id)
        if known:
            return self._taken(deed.group) if known.body == deed.body else "submission_conflict"
        self._accept(deed.id, deed.number, deed.group, deed.body)
        return self._taken(deed.group)

    def _taken(self, group: str) -> object:
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

    def _correct(self, deed: Correct) -> object:
        attempt = self.attempts.get(deed.id)
        if not attempt:
            return "submission_not_found"
        old = attempt.question
        if old.state == "yes":
            return "already_confirmed"
        if old.number == deed.number:
            return self._taken(old.group)
        if old.opened_by == deed.id and old.state == "open":
            self._close(old, "corrected")
        self._accept(deed.id, deed.number, old.group, attempt.body)
        return self._taken(old.group)

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

    def _texted(self, deed: Texted) -> object:
        if deed.id in self.heard:
            return None
        self.heard.add(deed.id)
        person = self.people[deed.number]
        person.unreachable = False
        question = person.answerable(deed.group, self.now)
        if deed.key:
            words = "its code" if question and deed.key == (question, question.codes) else "a number"
        else:
            words = deed.words
        self._do(deed, words, person, question)
        return None

    def _do(self, deed: Texted, words: str, person: Person, question: Question | None) -> None:
        if words == "STOP":
            self._stop_word(deed, person)
        elif words == "START":
            self._start_word(deed, person)
        elif words == "HELP":
            self._send("help", deed.number, deed.group)
        elif words == "N":
            if question:
                self._close(question, "refused")
        elif words in ("its code", "Y", "YES", "JOIN", self.programmes[deed.group].keyword):
            self._yes_word(deed, words, person, question)
        else:
            self._not_understood(deed, words, person)

    def _yes_word(self, deed: Texted, words: str, person: Person, question: Question | None) -> None:
        """Yes to a question, or an opt-in keyword; only START ends a STOP."""
        if person.stopped:
            return
        if words in ("its code", "Y", "YES") and question:
            self._release(deed.number, "dismissed")
            self._confirm(question)
        elif words == "Y":
            self._not_understood(deed, words, person)
        else:
            self._opt_in(deed, person)

    def _not_understood(self, deed: Texted, words: str, person: Person) -> None:
        """A person should look at it; where it may be a wish to stop, nothing goes out meanwhile."""
        unclear = words == "no more texts"
        person.items.append(Item(deed.id, deed.number, deed.group, holds=unclear and not person.stopped))
        if person.stopped or (unclear and not self.programmes[deed.group].asks_back):
            return
        if (person.asked_back if unclear else person.told_unknown).admit(self.now):
            self._send("review" if unclear else "other", deed.number, deed.group)

    def _stop_word(self, deed: Texted, person: Person) -> None:
        if not person.stopped and deed.at and deed.at < person.started_at:
            return
        if not self._stop(deed.number, deed.at or self.now):
            self._send("stop", deed.number, deed.group)

    def _start_word(self, deed: Texted, person: Person) -> None:
        at = deed.at or self.now
        if person.stopped and at <= person.stopped_at:
            return
        person.stopped = False
        person.started_at = max(at, person.started_at)
        self._opt_in(deed, person)

    def _opt_in(self, deed: Texted, person: Person) -> None:
        """An opt-in keyword from a number that is not stopped."""
        number, group = deed.number, deed.group
        self._release(number, "dismissed")
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

    # Other ways to stop, and people at the console.

    def _stoppressed(self, deed: StopPressed) -> object:
        return ("confirmed", self._stop(deed.number, self.now))

    def _stopbyhand(self, deed: StopByHand) -> object:
        return ("confirmed", self._stop(deed.number, self.now))

    def _reviewed(self, deed: Reviewed) -> object:
        item = deed.item
        if not item:
            return "review_not_found"
        stopped = item.state == "stopped" and self.people[item.number].stopped
        if stopped if deed.stop else item.state != "open":
            return ("confirmed", True)
        item.state = "stopped" if deed.stop else "dismissed"
        if deed.stop:
            self._stop(item.number, self.now)
        elif item.holds and not self.people[item.number].held:
            self._let_go(item.number)
        return ("confirmed", False)

    # What the post office and the clock do.

    def _dispatch(self, _: Dispatch) -> object:
        going = []
        for message in self.messages:
            if message.state != "queued" or message.due_at > self.now:
                continue
            if reason := self._why_not(message):
                message.state, message.reason = "dropped", reason
            elif message.kind not in NEVER_HELD and self.people[message.number].held:
                message.due_at = self.now + LOOK_AGAIN
            else:
                message.state, message.tried_at, message.tries = "sending", self.now, message.tries + 1
                going.append(message)
        return going

    def _why_not(self, message: Message) -> str:
        if message.drop_at <= self.now:
            return "too late"
        person = self.people[message.number]
        if message.kind not in ANSWERED_ALWAYS and person.stopped:
            return "stopped"
        if person.unreachable:
            return "invalid number"
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
        message.reason, message.told = "", deed.how
        self._learn(message.number, deed.how)
        return None

    def _receipt(self, deed: Receipt) -> object:
        """Receipts come late and out of order, and some of them settle what nobody knew; that somebody opted out always counts."""
        message = deed.message
        known, told = (self._says(state) for state in (message.state, deed.state))
        opted_out = deed.reason == "opted_out" != message.told
        if known and (told > known or opted_out):
            message.state = deed.state if told > known else message.state
            message.told = deed.reason
            self._learn(message.number, deed.reason)
        return None

    @staticmethod
    def _says(state: str) -> int:
        return next(place for place, states in enumerate(SAYS_MORE) if state in states)

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

    def items(self) -> list[Item]:
        """What was put before a person, and what was decided."""
        return [item for person in self.people.values() for item in person.items]

    def unreachable(self) -> set[str]:
        """The numbers that a carrier found invalid."""
        return {number for number, person in self.people.items() if person.unreachable}

    def texts(self) -> Counter[tuple[str, ...]]:
        """How many texts of which kind are in which state; why, for those that were dropped."""
        return Counter((m.number, m.group, m.kind, m.state, m.reason) for m in self.messages)
