"""Keys of the back end, made and ended. No rule decides about them, so no act is recorded."""

from yesline.records import ApiKey, Wants
from yesline.store.base import Store


async def save(store: Store, row: ApiKey) -> None:
    """Keep a key."""
    nothing = Wants(set(), set(), set(), set(), set(), set(), {})
    async with store.batch() as batch:
        await batch.load(nothing, lambda *_: set(), row.created_at)
        await batch.save([row])
