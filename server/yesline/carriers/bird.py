"""Bird, Channels API: one SMS channel of a workspace, which has one number.

Documents: https://docs.bird.com/api/channels-api/api-reference/messaging,
https://docs.bird.com/api/channels-api/supported-channels/programmable-sms/receiving-messages,
https://docs.bird.com/api/channels-api/message-status-and-interactions (and its pages of failure codes and sources),
https://docs.bird.com/api/notifications-api/api-reference/webhooks/verifying-a-webhook,
https://docs.bird.com/api/api-access/common-api-usage.

Webhook subscriptions to make in Bird: service ``channels``, events ``sms.inbound`` and ``sms.outbound``, filtered by this channel's id.
They are signed by base64 HMAC-SHA256(key, time LF address LF SHA-256 of the body). Source: `security-compliance` C3.
"""

import hmac
import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

from msgspec import Meta, Struct

from yesline.carriers import webhooks
from yesline.carriers.base import Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.messagebird_codes import loss
from yesline.carriers.outcomes import Meaning, refused, taken
from yesline.errors import ConfigError, Refusal, TextRefused
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "access_key": "access key with a role that may send and list this channel's messages",
    "workspace": "id of the workspace",
    "channel": "id of the SMS channel",
    "number": "the channel's number or short code, as the sender is written in the groups",
    "signing_keys": "signing keys of the webhook subscriptions; while one is being changed, the old and the new",
    "tolerance": "how old a webhook may be, in seconds: Bird's later attempts, up to 8 hours, bear the time of the first",
    "api": "address of the API",
}

_WORDS = re.compile(r"[0-9A-Za-z-]{1,64}")
_REASON = re.compile(r"reason: ([a-z_ ]+)")
_TIME = re.compile(r"[0-9]{10}")
_PAGE = 100
_MOST_PAGES = 20

_NO_CHANNEL: Meaning = ("credentials", False)
"""A 404: the workspace or the channel in the settings is not one that the key may see."""

_FAILURES: dict[str, Reason] = {
    "12001": "carrier_down",
    "12002": "content",
    "12003": "country",
    "15001": "carrier_down",
    "15005": "invalid_number",
}
"""Failure codes, for all kinds of channels; the SMS platform's own stand in ``messagebird_codes``."""

_FATES: dict[str, Fate] = {
    "accepted": "sent",
    "processing": "sent",
    "scheduled": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "sending_failed": "failed",
    "delivery_failed": "failed",
    "rejected": "rejected",
    "skipped": "rejected",
}

_Id = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_-]{1,128}\Z")]


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``[carriers.<name>]`` table of kind ``bird``; the fields' meanings stand in ``MEANINGS``."""

    access_key: str
    workspace: str
    channel: str
    number: str
    signing_keys: tuple[str, ...]
    tolerance: Annotated[int, Meta(ge=1, le=86_400)] = webhooks.FRESH // 1000
    api: str = "https://api.bird.com"


class _Source(Struct):
    name: str = ""
    code: str | int = ""


class _Failure(Struct):
    code: str | int = 0
    source: _Source | None = None


class _Contact(Struct, rename="camel"):
    identifier_key: str = ""
    identifier_value: str = ""


class _Party(Struct):
    contact: _Contact | None = None


class _Message(Struct, rename="camel"):
    id: _Id
    channel_id: str
    status: str = ""
    direction: str = ""
    reference: str | None = None
    reason: str | None = None
    sender: _Party | None = None
    body: dict[str, Any] | None = None
    failure: _Failure | None = None
    created_at: str = ""
    last_status_at: str = ""


class _Event(Struct):
    service: str
    event: str
    payload: dict[str, Any]


class BirdCarrier:
    """Sends and reads texts of one channel."""

    lists = True

    def __init__(self, name: str, account: Account) -> None:
        _check(name, account)
        self.name = name
        self._account = account
        self._api = Api(account.api, headers={"Authorization": f"AccessKey {account.access_key}"})
        self._messages = f"/workspaces/{account.workspace}/channels/{account.channel}/messages"

    async def send(self, text: Outgoing) -> str:
        """See Carrier. The channel decides who sends; ``receipts`` is not used, as subscriptions name their own address."""
        if text.sender != self._account.number:
            reason = (
                f"the channel of carriers.{self.name} sends as {self._account.number}: make a carrier for each number"
            )
            raise TextRefused(reason, "sender", permanent=True)
        said = await self._api.call("POST", self._messages, json=_message(text))
        if not said.good:
            raise _refusal(said)
        return taken(said, said.at("id"))

    async def read(self, knock: Knock) -> Told:
        """See Carrier."""
        self._verify(knock)
        webhooks.expect_media(knock, "application/json")
        event = webhooks.json(knock, _Event)
        if event.service != "channels" or event.event not in ("sms.inbound", "sms.outbound"):
            return Told()
        message = webhooks.convert(event.payload, _Message)
        if message.channel_id != self._account.channel:
            raise webhooks.forged("The message is of another channel: filter the subscription by channelId.")
        if event.event == "sms.inbound":
            return Told(inbound=self._inbound(message))
        return Told(delivered=_delivered(message))

    def _verify(self, knock: Knock) -> None:
        time = webhooks.header(knock, "messagebird-request-timestamp")
        signed = f"{time}\n{knock.url}\n".encode("utf-8", "surrogateescape") + sha256(knock.body).digest()
        good = (_signature(key, signed) for key in self._account.signing_keys)
        if not webhooks.same_as_any(webhooks.header(knock, "messagebird-signature"), good) or not _TIME.fullmatch(time):
            raise webhooks.forged()
        webhooks.check_fresh(int(time) * 1000, knock.now, self._account.tolerance * 1000)

    def _inbound(self, message: _Message) -> tuple[Inbound, ...]:
        """Nothing for a sender that is no phone."""
        contact = message.sender.contact if message.sender else None
        phone = webhooks.phone(contact.identifier_value) if contact and contact.identifier_key == "phonenumber" else ""
        if message.direction != "incoming" or not phone:
            return ()
        at = webhooks.instant(message.created_at)
        return (Inbound(message.id, phone, self._account.number, _words(message.body or {}), at),)

    async def missed(self, since: int) -> list[Inbound]:
        """See Carrier."""
        found: dict[str, Inbound] = {}
        token: str | None = ""
        for _ in range(_MOST_PAGES):
            items, token = await self._page(since, token)
            found |= {text.id: text for item in items for text in self._listed(item, since)}
            if not token:
                break
        return sorted(found.values(), key=lambda text: text.at)

    async def _page(self, since: int, token: str | None) -> tuple[list[Any], str]:
        start = datetime.fromtimestamp(since / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        asked = {"direction": "incoming", "startAt": start, "limit": _PAGE}
        said = await self._api.call("GET", self._messages, params=asked | ({"pageToken": token} if token else {}))
        if not said.good:
            raise _refusal(said)
        items = said.at("results")
        return items if isinstance(items, list) else [], str(said.at("nextPageToken"))

    def _listed(self, item: Any, since: int) -> tuple[Inbound, ...]:
        try:
            texts = self._inbound(webhooks.convert(item, _Message))
        except Refusal:
            return ()
        return tuple(text for text in texts if text.at >= since)

    async def close(self) -> None:
        """See Carrier."""
        await self._api.close()


def _check(name: str, account: Account) -> None:
    if not _WORDS.fullmatch(account.workspace) or not _WORDS.fullmatch(account.channel):
        raise ConfigError(
            f"carriers.{name}: workspace and channel are the ids that Bird shows, letters, digits and dashes"
        )
    if not account.signing_keys or not all(account.signing_keys):
        raise ConfigError(f"carriers.{name}: set signing_keys, as given to Bird when the webhook subscription was made")
    if not webhooks.sender(account.number):
        raise ConfigError(f"carriers.{name}: number is the channel's number with its plus, or its short code")


def _message(text: Outgoing) -> dict[str, Any]:
    contact = {"identifierKey": "phonenumber", "identifierValue": text.phone}
    return {
        "receiver": {"contacts": [contact]},
        "body": {"type": "text", "text": {"text": text.body}},
        "reference": text.reference,
    }


def _signature(key: str, signed: bytes) -> str:
    return b64encode(hmac.digest(key.encode(), signed, sha256)).decode()


def _words(body: dict[str, Any]) -> str:
    """A body's text, or the one beside its pictures or files."""
    part = body.get(str(body.get("type")))
    words = part.get("text") if isinstance(part, dict) else ""
    return words if isinstance(words, str) else ""


def _delivered(message: _Message) -> tuple[Delivered, ...]:
    fate = _FATES.get(message.status)
    if fate is None or message.direction not in ("outgoing", ""):
        return ()
    at = webhooks.instant(message.last_status_at)
    if fate in ("sent", "delivered"):
        return (Delivered(message.reference or "", message.id, fate, at=at),)
    reason, code = _loss(message.failure or _Failure(), message.reason or "")
    return (Delivered(message.reference or "", message.id, fate, reason, code, at),)


def _loss(failure: _Failure, words: str) -> tuple[Reason, str]:
    """The SMS platform's own code where there is one, as it is the more exact."""
    source = failure.source or _Source()
    if source.name == "sms-messagebird" and source.code != "":
        reason, code = loss(str(source.code), "")
        return (reason if reason != "carrier_error" else _FAILURES.get(str(failure.code), reason)), code
    if failure.code:
        return _FAILURES.get(str(failure.code), "carrier_error"), str(failure.code)
    told = _REASON.search(words)
    return loss("", told[1] if told else words)


def _refusal(said: Said) -> TextRefused:
    """The API takes a text before it looks at it, so that its own refusals are few, and told well enough by the status."""
    code = str(said.at("code")) or str(said.status)
    return refused(said, code, str(said.at("message")), {code: _NO_CHANNEL} if said.status == 404 else {})
