"""The product on a stage: a real clerk on a real store, played beside the model and compared with it after every step."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.conftest import NOON, Clock
from tests.contract import consent_terms as terms
from tests.contract.consent_cast import FORMS, KEYS, NUMBERS, PACE, POLICY, PROGRAMMES, TAGS, submit
from tests.contract.consent_model import World
from tests.databases import RECORDED, Peek, Run, one_loop
from yesline.clerk import Clerk
from yesline.errors import Refusal
from yesline.records import (
    BRAND_WIDE,
    Act,
    Confirmed,
    Correct,
    Delivery,
    Dispatch,
    EnterCode,
    Event,
    Expire,
    Going,
    InboundText,
    PressLink,
    PressStop,
    Receipt,
    Resend,
    Review,
    StopByHand,
    Text,
    TextResult,
)
from yesline.rules import proof, signing
from yesline.store.base import Store
from yesline.store.engines import ready_store

CAUSES = {("confirmed", "reply"), ("confirmed", "code"), ("confirmed", "link")}
SINGLE_CAUSES = CAUSES | {("subscribed", "form"), ("subscribed", "keyword")}


class Stage:
    """Clerk and store on a loop of their own, the model, and what ties the two: which prompt is which question."""

    def __init__(self, run: Run, store: Store, peek: Peek, examples: int) -> None:
        self.examples = examples
        self._run = run
        self._store = store
        self._peek = peek
        self.clock = Clock()
        self._clerk = Clerk(store, KEYS, POLICY, self.clock)
        self._reset()

    def _reset(self) -> None:
        self.world = World(PROGRAMMES, NUMBERS)
        self.clock.now = NOON
        self._submissions: list[str] = []
        self._prompts: dict[terms.Question, str] = {}
        self._sending: list[tuple[str, terms.Message]] = []
        self._heard: list[terms.Texted] = []
        self._items: dict[terms.Item, str] = {}
        self._subjects: dict[str, str] = {}

    @classmethod
    @contextmanager
    def opened(cls, url: str, examples: int) -> "Iterator[Stage]":
        """A stage that lives as long as the context; its loop has a thread of its own."""
        with one_loop() as run:
            store, peek = run(ready_store(url, NOON)), Peek(url)
            try:
                yield cls(run, store, peek, examples)
            finally:
                run(peek.close())
                run(store.close())

    def begin(self) -> None:
        """Nobody has done anything yet."""
        self._run(self._peek.empty(RECORDED))
        self._reset()

    def play(self, *intents: tuple[Any, ...]) -> None:
        """Do these at once, on the product and in the model, and compare."""
        deeds = [deed for kind, *how in intents if (deed := getattr(self, f"_deed_{kind}")(*how))]
        if deeds:
            self._run(self._play(deeds))

    def wait_for(self, moment: int) -> None:
        """Let time pass until then."""
        self.clock.now = max(moment, self.clock.now)

    def question(self, pick: int) -> terms.Question | None:
        """What a submission asked."""
        attempt = self._attempt(pick)
        return self.world.attempts[attempt].question if attempt else None

    async def _play(self, deeds: list[terms.Deed]) -> None:
        acts = [self._act(deed) for deed in deeds]
        outcomes = await asyncio.gather(*(self._clerk.record(act) for act in acts), return_exceptions=True)
        numbers = dict(await self._peek.rows("SELECT id, phone FROM subject"))
        self._subjects = {number: subject for subject, number in numbers.items()}
        assert len(self._subjects) == len(numbers)
        for deed, outcome in zip(deeds, outcomes, strict=True):
            self._told(deed, outcome, numbers)
        await self._compare(numbers)

    # From what somebody means to do to a deed of the model; None where there is nothing to do it with.

    def _deed_submit(self, number: str, group: str, body: str) -> terms.Deed:
        self._submissions.append(f"s{len(self._submissions)}")
        return terms.Submit(self._submissions[-1], number, group, f"{number} {group} {body}")

    def _deed_submit_again(self, pick: int, body: str) -> terms.Deed | None:
        attempt = self._attempt(pick)
        if not attempt:
            return None
        number, group, _ = self.world.attempts[attempt].body.split()
        return terms.Submit(attempt, number, group, f"{number} {group} {body}")

    def _deed_correct(self, pick: int, number: str) -> terms.Deed | None:
        attempt = self._attempt(pick)
        return terms.Correct(attempt, number) if attempt else None

    def _deed_resend(self, pick: int) -> terms.Deed:
        return terms.Resend(self._attempt(pick) or "nobody")

    def _deed_type_code(self, pick: int, which: str) -> terms.Deed:
        attempt = self._attempt(pick)
        if not attempt:
            return terms.Typed("nobody", None)
        return terms.Typed(attempt, self._key(self.world.attempts[attempt].question, which))

    def _deed_press(self, pick: int, yes: bool) -> terms.Deed | None:
        question = self._asked(pick)
        return terms.Pressed(question, yes) if question else None

    def _deed_text(self, number: str, group: str, words: str, offset: int | None) -> terms.Deed:
        at = 0 if offset is None else self.clock.now + offset
        return self._hear(terms.Texted(f"in{len(self._heard)}", number, group, words, at))

    def _deed_text_code(self, pick: int, which: str) -> terms.Deed | None:
        question = self._asked(pick)
        if not question:
            return None
        key = self._key(question, which) or (question, 0)
        return self._hear(terms.Texted(f"in{len(self._heard)}", question.number, question.group, "", 0, key))

    def _hear(self, text: terms.Texted) -> terms.Texted:
        self._heard.append(text)
        return text

    def _deed_text_twice(self, pick: int) -> terms.Deed | None:
        return self._heard[pick % len(self._heard)] if self._heard else None

    def _deed_press_stop(self, number: str, group: str) -> terms.Deed | None:
        return terms.StopPressed(number, group) if number in self._subjects else None

    def _deed_stop_by_hand(self, number: str) -> terms.Deed:
        return terms.StopByHand(number)

    def _deed_review(self, pick: int, stop: bool) -> terms.Deed:
        known = list(self._items)
        return terms.Reviewed(known[-1 - pick % len(known)] if known else None, stop)

    def _deed_dispatch(self) -> terms.Deed:
        return terms.Dispatch()

    def _deed_result(self, pick: int, how: str) -> terms.Deed | None:
        message = self._went(pick)
        return terms.Result(message, how, wait=4000 if how == "queued" else 0) if message else None

    def _deed_receipt(self, pick: int, state: str, reason: str) -> terms.Deed | None:
        message = self._went(pick)
        return terms.Receipt(message, state, reason) if message else None

    def _deed_expire(self) -> terms.Deed:
        return terms.Expire()

    def _attempt(self, pick: int) -> str | None:
        """One of the newest submissions that were answered."""
        known = [name for name in self._submissions if name in self.world.attempts]
        return known[-1 - pick % len(known)] if known else None

    def _asked(self, pick: int) -> terms.Question | None:
        known = list(self._prompts)
        return known[-1 - pick % len(known)] if known else None

    def _went(self, pick: int) -> terms.Message | None:
        return self._sending[-1 - pick % len(self._sending)][1] if self._sending else None

    @staticmethod
    def _key(question: terms.Question, which: str) -> terms.Key | None:
        codes = {"newest": question.codes, "older": question.codes - 1, "wrong": 0}
        return (question, codes[which]) if codes[which] else None

    # From a deed of the model to an act.

    def _act(self, deed: terms.Deed) -> Act:
        act: Act = getattr(self, f"_act_{type(deed).__name__.lower()}")(deed)
        return act

    def _act_submit(self, deed: terms.Submit) -> Act:
        return submit(deed.id, deed.number, deed.group, deed.body)

    def _act_correct(self, deed: terms.Correct) -> Act:
        group = self.world.attempts[deed.id].question.group
        return Correct(deed.id, submit(deed.id, deed.number, group, f"corrected to {deed.number}"))

    def _act_resend(self, deed: terms.Resend) -> Act:
        return Resend(deed.id)

    def _act_typed(self, deed: terms.Typed) -> Act:
        return EnterCode(deed.id, self._digits(deed.key), {})

    def _act_pressed(self, deed: terms.Pressed) -> Act:
        return PressLink(self._prompts[deed.question], deed.yes, {})

    def _act_stoppressed(self, deed: terms.StopPressed) -> Act:
        return PressStop(self._subjects[deed.number], deed.group, {})

    def _act_stopbyhand(self, deed: terms.StopByHand) -> Act:
        return StopByHand(deed.number, TAGS[deed.number], {})

    def _act_reviewed(self, deed: terms.Reviewed) -> Act:
        return Review(self._items[deed.item] if deed.item else "nothing", deed.stop, "ann")

    def _act_dispatch(self, _: terms.Dispatch) -> Act:
        return Dispatch(PACE)

    def _act_expire(self, _: terms.Expire) -> Act:
        return Expire()

    def _act_texted(self, deed: terms.Texted) -> Act:
        body = self._digits(deed.key) if deed.key else deed.words
        return InboundText(deed.id, deed.number, TAGS[deed.number], FORMS[deed.group].group, body, deed.at)

    def _act_result(self, deed: terms.Result) -> Act:
        text = self._text(deed.message)
        if deed.how == "opted_out":
            return TextResult(text, "failed", reason="opted_out")
        return TextResult(text, deed.how, wait=deed.wait)  # type: ignore[arg-type]

    def _act_receipt(self, deed: terms.Receipt) -> Act:
        return Delivery(self._text(deed.message), "", deed.state, deed.reason)  # type: ignore[arg-type]

    def _text(self, message: terms.Message) -> str:
        return next(text for text, sent in self._sending if sent is message)

    def _digits(self, key: terms.Key | None) -> str:
        """The code of a question, or one that it never had."""
        if key and key[1]:
            return signing.code(KEYS, self._prompts[key[0]], key[1])
        had = {signing.code(KEYS, prompt, n) for prompt in self._prompts.values() for n in range(1, 20)}
        return next(code for code in (f"{n:06d}" for n in range(1_000_000)) if code not in had)

    # What is compared.

    def _told(self, deed: terms.Deed, outcome: Any, numbers: dict[str, str]) -> None:
        """What whoever did it was told is what the model says."""
        expected: Any = self.world.apply(deed, self.clock.now)
        if isinstance(outcome, Going):
            self._take(outcome.texts, expected, numbers)
        else:
            assert _answer(outcome) == expected, deed

    def _take(self, texts: list[Text], expected: list[terms.Message], numbers: dict[str, str]) -> None:
        """The texts that go are those the model sends; which is which is remembered for their results."""
        waiting: dict[tuple[Any, ...], list[terms.Message]] = {}
        for message in expected:
            key = (message.number, message.group, message.kind, message.code, message.tries)
            waiting.setdefault(key, []).append(message)
        for text in texts:
            key = (numbers[text.subject_id], text.group_id, text.kind, text.generation, text.tries)
            assert waiting.get(key), (key, waiting)
            self._sending.append((text.id, waiting[key].pop()))
        assert not any(waiting.values()), waiting

    async def _compare(self, numbers: dict[str, str]) -> None:
        """What stands in the tables is what the model says, and the ledger tells how it came to be."""
        rows = await self._peek.rows("SELECT subject_id, group_id, state FROM subscription WHERE state <> 'unknown'")
        states = {(numbers[subject], group): state for subject, group, state in rows}
        assert states == self.world.states()
        stopped = {tag for (tag,) in await self._peek.rows("SELECT tag FROM suppression WHERE lifted_at = 0")}
        assert stopped == {TAGS[number] for number in self.world.stopped()}
        await self._compare_prompts(numbers)
        await self._compare_texts(numbers)
        await self._compare_items(numbers)
        marked = await self._peek.rows("SELECT subject_id FROM invalid_number WHERE cleared_at = 0")
        assert {numbers[subject] for (subject,) in marked} == self.world.unreachable()
        await self._check_ledger(numbers, states)

    async def _compare_prompts(self, numbers: dict[str, str]) -> None:
        """One open prompt at most for each number and group; what was one question is one row for all its life."""
        rows = await self._peek.rows(
            "SELECT subject_id, group_id, id, purpose, generation, tries FROM prompt WHERE state = 'open'"
        )
        found = {(numbers[subject], group): prompt for subject, group, *prompt in rows}
        assert len(found) == len(rows), "two open prompts for one number and group"
        asked = self.world.open()
        assert found.keys() == asked.keys()
        for place, (prompt, purpose, generation, tries) in found.items():
            question = asked[place]
            assert (purpose == "already", generation, tries) == (question.again, question.codes, question.tries)
            assert self._prompts.setdefault(question, prompt) == prompt
        for attempt, prompt in await self._peek.rows("SELECT id, prompt_id FROM submission"):
            assert self._prompts.setdefault(self.world.attempts[attempt].question, prompt) == prompt
        assert len(set(self._prompts.values())) == len(self._prompts)

    async def _compare_texts(self, numbers: dict[str, str]) -> None:
        rows = await self._peek.rows(
            "SELECT subject_id, group_id, kind, state, CASE state WHEN 'dropped' THEN reason ELSE '' END, count(*) "
            "FROM text GROUP BY 1, 2, 3, 4, 5"
        )
        found = Counter({(numbers[subject], *what): count for subject, *what, count in rows if what[1] != "inbound"})
        expected = self.world.texts()
        assert found == expected, (found - expected, expected - found)
        assert sum(row[-1] for row in rows if row[2] == "inbound") == len(self.world.heard)

    async def _compare_items(self, numbers: dict[str, str]) -> None:
        """What waits for a person, or did, is what the model put before one."""
        rows = await self._peek.rows("SELECT id, text_id, subject_id, group_id, holds, state FROM review_item")
        asked = {item.text: item for item in self.world.items()}
        found = {(text, numbers[subject], group, bool(holds), state) for _, text, subject, group, holds, state in rows}
        assert found == {(i.text, i.number, i.group, i.holds, i.state) for i in asked.values()}
        for item, text, *_ in rows:
            assert self._items.setdefault(asked[text], item) == item

    async def _check_ledger(self, numbers: dict[str, str], states: dict[tuple[str, str], str]) -> None:
        """Every chain holds, and told again from its start it comes to the same states, each yes with a cause."""
        told = {}
        async for subject, events in self._store.chains("", "~"):
            proof.check_chain(KEYS.ledger, subject, events)
            for group, state in _told_again([event for event, _ in events]).items():
                told[numbers[subject.id], group] = state
        assert {place: state for place, state in told.items() if state != "unknown"} == states


def _told_again(events: list[Event]) -> dict[str, str]:
    """The states that the events of one number come to."""
    states: dict[str, str] = {}
    for event in events:
        if event.kind == "stopped":
            states |= {group: "unsubscribed" for group, state in states.items() if state in ("pending", "subscribed")}
        elif event.before != event.after and event.group_id != BRAND_WIDE:
            assert event.before == states.get(event.group_id, "unknown")
            states[event.group_id] = event.after
            if event.after == "subscribed":
                allowed = SINGLE_CAUSES if FORMS[event.group_id].group.opt_in == "single" else CAUSES
                assert (event.kind, event.source) in allowed
    return states


def _answer(outcome: Any) -> object:
    """What whoever did it was told, in the model's words."""
    if isinstance(outcome, Receipt):
        return outcome.next
    if isinstance(outcome, Confirmed):
        return ("confirmed", outcome.already)
    if isinstance(outcome, Refusal):
        return outcome.code
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
