"""The words of texts: what they carry and what they cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.errors import ConfigError
from yesline.programme import Brand, Group, Sender
from yesline.records import Prompt, Text
from yesline.rules.texts import KINDS, plain, render, segments

BRAND = Brand("Larkspur Coffee", "hello@larkspur.example", "https://l.example/terms", "https://l.example/privacy")
GROUP = Group(
    "promotions", "Promotions", "new roasts, tastings and offers", "Up to 4 messages a month", Sender("24680")
)
SECRETS = {"code": "123456", "link": "https://txt.example.com/c/0123456789012345678901"}


def prompt(methods: str = "reply code link", host: str = "shop.example") -> Prompt:
    return Prompt("p", "s", "promotions", "24680", "join", "en", methods, host, None, "open", 1, 0, 0, 0, 0)


def text(kind: str, language: str = "en") -> Text:
    return Text("t", kind, "queued", "s", "promotions", "24680", "p", 1, language, 1, 0, 0, 0)  # type: ignore[arg-type]


def test_the_default_prompt_is_two_segments_and_says_what_it_must() -> None:
    body = render(BRAND, GROUP, text("prompt"), prompt(), SECRETS)
    assert segments(body) == 2
    for mark in (
        "Larkspur Coffee",
        "reply Y",
        "123456",
        SECRETS["link"],
        "STOP",
        "HELP",
        "Msg & data rates may apply",
        "30 days",
    ):
        assert mark in body


def test_the_code_line_is_last_and_exact() -> None:
    assert render(BRAND, GROUP, text("prompt"), prompt(), SECRETS).splitlines()[-1] == "@shop.example #123456"


@pytest.mark.parametrize("asked", [prompt(host=""), prompt("reply link"), prompt("reply")])
def test_no_code_line_without_a_code_or_a_page(asked: Prompt) -> None:
    assert "#" not in render(BRAND, GROUP, text("prompt"), asked, SECRETS)


def test_a_reply_only_prompt_is_one_segment() -> None:
    assert segments(render(BRAND, GROUP, text("prompt"), prompt("reply"), SECRETS)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_names_the_brand_and_nothing_is_left_open(kind: str) -> None:
    body = render(BRAND, GROUP, text(kind), prompt() if kind in ("prompt", "already") else None, SECRETS)
    assert body.startswith("Larkspur Coffee")
    assert "{" not in body
    assert segments(body) <= 2


def test_the_group_s_own_words_win_and_fall_back_by_language() -> None:
    own = Group("g", "G", "news", "Weekly", Sender("24680"), texts={"de": {"help": "{brand}: Hilfe bei {support}"}})
    assert render(BRAND, own, text("help", "de-AT"), None, {}) == "Larkspur Coffee: Hilfe bei hello@larkspur.example"
    assert "Msg & data" in render(BRAND, own, text("help", "fr"), None, {})


@pytest.mark.parametrize("broken", ["{nobody}", "{", "{0}"])
def test_an_unknown_merge_field_is_named(broken: str) -> None:
    own = Group("g", "G", "news", "Weekly", Sender("24680"), texts={"en": {"help": broken}})
    with pytest.raises(ConfigError, match="text 'help' of group g"):
        render(BRAND, own, text("help"), None, {})


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ConfigError, match="no text 'inbound'"):
        render(BRAND, GROUP, text("inbound"), None, {})


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the pair may not be split: 152, then 2 + 151, then 1
        ("й" * 70, 1),
        ("й" * 71, 2),
        ("й" * 134, 2),
        ("й" * 135, 3),
        ("й" * 66 + "😀" + "й" * 66, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_by_packing(body: str, parts: int) -> None:
    assert segments(body) == parts


@given(st.text())
def test_plain_text_hides_and_turns_nothing(body: str) -> None:
    assert not set(plain(body)) & set("\u202a\u202e\u2066\u2069\u200e\u200f\u200b\ufeff‘’“”…\u00a0")


@given(st.text())
def test_more_text_never_costs_less(body: str) -> None:
    assert segments(body) <= segments(body + "a")
