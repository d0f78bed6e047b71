"""Plivo's network. V3 is signed by the SDK's own functions, V2 by the documented rule; the SDK's validators check both."""

import hmac
import json
import secrets
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from msgspec.structs import replace
from plivo.utils import validate_signature  # type: ignore[import-untyped]
from plivo.utils.signature_v3 import (  # type: ignore[import-untyped]
    construct_post_url,
    get_signature_v3,
    validate_v3_signature,
)

from tests.carriers.driving import altered_header, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

V2, V3 = "X-Plivo-Signature-V2", "X-Plivo-Signature-V3"
_FATES = {"delivered": ("delivered", ""), "failed": ("undelivered", "80"), "opted_out": ("failed", "200")}


class PlivoNetwork:
    """See Network. ``whole`` tells whether webhooks carry a V3 signature beside that of V2."""

    kind = "plivo"
    sender = "+18445550100"

    def __init__(self, *, whole: bool = True) -> None:
        self.auth_id = "MA" + secrets.token_hex(9).upper()
        self.token = secrets.token_hex(20)
        self.whole = whole
        self.records: dict[str, dict[str, Any]] = {}

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        return {"auth_id": self.auth_id, "auth_tokens": [self.token], "api": api}

    def answer(self, request: Request) -> Reply:
        """See Network."""
        basic = b64encode(f"{self.auth_id}:{self.token}".encode()).decode()
        messages = f"/v1/Account/{self.auth_id}/Message/"
        if request.headers.get("authorization") != f"Basic {basic}":
            return Reply(401, {"api_id": "1", "error": "authentication failed"})
        if request.method == "POST" and request.target == messages:
            return self._taken(json.loads(request.body))
        record = self.records.get(request.target.removeprefix(messages).rstrip("/"))
        return Reply(200, {"api_id": "1"} | record) if record else Reply(404, {"api_id": "1", "error": "not found"})

    def _taken(self, message: dict[str, Any]) -> Reply:
        vendor_id = message_id(message)
        self.keep(vendor_id, message["src"], message["dst"], "outbound", "queued")
        return Reply(202, {"api_id": "1", "message": "message(s) queued", "message_uuid": [vendor_id]})

    def keep(self, vendor_id: str, source: str, target: str, direction: str, state: str) -> dict[str, Any]:
        """Keep a record as Plivo does: of everything but the text."""
        self.records[vendor_id] = {
            "message_uuid": vendor_id,
            "from_number": source.lstrip("+"),
            "to_number": target.lstrip("+"),
            "message_direction": direction,
            "message_state": state,
            "message_type": "sms",
            "message_time": datetime.now(UTC).isoformat(" ", "seconds"),
            "error_code": None,
            "units": 1,
            "total_rate": "0.00250",
            "total_amount": "0.00250",
            "resource_uri": f"/v1/Account/{self.auth_id}/Message/{vendor_id}/",
        }
        return self.records[vendor_id]

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if request.method != "POST" or not request.target.endswith("/Message/"):
            return None
        message = json.loads(request.body)
        return Sent(
            reference(message),
            message["dst"],
            message["src"],
            message["text"],
            message_id(message),
            message.get("url", ""),
        )

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        vendor_id = str(uuid.uuid5(uuid.NAMESPACE_URL, id))
        record = self.keep(vendor_id, phone, self.sender, "inbound", "received")
        record["message_time"] = datetime.fromtimestamp(at / 1000, UTC).isoformat(" ", "microseconds")
        fields = {"From": phone.lstrip("+"), "To": self.sender.lstrip("+"), "Type": "sms"}
        return self.signed(url, fields | {"Text": text, "MessageUUID": vendor_id, "Units": "1", "TotalRate": "0"})

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        del at
        return self.report(url, sent, *_FATES[fate])

    def report(self, url: str, sent: Sent, state: str, code: str = "") -> Webhook:
        """A genuine receipt with any state and code; the record tells the same."""
        record = self.keep(sent.vendor_id, sent.sender, sent.phone, "outbound", state)
        record["error_code"] = code or ("000" if state == "delivered" else None)
        fields = {"From": sent.sender.lstrip("+"), "To": sent.phone.lstrip("+"), "Status": state}
        fields |= {"MessageUUID": sent.vendor_id, "ParentMessageUUID": sent.vendor_id, "Units": "1", "MCC": "310"}
        return self.signed(sent.receipts or url, fields | ({"ErrorCode": code} if code else {}))

    def signed(self, url: str, fields: dict[str, str], *, token: str = "", whole: bool | None = None) -> Webhook:
        """Fields as a webhook, signed by V2 and, where Plivo does so, by V3."""
        key, nonce = token or self.token, str(secrets.randbelow(10**20)).zfill(20)
        base = urlsplit(url)._replace(query="", fragment="").geturl()
        v2 = b64encode(hmac.digest(key.encode(), (base + nonce).encode(), sha256)).decode()
        assert validate_signature(url, nonce, v2, key)
        headers = {"Content-Type": "application/x-www-form-urlencoded", V2: v2, f"{V2}-Nonce": nonce}
        if self.whole if whole is None else whole:
            v3 = get_signature_v3(key, construct_post_url(url, dict(fields)).decode(), nonce).decode()
            assert validate_v3_signature("POST", url, nonce, key, v3, dict(fields))
            headers |= {V3: v3, f"{V3}-Nonce": nonce}
        return Webhook(url, headers, urlencode(fields).encode())

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network, for a webhook with V3. There is no signed time; a nonce spent twice is the server's to refuse."""
        del now
        for old, new in (
            (b"From=1", b"From=0"),
            (b"To=1", b"To=2"),
            (b"MessageUUID=", b"MessageUUID=0"),
            (b"&", b"&x=1&"),
        ):
            yield f"body: {old!r} -> {new!r}", replace(genuine, body=genuine.body.replace(old, new, 1)), 403
        yield "a field moved into another", replace(genuine, body=genuine.body.replace(b"&To=", b"To", 1)), 403
        yield "path", replace(genuine, url=genuine.url.replace("/", "/x/", 3)), 403
        path = replace(genuine, url=urlsplit(genuine.url)._replace(path="/inbound/k3z").geturl())
        yield "path, one bit", path, 403
        mark = "&" if "?" in genuine.url else "?"
        yield "query", replace(genuine, url=f"{genuine.url}{mark}text=other"), 400 if "text=" in genuine.url else 403
        yield "query, one more", replace(genuine, url=f"{genuine.url}{mark}more=1"), 403
        for name in (V3, f"{V3}-Nonce"):
            for what, webhook in altered_header(genuine, name):
                if V3 in webhook.headers:  # without it V2 counts, which is good here
                    yield what, webhook, 403
        for name in (V2, f"{V2}-Nonce"):
            for what, webhook in altered_header(with_header(genuine, V3, None), name):
                yield f"V2 alone, {what}", webhook, 403
        yield "a field given twice", replace(genuine, body=genuine.body + b"&From=14155550199"), 400
        yield "no form by its content type", with_header(genuine, "Content-Type", "application/json"), 415
        fields = dict(pair.split("=", 1) for pair in genuine.body.decode().split("&"))
        yield "another token", self.signed(genuine.url, fields, token="another"), 403


def message_id(message: Mapping[str, Any]) -> str:
    """An id as Plivo would make one, the same for the same text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, message.get("url", "") + message["dst"] + message["text"]))


def reference(message: Mapping[str, Any]) -> str:
    """Our reference, which stands in the address for receipts only."""
    query: dict[str, str] = dict(
        pair.split("=", 1) for pair in urlsplit(str(message.get("url", ""))).query.split("&") if pair
    )
    return query.get("text", "")


def make() -> Network:
    """A new account."""
    return PlivoNetwork()
