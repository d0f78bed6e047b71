"""Who may call, how often, and how faults are told: always in the shape that Braze has for it."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.doors.braze.conftest import SECRET, Shop
from tests.wire import SHOWN, dump
from yesline.doors.braze.rates import POOLS, Pool, Rates
from yesline.doors.keyring import digest
from yesline.errors import Conflict
from yesline.records import ApiKey
from yesline.store.keys import save

On = Callable[[Callable[[Shop], Any]], None]
SET = "/subscription/status/set"
ROUTES = [
    ("POST", SET, "subscription.status.set"),
    ("POST", "/v2/subscription/status/set", "subscription.status.set"),
    ("GET", "/subscription/status/get", "subscription.status.get"),
    ("GET", "/subscription/user/status", "subscription.groups.get"),
    ("POST", "/users/track", "users.track"),
    ("POST", "/users/identify", "users.identify"),
    ("POST", "/users/alias/new", "users.alias.new"),
    ("POST", "/users/delete", "users.delete"),
    ("POST", "/users/export/ids", "users.export.ids"),
    ("GET", "/sms/invalid_phone_numbers", "sms.invalid_phone_numbers"),
    ("POST", "/sms/invalid_phone_numbers/remove", "sms.invalid_phone_numbers.remove"),
]
WISH = {"subscription_group_id": "promotions", "subscription_state": "subscribed", "phone": SHOWN}


def plain(answer: httpx2.Response, status: int) -> str:
    """The message of an answer that is nothing else."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json()
    assert set(content) == {"message"}
    return str(content["message"])


def test_nobody_gets_in_without_the_permission(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        before = await dump(shop.site)
        for name, scopes in (("yl_other", "review"), ("yl_revoked", "users.track")):
            row = ApiKey(name, name, digest(name), scopes, 1, int(name == "yl_revoked"))
            await save(shop.site.house.store, row)
        for method, path, scope in ROUTES:
            for secret in ("", "wrong", "yl_revoked"):
                answer = await shop.call(method, path, {}, secret)
                assert "Invalid API key" in plain(answer, 401)
                assert answer.headers["www-authenticate"] == "Bearer"
            assert repr(scope) in plain(await shop.call(method, path, {}, "yl_other"), 403)
            answer = await shop.site.http.request(method, path, headers={"authorization": f"Basic {SECRET}"})
            plain(answer, 401)
        assert await dump(shop.site) == before

    on_shop(story)


def test_the_key_may_stand_in_the_body_as_it_once_did(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        answer = await shop.call("POST", SET, WISH | {"api_key": SECRET}, "")
        assert (answer.status_code, answer.json()) == (201, {"message": "success"})
        for key in ("wrong", None, 5):
            plain(await shop.call("POST", SET, WISH | {"api_key": key}, ""), 401)
        plain(await shop.site.http.post(SET, content=b"{"), 401)
        plain(await shop.call("POST", SET, WISH | {"api_key": SECRET}, "wrong"), 401)

    on_shop(story)


def test_calls_are_counted_by_pool_and_window() -> None:
    rates = Rates()
    for scope, pool in {pool.name: (scope, pool) for scope, pool in POOLS.items()}.values():
        rooms = [rates.count(scope, 5 * pool.per + used % pool.per) for used in range(pool.most + 1)]
        assert [room.left for room in rooms] == list(range(pool.most - 1, -2, -1))
        assert [room.over for room in rooms[-2:]] == [False, True]
        assert {room.ends for room in rooms} == {6 * pool.per // 1000}
        assert rates.count(scope, 6 * pool.per).left == pool.most - 1


def test_the_headers_tell_what_is_left(on_shop: On, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(shop: Shop) -> None:
        now = shop.site.clock() // 1000
        answers = [await shop.call("POST", path, {}) for path in (SET, "/v2/subscription/status/set", "/users/track")]
        left = [
            [answer.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset")] for answer in answers
        ]
        assert left == [
            ["5000", "4999", str(now - now % 60 + 60)],
            ["5000", "4998", str(now - now % 60 + 60)],
            ["3000", "2999", str(now - now % 3 + 3)],
        ]
        monkeypatch.setitem(POOLS, "users.track", Pool("track", 1, 3000))
        answer = await shop.call("POST", "/users/track", {"attributes": [{"external_id": "u1"}]})
        assert "X-RateLimit-Reset" in plain(answer, 429)
        assert answer.headers["x-ratelimit-remaining"] == "0"
        assert "retry-after" not in answer.headers
        shop.site.clock.advance(seconds=3)
        answer = await shop.call("POST", "/users/track", {"attributes": [{"external_id": "u1"}]})
        assert answer.status_code == 201

    on_shop(story)


def test_addresses_and_methods_that_are_not_there(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        for path in ("/subscription/status", "/users/nothing", "/sms/x", "/v2/subscription/x"):
            plain(await shop.call("POST", path, {}), 404)
        answer = await shop.call("DELETE", SET)
        plain(answer, 405)
        assert answer.headers["allow"] == "POST"

    on_shop(story)


def test_bodies_that_are_none_or_too_large(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        headers = {"authorization": f"Bearer {SECRET}"}
        for body in (b"", b"hello", b"[", b"[]", b"null", b"\xff", b'{"a": "\\ud800"}', b"[" * 60_000):
            plain(await shop.site.http.post(SET, content=body, headers=headers), 400)
        for path, most in ((SET, 64 * 1024), ("/users/track", 1024 * 1024)):
            plain(await shop.site.http.post(path, content=b" " * (most + 1), headers=headers), 413)
            plain(await shop.site.http.post(path, content=b" " * (most + 1)), 413)
            plain(await shop.site.http.post(path, content=b" " * most, headers=headers), 400)
        form = headers | {"content-type": "text/plain"}
        answer = await shop.site.http.post(SET, content=json.dumps(WISH), headers=form)
        assert answer.status_code == 201

    on_shop(story)


@pytest.mark.parametrize(("error", "status"), [(Conflict("first"), 503), (RuntimeError("secret"), 500)])
def test_faults_are_told_in_the_same_shape(
    on_shop: On, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    async def story(shop: Shop) -> None:
        async def fails(_: Any) -> None:
            raise error

        monkeypatch.setattr(shop.site.house.clerk, "record", fails)
        message = plain(await shop.call("POST", SET, WISH), status)
        assert "secret" not in message

    on_shop(story)
