"""Twilio Programmable Messaging, REST API 2010-04-01.

Documents: https://www.twilio.com/docs/messaging/api/message-resource, .../docs/messaging/guides/webhook-request,
.../docs/messaging/guides/track-outbound-message-status, .../docs/usage/webhooks/webhooks-security, .../docs/api/errors.

Twilio signs the address called and all fields joined without marks between names and values, and no time: so each field must
be there once and have its pattern, and what is done with a text hangs on its ``MessageSid``. Source: `security-compliance` C3.
"""

import hmac
import re
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha1, sha256
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from yesline.carriers import webhooks
from yesline.carriers.base import Answer, Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.outcomes import refused, table, taken
from yesline.errors import CarrierError, Refusal
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "account_sid": "the account's SID, AC...",
    "auth_token": "the account's auth token; it also signs webhooks unless webhook_secrets is given",
    "api_key": "SID of an API key, SK..., if calls are not made with the auth token",
    "api_secret": "the secret of that API key",
    "webhook_secrets": "what signs webhooks: auth tokens, or secrets of shared keys; several while one is being changed",
    "signature": "how webhooks are signed: HMAC_SHA1 with the auth token, or HMAC_SHA256 with a shared key",
    "messaging_service": "SID of a messaging service, MG..., that picks the sender; empty to send from the group's sender",
    "api": "base address of the API, for another region or edge",
}

_HASHES = {"HMAC_SHA1": sha1, "HMAC_SHA256": sha256}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_MESSAGE = re.compile(r"(SM|MM)[0-9a-f]{32}")
_OTHER_CHANNEL = re.compile(r"[a-z]{2,20}:.*", re.DOTALL)
_HIDDEN_ADDRESS = re.compile(r"(From|To)\+[0-9]")
_PORTS = {"https": 443, "http": 80}
_PAGE = 1000
_MOST_PAGES = 100

_FATES: dict[str, Fate] = {
    "accepted": "sent", "scheduled": "sent", "queued": "sent", "sending": "sent", "sent": "sent",
    "delivered": "delivered", "read": "delivered", "partially_delivered": "delivered",
    "undelivered": "failed", "failed": "rejected", "canceled": "rejected",
}  # fmt: skip

_CODES: dict[Reason, str] = {
    "invalid_number": "21211 21217 21401 21421 30005",
    "not_mobile": "21614 21635 30006",
    "unreachable": "30003 30036",
    "opted_out": "21610",
    "blocked": "30004 30007 30038 30450",
    "unregistered": "21608 30018 30032 30034 30035",
    "country": "21408 21612",
    "sender": "21212 21603 21606 21659 21660 21661 21701 21703 21704 21705 21910 30024",
    "content": "21602 21605 21617 21619 30019 30044",
    "credentials": "20003 20008 20404 30002",
    "rate_limited": "20429 21611 30001 30017 30022 30023 30027 63038",
    "carrier_down": "30410",
    "carrier_error": "30008",
}
_KNOWN = table(_CODES)


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A Twilio account, as ``[carriers.<name>]`` tells of it; see MEANINGS."""

    account_sid: Annotated[str, Meta(pattern=r"^AC[0-9a-f]{32}$")]
    auth_token: str = ""
    api_key: str = ""
    api_secret: str = ""
    webhook_secrets: tuple[str, ...] = ()
    signature: Literal["HMAC_SHA1", "HMAC_SHA256"] = "HMAC_SHA1"
    messaging_service: str = ""
    api: str = "https://api.twilio.com"


class TwilioCarrier:
    """Texts through Twilio."""

    lists = True

    def __init__(self, name: str, account: Account) -> None:
        self.name = name
        self._account = account
        self._hash = _HASHES[account.signature]
        self._secrets = [secret for secret in account.webhook_secrets or (account.auth_token,) if secret]
        key = (account.api_key, account.api_secret) if account.api_key else (account.account_sid, account.auth_token)
        self._api = Api(account.api, basic=key)
        self._messages = f"/2010-04-01/Accounts/{account.account_sid}/Messages.json"

    async def send(self, text: Outgoing) -> str:
        """Send a text. Raises TextRefused, TextUncertain."""
        said = await self._api.call("POST", self._messages, data=self._fields(text))
        if not said.good:
            raise refused(said, _code(said.at("code")), str(said.at("message")), _KNOWN)
        return taken(said, said.at("sid"))

    def _fields(self, text: Outgoing) -> dict[str, str]:
        service = self._account.messaging_service
        fields = {"To": text.phone, "Body": text.body}
        fields |= {"MessagingServiceSid": service} if service else {"From": text.sender}
        if text.receipts:
            fields["StatusCallback"] = webhooks.with_reference(text.receipts, text.reference)
        return fields

    async def read(self, knock: Knock) -> Told:
        """What a webhook tells. Raises Refusal."""
        fields = self._checked(knock)
        if _field(fields, "AccountSid", _ACCOUNT) != self._account.account_sid:
            raise webhooks.forged("This is of another account.")
        answer = Answer("<Response/>", "text/xml")
        if _OTHER_CHANNEL.fullmatch(fields.get("From", "")):
            return Told(answer=answer)
        if "MessageStatus" in fields:
            return Told(delivered=(_receipt(knock, fields),), answer=answer)
        return Told(inbound=(_inbound(fields),) if "Body" in fields else (), answer=answer)

    def _checked(self, knock: Knock) -> dict[str, str]:
        given = webhooks.header(knock, "x-twilio-signature")
        if not given:
            raise webhooks.forged()
        fields = webhooks.form(knock)
        tail = "".join(name + fields[name] for name in sorted(fields))
        if not webhooks.same_as_any(given, self._signatures(knock.url, tail)):
            raise webhooks.forged()
        _check_unhidden(fields)
        return fields

    def _signatures(self, url: str, tail: str) -> list[str]:
        return [self._sign(secret, form + tail) for secret in self._secrets for form in _with_and_without_port(url)]

    def _sign(self, secret: str, text: str) -> str:
        mac = hmac.new(secret.encode(), text.encode("utf-8", "surrogateescape"), self._hash)
        return b64encode(mac.digest()).decode()

    async def missed(self, since: int) -> list[Inbound]:
        """The texts from phones since a time in milliseconds, oldest first. Raises CarrierError.

        The list comes newest first and with our own texts in it; it cannot be asked for one direction.
        """
        start = datetime.fromtimestamp(since // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = await self._listed(self._messages, params={"DateSent>": start, "PageSize": _PAGE})
        found = _texts(said)
        for _ in range(_MOST_PAGES):
            following = said.at("next_page_uri")
            if not following:
                return found[::-1]
            said = await self._listed(following)
            found += _texts(said)
        raise CarrierError(
            f"{self.name} lists over {_MOST_PAGES * _PAGE} texts: ask for those since a later time", "carrier_error"
        )

    async def _listed(self, path: str, **request: Any) -> Said:
        if not path.startswith("/2010-04-01/"):  # the key goes to Twilio's own list and nowhere else
            raise CarrierError(f"{self.name} names a next page that is not its own: {path}", "carrier_error")
        said = await self._api.call("GET", path, **request)
        if not said.good:
            raise refused(said, _code(said.at("code")), str(said.at("message")), _KNOWN)
        return said

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


def _code(value: object) -> str:
    return str(value) if isinstance(value, int | str) else ""


def _malformed(field: str) -> Refusal:
    return Refusal("bad_request", f"{field} is missing or not as Twilio writes it.", 400, field=field)


def _check_unhidden(fields: dict[str, str]) -> None:
    """Raises Refusal where a field could be two under the same signature, so that another phone's number is taken for the sender's."""
    for name, value in fields.items():
        hidden = name not in {"Body", "From", "To"} and _HIDDEN_ADDRESS.search(name + value)
        if hidden or not _NAME.fullmatch(name):
            raise _malformed(name[:64])


def _with_and_without_port(url: str) -> set[str]:
    """The address in every way Twilio is known to sign it: it drops a port, or adds the scheme's usual one, as it likes."""
    parts = urlsplit(url)
    bare = parts.netloc if parts.port is None else parts.netloc.rpartition(":")[0]
    tail = url[len(f"{parts.scheme}://{parts.netloc}") :]
    return {
        url,
        f"{parts.scheme}://{bare}{tail}",
        f"{parts.scheme}://{bare}:{parts.port or _PORTS.get(parts.scheme, 443)}{tail}",
    }


def _field(fields: dict[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name, "")
    if not pattern.fullmatch(value):
        raise _malformed(name)
    return value


def _inbound(fields: dict[str, str]) -> Inbound:
    phone, sender = webhooks.phone(fields.get("From", "")), webhooks.sender(fields.get("To", ""))
    for name, number in (("From", phone), ("To", sender)):
        if not number or number != fields[name]:
            raise _malformed(name)
    return Inbound(
        _field(fields, "MessageSid", _MESSAGE), phone, sender, fields["Body"], answered=bool(fields.get("OptOutType"))
    )


def _receipt(knock: Knock, fields: dict[str, str]) -> Delivered:
    fate = _FATES.get(fields["MessageStatus"], "unknown")
    code = fields.get("ErrorCode", "") if fate in {"failed", "rejected"} else ""
    reason = _KNOWN.get(code, ("carrier_error", True))[0] if fate in {"failed", "rejected"} else ""
    webhooks.query(knock)  # a query that names a field twice is refused
    vendor_id = _field(fields, "MessageSid", _MESSAGE)
    return Delivered(webhooks.reference_of(knock.url), vendor_id, fate, reason, code)


def _texts(said: Said) -> list[Inbound]:
    messages = said.at("messages", default=None)
    if not isinstance(messages, list):
        raise CarrierError("the answer holds no list of messages", "carrier_error")
    return [
        Inbound(str(one["sid"]), phone, sender, str(one.get("body") or ""), at=_sent_at(one))
        for one in messages
        if isinstance(one, dict) and one.get("direction") == "inbound" and _MESSAGE.fullmatch(str(one.get("sid")))
        if (phone := webhooks.phone(str(one.get("from")))) and (sender := webhooks.sender(str(one.get("to"))))
    ]


def _sent_at(message: dict[str, Any]) -> int:
    try:
        return int(
            parsedate_to_datetime(str(message.get("date_sent") or message.get("date_created"))).timestamp() * 1000
        )
    except (ValueError, OverflowError):
        return 0
