"""The guard of the page's doors: exact origin first, then size, then form; the one error shape; CORS on every answer.

CORS alone guards nothing: a refused origin's simple POST still runs the handler (``style-anchors`` section 4, 11). So the origin
is compared here, before any work, and an error carries the CORS headers too, or the page could not read it.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.house import House, house
from yesline.errors import Conflict, Refusal, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Struct)
Handler = Callable[[Request], Awaitable[Response]]
MOST_BYTES = 64 * 1024
_SAFE = ("GET", "HEAD")
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Max-Age": "7200",
}


def json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps unless ``headers`` says so."""
    kept = {"cache-control": "no-store", "x-content-type-options": "nosniff"} | (headers or {})
    return Response(msgspec.json.encode(content), status, kept, media_type="application/json")


def refuse(refusal: Refusal) -> Response:
    """A refusal in the one error shape."""
    headers = {"retry-after": str(refusal.retry_after)} if refusal.retry_after else {}
    return json(refusal.body(), refusal.status, headers)


def internal(error: Exception) -> Response:
    """What the asker learns of a fault of ours: nothing, but that the same may be sent again. The log has it all."""
    if isinstance(error, Conflict | Unavailable):
        message = "This could not be recorded just now: send the same again in a few seconds."
        return refuse(Refusal("try_again", message, 503, retry_after=2))
    log.error("a request failed", exc_info=error)
    return refuse(Refusal("internal", "Something went wrong on our side: try again in a moment.", 500))


async def read_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """The request's body. Raises Refusal as soon as it is too large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Refusal("body_too_large", f"The body is larger than {most} bytes.", 413)
        parts.append(part)
    return b"".join(parts)


def decode(body: bytes, kind: type[T]) -> T:
    """A JSON body of the type wanted. Raises Refusal saying what is wrong and where."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("bad_request", f"The body is not what this route takes: {error}", 400) from error


def _allowed(rooms: House, request: Request) -> frozenset[str]:
    form = rooms.catalogue.forms.get(request.path_params.get("form", ""))
    return rooms.catalogue.allowed(form) if form else rooms.catalogue.origins


def _check_origin(request: Request, allowed: frozenset[str]) -> str | None:
    """The origin of a page that may ask. A browser names it on all but same-origin reads."""
    origin = request.headers.get("origin")
    if origin in allowed or (origin is None and request.method in _SAFE):
        return origin
    message = f"Pages of {origin or 'no origin'} may not use this form: add the origin to the form's origins."
    raise Refusal("origin_not_allowed", message, 403)


@lru_cache(maxsize=1024)
def _cors(origin: str | None) -> tuple[tuple[bytes, bytes], ...]:
    always = ((b"vary", b"Origin"), (b"cross-origin-resource-policy", b"cross-origin"))
    if origin is None:
        return always
    allowed = (b"access-control-allow-origin", origin.encode("latin-1"))
    return (*always, allowed, (b"access-control-expose-headers", b"Retry-After"))


def page_door(handler: Handler) -> Handler:
    """Let only pages of the form's own origins through to ``handler``."""

    async def guarded(request: Request) -> Response:
        try:
            origin = _check_origin(request, _allowed(house(request), request))
        except Refusal as refusal:
            return refuse(refusal)
        if request.method == "OPTIONS":
            response = Response(status_code=204, headers=_PREFLIGHT)
        else:
            try:
                response = await handler(request)
            except Refusal as refusal:
                response = refuse(refusal)
            except Exception as error:  # noqa: BLE001  (an answer without CORS headers would be unreadable to the page)
                response = internal(error)
        response.raw_headers.extend(_cors(origin))
        return response

    return guarded


def public_door(handler: Handler) -> Handler:
    """Let any page read the answer: it is the same for everybody, and ``<script crossorigin>`` loads nothing without."""

    async def opened(request: Request) -> Response:
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = refuse(refusal)
        response.headers["access-control-allow-origin"] = "*"
        response.headers["cross-origin-resource-policy"] = "cross-origin"
        return response

    return opened


def network(address: str) -> str:
    """What is counted as one client: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or f"{IPv6Address(int(ip) >> 64 << 64)}/64")
