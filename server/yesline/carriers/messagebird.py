"""MessageBird, the older REST API of Bird at rest.messagebird.com.

Documents: https://developers.messagebird.com/api/sms-messaging/ (send, list, status reports, error codes),
https://developers.messagebird.com/api/#verify-http-requests,
https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources/sms-platform-extended-error-codes,
https://docs.bird.com/connectivity-platform/getting-started/receiving-delivery-reports-dlrs.

Webhooks carry a JWT that names the hashes of the address and of the body. ``url_hash`` and ``jti`` are required here, which the vendor's
own validator leaves to its caller or to chance. Source: `security-compliance` C3.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from yesline.carriers import webhooks
from yesline.carriers.base import Answer, Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.messagebird_codes import loss
from yesline.carriers.outcomes import Meaning, refused, taken
from yesline.errors import ConfigError, Refusal, TextRefused

MEANINGS: dict[str, str] = {
    "access_key": "live access key of the account (Dashboard, Developers, API access)",
    "signing_keys": "signing keys of the account, which sign webhooks; while one is being changed, the old and the new",
    "api": "address of the API",
}

T = TypeVar("T")
_HASHES: dict[str, str] = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_OK = Answer("OK")
_PAGE = 200
_MOST_PAGES = 20

_REFUSED: dict[str, Meaning] = {
    "2": ("credentials", False),
    "9": ("content", True),
    "10": ("content", True),
    "20": ("carrier_error", True),
    "21": ("content", True),
    "25": ("no_credit", False),
    "98": ("carrier_error", False),
    "99": ("carrier_error", False),
}
"""Codes of the API's answers; 9 and 10 name the parameter they are about."""
_PARAMETERS: dict[str, Meaning] = {
    "originator": ("sender", True),
    "recipient": ("invalid_number", True),
    "recipients": ("invalid_number", True),
}

_FATES: dict[str, Fate] = {
    "scheduled": "sent",
    "buffered": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "delivery_failed": "failed",
    "expired": "failed",
}

_Id = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_-]{1,128}\Z")]
_Line = Annotated[str, Meta(pattern=r"\A[^\r\n]*\Z", max_length=128)]


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``[carriers.<name>]`` table of kind ``messagebird``; the fields' meanings stand in ``MEANINGS``."""

    access_key: str
    signing_keys: tuple[str, ...]
    api: str = "https://rest.messagebird.com"


class _Header(Struct, frozen=True):
    alg: str
    crit: Any = None


class _Claims(Struct, frozen=True):
    iss: str
    nbf: float
    exp: float
    jti: _Id
    url_hash: str
    payload_hash: str | None = None


class _Report(Struct, rename="camel"):
    id: _Id
    status: str
    reference: _Line = ""
    status_reason: str = ""
    status_error_code: _Line = ""
    status_datetime: str = ""


class _Incoming(Struct, rename="camel"):
    """``recipient`` is a long number of ours; texts to a short code name it as ``shortcode`` and bear other field names."""

    originator: _Line
    id: _Line = ""
    mid: _Line = ""
    recipient: _Line = ""
    shortcode: _Line = ""
    body: str = ""
    message: str = ""
    created_datetime: str = ""
    receive_datetime: str = field(name="receive_datetime", default="")


class _Listed(Struct, rename="camel"):
    id: _Id
    originator: str | int
    created_datetime: str
    direction: str = "mo"
    body: str | None = None
    recipients: Any = None


class MessageBirdCarrier:
    """Sends and reads texts of one account."""

    lists = True

    def __init__(self, name: str, account: Account) -> None:
        if not account.signing_keys or not all(account.signing_keys):
            raise ConfigError(
                f"carriers.{name}: set signing_keys, as the dashboard shows under Developers, API settings"
            )
        self.name = name
        self._account = account
        self._api = Api(account.api, headers={"Authorization": f"AccessKey {account.access_key}"})

    async def send(self, text: Outgoing) -> str:
        """See Carrier."""
        said = await self._api.call("POST", "/messages", json=_message(text))
        if not said.good:
            raise _refusal(said)
        return taken(said, said.at("id"))

    async def read(self, knock: Knock) -> Told:
        """See Carrier. Receipts come as the query of a GET, texts as the query or body of whatever the flow is set to."""
        claims = self._verified(knock)
        fields = _fields(knock)
        if "status" in fields:
            return Told(delivered=_delivered(webhooks.convert(fields, _Report)), answer=_OK)
        if "originator" not in fields:
            return Told(answer=_OK)
        return Told(inbound=_inbound(webhooks.convert(fields, _Incoming), claims.jti), answer=_OK)

    def _verified(self, knock: Knock) -> _Claims:
        claims = _claims(webhooks.header(knock, "messagebird-signature-jwt"), self._account.signing_keys)
        body_hash = _digest(knock.body) if knock.body else ""
        right = (
            claims.iss == "MessageBird",
            webhooks.same(claims.url_hash, _digest(knock.url.encode())),
            webhooks.same(claims.payload_hash or "", body_hash),
        )
        if not all(right):
            raise webhooks.forged("The signature is for another address or body.")
        if claims.exp * 1000 <= knock.now or claims.nbf * 1000 > knock.now + webhooks.FRESH:
            raise webhooks.stale()
        return claims

    async def missed(self, since: int) -> list[Inbound]:
        """See Carrier."""
        found: dict[str, Inbound] = {}
        for page in range(_MOST_PAGES):
            items = await self._page(since, page)
            found |= {text.id: text for item in items for text in _listed(item, since)}
            if len(items) < _PAGE:
                break
        return sorted(found.values(), key=lambda text: text.at)

    async def _page(self, since: int, page: int) -> list[Any]:
        start = datetime.fromtimestamp(since // 1000, UTC).isoformat()
        asked = {"direction": "mo", "from": start, "limit": _PAGE, "offset": page * _PAGE}
        said = await self._api.call("GET", "/messages", params=asked)
        if not said.good:
            raise _refusal(said)
        items = said.at("items")
        return items if isinstance(items, list) else []

    async def close(self) -> None:
        """See Carrier."""
        await self._api.close()


def _message(text: Outgoing) -> dict[str, str]:
    """``datacoding`` is plain by default, which replaces every letter outside GSM-7 by a question mark."""
    sender = text.sender.removeprefix("+")
    message = {
        "originator": sender,
        "recipients": text.phone.removeprefix("+"),
        "body": text.body,
        "datacoding": "auto",
    }
    if text.receipts:
        message["reportUrl"] = text.receipts
    return message | {"reference": text.reference}


def _claims(token: str, keys: tuple[str, ...]) -> _Claims:
    """The claims of a token that one of the keys has signed. The token is compared as text, so that no other spelling of it passes."""
    head, _, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    header = _part(head, _Header)
    name = _HASHES.get(header.alg)
    if name is None or header.crit is not None:
        raise webhooks.forged()
    signed = f"{head}.{payload}".encode("utf-8", "surrogateescape")
    if not webhooks.same_as_any(signature, (_signature(key, signed, name) for key in keys)):
        raise webhooks.forged()
    return _part(payload, _Claims)


def _part(text: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise webhooks.forged("The signature is not a token with the claims it must have.") from error


def _signature(key: str, signed: bytes, name: str) -> str:
    return urlsafe_b64encode(hmac.digest(key.encode(), signed, name)).decode().rstrip("=")


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _fields(knock: Knock) -> dict[str, str]:
    """Query and body together, each field once."""
    fields = webhooks.query(knock)
    body = _body(knock) if knock.body else {}
    if fields.keys() & body.keys():
        raise Refusal("bad_request", "A field is given more than once.", 400)
    return fields | body


def _body(knock: Knock) -> dict[str, str]:
    """A flow sends JSON or a form, as it is set. Numbers become text; nothing else is of interest here."""
    webhooks.expect_media(knock, "application/json", "application/x-www-form-urlencoded")
    if webhooks.media_type(knock) != "application/json":
        return webhooks.form(knock)
    fields = webhooks.json(knock, dict[str, Any])
    return {name: str(value) for name, value in fields.items() if isinstance(value, str | int)}


def _inbound(text: _Incoming, nonce: str) -> tuple[Inbound, ...]:
    """Nothing for a text from a name, which is no phone and cannot be answered."""
    phone = webhooks.phone(text.originator)
    if not phone:
        return ()
    if text.shortcode:
        at = webhooks.instant(f"{text.receive_datetime[:8]}T{text.receive_datetime[8:]}")
        return (Inbound(_id(text.mid), phone, text.shortcode, text.message, at, nonce=nonce),)
    at, sender = webhooks.instant(text.created_datetime), webhooks.sender(text.recipient)
    return (Inbound(_id(text.id), phone, sender, text.body, at, nonce=nonce),)


def _id(text: str) -> str:
    if not text:
        raise Refusal("bad_request", "The text has no id.", 400)
    return text


def _listed(item: Any, since: int) -> tuple[Inbound, ...]:
    """A listed message, where it is a text from a phone and not older than asked for."""
    try:
        text = webhooks.convert(item, _Listed)
    except Refusal:
        return ()
    phone, at = webhooks.phone(str(text.originator)), webhooks.instant(text.created_datetime)
    if text.direction != "mo" or not phone or at < since // 1000 * 1000:
        return ()
    recipient = Said(200, {}, text.recipients).at("items", 0, "recipient")
    return (Inbound(text.id, phone, webhooks.sender(str(recipient)), text.body or "", at),)


def _delivered(report: _Report) -> tuple[Delivered, ...]:
    fate = _FATES.get(report.status)
    if fate is None:
        return ()
    at = webhooks.instant(report.status_datetime)
    if fate != "failed":
        return (Delivered(report.reference, report.id, fate, at=at),)
    reason, code = loss(report.status_error_code, report.status_reason or report.status)
    return (Delivered(report.reference, report.id, fate, reason, code, at),)


def _refusal(said: Said) -> TextRefused:
    code, parameter = str(said.at("errors", 0, "code")), str(said.at("errors", 0, "parameter"))
    about = _PARAMETERS.get(parameter) if code in ("9", "10") else None
    return refused(said, code, str(said.at("errors", 0, "description")), _REFUSED | ({code: about} if about else {}))
