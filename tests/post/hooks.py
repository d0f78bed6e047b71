"""What tests of events out share: a server whose feed and deliveries move by hand, and an endpoint that remembers."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import httpx2
import msgspec
from standardwebhooks import Webhook

from tests.carriers.network import Request
from tests.conftest import Site
from yesline.post import feed, guarded
from yesline.post.webhooks import Webhooks
from yesline.records.outgoing import Delivery, Endpoint, Entry, Kind, Options
from yesline.rules import telling
from yesline.rules.signing import minter
from yesline.store import outgoing
from yesline.store.base import Store

Answering = Callable[[httpx2.Request], httpx2.Response]


async def fed(store: Store, now: int) -> list[Entry]:
    """The whole feed, once it has all of the ledger."""
    while not await outgoing.is_fed(store):
        await feed.feed(store, now)
    return await outgoing.entries(store, 0, 10_000)


async def endpoint(store: Store, url: str, now: int, *types: str) -> Endpoint:
    """An endpoint, however unfit its address."""
    made = Endpoint(minter()(), url, " ".join(types), telling.new_secret(), "", 0, "enabled", "", now, now)
    await outgoing.keep(store, made)
    return made


async def forwarder(store: Store, kind: Kind, url: str, now: int, *types: str, **options: Any) -> Endpoint:
    """Another system that is told, by the key "a-key"."""
    how = msgspec.json.encode(Options(**options)).decode()
    made = Endpoint(minter()(), url, " ".join(types), "a-key", "", 0, "enabled", "", now, now, kind, how)
    await outgoing.keep(store, made)
    return made


def saying(*statuses: int, **headers: str) -> "Addressee":
    """An addressee that answers with each of these in turn, the last one again and again."""
    left = list(statuses)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Addressee(lambda _: httpx2.Response(left.pop(0) if len(left) > 1 else left[0], headers=named))


class Addressee(httpx2.AsyncBaseTransport):
    """Stands below the guard: what comes here would have been connected to. ``answer`` may raise."""

    def __init__(self, answer: Answering | None = None) -> None:
        self.answer: Answering = answer or (lambda _: httpx2.Response(204))
        self.calls: list[tuple[httpx2.Request, bytes]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.calls.append((request, await request.aread()))
        return self.answer(request)


class Names:
    """A name service: each look-up of a name takes its next answer, the last one again and again."""

    def __init__(self, **names: Iterable[tuple[str, ...]]) -> None:
        self._names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        del port
        self.asked.append(host)
        answers = self._names.get(host)
        if not answers:
            return (host,)
        return answers.pop(0) if len(answers) > 1 else answers[0]


PUBLIC = "93.184.216.34"


class Courier:
    """One process that delivers when it is told, through a guard that is as strict as outside the sandbox."""

    def __init__(self, site: Site, addressee: httpx2.AsyncBaseTransport, names: Names | None = None) -> None:
        names = names or Names(shop_example=[(PUBLIC,)])
        transport = guarded.Guarded(addressee, sandbox=False, find=names)
        self.site = site
        self.work = Webhooks(site.house.store, lambda: httpx2.AsyncClient(transport=transport), site.clock)

    async def deliver(self) -> None:
        """All that is due, and what becomes due by that."""
        await fed(self.site.house.store, self.site.clock())
        while await self.work.round():
            await self.work.rest()


async def deliveries(site: Site, to: Endpoint) -> list[Delivery]:
    """What went to an endpoint or is to go, in the order of the feed."""
    return (await outgoing.deliveries(site.house.store, to.id, 10_000))[::-1]


async def state(site: Site, to: Endpoint) -> tuple[str, str]:
    """Whether an endpoint is in use, and why not."""
    found = await outgoing.endpoint(site.house.store, to.id)
    assert found
    return found.state, found.reason


def genuine(headers: Any, body: bytes, secret: str) -> bool:
    """Whether one of the signatures is what the standard's own package makes with this secret."""
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(headers["webhook-id"], at, body.decode()) in headers["webhook-signature"].split()


async def called(wait: Callable[[int], list[Request]], count: int) -> list[Request]:
    """The calls of a recorder, once there are so many; the loop goes on meanwhile."""
    return await asyncio.to_thread(wait, count)
