"""Moving everything from one database to another, of whichever engine."""

from yesline.app import clock
from yesline.errors import ConfigError
from yesline.store import copying, engines, migrations
from yesline.store.copying import Tell
from yesline.store.ends import End, opened


async def move(source: str, target: str, tell: Tell, *, afresh: bool = False) -> dict[str, int]:
    """Copy everything, and compare every row of the two; returns how many rows each table holds.

    Begun again after it was cut off, it goes on where it was. The source is locked meanwhile, and nothing is changed in it. Raises
    ConfigError where a server uses one of them, or where the target holds anything else; ``afresh`` empties the target first.
    """
    if source == target:
        raise ConfigError("--from and --to are the same database")
    async with opened(source, "locked") as old:
        if left := migrations.left(old.engine, done := await copying.marks(old)):
            raise migrations.behind(engines.shown(source), left)
        migrations.check_whole(engines.shown(source), done)
        await engines.migrate(target, clock())
        async with opened(target, "alone") as new:
            return await _fill(old, new, tell, afresh=afresh)


async def _fill(old: End, new: End, tell: Tell, *, afresh: bool) -> dict[str, int]:
    if afresh:
        await copying.mark(new, migrations.MOVING, clock())
        await copying.clear(new)
    already = await copying.begun(old, new)  # first: a database that holds anything else stays as it is
    await copying.mark(new, migrations.MOVING, clock())
    await copying.copy(old, new, already, tell)
    counts = await copying.compare(old, new, tell)
    await copying.unmark(new)
    return counts
