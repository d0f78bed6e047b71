"""GET, HEAD and OPTIONS change nobody's consent, on any route, in any state, whatever the query says."""

import re
from typing import Any

import pytest

from tests.conftest import FORM, Site
from tests.wire import Stream, dump, link_in
from yesline.routes import routes
from yesline.rules import signing

TABLE = [route.path for route in routes(sandbox=True)]
TRICKS = [
    "", "?confirm=true", "?act=confirm", "?act=confirm&token={token}", "?token={token}&act=decline", "?yes=1&state=confirmed",
    "?_method=POST&act=confirm&token={token}", "?s={id}&act=resend", "?lang=en&s={id}", "?code=123456", "?consent=on&act=submit",
]  # fmt: skip
OVERRIDES = {"x-http-method-override": "POST", "x-method-override": "POST", "purpose": "prefetch"}


async def _lives(site: Site) -> dict[str, list[dict[str, str]]]:
    """Ids, slugs and tokens of numbers in every state."""
    found: dict[str, list[dict[str, str]]] = {}
    numbers = {
        "pending": 201,
        "subscribed": 202,
        "stopped": 203,
        "refused": 205,
        "not me": 206,
        "again": 207,
        "expired": 208,
    }
    for state, area in numbers.items():
        phone = f"+1{area}5550123"
        found[state] = [await _life(site, phone)]
    await site.reply("Y", "+12025550123")
    await site.reply("STOP", "+12035550123")
    await site.reply("N", "+12055550123")
    await site.http.post(
        f"/c/{found['not me'][0]['slug']}", data={"token": found["not me"][0]["token"], "act": "decline"}
    )
    await site.reply("Y", "+12075550123")
    site.clock.advance(days=29)
    found["again"].append(await _life(site, "+12075550123"))
    found["pending"].append(await _life(site, "+12095550123"))
    await site.sql("UPDATE prompt SET closes_at = ? WHERE id = ?", site.clock(), found["expired"][0]["slug"][:11])
    await site.idle()
    return found


async def _life(site: Site, phone: str) -> dict[str, str]:
    submission = await site.submit(phone)
    link = link_in((await site.texts(phone))[-1])
    (token,) = re.findall(r'name="token" value="([^"]+)"', (await site.http.get(link)).text)
    signed = signing.sign(site.house.clerk.keys, "confirm", link[3:14], site.clock())
    return {"id": submission, "slug": link.removeprefix("/c/"), "token": token, "signed": signed}


def _addresses(site: Site, life: dict[str, str], mark: str) -> list[str]:
    del site
    known = {"form": FORM, "key": "console", "region": "GB", "name": "shop.css", "hash": mark} | life
    paths = [path for path in TABLE if not path.endswith("/events")] + ["/c/{signed}"]
    texts = [path + trick for path in paths for trick in (TRICKS if path.startswith(("/c/", "/f/")) else TRICKS[:2])]
    return [re.sub(r"\{(\w+)\}", lambda found: known[found[1]], text) for text in texts]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(on_site: Any, method: str) -> None:
    async def story(site: Site) -> None:
        mark = (await site.http.get("/embed.js")).headers["etag"].strip('"')
        lives = await _lives(site)
        states = await site.sql("SELECT DISTINCT state FROM subscription ORDER BY state")
        assert [state for (state,) in states] == ["pending", "subscribed", "unknown", "unsubscribed"]
        before = await dump(site)
        for state, many in lives.items():
            for life in many:
                for address in _addresses(site, life, mark):
                    answer = await site.http.request(method, address, headers={"origin": site.origin} | OVERRIDES)
                    assert answer.status_code < 500, (method, address)
                    bad = answer.status_code == 400 and not address.startswith(
                        "/receipts/"
                    )  # the console has no receipts
                    assert not bad or method == "OPTIONS", (method, address)
                assert await dump(site) == before, (method, state)

    on_site(story)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_listening_changes_nothing(on_site: Any, method: str) -> None:
    async def story(site: Site) -> None:
        lives = await _lives(site)
        before = await dump(site)
        for many in lives.values():
            for life in many:
                async with Stream(site, f"/submissions/{life['id']}/events", method) as stream:
                    assert stream.status == 200
                    await stream.chunk()
        assert await dump(site) == before

    on_site(story)


def test_a_link_that_is_opened_twenty_times_stays_unanswered(on_site: Any) -> None:
    """Gateways and scanners open links, with every header a browser has."""

    async def story(site: Site) -> None:
        life = await _life(site, "+12015550123")
        before = await dump(site)
        for scanner in ("Mozilla/5.0", "facebookexternalhit/1.1", "SafeLinks", "curl/8", "") * 4:
            headers = {"user-agent": scanner, "sec-fetch-mode": "navigate", "referer": "https://mail.example/"}
            for path in (f"/c/{life['slug']}", f"/c/{life['signed']}"):
                assert (await site.http.get(path, headers=headers)).status_code == 200
                assert (await site.http.head(path, headers=headers)).status_code == 200
        assert await dump(site) == before
        assert await site.state(life["id"]) == "pending"

    on_site(story)
