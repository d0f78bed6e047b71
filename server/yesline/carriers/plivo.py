"""Plivo Messaging, REST API v1.

Documents: https://www.plivo.com/docs/messaging/api/messages/, .../messaging/concepts/signature-validation,
.../messaging/api/message/message-status-callbacks, .../messaging/troubleshooting/error-codes; the official SDK for signature V3.

A V3 signature covers address, fields and nonce. V2, which is what messages are documented to carry, covers the address
without its query and the nonce, but no field: then the message's own record is fetched and compared. That record has
everything but the text, so a text signed with V2 alone is not ``verified``: a STOP in it counts, a yes does not. A receipt is told from the
record itself. For the same reason nothing can be caught up. Source: `security-compliance` C3.

``trust_v2`` takes such a text's words too, once the record agrees with all the rest. What stands between a forger and a yes is then TLS, our
unguessable address and a nonce that is good once: whoever can change a webhook on its way could change what a phone said.
"""

import hmac
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from msgspec import Struct

from yesline.carriers import webhooks
from yesline.carriers.base import Answer, Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.outcomes import Meaning, fate_of, refused, table, taken
from yesline.errors import CarrierError, ConfigError, Refusal, TextRefused
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "auth_id": "Auth ID of the account or subaccount",
    "auth_tokens": "its Auth Token, which also signs webhooks; while it is being changed, the new one and then the old",
    "trust_v2": "take what V2 webhooks say once the record at Plivo agrees with everything but the words, which Plivo does not keep "
    "and V2 does not sign",
    "api": "address of the API",
}

_ID = re.compile(r"[0-9a-f-]{32,36}", re.IGNORECASE)
_LOOK_UP = 5.0
"""Seconds that a look-up may take, as Plivo waits for our answer meanwhile."""
_EMPTY = Answer("<Response></Response>", "application/xml")
"""Plivo takes what an inbound webhook answers for instructions: none."""

_BARRED: dict[str, Meaning] = {"403": ("country", True)}
"""What 403 means for a message: the account's geo permissions bar the destination. The API tells no codes."""

_LOST = table(
    {
        "invalid_number": "50 70",
        "unreachable": "80 420",
        "opted_out": "200",
        "blocked": "30 100",
        "country": "201",
        "sender": "40",
        "content": "10 110",
        "no_credit": "900",
        "credentials": "910",
        "carrier_down": "20",
        "carrier_error": "60 90 300 1000",
    }
)
_FATES: dict[str, Fate] = {"queued": "sent", "sent": "sent", "delivered": "delivered", "read": "delivered"}
_LOST_STATES = ("failed", "undelivered", "rejected")


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``[carriers.<name>]`` table of kind ``plivo``; the fields' meanings stand in ``MEANINGS``."""

    auth_id: str
    auth_tokens: tuple[str, ...]
    trust_v2: bool = False
    api: str = "https://api.plivo.com"


class _Message(Struct, frozen=True):
    """What a webhook and a record both tell of a message, numbers without plus."""

    source: str
    target: str
    inbound: bool


class PlivoCarrier:
    """Sends and reads texts of one account."""

    lists = False

    def __init__(self, name: str, account: Account) -> None:
        if not account.auth_id or not account.auth_tokens or not all(account.auth_tokens):
            raise ConfigError(f"carriers.{name}: set auth_id and auth_tokens, the latter as a list")
        self.name = name
        self._tokens = account.auth_tokens
        self._trust_v2 = account.trust_v2
        self._api = Api(account.api, basic=(account.auth_id, account.auth_tokens[0]))
        self._messages = f"/v1/Account/{account.auth_id}/Message/"

    async def send(self, text: Outgoing) -> str:
        """See Carrier."""
        message = {
            "src": text.sender,
            "dst": text.phone,
            "text": text.body,
            "type": "sms",
            "log": "true",
            "trackable": False,
            "method": "POST",
        }
        if text.receipts:
            message["url"] = self._sealed(text)
        said = await self._api.call("POST", self._messages, json=message)
        if not said.good:
            raise _refusal(said)
        return taken(said, said.at("message_uuid", 0))

    def _sealed(self, text: Outgoing) -> str:
        """The address for receipts. V2 does not sign its query, so a seal binds our reference to the phone texted."""
        url = webhooks.with_reference(text.receipts, text.reference)
        return f"{url}&seal={_seal(self._tokens[0], text.reference, _digits(text.phone))}"

    async def read(self, knock: Knock) -> Told:
        """See Carrier."""
        fields = webhooks.form(knock)
        query = webhooks.query(knock)
        nonce, whole = self._verified(knock, query, fields)
        if not _ID.fullmatch(fields.get("MessageUUID", "")):
            raise Refusal("bad_request", "MessageUUID is missing or no id.", 400)
        if "Status" in fields:
            return Told(delivered=await self._delivered(query, fields, whole))
        return Told(inbound=await self._inbound(fields, whole, nonce), answer=_EMPTY)

    def _verified(self, knock: Knock, query: dict[str, str], fields: dict[str, str]) -> tuple[str, bool]:
        """The nonce of a webhook found genuine, and whether its fields are signed too. A wrong V3 is not saved by a good V2."""
        whole = "x-plivo-signature-v3" in knock.headers
        name = "x-plivo-signature-v3" if whole else "x-plivo-signature-v2"
        nonce = webhooks.header(knock, f"{name}-nonce")
        signed = f"{_v3(knock.url, query, fields)}.{nonce}" if whole else webhooks.base_of(knock.url) + nonce
        good = [_signature(token, signed) for token in self._tokens]
        given = webhooks.header(knock, name).split(",") if whole else [webhooks.header(knock, name)]
        if not nonce or not any(webhooks.same_as_any(one, good) for one in given[:8]):
            raise webhooks.forged()
        return nonce, whole

    async def _inbound(self, fields: dict[str, str], whole: bool, nonce: str) -> tuple[Inbound, ...]:
        """A text; nothing where the sender is no phone or the kind has no text."""
        phone, own = webhooks.phone(fields.get("From", "")), webhooks.sender(fields.get("To", ""))
        if not phone or not own or "Text" not in fields:
            return ()
        record = {} if whole else await self._record(fields["MessageUUID"])
        if record and _told(record) != _Message(_digits(phone), _digits(own), inbound=True):
            raise webhooks.forged("Plivo's own record of this message differs.")
        at = webhooks.instant(str(record.get("message_time", "")))
        verified = whole or (self._trust_v2 and bool(record))
        return (Inbound(fields["MessageUUID"], phone, own, fields["Text"], at, verified=verified, nonce=nonce),)

    async def _delivered(self, query: dict[str, str], fields: dict[str, str], whole: bool) -> tuple[Delivered, ...]:
        """A receipt. What V2 does not sign is taken from the message's record."""
        target = _digits(fields.get("To", ""))
        reference = self._unsealed(query, target)
        state, code = fields["Status"], fields.get("ErrorCode", "")
        if not whole:
            record = await self._record(fields["MessageUUID"])
            if not record:
                raise Refusal("carrier_unreachable", "Plivo could not be asked about this unsigned receipt.", 503)
            if _told(record) != _Message(_digits(fields.get("From", "")), target, inbound=False):
                raise webhooks.forged("Plivo's own record of this message differs.")
            state, code = str(record.get("message_state")), str(record.get("error_code") or "")
        return _receipt(reference, fields["MessageUUID"], state.lower(), code)

    def _unsealed(self, query: dict[str, str], target: str) -> str:
        """Our reference, or nothing where the address names none. Raises Refusal where it is not sealed for that phone."""
        reference = query.get("text", "")
        good = (_seal(token, reference, target) for token in self._tokens)
        if reference and not webhooks.same_as_any(query.get("seal", ""), good):
            raise webhooks.forged("The address called is not one of ours.")
        return reference

    async def _record(self, message: str) -> dict[str, Any]:
        """Plivo's record of a message; empty where it cannot be had, or not yet."""
        try:
            said = await self._api.call("GET", f"{self._messages}{message}/", timeout=_LOOK_UP)
        except CarrierError:
            return {}
        known = said.good and isinstance(said.content, dict) and said.at("message_uuid") == message
        return dict(said.content) if known else {}

    async def missed(self, since: int) -> list[Inbound]:
        """Nothing: Plivo's records hold no text."""
        del since
        return []

    async def close(self) -> None:
        """See Carrier."""
        await self._api.close()


def _v3(url: str, query: dict[str, str], fields: dict[str, str]) -> str:
    """What V3 signs of a POST: the address with its query in order, then the fields in order, without marks."""
    pairs = "&".join(f"{name}={query[name]}" for name in sorted(query))
    mark = "." if pairs and fields else ""
    ask = "?" if pairs or fields else ""
    return webhooks.base_of(url) + ask + pairs + mark + "".join(name + fields[name] for name in sorted(fields))


def _signature(token: str, signed: str) -> str:
    return b64encode(hmac.digest(token.encode(), signed.encode("utf-8", "surrogateescape"), sha256)).decode()


def _seal(token: str, reference: str, target: str) -> str:
    """128 bits that only we can make, over our reference and the digits of the phone it was texted to."""
    return hmac.digest(token.encode(), f"receipt\n{reference}\n{target}".encode(), sha256).hex()[:32]


def _digits(number: object) -> str:
    return str(number).lstrip("+")


def _told(record: dict[str, Any]) -> _Message:
    source, target = _digits(record.get("from_number")), _digits(record.get("to_number"))
    return _Message(source, target, inbound=record.get("message_direction") == "inbound")


def _receipt(reference: str, message: str, state: str, code: str) -> tuple[Delivered, ...]:
    """Nothing for states that are of no interest here."""
    if state in _FATES:
        return (Delivered(reference, message, _FATES[state]),)
    if state not in _LOST_STATES:
        return ()
    reason: Reason = _LOST[code][0] if code in _LOST else "carrier_error"
    return (Delivered(reference, message, fate_of(reason), reason, code),)


def _refusal(said: Said) -> TextRefused:
    """The API says in words only what is wrong."""
    text = str(said.at("error"))
    poor: dict[str, Meaning] = {str(said.status): ("no_credit", False)} if "insufficient" in text.lower() else {}
    return refused(said, str(said.status), text, _BARRED | poor)
