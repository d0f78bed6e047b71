"""Consent on both engines against a plain model of the contracts' state table (section 2), over whatever people may do.

300 examples by default; ``YESLINE_EXAMPLES=10000`` for a night.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.contract import consent_terms as terms
from tests.contract.consent_cast import GROUPS, NUMBERS
from tests.contract.consent_stage import Stage
from tests.contract.consent_terms import DAY, HOUR, MINUTE, SECOND
from tests.postgres import Cluster

EXAMPLES = int(os.environ.get("YESLINE_EXAMPLES", "300"))
ENGINES = {"sqlite": EXAMPLES * 2 // 3, "postgres": EXAMPLES // 3}
"""How many of the examples each engine is given: a flush of PostgreSQL's takes longer, and the rules are the same."""

numbers = st.sampled_from(NUMBERS)
groups = st.sampled_from(GROUPS)
bodies = st.sampled_from(["one", "two"])
picks = st.integers(0, 7)
words = st.sampled_from(
    ["STOP", "START", "Y", "YES", "N", "HELP", "JOIN", "PERKS", "who is this", "no more texts", "no more texts"]
)
# How far the carrier's time is from ours; None where the carrier tells no time.
carrier_times = st.sampled_from([None, 0, 0, 0, -SECOND, -HOUR, -2 * HOUR, SECOND, HOUR])

stop_or_start = st.sampled_from(["STOP", "STOP", "START", "START", "YES"])

submits = st.tuples(st.just("submit"), numbers, groups, bodies)
retries = st.tuples(st.just("submit_again"), picks, bodies)
corrections = st.tuples(st.just("correct"), picks, numbers)
resends = st.tuples(st.just("resend"), picks)
codes = st.tuples(st.just("type_code"), picks, st.sampled_from(["newest", "newest", "older", "wrong"]))
presses = st.tuples(st.just("press"), picks, st.sampled_from([True, True, False]))
texts = st.tuples(st.just("text"), numbers, groups, words, carrier_times)
texted_codes = st.tuples(st.just("text_code"), picks, st.sampled_from(["newest", "older", "wrong"]))
stop_links = st.tuples(st.just("press_stop"), numbers, groups)
stops_by_hand = st.tuples(st.just("stop_by_hand"), numbers)
reviews = st.tuples(st.just("review"), picks, st.sampled_from([False, False, True]))
fates = st.sampled_from(
    [
        ("sent", ""),
        ("delivered", ""),
        ("unknown", ""),
        ("rejected", ""),
        ("failed", ""),
        ("failed", "opted_out"),
        ("failed", "invalid_number"),
    ]
)
receipts = st.builds(lambda pick, fate: ("receipt", pick, *fate), picks, fates)
duplicates = st.tuples(st.just("text_twice"), picks)
dispatches = st.tuples(st.just("dispatch"))
results = st.tuples(
    st.just("result"), picks, st.sampled_from(["sent", "sent", "failed", "opted_out", "uncertain", "queued"])
)
expiries = st.tuples(st.just("expire"))
anything = st.one_of(
    submits,
    retries,
    corrections,
    resends,
    codes,
    presses,
    texts,
    texted_codes,
    duplicates,
    stop_links,
    stops_by_hand,
    reviews,
    dispatches,
    results,
    receipts,
    expiries,
)


class Consent(RuleBasedStateMachine):
    """People, phones, the post office and the clock, in any order."""

    stage: Stage

    @initialize()
    def begin(self) -> None:
        self.stage.begin()

    @rule(what=submits)
    def submit(self, what: Any) -> None:
        self.stage.play(what)

    @rule(what=st.one_of(retries, corrections, resends))
    def come_back_to_the_page(self, what: Any) -> None:
        self.stage.play(what)

    @rule(what=st.one_of(codes, presses, texted_codes))
    def answer(self, what: Any) -> None:
        self.stage.play(what)

    @rule(what=st.one_of(texts, duplicates))
    def text(self, what: Any) -> None:
        self.stage.play(what)

    @rule(what=st.one_of(stop_links, stops_by_hand))
    def stop_without_a_text(self, what: Any) -> None:
        self.stage.play(what)

    @rule(what=reviews)
    def review(self, what: Any) -> None:
        self.stage.play(what)

    @rule(
        number=numbers,
        group=groups,
        sent=st.one_of(submits, texts),
        late=st.sampled_from([-1, 0, 5 * MINUTE, 11 * MINUTE]),
        decided=st.one_of(st.just(("review", 0, False)), reviews, texts, stop_links),
    )
    def hold(self, number: str, group: str, sent: Any, late: int, decided: Any) -> None:
        """Something is to be sent to a number whose text may be a wish to stop, until somebody decides."""
        self.stage.play(("text", number, group, "no more texts", 0))
        self.stage.play((sent[0], number, *sent[2:]))
        self.stage.play(("dispatch",))
        self.stage.clock.now += terms.LOOK_AGAIN + late
        self.stage.play(("dispatch",))
        self.stage.play(decided)
        self.stage.play(("dispatch",))

    @rule(number=numbers, group=groups, said=st.lists(st.tuples(stop_or_start, carrier_times), min_size=1, max_size=4))
    def stop_and_start(self, number: str, group: str, said: list[Any]) -> None:
        for word, at in said:
            self.stage.play(("text", number, group, word, at))

    @rule(number=numbers, body=bodies, left=st.sampled_from([0, 0, 1]))
    def guess(self, number: str, body: str, left: int) -> None:
        """Type wrong codes until so many tries are left, then the right one."""
        self.stage.play(("submit", number, "club", body))
        question = self.stage.question(0)
        for _ in range(terms.CODE_TRIES - left - question.tries if question else 0):
            self.stage.play(("type_code", 0, "wrong"))
        self.stage.play(("type_code", 0, "newest"))

    @rule(pick=picks, late=st.sampled_from([-1, 0]))
    def type_late(self, pick: int, late: int) -> None:
        """Type the right code just before or after its time."""
        question = self.stage.question(pick)
        self.stage.wait_for(question.code_until + late if question else 0)
        self.stage.play(("type_code", pick, "newest"))

    @rule(number=numbers, group=groups, other=numbers, which=st.integers(0, 1), body=bodies)
    def mistype(self, number: str, group: str, other: str, which: int, body: str) -> None:
        """Two send the form with one number; one of them corrects it, and resends what was sent first."""
        self.stage.play(("submit", number, group, "one"))
        self.stage.play(("submit", number, group, "one"))
        self.stage.play(("correct", which, other))
        self.stage.play(("submit_again", which, body))

    @rule(pick=picks, times=st.integers(4, 6))
    def fail_for_now(self, pick: int, times: int) -> None:
        """The carrier says "later" again and again."""
        for _ in range(times):
            self.stage.play(("dispatch",))
            self.stage.play(("result", pick, "queued"))
            self.stage.clock.now += 4 * SECOND

    @rule(late=st.sampled_from([-1, 0]))
    def crash(self, late: int) -> None:
        """Nobody tells what became of the texts being sent."""
        self.stage.play(("dispatch",))
        began = [message.tried_at for message in self.stage.world.messages if message.state == "sending"]
        self.stage.wait_for(min(began, default=0) + terms.SEND_LIMIT + late)
        self.stage.play(("expire",))

    @rule(what=results)
    def tell_a_result(self, what: Any) -> None:
        self.stage.play(("dispatch",))
        self.stage.play(what)

    @rule(told=st.lists(st.one_of(results, receipts), min_size=1, max_size=4))
    def tell_receipts(self, told: list[Any]) -> None:
        """What the carrier answers and what it tells later come in any order."""
        self.stage.play(("dispatch",))
        for what in told:
            self.stage.play(what)

    @rule(all_of_it=st.lists(anything, min_size=2, max_size=6))
    def do_at_once(self, all_of_it: list[Any]) -> None:
        self.stage.play(*all_of_it)

    @rule(by=st.sampled_from([SECOND, MINUTE, 3 * MINUTE, HOUR, DAY]))
    def wait(self, by: int) -> None:
        self.stage.clock.now += by

    @rule(late=st.sampled_from([-1, 0, DAY]), kept=st.booleans())
    def wait_till_a_window_ends(self, late: int, kept: bool) -> None:
        ends = [question.closes_at for question in self.stage.world.open().values()]
        self.stage.wait_for(min(ends, default=0) + late)
        if kept:
            self.stage.play(("expire",))

    @rule(number=numbers, late=st.sampled_from([-1, 0]))
    def press_late(self, number: str, late: int) -> None:
        """Press the link just before or after its time."""
        self.stage.play(("submit", number, "club", "one"))
        question = self.stage.question(0)
        self.stage.wait_for(question.closes_at + late if question else 0)
        self.stage.play(("press", 0, True))

    @rule(by=st.sampled_from([SECOND, 5 * MINUTE, HOUR]))
    def step_the_clock_back(self, by: int) -> None:
        self.stage.clock.now -= by


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The product on one engine, with a loop in a thread of its own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'yesline.db'}"
    else:
        postgres: Cluster = request.getfixturevalue("postgres")
        url = postgres.ready("consent")
    with Stage.opened(url, ENGINES[request.param]) as open_one:
        yield open_one


@pytest.mark.timeout(0)
@pytest.mark.parametrize("stage", ENGINES, indirect=True)
def test_no_deed_breaks_consent(stage: Stage) -> None:
    machine = type("Consent", (Consent,), {"stage": stage})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=stage.examples,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            report_multiple_bugs=False,
        ),
    )


ONE = NUMBERS[0]
STORIES: dict[str, list[Any]] = {
    "a window that ended unseen makes way for the next prompt": [
        ("submit", ONE, "club", "one"), 31 * DAY, ("submit", ONE, "club", "one"), ("expire",), ("text", ONE, "club", "Y", 0),
    ],
    "the same by a keyword": [
        ("submit", ONE, "club", "one"), 31 * DAY, ("text", ONE, "club", "YES", 0), ("expire",), ("text", ONE, "club", "Y", 0),
    ],
    "a STOP closes what nobody had time to close": [
        ("submit", ONE, "club", "one"), 31 * DAY, ("text", ONE, "club", "STOP", 0), ("text", ONE, "club", "START", SECOND),
        ("expire",), ("text", ONE, "club", "Y", 0),
    ],
    "who is in has one question open however often the form is sent": [
        ("submit", ONE, "club", "one"), ("text", ONE, "club", "Y", 0), HOUR, ("submit", ONE, "club", "one"), HOUR,
        ("submit", ONE, "club", "one"), ("press", 0, True), DAY, ("submit", ONE, "club", "one"), ("text", ONE, "club", "Y", 0),
    ],
    "what was held goes out once somebody has decided": [
        ("text", ONE, "sale", "no more texts", 0), ("text", ONE, "club", "PERKS", 0), ("dispatch",),
        ("text", ONE, "club", "no more texts", 0), ("press", 0, True), ("dispatch",), HOUR, ("dispatch",),
        ("review", 0, False), ("dispatch",), ("review", 0, True),
    ],
    "a receipt that overtakes the carrier's answer stops the number": [
        ("submit", ONE, "club", "one"), ("dispatch",), ("receipt", 0, "failed", "opted_out"), ("result", 0, "sent"),
        ("text", ONE, "club", "Y", 0),
    ],
}  # fmt: skip


@pytest.mark.parametrize("stage", ENGINES, indirect=True)
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_what_was_wrong_once(stage: Stage, story: list[Any]) -> None:
    stage.begin()
    for step in story:
        if isinstance(step, int):
            stage.clock.now += step
        else:
            stage.play(step)
