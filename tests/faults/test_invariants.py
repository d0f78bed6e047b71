"""Each check holds on a sound run and is seen to fail on the same run with one thing spoiled."""

import asyncio
import copy
import random
from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest
from msgspec.structs import replace

from tests.faults.crowd import WAYS, crowding
from tests.faults.evidence import NEVER_HELD, Evidence, Told
from tests.faults.invariants import CHECKS, violations
from tests.faults.settling import gather, handset_of, settle
from tests.faults.stage import Stage
from tests.postgres import apart
from yesline.records import Event, EventFacts, Row, Text
from yesline.rules.abuse import DAY, Cap

R = TypeVar("R", bound=Row)
Spoil = Callable[[Evidence], None]


async def _run(stage: Stage) -> Evidence:
    told = Told()
    victim = await stage.start().serve()
    async with crowding((stage.bases(), told, stage.rng), handset_of(stage), ways=()) as crowd:
        people = [crowd.person(f"+4474001{number:05d}") for number in range(len(WAYS))]
        await asyncio.gather(*(way(person) for way, person in zip(WAYS, people, strict=True)))
    await victim.stop()
    await settle(stage)
    return await gather(stage, told)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """What one of each kind of person leaves behind."""
    stage = Stage(tmp_path_factory.mktemp("sound"), "", random.Random(1))
    try:
        found: Evidence = apart(_run(stage))
        return found
    finally:
        stage.sweep()


def _change(rows: list[R], row: R, **values: object) -> None:
    rows[rows.index(row)] = replace(row, **values)


def _first(rows: Iterable[R], **wanted: object) -> R:
    return next(row for row in rows if all(getattr(row, name) == value for name, value in wanted.items()))


def _text(evidence: Evidence, **wanted: object) -> Text:
    return _first(evidence.rows.texts, **wanted)


def _event(evidence: Evidence, **wanted: object) -> Event:
    return _first(evidence.rows.events, **wanted)


def _facts(evidence: Evidence, event: Event) -> EventFacts:
    return _first(evidence.rows.facts, subject_id=event.subject_id, seq=event.seq)


def _unanswered(evidence: Evidence) -> None:
    evidence.told.wrong.append("somebody was never answered")


def _sent_after_stop(evidence: Evidence) -> None:
    stop = _event(evidence, kind="stopped", source="link")
    text = _text(evidence, subject_id=stop.subject_id, kind="prompt")
    _change(evidence.rows.texts, text, state="uncertain", tried_at=stop.at + 1)


def _never_asked(evidence: Evidence) -> None:
    yes = _event(evidence, kind="confirmed", source="code")
    asked = _event(evidence, kind="requested", subject_id=yes.subject_id)
    _change(evidence.rows.events, asked, kind="noted")


def _confirmed_by_nobody(evidence: Evidence) -> None:
    _change(evidence.rows.events, _event(evidence, kind="confirmed"), source="clock")


def _state_from_nowhere(evidence: Evidence) -> None:
    _change(evidence.rows.events, _event(evidence, kind="refused"), before="subscribed")


def _applied_twice(evidence: Evidence) -> None:
    event = _event(evidence, kind="confirmed", source="reply")
    evidence.rows.events.append(replace(event, seq=99))
    evidence.rows.facts.append(replace(_facts(evidence, event), seq=99))


def _inbound_lost(evidence: Evidence) -> None:
    evidence.rows.texts.remove(_text(evidence, kind="inbound"))


def _inbound_of_nobody(evidence: Evidence) -> None:
    evidence.told.texts.popitem()


def _submission_lost(evidence: Evidence) -> None:
    evidence.rows.submissions.pop()


def _never_texted(evidence: Evidence) -> None:
    asked = _first(evidence.rows.submissions, form_id="blog")
    evidence.rows.texts.remove(_text(evidence, prompt_id=asked.prompt_id, created_at=asked.created_at))


def _no_reason(evidence: Evidence) -> None:
    _change(evidence.rows.texts, _text(evidence, kind="prompt"), state="dropped", reason="")


def _two_events(evidence: Evidence) -> None:
    event = _event(evidence, kind="requested", source="form")
    evidence.rows.facts.append(replace(_facts(evidence, event), seq=99))


def _counted(evidence: Evidence, name: str) -> None:
    counter = next(row for row in evidence.rows.counters if row.key.startswith(name))
    _change(evidence.rows.counters, counter, hits=((0, 1), *counter.hits))


def _changed_by_hand(evidence: Evidence) -> None:
    _change(evidence.rows.events, _event(evidence, kind="texted"), at=1)


def _event_removed(evidence: Evidence) -> None:
    evidence.rows.events.remove(_event(evidence, kind="texted"))


def _still_sending(evidence: Evidence) -> None:
    _change(evidence.rows.texts, _text(evidence, state="sent"), state="sending")


def _sent_twice(evidence: Evidence) -> None:
    evidence.handset.append(next(message for message in evidence.handset if message.direction == "out"))


def _never_ended(evidence: Evidence) -> None:
    _change(evidence.rows.texts, _text(evidence, state="sent"), state="queued")


def _looked_at_twice(evidence: Evidence) -> None:
    evidence.rows.reviews.append(replace(evidence.rows.reviews[0], id="again"))


def _sent_while_held(evidence: Evidence) -> None:
    item = _first(evidence.rows.reviews, holds=1, state="open")
    text = _text(evidence, subject_id=item.subject_id, state="queued")
    _change(evidence.rows.texts, text, state="sent", tried_at=item.opened_at + 1)


def _sent_before_it_was_clear(evidence: Evidence) -> None:
    item = _first(evidence.rows.reviews, holds=1, state="dismissed")
    sent = (text for text in evidence.rows.texts if text.state == "sent" and text.kind not in NEVER_HELD)
    text = _first(sent, subject_id=item.subject_id)
    _change(evidence.rows.reviews, item, opened_at=text.tried_at - 1, decided_at=text.tried_at + 1)


def _never_sent(evidence: Evidence) -> None:
    reference = _text(evidence, state="sent").id
    evidence.handset[:] = [message for message in evidence.handset if message.reference != reference]


def _dropped_and_sent(evidence: Evidence) -> None:
    _change(evidence.rows.texts, _text(evidence, state="sent"), state="dropped", reason="capped")


def _over_the_cap(evidence: Evidence) -> None:
    evidence.caps = (Cap(1, DAY),)


def _too_fast(evidence: Evidence) -> None:
    evidence.pace = 1


def _other_state(evidence: Evidence) -> None:
    place = next(iter(evidence.told.states))
    evidence.told.states[place] = "expired"


def _stop_forgotten(evidence: Evidence) -> None:
    evidence.rows.suppressions.remove(_first(evidence.rows.suppressions, lifted_at=0))


def _subscription_moved(evidence: Evidence) -> None:
    _change(evidence.rows.subscriptions, _first(evidence.rows.subscriptions, state="pending"), state="subscribed")


SPOILS: list[tuple[str, Spoil]] = [
    ("I0", _unanswered),
    ("I1", _sent_after_stop),
    ("I2", _never_asked),
    ("I2", _confirmed_by_nobody),
    ("I2", _state_from_nowhere),
    ("I3", _applied_twice),
    ("I3", _inbound_lost),
    ("I3", _inbound_of_nobody),
    ("I4", _submission_lost),
    ("I4", _never_texted),
    ("I4", _no_reason),
    ("I4", _two_events),
    ("I5", lambda evidence: _counted(evidence, "form:")),
    ("I5", lambda evidence: _counted(evidence, "number:")),
    ("I6", _changed_by_hand),
    ("I6", _event_removed),
    ("I3", _looked_at_twice),
    ("I7", _still_sending),
    ("I7", _never_ended),
    ("I7", _sent_twice),
    ("I7", _never_sent),
    ("I7", _dropped_and_sent),
    ("I8", _over_the_cap),
    ("I8", _too_fast),
    ("I9", _other_state),
    ("I9", _stop_forgotten),
    ("I9", _subscription_moved),
    ("I10", _sent_while_held),
    ("I10", _sent_before_it_was_clear),
]


def test_a_sound_run_holds(sound: Evidence) -> None:
    assert violations(sound) == []


def test_every_check_is_spoiled_here() -> None:
    assert {name for name, _ in SPOILS} == set(CHECKS)


@pytest.mark.parametrize(("name", "spoil"), SPOILS)
def test_what_is_spoiled_is_reported(sound: Evidence, name: str, spoil: Spoil) -> None:
    evidence = copy.deepcopy(sound)
    spoil(evidence)
    assert list(CHECKS[name](evidence)), f"{name} does not see it"
