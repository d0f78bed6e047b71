"""Attributes: what changes of an object, and what is left out because it makes no sense."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.rules.attributes import LARGEST, LONGEST, MOST_BYTES, MOST_IN_ARRAY, merged, properties


def after(known: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The object with changes, all of which make sense."""
    now, wrong = merged(json.dumps(known), json.dumps(changes))
    assert wrong == []
    found: dict[str, Any] = json.loads(now)
    return found


@pytest.mark.parametrize(
    ("known", "change", "now"),
    [
        (None, "dark", "dark"),
        ("light", None, None),
        (None, None, None),
        (1, {"inc": 2}, 3),
        (None, {"inc": -2}, -2),
        (1.5, {"inc": 1}, 2.5),
        (None, {"add": ["a", "b", "a"]}, ["a", "b"]),
        (["a", "b"], {"add": ["a"]}, ["b", "a"]),
        (["a", "b"], {"remove": ["a", "x"]}, ["b"]),
        (None, {"remove": ["a"]}, []),
        (["a"], ["b", "b", "c"], ["b", "c"]),
        (1, [1, 1], [1, 1]),
        (1, {"size": "L", "shots": [1, {"milk": False}]}, {"size": "L", "shots": [1, {"milk": False}]}),
        (1, {"other": 5}, {"other": 5}),
        (1, True, True),
    ],
)
def test_values(known: Any, change: Any, now: Any) -> None:
    before = {} if known is None else {"x": known}
    assert after(before, x=change) == ({} if now is None else {"x": now})


@pytest.mark.parametrize(
    ("name", "known", "change"),
    [
        ("", None, 1),
        ("$set", None, 1),
        ("x" * (LONGEST + 1), None, 1),
        ("a\nb", None, 1),
        ("x", None, "y" * (LONGEST + 1)),
        ("x", None, {"deep": ["a\0b"]}),
        ("x", None, {"\0": 1}),
        ("x", "word", {"inc": 1}),
        ("x", True, {"inc": 1}),
        ("x", 1, {"inc": "1"}),
        ("x", 1, {"inc": True}),
        ("x", LARGEST - 1, {"inc": 1}),
        ("x", None, LARGEST),
        ("x", None, -LARGEST - 1),
        ("x", 1e308, {"inc": 1e308}),
        ("x", "word", {"add": ["a"]}),
        ("x", ["a"], {"add": "a"}),
        ("x", ["a"], {"add": [1]}),
        ("x", ["a"], {"add": None}),
        ("x", [1], {"add": "a"}),
        ("x", "word", {"remove": ["a"]}),
        ("x", ["a"], {"remove": [1]}),
        ("gender", "F", "female"),
        ("language", "en", "English"),
        ("dob", None, 19900101),
        ("time_zone", None, "../etc/passwd"),
        ("push_subscribe", None, "yes"),
        ("first_name", None, ["Ada"]),
    ],
)
def test_what_makes_no_sense_is_left_out_and_named(name: str, known: Any, change: Any) -> None:
    before = {} if known is None else {name: known}
    now, wrong = merged(json.dumps(before), json.dumps({name: change, "good": 1}))
    assert wrong == [name]
    assert json.loads(now) == before | {"good": 1}


def test_profile_fields() -> None:
    good = {
        "country": "US",
        "dob": "1990-01-31",
        "email_subscribe": "opted_in",
        "first_name": "Ada",
        "gender": "F",
        "language": "en",
        "time_zone": "America/New_York",
    }
    assert after({}, **good) == good
    assert after(good, gender=None)["first_name"] == "Ada"
    assert "country" not in after(good, country="Atlantis")


def test_arrays_keep_the_newest() -> None:
    many = [f"v{number}" for number in range(MOST_IN_ARRAY)]
    assert after({"x": many}, x={"add": ["new"]})["x"] == [*many[1:], "new"]
    assert after({}, x=[*many, "new"])["x"] == [*many[1:], "new"]


@pytest.mark.parametrize("given", [[], "x", 5, {"$a": 1}, {"time": 1}, {"event_name": "x"}, {"": 1}, {"a": "x" * 256}])
def test_properties_that_make_no_sense(given: Any) -> None:
    assert properties(given) is None


def test_properties() -> None:
    assert properties(None) == "{}"
    assert properties({"a": [1, {"b": None}]}) == '{"a":[1,{"b":null}]}'
    assert properties({f"{number}": "x" * 250 for number in range(MOST_BYTES // 250)}) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["inc", "add", "remove", "x", "\0"]), inner, max_size=2)
    ),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "country", "gender", "$c"]), VALUES, max_size=4)


@given(st.lists(OBJECTS, max_size=4))
def test_whatever_is_sent_an_object_of_plain_values_is_kept(changes: list[dict[str, Any]]) -> None:
    known = "{}"
    for change in changes:
        known, wrong = merged(known, json.dumps(change))
        assert set(wrong) <= set(change)
        found = json.loads(known)
        assert not set(found) & {"$c"}
        assert None not in found.values()
        assert "\\u0000" not in known
        assert all(math.isfinite(value) for value in found.values() if isinstance(value, float))
