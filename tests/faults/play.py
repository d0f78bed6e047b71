"""Playing every fault of an engine, one after the other, each on a stage of its own."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.faults import scenarios
from tests.faults.killing import Tell, kill_run
from tests.faults.settling import Outcome
from tests.faults.stage import OPEN, Fault, Stage
from tests.postgres import Cluster, cluster
from yesline.errors import LedgerError
from yesline.settings import load_keys
from yesline.store.sql import Engine
from yesline.verify import verify

Play = Callable[[Stage], Awaitable[Outcome]]
CAPPED = {"clock steps", "caps"}


def play(stage: Stage, name: str, fault: Play) -> Outcome:
    """Play one fault and verify the ledger as an operator would. A fault of the harness itself is told like any other."""
    try:
        # In a thread of its own: a browser test may have left its loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            outcome = thread.submit(_to_the_end, fault, stage).result()
    except (Fault, LedgerError) as error:
        return Outcome(name, stage.engine, violations=[str(error)])
    finally:
        stage.sweep()
    return outcome


def _to_the_end(fault: Play, stage: Stage) -> Outcome:
    async def whole() -> Outcome:
        return await fault(stage)

    outcome = asyncio.run(whole())
    verify(stage.url, load_keys(stage.data).ledger, lambda *_: None)
    return outcome


def plays(kills: int, tell: Tell, server: Cluster | None) -> Mapping[str, Play]:
    """Every fault that an engine can have, by name."""
    named: dict[str, Play] = {"kills": lambda stage: kill_run(stage, kills, tell)}
    if server:
        return named | scenarios.POSTGRES | {"database restart": scenarios.restarts(server)}
    return named | scenarios.SQLITE


def play_all(folder: Path, engine: Engine, kills: int, rng: random.Random, tell: Tell) -> Iterator[Outcome]:
    """Play all of them; what is said on the way begins with the engine."""
    with ExitStack() as stack:
        server = stack.enter_context(cluster(folder / "cluster")) if engine == "postgres" else None
        for name, fault in plays(kills, lambda line: tell(f"{engine}: {line}"), server).items():
            tell(f"{engine}: {name}")
            yield play(stage_for(folder, name, server, rng), name, fault)


def stage_for(folder: Path, name: str, server: Cluster | None, rng: random.Random) -> Stage:
    """A fresh deployment for one fault."""
    limits = scenarios.REAL_CAPS if name in CAPPED else OPEN
    plain = name.replace(" ", "-")
    return Stage(folder / plain, server.make(plain) if server else "", rng, limits)
