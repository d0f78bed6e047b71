"""The kill run: servers die at named points and at random moments while people use them, and the last one is judged."""

import time
from asyncio import sleep
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from tests.faults import points
from tests.faults.crowd import Crowd, crowding
from tests.faults.evidence import Told
from tests.faults.settling import Outcome, gather, handset_of, judge, note_crowd, settle
from tests.faults.stage import Fault, Stage, Victim

Tell = Callable[[str], None]
ANYWHERE = ("random", "starting up")
_SIGKILLED = -9


class Killer:
    """Kills a stage's servers one after the other."""

    def __init__(self, stage: Stage, crowd: Crowd, tell: Tell) -> None:
        self.kills: Counter[str] = Counter()
        self.slowest = 0.0
        self._stage = stage
        self._crowd = crowd
        self._tell = tell

    async def kill(self, point: str, nth: int) -> None:
        """One life and its end. Raises Fault where a server ends otherwise, or not at all."""
        began = time.monotonic()
        victim = self._stage.start("" if point in ANYWHERE else point, nth)
        if point == "starting up":
            await self._at_random(victim, 0)
        elif await victim.ready():
            if point in points.starting(self._stage.engine):
                raise Fault(f"a server started and never came to {point!r}")
            self.slowest = max(self.slowest, time.monotonic() - began)
            if point == "random":
                await self._at_random(victim, self._stage.rng.randint(1, 80))
            elif point == "draining":
                await self._crowd.more(10)
                await victim.stop()
        code = await victim.end()
        if code != _SIGKILLED:
            raise Fault(f"a server to be killed {point!r} ended with {code}: see {self._stage.log}")
        self.kills[point] += 1
        self._tell(f"{sum(self.kills.values())} kills, {self._crowd.door.answered} answers, last {point}")

    async def _at_random(self, victim: Victim, answers: int) -> None:
        if answers:
            await self._crowd.more(answers)
        else:
            await sleep(self._stage.rng.uniform(0.02, 0.3))  # less than a start takes, or a little more
        victim.kill()


def agenda(stage: Stage, kills: int) -> Iterator[tuple[str, int]]:
    """Where to kill: at a first start, then at each point in turn, in an order of its own in each round."""
    for point in list(points.starting(stage.engine))[:kills]:
        yield point, stage.rng.randint(1, points.MOST_PASSES.get(point, 12))
    left = kills - len(points.starting(stage.engine))
    while left > 0:
        names = [*points.serving(stage.engine), *ANYWHERE]
        stage.rng.shuffle(names)
        for point in names[:left]:
            yield point, stage.rng.randint(1, points.MOST_PASSES.get(point, 12))
        left -= len(names)


def one_of_each(stage: Stage) -> int:
    """How many kills it takes to come by every point once."""
    return len(points.starting(stage.engine)) + len(points.serving(stage.engine)) + len(ANYWHERE)


async def kill_run(stage: Stage, kills: int, tell: Tell, at: Sequence[str] = ()) -> Outcome:
    """Kill so many servers of one stage, ``at`` these points or at all of them; what people and the carrier know of it must stand in the database."""
    outcome, told = Outcome("kills", stage.engine), Told()
    async with crowding((stage.bases(), told, stage.rng), handset_of(stage)) as crowd:
        killer = Killer(stage, crowd, tell)
        for point, nth in [(point, 3) for point in at] or agenda(stage, kills):
            await killer.kill(point, nth)
        survivor = await stage.start().serve()
        await crowd.more(20)
        crowd.close()
        tell("people come to an end")
    await survivor.stop()
    await settle(stage)
    outcome.figures |= {"kills": kills, "points": len(killer.kills), "slowest start ms": int(killer.slowest * 1000)}
    note_crowd(outcome, crowd)
    judge(outcome, await gather(stage, told))
    return outcome
