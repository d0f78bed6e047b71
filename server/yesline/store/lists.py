"""What people and pages look through: read-only questions whose answers are lists, the same on both engines."""

from yesline.records import ApiKey, Cursor, InvalidNumber, ReviewItem
from yesline.store.base import Store, keepable


async def reviews(store: Store, most: int) -> list[tuple[ReviewItem, str, str]]:
    """Open review items with the words of their texts and the numbers: those that hold sends first, then the oldest."""
    return [(ReviewItem(*row[:-2]), row[-2], row[-1] or "") for row in await store.rows("reviews_waiting", most)]


async def invalid_numbers(store: Store, most: int) -> list[tuple[InvalidNumber, str]]:
    """Numbers that carriers found invalid, newest first."""
    return [(InvalidNumber(*row[:-1]), row[-1] or "") for row in await store.rows("numbers_invalid", most)]


async def cursors(store: Store) -> dict[str, int]:
    """Up to when each carrier's texts have been asked for, in milliseconds."""
    return {found.carrier: found.caught_up_at for found in [Cursor(*row) for row in await store.rows("cursors")]}


async def api_keys(store: Store) -> list[ApiKey]:
    """Every key of the back end, revoked ones too, oldest first."""
    return [ApiKey(*row) for row in await store.rows("api_keys")]


async def api_key(store: Store, digest: str) -> ApiKey | None:
    """The key with this SHA-256."""
    found = [ApiKey(*row) for row in await store.rows("api_key_by_digest", *keepable([digest]))]
    return found[0] if found else None
