"""Telnyx's network: an account whose webhooks are signed by the documented rule and checked by the SDK's ``unwrap``."""

import base64
import json
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace
from nacl.signing import SigningKey

from tests.carriers.driving import altered_header, flipped, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

SIGNATURE, TIME = "telnyx-signature-ed25519", "telnyx-timestamp"
_FATES = {
    "delivered": ("delivered", ""),
    "failed": ("delivery_failed", "40008"),
    "opted_out": ("sending_failed", "40300"),
}
_IDS = uuid.UUID("6a09e667-f3bc-4908-b2fb-1366ea957d3e")


@lru_cache
def _sdk() -> Any:
    """Loaded where it is used: it takes seconds, and every worker collects every test."""
    from telnyx import Telnyx

    return Telnyx(api_key="none", base_url="http://127.0.0.1:9")


class TelnyxNetwork:
    """See Network."""

    kind = "telnyx"
    sender = "+18445550100"

    def __init__(self) -> None:
        self.api_key = f"KEY{secrets.token_hex(16)}"
        self.profile = str(uuid.uuid4())
        self.key = SigningKey.generate()

    @property
    def public_key(self) -> str:
        """The account's public key as the portal shows it."""
        return public(self.key)

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        keys = {"api_key": self.api_key, "public_keys": [self.public_key]}
        return keys | {"messaging_profile": self.profile, "api": f"{api}/v2"}

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return Reply(401, failure("10009", "Authentication failed"))
        sent = self.sent(request)
        if sent is None:
            return Reply(404, failure("10005", "Resource not found"))
        to = [{"phone_number": sent.phone, "status": "queued"}]
        return Reply(200, {"data": {"id": sent.vendor_id, "record_type": "message", "to": to, "text": sent.body}})

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if (request.method, request.target) != ("POST", "/v2/messages"):
            return None
        fields = json.loads(request.body)
        receipts = fields.get("webhook_url", "")
        reference = parse_qs(urlsplit(receipts).query).get("text", [""])[0]
        return Sent(reference, fields["to"], fields["from"], fields["text"], message_id(fields["text"]), receipts)

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        return self.signed(url, self.event("message.received", self.text(id, phone, text, at), at))

    def text(self, id: str, phone: str, text: str | None, at: int, **more: Any) -> dict[str, Any]:  # noqa: A002
        """The payload of a text from a phone."""
        number = {"phone_number": phone, "carrier": "T-Mobile USA", "line_type": "long_code", "status": "received"}
        to = {"phone_number": self.sender, "carrier": "Telnyx", "line_type": "Wireless", "status": "webhook_delivered"}
        payload = {"id": message_id(id), "direction": "inbound", "type": "SMS", "from": number, "to": [to], "cc": []}
        more = {"media": [], "errors": [], "encoding": "GSM-7", "received_at": iso(at), "sent_at": None} | more
        return payload | {"text": text, "messaging_profile_id": self.profile, "record_type": "message"} | more

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        return self.report(url, sent, *_FATES[fate], at)

    def report(self, url: str, sent: Sent, status: str, code: str, at: int, kind: str = "message.finalized") -> Webhook:
        """A genuine report with any status and code."""
        to = {"phone_number": sent.phone, "status": status, "carrier": "T-MOBILE USA, INC.", "line_type": "Wireless"}
        payload: dict[str, Any] = {
            "id": sent.vendor_id,
            "direction": "outbound",
            "type": "SMS",
            "from": {"phone_number": self.sender},
        }
        payload |= {"to": [to], "text": sent.body, "webhook_url": sent.receipts or None, "completed_at": iso(at)}
        payload |= {"errors": [{"code": code, "title": "a failure", "detail": "more of it"}] if code else []}
        payload |= {"messaging_profile_id": self.profile, "record_type": "message", "tags": []}
        return self.signed(sent.receipts or url, self.event(kind, payload, at))

    def event(self, kind: str, payload: Mapping[str, Any], at: int) -> dict[str, Any]:
        """An event around a payload."""
        data = {"event_type": kind, "id": str(uuid.uuid4()), "occurred_at": iso(at), "record_type": "event"}
        return {"data": data | {"payload": payload}, "meta": {"attempt": 1, "delivered_to": "https://sms.example.com"}}

    def signed(self, url: str, event: object, *, key: SigningKey | None = None, at: int = 0) -> Webhook:
        """An event as a webhook, signed at a time, now if none is given, and then found good by the SDK."""
        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        time_signed = str(at // 1000 or int(time.time()))
        signature = (key or self.key).sign(f"{time_signed}|".encode() + body).signature
        headers = {SIGNATURE: base64.b64encode(signature).decode(), TIME: time_signed}
        if not at:
            verify(body, headers, public(key or self.key))
        return Webhook(url, headers | {"content-type": "application/json; charset=utf-8"}, body)

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network. The address is not signed by Telnyx: nothing is read from it."""
        for what, body in flipped(genuine.body):
            yield f"body: {what}", replace(genuine, body=body), 403
        for name in (SIGNATURE, TIME):
            for what, webhook in altered_header(genuine, name):
                yield what, webhook, 403
        yield "time moved to the body", self._time_in_body(genuine), 403
        repeated = genuine.body.replace(b'{"data"', b'{"data": {"event_type": "x"}, "data"', 1)
        yield "a field given twice", replace(genuine, body=repeated), 403
        yield "another key", self.signed(genuine.url, genuine.body, key=SigningKey.generate()), 403
        yield "stale", self.signed(genuine.url, genuine.body, at=now - 302_000), 403
        yield "from the future", self.signed(genuine.url, genuine.body, at=now + 360_000), 403
        other = genuine.body.replace(self.profile.encode(), str(uuid.uuid4()).encode())
        yield "another profile", self.signed(genuine.url, other), 403
        text = with_header(self.signed(genuine.url, genuine.body), "content-type", "text/plain")
        yield "no JSON by its content type", text, 415

    def _time_in_body(self, genuine: Webhook) -> Webhook:
        """What the bar between time and body is for: the signed bytes are the same but for it."""
        seconds = genuine.headers[TIME]
        return replace(with_header(genuine, TIME, seconds[:-1]), body=seconds[-1].encode() + genuine.body)


def public(key: SigningKey) -> str:
    """A public key in base64."""
    return base64.b64encode(bytes(key.verify_key)).decode()


def verify(body: bytes, headers: Mapping[str, str], key: str) -> None:
    """Check a webhook by the SDK. Raises ValueError."""
    _sdk().webhooks.unwrap(body.decode(), headers=headers, key=key)


def message_id(word: str) -> str:
    """A message's id, the same for the same word."""
    return str(uuid.uuid5(_IDS, word))


def iso(at: int) -> str:
    """A time as Telnyx writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


def failure(code: str, title: str) -> dict[str, Any]:
    """An error as the API tells it."""
    return {"errors": [{"code": code, "title": title, "detail": f"{title}, said at length"}]}


def make() -> Network:
    """A new account."""
    return TelnyxNetwork()
