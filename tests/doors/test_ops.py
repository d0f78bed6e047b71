"""What an operator asks, and what is shown when something is missing or broken."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.conftest import FORM, Clock, Site
from tests.wire import link_in, refused
from yesline.app import create_app
from yesline.settings import Settings


def test_alive_and_ready(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for path in ("/healthz", "/readyz"):
            answer = await site.http.get(path)
            assert (answer.status_code, answer.json()["ok"]) == (200, True)

    on_site(story)


def test_server_without_a_project_lives_and_is_not_ready(
    settings: Settings, clock: Clock, run: Callable[[Any], Any]
) -> None:
    async def story() -> None:
        app = create_app(settings, None, clock)
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url=settings.origin) as http,
        ):
            assert (await http.get("/healthz")).status_code == 200
            answer = await http.get("/readyz")
            refused(answer, 503, "not_ready")
            assert "yesline apply" in answer.text
            refused(await http.get(f"/forms/{FORM}/view"), 404, "form_not_found")
            refused(await http.get(f"/f/{FORM}"), 404, "form_not_found")
            refused(await http.get("/c/nothing"), 503, "not_ready")

    run(story())


def test_what_is_applied_elsewhere_is_in_use_within_a_second(on_site: Any, settings: Settings) -> None:
    async def story(site: Site) -> None:
        from tests.conftest import DEMO
        from yesline import project
        from yesline.store.engines import open_store

        loaded = await asyncio.to_thread(project.load, DEMO)
        other = await open_store(settings.database_url)
        form = loaded.forms[0]
        renamed = type(form)("another-version-hash-x", form.form, form.group, form.brand, form.views)
        await other.apply(loaded.brand, loaded.groups, [renamed], site.clock() + 1)
        await other.close()
        for _ in range(30):
            if (await site.view())["version"] == renamed.version:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the new version is not in use")

    on_site(story)


def test_our_faults_are_pages_to_people_and_tell_nothing(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        link = link_in((await site.texts())[0])

        async def broken(*_: object) -> None:
            raise OSError("the disk of the secret server is gone")

        monkeypatch.setattr(site.house.store, "prompt", broken)
        answer = await site.http.get(link)
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert "disk" not in answer.text

    on_site(story)


def test_our_faults_are_one_shape_to_programs(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: Site) -> None:
        async def broken(*_: object) -> None:
            raise OSError("the disk of the secret server is gone")

        monkeypatch.setattr(site.house.store, "applied_at", broken)
        monkeypatch.setattr(site.house.clerk, "record", broken)
        for answer in (
            await site.http.get("/readyz"),
            await site.http.post("/inbound/console", json={"from": "+12015550123", "to": "24680", "text": "STOP"}),
        ):
            content = refused(answer, 500, "internal")
            assert "disk" not in str(content)

    on_site(story)
