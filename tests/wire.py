"""What tests of the doors share: consent as it stands in the tables, answers in the one error shape, live streams, carriers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree
from typing import Any
from unittest.mock import patch

import httpx2

from tests.conftest import DEMO, FORM, Site
from yesline.post.outbox import Outbox
from yesline.records import InboundText
from yesline.rules import signing
from yesline.store import outgoing
from yesline.store.changes import OUTBOX
from yesline.store.sql import ROWS

_COLUMNS = {kind.table: kind.__struct_fields__ for kind in ROWS}
CONSENT = ("subject", "subscription", "prompt", "submission", "text", "suppression", "event", "event_facts")
SHOWN = "+12015550123"


async def dump(site: Site) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that has to do with consent, once the post office has come to rest."""
    await site.idle()
    return {table: sorted(await site.sql(f"SELECT {columns(table)} FROM {table}"), key=repr) for table in CONSENT}  # noqa: S608


async def alone(site: Site) -> None:
    """What is at work on a number passes its texts over; wait until the feed has marked all of them."""
    for _ in range(500):
        if await outgoing.is_fed(site.house.store):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the feed does not come to its end")


@asynccontextmanager
async def unsent(site: Site) -> AsyncIterator[None]:
    """The post office rests as long as the context: what a test makes due is taken by the test alone."""
    rests = asyncio.Event()

    async def round_(_outbox: Outbox, _now: int) -> float:
        rests.set()
        return 60

    with patch.object(Outbox, "_round", round_):
        site.house.store.changes.publish(OUTBOX)
        await rests.wait()
        await alone(site)
        yield


def columns(table: str) -> str:
    """The columns of a table that acts write: not how much of it the feed has, which is written a moment after."""
    return ", ".join(_COLUMNS[table])


async def counts(site: Site) -> dict[str, int]:
    """How many rows each of these tables holds."""
    return {table: len(rows) for table, rows in (await dump(site)).items()}


def refused(answer: httpx2.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """Assert that an answer is this refusal in the one error shape, and return the whole of it."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    content: dict[str, Any] = answer.json()
    error = content["error"]
    assert set(error) <= {"code", "message", "field"}
    assert (error["code"], error.get("field")) == (code, field), error
    assert isinstance(error["message"], str)
    assert error["message"]
    return content


def link_in(text: str) -> str:
    """The path of the link in a text."""
    found = re.search(r"https?://[^/]+(/c/\w+)", text)
    assert found, text
    return found[1]


def code_in(text: str) -> str:
    """The code in a text."""
    found = re.search(r"code (\d{6})", text)
    assert found, text
    return found[1]


def wrong(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@asynccontextmanager
async def at_address(site: Site, address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client whose connection comes from another address."""
    transport = httpx2.ASGITransport(site.app, raise_app_exceptions=False, client=(address, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url=site.origin) as http:
        yield http


async def send_form(
    site: Site, http: httpx2.AsyncClient, phone: str = "(201) 555-0123", **more: Any
) -> httpx2.Response:
    """A submit over another client; ``more`` are headers."""
    body = await site.body(phone)
    return await http.post(f"/forms/{FORM}/submissions", json=body, headers={"origin": site.origin} | more)


async def carrier_text(site: Site, body: str, at: int, key: str = "", phone: str = SHOWN) -> None:
    """A text as a carrier tells it, with the carrier's own time and message id."""
    rooms = site.house
    group = next(iter(rooms.catalogue.groups.values()))
    tag = signing.number_tag(rooms.clerk.keys, phone)
    await rooms.clerk.record(InboundText(key or f"{body}{at}", phone, tag, group, body, at))


class Stream:
    """A long answer, read as it comes: the in-process client would wait for its end."""

    def __init__(self, site: Site, path: str, method: str = "GET") -> None:
        self._site = site
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"x"), (b"origin", site.origin.encode())],
            "client": ("127.0.0.1", 4711),
            "server": ("127.0.0.1", 80),
        }
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False

    async def __aenter__(self) -> "Stream":
        self._task = asyncio.create_task(self._site.app(self._scope, self._receive, self._send))
        start = await self.next()
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    async def __aexit__(self, *_: object) -> None:
        self._gone.set()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def next(self) -> dict[str, Any]:
        """The next message of the answer, within seconds."""
        return await asyncio.wait_for(self._sent.get(), 5)

    async def chunk(self) -> str:
        """The next piece of the body; empty at its end."""
        body: bytes = (await self.next()).get("body", b"")
        return body.decode()

    async def _receive(self) -> dict[str, Any]:
        if self._asked:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Any) -> None:
        if self._gone.is_set():
            raise OSError("the reader has gone away")
        await self._sent.put(dict(message))


def project_in(folder: Path, form: str = "", group: str = "", sender: str = "") -> Path:
    """The demo's project folder with more lines at the top of its form and group, and in the group's sender."""
    copytree(DEMO, folder)
    _prepend(folder / "forms" / f"{FORM}.toml", form)
    (file,) = (folder / "groups").glob("*.toml")
    _prepend(file, group)
    with file.open("a", encoding="utf-8") as out:
        out.write(f"\n{sender}\n")
    return folder


def _prepend(file: Path, lines: str) -> None:
    """Put lines at the top of a TOML file, in place of those there that set the same keys."""
    keys = {line.partition(" =")[0] for line in lines.splitlines()}
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if line.partition(" =")[0] not in keys]
    file.write_text("\n".join([*lines.splitlines(), *kept]) + "\n", encoding="utf-8")
