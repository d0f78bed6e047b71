"""The linter of texts: ours say all that table A4.9 asks for, and whatever is taken out of one is missed."""

import re
from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from yesline.programme import Brand, Group, Sender
from yesline.rules import texts
from yesline.rules.disclosure import (
    ABSENT,
    REQUIRED,
    SHORTENERS,
    Problem,
    lint,
    lint_brand,
    lint_names,
)
from yesline.rules.wording import phrases

LANGUAGES = tuple(texts.PACKS)
BRAND = Brand("Larkspur Coffee", "hello@larkspur.example", "https://l.example/terms", "https://l.example/privacy")
GROUP = Group(
    "promotions", "Promotions", "new roasts, tastings and offers", "Up to 4 messages a month", Sender("24680")
)
ONE_WAY = replace(GROUP, sender=Sender("LARKSPUR"))
SENDERS = pytest.mark.parametrize("group", [GROUP, ONE_WAY], ids=["two-way", "one-way"])
EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
EACH_KIND = pytest.mark.parametrize("kind", texts.KINDS)
WAYS = [way for length in (1, 2, 3) for way in permutations(texts.METHODS, length)]


def default(kind: str, language: str, group: Group = GROUP) -> str:
    """Our words with the pieces of the group's sender written out, so that parts of them can be taken away."""
    words = texts.template(group, kind, language)
    for piece in ("end", "help_end", "back"):
        name = piece if group.sender.two_way else f"one_way.{piece}"
        words = words.replace(f"{{{piece}}}", texts.template(group, name, language))
    return words


def errors(
    kind: str, words: str, language: str = "en", group: Group = GROUP, methods: tuple[str, ...] | None = None
) -> set[str]:
    return {p.part for p in lint(BRAND, group, language, kind, words, methods) if p.level == "error"}


def only(found: list[Problem], part: str) -> Problem:
    (problem,) = [problem for problem in found if problem.part == part]
    return problem


@SENDERS
@EACH_KIND
@EACH_LANGUAGE
def test_our_texts_pass_for_every_set_of_methods(group: Group, kind: str, language: str) -> None:
    for methods in (None, *WAYS):
        if methods == ("reply",) and not group.sender.two_way:
            continue
        assert lint(BRAND, group, language, kind, texts.template(group, kind, language), methods) == []


@EACH_LANGUAGE
def test_our_short_prompts_pass_for_forms_that_ask_for_replies_alone(language: str) -> None:
    words = texts.template(GROUP, "short.prompt", language)
    assert lint(BRAND, GROUP, language, "prompt", words, ("reply",)) == []
    assert errors("prompt", words, language, methods=("reply", "code")) == {"code"}
    assert errors("prompt", words, language, ONE_WAY) >= {"reply", "stop"}


def drop(*what: str) -> Callable[[str, str], str]:
    def without(words: str, _language: str) -> str:
        for part in what:
            words = words.replace(part, "")
        return words

    return without


def drop_phrases(*names: str) -> Callable[[str, str], str]:
    def without(words: str, language: str) -> str:
        for name in names:
            for phrase in phrases(language, name):
                rest = r"\w*" if phrase.endswith("*") else ""
                words = re.sub(re.escape(phrase.removesuffix("*")) + rest, "", words, flags=re.IGNORECASE)
        return words

    return without


def drop_words(*names: str) -> Callable[[str, str], str]:
    def without(words: str, language: str) -> str:
        listed = [word for name in names for word in phrases(language, name)]
        return re.sub("|".join(listed), "", words).replace("{stop_link}", "")

    return without


WITHOUT: dict[str, Callable[[str, str], str]] = {
    "brand": drop("{brand}"),
    "sends": drop("{sends}"),
    "frequency": drop("{frequency}"),
    "support": drop("{support}"),
    "how": drop("{how}", "{How}"),
    "expiry": drop("{days}"),
    "stop": drop_words("stop"),
    "help": lambda words, language: drop("{support}")(drop_words("help")(words, language), language),
    "rates": drop_phrases("rates"),
    "marketing": drop_phrases("marketing"),
    "recurring": drop_phrases("recurring"),
    "ended": drop_phrases("ended"),
    "no_replies": drop_phrases("no_replies"),
}


def required(kind: str, group: Group) -> tuple[str, ...]:
    more = ("no_replies",) if not group.sender.two_way and "stop" in REQUIRED[kind] else ()
    return (*REQUIRED[kind], *more)


@SENDERS
@EACH_KIND
@EACH_LANGUAGE
def test_each_part_that_is_taken_out_is_missed(group: Group, kind: str, language: str) -> None:
    whole = default(kind, language, group)
    assert errors(kind, whole, language, group) == set()
    for part in required(kind, group):
        words = WITHOUT[part](whole, language)
        assert words != whole, part
        assert part in errors(kind, words, language, group), part


@given(st.data())
def test_what_is_taken_out_together_is_missed_together(data: st.DataObject) -> None:
    group = data.draw(st.sampled_from([GROUP, ONE_WAY]))
    kind = data.draw(st.sampled_from(texts.KINDS))
    language = data.draw(st.sampled_from(LANGUAGES))
    parts = data.draw(st.sets(st.sampled_from(required(kind, group)), min_size=1))
    words = default(kind, language, group)
    for part in sorted(parts):
        words = WITHOUT[part](words, language)
    missed = errors(kind, words, language, group)
    assert missed >= parts
    beside = {"support", "help", "stop", "edge", "marketing", "recurring"}  # a phrase or a piece that says two things
    assert missed <= parts | beside


ADDED: dict[str, Callable[[str], list[str]]] = {
    "how": lambda _: ["{how}", "{How}", "{code}", "{link} x", "{reply}"],
    "sends": lambda _: ["{sends}"],
    "frequency": lambda _: ["{frequency}"],
    "terms": lambda _: [f"{BRAND.terms} x", f"{BRAND.privacy} x"],
    "rates": lambda language: list(phrases(language, "rates")),
    "purchase": lambda language: list(phrases(language, "purchase")),
    "offer": lambda language: [
        *(phrase.removesuffix("*") for phrase in phrases(language, "offer")),
        "20%",
        "%20",
        "5 €",
        "$5",
    ],
}


@EACH_KIND
@EACH_LANGUAGE
def test_each_part_that_is_too_much_is_noticed(kind: str, language: str) -> None:
    whole = default(kind, language)
    for part in ABSENT[kind]:
        for more in ADDED[part](language):
            assert part in errors(kind, f"{whole} {more} .", language), more


def test_offers_may_stand_in_confirmations() -> None:
    assert errors("confirmation", default("confirmation", "en") + " Here is 20% off: free coffee.") == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_are_the_linters_and_none_is_empty(language: str) -> None:
    for part in ("rates", "stop", "help", "marketing", "recurring", "ended", "no_replies", "purchase", "offer"):
        assert phrases(language, part)
        assert all(phrase.strip("* ") for phrase in phrases(language, part))


def test_messages_name_the_part_and_what_to_write() -> None:
    found = lint(BRAND, GROUP, "fr", "prompt", "{how}. {days}")
    assert only(found, "brand").message == "it does not say the brand. Write {brand}."
    assert only(found, "rates").message == (
        "it does not say that message and data rates may apply. Write “Frais de SMS et de données possibles”."
    )
    assert only(found, "stop").message == "it does not say how to end it. Write {end} or {help_end}."


@pytest.mark.parametrize(
    "rates",
    ["MSG & DATA RATES MAY APPLY", "Message and data rates may apply.", "Msg&data rates may apply", "msg &  data\nrates may apply"],
)  # fmt: skip
def test_rates_may_be_said_in_either_wording_and_any_case(rates: str) -> None:
    words = f"{{brand}}: {{how}} within {{days}} days. {rates} {{end}}"
    assert errors("prompt", words) == set()
    assert errors("prompt", words, "de") == set()


def test_values_written_out_count_as_said() -> None:
    words = (
        "LARKSPUR COFFEE: welcome! Recurring marketing: New roasts, tastings and offers. up to 4 messages a month. "
        "Message and data rates may apply. Questions? hello@larkspur.example. STOP ends it."
    )
    assert lint(BRAND, GROUP, "en", "confirmation", words) == []
    prompt = "Larkspur Coffee: {how} to get new roasts, tastings and offers, within 30 days. Msg & data rates may apply. {end}"
    assert lint(BRAND, GROUP, "en", "prompt", prompt) == []


def test_names_of_brands_and_groups_prove_nothing() -> None:
    brand = replace(BRAND, name="Free STOP HELP Deals")
    group = replace(GROUP, sends="free coupons, Msg & data rates may apply", name="STOP")
    found = lint(brand, group, "en", "prompt", "{brand}: {how} for {sends}, {days} days.")
    assert {problem.part for problem in found} == {"rates", "stop"}
    written = lint(
        brand, group, "en", "prompt", "Free STOP HELP Deals: {how} in {days} days. Msg & data rates may apply."
    )
    assert {problem.part for problem in written} == {"stop"}


@pytest.mark.parametrize("words", ["stop to end", "STOPS", "UNSTOP", "NONSTOP fun"])
def test_stop_is_a_word_in_capitals(words: str) -> None:
    assert "stop" in errors("review", f"{{brand}}: {words}.")


def test_stop_stands_beside_other_scripts() -> None:
    assert errors("review", "{brand}: 停止はSTOPと返信。", "ja") == set()


def test_local_words_for_stop_count_in_their_language_alone() -> None:
    assert errors("review", "{brand}: ARRET pour finir.", "fr-CA") == set()
    assert errors("review", "{brand}: ARRET pour finir.", "de") == {"stop"}


def test_an_offer_in_what_is_sent_keeps_it_from_prompts() -> None:
    group = replace(GROUP, sends="news and 20% off")
    assert "20% off" in only(lint(BRAND, group, "en", "prompt", texts.template(group, "prompt", "en")), "offer").message
    assert lint(BRAND, group, "en", "confirmation", texts.template(group, "confirmation", "en")) == []


@pytest.mark.parametrize("words", ["fleas", "freedom", "toll-freeway", "dealer", "salesman", "winter"])
def test_words_that_only_look_like_offers_pass(words: str) -> None:
    assert errors("prompt", f"{default('prompt', 'en')} {words}") == set()


@pytest.mark.parametrize(
    ("words", "methods", "wrong"),
    [
        ("reply {reply}", ("reply",), set()),
        ("reply {reply}", ("reply", "link"), {"link"}),
        ("reply {reply} or enter {code}", ("reply",), {"code"}),
        ("Reply Y", ("reply",), set()),
        ("Reply YES", ("code",), {"reply", "code"}),
        ("open {link} now", ("link", "code"), {"code"}),
        ("{how}", ("link", "code"), set()),
        ("{how}, the code is {code}", ("reply",), {"code"}),
    ],
)
def test_a_prompt_names_the_methods_of_its_form(words: str, methods: tuple[str, ...], wrong: set[str]) -> None:
    whole = f"{{brand}}: {words} within {{days}} days. Msg & data rates may apply. {{end}}"
    assert errors("prompt", whole, methods=methods) == wrong


def test_a_piece_that_lost_its_field_is_missed() -> None:
    group = replace(GROUP, texts={"en": {"how.code": "enter the code"}})
    words = texts.template(group, "prompt", "en")
    assert errors("prompt", words, group=group, methods=("code", "link")) == {"code"}


def test_a_sender_without_replies_asks_for_none() -> None:
    words = "{brand}: reply {reply} within {days} days. Msg & data rates may apply. {end}"
    found = lint(BRAND, ONE_WAY, "en", "prompt", words)
    assert only(found, "reply").message == "LARKSPUR cannot take replies. Write {how} in place of the word."
    found = lint(BRAND, ONE_WAY, "en", "prompt", texts.template(ONE_WAY, "prompt", "en"), ("reply",))
    assert "Add code or link to methods" in only(found, "methods").message


def test_a_sender_without_replies_gives_a_link_and_says_so() -> None:
    assert errors("review", "{brand}: Reply STOP to end.", group=ONE_WAY) == {"stop", "no_replies"}
    assert errors("review", "{brand}: to end {stop_link} now.", group=ONE_WAY) == {"no_replies"}
    assert errors("review", "{brand}: to end {stop_link} (please do not reply).", group=ONE_WAY) == set()


@pytest.mark.parametrize(
    "words", ["{nobody}", "{", "}", "{brand.name}", "{0}", "{brand!r}"], ids=lambda words: f"field {words}"
)
def test_fields_that_do_not_exist(words: str) -> None:
    (problem,) = lint(BRAND, GROUP, "en", "help", f"{{brand}} {words}")
    assert (problem.level, problem.part) == ("error", "field")
    assert "fields are brand, group, sends" in problem.message


@pytest.mark.parametrize("host", SHORTENERS)
def test_public_shorteners(host: str) -> None:
    for link in (f"https://{host}/x", f"{host.upper()}/x"):
        problem = only(lint(BRAND, GROUP, "en", "reply", f"See {link} now"), "shortener")
        assert host in problem.message
    assert lint(BRAND, GROUP, "en", "reply", f"See https://my-{host}/x or https://{host}.example.com/ now") == []
    brand = replace(BRAND, support=f"https://{host}/help")
    assert only(lint(brand, GROUP, "en", "help", default("help", "en")), "shortener").level == "error"


@pytest.mark.parametrize(
    "words", ["{link} is it", "is it {link}", "https://l.example/ is it", "is it http://l.example"]
)
def test_links_at_the_edge(words: str) -> None:
    assert "edge" in errors("confirmation", words)
    assert "edge" not in errors("confirmation", f"so {words} so")


def test_a_support_address_at_the_edge_is_a_link_too() -> None:
    brand = replace(BRAND, support="https://l.example/help")
    assert "edge" in {problem.part for problem in lint(brand, GROUP, "en", "help", "{brand}: {end} {support}")}
    assert "edge" not in errors("help", "{brand}: {end} {support}")


def test_a_link_with_no_space_after_it() -> None:
    problem = only(
        lint(BRAND, GROUP, "en", "prompt", default("prompt", "en").replace("{how}", "{link}, {how}")), "edge"
    )
    assert problem.level == "warning"


def test_more_than_ten_parts() -> None:
    words = "a" * 1530
    assert lint(BRAND, GROUP, "en", "reply", words) == []
    assert "11 parts" in only(lint(BRAND, GROUP, "en", "reply", words + "a"), "length").message


def test_characters_that_make_a_text_dearer_are_named() -> None:
    problem = only(lint(BRAND, GROUP, "en", "confirmation", default("confirmation", "en") + " 😀"), "encoding")
    assert problem.level == "warning"
    assert problem.message == "😀 is outside of GSM 03.38 and turns all of it to UCS-2: it costs 3 part(s)."
    group = replace(GROUP, sends="café y promoción")
    assert "ó is outside" in only(lint(BRAND, group, "es", "help", default("help", "es")), "encoding").message
    assert lint(BRAND, GROUP, "pl", "help", default("help", "pl") + " 😀") == []


def test_odd_quotes_cost_nothing_and_are_not_warned_of() -> None:
    assert lint(BRAND, GROUP, "en", "confirmation", default("confirmation", "en").replace("'", "’") + " “Hi” …") == []


def test_a_language_that_we_do_not_have_is_left_to_the_reader() -> None:
    words = "{brand}: {how} inom {days} dagar. {end}"
    (problem,) = lint(BRAND, GROUP, "sv", "prompt", words)
    assert (problem.level, problem.part) == ("warning", "rates")
    assert "'sv'" in problem.message
    assert errors("prompt", "{brand}: {how} nu", "sv") == {"expiry", "stop"}


@pytest.mark.parametrize(
    "name", ["https://evil.example", "www.evil.example", "evil.example/x", "Lark\u202espur", "Lark\nspur", "\u200b"]
)
def test_names_hold_no_addresses_and_nothing_hidden(name: str) -> None:
    assert [problem.level for problem in lint_brand(replace(BRAND, name=name))] == ["error"]
    for field in ("name", "sends", "frequency"):
        (problem,) = lint_names(replace(GROUP, **{field: name}))
        assert problem.level == "error"
        assert problem.message.startswith(f"{field}: ")


def test_names_that_phones_make_links_of() -> None:
    assert [problem.level for problem in lint_brand(replace(BRAND, name="Booking.com"))] == ["warning"]


@pytest.mark.parametrize(
    "name", ["Larkspur Coffee", "St. Ives", "L’Oréal", "7-Eleven", "R&D", "中文", "{{7*7}}", "A.B. Dick"]
)
def test_names_that_are_names(name: str) -> None:
    assert lint_brand(replace(BRAND, name=name)) == []


def test_a_brand_that_is_too_long() -> None:
    assert lint_brand(replace(BRAND, name="x" * 30)) == []
    assert "31 characters" in only(lint_brand(replace(BRAND, name="x" * 31)), "brand").message
