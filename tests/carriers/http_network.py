"""A gateway's network; its webhooks are signed and checked by the ``standardwebhooks`` package."""

import json
import secrets
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook as Signer

from tests.carriers import driving
from tests.carriers.driving import altered_header, flipped, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

_FATES: dict[str, dict[str, str]] = {
    "delivered": {"status": "delivered"},
    "failed": {"status": "failed", "reason": "unreachable", "code": "27"},
    "opted_out": {"status": "rejected", "reason": "opted_out", "code": "stop"},
}


class GatewayNetwork:
    """See Network."""

    kind = "http"
    sender = "+12025550100"
    page = 100

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.secret = new_secret()
        self.kept: list[dict[str, Any]] = []

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        return {
            "send_url": f"{api}/messages",
            "token": self.token,
            "secrets": [self.secret],
            "list_url": f"{api}/inbound?box=1",
        }

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"code": "token"})
        if (request.method, request.target) == ("POST", "/messages"):
            return Reply(201, {"id": message_id(json.loads(request.body))})
        url = urlsplit(request.target)
        return self._listed(parse_qs(url.query)) if url.path == "/inbound" else Reply(404)

    def _listed(self, asked: Mapping[str, list[str]]) -> Reply:
        since, start = int(asked["since"][0]), int(asked.get("cursor", ["0"])[0])
        found = [kept for kept in self.kept if kept["at"] >= since]
        more = {"next": str(start + self.page)} if len(found) > start + self.page else {}
        return Reply(200, {"messages": found[start : start + self.page]} | more)

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if request.method != "POST":
            return None
        text = json.loads(request.body)
        return Sent(text["reference"], text["to"], text["from"], text["text"], message_id(text), text["receipts"])

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        event = {"type": "inbound", "id": id, "from": phone, "to": self.sender, "text": text, "at": at}
        self.kept.append(event)
        return self.signed(url, event)

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        event = {"type": "receipt", "reference": sent.reference, "id": sent.vendor_id, "at": at}
        return self.signed(sent.receipts or url, event | _FATES[fate])

    def signed(self, url: str, event: object, *, secret: str = "", at: int = 0) -> Webhook:
        """An event as a webhook, signed at a time, now if none is given."""
        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        attempt, seconds = f"msg_{uuid.uuid4().hex}", (at or driving.now()) // 1000
        signer = Signer(secret or self.secret)
        value = signer.sign(attempt, datetime.fromtimestamp(seconds, UTC), body.decode())
        headers = {"webhook-id": attempt, "webhook-timestamp": str(seconds), "webhook-signature": value}
        if not at:
            signer.verify(body, headers, json_parse=False)
        return Webhook(url, headers | {"content-type": "application/json"}, body)

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network. The address is not signed: nothing is read from it."""
        for what, body in flipped(genuine.body):
            yield f"body: {what}", replace(genuine, body=body), 403
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            for what, webhook in altered_header(genuine, name):
                yield what, webhook, 403
        signature = genuine.headers["webhook-signature"]
        for what, value in (
            ("another version", signature.replace("v1,", "v1a,")),
            ("no version", signature.removeprefix("v1,")),
            ("signature cut off", signature[:-1]),
            ("padding added", signature + "="),
            ("beyond the tenth", " ".join([*["v1,AAAA"] * 10, signature])),
        ):
            yield what, with_header(genuine, "webhook-signature", value), 403
        repeated = genuine.body.replace(b'{"', b'{"from": "+14155550199", "', 1)
        yield "a field given twice", replace(genuine, body=repeated), 403
        yield "another key", self.signed(genuine.url, genuine.body, secret=new_secret()), 403
        yield "stale", self.signed(genuine.url, genuine.body, at=now - 302_000), 403
        yield "from the future", self.signed(genuine.url, genuine.body, at=now + 360_000), 403
        yield "no JSON by its content type", with_header(genuine, "content-type", "text/plain"), 415


def new_secret() -> str:
    """A secret as the standard wants it."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


def message_id(text: Mapping[str, Any]) -> str:
    """An id as a gateway would make one, the same for the same text."""
    return f"gw-{text['reference']}"


def make() -> Network:
    """A new account."""
    return GatewayNetwork()
