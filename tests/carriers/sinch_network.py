"""Sinch's network: a service plan whose webhooks are signed, by the SDK's own signing functions."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from tests.carriers.driving import altered_header, flipped, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

_FATES = {"delivered": ("Delivered", 0), "failed": ("Failed", 153), "opted_out": ("Aborted", 61)}
SIGNATURE = "x-sinch-webhook-signature"
NONCE, TIME = f"{SIGNATURE}-nonce", f"{SIGNATURE}-timestamp"


class SinchNetwork:
    """See Network."""

    kind = "sinch"
    sender = "+18445550100"

    def __init__(self) -> None:
        self.plan = secrets.token_hex(16)
        self.token = secrets.token_hex(16)
        self.secret = secrets.token_urlsafe(24)
        self.kept: list[dict[str, Any]] = []

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        return {"service_plan": self.plan, "token": self.token, "secrets": [self.secret], "api": api}

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"code": "unauthorized", "text": "Authentication failed"})
        url = urlsplit(request.target)
        known = {
            ("POST", f"/xms/v1/{self.plan}/batches"): self._taken,
            ("GET", f"/xms/v1/{self.plan}/inbounds"): self._listed,
        }
        return known.get((request.method, url.path), lambda _: Reply(404))(request)

    def _taken(self, request: Request) -> Reply:
        batch = json.loads(request.body)
        times = {"created_at": iso(now()), "modified_at": iso(now()), "canceled": False}
        return Reply(201, batch | {"id": batch_id(batch)} | times)

    def _listed(self, request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        size, page = int(asked.get("page_size", 30)), int(asked.get("page", 0))
        since = [kept for kept in self.kept if kept["received_at"] >= asked["start_date"]]
        found = list(reversed(since))[page * size : (page + 1) * size]
        return Reply(200, {"count": len(since), "page": page, "page_size": len(found), "inbounds": found})

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if not (request.method == "POST" and request.target == f"/xms/v1/{self.plan}/batches"):
            return None
        batch = json.loads(request.body)
        return Sent(
            batch["client_reference"],
            batch["to"][0],
            batch["from"],
            batch["body"],
            batch_id(batch),
            batch.get("callback_url", ""),
        )

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        event = {
            "id": id,
            "type": "mo_text",
            "from": phone.lstrip("+"),
            "to": self.sender.lstrip("+"),
            "body": text,
            "received_at": iso(at),
            "operator_id": "31026",
        }
        self.kept.append(event)
        return self.signed(url, event)

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        status, code = _FATES[fate]
        return self.report(url, sent, status, code, at)

    def report(self, url: str, sent: Sent, status: str, code: int, at: int) -> Webhook:
        """A genuine report with any status and code."""
        event = {
            "type": "recipient_delivery_report_sms",
            "batch_id": sent.vendor_id,
            "client_reference": sent.reference,
            "recipient": sent.phone.lstrip("+"),
            "status": status,
            "code": code,
            "at": iso(at),
            "operator_status_at": iso(at),
        }
        return self.signed(sent.receipts or url, event)

    def signed(self, url: str, event: object, *, secret: str = "", at: int = 0) -> Webhook:
        """An event as a webhook, signed by the SDK's functions at a time, now if none is given. It takes seconds to load."""
        from sinch.domains.authentication.sinch_events.v1 import (  # type: ignore[import-untyped]
            authentication_validation,
        )
        from sinch.domains.sms.sinch_events.v1 import SmsSinchEvent  # type: ignore[import-untyped]

        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        nonce, signed_at = secrets.token_hex(12), str((at or now()) // 1000)
        key = secret or self.secret
        value = authentication_validation.calculate_sinch_event_signature(
            authentication_validation.compute_signed_data(body.decode(), nonce, signed_at), key
        )
        headers = {
            "content-type": "application/json",
            SIGNATURE: value,
            NONCE: nonce,
            TIME: signed_at,
            f"{SIGNATURE}-algorithm": "HmacSHA256",
        }
        assert SmsSinchEvent(key).validate_authentication_header(headers, body)
        return Webhook(url, headers, body)

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network. The address is not signed by Sinch: nothing of ours is read from it."""
        for what, body in flipped(genuine.body):
            yield f"body: {what}", replace(genuine, body=body), 403
        for name in (SIGNATURE, NONCE, TIME):
            for what, webhook in altered_header(genuine, name):
                yield what, webhook, 403
        repeated = genuine.body.replace(b'{"', b'{"from": "14155550199", "', 1)
        yield "a field given twice", replace(genuine, body=repeated), 403
        yield "another key", self.signed(genuine.url, genuine.body, secret="another"), 403
        yield "signed with nothing", self.signed(genuine.url, genuine.body, secret=" "), 403
        yield "stale", self.signed(genuine.url, genuine.body, at=now - 302_000), 403
        yield "from the future", self.signed(genuine.url, genuine.body, at=now + 360_000), 403
        text = with_header(self.signed(genuine.url, genuine.body), "content-type", "text/plain")
        yield "no JSON by its content type", text, 415


def batch_id(batch: Mapping[str, Any]) -> str:
    """An id as Sinch would make one, the same for the same text."""
    return f"01FC66621{batch['client_reference'].upper().replace('-', 'X')}"


def now() -> int:
    """The time in milliseconds."""
    return time.time_ns() // 1_000_000


def iso(at: int) -> str:
    """A time as Sinch writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make() -> Network:
    """A new account."""
    return SinchNetwork()
