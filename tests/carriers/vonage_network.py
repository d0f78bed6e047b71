"""Vonage's network: an account and an application whose webhooks are signed by the documented rule and checked by the SDK."""

import base64
import hashlib
import json
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec.structs import replace
from vonage_jwt import verify_signature  # type: ignore[import-untyped]

from tests.carriers.driving import altered_header, flipped, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

AUTHORIZATION = "authorization"
_FATES = {"delivered": ("delivered", ""), "failed": ("undeliverable", "1180"), "opted_out": ("rejected", "1240")}
_IDS = uuid.UUID("bb67ae85-84ca-473b-9a1b-40e5d4a1f5c2")
_ERRORS = "https://developer.vonage.com/api-errors"


class VonageNetwork:
    """See Network."""

    kind = "vonage"
    sender = "+18445550100"

    def __init__(self) -> None:
        self.api_key = secrets.token_hex(4)
        self.api_secret = secrets.token_urlsafe(12)
        self.secret = secrets.token_urlsafe(40)
        self.application = str(uuid.uuid4())
        self._key = rsa.generate_private_key(65537, 2048)

    @property
    def private_key(self) -> str:
        """The application's private key as the dashboard gives it."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        account = {"api_key": self.api_key, "signature_secrets": [self.secret], "api": api}
        return account | {"application_id": self.application, "private_key": self.private_key}

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if not self._authorized(request.headers.get(AUTHORIZATION, "")):
            return Reply(401, problem("#unauthorized", "Unauthorized"))
        sent = self.sent(request)
        if sent is None:
            return Reply(404, problem("#not-found", "Not Found"))
        return Reply(202, {"message_uuid": sent.vendor_id})

    def _authorized(self, given: str) -> bool:
        basic = base64.b64encode(f"{self.api_key}:{self.api_secret}".encode()).decode()
        return given == f"Basic {basic}" or self.claims(given).get("application_id") == self.application

    def claims(self, given: str) -> dict[str, Any]:
        """The claims of a token that the application signed."""
        token = given.removeprefix("Bearer ")
        found: dict[str, Any] = jwt.decode(token, self._key.public_key(), ["RS256"], {"require": ["exp", "iat", "jti"]})
        return found

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if (request.method, request.target) != ("POST", "/v1/messages"):
            return None
        fields = json.loads(request.body)
        assert (fields["channel"], fields["message_type"]) == ("sms", "text")
        vendor_id = message_id(fields.get("client_ref", ""))
        phone, sender = f"+{fields['to']}", f"+{fields['from']}" if fields["from"].isdecimal() else fields["from"]
        return Sent(
            fields.get("client_ref", ""), phone, sender, fields["text"], vendor_id, fields.get("webhook_url", "")
        )

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        return self.signed(url, self.text(id, phone, text, at))

    def text(self, id: str, phone: str, text: str, at: int) -> dict[str, Any]:  # noqa: A002
        """The event of a text from a phone."""
        numbers = {"to": self.sender.removeprefix("+"), "from": phone.removeprefix("+"), "channel": "sms"}
        what = {"message_uuid": message_id(id), "timestamp": iso(at), "message_type": "text", "text": text}
        more = {"sms": {"num_messages": "1", "keyword": text.partition(" ")[0].upper()}, "context_status": "none"}
        return numbers | what | more | {"usage": {"price": "0.0062", "currency": "EUR"}}

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        return self.report(url, sent, *_FATES[fate], at)

    def report(self, url: str, sent: Sent, status: str, code: str, at: int) -> Webhook:
        """A genuine report with any status and code."""
        numbers = {"to": sent.phone.removeprefix("+"), "from": self.sender.removeprefix("+"), "channel": "sms"}
        event: dict[str, Any] = {"message_uuid": sent.vendor_id, "timestamp": iso(at), "status": status, **numbers}
        event |= {"client_ref": sent.reference, "sms": {"count_total": "1"}, "destination": {"network_code": "310260"}}
        return self.signed(
            sent.receipts or url, event | ({"error": problem(f"/messages#{code}", code)} if code else {})
        )

    def signed(self, url: str, event: object, *, secret: str = "", at: int = 0, **claims: Any) -> Webhook:
        """An event as a webhook, signed at a time, now if none is given; the SDK finds it good."""
        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        about = {"iss": "Vonage", "api_key": self.api_key, "application_id": self.application}
        seal = {
            "payload_hash": hashlib.sha256(body).hexdigest(),
            "iat": (at or now()) // 1000,
            "jti": str(uuid.uuid4()),
        }
        kept = {name: value for name, value in (about | seal | claims).items() if value is not None}
        token = jwt.encode(kept, secret or self.secret, "HS256")
        if not at:
            assert verify_signature(token, secret or self.secret)
        return Webhook(url, {"content-type": "application/json", AUTHORIZATION: f"Bearer {token}"}, body)

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network. The address is not signed by Vonage: nothing is read from it."""
        for what, body in flipped(genuine.body):
            yield f"body: {what}", replace(genuine, body=body), 403
        yield "a digit of the body", replace(genuine, body=genuine.body.replace(b"1", b"2", 1)), 403
        repeated = genuine.body.replace(b"{", b'{"from": "14155550199", ', 1)
        yield "a field given twice", replace(genuine, body=repeated), 403
        yield "unsigned", with_header(genuine, AUTHORIZATION, None), 503
        yield "HTTP Basic", with_header(genuine, AUTHORIZATION, "Basic eDp5"), 503
        yield from self._tokens(genuine, now)
        text = with_header(self.signed(genuine.url, genuine.body), "content-type", "text/plain")
        yield "no JSON by its content type", text, 415

    def _tokens(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        signed_parts = genuine.headers[AUTHORIZATION].removeprefix("Bearer ").split(".")
        for place, part in enumerate(signed_parts):
            for what, webhook in altered_header(with_header(genuine, "part", part), "part"):
                parts = [*signed_parts[:place], webhook.headers.get("part", ""), *signed_parts[place + 1 :]]
                yield f"part {place} of the token, {what}", bearing(genuine, ".".join(parts)), 403
        yield "no token", bearing(genuine, ""), 403
        yield "a word", bearing(genuine, "\xe9"), 403
        for what, token in self._other_algorithms(genuine):
            yield what, bearing(genuine, token), 403
        for what, more in self._other_claims(now):
            yield what, self.signed(genuine.url, genuine.body, **more), 403

    def _other_claims(self, now: int) -> Iterator[tuple[str, dict[str, Any]]]:
        yield "another key", {"secret": "x" * 40}
        yield "another account", {"api_key": "00000000"}
        yield "another application", {"application_id": str(uuid.uuid4())}
        yield "another body", {"payload_hash": hashlib.sha256(b"{}").hexdigest()}
        yield "stale", {"at": now - 302_000}
        yield "from the future", {"at": now + 360_000}
        yield "expired", {"at": now, "exp": now // 1000 - 1}
        for name in ("iat", "jti", "api_key", "payload_hash"):
            yield f"no {name}", {name: None}

    def _other_algorithms(self, genuine: Webhook) -> Iterator[tuple[str, str]]:
        token = genuine.headers[AUTHORIZATION].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        yield "no signature", jwt.encode(claims, "", "none")
        yield "none, signed", resigned({"alg": "none"}, claims, self.secret)
        yield "HS512 with the secret", jwt.encode(claims, self.secret + "x" * 64, "HS512")
        yield "HS256 said to be RS256", resigned({"alg": "RS256", "typ": "JWT"}, claims, self.secret)
        yield "by the application's key", jwt.encode(claims, self._key, "RS256")


def resigned(head: Mapping[str, str], claims: Mapping[str, Any], secret: str) -> str:
    """A token with any head, its HMAC with SHA-256 right."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims)]
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(b".".join(parts), secret.encode())
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def bearing(webhook: Webhook, token: str) -> Webhook:
    """A webhook with another token."""
    return with_header(webhook, AUTHORIZATION, f"Bearer {token}")


def now() -> int:
    """The time in milliseconds."""
    return time.time_ns() // 1_000_000


def iso(at: int) -> str:
    """A time as Vonage writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_id(word: str) -> str:
    """A message's id, the same for the same word."""
    return str(uuid.uuid5(_IDS, word))


def problem(kind: str, title: str) -> dict[str, Any]:
    """An error as the API tells it."""
    return {
        "type": f"{_ERRORS}{kind}",
        "title": title,
        "detail": f"{title}, said at length",
        "instance": "bf0ca0bf927b3b52",
    }


def make() -> Network:
    """A new account."""
    return VonageNetwork()
