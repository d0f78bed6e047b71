"""What every webhook's check needs: secrets compared without telling, each field given once, a time that is now.

Why each field may be given once only: some carriers sign a join of names and values without marks between them, so that fields
can be moved about under one signature (``security-compliance`` C3).
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import msgspec

from yesline.carriers.base import Knock
from yesline.errors import Refusal

T = TypeVar("T")
_PHONE = re.compile(r"\+?([1-9][0-9]{6,14})")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
FRESH = 300_000
"""How far a signed time may be from ours, in milliseconds."""


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ.

    They are compared as bytes: ``hmac.compare_digest`` raises for text that is not ASCII, and headers may hold any byte.
    """
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def forged(why: str = "The signature is missing or wrong.") -> Refusal:
    """The refusal of a webhook that is not genuine."""
    return Refusal("signature_wrong", f"{why} Check the carrier's secret in the settings and public_url.", 403)


def stale() -> Refusal:
    """The refusal of a webhook whose time is not now."""
    return Refusal(
        "webhook_stale", "The signed time is not within five minutes of ours: check this server's clock.", 403
    )


def check_fresh(at: int, now: int, within: int = FRESH) -> None:
    """Raises Refusal for a signed time, in milliseconds, that is too far from now."""
    if abs(now - at) > within:
        raise stale()


def header(knock: Knock, name: str) -> str:
    """A header's value, or nothing."""
    return knock.headers.get(name, "")


def media_type(knock: Knock) -> str:
    """The content type without its parameters, in lower case."""
    return header(knock, "content-type").partition(";")[0].strip().lower()


def expect_media(knock: Knock, *allowed: str) -> None:
    """Raises Refusal for another content type."""
    if media_type(knock) not in allowed:
        raise Refusal("content_type", f"Send {' or '.join(allowed)}.", 415)


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Refusal("bad_request", "A field is given more than once.", 400)
    return fields


def form(knock: Knock) -> dict[str, str]:
    """The fields of a form body. Raises Refusal where one is given twice or the body is no form."""
    expect_media(knock, "application/x-www-form-urlencoded")
    try:
        return _once(
            parse_qsl(
                knock.body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(knock.body), errors="strict"
            )
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Refusal("bad_request", "The body is no form.", 400) from error


def query(knock: Knock) -> dict[str, str]:
    """The fields of the address called. Raises Refusal where one is given twice."""
    try:
        return _once(parse_qsl(urlsplit(knock.url).query, keep_blank_values=True, errors="strict"))
    except (UnicodeDecodeError, ValueError) as error:
        raise Refusal("bad_request", "The address is not well formed.", 400) from error


def json(knock: Knock, kind: type[T]) -> T:
    """A JSON body as a struct. Raises Refusal."""
    try:
        return msgspec.json.decode(knock.body, type=kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("bad_request", f"The body is not what was expected: {error}", 400) from error


def base_of(url: str) -> str:
    """An address without its query."""
    return url.partition("?")[0]


def same_as_any(given: str, expected: Iterable[str]) -> bool:
    """Whether a secret is one of several, all of which are looked at, as two are good while a secret is being changed."""
    return sum(same(given, one) for one in expected) > 0


def check_basic(knock: Knock, user: str, passwords: Iterable[str]) -> None:
    """Raises Refusal unless the call carries HTTP Basic with this user and one of these passwords (RFC 7617)."""
    scheme, _, given = header(knock, "authorization").partition(" ")
    good = (b64encode(f"{user}:{password}".encode()).decode() for password in passwords)
    if not same_as_any(given.strip(), good) or scheme.lower() != "basic":
        raise forged("The user or password is missing or wrong.")


def convert(value: Any, kind: type[T]) -> T:
    """A part of a JSON body as a struct. Raises Refusal."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Refusal("bad_request", f"The body is not what was expected: {error}", 400) from error


def phone(text: str) -> str:
    """A phone's number with its plus, which some carriers leave out; nothing for a short code or a name."""
    found = _PHONE.fullmatch(text)
    return f"+{found[1]}" if found else ""


def sender(text: str) -> str:
    """A number of ours: a short code as it is, any other with its plus."""
    return text if _SHORT_CODE.fullmatch(text) else phone(text)


def instant(text: str) -> int:
    """The milliseconds of an ISO 8601 time, UTC where it names no zone; 0 where it is none."""
    try:
        at = datetime.fromisoformat(text)
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0


def with_reference(url: str, reference: str) -> str:
    """The address for the receipts of one text, for carriers that bring no reference back: it names the text itself."""
    return f"{url}{'&' if '?' in url else '?'}text={quote(reference, safe='')}"


def reference_of(url: str) -> str:
    """The reference that ``with_reference`` put into an address, or nothing."""
    try:
        found = parse_qs(urlsplit(url).query).get("text", [""])[0]
    except ValueError:
        return ""
    return found if re.fullmatch(r"[\w.:-]{1,100}", found, re.ASCII) else ""
