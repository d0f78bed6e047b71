"""Text-to-join: the word, the number and the link."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.errors import ConfigError
from yesline.programme import Group, Keywords, Sender
from yesline.rules.joining import EVERYWHERE, Join, link, offer

ONE_WAY = Sender(address="Larkspur")
SHORT = Sender(address="24680")
LONG = Sender(address="+12025550123")


def group(sender: Sender = SHORT, **more: object) -> Group:
    given_ = {"id": "promotions", "name": "Promotions", "sends": "offers", "frequency": "weekly", "sender": sender}
    return Group(**(given_ | more))  # type: ignore[arg-type]


def test_a_short_code_and_its_first_keyword() -> None:
    found = offer(group(keywords={"en": Keywords(opt_in=("JOIN", "HARVEST"))}))
    assert found == Join("JOIN", "24680", "24680", "sms:24680")


def test_a_long_number_is_shown_as_people_read_it() -> None:
    found = offer(group(LONG))
    assert found == Join(EVERYWHERE, "+12025550123", "+1 202-555-0123", "sms:+12025550123")


def test_a_sender_without_replies_offers_nothing() -> None:
    assert offer(group(ONE_WAY)) is None
    assert offer(group(Sender(address="24680", replies=False))) is None


def test_the_sender_that_takes_over_is_offered_where_the_first_takes_no_replies() -> None:
    found = offer(group(ONE_WAY, backup=LONG))
    assert found is not None
    assert found.sender == LONG.address


@pytest.mark.parametrize(
    ("language", "keyword"),
    [("en", "JOIN"), ("fr", "OUI ALORS"), ("fr-CA", "OUI ALORS"), ("de", "JOIN"), ("es", "JOIN"), ("", "JOIN")],
)
def test_the_keyword_is_one_of_the_language_where_the_group_speaks_it(language: str, keyword: str) -> None:
    words = {"en": Keywords(opt_in=("JOIN",)), "fr": Keywords(opt_in=("OUI ALORS",)), "de": Keywords(opt_in=("DABEI",))}
    found = offer(group(languages=("en", "fr", "es"), keywords=words), language)
    assert found is not None
    assert found.keyword == keyword, "de is written down, but the group does not understand it"


def test_a_keyword_of_ones_own_choice_must_opt_in() -> None:
    own = group(keywords={"en": Keywords(opt_in=("JOIN", "HARVEST"))})
    for word in ("HARVEST", "harvest", "START"):
        found = offer(own, keyword=word)
        assert found is not None
        assert found.keyword == word
    for word in ("STOP", "HELP", "Y", "SPRING"):
        with pytest.raises(ConfigError, match="opt_in"):
            offer(own, keyword=word)


def test_nothing_is_prefilled_unless_the_group_says_so() -> None:
    found = offer(group(LONG, prefill=True, keywords={"en": Keywords(opt_in=("JOIN US",))}))
    assert found is not None
    assert found.link == "sms:+12025550123?&body=JOIN%20US"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_body_travels_whole(body: str) -> None:
    """Whatever the word: no character of it ends the body early or begins another parameter."""
    parts = urlsplit(link("24680", body))
    assert (parts.scheme, parts.path, parts.fragment) == ("sms", "24680", "")
    (empty, _, value) = parts.query.partition("&body=")
    assert empty == ""
    assert "&" not in value
    assert unquote(value) == body
    assert link("24680", body).isascii()
