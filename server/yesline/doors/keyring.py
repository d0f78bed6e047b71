"""The guard of the back end's doors: a bearer key, found by its digest, that has the scope of the route."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, get_args

from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.braze import wire
from yesline.doors.braze.rates import Rates
from yesline.doors.guard import Handler, refuse
from yesline.doors.house import client, house
from yesline.doors.v1.idempotency import HEADER, once
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.rules.signing import minter
from yesline.store import lists

Scope = Literal[
    "review",
    "inbound",
    "forms",
    "catalogue",
    "subscribers",
    "subscriptions",
    "imports",
    "exports",
    "erase",
    "messages",
    "keys",
    "events",
    "webhooks",
    "subscription.status.set",
    "subscription.status.get",
    "subscription.groups.get",
    "users.track",
    "users.identify",
    "users.alias.new",
    "users.delete",
    "users.export.ids",
    "sms.invalid_phone_numbers",
    "sms.invalid_phone_numbers.remove",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)
KeyHandler = Callable[[Request, ApiKey], Awaitable[Response]]
_BEGINNING = "yl_"
"""So that scanners for leaked secrets can tell what they have found."""
_MISSING = "Send the header Authorization: Bearer <key>; 'yesline keys new' makes one."


def digest(secret: str) -> str:
    """What is kept of a key. A plain hash will do: the key has 256 random bits, which nobody guesses."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key(name: str, scopes: Iterable[str], now: int) -> tuple[str, ApiKey]:
    """A fresh key: its secret, to be shown once, and what is kept of it."""
    secret = _BEGINNING + secrets.token_urlsafe(32)
    return secret, ApiKey(minter()(), name, digest(secret), " ".join(sorted(set(scopes))), now)


def key_door(scope: Scope, handler: KeyHandler, *, streams: bool = False) -> Handler:
    """Let only callers with a key of this scope through to ``handler``, which is told whose it is. Nothing is read before.

    A handler that ``streams`` sees to idempotency keys itself: the body is not to be held in memory.
    """

    async def guarded(request: Request) -> Response:
        try:
            key = await _caller(request)
        except Refusal as refusal:
            return _challenge(refusal, "invalid_token" if refusal.code == "key_unknown" else "")
        if scope not in key.scopes.split():
            message = (
                f"The key {key.name!r} has no scope {scope!r}: make one with 'yesline keys new NAME --scope {scope}'."
            )
            return _challenge(Refusal("key_scope", message, 403), "insufficient_scope")
        if request.method == "POST" and HEADER in request.headers and not streams:
            return await once(request, key.id, bearer(request), lambda again: handler(again, key))
        return await handler(request, key)

    return guarded


def braze_door(scope: Scope, handler: wire.Handler, rates: Rates) -> Handler:
    """Like ``key_door``, with the permissions, limits and answers of Braze. A key may stand in the body, as it once did."""

    async def guarded(request: Request) -> Response:
        told: dict[str, str] = {}
        try:
            content = b"" if "authorization" in request.headers else await wire.read(request, scope)
            key = await _permitted(request, scope, bearer(request) or wire.legacy_key(content))
            room = rates.count(scope, house(request).clerk.clock())
            told = room.headers
            if room.over:
                raise wire.Fatal("Rate limit exceeded: call again after the time in X-RateLimit-Reset.", 429)
            response = await handler(await _call(request, scope, key, content))
        except wire.Fatal as fatal:
            response = wire.refuse(fatal)
        except Exception as error:  # noqa: BLE001  (a fault is told in their shape, too)
            response = wire.fault(error)
        response.headers.update(told)
        return response

    return guarded


async def _permitted(request: Request, scope: Scope, secret: str) -> ApiKey:
    key = await _known(request, secret)
    if not key:
        raise wire.Fatal("Invalid API key: send Authorization: Bearer <key>; 'yesline keys new' makes one.", 401)
    if scope not in key.scopes.split():
        raise wire.Fatal(f"Access Denied: the key {key.name!r} has no permission {scope!r}.", 403)
    return key


async def _call(request: Request, scope: Scope, key: ApiKey, content: bytes) -> wire.Call:
    facts = {"key": key.name, "caller": client(request)[0]}
    whole = content or await wire.read(request, scope) if request.method == "POST" else b""
    return wire.Call(house(request), key, request.query_params, whole, facts)


def bearer(request: Request) -> str:
    """The secret that a call says, empty where it says none."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


async def _known(request: Request, secret: str) -> ApiKey | None:
    key = await lists.api_key(house(request).store, digest(secret)) if secret else None
    return None if key and key.revoked_at else key


async def _caller(request: Request) -> ApiKey:
    secret = bearer(request)
    if not secret:
        raise Refusal("key_missing", _MISSING, 401)
    key = await _known(request, secret)
    if not key:
        raise Refusal("key_unknown", "There is no such key, or it was revoked: 'yesline keys list' shows them.", 401)
    return key


def _challenge(refusal: Refusal, error: str) -> Response:
    """Source: RFC 6750, 3."""
    response = refuse(refusal)
    response.headers["www-authenticate"] = "Bearer" + (f' error="{error}"' if error else "")
    return response
