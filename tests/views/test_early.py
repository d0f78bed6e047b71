"""What comes with the script until the form is sent looks as the whole would, and is less."""

import pytest

from tests.conftest import DEMO
from yesline import project
from yesline.programme import Node, View
from yesline.views.early import early


def view_of(css: str) -> View:
    steps: dict[str, list[Node]] = {
        "capture": [["div", {"class": "card"}, ["p", {"class": "hint"}, "Type"]]],
        "confirm": [["div", {"class": "card"}, ["p", {"class": "reply"}, "Answer"]]],
        "done": [["p", {"class": "thanks"}, "Thanks"]],
    }
    return View("en", "ltr", "words", "hash", css, steps, {})


@pytest.mark.parametrize(
    "rule",
    [
        ".card{color:red}",
        ".yl .hint{color:red}",
        "p{color:red}",
        ".reply,.hint{color:red}",
        ".card:is(.reply,.hint){color:red}",
        '[data-step="capture"] .card{color:red}',
        '[data-display="slideup"] .card{color:red}',
        "@media (max-width: 30em){.card{color:red}}",
        "@keyframes rise{from{opacity:0}}",
        ":host{--yl-accent:red}",
        "@supports (color: color-mix(in srgb, red, blue)){.hint{color:red}}",
    ],
)
def test_what_can_match_now_is_kept(rule: str) -> None:
    assert early(view_of(rule)).css == rule


@pytest.mark.parametrize(
    "rule",
    [
        ".reply{color:red}",
        ".card .reply{color:red}",
        ".thanks p{color:red}",
        '[data-step="done"] .card{color:red}',
        "@media (max-width: 30em){.reply{color:red}}",
    ],
)
def test_what_cannot_is_left_for_later(rule: str) -> None:
    assert early(view_of(rule)).css == ""


def test_later_steps_come_later() -> None:
    assert early(view_of("")).steps["capture"] == view_of("").steps["capture"]
    assert not early(view_of("")).steps.get("done")


def test_the_demo_saves_a_seventh() -> None:
    view = project.load(DEMO).forms[0].views["en"]
    first = early(view)
    assert len(first.css) < 0.86 * len(view.css)
