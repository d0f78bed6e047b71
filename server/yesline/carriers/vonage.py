"""Vonage Messages API v1, channel SMS (and MMS, where a phone sends one).

Documents: https://developer.vonage.com/en/api/messages, .../en/messages/concepts/signed-webhooks,
.../en/getting-started/concepts/webhooks, .../en/api-errors/messages, .../en/api-errors.

Webhooks carry a JSON Web Token, HS256 with the account's signature secret, that holds the SHA-256 of the body: of the body as it
came, or as JSON without white space. What was signed is what is read. Vonage says that after faults of its own it may call
unsigned, and calls again, signed, when it is answered with a 5xx. Source: `security-compliance` C3.

The texts of an account can be listed by its Reports API alone. It is not known that its ids are the ``message_uuid`` of webhooks, and with
others a text that was told twice would count twice: no catching up.
"""

import hmac
import json
import re
import time
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Meta, Struct

from yesline.carriers import webhooks
from yesline.carriers.base import Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.outcomes import refused, table, taken
from yesline.errors import ConfigError, Refusal
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "api_key": "the account's API key; webhooks must be of this account",
    "api_secret": "the account's API secret, to send with; not needed with an application",
    "application_id": "id of the application to send with; webhooks must be of it",
    "private_key": "the application's private key, PEM",
    "signature_secrets": "the account's signature secret, which signs webhooks; several while one is being changed",
    "api": "base address of the API, for another region",
}

_TOKEN_LIFE = 900
_MOST_SECONDS = 1 << 40
_FATES: dict[str, Fate] = {
    "submitted": "sent", "delivered": "delivered", "read": "delivered", "rejected": "rejected", "undeliverable": "failed"
}  # fmt: skip

_CODES: dict[Reason, str] = {
    "invalid_number": "1040 1170 1190",
    "not_mobile": "1310",
    "unreachable": "1180 1220 1250 1260 1290 1360",
    "opted_out": "1240",
    "blocked": "1050 1210 1270 1280 1470",
    "unregistered": "1160",
    "sender": "1120 1420",
    "content": "1010 1020 1021 1022 1090 1130 1150 invalid-params invalid-json",
    "no_credit": "1070 low-balance",
    "credentials": "1060 1080 1110 1140 unauthorized forbidden invalid-api-key unprovisioned account-suspended "
    "jwt-expired jwt-revoked invalid-signature",
    "rate_limited": "1000 1241 1460 throttled",
    "carrier_down": "1030 1100 1230",
    "carrier_error": "1200 1320 1330",
}
_KNOWN = table(_CODES)


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A Vonage account, as ``[carriers.<name>]`` tells of it; see MEANINGS."""

    api_key: Annotated[str, Meta(min_length=1)]
    signature_secrets: Annotated[tuple[str, ...], Meta(min_length=1)]
    api_secret: str = ""
    application_id: str = ""
    private_key: str = ""
    api: str = "https://api.nexmo.com"


class _Claims(Struct, frozen=True):
    iat: int
    jti: Annotated[str, Meta(min_length=8, max_length=128)]
    api_key: str
    payload_hash: str
    application_id: str = ""
    exp: int = _MOST_SECONDS


class _Error(Struct, frozen=True):
    type: str = ""
    title: str | int = ""


class _Event(Struct, frozen=True, rename={"sender": "from"}):
    channel: str = ""
    message_uuid: Annotated[str, Meta(max_length=64)] = ""
    sender: Any = ""
    to: Any = ""
    text: Any = None
    message_type: str = ""
    image: Any = None
    video: Any = None
    timestamp: str = ""
    status: str = ""
    client_ref: str | None = None
    error: _Error | None = None


class VonageCarrier:
    """Texts through Vonage."""

    lists = False

    def __init__(self, name: str, account: Account) -> None:
        self.name = name
        self._account = account
        self._secrets = [secret for secret in account.signature_secrets if secret]
        self._key = _private_key(name, account)
        basic = None if self._key else (account.api_key, account.api_secret)
        self._api = Api(account.api, basic=basic, headers={"accept": "application/json"})

    async def send(self, text: Outgoing) -> str:
        """Send a text. Raises TextRefused, TextUncertain."""
        said = await self._api.call("POST", "/v1/messages", json=_fields(text), headers=self._authorization())
        if not said.good:
            raise refused(said, _code(said), str(said.at("detail") or said.at("title")), _KNOWN)
        return taken(said, said.at("message_uuid"))

    def _authorization(self) -> dict[str, str]:
        if self._key is None:
            return {}
        return {"authorization": f"Bearer {_token(self._key, self._account.application_id)}"}

    async def read(self, knock: Knock) -> Told:
        """What a webhook tells. Raises Refusal."""
        claims, payload = self._checked(knock)
        webhooks.expect_media(knock, "application/json")
        event = webhooks.json(msgspec.structs.replace(knock, body=payload), _Event)
        if not event.channel:
            raise _malformed("channel; set the application's webhooks to version v1")
        if event.channel not in {"sms", "mms"}:
            return Told()
        if event.status:
            return Told(delivered=(_receipt(event),))
        return Told(inbound=(_inbound(event, claims.jti),) if event.message_type else ())

    def _checked(self, knock: Knock) -> tuple[_Claims, bytes]:
        """The token's claims, and the body in the form that was signed."""
        scheme, _, token = webhooks.header(knock, "authorization").partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal(
                "signature_missing", "Vonage did not sign this: it will call again. Turn on signed webhooks.", 503
            )
        claims = self._claims(token.strip())
        payload = _signed_form(knock.body, claims.payload_hash)
        if payload is None or not self._ours(claims):
            raise webhooks.forged("The token is of another body, account or application.")
        if claims.exp <= knock.now // 1000:
            raise webhooks.stale()
        webhooks.check_fresh(claims.iat * 1000, knock.now)
        return claims, payload

    def _ours(self, claims: _Claims) -> bool:
        ours = self._account.application_id
        return claims.api_key == self._account.api_key and (not ours or claims.application_id in {"", ours})

    def _claims(self, token: str) -> _Claims:
        content, _, signature = token.rpartition(".")
        head, _, body = content.partition(".")
        signed = content.encode("utf-8", "surrogatepass")
        good = [_encoded(hmac.digest(secret.encode(), signed, "sha256")) for secret in self._secrets]
        if not webhooks.same_as_any(signature, good) or _decoded(head, dict).get("alg") != "HS256":
            raise webhooks.forged()
        claims: _Claims = _decoded(body, _Claims)
        return claims

    async def missed(self, since: int) -> list[Inbound]:
        """Nothing: it is not known that the Reports API lists texts under the ids that webhooks have."""
        del since
        return []

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


def _private_key(name: str, account: Account) -> RSAPrivateKey | None:
    if not account.application_id and not account.private_key and account.api_secret:
        return None
    try:
        key = load_pem_private_key(account.private_key.encode(), None)
    except (ValueError, TypeError) as error:
        key = None
        why = str(error)
    else:
        why = "it is no RSA key"
    if not isinstance(key, RSAPrivateKey) or not account.application_id:
        raise ConfigError(
            f"[carriers.{name}]: give api_secret, or application_id and private_key (PEM with its line breaks): {why}"
        )
    return key


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise webhooks.forged("The token is not well formed.") from error


def _token(key: RSAPrivateKey, application: str) -> str:
    """A token of the application to call with. Source: Vonage, "Generating JSON Web Tokens"."""
    now = int(time.time())
    claims = {"application_id": application, "iat": now, "jti": str(uuid.uuid4()), "exp": now + _TOKEN_LIFE}
    content = ".".join(_encoded(msgspec.json.encode(part)) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    return f"{content}.{_encoded(key.sign(content.encode(), PKCS1v15(), SHA256()))}"


def _signed_form(body: bytes, digest: str) -> bytes | None:
    forms = (body, _compact(body))
    return next((form for form in forms if webhooks.same(digest.lower(), sha256(form).hexdigest())), None)


def _compact(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body


def _fields(text: Outgoing) -> dict[str, str]:
    fields = {
        "to": text.phone.removeprefix("+"), "from": text.sender.removeprefix("+"), "channel": "sms",
        "message_type": "text", "text": text.body, "client_ref": text.reference,
    }  # fmt: skip
    return fields | ({"webhook_url": text.receipts, "webhook_version": "v1"} if text.receipts else {})


def _code(said: Said) -> str:
    return _code_of(str(said.at("type")), said.at("title"))


def _code_of(kind: str, title: object) -> str:
    """The word after the # of the error's address, or its title where that is the number."""
    return kind.rpartition("#")[2] if "#" in kind else str(title) if re.fullmatch(r"[0-9]+", str(title)) else ""


def _malformed(what: str) -> Refusal:
    return Refusal("bad_request", f"The event lacks {what}.", 400)


def _inbound(event: _Event, nonce: str) -> Inbound:
    phone, sender = webhooks.phone(str(event.sender)), webhooks.sender(str(event.to))
    if not phone or not sender or not event.message_uuid:
        raise _malformed("a phone number in from or to, or message_uuid")
    return Inbound(event.message_uuid, phone, sender, _words(event), webhooks.instant(event.timestamp), nonce=nonce)


def _words(event: _Event) -> str:
    """What was written: the text, or the caption of a picture or film."""
    captions = [media.get("caption") for media in (event.image, event.video) if isinstance(media, dict)]
    return next((words for words in (event.text, *captions) if isinstance(words, str)), "")


def _receipt(event: _Event) -> Delivered:
    if not event.message_uuid:
        raise _malformed("message_uuid")
    fate = _FATES.get(event.status, "unknown")
    code = _code_of(event.error.type, event.error.title) if event.error else ""
    lost = fate in {"failed", "rejected"}
    reason = _KNOWN.get(code, ("carrier_error", True))[0] if lost else ""
    at = webhooks.instant(event.timestamp)
    return Delivered(event.client_ref or "", event.message_uuid, fate, reason, code if lost else "", at)
