"""Pairs of a matrix: any two values meet, and there are few cases."""

from itertools import combinations, product
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from yesline.theming.pairs import every, pairs

FACTORS = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.integers(0, 9), min_size=1, max_size=5, unique=True), min_size=1
)


@given(FACTORS)
def test_any_two_values_meet(factors: dict[str, list[int]]) -> None:
    cases = pairs(factors)
    for one, other in combinations(factors, 2):
        assert {(case[one], case[other]) for case in cases} == set(product(factors[one], factors[other]))
    assert all(set(case) == set(factors) for case in cases)
    assert all(case[factor] in values for case in cases for factor, values in factors.items())


@given(FACTORS)
def test_there_are_never_more_than_every_combination(factors: dict[str, list[int]]) -> None:
    assert len(pairs(factors)) <= len(every(factors)) == prod(map(len, factors.values()))
    assert pairs(factors) == pairs(factors)


def test_there_are_few() -> None:
    factors = {
        "state": range(9),
        "theme": range(5),
        "locale": range(3),
        "scheme": range(2),
        "size": range(3),
        "display": range(4),
    }
    assert len(pairs(factors)) <= 54
    assert len(every(factors)) == 3240
