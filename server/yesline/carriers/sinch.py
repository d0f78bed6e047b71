"""Sinch SMS, REST API ``/xms/v1``.

Documents: https://developers.sinch.com/docs/sms/api-reference/sms/batches, .../inbounds, .../webhooks,
.../delivery-reports/delivery-report-error-codes, https://developers.sinch.com/docs/sms/smpp/error-codes,
https://developers.sinch.com/docs/sms/api-reference/status-codes.

Webhooks are unsigned unless arranged with Sinch: then base64 HMAC-SHA256 of ``body.nonce.timestamp``. Other accounts have
HTTP Basic set on their callback address. One of the two must be configured. Source: `security-compliance` C3.
"""

import hmac
import re
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from yesline.carriers import webhooks
from yesline.carriers.base import Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.outcomes import refused, table, taken
from yesline.errors import ConfigError, Refusal, TextRefused

MEANINGS: dict[str, str] = {
    "service_plan": "id of the service plan",
    "token": "API token of the service plan",
    "secrets": "secrets that sign webhooks; while one is being changed, the old and the new",
    "user": "user of HTTP Basic on the callback address, for accounts whose webhooks are not signed",
    "passwords": "its password, at least 16 characters; while it is being changed, the old and the new",
    "api": "address of the API in the account's region",
}

_TIMESTAMP = re.compile(r"[0-9]{10}(?:[0-9]{3})?")
_PASSWORD = 16
_PAGE = 100
_MOST_PAGES = 50

_REFUSED = table(
    {
        "invalid_number": "syntax_invalid_parameter_format",
        "not_mobile": "illegal_number_type",
        "unregistered": "unknown_campaign",
        "content": "syntax_invalid_json syntax_constraint_violation",
        "no_credit": "blocked_account",
        "carrier_error": "unknown_group missing_callback_url",
    }
)
_LOST = table(
    {
        "invalid_number": "9 100 150 300",
        "not_mobile": "10 152 154 204",
        "unreachable": "153 158 159 201 202 203 406",
        "opted_out": "61",
        "blocked": "15 16 62 63 151 205 206 408",
        "unregistered": "60",
        "country": "412",
        "sender": "1 310 410",
        "content": "405 411",
        "no_credit": "413",
        "rate_limited": "64",
        "carrier_down": "107",
    }
)
"""Codes of delivery reports. 61 is Sinch's own block of a destination: taken for an opt-out, the cheaper error."""

_WITH_TEXT = ("mo_text", "mo_media")
_FATES: dict[str, Fate] = {
    "DISPATCHED": "sent",
    "DELIVERED": "delivered",
    "ABORTED": "rejected",
    "REJECTED": "rejected",
    "DELETED": "rejected",
    "CANCELLED": "failed",
    "FAILED": "failed",
    "EXPIRED": "failed",
    "UNKNOWN": "unknown",
}


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``[carriers.<name>]`` table of kind ``sinch``; the fields' meanings stand in ``MEANINGS``."""

    service_plan: str
    token: str
    secrets: tuple[str, ...] = ()
    user: str = ""
    passwords: tuple[str, ...] = ()
    api: str = "https://us.sms.api.sinch.com"


class _Content(Struct):
    message: str | None = None


class _Message(Struct, rename={"phone": "from"}):
    id: str
    phone: str
    to: str
    received_at: str
    body: str | _Content


class _Report(Struct):
    batch_id: str
    status: str
    code: int
    client_reference: str | None = None
    at: str = ""


class _Kind(Struct):
    type: str = ""


class SinchCarrier:
    """Sends and reads texts of one service plan."""

    lists = True

    def __init__(self, name: str, account: Account) -> None:
        _check(name, account)
        self.name = name
        self._account = account
        self._api = Api(account.api, headers={"Authorization": f"Bearer {account.token}"})
        self._plan = f"/xms/v1/{account.service_plan}"

    async def send(self, text: Outgoing) -> str:
        """See Carrier."""
        said = await self._api.call("POST", f"{self._plan}/batches", json=self._batch(text))
        if not said.good:
            raise _refusal(said)
        return taken(said, said.at("id"))

    def _batch(self, text: Outgoing) -> dict[str, Any]:
        """A batch of one. HTTP Basic belongs to the account's own callback address, so there none is given."""
        batch: dict[str, Any] = {"to": [text.phone], "from": text.sender, "body": text.body, "type": "mt_text"}
        if text.receipts and self._account.secrets:
            batch["callback_url"] = text.receipts
        batch["delivery_report"] = "per_recipient" if text.receipts else "none"
        return batch | {"client_reference": text.reference}

    async def read(self, knock: Knock) -> Told:
        """See Carrier."""
        nonce = self._verified(knock)
        webhooks.expect_media(knock, "application/json")
        event = webhooks.json(knock, dict[str, Any])
        kind = webhooks.convert(event, _Kind).type
        if kind in ("recipient_delivery_report_sms", "recipient_delivery_report_mms"):
            return Told(delivered=_delivered(webhooks.convert(event, _Report)))
        return Told(inbound=_inbound(kind, event, nonce))

    def _verified(self, knock: Knock) -> str:
        """The nonce of a webhook found genuine, or nothing where HTTP Basic is used."""
        if not self._account.secrets:
            webhooks.check_basic(knock, self._account.user, self._account.passwords)
            return ""
        nonce = webhooks.header(knock, "x-sinch-webhook-signature-nonce")
        time = webhooks.header(knock, "x-sinch-webhook-signature-timestamp")
        given = webhooks.header(knock, "x-sinch-webhook-signature")
        signed = knock.body + f".{nonce}.{time}".encode("utf-8", "surrogateescape")
        if not webhooks.same_as_any(given, (_signature(key, signed) for key in self._account.secrets)) or not nonce:
            raise webhooks.forged()
        webhooks.check_fresh(_milliseconds(time), knock.now)
        return nonce

    async def missed(self, since: int) -> list[Inbound]:
        """See Carrier."""
        found: dict[str, Inbound] = {}
        for page in range(_MOST_PAGES):
            events = await self._page(since, page)
            for event in events:
                found |= {text.id: text for text in _listed(event)}
            if len(events) < _PAGE:
                break
        return sorted(found.values(), key=lambda text: text.at)

    async def _page(self, since: int, page: int) -> list[Any]:
        start = datetime.fromtimestamp(since / 1000, UTC).isoformat(timespec="milliseconds")
        asked = {"start_date": start.replace("+00:00", "Z"), "page": page, "page_size": _PAGE}
        said = await self._api.call("GET", f"{self._plan}/inbounds", params=asked)
        if not said.good:
            raise _refusal(said)
        inbounds = said.at("inbounds")
        return inbounds if isinstance(inbounds, list) else []

    async def close(self) -> None:
        """See Carrier."""
        await self._api.close()


def _check(name: str, account: Account) -> None:
    if not account.secrets and not (account.user and account.passwords):
        raise ConfigError(
            f"carriers.{name}: set secrets if Sinch signs this account's webhooks, else user and passwords (HTTP Basic)"
        )
    if any(len(password) < _PASSWORD for password in account.passwords) or not all(account.secrets):
        raise ConfigError(f"carriers.{name}: a webhook password has at least {_PASSWORD} characters, a secret some")


def _signature(secret: str, signed: bytes) -> str:
    return b64encode(hmac.digest(secret.encode(), signed, sha256)).decode()


def _milliseconds(time: str) -> int:
    """A signed time. Sinch does not say whether it is in seconds; ten digits are."""
    if not _TIMESTAMP.fullmatch(time):
        raise webhooks.forged("The signed time is missing or wrong.")
    return int(time) * (1 if len(time) > 10 else 1000)


def _inbound(kind: str, event: dict[str, Any], nonce: str = "") -> tuple[Inbound, ...]:
    """The text of an event; nothing for kinds that hold none, and for senders that are no phones."""
    if kind not in _WITH_TEXT:
        return ()
    message = webhooks.convert(event, _Message)
    body = message.body if isinstance(message.body, str) else message.body.message or ""
    if not (phone := webhooks.phone(message.phone)):
        return ()
    at = webhooks.instant(message.received_at)
    return (Inbound(message.id, phone, webhooks.sender(message.to), body, at, nonce=nonce),)


def _listed(event: Any) -> tuple[Inbound, ...]:
    """One event of a list; one that cannot be read must not keep the others from being caught up."""
    with suppress(Refusal):
        return _inbound(webhooks.convert(event, _Kind).type, event)
    return ()


def _delivered(report: _Report) -> tuple[Delivered, ...]:
    """Nothing for a text that only waits at Sinch."""
    fate, at, code = _FATES.get(report.status.upper()), webhooks.instant(report.at), str(report.code)
    if fate is None:
        return ()
    told = Delivered(report.client_reference or "", report.batch_id, fate, at=at)
    if fate not in ("failed", "rejected"):
        return (told,)
    return (replace(told, reason=_LOST[code][0] if code in _LOST else "carrier_error", code=code),)


def _refusal(said: Said) -> TextRefused:
    return refused(said, str(said.at("code")), str(said.at("text")), _REFUSED)
