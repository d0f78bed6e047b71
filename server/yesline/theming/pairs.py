"""A matrix of looks is too large to look at: pairs of it find what depends on one factor or on two together."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

Case = dict[str, Any]
_Pair = tuple[tuple[str, Any], tuple[str, Any]]


def every(factors: Mapping[str, Sequence[Any]]) -> list[Case]:
    """Every combination."""
    return [dict(zip(factors, values, strict=True)) for values in product(*factors.values())]


def pairs(factors: Mapping[str, Sequence[Any]]) -> list[Case]:
    """A few combinations in which any two values of different factors meet; the same ones every time."""
    missing = _pairs(factors)
    cases: list[Case] = []
    while missing:
        case = dict(next(iter(missing)))
        for factor, values in factors.items():
            if factor not in case:
                case[factor] = max(values, key=lambda value: _gained({**case, factor: value}, missing))
        cases.append({factor: case[factor] for factor in factors})
        for pair in _met(case, factors):
            missing.pop(pair, None)
    return cases or every(factors)


def _pairs(factors: Mapping[str, Sequence[Any]]) -> dict[_Pair, None]:
    """In the order of the factors; a dict, since the order of a set is not the same every time."""
    return {
        ((one, value), (other, its)): None
        for one, other in combinations(factors, 2)
        for value, its in product(factors[one], factors[other])
    }


def _met(case: Case, factors: Mapping[str, Sequence[Any]]) -> list[_Pair]:
    return list(combinations([(factor, case[factor]) for factor in factors if factor in case], 2))


def _gained(case: Case, missing: Mapping[_Pair, None]) -> int:
    met = ((one, other) for one in case.items() for other in case.items())
    return sum(pair in missing for pair in met)
