"""AWS's network: End User Messaging SMS, and SNS topics whose notices are signed with a key and a certificate made here."""

import json
import secrets
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from tests.carriers.driving import with_header
from tests.carriers.network import Network, Reply, Request, Sent, Webhook

REGION = "us-east-1"
HOST = f"https://sns.{REGION}.amazonaws.com"
_EVENTS = {"delivered": ("TEXT_DELIVERED", "DELIVERED"), "failed": ("TEXT_UNREACHABLE", "UNREACHABLE")}
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_OF_SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_AUTHORITY = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Server CA")])


class AwsNetwork:
    """See Network. ``opted_out`` are the numbers on AWS's own list: it is told when a text is sent to one, not by a receipt."""

    kind = "aws"
    sender = "+12025550100"

    def __init__(self) -> None:
        self.access_key = "AKIA" + secrets.token_hex(8).upper()
        self.secret_key = secrets.token_urlsafe(30)
        self.topic = f"arn:aws:sns:{REGION}:123456789012:texts"
        self.key = rsa_key("own")
        self.certificate_path = f"/SimpleNotificationService-{secrets.token_hex(16)}.pem"
        self.certificate = certificate(self.key, days=(-4000, 300))
        self.opted_out: set[str] = set()
        self.confirmed: list[str] = []

    def settings(self, api: str) -> Mapping[str, Any]:
        """See Network."""
        keys = {"region": REGION, "access_key": self.access_key, "secret_key": self.secret_key}
        return keys | {"topics": [self.topic], "api": api, "sns": api, "certificates": api}

    def answer(self, request: Request) -> Reply:
        """See Network."""
        if request.method == "GET":
            known = request.target == self.certificate_path
            return Reply(200, self.certificate) if known else Reply(404, "no such key")
        if f"Credential={self.access_key}/" not in request.headers.get("authorization", ""):
            return refused(400, "UnrecognizedClientException", "The security token included in the request is invalid.")
        if request.headers.get("x-amz-target") == "PinpointSMSVoiceV2.SendTextMessage":
            return self._taken(request)
        return self._confirmed(request)

    def _taken(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        if asked["DestinationPhoneNumber"] in self.opted_out:
            return refused(400, "ConflictException", "opted out", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
        return Reply(
            200, {"MessageId": message_id(asked["Context"]["text"])}, {"content-type": "application/x-amz-json-1.0"}
        )

    def _confirmed(self, request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if (asked["Action"], asked["TopicArn"]) != ("ConfirmSubscription", self.topic):
            return Reply(400, b"<ErrorResponse/>", {"content-type": "text/xml"})
        self.confirmed.append(asked["Token"])
        arn = f"<SubscriptionArn>{self.topic}:{uuid.uuid4()}</SubscriptionArn>"
        result = f"<ConfirmSubscriptionResult>{arn}</ConfirmSubscriptionResult>"
        body = f'<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{result}</ConfirmSubscriptionResponse>'
        return Reply(200, body.encode(), {"content-type": "text/xml"})

    def sent(self, request: Request) -> Sent | None:
        """See Network."""
        if request.headers.get("x-amz-target") != "PinpointSMSVoiceV2.SendTextMessage":
            return None
        asked = json.loads(request.body)
        reference = asked["Context"]["text"]
        return Sent(
            reference,
            asked["DestinationPhoneNumber"],
            asked["OriginationIdentity"],
            asked["MessageBody"],
            message_id(reference),
        )

    def inbound(self, url: str, *, id: str, phone: str, text: str, at: int) -> Webhook:  # noqa: A002
        """See Network. ``at`` is the time of the notice."""
        message = {
            "originationNumber": phone,
            "destinationNumber": self.sender,
            "messageKeyword": "KEYWORD_123456789012",
            "messageBody": text,
            "inboundMessageId": id,
            "previousPublishedMessageId": str(uuid.uuid4()),
        }
        return self.told(url, message, Timestamp=iso(at))

    def receipt(self, url: str, sent: Sent, fate: str, at: int) -> Webhook:
        """See Network. Raises LookupError for ``opted_out``: see ``opted_out``."""
        return self.report(url, sent, *_EVENTS[fate], at)

    def report(self, url: str, sent: Sent, event: str, status: str, at: int) -> Webhook:
        """A genuine event of any type."""
        message = {
            "eventType": event,
            "eventVersion": "1.0",
            "eventTimestamp": at,
            "isFinal": True,
            "originationPhoneNumber": self.sender,
            "destinationPhoneNumber": sent.phone,
            "isoCountryCode": "US",
            "messageId": sent.vendor_id,
            "messageType": "TRANSACTIONAL",
            "messageStatus": status,
            "messageStatusDescription": "-",
            "context": {"text": sent.reference},
            "totalMessageParts": 1,
            "totalMessagePrice": 0.00581,
        }
        return self.told(url, message, Timestamp=iso(at))

    def told(self, url: str, message: object, **fields: str) -> Webhook:
        """A genuine notice of a message, given as text or as what becomes JSON."""
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        return self.notice(url, {"Type": "Notification", "Message": text} | fields)

    def subscription(self, url: str, kind: str = "SubscriptionConfirmation", **fields: str) -> Webhook:
        """A genuine request to confirm a subscription, or word that one was ended."""
        token = secrets.token_hex(96)
        link = f"{HOST}/?Action=ConfirmSubscription&TopicArn={self.topic}&Token={token}"
        made = {"Type": kind, "Message": "You have chosen to subscribe.", "Token": token, "SubscribeURL": link}
        return self.notice(url, made | fields)

    def notice(self, url: str, fields: Mapping[str, str], key: rsa.RSAPrivateKey | None = None) -> Webhook:
        """Anything, in SNS's envelope. A field given as empty is left out."""
        made = {
            "MessageId": str(uuid.uuid4()),
            "TopicArn": self.topic,
            "Timestamp": iso(now()),
            "SignatureVersion": "2",
            "SigningCertURL": f"{HOST}{self.certificate_path}",
        }
        made = {name: value for name, value in (made | dict(fields)).items() if value}
        made.setdefault("Signature", signature(made, key or self.key))
        headers = {
            "content-type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": made["Type"],
            "x-amz-sns-message-id": made.get("MessageId", ""),
            "x-amz-sns-topic-arn": made.get("TopicArn", ""),
        }
        return Webhook(url, headers, json.dumps(made, ensure_ascii=False).encode())

    def forgeries(self, genuine: Webhook, now: int) -> Iterator[tuple[str, Webhook, int]]:
        """See Network. SNS signs neither address nor headers, of which nothing is read; bits that break the JSON get 400."""
        fields: dict[str, str] = json.loads(genuine.body)
        for place in (0, len(genuine.body) - 1):
            yield f"bit of byte {place}", replace(genuine, body=_flipped(genuine.body, place)), 400
        words = genuine.body.index(b'Message": "') + 20
        yield "bit of the message", replace(genuine, body=_flipped(genuine.body, words)), 403
        for name in ("Message", "MessageId", "Timestamp", "Type", "TopicArn", "Signature"):
            yield f"{name} altered", _with(genuine, fields | {name: _altered(name, fields[name])}), 403
        for what, other in self._wrong(fields, now):
            yield what, _with(genuine, other), 403
        without = {name: value for name, value in fields.items() if name != "Signature"}
        yield "signature missing", _with(genuine, without), 403
        yield "signature in other bytes", _with(genuine, fields | {"Signature": "\xe9" + fields["Signature"][1:]}), 403
        twice = genuine.body.replace(b"{", b'{"Signature": "AAAA", ', 1)
        yield "a field given twice, the last one true", replace(genuine, body=twice), 400
        last = genuine.body[:-1] + b', "Message": "{}"}'
        yield "a field given twice, the first one true", replace(genuine, body=last), 400
        yield "raw delivery", with_header(genuine, "x-amz-sns-rawdelivery", "true"), 403
        raw = replace(genuine, body=fields["Message"].encode())
        yield "raw delivery that does not say so", raw, 400
        yield "a form", with_header(genuine, "content-type", "application/x-www-form-urlencoded"), 415

    def _wrong(self, fields: Mapping[str, str], now: int) -> Iterator[tuple[str, dict[str, str]]]:
        """Notices that are not to be taken though their signature is right in itself."""
        yield "version 1", self._signed(fields, SignatureVersion="1")
        yield "version 1 as it is made", self._signed(fields, made_with=SHA1(), SignatureVersion="1")  # noqa: S303
        yield "SHA-1 called version 2", self._signed(fields, made_with=SHA1())  # noqa: S303
        yield "another key", self._signed(fields, key=rsa_key("other"))
        yield "another topic", self._signed(fields, TopicArn=f"{self.topic}-of-others")
        yield "an account's topic of the same name", self._signed(fields, TopicArn=self.topic.replace("1234", "9234"))
        yield "stale", self._signed(fields, Timestamp=iso(now - 3_602_000))
        yield "from the future", self._signed(fields, Timestamp=iso(now + 3_660_000))
        for place in WRONG_PLACES:
            yield f"certificate at {place}", dict(fields) | {"SigningCertURL": place}

    def _signed(
        self,
        fields: Mapping[str, str],
        key: rsa.RSAPrivateKey | None = None,
        made_with: HashAlgorithm | None = None,
        **changed: str,
    ) -> dict[str, str]:
        made = {name: value for name, value in (dict(fields) | changed).items() if name != "Signature"}
        return made | {"Signature": signature(made, key or self.key, made_with or SHA256())}


_PEM = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
WRONG_PLACES = (
    f"http://sns.{REGION}.amazonaws.com{_PEM}",
    f"https://sns.{REGION}.amazonaws.com.evil.example{_PEM}",
    f"https://evil.example/sns.{REGION}.amazonaws.com{_PEM}",
    f"https://sns.{REGION}.amazonaws.com@evil.example{_PEM}",
    f"https://evil.example#sns.{REGION}.amazonaws.com{_PEM}",
    f"https://sns.{REGION}.amazonaws.com:8443{_PEM}",
    f"https://sns.{REGION}xamazonaws.com{_PEM}",
    f"https://notsns.{REGION}.amazonaws.com{_PEM}",
    f"https://sns.{REGION}.s3.amazonaws.com{_PEM}",
    f"https://bucket.s3.amazonaws.com{_PEM}",
    f"https://sns.eu-west-1.amazonaws.com{_PEM}",
    f"https://sns.{REGION}.amazonaws.com.cn{_PEM}",
    f"https://sns.{REGION}.amazonaws.com/other/..{_PEM}",
    f"https://sns.{REGION}.amazonaws.com{_PEM}?x=.pem",
    f"https://sns.{REGION}.amazonaws.com{_PEM}\n",
    f"https://sns.{REGION}.amazonaws.com/evil.pem",
    f"HTTPS://SNS.{REGION}.AMAZONAWS.COM{_PEM}",
    "",
)
"""Addresses that look like SNS's to a careless eye, and are not where its certificates are."""


def signature(fields: Mapping[str, str], key: rsa.RSAPrivateKey, made_with: HashAlgorithm | None = None) -> str:
    """Source: SNS developer guide, "Verifying the signature of a message": names and values of some fields, in a line each."""
    names = _SIGNED_OF_SUBSCRIPTION if fields["Type"].endswith("Confirmation") else _SIGNED
    lines = [line for name in names if name in fields for line in (name, fields[name])]
    signed = "\n".join([*lines, ""]).encode()
    return b64encode(key.sign(signed, PKCS1v15(), made_with or SHA256())).decode()


@cache
def rsa_key(which: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key for each name, made once."""
    assert which
    return rsa.generate_private_key(65537, bits)


def certificate(
    key: Any,
    common: str = "sns.amazonaws.com",
    names: tuple[str, ...] = ("sns.amazonaws.com",),
    days: tuple[int, int] = (-30, 300),
) -> bytes:
    """A certificate by an authority of our own, valid from and to some days from now, as PEM."""
    today = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]))
        .issuer_name(_AUTHORITY)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=days[0]))
        .not_valid_after(today + timedelta(days=days[1]))
    )  # fmt: skip
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(rsa_key("authority"), SHA256()).public_bytes(Encoding.PEM)


def _with(webhook: Webhook, fields: Mapping[str, str]) -> Webhook:
    return replace(webhook, body=json.dumps(fields, ensure_ascii=False).encode())


def _altered(name: str, value: str) -> str:
    if name == "Type":
        return "UnsubscribeConfirmation"
    if name == "Signature":  # a character whose bits are not all used
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        at = len(value.rstrip("=")) - 1
        return value[:at] + letters[letters.index(value[at]) ^ 1] + value[at + 1 :]
    place = next(at for at in range(len(value) - 1, -1, -1) if value[at].isdigit() or at == 0)
    changed = str((int(value[place]) + 1) % 10) if value[place].isdigit() else " "
    return value[:place] + changed + value[place + 1 :]


def _flipped(body: bytes, place: int) -> bytes:
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def refused(status: int, exception: str, message: str, reason: str = "") -> Reply:
    """An exception of the API."""
    body = {"__type": exception, "Message": message} | ({"Reason": reason} if reason else {})
    return Reply(status, body, {"content-type": "application/x-amz-json-1.0", "x-amzn-errortype": exception})


def message_id(reference: str) -> str:
    """An id as AWS would make one, the same for the same text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, reference))


def now() -> int:
    """The time in milliseconds."""
    return time.time_ns() // 1_000_000


def iso(at: int) -> str:
    """A time as SNS writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make() -> Network:
    """A new account."""
    return AwsNetwork()
