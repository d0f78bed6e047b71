"""How many calls each endpoint takes in how long, as Braze does it: fixed windows, told in every answer.

They keep one careless loop from filling the database's queue, so they are counted by each process for itself and forgotten at its
end. Source: ``field`` 1(d), RL and LIM.
"""

from msgspec import Struct


class Pool(Struct, frozen=True):
    """Endpoints that are counted together: ``most`` calls in ``per`` milliseconds."""

    name: str
    most: int
    per: int


_READS = Pool("reads", 250_000, 3_600_000)
_STATES = Pool("states", 5_000, 60_000)
_PEOPLE = Pool("people", 20_000, 60_000)
POOLS = {
    "subscription.status.set": _STATES,
    "subscription.status.get": _READS,
    "subscription.groups.get": _READS,
    "sms.invalid_phone_numbers": _READS,
    "sms.invalid_phone_numbers.remove": _READS,
    "users.track": Pool("track", 3_000, 3_000),
    "users.identify": _PEOPLE,
    "users.alias.new": _PEOPLE,
    "users.delete": _PEOPLE,
    "users.export.ids": Pool("export", 250, 60_000),
}
"""The pool that a call with each permission is counted in."""


class Room(Struct, frozen=True):
    """What is left of a pool in the running window, after this call. ``ends`` is in seconds since 1970."""

    most: int
    left: int
    ends: int

    @property
    def over(self) -> bool:
        """Whether this call is one too many."""
        return self.left < 0

    @property
    def headers(self) -> dict[str, str]:
        """What every answer tells."""
        told = {"limit": self.most, "remaining": max(0, self.left), "reset": self.ends}
        return {f"x-ratelimit-{name}": str(value) for name, value in told.items()}


class Rates:
    """The calls of one server process."""

    def __init__(self) -> None:
        self._used: dict[str, tuple[int, int]] = {}

    def count(self, scope: str, now: int) -> Room:
        """Count one more call; ``now`` is in milliseconds."""
        pool = POOLS[scope]
        window = now // pool.per
        began, used = self._used.get(pool.name, (window, 0))
        used = used + 1 if began == window else 1
        self._used[pool.name] = (window, used)
        return Room(pool.most, pool.most - used, -(-(window + 1) * pool.per // 1000))
