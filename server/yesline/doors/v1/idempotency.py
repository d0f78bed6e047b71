"""``Idempotency-Key``: a call that changes something, sent again under its key, has one effect and one answer.

What is kept is sealed under the caller's own secret, of which we have the digest alone: an answer may hold a number, or a secret
that is shown once. Refusals are not kept, since nothing was done. Source: ``security-compliance`` D1.3.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from yesline.doors.guard import Handler, internal, read_body
from yesline.doors.house import house
from yesline.errors import Refusal, StoreError
from yesline.store import idempotency
from yesline.store.base import Store
from yesline.store.idempotency import Kept, Place

HEADER = "idempotency-key"
LONGEST = 255
_NONCE = 12


class Seal(Struct, frozen=True):
    """What only the holder of a secret makes and reads."""

    key: bytes

    @classmethod
    def of(cls, secret: str) -> "Seal":
        """The seal of a caller."""
        return cls(hashlib.sha256(b"yesline idempotency " + secret.encode()).digest())

    def mac(self, *parts: bytes) -> str:
        """What stands for these in the database."""
        whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self.key, whole, "sha256").hex()

    def shut(self, body: bytes) -> str:
        """A body as it is kept."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + AESGCM(self.key).encrypt(nonce, body, None)).decode()

    def open(self, kept: str) -> bytes:
        """See ``shut``."""
        sealed = base64.b64decode(kept)
        return AESGCM(self.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)


class _Call(Struct, frozen=True):
    """One call that was claimed ``at`` this time, and its answer on the way to be kept."""

    store: Store
    seal: Seal
    place: Place
    at: int

    async def first(self, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Answer it, and keep the answer, a fault of ours too: what it was in the middle of is not done twice."""
        try:
            response = await answer()
        except (Refusal, StoreError):
            await self._release()
            raise
        except Exception as error:  # noqa: BLE001  (it is told as any other fault, and kept)
            response = internal(error)
        if 400 <= response.status_code < 500:
            await self._release()
        else:
            sealed = self.seal.shut(bytes(response.body))
            await idempotency.keep(self.store, self.place, self.at, response.status_code, sealed)
        return response

    async def _release(self) -> None:
        await idempotency.release(self.store, self.place, self.at)

    def again(self, kept: Kept, digest: str) -> Response:
        """The answer that was given before. Raises Refusal."""
        if kept.digest != digest:
            message = "That Idempotency-Key was used for another call: make a new key for each."
            raise Refusal("idempotency_mismatch", message, 422)
        if not kept.status:
            message = "The same call is being answered just now: send it again in a few seconds."
            raise Refusal("idempotency_in_flight", message, 409, retry_after=2)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "idempotent-replayed": "true"}
        return Response(self.seal.open(kept.body), kept.status, headers, media_type="application/json")


async def once(request: Request, key_id: str, secret: str, answer: Handler, content: bytes | None = None) -> Response:
    """Answer a call that says an idempotency key, or tell what was answered before. Raises Refusal.

    ``content`` is what stands for a body that was read already: its digest.
    """
    said = request.headers[HEADER]
    if not 0 < len(said) <= LONGEST:
        raise Refusal("bad_request", f"Idempotency-Key: 1 to {LONGEST} characters, new for each call.", 400)
    rooms, seal = house(request), Seal.of(secret)
    body = await read_body(request) if content is None else content
    place = Place(key_id, request.scope["route"].path, seal.mac(said.encode()))
    address = request.scope["path"].encode("utf-8", "surrogatepass")
    digest = seal.mac(address, request.scope["query_string"], body)
    call = _Call(rooms.store, seal, place, rooms.clerk.clock())
    kept = await idempotency.claim(rooms.store, place, digest, call.at)
    if kept:
        return call.again(kept, digest)
    return await call.first(lambda: answer(Request(request.scope, _read_again(body))))


def _read_again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
