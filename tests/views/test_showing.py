"""What a form's file says of showing, as the widget is told."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import DEMO, FORM
from yesline import project
from yesline.doors.page import _embedded
from yesline.programme import Form, FormVersion
from yesline.views.document import view_document
from yesline.views.early import early
from yesline.views.showing import showing

TYPES = Path(__file__).parents[2] / "widget" / "src" / "rules" / "types.ts"


def form(**said: Any) -> Form:
    return msgspec.convert({"id": "spring", "group": "promotions", "countries": ["US"], **said}, Form)


def demo(**said: Any) -> FormVersion:
    """The demo's form with this said besides."""
    version = next(found for found in project.load(DEMO).forms if found.form.id == FORM)
    given = msgspec.to_builtins(version.form) | said
    return msgspec.structs.replace(version, form=msgspec.convert(given, Form))


def test_a_form_that_the_widget_s_core_can_show_has_no_rules() -> None:
    assert showing(form()) == {"trigger": {"on": "load", "delay": 0}, "caps": {"days": 7}}
    said = form(trigger={"on": ["load"], "delay": 900}, caps={"days": 1})
    assert showing(said) == {"trigger": {"on": "load", "delay": 900}, "caps": {"days": 1}}
    assert showing(form(trigger={"on": "manual"}))["trigger"] == {"on": "manual", "delay": 0}


@pytest.mark.parametrize(
    "said",
    [
        {"trigger": {"on": "scroll"}},
        {"trigger": {"on": ["load", "exit"]}},
        {"caps": {"times": 1}},
        {"caps": {"dismissals": 1}},
        {"target": {"percent": 50}},
        {"schedule": {"until": "2026-05-01T00:00:00Z"}},
        {"priority": 1},
        {"teaser": "after"},
        {"variants": {"bold": 50}},
    ],
)
def test_a_widget_that_knows_no_rules_does_not_show_by_itself_what_has_some(said: dict[str, Any]) -> None:
    told = showing(form(**said))
    assert told["trigger"] == {"on": "manual"}
    assert told["rules"]


def test_rules_are_those_that_the_widget_reads() -> None:
    block = TYPES.read_text(encoding="utf-8").partition("interface Rules {")[2].partition("\n}")[0]
    assert list(showing(form(priority=1))["rules"]) == re.findall(r"^  (\w+):", block, re.MULTILINE)


def test_what_rules_say() -> None:
    rules = showing(
        form(
            trigger={"on": ["scroll", "exit"], "scroll": 70},
            target={"urls": ["/größe/*", "!https://Shop.example.com/a b".replace(" ", "%20"), "*", "/x?q=*"]},
            schedule={"from": "2026-05-01T10:00:00+02:00"},
            variants={"bold": 40},
        )
    )["rules"]
    assert (rules["on"], rules["scroll"]) == (("scroll", "exit"), 70)
    assert rules["urls"] == ["/gr%C3%B6%C3%9Fe/*", "!shop.example.com/a%20b", "*", "/x?q=*"]
    assert rules["from"] == datetime(2026, 5, 1, 8, tzinfo=UTC).timestamp() * 1000
    assert rules["until"] == 0
    assert rules["variants"] == {"spring": 60, "bold": 40}


def test_the_teaser_is_there_for_who_asks_for_one_and_at_once() -> None:
    for version, shown in ((demo(), False), (demo(teaser="before"), True), (demo(teaser="after"), True)):
        whole = view_document(version, version.views["en"], "stamp", "https://sms.example.com")
        assert ("teaser" in whole["steps"]) == shown
        first = early(version.views["en"], teaser=shown)
        assert list(first.steps) == ["capture", "confirm", *(["teaser"] if shown else [])]
        assert first.steps["confirm"] == []
        assert (".pill" in first.css) == shown


def test_the_script_of_a_form_with_rules_brings_what_reads_them() -> None:
    plain, _ = _embedded(demo(), "en", "stamp", "https://sms.example.com")
    ruled, _ = _embedded(demo(priority=1), "en", "stamp", "https://sms.example.com")
    assert b'["part","rules"' not in plain
    assert ruled.index(b'["part","rules"') < ruled.index(b'["view",{"form":')
