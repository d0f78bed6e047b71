"""Bandwidth's network. Callbacks carry HTTP Basic; their events are made and checked with the SDK's own models."""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from tests.carriers.driving import altered_header, flipped, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

_FATES = {
    "delivered": ("message-delivered", None),
    "failed": ("message-failed", 4702),
    "opted_out": ("message-failed", 4775),
}


class BandwidthNetwork:
    """See Network."""

    kind = "bandwidth"
    sender = "+12025550100"

    def __init__(self) -> None:
        self.account = "5500042"
        self.application = "93de2206-9669-4e07-948d-329f4b722ee2"
        self.user, self.password = "acme-api", secrets.token_urlsafe(16)
        self.callback_user, self.callback_password = "bandwidth", secrets.token_urlsafe(24)

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        return {
            "account": self.account,
            "application": self.application,
            "user": self.user,
            "password": self.password,
            "callback_user": self.callback_user,
            "callback_passwords": [self.callback_password],
            "api": f"{api}/api/v2",
        }

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if request.headers.get("authorization") != basic(self.user, self.password):
            return Reply(401, {"type": "unauthorized", "description": "Authentication Failed"})
        if (request.method, request.target) != ("POST", f"/api/v2/users/{self.account}/messages"):
            return Reply(404, {"status": 404, "error": "Not Found"})
        message = json.loads(request.body)
        more = {
            "id": message_id(message),
            "owner": message["from"],
            "time": iso(0),
            "segmentCount": 1,
            "direction": "out",
        }
        return Reply(202, message | more)

    def sent(self, request: Request) -> Sent | None:
        """See Network. Where receipts go is set on the application."""
        if request.method != "POST":
            return None
        message = json.loads(request.body)
        return Sent(message["tag"], message["to"][0], message["from"], message["text"], message_id(message))

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network. The SDK takes seconds to load."""
        from bandwidth.models.inbound_callback import InboundCallback  # type: ignore[import-untyped]

        message = self.message(id, phone, self.sender, at) | {"direction": "in", "owner": self.sender, "text": text}
        event: dict[str, Any] = {
            "type": "message-received",
            "time": iso(at),
            "description": "Incoming message received",
        }
        event |= {"to": self.sender, "message": message}
        assert InboundCallback.from_dict(event) is not None
        return self.called(url, [event])

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        return self.report(url, sent, *_FATES[fate], at)

    def report(self, url: str, sent: Sent, kind: str, code: int | None, at: int) -> Webhook:
        """A genuine receipt of any kind and code."""
        from bandwidth.models.status_callback import StatusCallback  # type: ignore[import-untyped]

        message = self.message(sent.vendor_id, sent.sender, sent.phone, at)
        message |= {"direction": "out", "owner": sent.sender, "text": "", "tag": sent.reference}
        event: dict[str, Any] = {
            "type": kind,
            "time": iso(at),
            "description": "ok",
            "to": sent.phone,
            "message": message,
        }
        event |= {} if code is None else {"errorCode": code}
        assert StatusCallback.from_dict(event) is not None
        return self.called(url, [event])

    def message(self, vendor_id: str, source: str, target: str, at: int) -> dict[str, Any]:
        """What every event tells of its message."""
        told = {"id": vendor_id, "applicationId": self.application, "from": source, "to": [target]}
        return told | {"time": iso(at), "segmentCount": 1}

    def called(self, url: str, events: Any) -> Webhook:
        """Events as a callback."""
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "BandwidthAPI/v2"}
        headers["Authorization"] = basic(self.callback_user, self.callback_password)
        body = events if isinstance(events, bytes) else json.dumps(events, ensure_ascii=False).encode()
        return Webhook(url, headers, body)

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network. Nothing but the password is checked, so that body, address and time cannot be found altered."""
        del now
        for what, webhook in altered_header(genuine, "Authorization"):
            yield what, webhook, 403
        for user, password in (
            (self.callback_user, ""),
            ("", self.callback_password),
            (self.callback_user + " ", self.callback_password),
            (self.user, self.password),
            (self.callback_user, self.callback_password.swapcase()),
        ):
            yield "other credentials", with_header(genuine, "Authorization", basic(user, password)), 403
        bare = basic(self.callback_user, self.callback_password).removeprefix("Basic ")
        yield "no scheme", with_header(genuine, "Authorization", bare), 403
        yield "another scheme", with_header(genuine, "Authorization", f"Bearer {bare}"), 403
        foreign = genuine.body.replace(self.application.encode(), b"another-application")
        yield "another application", replace(genuine, body=foreign), 403
        for what, body in flipped(genuine.body):
            yield f"no callback: {what}", replace(with_header(genuine, "Authorization", None), body=body), 403
        yield "no JSON by its content type", with_header(genuine, "Content-Type", "text/plain"), 415


def basic(user: str, password: str) -> str:
    """HTTP Basic."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def message_id(message: Mapping[str, Any]) -> str:
    """An id as Bandwidth would make one, the same for the same text."""
    return f"1589228074636lm4k{message['tag'].lower()}"


def iso(at: int) -> str:
    """A time as Bandwidth writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make() -> Network:
    """A new account."""
    return BandwidthNetwork()
