"""What back ends look up of people and numbers: read-only questions, the same on both engines, that see what was just written."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from yesline.records import GroupSuppression, InvalidNumber, Profile, ProfileAlias, State, Suppression
from yesline.store.base import Store, by_key, keepable


class States(Struct, frozen=True):
    """Where numbers and addresses stand, by their tags."""

    kept: dict[tuple[str, str], State]
    stopped: frozenset[tuple[str, str]]

    def of(self, tag: str, group_id: str) -> State:
        """The state in a group; whoever said STOP is unsubscribed."""
        if {(tag, ""), (tag, group_id)} & self.stopped:
            return "unsubscribed"
        return self.kept.get((tag, group_id), "unknown")

    def groups(self, tag: str) -> list[str]:
        """The groups in which there is something to tell, by id."""
        told = {group for (of, group), state in self.kept.items() if of == tag and state != "unknown"}
        return sorted(told | {group for of, group in self.stopped if of == tag and group})


async def states(store: Store, tags: Collection[str]) -> States:
    """Where numbers and addresses stand in every group."""
    wanted = list(tags)
    kept = {(row[0], row[1]): row[2] for row in await store.rows("states_by_tag", wanted)}
    wide = [Suppression(*row) for row in await store.rows("suppressions_by_tag", wanted)]
    narrow = [GroupSuppression(*row) for row in await store.rows("group_suppressions_by_tag", wanted)]
    stopped = {(row.tag, "") for row in wide if not row.lifted_at}
    return States(kept, frozenset(stopped | {(row.tag, row.group_id) for row in narrow if not row.lifted_at}))


async def people(store: Store, keys: Iterable[str]) -> list[Profile]:
    """The profiles that keys (``yesline.rules.profiles``) lead to, those made first at the beginning."""
    return [Profile(*row) for row in await store.rows("people_by_key", *by_key(keys))]


async def aliases(store: Store, ids: list[str]) -> list[ProfileAlias]:
    """The aliases of profiles."""
    return [ProfileAlias(*row) for row in await store.rows("aliases_of", ids)]


class Habit(Struct, frozen=True):
    """What somebody did or bought: when first, when last, in milliseconds, and how often."""

    profile_id: str
    kind: str
    name: str
    first: int
    last: int
    count: int


async def habits(store: Store, ids: list[str]) -> list[Habit]:
    """What people did and bought."""
    return [Habit(*row) for row in await store.rows("happenings_of", ids)]


async def found_invalid(store: Store, since: int, until: int, most: int, skip: int) -> list[tuple[InvalidNumber, str]]:
    """Numbers that carriers found invalid in a time, newest first."""
    rows = await store.rows("numbers_found_invalid", since, until, most, skip)
    return [(InvalidNumber(*row[:-1]), row[-1] or "") for row in rows]


async def invalid_among(store: Store, tags: list[str], most: int, skip: int) -> list[tuple[InvalidNumber, str]]:
    """Those of some numbers that carriers found invalid, newest first."""
    rows = await store.rows("numbers_invalid_among", keepable(tags), most, skip)
    return [(InvalidNumber(*row[:-1]), row[-1] or "") for row in rows]
