"""Twilio's network: an account whose webhooks are signed and checked by the SDK's RequestValidator."""

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from msgspec.structs import replace
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from tests.carriers.driving import altered_header, with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

SIGNATURE = "x-twilio-signature"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
_FATES = {"delivered": ("delivered", ""), "failed": ("undelivered", "30003"), "opted_out": ("failed", "21610")}


class TwilioNetwork:
    """See Network. ``largest_page`` is the most that one page of the list holds."""

    kind = "twilio"
    sender = "+18445550100"

    def __init__(self) -> None:
        self.account = f"AC{secrets.token_hex(16)}"
        self.token = secrets.token_hex(16)
        self.kept: list[dict[str, Any]] = []
        self.largest_page = 1000

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        return {"account_sid": self.account, "auth_token": self.token, "api": api}

    @property
    def messages(self) -> str:
        """The path of the account's messages."""
        return f"/2010-04-01/Accounts/{self.account}/Messages.json"

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if urlsplit(request.target).path != self.messages:
            return Reply(404, error(20404, "The requested resource was not found", 404))
        return self._taken(request) if request.method == "POST" else self._listed(request)

    def _taken(self, request: Request) -> Reply:
        sent = self.sent(request)
        assert sent is not None
        return Reply(201, {"sid": sent.vendor_id, "status": "queued", "error_code": None, "to": sent.phone})

    def _listed(self, request: Request) -> Reply:
        asked = dict(parse_qsl(urlsplit(request.target).query))
        size, page = min(int(asked["PageSize"]), self.largest_page), int(asked.get("Page", 0))
        newest_first = self.kept[::-1]
        more = len(newest_first) > (page + 1) * size
        follow = urlencode(asked | {"Page": page + 1, "PageToken": f"PASM{page}"})
        found = newest_first[page * size : (page + 1) * size]
        next_page = f"{self.messages}?{follow}" if more else None
        return Reply(200, {"messages": found, "next_page_uri": next_page, "page": page, "page_size": size})

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if (request.method, request.target) != ("POST", self.messages):
            return None
        fields = dict(parse_qsl(request.body.decode(), strict_parsing=True))
        receipts = fields.get("StatusCallback", "")
        reference = parse_qs(urlsplit(receipts).query).get("text", [""])[0]
        sender = fields.get("From") or fields["MessagingServiceSid"]
        return Sent(reference, fields["To"], sender, fields["Body"], sid(reference or fields["Body"]), receipts)

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network."""
        times = dict.fromkeys(("date_sent", "date_created"), formatdate(at // 1000))
        message = {"sid": sid(id), "from": phone, "to": self.sender, "body": text, "direction": "inbound"}
        self.kept.append(message | times | {"status": "received", "account_sid": self.account})
        return self.signed(url, self.fields(id, phone, text))

    def fields(self, id: str, phone: str, text: str, **more: str) -> dict[str, str]:  # noqa: A002
        """What the webhook of a text from a phone holds."""
        place = {"FromCity": "SAN FRANCISCO", "FromState": "CA", "FromZip": "94105", "FromCountry": "US"}
        same = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid(id))
        count = {"NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01"}
        return {
            **place,
            **same,
            **count,
            "AccountSid": self.account,
            "From": phone,
            "To": self.sender,
            "Body": text,
            **more,
        }

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network."""
        del at  # Twilio tells no time
        return self.report(url, sent, *_FATES[fate])

    def report(self, url: str, sent: Sent, status: str, code: str = "") -> Webhook:
        """A genuine report with any status and code."""
        fields = {"MessageSid": sent.vendor_id, "SmsSid": sent.vendor_id, "MessageStatus": status, "SmsStatus": status}
        fields |= {"AccountSid": self.account, "From": self.sender, "To": sent.phone, "ApiVersion": "2010-04-01"}
        return self.signed(sent.receipts or url, fields | ({"ErrorCode": code} if code else {}))

    def signed(self, url: str, fields: Mapping[str, str], *, token: str = "", algorithm: str = "") -> Webhook:
        """Fields as a webhook, signed by the SDK."""
        validator = RequestValidator(token or self.token)
        headers = {"content-type": FORM, SIGNATURE: validator.compute_signature(url, dict(fields), algorithm or None)}
        if algorithm:
            headers["x-twilio-webhooks-signature-settings"] = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
        webhook = Webhook(url, headers, urlencode(fields).encode())
        assert validator.validate(url, fields_of(webhook), headers[SIGNATURE], algorithm or None)
        return webhook

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network. Twilio signs no time, so nothing can be stale."""
        del now
        fields = fields_of(genuine)
        for name in ("Body", "From", "To", "MessageSid", "MessageStatus", "FromCity"):
            if name in fields:
                yield f"bit of {name}", unsigned(genuine, fields | {name: flip(fields[name])}), 403
        yield "a field more", unsigned(genuine, fields | {"OptOutType": "STOP"}), 403
        yield "a query", replace(genuine, url=queried(genuine.url, "x=1")), 403
        yield "another text's query", replace(genuine, url=queried(genuine.url, "text=another")), 403
        for what, webhook in altered_header(genuine, SIGNATURE):
            yield what, webhook, 403
        yield "another key", self.signed(genuine.url, fields, token="0" * 32), 403
        yield "the other hash", self.signed(genuine.url, fields, algorithm="HMAC_SHA256"), 403
        yield "another account", self.signed(genuine.url, fields | {"AccountSid": f"AC{'0' * 32}"}), 403
        yield from self._same_signature(genuine, fields)

    def _same_signature(self, genuine: Webhook, fields: dict[str, str]) -> Iterator[tuple[str, Webhook, int]]:
        """What the SDK takes for genuine and must yet be refused."""
        twice = replace(genuine, body=genuine.body + b"&" + urlencode({"From": fields["From"]}).encode())
        yield "a field twice", twice, 400
        other = urlencode({"From": "+14155550199"}).encode()
        yield "a field twice, first another", replace(genuine, body=other + b"&" + genuine.body), 400
        for before, name in pairs(fields, "From", "To", "MessageSid"):
            joined = {key: value for key, value in fields.items() if key != name}
            joined[before] = fields[before] + name + fields[name]
            yield f"{name} joined to {before}", self.still_genuine(genuine, joined), 400
        query = queried(genuine.url, f"bodySHA256={hashlib.sha256(b'{}').hexdigest()}")
        as_json = with_header(self.signed(query, {}), "content-type", "application/json")
        yield "JSON", replace(as_json, body=b"{}"), 415

    def still_genuine(self, genuine: Webhook, fields: Mapping[str, str]) -> Webhook:
        """Other fields under the same signature, which the SDK finds good."""
        assert RequestValidator(self.token).validate(genuine.url, dict(fields), genuine.headers[SIGNATURE])
        return unsigned(genuine, fields)


def sid(word: str) -> str:
    """A message's SID, the same for the same word."""
    return word if re.fullmatch("SM[0-9a-f]{32}", word) else f"SM{hashlib.md5(word.encode()).hexdigest()}"  # noqa: S324


def error(code: int, message: str, status: int) -> dict[str, Any]:
    """An error as the API tells it."""
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def fields_of(webhook: Webhook) -> dict[str, str]:
    """The fields of a webhook's form."""
    return dict(parse_qsl(webhook.body.decode(), keep_blank_values=True))


def unsigned(genuine: Webhook, fields: Mapping[str, str]) -> Webhook:
    """A webhook with other fields under its old signature."""
    return replace(genuine, body=urlencode(fields).encode())


def flip(text: str) -> str:
    """A text whose last character has its lowest bit changed."""
    return text[:-1] + chr(ord(text[-1]) ^ 1) if text else "x"


def queried(url: str, query: str) -> str:
    """An address with one more parameter."""
    return f"{url}{'&' if '?' in url else '?'}{quote(query, safe='=')}"


def pairs(fields: Mapping[str, str], *names: str) -> Iterator[tuple[str, str]]:
    """Each of the fields with the one that stands before it where Twilio joins them."""
    order = sorted(fields)
    for name in names:
        if name in fields:
            yield order[order.index(name) - 1], name


def make() -> Network:
    """A new account."""
    return TwilioNetwork()
