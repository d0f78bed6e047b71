"""What only PostgreSQL has: several processes at once, connections that break, servers that restart."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from tests.conftest import Clock
from tests.contract.consent_cast import FORMS, PACE
from tests.databases import Run
from tests.postgres import Cluster
from tests.store import rows
from tests.store.offices import Office, check_ledger, offices, phone, sql, submit, texted
from yesline.errors import Conflict, Refusal, Unavailable
from yesline.records import Act, Dispatch, Expire, Going, Receipt, Subject, Text, TextResult
from yesline.rules.abuse import DAY, Policy
from yesline.store import postgres_link

Story = Callable[[list[Office]], Any]
SENDER = FORMS["club"].group.sender.address


@pytest.fixture(scope="module")
def address(postgres: Cluster) -> str:
    """A database with our tables, of this module."""
    return postgres.ready("offices")


@pytest.fixture
def url(address: str, loop: Run) -> str:
    """The database, empty."""
    loop(_empty(address))
    return address


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("TRUNCATE subject, suppression, limit_counter CASCADE")
    await connection.close()


@pytest.fixture
def in_offices(url: str, clock: Clock, loop: Run) -> Callable[..., None]:
    """Run ``story(offices)`` on two processes' worth of clerks, or more."""

    def tell(story: Story, count: int = 2, **more: Any) -> None:
        async def whole() -> None:
            async with offices(url, count, clock, **more) as opened:
                await story(opened)

        loop(whole())

    return tell


async def _until(statement: str, office: Office, expected: Any) -> None:
    """Wait for something that another connection does."""
    while await sql(office, statement) != expected:  # noqa: ASYNC110  (it is in another process)
        await asyncio.sleep(0.01)


# Two processes, one number.


def test_a_new_number_met_at_once_is_one_number(in_offices: Any) -> None:
    async def story(two: list[Office]) -> None:
        first, second = (office.store for office in two)
        async with first.batch() as one:
            await one.load(rows.wants(tags={"t"}), lambda _subjects, _tags: set(), 0)
            async with second.batch() as other:
                await other.load(rows.wants(tags={"t"}), lambda _subjects, _tags: set(), 0)
                await one.save([rows.subject("a", events=1)])
                with pytest.raises(Conflict):
                    await other.save([rows.subject("x"), Subject("b", "tag of a", None, 1)])
        assert set(await second.subjects(["a", "b", "x"])) == {"a"}

    in_offices(story)


def test_caps_are_exact_over_two_clerks(in_offices: Any) -> None:
    async def story(two: list[Office]) -> None:
        acts = [submit(f"s{n}", phone(1)) for n in range(50)]
        answers = await asyncio.gather(*(two[n % 2].clerk.record(act) for n, act in enumerate(acts)))
        assert {type(answer) for answer in answers} == {Receipt}
        assert await sql(two[0], "SELECT count(*) FROM subject") == [(1,)]
        assert await sql(two[0], "SELECT count(*) FROM submission") == [(50,)]
        assert await sql(two[0], "SELECT count(*) FROM prompt WHERE state = 'open'") == [(1,)]
        found = await sql(two[0], "SELECT state, reason, count(*) FROM text GROUP BY 1, 2 ORDER BY 3")
        assert found == [("queued", "", 1), ("dropped", "capped", 49)]
        assert await check_ledger(two[0]) == 50

    in_offices(story, policy=Policy())


def test_one_submission_sent_to_two_processes_is_one(in_offices: Any) -> None:
    async def story(two: list[Office]) -> None:
        acts = [submit("same", phone(1)), submit("same", phone(2))]
        answers = await asyncio.gather(
            *(office.clerk.record(act) for office in two for act in acts), return_exceptions=True
        )
        refused = [answer.code for answer in answers if isinstance(answer, Refusal)]
        assert [type(answer) for answer in answers].count(Receipt) + len(refused) == 4
        assert await sql(two[0], "SELECT count(*) FROM submission") == [(1,)]
        assert await check_ledger(two[0]) == 1

    in_offices(story)


def test_the_acts_of_one_number_keep_their_order(in_offices: Any) -> None:
    async def story(two: list[Office]) -> None:
        said = [[texted(f"{mark}{n:02d}", phone(1), "STOP") for n in range(30)] for mark in "ab"]
        await asyncio.gather(
            *(office.clerk.record(act) for office, acts in zip(two, said, strict=True) for act in acts)
        )
        facts = [facts async for _, events in two[0].store.chains("", "~") for _, facts in events]
        heard = [json.loads(kept)["text"][1] for kept in facts if kept]
        for acts in said:
            assert [name for name in heard if name[0] == acts[0].id[0]] == [act.id for act in acts]
        assert len(heard) == 60

    in_offices(story)


def _anything(chance: random.Random, name: str) -> Act:
    """Something that happens to one of a few numbers, or to all of them."""
    number = phone(chance.randrange(5))
    words = chance.choice(["STOP", "START", "YES", "N", "hello"])
    return chance.choice([
        submit(name, number, chance.choice(["club", "sale"])),
        texted(name, number, words, FORMS[chance.choice(["club", "sale"])].group),
        Dispatch(PACE),
        Expire(),
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_many_clerks_over_a_few_numbers_all_come_to_an_end(in_offices: Any, seed: int) -> None:
    async def work(office: Office, mark: str, chance: random.Random) -> None:
        for turn in range(12):
            acts = [_anything(chance, f"{mark}-{turn}-{n}") for n in range(8)]
            for answer in await asyncio.gather(*(office.clerk.record(act) for act in acts)):
                for text in answer.texts if isinstance(answer, Going) else ():
                    sent.append(text.id)
                    await office.clerk.record(TextResult(text.id, "sent"))

    sent: list[str] = []

    async def story(four: list[Office]) -> None:
        await asyncio.gather(*(work(o, f"{seed}{n}", random.Random(seed * 9 + n)) for n, o in enumerate(four)))
        assert await check_ledger(four[0]) > 0
        assert len(sent) == len(set(sent)) > 0
        twice = "SELECT 1 FROM prompt WHERE state = 'open' GROUP BY subject_id, group_id HAVING count(*) > 1"
        assert await sql(four[0], twice) == []

    in_offices(story, 4)


# The outbox over two processes.


async def _fill(office: Office, count: int) -> None:
    """Texts that are due, each for a number of its own."""
    await asyncio.gather(*(office.clerk.record(submit(f"s{n}", phone(n))) for n in range(count)))


def test_no_text_is_handed_out_twice(in_offices: Any) -> None:
    async def story(two: list[Office]) -> None:
        await _fill(two[0], 40)
        goings = await asyncio.gather(*(two[n % 2].clerk.record(Dispatch({SENDER: 7})) for n in range(2)))
        goings += await asyncio.gather(*(two[n % 2].clerk.record(Dispatch({SENDER: 1000})) for n in range(8)))
        while more := (await two[0].clerk.record(Dispatch({SENDER: 1000}))).texts:
            goings.append(Going(more, frozenset()))
        taken = [text.id for going in goings for text in going.texts]
        assert len(taken) == len(set(taken)) == 40

    in_offices(story)


def test_texts_of_a_number_that_another_is_at_work_on_are_left_to_it(in_offices: Any) -> None:
    async def story(two: list[Office]) -> None:
        await _fill(two[0], 30)
        async with two[1].store.batch() as held:
            theirs = await held.load(
                rows.wants(senders={SENDER: 10}), lambda _subjects, _tags: set(), two[0].clerk.clock()
            )
            kept = {row.id for row in theirs if isinstance(row, Text)}
            going = await two[0].clerk.record(Dispatch({SENDER: 1000}))
            assert (len(kept), len(going.texts)) == (10, 20)
            assert not kept & {text.id for text in going.texts}
        rest = await two[0].clerk.record(Dispatch({SENDER: 1000}))
        assert {text.id for text in rest.texts} == kept

    in_offices(story)


def test_a_sender_keeps_its_pace_over_all_processes(in_offices: Any, clock: Clock) -> None:
    async def story(two: list[Office]) -> None:
        await _fill(two[0], 30)
        for _ in range(2):
            goings = await asyncio.gather(*(two[n % 2].clerk.record(Dispatch({SENDER: 5})) for n in range(10)))
            assert sum(len(going.texts) for going in goings) == 5
            assert await two[1].clerk.record(Dispatch({SENDER: 5})) == Going([], frozenset({SENDER}))
            clock.advance(seconds=1)

    in_offices(story)


def test_what_changes_here_is_heard_there(in_offices: Any) -> None:
    async def story(two: list[Office]) -> None:
        for here, there in (two, two[::-1]):
            with there.store.changes.watch("p") as changed:
                await rows.save(here.store, rows.subject(), rows.prompt())
                await changed.wait()
                assert await there.store.prompt("p") == (rows.prompt(), rows.subject())

    in_offices(story)


def test_time_alone_is_decided_once(in_offices: Any, clock: Clock) -> None:
    async def story(two: list[Office]) -> None:
        await _fill(two[0], 20)
        clock.now += 31 * DAY
        await asyncio.gather(*(two[n % 2].clerk.record(Expire()) for n in range(6)))
        await two[0].clerk.record(Expire())
        assert await sql(two[0], "SELECT count(*) FROM event WHERE kind = 'expired'") == [(20,)]
        assert await sql(two[0], "SELECT count(*) FROM prompt WHERE state = 'open'") == [(0,)]
        assert await check_ledger(two[0]) == 40

    in_offices(story)


# Breaks.


def _break_commit(monkeypatch: pytest.MonkeyPatch, breaks: Any) -> None:
    """Let ``breaks(commit, connection)`` stand in for the next COMMIT of a clerk."""
    real = asyncpg.Connection.execute
    ahead = [breaks]

    async def execute(self: Any, query: str, *more: Any, **named: Any) -> str:
        if query == "COMMIT" and ahead:
            await ahead.pop()(lambda: real(self, query), self)
        result: str = await real(self, query, *more, **named)
        return result

    monkeypatch.setattr(asyncpg.Connection, "execute", execute)


async def _lost_before(_commit: Any, connection: Any) -> None:
    connection.terminate()


async def _lost_meanwhile(commit: Any, connection: Any) -> None:
    sending = asyncio.ensure_future(commit())
    await asyncio.sleep(0)
    connection.terminate()
    await asyncio.gather(sending, return_exceptions=True)


async def _lost_after(commit: Any, connection: Any) -> None:
    await commit()
    connection.terminate()


ACTS: dict[str, list[Act]] = {
    "submit": [submit("s1", phone(1)), submit("s2", phone(2))],
    "stop": [texted("in1", phone(1), "STOP")],
    "dispatch": [Dispatch({SENDER: 1000})],
}


@pytest.mark.parametrize("acts", ACTS)
@pytest.mark.parametrize("how", [_lost_before, _lost_meanwhile, _lost_after])
def test_an_unknown_commit_is_found_out(in_offices: Any, monkeypatch: pytest.MonkeyPatch, how: Any, acts: str) -> None:
    async def story(two: list[Office]) -> None:
        office = two[0]
        await office.clerk.record(submit("s0", phone(0)))
        before = await check_ledger(office)
        _break_commit(monkeypatch, how)
        answers = await asyncio.gather(*(office.clerk.record(act) for act in ACTS[acts]))
        assert await check_ledger(office) == before + (0 if acts == "dispatch" else len(answers))
        sending = await sql(office, "SELECT id FROM text WHERE state = 'sending'")
        assert [text.id for a in answers if isinstance(a, Going) for text in a.texts] == [row[0] for row in sending]
        assert await office.clerk.record(submit("s9", phone(9)))

    in_offices(story)


@pytest.mark.parametrize("acts", ACTS)
def test_a_number_of_a_transaction_given_out_again_deceives_nobody(
    in_offices: Any, postgres: Cluster, monkeypatch: pytest.MonkeyPatch, acts: str
) -> None:
    async def story(two: list[Office]) -> None:
        office, other = two
        await office.clerk.record(submit("s0", phone(0)))

        async def crash(_commit: Any, _connection: Any) -> None:
            await asyncio.to_thread(postgres.restart, "immediate")
            for n in range(20, 23):  # one of these gets the number that was lost
                await other.clerk.record(submit(f"s{n}", phone(n)))

        _break_commit(monkeypatch, crash)
        answers = await asyncio.gather(*(office.clerk.record(act) for act in ACTS[acts]))
        assert await check_ledger(office) == 4 + (0 if acts == "dispatch" else len(answers))
        sending = await sql(office, "SELECT id FROM text WHERE state = 'sending'")
        assert {text.id for a in answers if isinstance(a, Going) for text in a.texts} == {row[0] for row in sending}

    in_offices(story)


def test_a_restart_in_the_middle_loses_nothing_acknowledged(in_offices: Any, postgres: Cluster) -> None:
    async def story(two: list[Office]) -> None:
        async def send(office: Office, name: str, number: str) -> str | None:
            try:
                await office.clerk.record(submit(name, number))
            except Unavailable:
                return None
            return name

        async def keep_sending(office: Office, mark: str) -> list[str | None]:
            return [await send(office, f"{mark}{n}", phone(n % 7)) for n in range(150)]

        async def restart() -> None:
            await _until("SELECT count(*) > 20 FROM submission", two[0], [(True,)])
            await asyncio.to_thread(postgres.restart, "immediate")

        *told, _ = await asyncio.gather(keep_sending(two[0], "a"), keep_sending(two[1], "b"), restart())
        acknowledged = {name for names in told for name in names if name}
        kept = {name for (name,) in await sql(two[1], "SELECT id FROM submission")}
        assert acknowledged <= kept
        assert await check_ledger(two[0]) == len(kept)
        assert await send(two[0], "last", phone(1)) == "last"

    in_offices(story)


def test_a_lost_database_is_told_and_found_again(
    in_offices: Any, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_link, "PATIENCE", 0.2)

    async def story(one: list[Office]) -> None:
        (office,) = one
        await asyncio.to_thread(postgres.control, "stop", "-m", "immediate", "-w")
        try:
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await office.clerk.record(submit("s0", phone(0)))
                with pytest.raises(Unavailable):
                    await office.store.standing("s0")
        finally:
            await asyncio.to_thread(postgres.restart)
        assert await office.clerk.record(submit("s0", phone(0)))
        assert await office.store.standing("s0")
        assert await check_ledger(office) == 1

    in_offices(story, 1)
