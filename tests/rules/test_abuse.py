"""Caps are never exceeded, in any window, by any order of arrivals."""

from hypothesis import given
from hypothesis import strategies as st

from yesline.records import Hits
from yesline.rules.abuse import HOUR, MINUTE, Cap, Policy, Scope, admit, form_scope, wait

SCOPE = Scope("number", 1, (Cap(1, MINUTE), Cap(3, HOUR)))
COARSE = Scope("address", MINUTE, (Cap(4, HOUR),))


@given(st.lists(st.integers(0, 40 * MINUTE), max_size=60), st.sampled_from([SCOPE, COARSE]))
def test_no_window_holds_more_than_its_cap(steps: list[int], scope: Scope) -> None:
    now, counted, admitted = 10 * HOUR, None, []
    for step in steps:
        now += step
        result = admit(counted, scope, "x", now)
        if result:
            counted = result
            admitted.append(now)
    for cap in scope.caps:
        for end in admitted:
            assert sum(end - cap.per < at <= end for at in admitted) <= cap.most


@given(st.lists(st.integers(0, 5 * MINUTE), min_size=1, max_size=30))
def test_who_waits_as_told_is_admitted(steps: list[int]) -> None:
    now, counted = 10 * HOUR, None
    for step in steps:
        now += step
        counted = admit(counted, COARSE, "x", now) or counted
    seconds = wait(counted, COARSE, now)
    assert admit(counted, COARSE, "x", now + seconds * 1000)


def test_a_refused_try_is_not_counted() -> None:
    first = admit(None, SCOPE, "x", HOUR)
    assert first
    assert admit(first, SCOPE, "x", HOUR + 1) is None
    assert admit(first, SCOPE, "x", HOUR + MINUTE)


def test_a_clock_set_back_lets_nobody_through() -> None:
    counted: Hits | None = None
    for minute in (100, 102, 104):
        counted = admit(counted, SCOPE, "x", HOUR + minute * MINUTE)
    assert admit(counted, SCOPE, "x", HOUR) is None


def test_old_buckets_are_forgotten() -> None:
    counted = admit(None, SCOPE, "x", HOUR)
    later = admit(counted, SCOPE, "x", 100 * HOUR)
    assert later
    assert len(later.hits) == 1


def test_hits_of_one_bucket_are_counted_together() -> None:
    counted = admit(admit(None, COARSE, "x", HOUR), COARSE, "x", HOUR + 5)
    assert counted
    assert counted.hits == ((HOUR, 2),)


def test_who_never_came_waits_a_second_at_most() -> None:
    assert wait(None, COARSE, HOUR) == 1


def test_the_defaults_are_those_of_the_contracts() -> None:
    policy = Policy()
    assert [cap.most for cap in policy.number.caps] == [1, 3, 5, 10]
    assert policy.address.caps == (Cap(60, HOUR),)
    assert form_scope(7).caps[0].most == 7
