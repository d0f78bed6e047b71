"""The character NUL: PostgreSQL has no place for it in a text, SQLite would keep it; here neither does."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Clock
from tests.contract.consent_cast import FORMS, KEYS, NUMBERS, POLICY, TAGS
from tests.store import rows
from tests.store.conftest import Tell
from yesline.clerk import Clerk
from yesline.errors import StoreError
from yesline.records import Hits, InboundText, Row, Subscription, Suppression, Text
from yesline.store.base import Store

NUL_ROWS: list[Row] = [
    replace(rows.subject("x"), phone="1\0"),
    Subscription("s", "a\0", "pending", "unknown", 1),
    rows.prompt("p\0"),
    rows.submission("\0"),
    rows.text(body="a\0b"),
    Suppression("t\0", 1, 0, ""),
    Hits("k\0", (), 1),
    replace(rows.events("s", 1)[0], group_id="\0"),
    replace(rows.events("s", 1)[1], facts="\0"),
]


@pytest.mark.parametrize("row", NUL_ROWS, ids=lambda row: row.table)
def test_no_engine_keeps_a_nul(on_store: Tell, row: Row) -> None:
    async def story(store: Store) -> None:
        await rows.save(store, rows.subject(), rows.prompt())
        with pytest.raises(StoreError, match="NUL"):
            await rows.save(store, rows.subject("bystander"), row)
        assert await store.subjects(["bystander"]) == {}
        await rows.save(store, replace(rows.text(), body=r"not one: \u0000"))

    on_store(story)


def test_nothing_is_found_under_a_key_with_a_nul(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        await rows.save(store, rows.subject(), rows.prompt())
        key = "p\0"
        assert await store.standing(key) is None
        assert await store.prompt(key) is None
        assert await store.subjects([key]) == {}
        assert await store.form_version(key) is None
        touched: dict[str, Any] = {name: {key, "p"} for name in ("submissions", "prompts", "texts", "tags")}
        assert set(await rows.load(store, **touched)) == {rows.subject(), rows.prompt()}

    on_store(story)


def test_a_stop_with_a_nul_in_it_counts(on_store: Tell) -> None:
    async def story(store: Store) -> None:
        clerk = Clerk(store, KEYS, POLICY, Clock())
        number = NUMBERS[0]
        await clerk.record(InboundText("in1", number, TAGS[number], FORMS["club"].group, "ST\0OP"))
        found = await rows.load(store, texts={"in1"}, tags={TAGS[number]})
        assert [row.lifted_at for row in found if isinstance(row, Suppression)] == [0]
        assert [row.body for row in found if isinstance(row, Text)] == ["ST\N{REPLACEMENT CHARACTER}OP"]

    on_store(story)
