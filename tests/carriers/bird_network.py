"""Bird's network: one SMS channel of a workspace. There is no SDK: webhooks are signed by the rule its documents show in PHP and Go."""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from tests.carriers.driving import altered_header, flipped, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

SIGNATURE, TIME = "messagebird-signature", "messagebird-request-timestamp"
_FATES: dict[str, dict[str, Any]] = {
    "delivered": {"status": "delivered"},
    "failed": {
        "status": "delivery_failed",
        "failure": {"code": 15001, "source": {"name": "sms-messagebird", "code": "27"}},
    },
    "opted_out": {
        "status": "delivery_failed",
        "failure": {"code": 15001, "source": {"name": "sms-messagebird", "code": "103"}},
    },
}


class BirdNetwork:
    """See Network."""

    kind = "bird"
    sender = "+12025550100"

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(24)
        self.signing_key = secrets.token_urlsafe(32)
        self.workspace, self.channel = str(uuid.uuid4()), str(uuid.uuid4())
        self.kept: list[dict[str, Any]] = []

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        ids = {"workspace": self.workspace, "channel": self.channel, "number": self.sender}
        return ids | {"access_key": self.key, "signing_keys": [self.signing_key], "api": api}

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if request.headers.get("authorization") != f"AccessKey {self.key}":
            return Reply(401, {"code": "Unauthorized", "message": "the access key is not valid"})
        if urlsplit(request.target).path != self._path:
            return Reply(404, {"code": "ResourceNotFound", "message": "channel not found"})
        return self._taken(request) if request.method == "POST" else self._listed(request)

    @property
    def _path(self) -> str:
        return f"/workspaces/{self.workspace}/channels/{self.channel}/messages"

    def _taken(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        made = {"id": message_id(asked["reference"]), "channelId": self.channel, "status": "accepted"}
        return Reply(202, asked | made | {"direction": "outgoing", "createdAt": iso(now())})

    def _listed(self, request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        since = [kept for kept in self.kept if kept["createdAt"] >= asked["startAt"]]
        first, limit = int(asked.get("pageToken", "0")), int(asked.get("limit", "10"))
        after = {"nextPageToken": str(first + limit)} if first + limit < len(since) else {}
        return Reply(200, {"results": list(reversed(since))[first : first + limit]} | after)

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if (request.method, request.target) != ("POST", self._path):
            return None
        asked = json.loads(request.body)
        [contact] = asked["receiver"]["contacts"]
        reference = asked["reference"]
        return Sent(
            reference, contact["identifierValue"], self.sender, asked["body"]["text"]["text"], message_id(reference)
        )

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        message = {
            "id": id,
            "channelId": self.channel,
            "sender": {"contact": {"id": str(uuid.uuid4()), "identifierKey": "phonenumber", "identifierValue": phone}},
            "receiver": {"connector": {"id": str(uuid.uuid4())}},
            "body": {"type": "text", "text": {"text": text}},
            "parts": [{"platformReference": secrets.token_hex(16)}],
            "status": "delivered",
            "direction": "incoming",
            "lastStatusAt": iso(at),
            "createdAt": iso(at),
            "updatedAt": iso(at),
        }
        self.kept.append(message)
        return self.event(url, "sms.inbound", message)

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        return self.report(url, sent, _FATES[fate], at)

    def report(self, url: str, sent: Sent, fate: Mapping[str, Any], at: int) -> Webhook:
        """A genuine report with any status."""
        message = {
            "id": sent.vendor_id,
            "channelId": self.channel,
            "reference": sent.reference,
            "direction": "outgoing",
            "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": sent.phone}]},
            "body": {"type": "text", "text": {"text": sent.body}},
            "reason": "",
            "createdAt": iso(at),
            "lastStatusAt": iso(at),
            **fate,
        }
        return self.event(url, "sms.outbound", message)

    def event(self, url: str, event: str, payload: object) -> Webhook:
        """A genuine event of a subscription."""
        return self.signed(url, {"service": "channels", "event": event, "payload": payload})

    def signed(self, url: str, content: object, *, key: str = "", at: int = 0) -> Webhook:
        """A webhook signed at a time in milliseconds, now if none is given."""
        body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        signed_at = str((at or now()) // 1000)
        headers = {"content-type": "application/json", TIME: signed_at}
        return Webhook(url, headers | {SIGNATURE: signature(key or self.signing_key, signed_at, url, body)}, body)

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network."""
        for what, body in flipped(genuine.body):
            yield f"body: {what}", replace(genuine, body=body), 403
        yield "path", replace(genuine, url=f"{genuine.url}x"), 403
        yield "query", replace(genuine, url=f"{genuine.url}?text=1"), 403
        for name in (SIGNATURE, TIME):
            for what, webhook in altered_header(genuine, name):
                yield what, webhook, 403
        good = genuine.headers[SIGNATURE]
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        twin = good[:-2] + letters[letters.index(good[-2]) ^ 1] + good[-1]
        yield "unused bits of the signature", with_header(genuine, SIGNATURE, twin), 403
        repeated = genuine.body.replace(b'{"', b'{"event": "sms.inbound", "', 1)
        yield "a field given twice", replace(genuine, body=repeated), 403
        yield "another key", self.signed(genuine.url, genuine.body, key="another"), 403
        yield "stale", self.signed(genuine.url, genuine.body, at=now - 302_000), 403
        yield "from the future", self.signed(genuine.url, genuine.body, at=now + 360_000), 403
        other = genuine.body.replace(self.channel.encode(), str(uuid.uuid4()).encode())
        yield "another channel of the workspace", self.signed(genuine.url, other), 403
        text = with_header(self.signed(genuine.url, genuine.body), "content-type", "text/plain")
        yield "no JSON by its content type", text, 415


def signature(key: str, signed_at: str, url: str, body: bytes) -> str:
    """Source: docs.bird.com, "Verifying a webhook subscription": HMAC over time, LF, address, LF and the raw SHA-256 of the body."""
    mac = hmac.new(key.encode(), digestmod=hashlib.sha256)
    for part in (signed_at.encode(), b"\n", url.encode(), b"\n", hashlib.sha256(body).digest()):
        mac.update(part)
    return b64encode(mac.digest()).decode("ascii")


def message_id(reference: str) -> str:
    """An id as Bird would make one, the same for the same text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, reference))


def now() -> int:
    """The time in milliseconds."""
    return time.time_ns() // 1_000_000


def iso(at: int) -> str:
    """A time as Bird writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make() -> Network:
    """A new account."""
    return BirdNetwork()
