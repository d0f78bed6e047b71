"""Who may use a form: exact origins, told before any work, and readable by the page in every case."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FORM, Clock, Site, running
from tests.wire import dump, project_in, refused
from yesline.doors.guard import network
from yesline.settings import Settings

SHOP = "https://shop.example.com"
PORT = "https://shop.example.com:8443"
FOREIGN = [
    "http://shop.example.com",
    "https://shop.example.com:443",
    "https://shop.example.com:8444",
    "https://evil.shop.example.com",
    "https://example.com",
    "https://shop.example.com.evil.example",
    "https://shop.example.comevil.example",
    "https://evilshop.example.com",
    "https://shop-example.com",
    "https://shop.example.com/",
    "https://shop.example.com/path",
    "https://shop.example.com@evil.example",
    "https://shop.example.com#",
    "https://shop.example.com?",
    "HTTPS://SHOP.EXAMPLE.COM",
    "https://Shop.example.com",
    "https://shop.example.com.",
    " ",
    "*",
    "null",
    "file://",
    "https://shop.example.com, https://evil.example",
    "https://shop.example.com https://evil.example",
    "https://shop\u00e9.example.com",
]
ON_ORIGIN = Callable[[Callable[[Site], Any], str], None]


@pytest.fixture
def on_origins(settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path) -> ON_ORIGIN:
    """Run ``story(site)`` against a server whose form lists these origins."""

    def tell(story: Callable[[Site], Any], origins: str) -> None:
        async def whole() -> None:
            folder = project_in(tmp_path / "project", f"origins = {origins}")
            async with running(settings, clock, folder) as site:
                await story(site)

        run(whole())

    return tell


async def _submit(site: Site, origin: str | None) -> Any:
    headers = {} if origin is None else {b"origin": origin.encode()}
    body = await site.body()
    return await site.http.post(f"/forms/{FORM}/submissions", json=body, headers=headers)


def test_listed_origins_may_and_no_other(on_origins: ON_ORIGIN) -> None:
    async def story(site: Site) -> None:
        for origin in FOREIGN:
            answer = await _submit(site, origin)
            refused(answer, 403, "origin_not_allowed")
            assert "access-control-allow-origin" not in answer.headers
        refused(await _submit(site, None), 403, "origin_not_allowed")
        assert not any((await dump(site)).values())
        for origin in (SHOP, PORT, site.origin):
            answer = await _submit(site, origin)
            assert answer.status_code == 202
            assert answer.headers["access-control-allow-origin"] == origin
            assert "Origin" in answer.headers["vary"]
            assert "access-control-allow-credentials" not in answer.headers

    on_origins(story, f'["{SHOP}", "{PORT}"]')


def test_origins_are_compared_as_browsers_write_them(on_origins: ON_ORIGIN) -> None:
    async def story(site: Site) -> None:
        assert (await _submit(site, SHOP)).status_code == 202

    on_origins(story, '["HTTPS://Shop.Example.COM"]')


def test_null_and_schemes_of_apps_only_where_listed(on_origins: ON_ORIGIN) -> None:
    async def story(site: Site) -> None:
        assert (await _submit(site, "null")).status_code == 202
        assert (await _submit(site, "capacitor://localhost")).status_code == 202
        refused(await _submit(site, "capacitor://elsewhere"), 403, "origin_not_allowed")

    on_origins(story, '["null", "capacitor://localhost"]')


def test_origin_sent_twice_is_not_believed(on_origins: ON_ORIGIN) -> None:
    async def story(site: Site) -> None:
        body = await site.body()
        headers = [("origin", "https://evil.example"), ("origin", SHOP)]
        answer = await site.http.post(f"/forms/{FORM}/submissions", json=body, headers=headers)
        refused(answer, 403, "origin_not_allowed")

    on_origins(story, f'["{SHOP}"]')


@pytest.mark.parametrize("tail", ["submissions", "seen"])
def test_preflight(on_origins: ON_ORIGIN, tail: str) -> None:
    async def story(site: Site) -> None:
        path = f"/forms/{FORM}/{tail}"
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        answer = await site.http.options(path, headers={"origin": SHOP} | asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert answer.headers["access-control-allow-headers"] == "content-type"
        assert int(answer.headers["access-control-max-age"]) > 0
        assert "access-control-allow-credentials" not in answer.headers
        foreign = await site.http.options(path, headers={"origin": "https://evil.example"} | asked)
        refused(foreign, 403, "origin_not_allowed")
        assert "access-control-allow-origin" not in foreign.headers

    on_origins(story, f'["{SHOP}"]')


def test_page_can_read_every_error(on_origins: ON_ORIGIN, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer without the header is "CORS error" to the page, whatever it says."""

    async def story(site: Site) -> None:
        path, headers = f"/forms/{FORM}/submissions", {"origin": SHOP}
        submission = await site.submit()
        answers = [
            await site.http.post(path, content=b"{", headers=headers),
            await site.http.post(path, content=b"x" * 70_000, headers=headers),
            await site.http.post(path, json=await site.body(phone="1"), headers=headers),
            await site.http.post(path, json=await site.body(stamp="x"), headers=headers),
            await site.http.post(f"/submissions/{submission}/resend", json={}, headers=headers),
            await site.http.get(f"/submissions/{'A' * 22}", headers=headers),
        ]

        async def broken(_: object) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(site.house.clerk, "record", broken)
        answers.append(await site.http.post(path, json=await site.body(), headers=headers))
        assert [answer.status_code for answer in answers] == [400, 413, 422, 409, 429, 404, 500]
        assert {answer.headers["access-control-allow-origin"] for answer in answers} == {SHOP}
        content = refused(answers[-1], 500, "internal")
        assert "disk" not in str(content), "our faults are told to the log, not to the visitor"

    on_origins(story, f'["{SHOP}"]')


def test_reads_without_an_origin_are_fine(on_origins: ON_ORIGIN) -> None:
    """Browsers send none with a page's reads of its own origin, nor do caches that fetch a view."""

    async def story(site: Site) -> None:
        assert (await site.http.get(f"/forms/{FORM}/view")).status_code == 200
        refused(
            await site.http.get(f"/forms/{FORM}/view", headers={"origin": "https://evil.example"}),
            403,
            "origin_not_allowed",
        )

    on_origins(story, f'["{SHOP}"]')


def test_claimed_addresses_are_not_believed(on_origins: ON_ORIGIN) -> None:
    """The address of the connection counts. A trusted proxy's header is read by uvicorn, before our code."""

    async def story(site: Site) -> None:
        claims = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x-real-ip": "203.0.113.9"}
        await site.http.post(f"/forms/{FORM}/submissions", json=await site.body(), headers={"origin": SHOP} | claims)
        ((facts,),) = await site.sql("SELECT facts FROM event_facts WHERE seq = 1")
        assert "203.0.113.9" not in facts
        assert '"127.0.0.1"' in facts

    on_origins(story, f'["{SHOP}"]')


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_client(address: str, counted: str) -> None:
    assert network(address) == counted
