"""AWS End User Messaging SMS (API "Pinpoint SMS Voice V2"), whose texts and receipts come through SNS topics.

Documents: https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html,
https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html,
https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html,
https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html.

To be set up there: a topic for incoming texts, one for the events of the configuration set, SignatureVersion 2 on both, each subscribed
by https to this carrier's address, raw delivery off. There is no list of received texts to ask for, so a dead-letter queue on the
subscription keeps what could not be delivered.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Meta, Struct

from yesline.carriers import sns, webhooks
from yesline.carriers.base import Delivered, Fate, Inbound, Knock, Outgoing, Told
from yesline.carriers.http import Api, Said
from yesline.carriers.outcomes import Meaning, refused, taken
from yesline.carriers.sigv4 import Signer
from yesline.errors import CarrierError, ConfigError, Refusal, TextRefused
from yesline.records import Reason

MEANINGS: dict[str, str] = {
    "region": "region of the numbers, such as us-east-1",
    "access_key": "id of the access key of a user that may send texts and confirm subscriptions of the topics",
    "secret_key": "the secret of that key",
    "topics": "ARNs of the SNS topics that may tell texts and events",
    "configuration_set": "configuration set that sends events to one of the topics",
    "message_type": "TRANSACTIONAL or PROMOTIONAL, as the numbers are registered",
    "api": "address of the API; empty: the region's own",
    "sns": "address of the SNS API; empty: that of the topic's region",
    "certificates": "address on this machine that stands in for SNS's certificates, for tests without AWS; no other is taken",
}

_TEXT: dict[str, str] = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "PinpointSMSVoiceV2.SendTextMessage",
}
_FORM: dict[str, str] = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}

_REFUSED: dict[str, Meaning] = {
    "AccessDeniedException": ("credentials", False),
    "ACCOUNT_DISABLED": ("credentials", False),
    "INSUFFICIENT_ACCOUNT_REPUTATION": ("credentials", False),
    "UnrecognizedClientException": ("credentials", False),
    "InvalidSignatureException": ("credentials", False),
    "ExpiredTokenException": ("credentials", False),
    "MissingAuthenticationTokenException": ("credentials", False),
    "ThrottlingException": ("rate_limited", False),
    "DAILY_DESTINATION_CALL_LIMIT": ("rate_limited", False),
    "ServiceQuotaExceededException": ("rate_limited", False),
    "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": ("no_credit", False),
    "PRICE_OVER_THRESHOLD": ("no_credit", True),
    "DESTINATION_PHONE_NUMBER_OPTED_OUT": ("opted_out", True),
    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED": ("unregistered", True),
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": ("blocked", True),
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": ("country", True),
    "DESTINATION_COUNTRY_BLOCKED": ("country", True),
    "COUNTRY_NOT_ENABLED": ("country", True),
    "INTERNATIONAL_SENDING_NOT_SUPPORTED": ("country", True),
    "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": ("sender", True),
    "NO_ORIGINATION_IDENTITIES_FOUND": ("sender", True),
    "ResourceNotFoundException": ("sender", True),
    "RESOURCE_NOT_ACTIVE": ("sender", True),
    "RESOURCE_NOT_ACCESSIBLE": ("sender", True),
    "SENDER_ID_NOT_SUPPORTED": ("sender", True),
    "MESSAGE_TYPE_MISMATCH": ("sender", True),
    "NUMBER_CAPABILITIES_MISMATCH": ("sender", True),
    "SENDER_ID_NOT_REGISTERED": ("unregistered", True),
    "SENDER_ID_REQUIRES_REGISTRATION": ("unregistered", True),
    "REGISTRATION_NOT_COMPLETE": ("unregistered", True),
    "CANNOT_PARSE": ("content", True),
    "MAXIMUM_SIZE_EXCEEDED": ("content", True),
    "ConflictException": ("carrier_error", True),
}
"""Reasons of the API's exceptions, and the exceptions for those without."""

_FATES: dict[str, tuple[Fate, Reason | Literal[""]]] = {
    "TEXT_QUEUED": ("sent", ""),
    "TEXT_PENDING": ("sent", ""),
    "TEXT_SENT": ("sent", ""),
    "TEXT_SUCCESSFUL": ("sent", ""),
    "TEXT_DELIVERED": ("delivered", ""),
    "TEXT_UNKNOWN": ("unknown", ""),
    "TEXT_INVALID": ("failed", "invalid_number"),
    "TEXT_UNREACHABLE": ("failed", "unreachable"),
    "TEXT_TTL_EXPIRED": ("failed", "unreachable"),
    "TEXT_CARRIER_UNREACHABLE": ("failed", "carrier_down"),
    "TEXT_INVALID_MESSAGE": ("rejected", "content"),
    "TEXT_BLOCKED": ("rejected", "blocked"),
    "TEXT_CARRIER_BLOCKED": ("rejected", "blocked"),
    "TEXT_SPAM": ("rejected", "blocked"),
    "TEXT_PROTECT_BLOCKED": ("rejected", "country"),
}
"""Events. SUCCESSFUL says that the network took the text, which for some countries is the last that is heard of it."""

_Id = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z._/+=-]{1,128}\Z")]
_Region = Annotated[str, Meta(pattern=r"\A[a-z]{2}(-[a-z]+)+-[0-9]\Z")]


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``[carriers.<name>]`` table of kind ``aws``; the fields' meanings stand in ``MEANINGS``."""

    region: _Region
    access_key: str
    secret_key: str
    topics: tuple[str, ...]
    configuration_set: str = ""
    message_type: Literal["TRANSACTIONAL", "PROMOTIONAL"] = "TRANSACTIONAL"
    api: str = ""
    sns: str = ""
    certificates: str = ""


class _Incoming(Struct, rename="camel"):
    inbound_message_id: _Id
    origination_number: str
    destination_number: str
    message_body: str = ""


class _Event(Struct, rename="camel"):
    event_type: str
    message_id: _Id
    event_timestamp: int = 0
    message_status: str = ""
    context: dict[str, str] | None = None


class AwsCarrier:
    """Sends and reads texts of one account and region."""

    lists = False

    def __init__(self, name: str, account: Account, fetch: sns.Fetch = sns.fetch) -> None:
        _check(name, account)
        self.name = name
        self._account = account
        self._signer = Signer(account.access_key, account.secret_key, account.region)
        self._api = Api(account.api or _address("sms-voice", account.region))
        self._notices = sns.Notices(account.topics, _instead(account.certificates, fetch))

    async def send(self, text: Outgoing) -> str:
        """See Carrier. ``receipts`` is not used: events go to the topic of the configuration set."""
        body = msgspec.json.encode(self._message(text))
        said = await self._called(self._signer, "sms-voice", f"{self._api.base}/", _TEXT, body)
        if not said.good:
            raise _refusal(said)
        return taken(said, said.at("MessageId"))

    def _message(self, text: Outgoing) -> dict[str, Any]:
        message: dict[str, Any] = {
            "DestinationPhoneNumber": text.phone,
            "OriginationIdentity": text.sender,
            "MessageBody": text.body,
            "MessageType": self._account.message_type,
            "Context": {"text": text.reference},
        }
        configured = self._account.configuration_set
        return message | ({"ConfigurationSetName": configured} if configured else {})

    async def _called(self, signer: Signer, service: str, url: str, headers: Mapping[str, str], body: bytes) -> Said:
        signed = signer.sign(service, "POST", url, headers, body, at=datetime.now(UTC))
        return await self._api.call("POST", url, headers=signed, content=body)

    async def read(self, knock: Knock) -> Told:
        """See Carrier. A subscription to a listed topic is confirmed here."""
        notice = await self._notices.read(knock)
        if notice.type == "SubscriptionConfirmation":
            await self._confirm(notice)
        return _told(notice) if notice.type == "Notification" else Told()

    async def _confirm(self, notice: sns.Notice) -> None:
        """Confirm by a signed call with the token: the address in the notice is never opened. Raises Refusal, so that SNS asks again."""
        region = notice.topic_arn.split(":")[3]
        url = f"{self._account.sns.rstrip('/') or _address('sns', region)}/"
        asked = {"Action": "ConfirmSubscription", "Version": "2010-03-31", "TopicArn": notice.topic_arn}
        body = urlencode(asked | {"Token": notice.token or "", "AuthenticateOnUnsubscribe": "true"}).encode()
        signer = msgspec.structs.replace(self._signer, region=region)
        try:
            said = await self._called(signer, "sns", url, _FORM, body)
        except CarrierError as error:
            raise _unconfirmed(str(error)) from error
        if not said.good:
            raise _unconfirmed(f"SNS answered {said.status}")

    async def missed(self, since: int) -> list[Inbound]:
        """Nothing: see Carrier.lists."""
        del since
        return []

    async def close(self) -> None:
        """See Carrier."""
        await self._api.close()


def _check(name: str, account: Account) -> None:
    if not account.topics or not all(sns.TOPIC.fullmatch(topic) for topic in account.topics):
        raise ConfigError(f"carriers.{name}: topics are ARNs such as arn:aws:sns:us-east-1:123456789012:texts")
    if account.certificates and not _on_loopback(account.certificates):
        raise ConfigError(
            f"carriers.{name}: certificates may only be http://127.0.0.1 or http://[::1], for tests: leave it out"
        )


def _on_loopback(address: str) -> bool:
    """Whether an address is one of this machine's own, by number: a name could come to mean another."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _instead(certificates: str, fetch: sns.Fetch) -> sns.Fetch:
    """Fetching from another address, under the same path."""
    if not certificates:
        return fetch
    return lambda url: fetch(certificates.rstrip("/") + urlsplit(url).path)


def _address(service: str, region: str) -> str:
    return f"https://{service}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _told(notice: sns.Notice) -> Told:
    try:
        message = msgspec.json.decode(notice.message, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return Told()
    if "inboundMessageId" in message:
        return Told(inbound=_inbound(webhooks.convert(message, _Incoming), notice.at))
    if str(message.get("eventType", "")) in _FATES:
        return Told(delivered=_delivered(webhooks.convert(message, _Event)))
    return Told()


def _inbound(text: _Incoming, at: int) -> tuple[Inbound, ...]:
    """AWS tells no time of its own for a text: that of the notice stands for it. Nothing for a sender that is no phone."""
    phone = webhooks.phone(text.origination_number)
    if not phone:
        return ()
    return (Inbound(text.inbound_message_id, phone, webhooks.sender(text.destination_number), text.message_body, at),)


def _delivered(event: _Event) -> tuple[Delivered, ...]:
    fate, reason = _FATES[event.event_type]
    reference = (event.context or {}).get("text", "")
    code = event.message_status or event.event_type
    return (Delivered(reference, event.message_id, fate, reason, code if reason else "", event.event_timestamp),)


def _refusal(said: Said) -> TextRefused:
    exception = str(said.at("__type")).rpartition("#")[2]
    reason = str(said.at("Reason"))
    known = {reason: _REFUSED[exception]} if reason not in _REFUSED and exception in _REFUSED else {}
    return refused(said, reason or exception, str(said.at("Message") or said.at("message")), _REFUSED | known)


def _unconfirmed(why: str) -> Refusal:
    return Refusal(
        "subscription_unconfirmed", f"The subscription could not be confirmed: {why}. SNS will ask again.", 503
    )
