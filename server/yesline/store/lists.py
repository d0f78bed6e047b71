"""What people and pages look through: read-only questions whose answers are lists, the same on both engines."""

import msgspec

from yesline.records import ApiKey, Cursor, InvalidNumber, ReviewItem
from yesline.store.base import Store, keepable

_read_facts = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode


async def reviews(store: Store, most: int) -> list[tuple[ReviewItem, str, str]]:
    """Open review items with the words of their texts and the numbers: those that hold sends first, then the oldest."""
    return [(ReviewItem(*row[:-2]), row[-2], row[-1] or "") for row in await store.rows("reviews_waiting", most)]


async def invalid_numbers(store: Store, most: int) -> list[tuple[InvalidNumber, str]]:
    """Numbers that carriers found invalid, newest first."""
    return [(InvalidNumber(*row[:-1]), row[-1] or "") for row in await store.rows("numbers_invalid", most)]


async def cursors(store: Store) -> dict[str, int]:
    """Up to when each carrier's texts have been asked for, in milliseconds."""
    return {found.carrier: found.caught_up_at for found in [Cursor(*row) for row in await store.rows("cursors")]}


async def days_shown(store: Store, forms: list[str]) -> list[tuple[str, int, int]]:
    """Forms, the days since 1970 on which they were shown, and how often."""
    return [(row[0], row[1], row[2]) for row in await store.rows("showings_of", forms)]


async def numbers_of(store: Store, forms: list[str], since: int) -> dict[str, tuple[int, int]]:
    """How many numbers each form has brought since a time in milliseconds, and how many of them were confirmed."""
    return {row[0]: (row[1], int(row[2])) for row in await store.rows("numbers_of_forms", forms, since)}


async def coupon_pools(store: Store) -> dict[str, tuple[int, int]]:
    """Pools of coupons: how many codes each has, and how many of them were given."""
    return {row[0]: (row[1], row[2]) for row in await store.rows("coupon_pools")}


async def told_by(store: Store, subject_id: str, submission: str) -> dict[str, str]:
    """The newest facts of a submission that a number's ledger holds, without their salts."""
    for (kept,) in await store.rows("told_by", subject_id):
        facts = {name: value for name, (_, value) in _read_facts(kept).items()}
        if facts.get("submission") == submission:
            return facts
    return {}


async def api_keys(store: Store) -> list[ApiKey]:
    """Every key of the back end, revoked ones too, oldest first."""
    return [ApiKey(*row) for row in await store.rows("api_keys")]


async def api_key(store: Store, digest: str) -> ApiKey | None:
    """The key with this SHA-256."""
    found = [ApiKey(*row) for row in await store.rows("api_key_by_digest", *keepable([digest]))]
    return found[0] if found else None
