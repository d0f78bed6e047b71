"""The seam of the store, on both engines: each verb does the same on either."""

import asyncio
import os
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.contract.consent_cast import BRAND, FORMS, KEYS
from tests.databases import Peek, Run
from tests.store import rows
from tests.store.conftest import Tell
from yesline.errors import Conflict
from yesline.records import (
    ApiKey,
    Coupon,
    Cursor,
    Draft,
    Event,
    EventFacts,
    GroupSuppression,
    Hits,
    InvalidNumber,
    Profile,
    ProfileEvent,
    Prompt,
    ReviewItem,
    Row,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
)
from yesline.rules.proof import link
from yesline.store import lists
from yesline.store.base import CHAINS_AT_ONCE, Store
from yesline.store.changes import OUTBOX, PROGRAMME
from yesline.store.engines import open_store

often = settings(
    max_examples=100 if os.environ.get("YESLINE_ALL") else 25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_names = iter(range(10**8))


@often
@given(st.data())
def test_every_kind_of_row_comes_back_as_it_was(on_store: Tell, data: st.DataObject) -> None:
    name = f"{next(_names):08d}"
    kept: Any = data.draw(rows.any_rows(name))
    of = {type(row): row for row in kept}
    event, facts = of[Event], of[EventFacts]

    async def story(store: Store) -> None:
        await rows.save(store, *kept)
        found = await rows.load(store, now=-rows.BIGGEST - 1, **_touching(of))
        assert _set(found) == {row for kind, row in of.items() if kind not in NOT_LOADED}
        assert await store.standing(of[Submission].id) == (of[Submission], of[Prompt])
        assert await store.prompt(of[Prompt].id) == (of[Prompt], of[Subject])
        assert of[Cursor] in [Cursor(*row) for row in await store.rows("cursors")]
        assert await lists.api_key(store, of[ApiKey].digest) == of[ApiKey]
        assert await rows.events_of(store, name, f"{name}\U0010ffff") == [(event, facts.facts)]

    on_store(story)


NOT_LOADED = {Event, EventFacts, Cursor, ApiKey, Coupon, ProfileEvent}
"""What no batch reads."""


def _touching(of: dict[Any, Any]) -> dict[str, Any]:
    """What reaches a row of every kind."""
    return {
        "submissions": {of[Submission].id},
        "texts": {of[Text].id},
        "reviews": {of[ReviewItem].id},
        "hits": {of[Hits].key},
        "tags": {of[Subject].tag},
        "profiles": {f"id:{of[Profile].id}"},
        "texting": True,
    }


def _set(found: list[Row]) -> set[Row]:
    """Rows once each: two ways may lead to one row."""
    return set(found)


@often
@given(st.data())
def test_a_row_saved_again_takes_the_place_of_the_first(on_store: Tell, data: st.DataObject) -> None:
    first = [row for row in data.draw(rows.any_rows(f"{next(_names):08d}")) if type(row) not in NOT_LOADED]
    second = [
        data.draw(rows.any_row(type(row), **{n: getattr(row, n) for n in row.__struct_fields__ if _is_key(row, n)}))
        for row in first
    ]

    async def story(store: Store) -> None:
        await rows.save(store, *first)
        await rows.save(store, *second)
        touched = _touching({type(row): row for row in second})
        assert _set(await rows.load(store, now=-rows.BIGGEST - 1, **touched)) == set(second)

    on_store(story)


def _is_key(row: Row, name: str) -> bool:
    return name in (*row.primary, "subject_id", "prompt_id", "text_id", "profile_id", "external_id", "tag")


def test_a_number_may_be_erased(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        gone = [replace(rows.subject(name), tag=None, phone=None) for name in ("a", "b")]
        await rows.save(store, *gone)
        assert await store.subjects(["a", "b", "c"]) == {"a": gone[0], "b": gone[1]}

    on_store(story)


@dataclass(frozen=True)
class World:
    """Two numbers, one of them with everything."""

    subject = rows.subject("s")
    other = rows.subject("other")
    subscription = Subscription("s", "club", "pending", "unknown", 1)
    prompt = rows.prompt("p")
    answered = rows.prompt("answered", state="confirmed")
    submission = rows.submission("b", asked="answered")
    text = rows.text("t", prompt_id="answered", due_at=20)
    sooner = rows.text("sooner", priority=0, due_at=30)
    later = rows.text("later", due_at=51)
    elsewhere = rows.text("elsewhere", sender="13579")
    sending = rows.text("sending", state="sending", tried_at=1)
    sent = rows.text("sent", state="sent")
    others = rows.text("others", of="other", due_at=5)
    suppression = Suppression("tag of s", 1, 0, "keyword")
    of_group = GroupSuppression("tag of s", "club", 1, 0, "keyword")
    review = ReviewItem("r", "s", "club", "sent", "open", 1, 5)
    reviewed = ReviewItem("done", "s", "club", "sent", "dismissed", 1, 4, 5, "ann")
    invalid = InvalidNumber("s", "invalid_number", "21211", 5)
    hits = Hits("number:1", ((1, 2),), 50)

    def all(self) -> list[Row]:
        """Every row, parents first."""
        return [getattr(self, name) for name in World.__dict__ if isinstance(getattr(self, name), Row)]


W = World()
OF_S: set[Row] = {W.subject, W.subscription, W.prompt, W.suppression, W.of_group}
WAITING: set[Row] = {W.text, W.sooner, W.later, W.elsewhere}
REACHED: list[tuple[dict[str, Any], set[Row]]] = [
    ({}, set()),
    ({"submissions": {"b", "nobody"}}, OF_S | {W.submission, W.answered}),
    ({"prompts": {"answered"}}, OF_S | {W.answered}),
    ({"texts": {"t"}}, OF_S | {W.text, W.answered}),
    ({"texts": {"sent", "t"}}, OF_S | {W.sent, W.text, W.answered}),
    ({"tags": {"tag of s"}}, OF_S),
    ({"tags": {"tag of s"}, "outbox": True}, OF_S | WAITING),
    ({"tags": {"tag of s"}, "texting": True}, OF_S | {W.review, W.invalid}),
    ({"subjects": {"s"}}, OF_S),
    ({"reviews": {"done"}}, OF_S | {W.reviewed}),
    ({"tags": {"tag of nobody"}}, set()),
    ({"hits": {"number:1", "number:2"}}, {W.hits}),
    ({"tags": {"tag of s"}, "counters": ["number:1"]}, OF_S | {W.hits}),
    ({"senders": {"24680": 9}}, OF_S | {W.text, W.sooner, W.answered, W.others, W.other}),
    ({"senders": {"24680": 1}}, OF_S | {W.sooner}),
    ({"senders": {"13579": 9}}, OF_S | {W.elsewhere}),
    ({"overdue": 9, "now": 100}, OF_S | {W.sending}),
    ({"overdue": 9, "now": 99}, OF_S | {W.sending}),
]


@pytest.mark.parametrize(("touched", "expected"), REACHED, ids=[",".join(t) or "nothing" for t, _ in REACHED])
def test_what_a_batch_touches_is_loaded_and_no_more(on_store: Tell, touched: Any, expected: set[Row]) -> None:
    async def story(store: Store) -> None:
        await rows.save(store, *W.all())
        assert _set(await rows.load(store, **touched)) - _fresh_counters(touched) == expected

    on_store(story)


def _fresh_counters(touched: dict[str, Any]) -> set[Row]:
    """Counters that one engine makes before it locks them: nothing is counted in them yet."""
    return {Hits(key, (), touched.get("now", 50)) for key in touched.get("hits", ())}


def test_prompts_whose_window_is_over_are_found(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        await rows.save(store, rows.subject(), *(rows.prompt(f"p{n}", closes_at=n) for n in range(10)))
        await rows.save(store, rows.subject("late"), rows.prompt("late", of="late", closes_at=11))
        assert await rows.load(store, now=-1, overdue=9) == []
        found = await rows.load(store, now=9, overdue=9)
        assert {row.id for row in found if isinstance(row, Prompt)} == {f"p{n}" for n in range(10)}
        assert rows.subject() in found
        assert rows.subject("late") not in found

    on_store(story)


@pytest.mark.parametrize("kind", [Event, EventFacts])
def test_what_is_only_added_to_refuses_a_second_writing(on_store: Tell, kind: type[Row]) -> None:
    async def story(store: Store) -> None:
        history = rows.events("s", 2)
        await rows.save(store, rows.subject(), *history)
        again = next(row for row in history if isinstance(row, kind))
        with pytest.raises(Conflict):
            await rows.save(store, rows.subject("bystander"), again)
        assert await store.subjects(["bystander"]) == {}
        assert await store.count_events() == 2

    on_store(story)


def test_an_error_in_a_batch_leaves_nothing(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        with store.changes.watch("p", OUTBOX) as changed:
            with pytest.raises(Exception, match=r"(?i)foreign key"):
                await rows.save(store, rows.subject(), rows.prompt(), rows.text(), *rows.events("nobody", 1))
            assert not changed.is_set()
        assert await store.subjects(["s"]) == {}
        with pytest.raises(ZeroDivisionError):
            await _stumble(store)
        await rows.save(store, rows.subject(), rows.prompt())
        assert await store.prompt("p") == (rows.prompt(), rows.subject())

    on_store(story)


async def _stumble(store: Store) -> None:
    async with store.batch() as batch:
        await batch.load(rows.wants(tags={"x"}), lambda _subjects, _tags: set(), 0)
        raise ZeroDivisionError


def test_who_waits_hears_of_what_is_committed(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        async def wait(key: str) -> Any:
            with store.changes.watch(key) as changed:
                ready.set()
                await changed.wait()
                return await store.standing("b"), await store.next_due()

        for key in ("p", "b", OUTBOX):
            ready = asyncio.Event()
            waiting = asyncio.create_task(wait(key))
            await ready.wait()
            async with store.batch() as batch:
                await batch.load(rows.wants(), lambda _subjects, _tags: set(), 0)
                assert not waiting.done()
                await batch.save([rows.subject(), rows.prompt(), rows.submission(), rows.text()])
            assert await waiting == ((rows.submission(), rows.prompt()), 10)

    on_store(story)


def test_the_outbox_tells_when_the_next_text_may_go(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        assert await store.next_due() is None
        waiting = [rows.text("a", due_at=30), rows.text("b", due_at=20), rows.text("c", due_at=5, state="sending")]
        await rows.save(store, rows.subject(), *waiting, rows.text("d", due_at=1, state="sent"))
        assert await store.next_due() == 20
        assert sorted(await store.waiting_texts(9)) == ["a", "b", "c"]
        assert len(await store.waiting_texts(2)) == 2

    on_store(story)


def test_counters_that_ended_are_forgotten(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        await rows.save(store, *(Hits(f"k{n}", ((n, 1),), n) for n in range(5)))
        await store.forget(3)
        found = await rows.load(store, counters=[f"k{n}" for n in range(5)])
        assert {row.key for row in found if isinstance(row, Hits)} == {"k3", "k4"}

    on_store(story)


def test_showings_add_up(on_store: Tell, url: str, loop: Run) -> None:
    async def story(store: Store) -> None:
        await asyncio.gather(*(store.add_showings({("f", 1, "shown"): n, ("f", 2, "shown"): 1}) for n in (1, 2, 3)))

    on_store(story)
    peek = Peek(url)
    assert set(loop(peek.rows("SELECT * FROM showing"))) == {("f", 1, "shown", 6), ("f", 2, "shown", 3)}
    loop(peek.close())


def test_what_is_applied_is_in_use_and_every_version_stays(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        assert await store.programme() == (None, [], [])
        marks = [await store.applied_at()]
        forms = list(FORMS.values())
        groups = [form.group for form in forms]
        with store.changes.watch(PROGRAMME) as changed:
            await store.apply(BRAND, groups, forms, 5)
            assert changed.is_set()
        marks.append(await store.applied_at())
        newer = replace(forms[0], version="newer")
        renamed = replace(BRAND, name="Lark")
        await store.apply(renamed, [], [newer], 4)  # a clock that stepped back
        marks.append(await store.applied_at())
        assert len(set(marks)) == 3
        brand, found_groups, found_forms = await store.programme()
        assert (brand, found_groups) == (renamed, sorted(groups, key=lambda group: group.id))
        assert found_forms == [newer, forms[1]]
        assert await store.form_version(forms[0].version) == forms[0]
        assert await store.form_version("nobody") is None

    on_store(story)


def _chain(name: str, length: int, start: Subject | None = None) -> list[Row]:
    """A number with events that verify."""
    subject, made = start or rows.subject(name), []
    for n in range(length):
        subject, event, facts = link(
            KEYS.ledger, subject, Draft(name, "noted", "form", "club", "", "", {"n": str(n)}), n
        )
        made += [event, facts]
    return [subject, *made]


def test_chains_come_page_by_page(on_store: Tell) -> None:
    names = [f"s{n:04d}" for n in range(CHAINS_AT_ONCE * 2 + 3)]

    async def story(store: Store) -> None:
        await rows.save(store, *(row for name in names for row in _chain(name, 2)))
        found = [(subject.id, len(events)) async for subject, events in store.chains("", "~")]
        assert found == [(name, 2) for name in names]
        some = [subject.id async for subject, _ in store.chains("s0003", "s0600")]
        assert some == names[4:601]
        assert await store.count_events() == 2 * len(names)
        assert await store.stray_event() is None

    on_store(story)


def test_chains_are_whole_while_they_are_written(on_store: Tell) -> None:
    names = [f"s{n:04d}" for n in range(CHAINS_AT_ONCE + 20)]

    async def story(store: Store) -> None:
        await rows.save(store, *(row for name in names for row in _chain(name, 1)))

        async def write() -> None:
            for name in reversed(names):
                found = (await store.subjects([name]))[name]
                await rows.save(store, *_chain(name, 2, found))

        writing = asyncio.create_task(write())
        lengths = []
        async for subject, events in store.chains("", "~"):
            assert subject.events == len(events)
            assert not events or subject.head == events[-1][0].hash
            lengths.append(len(events))
            await asyncio.sleep(0)
        assert len(lengths) == len(names)
        await writing

    on_store(story)


def test_an_event_that_lost_its_number_is_found(on_store: Tell, url: str) -> None:
    async def story(store: Store) -> None:
        await rows.save(store, rows.subject(), *rows.events("s", 1))
        peek = Peek(url)
        await peek.without_keys()
        await peek.rows("DELETE FROM subject")
        await peek.close()
        assert await store.stray_event() == ("s", 1)

    on_store(story)


def test_closing_lets_what_is_being_written_end_and_wakes_who_waits(url: str, loop: Run) -> None:
    async def story() -> None:
        store = await open_store(url)
        saving = asyncio.create_task(rows.save(store, rows.subject()))
        await asyncio.sleep(0)
        with store.changes.watch("p") as changed:
            await asyncio.gather(store.close(), saving)
            assert changed.is_set()
        assert store.changes.closing
        again = await open_store(url)
        assert await again.subjects(["s"]) == {"s": rows.subject()}
        await again.close()

    loop(story())
