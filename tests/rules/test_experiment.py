"""Variants: intervals as in the literature, and a verdict only where there is enough to tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.rules.experiment import ENOUGH, Counts, judge, newcombe, wilson

TRIALS = st.integers(1, 100_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
ARM = st.builds(
    Counts, st.just("x"), st.integers(0, 50_000), submitted=st.integers(0, 50_000), confirmed=st.integers(0, 50_000)
)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_of_the_literature(hits: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 857, table I, method 3."""
    assert wilson(hits, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_differences_of_the_literature(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 873, table II, method 10."""
    assert newcombe(one, other) == pytest.approx((low, high), abs=5e-5)


@given(TRIALS)
def test_an_interval_holds_its_rate_and_mirrors(found: tuple[int, int]) -> None:
    hits, trials = found
    low, high = wilson(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1
    assert wilson(trials - hits, trials) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(TRIALS, TRIALS)
def test_a_difference_holds_its_estimate_and_turns_round(one: tuple[int, int], other: tuple[int, int]) -> None:
    low, high = newcombe(one, other)
    assert -1 <= low <= one[0] / one[1] - other[0] / other[1] <= high <= 1
    assert newcombe(other, one) == pytest.approx((-high, -low), abs=1e-9)


@given(TRIALS)
def test_ten_times_as_much_tells_more(found: tuple[int, int]) -> None:
    (low, high), (closer, nearer) = wilson(*found), wilson(found[0] * 10, found[1] * 10)
    assert nearer - closer < high - low


@given(st.lists(ARM, min_size=1, max_size=5))
def test_a_verdict_needs_enough_and_an_interval_without_zero(arms: list[Counts]) -> None:
    first, *others = judge(arms)
    assert (first.verdict, first.difference) == ("first", None)
    for arm, judged in zip(arms[1:], others, strict=True):
        assert judged.rate is None or 0 <= judged.rate <= 1
        assert judged.difference_interval
        low, high = judged.difference_interval
        told = judged.verdict != "too early to tell"
        assert told == (min(arms[0].confirmed, arm.confirmed) >= ENOUGH and not low <= 0 <= high)
        if told:
            assert judged.difference is not None
            assert (judged.verdict == "better") == (judged.difference > 0)


def test_what_is_told_of_two_forms() -> None:
    plain = Counts("plain", shown=4000, submitted=300, confirmed=200)
    better, worse = Counts("bold", 4000, 400, 280), Counts("long", 4000, 200, 130)
    few = Counts("new", 40, 30, 20)
    verdicts = [one.verdict for one in judge([plain, better, worse, few, plain, Counts("none")])]
    assert verdicts == ["first", "better", "worse", "too early to tell", "too early to tell", "too early to tell"]


def test_more_variants_are_held_to_more() -> None:
    one, other = Counts("a", 4000, 0, 200), Counts("b", 4000, 0, 241)
    assert judge([one, other])[1].verdict == "better"
    assert judge([one, other, *[one] * 8])[1].verdict == "too early to tell"


def test_lost_beacons_make_no_rate_of_more_than_one() -> None:
    (found,) = judge([Counts("a", shown=3, confirmed=5)])
    assert found.rate == 1.0
    (nothing,) = judge([Counts("a")])
    assert (nothing.rate, nothing.interval) == (None, (0.0, 1.0))
