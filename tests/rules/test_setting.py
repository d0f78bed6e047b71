"""What a back end may say of a state: an explicit set decides, a STOP stands, and nobody is asked twice."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.texting import Book, group_of
from tests.wire import SHOWN
from yesline.programme import Group
from yesline.records import (
    Done,
    Profile,
    ProfileChange,
    Prompt,
    SetStates,
    Setting,
    StopByHand,
    Subscription,
    Track,
    Was,
)
from yesline.rules import profiles, signing
from yesline.rules.abuse import DAY, MINUTE, Cap, Policy, Scope
from yesline.rules.setting import needs_consent

CANADIAN = "+15145550123"
MAIL = "ada@example.com"
LETTERS = group_of(id="letters", channel="email")


def wish(book: Book, state: Any = "subscribed", phone: str = SHOWN, **more: Any) -> Setting:
    """A setting of a number in the book's group."""
    return Setting(more.pop("group", book.group), state, phone=phone, tag=signing.number_tag(book.keys, phone), **more)


def by_mail(book: Book, state: Any = "subscribed", **more: Any) -> Setting:
    """A setting of an address."""
    return Setting(LETTERS, state, email=MAIL, tag=profiles.email_tag(book.keys, MAIL), **more)


def told(book: Book, *settings: Setting) -> list[Was]:
    """What became of settings."""
    done: Done = book.do(SetStates("api", settings, {"key": "the shop"}))
    return list(done.states)


def one(book: Book, setting: Setting) -> tuple[str, str]:
    """What became of one: the state, and the error."""
    (was,) = told(book, setting)
    return was.state, was.error


def kept(book: Book) -> list[str]:
    """The states that are kept."""
    return [row.state for row in book.all(Subscription)]


def test_an_explicit_set_decides_and_texts_nobody() -> None:
    book = Book()
    assert one(book, wish(book)) == ("subscribed", "")
    assert one(book, wish(book, "unsubscribed")) == ("unsubscribed", "")
    assert one(book, wish(book)) == ("subscribed", "")
    assert book.texts() == []
    assert book.notes() == [("subscribed", "api"), ("unsubscribed", "api"), ("subscribed", "api")]
    assert book.events[0].facts == {"key": "the shop", "phone": SHOWN}


def test_the_same_again_changes_nothing_but_is_noted() -> None:
    book = Book()
    told(book, wish(book), wish(book))
    told(book, wish(book, "unsubscribed"), wish(book, "unsubscribed"))
    assert [kind for kind, _ in book.notes()] == ["subscribed", "noted", "unsubscribed", "noted"]


def test_the_phone_is_asked_and_says_yes() -> None:
    book = Book()
    assert one(book, wish(book, asks=True)) == ("pending", "")
    assert book.text("prompt").state == "queued"
    book.says("Y")
    assert kept(book) == ["subscribed"]
    assert one(book, wish(book, asks=True)) == ("subscribed", "")
    assert len(book.texts("prompt")) == 1


def test_pending_is_never_asked_twice_in_a_day() -> None:
    book = Book()
    for _ in range(4):
        assert one(book, wish(book, asks=True)) == ("pending", "")
        book.now += 5 * MINUTE
    assert len(book.texts("prompt")) == len(book.all(Prompt)) == 1
    book.now += DAY
    assert one(book, wish(book, asks=True)) == ("pending", "")
    assert len(book.texts("prompt")) == 2
    (prompt,) = book.all(Prompt)
    assert prompt.generation == 2


def test_over_the_cap_of_the_number_nothing_changes() -> None:
    book = Book(Policy(number=Scope("number", 1, (Cap(1, DAY),))))
    told(book, wish(book, asks=True), wish(book, "unsubscribed"))
    assert one(book, wish(book, asks=True)) == ("unsubscribed", "capped")
    assert book.events[-1].facts["why"] == "capped"
    assert len(book.texts("prompt")) == 1


@pytest.mark.parametrize("state", ["subscribed", "unsubscribed"])
def test_an_explicit_set_closes_the_open_prompt(state: str) -> None:
    book = Book()
    told(book, wish(book, asks=True))
    assert one(book, wish(book, state)) == (state, "")
    (prompt,) = book.all(Prompt)
    assert prompt.state == "void"
    assert book.text("prompt").state == "dropped"


def test_a_prompt_whose_window_is_over_makes_way_for_another() -> None:
    book = Book()
    told(book, wish(book, asks=True))
    book.now += 31 * DAY
    assert one(book, wish(book, asks=True)) == ("pending", "")
    assert sorted(prompt.state for prompt in book.all(Prompt)) == ["expired", "open"]


@pytest.mark.parametrize("asks", [False, True])
def test_a_stopped_number_is_never_moved(asks: bool) -> None:
    book = Book()
    told(book, wish(book))
    book.do(StopByHand(SHOWN, signing.number_tag(book.keys, SHOWN), {}))
    assert one(book, wish(book, asks=asks)) == ("unsubscribed", "stopped")
    assert kept(book) == ["unsubscribed"]
    assert book.texts("prompt") == []
    assert book.events[-1].facts["why"] == "stopped"
    book.now += MINUTE
    book.says("START")
    assert one(book, wish(book)) == ("subscribed", "")


@pytest.mark.parametrize("asks", [False, True])
def test_a_canadian_number_needs_evidence_first(asks: bool) -> None:
    """``security-compliance`` E 28."""
    book = Book()
    assert one(book, wish(book, phone=CANADIAN, asks=asks)) == ("unknown", "consent_missing")
    assert kept(book) == []
    assert book.texts() == []
    evidence = {"text": "Send me offers.", "page": "https://shop.example/checkout"}
    state, error = one(book, wish(book, phone=CANADIAN, asks=asks, consent=evidence))
    assert (state, error) == ("pending" if asks else "subscribed", "")
    assert evidence.items() <= book.events[-1].facts.items()


@pytest.mark.parametrize(
    ("rule", "phone", "needed"),
    [
        ("by_country", CANADIAN, True),
        ("by_country", SHOWN, False),
        ("by_country", "", False),
        ("required", SHOWN, True),
        ("optional", CANADIAN, False),
    ],
)
def test_who_must_tell_how_a_number_agreed(rule: Any, phone: str, needed: bool) -> None:
    assert needs_consent(group_of(consent=rule), phone) is needed


def test_a_person_is_found_by_name_and_asked_in_their_language() -> None:
    book = Book()
    book.do(Track("api", (_known(book, '{"language": "es"}'),)))
    assert one(book, Setting(book.group, "subscribed", who="external_id:u1", asks=True)) == ("pending", "")
    assert book.text("prompt").language == "es"


def test_a_number_is_asked_in_the_language_of_its_owner() -> None:
    book = Book()
    book.do(Track("api", (_known(book, '{"language": "fr"}'),)))
    assert one(book, wish(book, asks=True)) == ("pending", "")
    assert book.text("prompt").language == "fr"


def test_a_language_that_is_named_goes_first_and_none_is_the_groups() -> None:
    book = Book()
    book.do(Track("api", (_known(book, '{"language": "fr"}'),)))
    told(book, wish(book, asks=True, language="de"), wish(book, phone="+12025550123", asks=True))
    assert [text.language for text in book.texts("prompt")] == ["de", "en"]


def test_who_is_not_there_or_has_nothing_is_told() -> None:
    book = Book()
    book.do(Track("api", (ProfileChange("external_id:bare"),)))
    bare = "external_id:bare"
    assert one(book, Setting(book.group, "subscribed", who="external_id:u2")) == ("unknown", "profile_unknown")
    assert one(book, Setting(book.group, "subscribed", who=bare)) == ("unknown", "phone_unknown")
    assert one(book, Setting(LETTERS, "subscribed", who=bare)) == ("unknown", "email_unknown")
    assert book.events == []


def test_addresses_have_states_of_their_own_and_are_not_asked() -> None:
    book = Book()
    assert one(book, by_mail(book, asks=True)) == ("subscribed", "")
    assert book.subject.email == MAIL
    assert book.events[0].facts["email"] == MAIL
    book.do(Track("api", (ProfileChange("external_id:u1", email=MAIL, email_tag=profiles.email_tag(book.keys, MAIL)),)))
    assert one(book, Setting(LETTERS, "unsubscribed", who="external_id:u1")) == ("unsubscribed", "")
    assert kept(book) == ["unsubscribed"]


def test_a_state_is_the_numbers_and_goes_with_no_person_to_another() -> None:
    book = Book()
    book.do(Track("api", (_known(book),)))
    told(book, wish(book))
    other = "+12025550123"
    book.do(Track("api", (ProfileChange("external_id:u1", phone=other, tag=signing.number_tag(book.keys, other)),)))
    (person,) = book.all(Profile)
    assert person.phone == other
    assert one(book, Setting(book.group, "unsubscribed", who="external_id:u1")) == ("unsubscribed", "")
    assert kept(book) == ["subscribed", "unsubscribed"]


def _known(book: Book, attributes: str = "{}") -> ProfileChange:
    tag = signing.number_tag(book.keys, SHOWN)
    return ProfileChange("external_id:u1", phone=SHOWN, tag=tag, attributes=attributes)


STEPS = st.lists(
    st.sampled_from(["subscribed", "unsubscribed", "ask", "Y", "N", "STOP", "START", "later", "month"]), max_size=12
)


@given(STEPS)
def test_whatever_happens_the_promises_hold(steps: list[str]) -> None:
    """One open prompt at most; no API call subscribes, or asks, whoever said STOP; subscribed is never made less by asking."""
    book = Book()
    stopped = False
    for step in steps:
        before = (kept(book) or ["unknown"])[0]
        if step in ("subscribed", "unsubscribed", "ask"):
            asked = replace(wish(book, "subscribed" if step == "ask" else step), asks=step == "ask")
            state, error = one(book, asked)
            assert not stopped or step == "unsubscribed" or (error == "stopped" and state != "pending")
            assert before != "subscribed" or step == "unsubscribed" or state == "subscribed"
        elif step in ("later", "month"):
            book.now += DAY if step == "later" else 31 * DAY
        else:
            book.says(step)
            stopped = step == "STOP" or (stopped and step != "START")
        assert sum(prompt.state == "open" for prompt in book.all(Prompt)) <= 1
        assert not stopped or "subscribed" not in kept(book)


def test_groups_do_not_touch_each_other() -> None:
    book = Book()
    roasts: Group = group_of(id="roasts")
    told(book, wish(book), wish(book, group=roasts, asks=True))
    told(book, wish(book, "unsubscribed"))
    assert kept(book) == ["unsubscribed", "pending"]
