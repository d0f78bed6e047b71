"""Bandwidth Messaging, API v2.

Documents: https://dev.bandwidth.com/apis/messaging/, https://dev.bandwidth.com/docs/messaging/webhooks/,
https://dev.bandwidth.com/docs/messaging/errors/.

Callbacks are not signed: HTTP Basic, set on the application, is all there is, so that its secret must be long. Bandwidth keeps
no text, so that nothing can be asked for afterwards; it sends a callback again for 24 hours instead. Where receipts go is
set on the application too; our reference comes back as the ``tag``. Source: `security-compliance` C3.
"""

from typing import Any

from msgspec import Struct

from yesline.carriers import webhooks
from yesline.carriers.base import Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.outcomes import fate_of, refused, table, taken
from yesline.errors import ConfigError, TextRefused
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "account": "account id",
    "application": "id of the messaging application that the numbers belong to",
    "user": "user of the API credentials",
    "password": "password of the API credentials",
    "callback_user": "user of HTTP Basic, as set on the application's callbacks",
    "callback_passwords": "its password, at least 16 characters; while it is being changed, the old and the new",
    "api": "address of the API",
}

_PASSWORD = 16
_UNKNOWN = 9902
_SENT: dict[str, Fate] = {"message-sending": "sent", "message-sent": "sent", "message-delivered": "delivered"}

_FIELDS = table({"invalid_number": "to", "sender": "from", "content": "text", "credentials": "applicationId"})
"""What a field that a request was refused for says. Bandwidth's own ``type`` is ``request-validation`` for them all."""

_LOST = table(
    {
        "invalid_number": "4303 4350 4404 4406 4408 4492 4720 4721",
        "not_mobile": "4434 4700",
        "unreachable": "4360 4701 4702 4730 5106",
        "opted_out": "4482 4775",
        "blocked": "4470 4481 4750 4770 4771 4772 4790",
        "unregistered": "4773 4774 4791 4792 4793 4795",
        "country": "4432",
        "sender": "4302 4403 4405 4407 4431 4433 4740",
        "content": "4301 4751 4752",
        "credentials": "4452 4493",
        "rate_limited": "4780 4781 4785",
        "carrier_down": "5600",
    }
)


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``[carriers.<name>]`` table of kind ``bandwidth``; the fields' meanings stand in ``MEANINGS``."""

    account: str
    application: str
    user: str
    password: str
    callback_user: str
    callback_passwords: tuple[str, ...]
    api: str = "https://messaging.bandwidth.com/api/v2"


class _Message(Struct, rename={"phone": "from", "application": "applicationId"}):
    id: str
    application: str
    phone: str
    owner: str
    text: str | None = None
    tag: str | None = None


class _Event(Struct, rename={"code": "errorCode"}):
    message: _Message
    time: str = ""
    code: int | None = None


class _Kind(Struct):
    type: str = ""


class BandwidthCarrier:
    """Sends and reads texts of one messaging application."""

    lists = False

    def __init__(self, name: str, account: Account) -> None:
        shortest = min(map(len, account.callback_passwords), default=0)
        if not account.callback_user or shortest < _PASSWORD:
            raise ConfigError(
                f"carriers.{name}: callbacks are not signed, so set callback_user and callback_passwords, "
                f"each of at least {_PASSWORD} characters, as on the application"
            )
        self.name = name
        self._account = account
        self._api = Api(account.api, basic=(account.user, account.password))

    async def send(self, text: Outgoing) -> str:
        """See Carrier."""
        message = {
            "applicationId": self._account.application,
            "to": [text.phone],
            "from": text.sender,
            "text": text.body,
            "tag": text.reference,
        }
        said = await self._api.call("POST", f"/users/{self._account.account}/messages", json=message)
        if not said.good:
            raise _refusal(said)
        return taken(said, said.at("id"))

    async def read(self, knock: Knock) -> Told:
        """See Carrier."""
        webhooks.check_basic(knock, self._account.callback_user, self._account.callback_passwords)
        webhooks.expect_media(knock, "application/json")
        events = webhooks.json(knock, list[dict[str, Any]])
        read = [(webhooks.convert(event, _Kind).type, event) for event in events]
        received = [self._event(event) for kind, event in read if kind == "message-received"]
        receipts = [(kind, self._event(event)) for kind, event in read if kind in _SENT or kind == "message-failed"]
        texts = (text for event in received for text in _inbound(event))
        return Told(tuple(texts), tuple(_delivered(kind, event) for kind, event in receipts))

    def _event(self, event: dict[str, Any]) -> _Event:
        """An event of our own application. Raises Refusal."""
        found = webhooks.convert(event, _Event)
        if found.message.application != self._account.application:
            raise webhooks.forged("The event is of another application.")
        return found

    async def missed(self, since: int) -> list[Inbound]:
        """Nothing: Bandwidth does not keep what was texted."""
        del since
        return []

    async def close(self) -> None:
        """See Carrier."""
        await self._api.close()


def _inbound(event: _Event) -> tuple[Inbound, ...]:
    """A text; none where the sender is no phone. ``owner`` is which of our numbers got it, in a group too."""
    message = event.message
    if not (phone := webhooks.phone(message.phone)):
        return ()
    at = webhooks.instant(event.time)
    return (Inbound(message.id, phone, webhooks.sender(message.owner), message.text or "", at),)


def _delivered(kind: str, event: _Event) -> Delivered:
    message, at = event.message, webhooks.instant(event.time)
    known = "unknown" if event.code == _UNKNOWN else _SENT.get(kind)
    if known:
        return Delivered(message.tag or "", message.id, known, at=at)
    code = str(event.code or "")
    reason: Reason = _LOST[code][0] if code in _LOST else "carrier_error"
    return Delivered(message.tag or "", message.id, fate_of(reason), reason, code, at)


def _refusal(said: Said) -> TextRefused:
    """Bandwidth's ``type`` says little: the first field it complains of says more."""
    at_fault = str(said.at("fieldErrors", 0, "fieldName")) or str(said.at("type"))
    text = said.at("fieldErrors", 0, "description") or said.at("description")
    return refused(said, at_fault, str(text), _FIELDS)
