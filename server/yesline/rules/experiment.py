"""Which variant of a form brings more confirmed numbers for each showing, and how sure that is.

Showings are counted by beacons that may get lost, and somebody may be shown a form twice, so the intervals are a little too narrow.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import Literal

from msgspec import Struct

ENOUGH = 100
"""Confirmed numbers that each of two forms needs before one is called better: whoever looks every day sees chance win sooner or later."""

CONFIDENCE = 0.95
Interval = tuple[float, float]
Verdict = Literal["first", "too early to tell", "better", "worse"]


class Counts(Struct, frozen=True):
    """What became of one form. ``submitted`` and ``confirmed`` count numbers, each once."""

    form: str
    shown: int = 0
    submitted: int = 0
    confirmed: int = 0

    @property
    def trials(self) -> int:
        """How often it may have been confirmed: lost beacons must not make a rate of more than one."""
        return max(self.shown, self.confirmed)


class Judged(Struct, frozen=True):
    """A form's rate with its interval, and how far it is from the first form's."""

    rate: float | None
    interval: Interval
    difference: float | None
    difference_interval: Interval | None
    verdict: Verdict


def judge(arms: Sequence[Counts]) -> list[Judged]:
    """Each form beside the first one. Of several differences each is held to more, so that together they are right in 95 of 100 cases."""
    first, *others = arms
    sure = _z(1 - (1 - CONFIDENCE) / max(1, len(others)))
    return [_alone(first), *(_beside(first, other, sure) for other in others)]


def _alone(arm: Counts) -> Judged:
    return Judged(_rate(arm), wilson(arm.confirmed, arm.trials), None, None, "first")


def _beside(first: Counts, arm: Counts, z: float) -> Judged:
    apart = newcombe((arm.confirmed, arm.trials), (first.confirmed, first.trials), z)
    rate, base = _rate(arm), _rate(first)
    difference = None if rate is None or base is None else rate - base
    return Judged(rate, wilson(arm.confirmed, arm.trials), difference, apart, _verdict(first, arm, apart))


def _verdict(first: Counts, arm: Counts, apart: Interval) -> Verdict:
    if min(first.confirmed, arm.confirmed) < ENOUGH or apart[0] <= 0 <= apart[1]:
        return "too early to tell"
    return "better" if apart[0] > 0 else "worse"


def _rate(arm: Counts) -> float | None:
    return arm.confirmed / arm.trials if arm.trials else None


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(hits: int, trials: int, z: float | None = None) -> Interval:
    """The score interval of a proportion, at 95 % unless told. Source: Wilson, JASA 22 (1927), 209."""
    if not trials:
        return 0.0, 1.0
    z = _z(CONFIDENCE) if z is None else z
    share, weight = hits / trials, z * z / trials
    middle = share + weight / 2
    reach = z * sqrt(share * (1 - share) / trials + weight / (4 * trials))
    low = 0.0 if hits == 0 else (middle - reach) / (1 + weight)
    high = 1.0 if hits == trials else (middle + reach) / (1 + weight)
    return low, high


def newcombe(one: tuple[int, int], other: tuple[int, int], z: float | None = None) -> Interval:
    """The interval of a difference of two proportions, each as hits and trials, at 95 % unless told.

    Source: Newcombe, Statistics in Medicine 17 (1998), 873, method 10.
    """
    (low, high), (other_low, other_high) = wilson(*one, z), wilson(*other, z)
    if not one[1] or not other[1]:
        return low - other_high, high - other_low
    share, other_share = one[0] / one[1], other[0] / other[1]
    apart = share - other_share
    down = sqrt((share - low) ** 2 + (other_high - other_share) ** 2)
    up = sqrt((high - share) ** 2 + (other_share - other_low) ** 2)
    return apart - down, apart + up
