"""Everything keyed: tags of numbers, prompt codes and slugs, and signed tokens, each for one purpose.

Tokens are itsdangerous ones, hardened as ``security-compliance`` C2.2 asks: SHA-256, HMAC key derivation, a salt per purpose and
always an age limit. Codes and slugs are derived, not stored, so nothing at rest lets a reader confirm for somebody else.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Literal

from itsdangerous import BadData, TimestampSigner
from msgspec import Struct

Purpose = Literal["stamp", "confirm", "confirm-page"]

DAY = 86_400_000
MAX_AGE_MS: dict[Purpose, int] = {"stamp": 3 * DAY, "confirm": 90 * DAY, "confirm-page": DAY}

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HALF = 11  # base-62 digits that hold 64 bits


class Keys(Struct, frozen=True):
    """The deployment's secrets. ``signing`` is oldest first: the last signs, all verify; the others never change."""

    signing: tuple[bytes, ...]
    numbers: bytes
    ledger: bytes


class _Signer(TimestampSigner):
    moment: int

    def get_timestamp(self) -> int:
        return self.moment // 1000

    def timestamp_to_datetime(self, ts: int) -> datetime:
        return datetime.fromtimestamp(ts, tz=UTC)


def _signer(keys: Keys, purpose: Purpose, at: int) -> _Signer:
    signer = _Signer(list(keys.signing), salt=f"yesline.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)
    signer.moment = at
    return signer


def sign(keys: Keys, purpose: Purpose, value: str, at: int) -> str:
    """A token for one purpose that carries ``value`` and the time it was made."""
    return _signer(keys, purpose, at).sign(value).decode()


def read(keys: Keys, purpose: Purpose, token: str, now: int) -> str | None:
    """The value of a token made for this purpose, or None if it is forged, altered, or older than the purpose allows."""
    try:
        value = _signer(keys, purpose, now).unsign(token, max_age=MAX_AGE_MS[purpose] // 1000)
    except (BadData, UnicodeError):
        return None
    return value.decode()


_PAIRS = [a + b for a in DIGITS for b in DIGITS]
_SHARED_BITS = 20  # of the 64 bits of an id, those that all ids of one batch have in common


def _base62(number: int) -> str:
    pairs = []
    for _ in range(_HALF // 2):
        number, rest = divmod(number, 3844)
        pairs.append(_PAIRS[rest])
    pairs.append(DIGITS[number])
    return "".join(reversed(pairs))


def minter() -> Callable[[], str]:
    """A source of fresh random ids for one batch: 64 bits as 11 letters and digits, safe to stand in a link.

    The ids of one batch begin alike, so that a batch touches few pages of the database's trees instead of one for each row.
    What must not be guessed has a MAC besides (``slug``).
    """
    shift = 64 - _SHARED_BITS
    start = secrets.randbits(_SHARED_BITS) << shift
    made: set[int] = set()

    def mint() -> str:
        rest = secrets.randbits(shift)
        while rest in made:
            rest = secrets.randbits(shift)
        made.add(rest)
        return _base62(start | rest)

    return mint


def number_tag(keys: Keys, value: str) -> str:
    """The keyed hash under which a number (or a block of numbers, or an address) is counted, suppressed and looked up."""
    return hashlib.blake2b(value.encode(), key=keys.numbers, digest_size=16).hexdigest()


def _mac(key: bytes, message: str) -> int:
    return int.from_bytes(hmac.digest(key, message.encode(), "sha256")[:8], "big")


def slug(keys: Keys, prompt: str) -> str:
    """The 22 characters of a prompt's link: its id and 64 bits that only the key can make."""
    return prompt + _base62(_mac(keys.signing[-1], f"slug:{prompt}"))


def read_slug(keys: Keys, text: str) -> str | None:
    """The prompt id in a slug, or None if this deployment did not make it."""
    prompt, mac = text[:_HALF], text[_HALF:].encode()
    for key in keys.signing:
        if hmac.compare_digest(mac, _base62(_mac(key, f"slug:{prompt}")).encode()):
            return prompt
    return None


def stop_slug(keys: Keys, subject: str, group: str) -> str:
    """The 22 characters of the stop link in a group's texts to a number. It has no end: people find old texts."""
    return subject + _base62(_mac(keys.numbers, f"stop:{subject}:{group}"))


def read_stop_slug(keys: Keys, text: str, groups: Iterable[str]) -> tuple[str, str] | None:
    """The subject and the group of a stop link, or None if this deployment did not make it for one of these groups."""
    subject, mac = text[:_HALF], text[_HALF:].encode()
    for group in groups:
        if hmac.compare_digest(mac, _base62(_mac(keys.numbers, f"stop:{subject}:{group}")).encode()):
            return subject, group
    return None


def webhook_key(keys: Keys, carrier: str) -> str:
    """The part of a carrier's webhook addresses that nobody guesses: its name and 128 bits."""
    mac = hashlib.blake2b(f"webhook:{carrier}".encode(), key=keys.numbers, digest_size=16).hexdigest()
    return f"{carrier}.{mac}"


def _code(key: bytes, prompt: str, generation: int) -> str:
    return f"{_mac(key, f'code:{prompt}:{generation}') % 1_000_000:06d}"


def code(keys: Keys, prompt: str, generation: int) -> str:
    """The six digits that a prompt's text carries; another generation has another code."""
    return _code(keys.signing[-1], prompt, generation)


def code_matches(keys: Keys, prompt: str, generation: int, typed: str) -> bool:
    """Whether these are the prompt's digits, compared in constant time."""
    typed_bytes = typed.encode()
    return any(hmac.compare_digest(typed_bytes, _code(key, prompt, generation).encode()) for key in keys.signing)
