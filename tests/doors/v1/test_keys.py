"""``/v1/keys``: the secret is shown once, no key gives what it has not, and a revoked one is refused at once."""

from typing import Any

from tests.conftest import Site
from tests.doors.v1.calling import SECRET, get, give_key, items, post
from tests.wire import refused
from yesline.doors.keyring import digest

OnSite = Any


def test_a_key_works_until_it_is_revoked(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        site.clock.advance(seconds=1)
        answer = await post(site, "/v1/keys", {"name": " till ", "scopes": ["review", "messages", "review"]})
        assert answer.status_code == 201
        made = answer.json()
        secret = made.pop("secret")
        assert secret.startswith("yl_")
        assert (made["name"], made["scopes"]) == ("till", ["messages", "review"])
        assert (await get(site, "/v1/review", secret)).status_code == 200
        refused(await get(site, "/v1/keys", secret), 403, "key_scope")
        listed = await items(site, "/v1/keys")
        assert listed[1] == made | {"revoked_at": None}
        assert secret not in str(listed)
        assert digest(secret) not in str(listed)
        ended = await post(site, f"/v1/keys/{made['id']}/revoke")
        assert ended.json() == {"id": made["id"], "already": False}
        refused(await get(site, "/v1/review", secret), 401, "key_unknown")
        assert (await post(site, f"/v1/keys/{made['id']}/revoke")).json()["already"] is True
        assert (await items(site, "/v1/keys"))[1]["revoked_at"] == "2027-01-15T08:00:01Z"

    on_site(story)


def test_a_key_gives_no_scope_that_it_has_not(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site, "keys review")
        refused(await post(site, "/v1/keys", {"name": "x", "scopes": ["review", "erase"]}), 403, "key_scope", "scopes")
        assert len(await items(site, "/v1/keys")) == 1

    on_site(story)


def test_what_is_no_key_is_refused(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        for body in (
            {"name": "x", "scopes": []},
            {"name": "x", "scopes": ["everything"]},
            {"name": "  ", "scopes": ["review"]},
            {"name": "a\nb", "scopes": ["review"]},
            {"name": "x" * 101, "scopes": ["review"]},
            {"scopes": ["review"]},
            {"name": "x", "scopes": ["review"], "more": 1},
        ):
            assert (await post(site, "/v1/keys", body)).status_code == 400, body
        for unknown in ("nothing", "%00", "A" * 3000):
            refused(await post(site, f"/v1/keys/{unknown}/revoke"), 404, "key_not_found")
        assert len(await items(site, "/v1/keys")) == 1
        assert (await get(site, "/v1/keys", SECRET)).status_code == 200

    on_site(story)
