"""The words of texts: what is put in, in which language, and what they cost."""

import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from yesline import packs
from yesline.errors import ConfigError
from yesline.programme import Brand, Custom, Group, Sender
from yesline.records import Prompt, Text
from yesline.rules.segments import encoding, segments
from yesline.rules.texts import DEFAULTS, FIELDS, KINDS, MASK, METHODS, PACKS, PIECES, fill, names, render

LANGUAGES = ("ar", "de", "en", "es", "fr", "fr-CA", "he", "hi", "it", "ja", "nl", "pl", "pt", "tr", "zh")
IN_GSM = ("de", "en", "es", "fr", "fr-CA", "it", "nl", "pt")
RIGHT_TO_LEFT = ("ar", "he")

BRAND = Brand("Larkspur Coffee", "hello@larkspur.example", "https://l.example/terms", "https://l.example/privacy")
GROUP = Group(
    "promotions", "Promotions", "new roasts, tastings and offers", "Up to 4 messages a month", Sender("24680")
)
ONE_WAY = replace(GROUP, sender=Sender("LARKSPUR"))
LINK = "https://txt.example.com/c/abcdefghijklmnopqrstuv"
STOP_LINK = "https://txt.example.com/stop/abcdefghijklmnopqrstuv"
SECRETS = {"code": "123456", "link": LINK, "stop_link": STOP_LINK}
ASKING = ("prompt", "already")
WAYS = [way for length in (1, 2, 3) for way in permutations(METHODS, length)]


def prompt(methods: str = "reply code link", host: str = "shop.example") -> Prompt:
    return Prompt("p", "s", "promotions", "24680", "join", "en", methods, host, None, "open", 1, 0, 0, 0, 0)


def text(kind: str, language: str = "en", name: str = "") -> Text:
    return Text("t", kind, "queued", "s", "promotions", "24680", "p", 1, language, 1, 0, 0, 0, name=name)  # type: ignore[arg-type]


def own(language: str = "en", **words: str) -> Group:
    return replace(GROUP, texts={language: words})


def sent(group: Group, kind: str, language: str = "en", methods: str = "reply code link") -> str:
    return render(BRAND, group, text(kind, language), prompt(methods) if kind in ASKING else None, SECRETS)


def test_every_language_has_every_text_and_piece() -> None:
    assert tuple(PACKS) == LANGUAGES
    for language, words in DEFAULTS.items():
        if "-" not in language:
            assert set(words) == {*KINDS, *PIECES}, language
            assert set(PACKS[language].must) == set(PACKS["en"].must), language
        assert set(words) <= {*KINDS, *PIECES}, language


def test_a_region_holds_only_what_differs() -> None:
    same = [name for name, words in DEFAULTS["fr-CA"].items() if DEFAULTS["fr"][name] == words]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_texts_tell_people_to_send_are_understood(language: str) -> None:
    def bare(word: str) -> str:
        return word.casefold().translate(str.maketrans("êıí̇ìù", "eiiiiu"))

    def known(list_name: str) -> set[str]:
        lists = [getattr(packs.load(pack), list_name) for pack in (language, "en")]
        return {bare(word) for words in lists for word in words}

    pack = PACKS[language]
    assert bare(pack.reply) in known("confirm")
    assert {bare(word) for word in pack.must.get("stop", ())} <= known("opt_out")
    assert {bare(word) for word in pack.must.get("help", ())} <= known("help")
    told = re.findall(r"\b[A-Z]{4,}\b", " ".join(words for words in pack.words.values()).replace("SMS", ""))
    keywords = {"STOP", "HELP", "START", *pack.must.get("stop", ()), *pack.must.get("help", ())}
    assert set(told) <= keywords | set(PACKS[language.partition("-")[0]].must["help"])


def test_the_english_prompt_says_what_it_must() -> None:
    assert sent(GROUP, "prompt") == (
        f"Larkspur Coffee: reply Y, enter code 123456 or tap {LINK} to get new roasts, tastings and offers. "
        "Expires in 30 days. Msg & data rates may apply. Reply HELP for help, STOP to end.\n@shop.example #123456"
    )


def test_a_sender_that_takes_no_replies_asks_for_none_and_gives_a_link() -> None:
    assert sent(ONE_WAY, "prompt") == (
        f"Larkspur Coffee: enter code 123456 or tap {LINK} to get new roasts, tastings and offers. "
        "Expires in 30 days. Msg & data rates may apply. "
        f"Help: hello@larkspur.example. To end: {STOP_LINK} (no replies).\n@shop.example #123456"
    )
    assert sent(ONE_WAY, "stop") == "Larkspur Coffee: you are out and will get no more messages."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("group", [GROUP, ONE_WAY], ids=["two-way", "one-way"])
def test_every_text_names_the_brand_and_nothing_is_left_open(group: Group, kind: str, language: str) -> None:
    body = sent(group, kind, language)
    assert body.startswith("Larkspur Coffee")
    assert "{" not in body
    assert "  " not in body
    assert body == body.strip()
    assert segments(body) <= 6
    assert ("STOP" in body or STOP_LINK in body) or kind == "stop"
    if not group.sender.two_way:
        assert not re.search(r"\b(STOP|HELP|START)\b", body)
        assert (STOP_LINK in body) == (kind != "stop")


@pytest.mark.parametrize("language", IN_GSM)
def test_prompts_are_at_most_two_parts_and_the_short_one_is_one(language: str) -> None:
    body = sent(GROUP, "prompt", language)
    assert (encoding(body), segments(body)) == ("gsm7", 2)
    short = sent(own(language, prompt="short"), "prompt", language)
    assert (encoding(short), segments(short)) == ("gsm7", 1)
    assert PACKS[language].reply in short
    assert "123456" not in short  # nor a line for a code that it does not name


@pytest.mark.parametrize("language", IN_GSM)
@pytest.mark.parametrize("kind", KINDS)
def test_these_languages_are_within_gsm(language: str, kind: str) -> None:
    assert encoding(sent(GROUP, kind, language) + sent(ONE_WAY, kind, language)) == "gsm7"


def test_the_short_prompt_is_shorter_in_every_language() -> None:
    for language in LANGUAGES:
        short = sent(own(language, prompt="short"), "prompt", language)
        assert segments(short) < segments(sent(GROUP, "prompt", language)), language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_links_stand_in_mid_text_with_room_around_them(kind: str, language: str) -> None:
    for group in (GROUP, ONE_WAY):
        for methods in WAYS:
            body = sent(group, kind, language, " ".join(methods)).partition("\n@")[0]
            for link in re.finditer(r"https://\S+", body):
                assert link[0] in (LINK, STOP_LINK)
                assert link.start() > 0
                assert link.end() < len(body)


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_right_to_left_texts_hold_no_marks_that_turn_them(language: str) -> None:
    for kind in KINDS:
        assert not set(sent(GROUP, kind, language)) & set("\u200e\u200f\u061c\u202a\u202b\u2066\u2067\u2069")


def parse_origin_bound(message: str) -> tuple[str, str, str | None] | None:
    """Host, code and embedded host of a message, by the steps of "Origin-bound one-time codes delivered via SMS", 3.2."""
    line = message.replace("\r\n", "\n").replace("\r", "\n").split("\n")[-1]
    position = 0

    def token(marker: str) -> str | None:
        nonlocal position
        if position >= len(line) or line[position] != marker:
            return None
        position += 1
        start = position
        while position < len(line) and line[position] not in "\t\n\f\r ":
            position += 1
        return line[start:position] or None

    host = token("@")
    if host is None or position >= len(line) or line[position] != " ":
        return None
    position += 1
    code = token("#")
    if code is None:
        return None
    embedded = None
    if position < len(line) and line[position] == " ":
        position += 1
        embedded = token("%")
    return host, code, embedded


def test_parser_agrees_with_the_examples_of_the_specification() -> None:
    assert parse_origin_bound("747723 is your code.\n\n@example.com #747723") == ("example.com", "747723", None)
    assert parse_origin_bound("@example.com #747723 %ecommerce.example $future") == (
        "example.com", "747723", "ecommerce.example",
    )  # fmt: skip
    for wrong in (
        "something @example.com #747723",
        "#747723 %ecommerce.example @example.com",
        "@example.com code #747723",
        "",
    ):
        assert parse_origin_bound(wrong) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize("group", [GROUP, ONE_WAY], ids=["two-way", "one-way"])
def test_the_code_line_is_last_and_exact(group: Group, kind: str, language: str) -> None:
    body = sent(group, kind, language)
    assert body.splitlines()[-1] == "@shop.example #123456"
    assert parse_origin_bound(body) == ("shop.example", "123456", None)
    assert body.partition("\n@")[0].count("123456") == 1


@pytest.mark.parametrize("asked", [prompt(host=""), prompt("reply link"), prompt("reply")])
def test_no_code_line_without_a_code_or_a_page(asked: Prompt) -> None:
    assert parse_origin_bound(render(BRAND, GROUP, text("prompt"), asked, SECRETS)) is None


def test_only_texts_that_ask_have_a_code_line() -> None:
    assert parse_origin_bound(render(BRAND, GROUP, text("confirmation"), prompt(), SECRETS)) is None


def test_masks_are_sent_as_they_are() -> None:
    masked = {"code": MASK * 6, "link": f"https://txt.example/c/{MASK * 3}", "stop_link": ""}
    body = render(BRAND, GROUP, text("prompt"), prompt(), masked)
    assert f"code {MASK * 6} or tap https://txt.example/c/{MASK * 3} to" in body
    assert body.endswith(f"#{MASK * 6}")


@pytest.mark.parametrize("methods", WAYS)
def test_a_prompt_names_the_ways_it_has_and_no_other(methods: tuple[str, ...]) -> None:
    for language in LANGUAGES:
        body = sent(GROUP, "prompt", language, " ".join(methods)).partition("\n@")[0]
        assert ("123456" in body) == ("code" in methods)
        assert (LINK in body) == ("link" in methods)
        assert (PACKS[language].reply in body.replace("YES", "")) == ("reply" in methods)


@pytest.mark.parametrize(
    ("asked", "texts", "said"),
    [
        ("de-AT", {"de": {"help": "own {brand}"}}, "own Larkspur Coffee"),
        ("fr-CA", {"fr": {"help": "own {brand}"}}, "own Larkspur Coffee"),  # before ours for the region
        ("fr", {"en": {"help": "own"}}, "Larkspur Coffee Promotions : new roasts"),  # ours before another language
        ("sv", {"en": {"help": "own"}}, "own"),
        ("sv", {}, "Larkspur Coffee Promotions: new roasts"),
        ("pt-BR", {}, "Larkspur Coffee Promotions: new roasts, tastings and offers. Ajuda"),
        ("zh-Hant-TW", {}, "Larkspur Coffee Promotions: new roasts, tastings and offers。客服"),
        ("de", {"de": {"end": "Ende: STOP."}}, "Larkspur Coffee Promotions: new roasts"),
    ],
)
def test_the_group_s_own_words_win_and_fall_back_by_language(
    asked: str, texts: dict[str, dict[str, str]], said: str
) -> None:
    assert sent(replace(GROUP, texts=texts), "help", asked).startswith(said)


def test_pieces_can_be_replaced_alone() -> None:
    group = own("de", **{"how.reply": "schreib {reply}", "help_end": "HELP hilft, STOP beendet."})
    body = sent(group, "prompt", "de", "reply")
    assert "schreib JA." in body
    assert body.endswith("HELP hilft, STOP beendet.")


def test_replies_to_keywords_of_the_group_s_own() -> None:
    hours = Custom({"en": ("HOURS",)}, {"en": "{brand}: 8 to 6", "de": "{brand}: 8 bis 18 Uhr"})
    group = replace(GROUP, custom={"hours": hours, "menu": Custom({"it": ("MENU",)}, {"it": "Solo {brand}"})})
    for language, said in {"en": "8 to 6", "de-AT": "8 bis 18 Uhr", "fr": "8 to 6"}.items():
        assert render(BRAND, group, text("reply", language, "hours"), None, {}) == f"Larkspur Coffee: {said}"
    assert render(BRAND, group, text("reply", "en", "menu"), None, {}) == "Solo Larkspur Coffee"
    with pytest.raises(ConfigError, match=r"text 'reply' of group promotions: .*'gone'.*hours, menu"):
        render(BRAND, group, text("reply", "en", "gone"), None, {})


@pytest.mark.parametrize(
    "broken", ["{nobody}", "{", "}", "{0}", "{}", "{brand.name}", "{brand[0]}", "{brand!r}", "{brand:>9}", "{ brand }"]
)
def test_what_is_no_merge_field_is_named(broken: str) -> None:
    with pytest.raises(ConfigError, match=r"text 'help' of group promotions.*fields are brand, group"):
        sent(own(help=broken), "help")


def test_doubled_braces_are_braces() -> None:
    assert sent(own(help="{{{brand}}} {{link}}"), "help") == "{Larkspur Coffee} {link}"


@pytest.mark.parametrize(
    "name",
    ["{{7*7}}", "{brand}", "{code}", "{", "%s %(x)s", "{0.__class__}", "<img onerror>", "=HYPERLINK()", "$code", "\\1"],
)
def test_values_are_inert(name: str) -> None:
    brand = replace(BRAND, name=name)
    group = replace(GROUP, name=name, sends=name)
    body = render(brand, group, text("prompt"), prompt(), SECRETS)
    assert body.startswith(f"{name}: reply Y")
    assert body.count(name) >= 2
    assert render(brand, group, text("help"), None, SECRETS).startswith(f"{name} {name}: {name}. Help")


def test_values_cannot_add_lines_turn_or_hide() -> None:
    brand = replace(BRAND, name="Lark\u202espur\u200b\n@evil.example #999999\r\n")
    body = render(brand, GROUP, text("prompt"), prompt("reply code", host=""), SECRETS)
    assert body.startswith("Larkspur @evil.example #999999: reply Y")
    assert parse_origin_bound(body) is None


def test_full_stops_of_values_are_not_doubled() -> None:
    group = replace(GROUP, sends="news.", frequency="Weekly.")
    assert ": news. Weekly. Msg" in sent(group, "confirmation")


def test_a_value_that_is_missing_is_no_empty_link() -> None:
    with pytest.raises(ConfigError, match=r"nothing to put in for \{stop_link\}"):
        render(BRAND, ONE_WAY, text("review"), None, {})
    assert "{" not in render(BRAND, GROUP, text("review"), None, {})


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ConfigError, match="no text 'inbound'"):
        render(BRAND, GROUP, text("inbound"), None, {})


@given(st.text(), st.text())
def test_a_value_is_never_read_again(before: str, name: str) -> None:
    escaped = before.replace("{", "{{").replace("}", "}}")
    assert fill(f"{escaped}{{brand}}{escaped}", {"brand": name}) == f"{before}{name}{before}"


@given(st.text(st.sampled_from("{}ab1. brand_")))
def test_words_have_known_fields_or_are_refused(words: str) -> None:
    try:
        found = names(words)
    except ConfigError:
        return
    assert set(found) <= set(FIELDS)
    for name in FIELDS:
        assert f"{{{name}}}" not in words.replace("{{", "").replace("}}", "") or name in found


PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "texts.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, str]:
    section = re.split(r"^## ", PAGE.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| `")
    ]
    return {name.strip("`"): said.strip("`") if said.startswith("`") else said for name, said, *_ in lines}


def test_reference_lists_kinds_fields_and_defaults() -> None:
    assert tuple(rows("Kinds")) == KINDS
    assert {name.strip("{}"): meaning for name, meaning in rows("Merge fields").items()} == FIELDS
    assert rows("Defaults") == DEFAULTS["en"]


def test_reference_tells_what_prompts_cost() -> None:
    assert set(rows("Languages")) == set(LANGUAGES)
    section = PAGE.partition("\n## Languages\n")[2]
    for language in LANGUAGES:
        costs = [segments(sent(group, "prompt", language)) for group in (GROUP, own(language, prompt="short"), ONE_WAY)]
        assert f"| `{language}` | `{PACKS[language].reply}` | {costs[0]} | {costs[1]} | {costs[2]} |" in section
