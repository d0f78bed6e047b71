"""Signing of calls to AWS, Signature Version 4.

Document: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit

from msgspec import Struct

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Signer(Struct, frozen=True):
    """Whose key signs, for which region."""

    access_key: str
    secret_key: str
    region: str

    def sign(
        self, service: str, method: str, url: str, headers: Mapping[str, str], body: bytes, *, at: datetime
    ) -> dict[str, str]:
        """The headers to send: those given, all of which are signed with the host, the time and the signature."""
        time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        sent = {name.lower(): value for name, value in headers.items()} | {"x-amz-date": time}
        signed = _canonical(sent | {"host": _host(url)})
        names = ";".join(signed)
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        canonical = "\n".join((method, _path(url), _query(url), lines, names, sha256(body).hexdigest()))
        scope = f"{time[:8]}/{self.region}/{service}/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key(time[:8], service), to_sign.encode(), "sha256").hex()
        credential = f"Credential={self.access_key}/{scope}"
        return sent | {"authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"}

    def _key(self, day: str, service: str) -> bytes:
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def _canonical(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: " ".join(headers[name].split()) for name in sorted(headers)}


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return host if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def _path(url: str) -> str:
    """Every service but S3 encodes the path, as it is sent, once more."""
    return quote(urlsplit(url).path or "/", safe="/~")


def _query(url: str) -> str:
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return "&".join(f"{name}={value}" for name, value in sorted((quote(n, "~"), quote(v, "~")) for n, v in pairs))
