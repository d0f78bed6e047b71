"""Codes of a pool: each is given to one number, once, however many ask at the same moment and in however many processes."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Clock
from tests.contract.consent_cast import FORMS
from tests.databases import Run
from tests.store import rows
from tests.store.offices import Office, offices, phone, sql, submit, texted
from yesline.records import Claim, Submit
from yesline.store.base import Store
from yesline.store.engines import engine
from yesline.store.lists import coupon_pools


async def claim(store: Store, *subjects: str, pool: str = "spring") -> tuple[set[str], list[str]]:
    """What a batch is told that gives these numbers a code each, and what their prompts then have."""
    asked = [rows.prompt(f"p-{name}", of=name) for name in subjects]
    async with store.batch() as batch:
        await batch.load(rows.wants(), lambda _subjects, _tags: set(), 0)
        known = [rows.subject(name) for name in subjects]
        empty = await batch.save([*known, *asked], [Claim(p.id, p.subject_id, pool, 5) for p in asked])
    found = [await store.prompt(prompt.id) for prompt in asked]
    return empty, [prompt.coupon for prompt, _ in filter(None, found)]


def test_codes_are_given_until_there_are_none(on_store: Any) -> None:
    async def story(store: Store) -> None:
        assert await store.add_coupons("spring", ["B", "A", "B"]) == 2
        assert await store.add_coupons("spring", ["C", "A"]) == 1
        assert await claim(store, "s1", "s2") == (set(), ["A", "B"])
        assert await claim(store, "s3", "s4") == ({"spring"}, ["C", ""])
        assert await claim(store, "s5", pool="other") == ({"other"}, [""])
        assert await coupon_pools(store) == {"spring": (3, 3)}

    on_store(story)


def test_a_number_keeps_its_code_and_adding_it_again_changes_nothing(on_store: Any) -> None:
    async def story(store: Store) -> None:
        await store.add_coupons("spring", ["A", "B"])
        assert await claim(store, "s1") == (set(), ["A"])
        assert await claim(store, "s1") == (set(), ["A"])
        assert await store.add_coupons("spring", ["A"]) == 0
        assert await claim(store, "s2") == (set(), ["B"])
        assert await coupon_pools(store) == {"spring": (2, 2)}

    on_store(story)


def test_what_is_undone_gives_its_code_back(on_store: Any) -> None:
    async def story(store: Store) -> None:
        await store.add_coupons("spring", ["A", "B"])
        claims = [Claim("p", name, "spring", 5) for name in ("s1", "nobody")]

        async def broken() -> None:
            async with store.batch() as batch:
                await batch.load(rows.wants(), lambda _subjects, _tags: set(), 0)
                await batch.save([rows.subject("s1")], claims)

        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await broken()
        assert await coupon_pools(store) == {"spring": (2, 0)}

    on_store(story)


def _club(name: str, number: str) -> Submit:
    """A form that gives codes of a pool."""
    act = submit(name, number)
    return replace(act, form=replace(act.form, form=replace(act.form.form, coupon_pool="spring")))


@pytest.mark.parametrize("empty_url", ["postgres"], indirect=True)
def test_two_processes_never_give_one_code_twice(url: str, loop: Run) -> None:
    numbers = [phone(place) for place in range(40)]

    async def story(two: list[Office]) -> None:
        await two[0].store.add_coupons("spring", [f"C{n:02}" for n in range(30)])
        for place, number in enumerate(numbers):
            await two[place % 2].clerk.record(_club(f"s{place}", number))
        answers = [texted(f"t{place}", number, "Y") for place, number in enumerate(numbers)]
        await asyncio.gather(*(two[place % 2].clerk.record(answer) for place, answer in enumerate(answers)))
        given = [code for (code,) in await sql(two[0], "SELECT coupon FROM prompt") if code]
        assert sorted(given) == [f"C{n:02}" for n in range(30)]
        assert await sql(two[0], "SELECT count(DISTINCT subject_id) FROM coupon") == [(30,)]

    async def whole() -> None:
        async with offices(url, 2, Clock()) as two:
            await story(two)

    assert engine(url) == "postgres"
    assert FORMS["club"].form.coupon_pool == ""
    loop(whole())
