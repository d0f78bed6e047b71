"""MessageBird's network: an account of the older REST API. Its SDK only verifies, so that tokens are made by the documented claims."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from messagebird.request_validator import RequestValidator  # type: ignore[import-untyped]
from msgspec.structs import replace

from tests.carriers.driving import altered_header, flipped, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

SIGNATURE = "MessageBird-Signature-JWT"
_FATES: dict[str, dict[str, str]] = {
    "delivered": {"status": "delivered", "statusReason": "successfully delivered"},
    "failed": {"status": "delivery_failed", "statusReason": "unavailable subscriber", "statusErrorCode": "27"},
    "opted_out": {"status": "delivery_failed", "statusReason": "opted out", "statusErrorCode": "103"},
}


class MessageBirdNetwork:
    """See Network."""

    kind = "messagebird"
    sender = "+12025550100"

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(18)
        self.signing_key = secrets.token_urlsafe(48)
        self.kept: list[dict[str, Any]] = []

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        return {"access_key": self.key, "signing_keys": [self.signing_key], "api": api}

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if request.headers.get("authorization") != f"AccessKey {self.key}":
            return error(401, 2, "Request not allowed (incorrect access_key)", "access_key")
        path = urlsplit(request.target).path
        if path != "/messages":
            return error(404, 98, "API not found", None)
        return self._taken(request) if request.method == "POST" else self._listed(request)

    def _taken(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        recipient = {"recipient": int(asked["recipients"]), "status": "sent", "statusDatetime": iso(now())}
        recipients = {"totalCount": 1, "totalSentCount": 1, "totalDeliveredCount": 0, "items": [recipient]}
        times = {"scheduledDatetime": None, "createdDatetime": iso(now()), "direction": "mt", "type": "sms"}
        return Reply(201, asked | {"id": message_id(asked["reference"]), "recipients": recipients} | times)

    def _listed(self, request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        limit, offset = int(asked.get("limit", 20)), int(asked.get("offset", 0))
        since = [kept for kept in self.kept if kept["createdDatetime"] >= asked.get("from", "")]
        found = list(reversed(since))[offset : offset + limit]
        counts = {"offset": offset, "limit": limit, "count": len(found), "totalCount": len(since)}
        return Reply(200, counts | {"items": found})

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if (request.method, request.target) != ("POST", "/messages"):
            return None
        asked = json.loads(request.body)
        return Sent(
            asked["reference"],
            f"+{asked['recipients']}",
            self.sender if f"+{asked['originator']}" == self.sender else asked["originator"],
            asked["body"],
            message_id(asked["reference"]),
            asked.get("reportUrl", ""),
        )

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        fields = {"id": id, "originator": phone[1:], "body": text, "createdDatetime": iso(at)}
        recipients = {"totalCount": 1, "items": [{"recipient": int(self.sender[1:]), "status": "delivered"}]}
        self.kept.append(fields | {"direction": "mo", "type": "sms", "reference": None, "recipients": recipients})
        return self.posted(
            url, fields | {"recipient": self.sender[1:], "message": text, "reference": "1", "mms": False}
        )

    def posted(self, url: str, fields: object) -> Webhook:
        """A webhook with a JSON body, as a flow makes it."""
        body = fields if isinstance(fields, bytes) else json.dumps(fields, ensure_ascii=False).encode()
        return self.signed(Webhook(url, {"Content-Type": "application/json"}, body))

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        return self.report(url, sent, _FATES[fate], at)

    def report(self, url: str, sent: Sent, fate: Mapping[str, str], at: int) -> Webhook:
        """A genuine report with any status."""
        fields = {
            "id": sent.vendor_id,
            "reference": sent.reference,
            "recipient": sent.phone[1:],
            "statusDatetime": iso(at),
            "messagePartCount": "1",
            "price[amount]": "0.007",
            "price[currency]": "USD",
            **fate,
        }
        return self.signed(Webhook(f"{sent.receipts or url}?{urlencode(fields)}", {}, b"", "GET"))

    def signed(self, webhook: Webhook, *, key: str = "", hash_name: str = "HS256", **claims: Any) -> Webhook:
        """A webhook signed now, which the SDK finds genuine; claims given as None are left out."""
        key = key or self.signing_key
        made = with_header(webhook, SIGNATURE, token(webhook, key, hash_name, claims))
        if not claims:
            RequestValidator(key).validate_signature(made.headers[SIGNATURE], made.url, made.body)
        return made

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network."""
        for what, body in flipped(genuine.body) if genuine.body else ():
            yield f"body: {what}", replace(genuine, body=body), 403
        yield "body added", replace(genuine, body=genuine.body + b" "), 403
        yield "body taken", replace(genuine, body=b"" if genuine.body else b"{}"), 403
        for what, url in _urls(genuine.url):
            yield what, replace(genuine, url=url), 403
        for what, webhook in altered_header(genuine, SIGNATURE):
            yield what, webhook, 403
        for what, claims in wrong_claims(now).items():
            yield what, self.signed(genuine, **claims), 403
        for what, forged in _tokens(genuine, self.signing_key):
            yield what, with_header(genuine, SIGNATURE, forged), 403
        yield "another key", self.signed(genuine, key=secrets.token_urlsafe(48)), 403
        repeated = genuine.url + ("&" if "?" in genuine.url else "?") + "id=1&id=2"
        yield "a field given twice", self.signed(replace(genuine, url=repeated)), 400


def wrong_claims(now: int) -> dict[str, dict[str, Any]]:
    """Claims under the right key that must not be taken, now or ever: (what is wrong, the claims)."""
    later = now // 1000
    missing = {f"no {name}": {name: None} for name in ("iss", "nbf", "exp", "jti", "url_hash")}
    return missing | {
        "another issuer": {"iss": "messagebird"},
        "over": {"nbf": later - 120, "exp": later - 60},
        "not yet": {"nbf": later + 400, "exp": later + 800},
        "another address": {"url_hash": sha256(b"https://elsewhere.example/").hexdigest()},
        "another body": {"payload_hash": sha256(b"elsewhere").hexdigest()},
        "a hash that is none": {"url_hash": 7},
        "empty id": {"jti": ""},
    }


def token(webhook: Webhook, key: str, hash_name: str = "HS256", other: Mapping[str, Any] | None = None) -> str:
    """A token by the documented rule. Source: developers.messagebird.com, "Verify HTTP requests"."""
    at = now() // 1000
    claims: dict[str, Any] = {"iss": "MessageBird", "nbf": at, "exp": at + 60, "jti": secrets.token_hex(16)}
    claims["url_hash"] = sha256(webhook.url.encode()).hexdigest()
    if webhook.body:
        claims["payload_hash"] = sha256(webhook.body).hexdigest()
    claims |= other or {}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, hash_name)


def _tokens(genuine: Webhook, key: str) -> Iterator[tuple[str, str]]:
    """Other writings of a token, of which the SDK takes some."""
    good = genuine.headers[SIGNATURE]
    head, payload, signature = good.split(".")
    none = jwt.encode(jwt.decode(good, options={"verify_signature": False}), "", "none")
    yield "no algorithm", none
    yield "signature taken off", f"{head}.{payload}."
    yield "padded", f"{good}="
    yield "a fourth part", f"{good}.{signature}"
    yield "in quotes", f'"{good}"'
    last = signature[-1]
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = other[other.index(last) ^ 1]
    yield "the last character's unused bits", good[:-1] + twin
    critical = jwt.encode(jwt.decode(good, options={"verify_signature": False}), key, headers={"crit": ["exp"]})
    yield "a critical header", critical


def _urls(url: str) -> Iterator[tuple[str, str]]:
    yield "path", url.replace("sms.example", "sms.exemple") if "sms.example" in url else url.replace("/", "//", 3)
    yield "query", url.replace("status=", "statuz=") if "status=" in url else f"{url}?originator=14155550199"
    yield "query added", url + ("&x=1" if "?" in url else "?x=1")


def error(status: int, code: int, description: str, parameter: str | None) -> Reply:
    """A refusal by the API."""
    return Reply(status, {"errors": [{"code": code, "description": description, "parameter": parameter}]})


def message_id(reference: str) -> str:
    """An id as MessageBird would make one, the same for the same text."""
    return sha256(reference.encode()).hexdigest()[:32]


def now() -> int:
    """The time in milliseconds."""
    return time.time_ns() // 1_000_000


def iso(at: int) -> str:
    """A time as MessageBird writes it, in whole seconds."""
    return datetime.fromtimestamp(at // 1000, UTC).isoformat()


def make() -> Network:
    """A new account."""
    return MessageBirdNetwork()
