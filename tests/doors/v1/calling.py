"""Calls of a back end: a key with every scope, and what it is answered."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import httpx2

from tests.conftest import Site
from yesline.doors.keyring import SCOPES, digest
from yesline.records import ApiKey
from yesline.store.keys import save

SECRET = "yl_" + "A" * 43
PHONE = "+12015550123"
OTHER = "+12025550123"
GROUP = "promotions"


async def give_key(site: Site, scopes: str = " ".join(SCOPES), secret: str = SECRET) -> None:
    """Keep a key; a site needs one before it is called."""
    await save(site.house.store, ApiKey(digest(secret)[:11], "the shop", digest(secret), scopes, site.clock()))


async def get(site: Site, path: str, secret: str = SECRET, **headers: str) -> httpx2.Response:
    """Read."""
    return await site.http.get(path, headers={"authorization": f"Bearer {secret}"} | headers)


async def post(
    site: Site, path: str, body: Any = None, once: str | None = None, secret: str = SECRET
) -> httpx2.Response:
    """Change something; ``once`` is the idempotency key."""
    headers = {"authorization": f"Bearer {secret}"} | ({"idempotency-key": once} if once is not None else {})
    return await site.http.post(path, json=body, headers=headers)


async def put_state(site: Site, state: str = "subscribed", phone: str = PHONE, **more: Any) -> httpx2.Response:
    """Set a state in the group that there is."""
    return await post(site, "/v1/subscriptions", {"group": GROUP, "state": state, "phone": phone} | more)


async def id_of(site: Site, phone: str = PHONE) -> str:
    """The id of a number's subscriber."""
    ((found,),) = await site.sql("SELECT id FROM subject WHERE phone = ?", phone)
    return str(found)


async def items(site: Site, path: str) -> list[dict[str, Any]]:
    """All of a list, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = await get(site, f"{path}{'&' if '?' in path else '?'}after={after}")
        assert answer.status_code == 200, answer.text
        content = answer.json()
        found += content["items"]
        if content["next"] is None:
            return found
        assert content["items"]
        after = content["next"]


async def send_file(
    site: Site, text: str | bytes, kind: str = "text/csv", once: str = "", **query: Any
) -> httpx2.Response:
    """Send a file of people."""
    headers = {"authorization": f"Bearer {SECRET}", "content-type": kind} | ({"idempotency-key": once} if once else {})
    content = text.encode() if isinstance(text, str) else text
    return await site.http.post(f"/v1/imports?{urlencode(query)}", content=content, headers=headers)


async def over(site: Site, job: str, secret: str = SECRET) -> dict[str, Any]:
    """An import, once it has come to its end."""
    for _ in range(1000):
        found: dict[str, Any] = (await get(site, f"/v1/imports/{job}", secret)).json()
        if found["state"] not in ("waiting", "running"):
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(found)


async def imported(site: Site, text: str, kind: str = "text/csv", **query: Any) -> dict[str, Any]:
    """What became of a file of people."""
    answer = await send_file(site, text, kind, **query)
    assert answer.status_code == 202, answer.text
    return await over(site, answer.json()["id"])
