"""How the variants of a form do, for the product's back end."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import json
from yesline.doors.house import House, house, path
from yesline.doors.v1.operation import Operation
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.rules.experiment import CONFIDENCE, ENOUGH, Counts, judge
from yesline.store import lists

DAY_MS = 86_400_000
_NOTE = (
    "Showings are counted by beacons: a few are lost, and a visitor may see a form twice. Submitted and confirmed count numbers, each once. "
    f"The intervals are of {CONFIDENCE:.0%}; a verdict needs {ENOUGH} confirmed numbers of both forms."
)


class Shown(Struct, frozen=True):
    """The days on which forms were shown, as counts by form and day since 1970."""

    counts: dict[str, dict[int, int]]

    def start(self, today: int) -> int:
        """The first day on which every form was shown; today while one was not."""
        return max(min(days, default=today) for days in self.counts.values())

    def since(self, form: str, day: int) -> int:
        """How often a form was shown on this day and later."""
        return sum(count for at, count in self.counts[form].items() if at >= day)


class Experiment(Struct, frozen=True):
    """What the variants of a form have brought since a day."""

    form: str
    since: str
    variants: list[dict[str, Any]]
    note: str


class SinceQuery(Struct, frozen=True):
    """The first day that counts, as 2026-05-01."""

    since: str | None = None


async def experiment(request: Request, key: ApiKey) -> Response:
    """``GET /v1/forms/{form}/experiment``: what each variant has brought, and whether one is better."""
    del key
    rooms = house(request)
    form = rooms.form(path(request, "form")).form
    shown = _shown(form.arms, await lists.days_shown(rooms.store, list(form.arms)))
    asked = _day(request)
    day = shown.start(rooms.clerk.clock() // DAY_MS) if asked is None else asked
    arms = await _counts(rooms, shown, day)
    variants = [
        {"weight": form.arms[arm.form], **asdict(arm), **asdict(judged)}
        for arm, judged in zip(arms, judge(arms), strict=True)
    ]
    since = datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date().isoformat()
    return json({"form": form.id, "since": since, "variants": variants, "note": _NOTE})


def _shown(forms: Iterable[str], rows: Iterable[tuple[str, int, int]]) -> Shown:
    counts: dict[str, dict[int, int]] = {form: {} for form in forms}
    for form, day, count in rows:
        counts[form][day] = count
    return Shown(counts)


async def _counts(rooms: House, shown: Shown, day: int) -> list[Counts]:
    forms = list(shown.counts)
    numbers = await lists.numbers_of(rooms.store, forms, day * DAY_MS)
    return [Counts(form, shown.since(form, day), *numbers.get(form, (0, 0))) for form in forms]


def _day(request: Request) -> int | None:
    """The day asked for, in days since 1970. Raises Refusal."""
    asked = request.query_params.get("since")
    if asked is None:
        return None
    try:
        return (date.fromisoformat(asked) - date(1970, 1, 1)).days
    except ValueError as error:
        raise Refusal("bad_request", "since: write a day as 2026-05-01.", 400, field="since") from error


OPERATIONS = (
    Operation("GET", "/v1/forms/{form}/experiment", "forms", "How variants of a form do", Experiment, query=SinceQuery),
)
