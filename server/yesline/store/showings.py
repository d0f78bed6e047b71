"""How often forms were shown, dismissed or sent with a mistake: counted in memory, written now and then, lossy by design."""

from collections import Counter
from collections.abc import Callable

from yesline.store.base import Store

DAY_MS = 86_400_000


class Showings:
    """Counts by form, day and event."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._counts: Counter[tuple[str, int, str]] = Counter()

    def saw(self, form_id: str, event: str) -> None:
        """Count one."""
        self._counts[form_id, self._clock() // DAY_MS, event] += 1

    async def flush(self) -> None:
        """Write what was counted since the last time."""
        counts, self._counts = self._counts, Counter()
        if counts:
            await self._store.add_showings(counts)
