"""A back end that calls as it would call Braze, and a project with a group of numbers and one of addresses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Clock, Site, running
from tests.wire import project_in
from yesline.doors.keyring import SCOPES, digest
from yesline.records import ApiKey
from yesline.settings import Settings
from yesline.store.keys import save

SECRET = "yl_" + "B" * 43
LETTERS = 'name = "Letters"\nsends = "stories"\nfrequency = "Once a month"\nchannel = "email"\n'


class Shop:
    """A back end with a key for everything."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @classmethod
    async def open(cls, site: Site) -> "Shop":
        await save(site.house.store, ApiKey("k", "the shop", digest(SECRET), " ".join(SCOPES), site.clock()))
        return cls(site)

    async def call(self, method: str, path: str, body: Any = None, secret: str = SECRET) -> httpx2.Response:
        """A call with the bearer key."""
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        return await self.site.http.request(method, path, json=body, headers=headers)

    async def post(self, path: str, body: Any, status: int = 201) -> dict[str, Any]:
        """What a call that changes something is answered with."""
        answer = await self.call("POST", path, body)
        assert answer.status_code == status, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def get(self, path: str, status: int = 200) -> dict[str, Any]:
        """What a call that asks is answered with."""
        answer = await self.call("GET", path)
        assert answer.status_code == status, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def set(self, state: str = "subscribed", group: str = "promotions", **more: Any) -> dict[str, Any]:
        """Set a state."""
        body = {"subscription_group_id": group, "subscription_state": state} | more
        return await self.post("/subscription/status/set", body)

    async def status(self, phone: str, group: str = "promotions") -> str:
        """The state of a number, as a back end is told."""
        query = f"subscription_group_id={group}&phone={phone.replace('+', '%2B')}"
        content = await self.get(f"/subscription/status/get?{query}")
        assert content["message"] == "success"
        return str(content["status"][phone])


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's project with a group of e-mail addresses."""
    folder = project_in(tmp_path_factory.mktemp("shop") / "project")
    (folder / "groups" / "letters.toml").write_text(LETTERS, encoding="utf-8")
    return folder


@pytest.fixture
def on_shop(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], shop_folder: Path
) -> Callable[[Callable[[Shop], Any]], None]:
    """Run ``story(shop)`` against a fresh server."""

    def tell(story: Callable[[Shop], Any]) -> None:
        async def whole() -> None:
            async with running(settings, clock, shop_folder) as site:
                await story(await Shop.open(site))

        run(whole())

    return tell
