"""What a form asks for besides the number: ages to the day, names without tricks, and files that make no sense."""

import unicodedata
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yesline.errors import Refusal
from yesline.programme import Form
from yesline.rules import fields, hours

TODAY = date(2027, 3, 1)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def form(**more: Any) -> Form:
    return msgspec.convert({"id": "f", "group": "g", "countries": ["US"], **more}, Form)


def one(kind: str, **more: Any) -> Form:
    """A form with one field, ``it``."""
    return form(fields={"it": {"kind": kind, **more}})


def read(asked: Form, value: str | bool, today: date = TODAY) -> str:
    """What is kept of a value, or the code that it is refused with."""
    try:
        return "; ".join(f"{name} {told}" for name, told in fields.read(asked, {"it": value}, today).facts.items())
    except Refusal as refusal:
        return refusal.code if refusal.field == "it" else f"{refusal.code} of {refusal.field}"


# Ages.


@given(DAYS, st.integers(0, 120))
def test_a_birthday_makes_a_year_older_and_no_day_before_does(born: date, years: int) -> None:
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:  # 29 February in a year without one
        birthday = date(born.year + years, 3, 1)
    assert fields.age(born, birthday) == years
    assert fields.age(born, birthday - timedelta(days=1)) == years - 1


@given(DAYS, DAYS)
def test_nobody_grows_younger(born: date, today: date) -> None:
    assume(born <= today)
    assert 0 <= fields.age(born, today + timedelta(days=1)) - fields.age(born, today) <= 1


@pytest.mark.parametrize(
    ("born", "today", "passes"),
    [
        ("2008-02-29", date(2026, 2, 28), False),
        ("2008-02-29", date(2026, 3, 1), True),
        ("2008-02-29", date(2028, 2, 28), True),
        ("2008-03-01", date(2026, 2, 28), False),
        ("2008-03-01", date(2026, 3, 1), True),
        ("1900-01-01", date(2026, 3, 1), True),
    ],
)
def test_the_gate_opens_on_the_day(born: str, today: date, passes: bool) -> None:
    told = read(one("birth_date", min_age=18), born, today)
    assert told == ("age passed 18" if passes else "too_young")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "yes",
        "2008-2-9",
        "20080209",
        "2008-02-30",
        "2008-W01-1",
        "1899-12-31",
        "2027-03-02",
        "٢٠٠٠-٠١-٠١",
        True,
        "0000-00-00",
    ],
)
def test_what_is_no_birth_date_passes_nobody(typed: Any) -> None:
    assert read(one("birth_date", min_age=18), typed) in {"field_invalid", "field_missing"}


@given(DAYS)
def test_no_birth_date_is_kept(born: date) -> None:
    asked = one("birth_date", min_age=18)
    assert str(born) not in read(asked, str(born))
    assert fields.gist(asked, {"it": str(born)}) == {"it": "passed"}


def test_the_day_is_the_one_where_the_number_may_be() -> None:
    noon = 1_800_000_000_000  # 2027-01-15 08:00 UTC
    late = noon - 5 * 3_600_000  # 03:00 UTC, the evening before in New York and Los Angeles
    assert hours.day("+12125550123", noon) == date(2027, 1, 15)
    assert hours.day("+12125550123", late) == date(2027, 1, 14)
    assert hours.day("+442079460123", late) == hours.day("", late) == date(2027, 1, 15)


# Names and other words.


@given(st.text(max_size=60))
def test_a_name_that_is_kept_can_be_read_as_it_is(typed: str) -> None:
    told = read(one("name"), typed)
    if told.startswith("field.it "):
        name = told.removeprefix("field.it ")
        assert 0 < len(name) <= 100
        assert name == name.strip()
        assert not [
            c for c in name if unicodedata.category(c) in {"Cc", "Cs"} or c in "\u202a\u202b\u202d\u202e\u2066\u2067"
        ]
        assert "://" not in name
        assert fields.clean(name) == name


@pytest.mark.parametrize(
    "name", ["Ann", "J.R. Smith", "Mary St.John", "O’Neill-Łuć", "张伟", "Ян", "أحمد", "d.o.o. Novak"]
)
def test_names_of_people_are_taken(name: str) -> None:
    assert read(one("name"), name) == f"field.it {name.replace('’', chr(39))}"


@pytest.mark.parametrize(
    "name", ["http://x.y", "see www.x", "win.com", "go to evil.shop now", "t.me/x", "a@b.com", "x" * 101, "EVIL.COM"]
)
def test_names_that_lead_somewhere_are_not(name: str) -> None:
    assert read(one("name"), name) == "field_invalid"


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        (" ann@example.com ", True),
        ("ann.o'neill+texts@mail.example.co.uk", True),
        ("jörg@bücher.example", True),
        ("ann@example", False),
        ("ann@@example.com", False),
        ("ann@exa mple.com", False),
        ("ann@-example.com", False),
        ("ann@example.com, bob@example.com", False),
        ("Ann <ann@example.com>", False),
        (f"{'a' * 65}@example.com", False),
        (f"ann@{'a.' * 140}com", False),
    ],
)
def test_addresses(typed: str, taken: bool) -> None:
    assert read(one("email"), typed) == (f"field.it {typed.strip()}" if taken else "field_invalid")


def test_what_need_not_be_given_leaves_no_fact_and_a_box_always_does() -> None:
    assert read(one("email"), "") == ""
    assert read(one("email", required=True), "") == "field_missing"
    assert read(one("checkbox"), True) == "field.it ticked"
    assert read(one("checkbox"), False) == read(one("checkbox"), "on") == "field.it left"
    assert read(one("checkbox", required=True), False) == "field_missing"
    assert read(one("text", max_length=2), "abc") == "field_invalid"


def test_a_step_is_read_by_itself() -> None:
    asked = form(
        steps=["capture", "details"],
        fields={"a": {"kind": "text", "step": "capture", "required": True}, "b": {"kind": "email", "required": True}},
    )
    assert fields.read(asked, {"a": "x"}, TODAY, "capture").facts == {"field.a": "x"}
    with pytest.raises(Refusal) as told:
        fields.read(asked, {"a": "x"}, TODAY)
    assert (told.value.code, told.value.field) == ("field_missing", "b")


# Files.


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"steps": ["details"]}, 'the step "capture" is missing'),
        ({"steps": ["capture", "capture"]}, "a step is named twice"),
        ({"steps": ["capture", "confirm"]}, "'confirm' comes by itself"),
        ({"fields": {"phone": {"kind": "text"}}}, "fields.phone: 'phone' is the name of another part"),
        ({"fields": {"a": {"kind": "text", "step": "details"}}}, "fields.a: step = 'details': steps are capture"),
        ({"fields": {"a": {"kind": "birth_date"}}}, "fields.a: min_age: a birth_date needs it"),
        ({"fields": {"a": {"kind": "text", "min_age": 18}}}, "fields.a: min_age: a birth_date needs it"),
        ({"fields": {"a": {"kind": "text", "group": "x"}}}, "only a checkbox can ask for another group"),
        ({"fields": {"a": {"kind": "checkbox", "group": "x", "required": True}}}, "given freely: take it out"),
        ({"fields": {"a": {"kind": "checkbox", "group": "g"}}}, "the form's own box is for g already"),
        ({"methods": ["code"], "fields": {"a": {"kind": "checkbox", "group": "x"}}}, 'add "reply" or "link"'),
        ({"fields": {"a": {"kind": "email", "max_length": 9}}}, "max_length: for a text"),
        ({"fields": {n: {"kind": "checkbox", "group": "x"} for n in "ab"}}, "two boxes ask for the same group"),
        ({"fields": {n: {"kind": "birth_date", "min_age": 18} for n in "ab"}}, "one birth_date is enough"),
        ({"coupon": "A", "coupon_pool": "b"}, "not both"),
    ],
)
def test_files_that_make_no_sense(file: dict[str, Any], said: str) -> None:
    (found,) = fields.problems(form(**file))
    assert said in found


def test_files_that_do() -> None:
    asked = form(
        steps=["age", "capture"],
        coupon="SPRING10",
        fields={
            "born": {"kind": "birth_date", "min_age": 18, "step": "age"},
            "more": {"kind": "checkbox", "group": "x"},
            "size": {"kind": "text", "max_length": 3},
        },
    )
    assert list(fields.problems(asked)) == []
    assert fields.ways_of_box(asked) == ("reply", "link")
