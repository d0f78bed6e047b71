"""A gateway of one's own, for any carrier that has no module: a few lines of JSON over HTTP, described in ``docs/how-to/any-carrier.md``.

Webhooks are signed by Standard Webhooks 1.0 (https://www.standardwebhooks.com): base64 HMAC-SHA256 of ``id.timestamp.body``
with a ``whsec_`` secret of 24 to 64 bytes. Source: `security-compliance` D1.8.
"""

import binascii
import hmac
import re
from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256
from typing import Annotated, Any, get_args
from urllib.parse import urlencode, urlsplit

from msgspec import Meta, Struct

from yesline.carriers import webhooks
from yesline.carriers.base import Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.outcomes import Meaning, refused, table, taken
from yesline.errors import ConfigError, Refusal, TextRefused
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "send_url": "address that texts are posted to",
    "token": "sent to the gateway as bearer token",
    "secrets": "whsec_ secrets that its webhooks are signed with; while one is being changed, the old and the new",
    "list_url": "address that lists texts from phones since a time, to catch up after an outage; may be empty",
}

Milliseconds = Annotated[int, Meta(ge=0, lt=1 << 53)]
_TIMESTAMP = re.compile(r"[0-9]{10}")
_SECRET = range(24, 65)
_MOST_SIGNATURES = 10
_MOST_PAGES = 50
_REASONS = frozenset(get_args(Reason))
_FATES = frozenset(get_args(Fate))


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``[carriers.<name>]`` table of kind ``http``; the fields' meanings stand in ``MEANINGS``."""

    send_url: str
    token: str
    secrets: tuple[str, ...]
    list_url: str = ""


class _Text(Struct, rename={"phone": "from", "sender": "to"}):
    id: str
    phone: str
    sender: str
    text: str
    at: Milliseconds = 0
    answered: bool = False


class _Receipt(Struct):
    reference: str
    status: str
    id: str = ""
    reason: str = ""
    code: str = ""
    at: Milliseconds = 0


class _Kind(Struct):
    type: str = ""


class GatewayCarrier:
    """Sends and reads texts through one gateway. It can be asked for missed texts if it has a ``list_url``."""

    def __init__(self, name: str, account: Account) -> None:
        for url in filter(None, (account.send_url or "?", account.list_url)):
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                raise ConfigError(f"carriers.{name}: {url!r} is no http or https address")
        self.name = name
        self.lists = bool(account.list_url)
        self._account = account
        self._keys = [_key(name, secret) for secret in account.secrets]
        if not self._keys:
            raise ConfigError(f"carriers.{name}: set secrets to a list of at least one whsec_ secret")
        self._api = Api(account.send_url, headers={"Authorization": f"Bearer {account.token}"})

    async def send(self, text: Outgoing) -> str:
        """See Carrier."""
        message = {
            "reference": text.reference,
            "from": text.sender,
            "to": text.phone,
            "text": text.body,
            "receipts": text.receipts,
        }
        said = await self._api.call("POST", self._account.send_url, json=message)
        if not said.good:
            raise _refusal(said)
        return taken(said, said.at("id"))

    async def read(self, knock: Knock) -> Told:
        """See Carrier. The same ``webhook-id`` comes again when the gateway tries again, so it is no nonce."""
        self._check(knock)
        webhooks.expect_media(knock, "application/json")
        event = webhooks.json(knock, dict[str, Any])
        kind = webhooks.convert(event, _Kind).type
        if kind == "inbound":
            return Told(inbound=(_inbound(event),))
        return Told(delivered=_delivered(webhooks.convert(event, _Receipt)) if kind == "receipt" else ())

    def _check(self, knock: Knock) -> None:
        """Raises Refusal unless the webhook is signed, and now."""
        attempt, time = webhooks.header(knock, "webhook-id"), webhooks.header(knock, "webhook-timestamp")
        head = f"{attempt}.{time}.".encode("utf-8", "surrogateescape")
        good = [f"v1,{b64encode(hmac.digest(key, head + knock.body, sha256)).decode()}" for key in self._keys]
        given = webhooks.header(knock, "webhook-signature").split(" ")[:_MOST_SIGNATURES]
        genuine = any(webhooks.same_as_any(one, good) for one in given)
        if not genuine or not attempt or not _TIMESTAMP.fullmatch(time):
            raise webhooks.forged()
        webhooks.check_fresh(int(time) * 1000, knock.now)

    async def missed(self, since: int) -> list[Inbound]:
        """See Carrier."""
        found: dict[str, Inbound] = {}
        cursor = ""
        for _ in range(_MOST_PAGES if self.lists else 0):
            events, cursor = await self._page(since, cursor)
            for event in events:
                with suppress(Refusal):  # one that cannot be read must not keep the others from being caught up
                    text = _inbound(event)
                    found[text.id] = text
            if not cursor:
                break
        return sorted(found.values(), key=lambda text: text.at)

    async def _page(self, since: int, cursor: str) -> tuple[list[Any], str]:
        asked = urlencode({"since": since} | ({"cursor": cursor} if cursor else {}))
        url = self._account.list_url
        said = await self._api.call("GET", f"{url}{'&' if '?' in url else '?'}{asked}")
        if not said.good:
            raise _refusal(said)
        messages = said.at("messages")
        return messages if isinstance(messages, list) else [], str(said.at("next"))

    async def close(self) -> None:
        """See Carrier."""
        await self._api.close()


def _key(name: str, secret: str) -> bytes:
    """The bytes of a ``whsec_`` secret. Raises ConfigError."""
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith("whsec_") or len(key) not in _SECRET:
        raise ConfigError(f"carriers.{name}: each of secrets is whsec_ and base64 of 24 to 64 random bytes")
    return key


def _inbound(event: Any) -> Inbound:
    text = webhooks.convert(event, _Text)
    if not text.phone.startswith("+") or not webhooks.phone(text.phone):
        raise Refusal("bad_request", "from is a phone's number in the form +14155550123.", 400, field="from")
    if not text.id:
        raise Refusal("bad_request", "id is empty: give each text an id of its own.", 400, field="id")
    return Inbound(text.id, text.phone, text.sender, text.text, text.at, answered=text.answered)


def _delivered(receipt: _Receipt) -> tuple[Delivered, ...]:
    """Nothing for a status that is none of ours."""
    if receipt.status not in _FATES:
        return ()
    fate: Fate = receipt.status  # type: ignore[assignment]
    bad = fate in ("failed", "rejected")
    reason: Any = receipt.reason if receipt.reason in _REASONS else "carrier_error"
    return (Delivered(receipt.reference, receipt.id, fate, reason if bad else "", receipt.code, receipt.at),)


def _refusal(said: Said) -> TextRefused:
    """The gateway may say what its refusal means; otherwise the status does."""
    code, reason = str(said.at("code")), said.at("reason")
    known: dict[str, Meaning] = {code: table({reason: "it"})["it"]} if str(reason) in _REASONS else {}
    error = refused(said, code, str(said.at("message")), known)
    permanent = said.at("permanent")
    error.permanent = permanent if isinstance(permanent, bool) else error.permanent
    return error
