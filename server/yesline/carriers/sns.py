"""Notices of Amazon SNS: which are genuine, and what they tell.

Documents: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html. Source: `security-compliance` C3.1.

How the key is trusted: the certificate is taken from SNS's own host by https, whose chain is checked against this machine's authorities
then and there. SNS serves the certificate alone, without those between it and a root, so that its own chain cannot be checked without asking
yet another server; its dates, its names and its key are.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx2
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from msgspec import Meta, Struct, field

from yesline.carriers import webhooks
from yesline.carriers.base import Knock
from yesline.errors import Refusal

Fetch = Callable[[str], Awaitable[bytes]]
"""Gets a certificate from its address. Raises OSError where it cannot be had for now, LookupError where there is none."""

TOPIC = re.compile(
    r"arn:aws(?:-cn|-us-gov)?:sns:([a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?"
)
_CERTIFICATE = re.compile(
    r"https://sns\.([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[0-9A-Za-z]{8,64}\.pem"
)
_MOST_BYTES = 65_536
_MOST_CERTIFICATES = 16
_LEAST_BITS = 2048
_FRESH = 3_600_000
"""SNS tries again for up to an hour, with the time of the first attempt."""

_Line = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f]*\Z", max_length=2048)]
"""Text in one line. The fields are signed as a join of lines, so that a line break would let one be moved into the next."""


class Notice(Struct, frozen=True, rename="pascal"):
    """The JSON that SNS sends. What is not signed for a type is of no meaning in it."""

    type: Annotated[str, Meta(pattern=r"\A[A-Za-z]{1,64}\Z")]
    message_id: Annotated[str, Meta(pattern=r"\A[0-9a-f-]{36}\Z")]
    topic_arn: str
    message: str
    timestamp: Annotated[str, Meta(pattern=r"\A[0-9-]{10}T[0-9:]{8}(?:\.[0-9]{1,6})?Z\Z")]
    signature: str = ""
    signature_version: str = ""
    cert: str = field(name="SigningCertURL", default="")
    subject: _Line | None = None
    token: _Line | None = None
    subscribe: _Line | None = field(name="SubscribeURL", default=None)

    @property
    def at(self) -> int:
        """When it was published, in milliseconds."""
        return webhooks.instant(self.timestamp)

    def signed(self) -> bytes:
        """What the signature is made over."""
        fields = (
            ("Message", self.message),
            ("MessageId", self.message_id),
            *((("SubscribeURL", self.subscribe),) if self._of_subscription else (("Subject", self.subject),)),
            ("Timestamp", self.timestamp),
            *((("Token", self.token),) if self._of_subscription else ()),
            ("TopicArn", self.topic_arn),
            ("Type", self.type),
        )
        return "".join(f"{name}\n{value}\n" for name, value in fields if value is not None).encode()

    @property
    def _of_subscription(self) -> bool:
        return self.type in ("SubscriptionConfirmation", "UnsubscribeConfirmation")


class Notices:
    """Checks notices of certain topics, and remembers the certificates they are signed with."""

    def __init__(self, topics: tuple[str, ...], fetch: Fetch) -> None:
        self._topics = topics
        self._fetch = fetch
        self._certificates: dict[str, x509.Certificate] = {}

    async def read(self, knock: Knock) -> Notice:
        """A notice found genuine.

        Raises Refusal: 403 ``signature_wrong`` or ``webhook_stale``, 400 or 415 for what is no notice, 503 ``certificate_missing``
        where the certificate cannot be had for now.
        """
        if webhooks.header(knock, "x-amz-sns-rawdelivery").lower() == "true":
            raise webhooks.forged("Raw delivery is not signed: switch it off for this subscription.")
        webhooks.expect_media(knock, "text/plain", "application/json")
        notice = webhooks.convert(_envelope(knock.body), Notice)
        region = TOPIC.fullmatch(notice.topic_arn)
        if notice.topic_arn not in self._topics or not region:
            raise webhooks.forged("The topic is not one of those in the settings.")
        if notice.signature_version != "2":
            raise webhooks.forged("Set the topic's attribute SignatureVersion to 2: version 1 is made with SHA-1.")
        _check_signature(notice, await self._key(notice.cert, region[1], knock.now))
        if abs(knock.now - notice.at) > _FRESH:
            raise Refusal(
                "webhook_stale", "The signed time is not within an hour of ours: check this server's clock.", 403
            )
        return notice

    async def _key(self, url: str, region: str, now: int) -> RSAPublicKey:
        """The key of a certificate of the topic's own region."""
        place = _CERTIFICATE.fullmatch(url)
        if not place or place[1] != region or (".com.cn/" in url) != region.startswith("cn-"):
            raise webhooks.forged("The certificate is not at SNS's own address.")
        certificate = self._certificates.get(url) or await self._fetched(url)
        key = trusted_key(certificate, region, now)
        while len(self._certificates) >= _MOST_CERTIFICATES:
            self._certificates.pop(next(iter(self._certificates)))
        self._certificates[url] = certificate
        return key

    async def _fetched(self, url: str) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(await self._fetch(url))
        except OSError as error:
            raise Refusal("certificate_missing", f"{url} cannot be had: {error}", 503) from error
        except (LookupError, ValueError) as error:
            raise webhooks.forged("There is no certificate at that address.") from error


def _envelope(body: bytes) -> dict[str, Any]:
    """The fields of the JSON, each once: its bytes are not what is signed, so that another reader could take another of two values."""
    try:
        pairs = json.loads(body, object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise Refusal("bad_request", f"The body is no notice of SNS: {error}", 400) from error
    fields = dict(pairs) if isinstance(pairs, tuple) else {}
    if not isinstance(pairs, tuple) or len(fields) < len(pairs):
        raise Refusal("bad_request", "The body is no JSON object with each field once.", 400)
    return fields


def trusted_key(certificate: x509.Certificate, region: str, now: int) -> RSAPublicKey:
    """The key of a certificate that is valid now and made out to SNS in this region. Raises Refusal."""
    at = datetime.fromtimestamp(now / 1000, UTC)
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise webhooks.forged("The certificate is not valid now.")
    if not _names(certificate) & _issued_to(region):
        raise webhooks.forged("The certificate is not made out to SNS.")
    key = None
    with suppress(ValueError, UnsupportedAlgorithm):  # a kind of key that the library does not know
        key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise webhooks.forged("The certificate's key is no RSA key of at least 2048 bits.")
    return key


def _issued_to(region: str) -> frozenset[str]:
    """The names SNS's certificates bear, as in the AWS SDK for Java, ``SnsHostProvider``."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    names = {"sns.amazonaws.com", f"sns.{region}.{suffix}", f"sns-signing.{region}.{suffix}", f"sns-{region}.{suffix}"}
    return frozenset(names | ({"sns-us-gov-west-1.amazonaws.com"} if region.startswith("us-gov-") else set()))


def _names(certificate: x509.Certificate) -> frozenset[str]:
    """The alternative names, or the common name where there are none (RFC 6125, 6.4.4)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return frozenset(found.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return frozenset(str(name.value) for name in common)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return frozenset()


def _check_signature(notice: Notice, key: RSAPublicKey) -> None:
    """Raises Refusal. The signature's text must be the only one of its bytes, so that none other than the one sent passes."""
    try:
        signature = b64decode(notice.signature, validate=True)
        if b64encode(signature).decode() != notice.signature:
            raise webhooks.forged()
        key.verify(signature, notice.signed(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError) as error:
        raise webhooks.forged() from error


async def fetch(url: str) -> bytes:
    """Get a certificate, without following anybody elsewhere. See Fetch."""
    try:
        async with (
            httpx2.AsyncClient(timeout=5, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url) as response,
        ):
            return await _taken(response)
    except httpx2.HTTPError as error:
        raise OSError(repr(error)) from error


async def _taken(response: httpx2.Response) -> bytes:
    if response.status_code >= 500 or response.status_code == 429:
        raise OSError(f"answered {response.status_code}")
    if response.status_code != 200:
        raise LookupError(f"answered {response.status_code}")
    taken = b""
    async for chunk in response.aiter_bytes():
        taken += chunk
        if len(taken) > _MOST_BYTES:
            raise LookupError("too long for a certificate")
    return taken
