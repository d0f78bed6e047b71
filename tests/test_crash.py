"""SIGKILL in the middle of 2,000 submissions: no acknowledged one is lost, none is texted twice, the ledger holds."""

import asyncio
import json
import random
import secrets
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2

from tests.conftest import FORM
from tests.live import Server, project_folder

SUBMISSIONS = 2_000
KILLS = 4
AT_ONCE = 32


class Crowd:
    """People who submit once each and press again when the page tells them that the network was lost."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.acknowledged: set[str] = set()
        self._queue: asyncio.Queue[int] = asyncio.Queue()
        for number in range(SUBMISSIONS):
            self._queue.put_nowait(number)

    async def run(self) -> None:
        limits = httpx2.Limits(max_connections=AT_ONCE)
        async with httpx2.AsyncClient(base_url=self.server.base, limits=limits, timeout=10) as http:
            self._stamp = (await http.get(f"/forms/{FORM}/view")).json()["stamp"]
            await asyncio.gather(self._kill_at_random(), *(self._person(http) for _ in range(AT_ONCE)))

    async def _kill_at_random(self) -> None:
        for _ in range(KILLS):
            until = len(self.acknowledged) + random.randint(100, SUBMISSIONS // KILLS - 100)
            while len(self.acknowledged) < until:  # noqa: ASYNC110  (it counts what 32 others do)
                await asyncio.sleep(0.005)
            await asyncio.to_thread(self._kill)

    def _kill(self) -> None:
        self.server.kill()
        self.server.start()

    async def _person(self, http: httpx2.AsyncClient) -> None:
        while not self._queue.empty():
            body = self._body(self._queue.get_nowait())
            while body["id"] not in self.acknowledged:
                try:
                    answer = await http.post(
                        f"/forms/{FORM}/submissions", json=body, headers={"origin": self.server.base}
                    )
                except httpx2.TransportError:
                    await asyncio.sleep(0.02)
                    continue
                assert answer.status_code == 202, answer.text
                self.acknowledged.add(body["id"])

    def _body(self, number: int) -> dict[str, Any]:
        return {
            "id": secrets.token_urlsafe(16),
            "phone": f"+4474001{number:05d}",
            "country": "GB",
            "consent": True,
            "stamp": self._stamp,
        }


def rest(db: sqlite3.Connection) -> None:
    """Wait until the post office has nothing more to send."""
    for _ in range(600):
        (waiting,) = db.execute("SELECT count(*) FROM text WHERE state = 'queued'").fetchone()
        if not waiting:
            return
        time.sleep(0.1)
    raise AssertionError("the post office does not come to rest")


def sent_lines(server: Server) -> list[dict[str, Any]]:
    lines = (server.data / "handset.jsonl").read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


def test_killed_in_the_middle(tmp_path: Path) -> None:
    project = project_folder(tmp_path)
    group = project / "groups" / "promotions.toml"
    group.write_text(group.read_text().replace('address = "24680"', 'address = "24680"\nper_second = 1000'))
    server = Server(tmp_path / "data", project)
    server.start()
    try:
        crowd = Crowd(server)
        asyncio.run(crowd.run())
        db = sqlite3.connect(server.data / "yesline.db")
        rest(db)
        kept = {row[0] for row in db.execute("SELECT id FROM submission")}
        assert crowd.acknowledged <= kept
        assert len(kept) == SUBMISSIONS
        prompts = Counter(row[0] for row in db.execute("SELECT prompt_id FROM text WHERE kind = 'prompt'"))
        assert len(prompts) == SUBMISSIONS
        assert set(prompts.values()) == {1}
        said_sent = {row[0] for row in db.execute("SELECT id FROM text WHERE state = 'sent'")}
        cut_off = {row[0] for row in db.execute("SELECT id FROM text WHERE state = 'sending'")}
        db.close()
    finally:
        server.stop()
    went_out = Counter(line["reference"] for line in sent_lines(server))
    assert set(went_out.values()) == {1}
    assert max(Counter(line["to"] for line in sent_lines(server)).values()) == 1
    assert said_sent <= set(went_out)
    assert said_sent | cut_off == set(went_out) | cut_off
    verified = subprocess.run(
        [sys.executable, "-m", "yesline", "verify", "--data", str(server.data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr
