"""Faults other than a kill: each is played on a stage of its own while people use the server, and judged like any run."""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing

import httpx2

from tests.faults.crowd import WAYS, Crowd, crowding
from tests.faults.evidence import Told
from tests.faults.killing import kill_run
from tests.faults.people import WRITING, Way
from tests.faults.settling import Outcome, gather, handset_of, judge, note_crowd, settle
from tests.faults.stage import FORMS, Fault, Stage, Victim
from tests.faults.victim import Control
from tests.live import ROOT
from tests.postgres import Cluster
from yesline.rules.abuse import HOUR, MINUTE
from yesline.store import engines

SHIM = ROOT / "bench" / "servers" / "slowsync.c"
Played = Callable[[Outcome, Crowd, Victim], Awaitable[None]]


async def _play(stage: Stage, name: str, fault: Played, ways: Sequence[Way] = WAYS, clock: int = 0) -> Outcome:
    """One server under load, a fault, people who go on afterwards, and the judgement. ``clock`` is how far it was set ahead."""
    outcome, told = Outcome(name, stage.engine), Told()
    victim = await stage.start().serve()
    async with crowding((stage.bases(), told, stage.rng), handset_of(stage), ways=ways) as crowd:
        await crowd.more(40)
        await fault(outcome, crowd, victim)
        if not await crowd.more(40, 60):
            outcome.violations.append(f"{name}: nobody is served any more")
        crowd.close()
    if not victim.alive:
        raise Fault(f"{name}: the server died by itself: see {stage.log}")
    await victim.stop()
    await settle(stage, clock)
    note_crowd(outcome, crowd)
    judge(outcome, await gather(stage, told, stepped=clock > 0))
    if outcome.figures["uncertain"] and name != "file limit":  # there the carrier's own file may fail
        outcome.violations.append(f"{name}: a server that lived does not know what became of its texts")
    return outcome


async def _until_refused(crowd: Crowd, outcome: Outcome, name: str) -> None:
    """The fault must be felt, or it proves nothing."""
    before = crowd.door.busy
    for _ in range(1200):
        if crowd.door.busy >= before + 10:
            return
        await asyncio.sleep(0.05)
    outcome.violations.append(f"{name}: nobody was asked to come again, so the fault was not felt")


async def _reads(crowd: Crowd, base: str) -> list[int]:
    """The statuses of what only reads, asked while nothing can be written."""
    known = [submission for submission, sent in crowd.door.told.submissions.items() if sent.answered][:3]
    paths = ["/readyz", *(f"/forms/{form}/view" for form in FORMS), *(f"/submissions/{one}" for one in known)]
    async with httpx2.AsyncClient(base_url=base, timeout=10) as http:
        return [(await http.get(path)).status_code for path in paths]


async def _still_reads(crowd: Crowd, outcome: Outcome, base: str) -> None:
    statuses = await _reads(crowd, base)
    outcome.figures["reads"] = len(statuses)
    if wrong := [status for status in statuses if status != 200]:
        outcome.violations.append(f"{outcome.name}: reads were answered {wrong}")


async def locked(stage: Stage) -> Outcome:
    """Another process holds SQLite's lock for longer than the server waits."""
    stage.busy_ms = 300

    async def fault(outcome: Outcome, crowd: Crowd, victim: Victim) -> None:
        with closing(sqlite3.connect(engines.path(stage.url), isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            await _until_refused(crowd, outcome, "locked")
            await _still_reads(crowd, outcome, victim.base)
            other.execute("ROLLBACK")

    return await _play(stage, "locked", fault)


async def disk_full(stage: Stage) -> Outcome:
    """SQLite finds no more space, and later some."""

    async def fault(outcome: Outcome, crowd: Crowd, victim: Victim) -> None:
        stage.turn(Control(pages=1))
        await _until_refused(crowd, outcome, "disk full")
        await _still_reads(crowd, outcome, victim.base)
        stage.turn(Control())

    return await _play(stage, "disk full", fault)


async def files_bounded(stage: Stage) -> Outcome:
    """The system refuses to let any file of the server grow, its log of texts among them."""

    async def fault(outcome: Outcome, crowd: Crowd, victim: Victim) -> None:
        victim.bound_files(64 * 1024)
        await _until_refused(crowd, outcome, "file limit")
        await _still_reads(crowd, outcome, victim.base)
        victim.bound_files(-1)

    return await _play(stage, "file limit", fault)


async def slow_disk(stage: Stage) -> Outcome:
    """Every flush takes longer, and the server is killed as well. Raises Fault where there is no compiler for the shim."""
    if not shutil.which("cc"):
        raise Fault("slow disk: there is no C compiler for the shim")
    shim = stage.folder / "slowsync.so"
    await asyncio.to_thread(
        subprocess.run, ["cc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(SHIM), "-ldl"], check=True
    )
    stage.environ = {"LD_PRELOAD": str(shim), "SLOWSYNC_US": "5000"}
    outcome = await kill_run(stage, 2, _quiet, ["in commit", "random"])
    outcome.name = "slow disk"
    return outcome


def _quiet(line: str) -> None:
    del line


async def clock_steps(stage: Stage) -> Outcome:
    """The clock is set forth and back while people submit; caps are those of a deployment that has some."""

    async def fault(outcome: Outcome, crowd: Crowd, victim: Victim) -> None:
        for step in (10 * MINUTE, 0, -10 * MINUTE, -2 * HOUR, 0):
            stage.turn(Control(step))
            await crowd.more(20)
            if not victim.alive:
                raise Fault(f"clock steps: the server died at {step} ms")
        outcome.figures["steps"] = 5

    # A text that waits while the clock is set back waits as much longer: nobody here waits for one.
    return await _play(stage, "clock steps", fault, WRITING, clock=10 * MINUTE)


def restarts(cluster: Cluster) -> Callable[[Stage], Awaitable[Outcome]]:
    """PostgreSQL crashes and comes back, twice; the server stays."""

    async def fault(outcome: Outcome, crowd: Crowd, _: Victim) -> None:
        for _time in range(2):
            await asyncio.to_thread(cluster.restart, "immediate")
            if not await crowd.more(40, 60):
                outcome.violations.append("restart: nobody was served after PostgreSQL came back")
        if crowd.door.lost:
            outcome.violations.append(f"restart: {crowd.door.lost} answers were lost by a server that lives")

    async def play(stage: Stage) -> Outcome:
        return await _play(stage, "database restart", fault)

    return play


@asynccontextmanager
async def _pair(stage: Stage) -> AsyncIterator[list[Victim]]:
    """Two servers on one database."""
    first = await stage.start().serve()
    pair = [first, await stage.start(server=1).serve()]
    yield pair
    for victim in pair:
        await victim.stop()


async def two_servers(stage: Stage, kills: int = 4) -> Outcome:
    """Two servers, killed in turn, and people who give the same few numbers to both."""
    outcome, told = Outcome("two servers", stage.engine), Told()
    people = crowding((stage.bases(2), told, stage.rng), handset_of(stage), shared=8)
    async with _pair(stage) as pair, people as crowd:
        for turn in range(kills):
            await crowd.more(stage.rng.randint(20, 80))
            pair[turn % 2].kill()
            await pair[turn % 2].end()
            pair[turn % 2] = await stage.start(server=turn % 2).serve()
        await crowd.more(40)
    await settle(stage)
    outcome.figures["kills"] = kills
    note_crowd(outcome, crowd)
    judge(outcome, await gather(stage, told, servers=2))
    return outcome


async def caps(stage: Stage) -> Outcome:
    """Fifty at once give one number on five forms, to as many servers as the engine allows: one text goes out a minute."""
    outcome, told = Outcome("caps", stage.engine), Told()
    servers = 2 if stage.engine == "postgres" else 1
    victims = [await stage.start(server=place).serve() for place in range(servers)]
    phones = ["+447400100001", "+447400200001"]
    async with crowding((stage.bases(servers), told, stage.rng), handset_of(stage), ways=()) as crowd:
        await asyncio.gather(*(_fifty(crowd, phone) for phone in phones))
    for victim in victims:
        await victim.stop()
    await settle(stage)
    note_crowd(outcome, crowd)
    judge(outcome, await gather(stage, told, servers=servers))
    messages = handset_of(stage)
    for phone in phones:
        if (got := len(messages.texts(phone))) != 1:
            outcome.violations.append(f"caps: {phone} got {got} texts, not 1")
    return outcome


async def _fifty(crowd: Crowd, phone: str) -> None:
    person = crowd.person(phone)
    await asyncio.gather(*(person.submit(form) for form in list(FORMS) * 10))


SQLITE: dict[str, Callable[[Stage], Awaitable[Outcome]]] = {
    "locked": locked,
    "disk full": disk_full,
    "file limit": files_bounded,
    "slow disk": slow_disk,
    "clock steps": clock_steps,
    "caps": caps,
}
POSTGRES: dict[str, Callable[[Stage], Awaitable[Outcome]]] = {
    "two servers": two_servers,
    "clock steps": clock_steps,
    "caps": caps,
}
REAL_CAPS = {"number_per_minute": 1, "number_per_hour": 3, "block_per_hour": 10**6, "address_per_hour": 10**6}
"""The caps of a number as a deployment has them. Everybody here has one address and the numbers stand side by side."""
