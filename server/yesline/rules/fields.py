"""What a form asks for besides the number: what makes no sense in its file, and what was sent read as facts.

A birth date is looked at and let go: what is kept is that its owner has passed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct

from yesline.errors import Refusal
from yesline.programme import Field, Form, Method
from yesline.rules.segments import plain

Sent = Mapping[str, str | bool]

LATER = ("confirm", "done", "teaser")
"""The steps that every form has after those of its own."""
RESERVED = frozenset(
    {
        "dialog", "form", "phone", "country", "consent", "disclosure", "submit", "close", "trap", "error", "status", "code",
        "resend", "correct", "back", "open", "heading",
    }
)  # fmt: skip
"""Names of what a page has besides fields: an error names either."""
MOST = {"email": 254, "name": 100, "text": 200, "birth_date": 10, "checkbox": 0}
"""Characters that a field takes at most, by its kind. Source: RFC 5321, 4.5.3.1.3; ``security-compliance`` B10."""
PASSED = "passed"
_OLDEST = 1900
_EMAIL = re.compile(r"[^\s@,;:<>()\"\\\[\]]{1,64}@(?:\w(?:[\w-]{0,61}\w)?\.)+\w[\w-]{0,61}\w")
_ADDRESS = re.compile(
    r"://|@|\bwww\.|\b[\w-]+\.[a-z]{2,}/|\b[\w-]+\.(?:com|net|org|info|biz|shop|store|app|online|site|xyz|top|link|io|co|me|ru|cn)\b",
    re.IGNORECASE,
)


class Told(Struct, frozen=True):
    """What was sent, as facts, and the names of the boxes that ask for another group's texts too."""

    facts: dict[str, str]
    boxes: tuple[str, ...] = ()


NOTHING = Told({})


def problems(form: Form) -> Iterator[str]:
    """What makes no sense in a form's steps, fields and coupon, each with what to write instead."""
    yield from _step_problems(form)
    for name, field in form.fields.items():
        for said in (*_place_problems(form, name, field), *_kind_problems(form, field)):
            yield f"fields.{name}: {said}"
    if sum(field.kind == "birth_date" for field in form.fields.values()) > 1:
        yield "fields: one birth_date is enough"
    groups = [field.group for field in form.fields.values() if field.group]
    if len(set(groups)) < len(groups):
        yield "fields: two boxes ask for the same group: keep one"
    if form.coupon and form.coupon_pool:
        yield "coupon: write coupon, the same code for all, or coupon_pool, a code for each; not both"


def _step_problems(form: Form) -> Iterator[str]:
    if "capture" not in form.steps:
        yield 'steps: the step "capture" is missing, which asks for the number: steps = ["capture", "details"]'
    if len(set(form.steps)) < len(form.steps):
        yield "steps: a step is named twice"
    for step in form.steps:
        if step in LATER:
            yield f"steps: {step!r} comes by itself: name the steps before the phone is asked"


def _place_problems(form: Form, name: str, field: Field) -> Iterator[str]:
    if name in RESERVED:
        yield f"{name!r} is the name of another part of the form: choose another"
    if field.step and field.step not in form.steps:
        yield f"step = {field.step!r}: steps are {', '.join(form.steps)}"


def _kind_problems(form: Form, field: Field) -> Iterator[str]:
    if (field.kind == "birth_date") != bool(field.min_age):
        yield "min_age: a birth_date needs it, since the date itself is never kept; no other kind has it"
    if field.group and field.kind != "checkbox":
        yield "group: only a checkbox can ask for another group"
    if field.group and field.required:
        yield "required: a consent to marketing is given freely: take it out"
    if field.group == form.group:
        yield f"group: the form's own box is for {form.group} already: name another group"
    if field.group and set(form.methods) == {"code"}:
        yield 'group: a code is typed for one group: add "reply" or "link" to methods'
    if field.max_length and (field.kind not in ("name", "text") or (field.kind == "name" and field.max_length > 100)):
        yield "max_length: for a text, or a name of at most 100"


def ways_of_box(form: Form) -> tuple[Method, ...]:
    """The ways to answer the prompt of another group's box: its text must not bring a code, for the page takes one only."""
    return tuple(method for method in form.methods if method != "code")


def read(form: Form, sent: Sent, today: date, step: str = "") -> Told:
    """What was sent, of one step or of all. Raises Refusal naming the field; nothing is kept of what is refused."""
    for name in sent:
        if name not in form.fields:
            raise Refusal("field_invalid", f"This form has no field {name[:40]!r}: reload the page.", field=name[:40])
    facts: dict[str, str] = {}
    wanted = form.asked(step) if step else form.fields
    for name, field in wanted.items():
        facts |= _fact(name, field, sent.get(name, ""), today)
    boxes = [name for name, field in wanted.items() if field.group and sent.get(name) is True]
    return Told(facts, tuple(boxes))


def _fact(name: str, field: Field, value: str | bool, today: date) -> dict[str, str]:
    if field.kind == "checkbox":
        ticked = value is True
        _need(name, field, ticked)
        return {f"field.{name}": "ticked" if ticked else "left"}
    words = clean(value) if isinstance(value, str) else ""
    _need(name, field, bool(words))
    if not words:
        return {}
    if field.kind == "birth_date":
        _check_age(name, words, field.min_age, today)
        return {"age": f"{PASSED} {field.min_age}"}
    if len(words) > (field.max_length or MOST[field.kind]) or not _fits(field.kind, words):
        raise _invalid(name)
    return {f"field.{name}": words}


def _need(name: str, field: Field, given: bool) -> None:
    if field.needed and not given:
        raise Refusal("field_missing", f"The field {name!r} is needed: fill it in.", field=name)


def _invalid(name: str) -> Refusal:
    return Refusal("field_invalid", f"The field {name!r} cannot be read as what it asks for: check it.", field=name)


def _fits(kind: str, words: str) -> bool:
    if kind == "email":
        return _EMAIL.fullmatch(words) is not None
    return kind != "name" or not _ADDRESS.search(words)


def clean(words: str) -> str:
    """What was typed, on one line, without characters that nobody sees or that turn what follows. Source: ``security-compliance`` B10."""
    return " ".join(plain(words).split())


def _check_age(name: str, words: str, least: int, today: date) -> None:
    try:
        born = date.fromisoformat(words) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", words) else None
    except ValueError:
        born = None
    if born is None or born > today or born.year < _OLDEST:
        raise _invalid(name)
    if age(born, today) < least:
        raise Refusal("too_young", f"This is for people of {least} years and more.", field=name)


def age(born: date, today: date) -> int:
    """Full years. Who was born on 29 February is a year older on 1 March where a year has no such day."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def gist(form: Form, sent: Sent) -> dict[str, str | bool]:
    """What was sent, with the birth date taken out: not even a hash is kept of it, for there are few dates to try."""
    return {name: PASSED if form.fields[name].kind == "birth_date" else value for name, value in sent.items()}
