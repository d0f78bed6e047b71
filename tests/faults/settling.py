"""Bringing a deployment to rest after a fault, and judging it."""

import signal
from collections import Counter

from msgspec import Struct, field

from tests.faults.crowd import Crowd
from tests.faults.evidence import Evidence, Handset, Told, read_rows, until_none
from tests.faults.invariants import violations
from tests.faults.stage import OPEN, PER_SECOND, Fault, Stage
from tests.faults.victim import Control
from yesline.rules.abuse import MINUTE, Cap
from yesline.rules.sending import SEND_LIMIT
from yesline.settings import load_keys

_POLITE = (0, -signal.SIGTERM)  # uvicorn ends by the signal that asked it to


class Outcome(Struct):
    """What a run showed: figures for the table, and what did not hold."""

    name: str
    engine: str
    figures: dict[str, int | str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


def handset_of(stage: Stage) -> Handset:
    """The carrier's record of a deployment."""
    return Handset(stage.data / "handset.jsonl")


async def settle(stage: Stage, clock: int = 0) -> None:
    """Send what waits, then let time pass until what was cut off is given up. ``clock`` is the farthest that the clock was ahead."""
    stage.turn(Control(clock))
    await _until(stage, "queued")
    stage.turn(Control(clock + SEND_LIMIT + MINUTE))
    await _until(stage, "sending")


async def _until(stage: Stage, state: str) -> None:
    victim = await stage.start().serve()
    if not await until_none(stage.url, state):
        raise Fault(f"texts stay {state} for ever")
    if (code := await victim.stop()) not in _POLITE:
        raise Fault(f"a server that was asked to end did so with {code}")


async def gather(stage: Stage, told: Told, *, servers: int = 1, stepped: bool = False) -> Evidence:
    """All there is to judge by."""
    rows = await read_rows(stage.url)
    caps = () if stage.limits == OPEN else _caps(stage)
    messages = handset_of(stage).catch_up()
    return Evidence(rows, messages, told, load_keys(stage.data).ledger, caps, PER_SECOND, servers, stepped)


def judge(outcome: Outcome, evidence: Evidence) -> None:
    """Check every invariant and note the figures that every run has."""
    outcome.violations += violations(evidence)
    told, states = evidence.told, Counter(text.state for text in evidence.rows.texts)
    outcome.figures |= {
        "answered": sum(sent.answered for sent in told.submissions.values()),
        "inbound": sum(text.answered > 0 for text in told.texts.values()),
        "sent": states["sent"],
        "dropped": states["dropped"],
        "uncertain": states["uncertain"],
        "events": len(evidence.rows.events),
    }


def _caps(stage: Stage) -> tuple[Cap, ...]:
    return (
        Cap(stage.limits.get("number_per_minute", 1), MINUTE),
        Cap(stage.limits.get("number_per_hour", 3), 60 * MINUTE),
    )


def note_crowd(outcome: Outcome, crowd: Crowd) -> None:
    """How the people fared."""
    outcome.figures |= {"lost": crowd.door.lost, "again": crowd.door.busy}
