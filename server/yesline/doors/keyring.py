"""The guard of the back end's doors: a bearer key, found by its digest, that has the scope of the route."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Literal, get_args

from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import Handler, refuse
from yesline.doors.house import house
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.store import lists

Scope = Literal["review", "inbound", "forms"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
KeyHandler = Callable[[Request, ApiKey], Awaitable[Response]]
_MISSING = "Send the header Authorization: Bearer <key>; 'yesline keys new' makes one."


def digest(secret: str) -> str:
    """What is kept of a key. A plain hash will do: the key has 256 random bits, which nobody guesses."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key_door(scope: Scope, handler: KeyHandler) -> Handler:
    """Let only callers with a key of this scope through to ``handler``, which is told whose it is. Nothing is read before."""

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
        return await handler(request, key)

    return guarded


async def _caller(request: Request) -> ApiKey:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Refusal("key_missing", _MISSING, 401)
    key = await lists.api_key(house(request).store, digest(secret.strip()))
    if not key or key.revoked_at:
        raise Refusal("key_unknown", "There is no such key, or it was revoked: 'yesline keys list' shows them.", 401)
    return key


def _challenge(refusal: Refusal, error: str) -> Response:
    """Source: RFC 6750, 3."""
    response = refuse(refusal)
    response.headers["www-authenticate"] = "Bearer" + (f' error="{error}"' if error else "")
    return response
