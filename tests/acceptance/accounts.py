"""A real server with an account at a carrier whose network is a recorder on loopback: texts go out and come in as they do there."""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx2

from tests.carriers.network import Network, Reply, Request, Sent, Webhook
from tests.carriers.recorder import Recorder
from tests.conftest import FORM
from tests.live import Server, project_folder
from tests.postgres import apart
from tests.wire import columns
from yesline.rules import signing
from yesline.settings import load_keys

GROUP = "promotions"


class Account:
    """What a test does at one account: type numbers in, text, deliver webhooks, look at what was sent."""

    def __init__(self, network: Network, recorder: Recorder, server: Server, outage: "Outage") -> None:
        self.network = network
        self.recorder = recorder
        self.server = server
        self.outage = outage
        self.http = httpx2.Client(base_url=server.base, timeout=30)
        self.texted = 0

    def address(self, door: str) -> str:
        """Where the carrier sends its webhooks."""
        keys = load_keys(self.server.data)
        return f"{self.server.base}/{door}/{signing.webhook_key(keys, self.network.kind)}"

    def submit(self, phone: str) -> str:
        """Send the form; the id of the submission."""
        view = self.http.get(f"/forms/{FORM}/view").json()
        body = {"id": secrets.token_urlsafe(16), "phone": phone, "country": "US", "consent": True, "locale": "en"}
        body |= {"stamp": view["stamp"], "page": f"{self.server.base}/"}
        answer = self.http.post(f"/forms/{FORM}/submissions", json=body, headers={"origin": self.server.base})
        assert answer.status_code == 202, answer.text
        return str(body["id"])

    def state(self, submission: str) -> str:
        return str(self.http.get(f"/submissions/{submission}").json()["state"])

    def sent(self, phone: str) -> list[Sent]:
        """The texts that reached the network for one phone, in their order."""
        found = [self.network.sent(request) for request in self.recorder.requests]
        return [text for text in found if text and text.phone.lstrip("+") == phone.lstrip("+")]

    def wait(self, phone: str, count: int) -> list[Sent]:
        """The texts to a phone, once there are so many."""
        self.until(lambda: len(self.sent(phone)) >= count)
        return self.sent(phone)

    def text(self, phone: str, words: str) -> Webhook:
        """The webhook of a text from a phone, not delivered yet."""
        self.texted += 1
        at = time.time_ns() // 1_000_000
        return self.network.inbound(self.address("inbound"), id=f"{self.texted:04d}", phone=phone, text=words, at=at)

    def receipt(self, sent: Sent, fate: str) -> Webhook:
        """The webhook of a receipt, not delivered yet."""
        return self.network.receipt(self.address("receipts"), sent, fate, time.time_ns() // 1_000_000)

    def deliver(self, webhook: Webhook, port: int = 0) -> httpx2.Response:
        """Call us as the carrier does; ``port`` is that of the process which the proxy in between chose."""
        where = urlsplit(webhook.url)
        path = where.path + (f"?{where.query}" if where.query else "")
        headers = {name.encode(): value.encode("latin-1", "surrogateescape") for name, value in webhook.headers.items()}
        if port:
            path = f"http://127.0.0.1:{port}{path}"
        return self.http.request(webhook.method, path, content=webhook.body, headers=headers)

    def says(self, phone: str, words: str) -> Webhook:
        """A phone texts, and the carrier tells us."""
        webhook = self.text(phone, words)
        answer = self.deliver(webhook)
        assert 200 <= answer.status_code < 300, answer.text
        return webhook

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        url = self.server.environment["YESLINE_DATABASE"]
        if not url:
            with closing(sqlite3.connect(self.server.data / "yesline.db")) as db:
                return db.execute(statement).fetchall()

        async def ask() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(url)
            try:
                return [tuple(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        found: list[tuple[Any, ...]] = apart(ask())
        return found

    def of(self, phone: str, what: str, table: str = "text", where: str = "true") -> list[tuple[Any, ...]]:
        """What stands in a table about one phone, in the order in which it came about."""
        link = "subject.tag = suppression.tag" if table == "suppression" else f"subject.id = {table}.subject_id"
        order = {"text": "text.created_at, text.id", "event": "event.seq"}.get(table, "1")
        return self.rows(
            f"SELECT {what} FROM {table} JOIN subject ON {link} WHERE phone = '{phone}' AND {where} ORDER BY {order}"  # noqa: S608
        )

    def ledger(self) -> list[tuple[Any, ...]]:
        """All that a webhook could have changed."""
        kept = [(table, *row) for table in ("text", "subscription", "suppression", "event") for row in self._of(table)]
        return sorted(kept, key=repr)

    def settle(self) -> None:
        """Wait until no text is on its way out."""
        self.until(lambda: not self.rows("SELECT 1 FROM text WHERE state IN ('queued', 'sending')"))

    def _of(self, table: str) -> list[tuple[Any, ...]]:
        return self.rows(f"SELECT {columns(table)} FROM {table}")  # noqa: S608  (a name of ours)

    def until(self, true: Callable[[], object], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, (
                self.rows("SELECT kind, state, reason, code FROM text"),
                (self.server.data.parent / "server.log").read_text()[-2000:],
            )
            apart(asyncio.sleep(0.03))


class Outage:
    """The carrier's API, which can be out of order: every call then gets a 503."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.now = False

    def __call__(self, request: Request) -> Reply:
        return Reply(503, {"error": "out of order"}) if self.now else self._network.answer(request)


def _project(folder: Path, network: Network) -> Path:
    """The demo's project, with its sender at the carrier."""
    project = project_folder(folder)
    group = project / "groups" / f"{GROUP}.toml"
    words = group.read_text().replace('address = "24680"', f'address = "{network.sender}"\ncarrier = "{network.kind}"')
    assert network.sender in words
    group.write_text(words)
    return project


def _environment(network: Network, api: str) -> dict[str, str]:
    return {
        f"YESLINE_CARRIERS_{network.kind.upper()}_{name.upper()}": _typed(value)
        for name, value in network.settings(api).items()
    }


def _typed(value: Any) -> str:
    """A setting as it is typed into the environment."""
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


@contextmanager
def account(network: Network, folder: Path, database: str = "", *, out: bool = False) -> Iterator[Account]:
    """A server that has an account in this network; ``out``: the network's API is out of order at first."""
    outage = Outage(network)
    outage.now = out
    with Recorder(outage) as recorder:
        more = _environment(network, recorder.url)
        server = Server(folder / "data", _project(folder, network), database, more, command="serve")
        server.start()
        opened = Account(network, recorder, server, outage)
        try:
            yield opened
        finally:
            opened.http.close()
            server.stop()
