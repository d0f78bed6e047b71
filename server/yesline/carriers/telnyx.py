"""Telnyx Messaging, REST API v2.

Documents: https://developers.telnyx.com/api-reference/messages/send-a-message,
.../docs/messaging/messages/receiving-webhooks, .../docs/messaging/messages/error-codes/index,
https://developers.telnyx.com/development/api-fundamentals/api-errors.

Webhooks are signed with Ed25519 over time, a vertical bar and body; the address called is not signed, so nothing is read from it:
a receipt's own ``webhook_url`` tells which text it is about. Source: `security-compliance` C3.

There is no list of texts that holds what they say (detail records do not), so nothing can be caught up.
"""

import re
from base64 import b64decode
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

from yesline.carriers import webhooks
from yesline.carriers.base import Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api
from yesline.carriers.outcomes import refused, table, taken
from yesline.errors import ConfigError, Refusal
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "api_key": "API key, KEY...",
    "public_keys": "the account's public key that webhooks are signed for, base64; several while one is being changed",
    "messaging_profile": "id of the messaging profile: sent along, and webhooks of any other are refused; may be empty",
    "api": "base address of the API",
}

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_FATES: dict[str, Fate] = {
    "queued": "sent", "sending": "sent", "sent": "sent",
    "delivered": "delivered", "read": "delivered",
    "sending_failed": "rejected", "delivery_failed": "failed", "expired": "failed",
    "delivery_unconfirmed": "unknown",
}  # fmt: skip

_CODES: dict[Reason, str] = {
    "invalid_number": "10002 10016 40012 40310",
    "not_mobile": "40001",
    "unreachable": "40005 40006 40008",
    "opted_out": "40300",
    "blocked": "40002 40003 40015 40017 40322",
    "unregistered": "40010 40329",
    "country": "40309",
    "sender": "10001 20017 40013 40100 40305 40306 40312 40313 40315 40320 40321",
    "content": "10004 10015 40009 40301 40302 40316 40328",
    "no_credit": "20012 20100 40333",
    "credentials": "10009 10010 20002 20013 20015 40314",
    "rate_limited": "10011 40011 40014 40016 40018 40318",
    "carrier_down": "10007 10008",
    "carrier_error": "40004 40007",
}
_KNOWN = table(_CODES)


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A Telnyx account, as ``[carriers.<name>]`` tells of it; see MEANINGS."""

    api_key: str
    public_keys: Annotated[tuple[str, ...], Meta(min_length=1)]
    messaging_profile: str = ""
    api: str = "https://api.telnyx.com/v2"


class _Number(Struct, frozen=True):
    phone_number: str | None = None
    status: str | None = None


class _Error(Struct, frozen=True):
    code: str | int = ""


class _Message(Struct, frozen=True, rename={"sender": "from"}):
    id: Annotated[str, Meta(min_length=1, max_length=64)]
    sender: _Number
    to: Annotated[list[_Number], Meta(min_length=1)] | str
    type: str = ""
    messaging_profile_id: str | None = None
    text: str | None = None
    autoresponse_type: str | None = None
    received_at: str | None = None
    errors: list[_Error] | None = None
    webhook_url: str | None = None


class _Event(Struct, frozen=True):
    event_type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    occurred_at: str | None = None


class _Envelope(Struct, frozen=True):
    data: _Event


class TelnyxCarrier:
    """Texts through Telnyx."""

    lists = False

    def __init__(self, name: str, account: Account) -> None:
        self.name = name
        self._profile = account.messaging_profile
        self._keys = [_public_key(name, key) for key in account.public_keys]
        self._api = Api(account.api, headers={"authorization": f"Bearer {account.api_key}"})

    async def send(self, text: Outgoing) -> str:
        """Send a text. Raises TextRefused, TextUncertain."""
        said = await self._api.call("POST", "/messages", json=self._fields(text))
        if not said.good:
            why = said.at("errors", 0, "detail") or said.at("errors", 0, "title")
            raise refused(said, str(said.at("errors", 0, "code")), str(why), _KNOWN)
        return taken(said, said.at("data", "id"))

    def _fields(self, text: Outgoing) -> dict[str, str]:
        fields = {"from": text.sender, "to": text.phone, "text": text.body}
        if self._profile:
            fields["messaging_profile_id"] = self._profile
        if text.receipts:
            fields["webhook_url"] = webhooks.with_reference(text.receipts, text.reference)
        return fields

    async def read(self, knock: Knock) -> Told:
        """What a webhook tells. Raises Refusal."""
        self._check(knock)
        webhooks.expect_media(knock, "application/json")
        event = webhooks.json(knock, _Envelope).data
        if event.event_type not in {"message.received", "message.sent", "message.finalized"}:
            return Told()
        message = self._message(event)
        if message.type not in {"SMS", "MMS"} or isinstance(message.to, str):
            return Told()
        if event.event_type == "message.received":
            return Told(inbound=(_inbound(message, message.to[0]),))
        return Told(delivered=(_receipt(event, message, message.to[0]),))

    def _check(self, knock: Knock) -> None:
        at = webhooks.header(knock, "telnyx-timestamp")
        signature = _decoded(webhooks.header(knock, "telnyx-signature-ed25519"))
        if not _TIMESTAMP.fullmatch(at) or not self._signed(signature, f"{at}|".encode() + knock.body):
            raise webhooks.forged("The signature is missing or wrong, or public_keys lacks its key.")
        webhooks.check_fresh(int(at) * 1000, knock.now)

    def _signed(self, signature: bytes, content: bytes) -> bool:
        return any(_verifies(key, signature, content) for key in self._keys)

    def _message(self, event: _Event) -> _Message:
        try:
            message = msgspec.json.decode(event.payload, type=_Message)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal("bad_request", f"The payload is not what was expected: {error}", 400) from error
        if self._profile and message.messaging_profile_id != self._profile:
            raise webhooks.forged("The text belongs to another messaging profile.")
        return message

    async def missed(self, since: int) -> list[Inbound]:
        """Nothing: Telnyx has no list of texts that holds what they say."""
        del since
        return []

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


def _public_key(name: str, text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True))
    except ValueError as error:
        raise ConfigError(
            f"[carriers.{name}] public_keys: copy the public key of 32 bytes in base64: {error}"
        ) from error


def _decoded(signature: str) -> bytes:
    try:
        return b64decode(signature, validate=True)
    except ValueError:
        return b""


def _verifies(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _inbound(message: _Message, to: _Number) -> Inbound:
    phone, sender = webhooks.phone(message.sender.phone_number or ""), webhooks.sender(to.phone_number or "")
    if not phone or not sender:
        raise Refusal("bad_request", "The payload names no phone number in from or to.", 400)
    return Inbound(
        message.id, phone, sender, message.text or "", webhooks.instant(message.received_at or ""),
        answered=bool(message.autoresponse_type),
    )  # fmt: skip


def _receipt(event: _Event, message: _Message, to: _Number) -> Delivered:
    fate: Fate = "sent" if event.event_type == "message.sent" else _FATES.get(to.status or "", "unknown")
    lost = fate in {"failed", "rejected"}
    code = str(message.errors[0].code) if lost and message.errors else ""
    reason = _KNOWN.get(code, ("carrier_error", True))[0] if lost else ""
    at = webhooks.instant(event.occurred_at or "")
    return Delivered(webhooks.reference_of(message.webhook_url or ""), message.id, fate, reason, code, at)
