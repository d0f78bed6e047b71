"""Several processes' worth of clerks on one database, and what they left there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from msgspec import Struct

from tests.conftest import Clock
from tests.contract.consent_cast import FORMS, KEYS, POLICY
from yesline.clerk import Clerk
from yesline.programme import Group
from yesline.records import InboundText, Submit
from yesline.rules import proof, signing
from yesline.rules.abuse import Policy
from yesline.store.engines import open_store
from yesline.store.postgres import PostgresStore

CLUB = FORMS["club"].group


class Office(Struct):
    """One process: its store and its clerk."""

    store: PostgresStore
    clerk: Clerk


@asynccontextmanager
async def offices(url: str, count: int, clock: Clock, policy: Policy = POLICY) -> AsyncIterator[list[Office]]:
    """Clerks with stores of their own that live as long as the context."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            store = await open_store(url)
            assert isinstance(store, PostgresStore)
            stack.push_async_callback(store.close)
            with store.changes.watch("anything") as listening:
                await listening.wait()
            opened.append(Office(store, Clerk(store, KEYS, policy, clock)))
        yield opened


def phone(place: int) -> str:
    """One of many numbers, no two of one block."""
    return f"+1201{place:03d}0100"


def submit(name: str, number: str, group: str = "club") -> Submit:
    """A form that was sent."""
    tag, block = signing.number_tag(KEYS, number), signing.number_tag(KEYS, number[:-4])
    return Submit(name, FORMS[group], "en", number, tag, block, "address", "", f"{number} {name}", {"phone": number})


def texted(name: str, number: str, words: str, group: Group = CLUB) -> InboundText:
    """A person's text."""
    return InboundText(name, number, signing.number_tag(KEYS, number), group, words)


async def check_ledger(office: Office) -> int:
    """Verify every chain; returns how many events there are."""
    checked = [proof.check_chain(KEYS.ledger, *chain) async for chain in office.store.chains("", "~")]
    assert sum(checked) == await office.store.count_events()
    assert await office.store.stray_event() is None
    return sum(checked)


async def sql(office: Office, statement: str) -> list[tuple[Any, ...]]:
    """What stands in the database."""
    async with office.store._readers.acquire() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]
