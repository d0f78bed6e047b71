"""The feed of events, the endpoints that are told of them, and what is on its way: read and written by statements of their own."""

from collections.abc import Callable, Sequence
from typing import Any

from yesline.records import Event, Profile, ProfileAlias
from yesline.records.outgoing import Carried, Delivery, Endpoint, Entry, Noticed, Person
from yesline.store.base import Store, keepable
from yesline.store.changes import DELIVERIES
from yesline.store.transactions import Ask, Transaction

Chains = dict[str, list[tuple[Event, str | None]]]
_EVENT = len(Event.__struct_fields__)
_FEEDING = 0x66_65_65_64  # "feed", the key of the advisory lock under which one process feeds


async def is_fed(store: Store) -> bool:
    """Whether the feed has every event of the ledger, and what became of every text."""
    return not (await store.rows("any_unfed") or await store.rows("any_text_unfed"))


async def unfed(transaction: Transaction, most: int) -> tuple[dict[str, int], Chains] | None:
    """Numbers with events that the feed lacks, with how many events each has, and those events. None where another process is feeding."""
    if not (await transaction.fetch("take_feed", _FEEDING))[0][0]:
        return None
    numbers = {row[0]: row[1] for row in await transaction.fetch("unfed", most)}
    chains: Chains = {}
    for row in await transaction.fetch("unfed_events", list(numbers)):
        event = Event(*row[:-1])
        if event.seq <= numbers[event.subject_id]:  # what came since waits for the next round
            chains.setdefault(event.subject_id, []).append((event, row[-1]))
    return numbers, chains


async def texts_unfed(transaction: Transaction, most: int) -> list[Carried]:
    """Texts whose end the feed lacks."""
    return [Carried(*row) for row in await transaction.fetch("texts_unfed", most)]


async def feed(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Put entries into the feed."""
    await transaction.many("feed", [entry.columns() for entry in entries])


async def mark(transaction: Transaction, numbers: dict[str, int], texts: Sequence[Carried]) -> None:
    """Keep up to where the chains of these numbers are in the feed, and which states of these texts.

    It comes last of all: their rows are locked from here to the commit. Numbers come before texts, as they do for the clerk.
    """
    await transaction.many("mark_fed", list(numbers.items()))
    await transaction.many("mark_text_fed", [(text.id, text.state) for text in texts])


async def newest(ask: Ask) -> int:
    """The number of the newest entry, 0 where there is none."""
    return int((await ask("newest_entry"))[0][0])


async def entries(store: Store, after: int, most: int) -> list[Entry]:
    """The entries of the feed after this number, in their order."""
    return [Entry(*row) for row in await store.rows("entries_after", after, most)]


async def told_after(store: Store, after: int, most: int) -> list[Noticed]:
    """The entries of the feed after this number, in their order, with what is told of them."""
    return _noticed(await store.rows("told_after", after, most))


async def told_of(store: Store, seqs: Sequence[int]) -> dict[int, Noticed]:
    """What is told of these entries, by their numbers."""
    return {one.seq: one for one in _noticed(await store.rows("told_of", list(seqs)))}


def _noticed(rows: Sequence[Sequence[Any]]) -> list[Noticed]:
    return [found for row in rows if (found := _read(row))]


def _read(row: Sequence[Any]) -> Noticed | None:
    """An entry, unless what it is about is gone."""
    seq, kind, phone, email, language, facts, *about = row
    event, text = about[:_EVENT], about[_EVENT:]
    if event[0] is not None:
        return Noticed(seq, kind, Event(*event), facts, phone, email, language)
    return Noticed(seq, kind, Carried(*text), None, phone, email, text[6]) if text[0] is not None else None


async def people(store: Store, subject_ids: Sequence[str]) -> dict[str, Person]:
    """Whom these numbers and addresses belong to, by the numbers' ids: those who have a profile."""
    tags = {one.id: one.tag for one in (await store.subjects(subject_ids)).values() if one.tag}
    found = [Profile(*row) for row in await store.rows("profiles_of_tags", list(tags.values()))]
    owners = {tag: one for one in found for tag in (one.tag, one.email_tag) if tag}
    aliases = [ProfileAlias(*row) for row in await store.rows("aliases_of", [one.id for one in found])]
    named = {one.profile_id: (one.label, one.name) for one in sorted(aliases, key=lambda one: one.key, reverse=True)}
    return {
        subject: Person(owner.external_id, named.get(owner.id))
        for subject, tag in tags.items()
        if (owner := owners.get(tag))
    }


async def endpoints(ask: Ask) -> list[Endpoint]:
    """Every endpoint, oldest first."""
    return [Endpoint(*row) for row in await ask("endpoints")]


async def endpoint(store: Store, endpoint_id: str) -> Endpoint | None:
    """The endpoint with this id."""
    found = [Endpoint(*row) for key in keepable([endpoint_id]) for row in await store.rows("endpoint_by_id", key)]
    return found[0] if found else None


async def keep(store: Store, row: Endpoint) -> None:
    """Make an endpoint be so; what waits for one that is enabled again goes at once."""
    async with store.transaction() as transaction:
        await transaction.fetch("put_endpoint", *row.columns())
    store.changes.publish(DELIVERIES)


async def remove(store: Store, endpoint_id: str) -> None:
    """Forget an endpoint, with all that went or was to go there."""
    async with store.transaction() as transaction:
        await transaction.fetch("remove_deliveries", endpoint_id)
        await transaction.fetch("remove_endpoint", endpoint_id)


async def deliveries(store: Store, endpoint_id: str, most: int) -> list[Delivery]:
    """What went to an endpoint or is to go there, newest first."""
    return [Delivery(*row) for row in await store.rows("deliveries_of", endpoint_id, most)]


async def send(
    transaction: Transaction, wanted: Sequence[tuple[Endpoint, Entry]], mint: Callable[[], str], now: int
) -> None:
    """Have these entries delivered, again where they were before."""
    rows = [(f"msg_{mint()}", to.id, entry.seq, entry.subject_id, now) for to, entry in wanted]
    await transaction.many("put_delivery", rows)


async def send_again(store: Store, to: Endpoint, delivery_id: str, now: int) -> bool:
    """Have one delivery made again; whether there is such a one."""
    async with store.transaction() as transaction:
        found = [row for key in keepable([delivery_id]) for row in await transaction.fetch("again", key, to.id, now)]
    store.changes.publish(DELIVERIES)
    return bool(found)


async def send_since(
    store: Store, to: Endpoint, since: int, most: int, mint: Callable[[], str], now: int
) -> tuple[int, int]:
    """Have the next entries after this number delivered, again where they were before; returns how many, and the number of the last looked at."""
    found = await entries(store, since, most)
    wanted = [(to, entry) for entry in found if to.wants(entry.type)]
    async with store.transaction() as transaction:
        await send(transaction, wanted, mint, now)
    store.changes.publish(DELIVERIES)
    return len(wanted), found[-1].seq if found else since


async def due(store: Store, now: int) -> list[Endpoint]:
    """The endpoints in use to which something is due."""
    return [Endpoint(*row) for row in await store.rows("endpoints_due", now)]


async def lease(store: Store, to: Endpoint, now: int, until: int, most: int) -> list[Delivery]:
    """Take what is due to an endpoint: nobody else takes it before ``until``. Of each number only the first that waits."""
    async with store.transaction() as transaction:
        return [Delivery(*row) for row in await transaction.fetch("lease_deliveries", to.id, now, until, most)]


async def settle(store: Store, row: Delivery, disabled: str, now: int) -> None:
    """Keep how a try went, and disable its endpoint where ``disabled`` says why."""
    async with store.transaction() as transaction:
        await transaction.fetch(
            "settle_delivery", row.id, row.tries, row.state, row.due_at, row.status, row.reason, now
        )
        if disabled:
            await transaction.fetch("disable_endpoint", row.endpoint_id, disabled, now)


async def set_aside(store: Store) -> int:
    """Deliver nothing that waits; returns how many deliveries that was."""
    async with store.transaction() as transaction:
        return len(await transaction.fetch("set_deliveries_aside"))
