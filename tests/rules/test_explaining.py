"""What a text would do, told in a sentence."""

import pytest

from yesline.programme import Custom, Group, Keywords, Sender
from yesline.rules.explaining import explain

HOURS = Custom(keywords={"en": ("HOURS",)}, reply={"en": "9 to 5"})


def group(**more: object) -> Group:
    given = {
        "id": "promotions",
        "name": "Promotions",
        "sends": "offers",
        "frequency": "weekly",
        "sender": Sender(address="24680"),
        "keywords": {"en": Keywords(opt_in=("JOIN",))},
        "custom": {"hours": HOURS},
    }
    return Group(**(given | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "meaning", "told"),
    [
        ("STOP", "stop", "stop all texts of the brand"),
        ("START", "start", "end a STOP"),
        ("JOIN", "opt_in", "the prompt is sent"),
        ("Y", "confirm", "list it for review"),
        ("YES", "confirm", "where none is open, opt in to promotions"),
        ("HELP", "help", "help text"),
        ("HOURS", "custom", "'hours'"),
        ("123456", "code", "if the digits are its code"),
        ("what a lovely day it is", "other", "once a day at most"),
    ],
)
def test_meanings(text: str, meaning: str, told: str) -> None:
    found = explain(text, group(), "brand")
    assert found.meaning == meaning
    assert told in found.would
    assert found.why, "there is a reason for everything"


def test_the_sentence_follows_the_settings_of_group_and_brand() -> None:
    assert "the texts of promotions" in explain("STOP", group(), "group").would
    assert "at once" in explain("JOIN", group(opt_in="single"), "brand").would
    assert explain("HOURS", group(), "brand").name == "hours"


@pytest.mark.parametrize(("unclear", "told"), [("ask", "and ask back"), ("review", "without an answer")])
def test_what_may_be_a_wish_to_stop_holds_everything(unclear: str, told: str) -> None:
    found = explain("no more texts", group(unclear=unclear), "brand")
    assert (found.meaning, found.clear) == ("other", False)
    assert found.would == f"hold all texts to the number until a person has reviewed it, {told}"
