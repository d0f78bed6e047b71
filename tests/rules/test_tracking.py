"""What a back end tells of people in lists: each is taken as far as it can be."""

import msgspec

from tests.texting import Book
from tests.wire import SHOWN
from yesline.records import (
    Happening,
    Profile,
    ProfileChange,
    ProfileEvent,
    Setting,
    Subscription,
    Track,
    Was,
)
from yesline.rules import profiles, signing


def test_a_person_is_made_and_set_in_one_go() -> None:
    book = Book()
    tag = signing.number_tag(book.keys, SHOWN)
    wish = Setting(book.group, "subscribed", asks=True)
    change = ProfileChange("external_id:u1", phone=SHOWN, tag=tag, attributes='{"language": "es"}', settings=(wish,))
    done = book.do(Track("api", (change,)))
    assert done.states == (Was(0, "pending"),)
    assert book.text("prompt").language == "es"
    (one,) = book.all(Profile)
    assert (one.external_id, one.phone) == ("u1", SHOWN)


def test_who_is_not_there_is_only_made_where_wanted() -> None:
    book = Book()
    wish = Setting(book.group, "subscribed")
    changes = (ProfileChange("external_id:u1", create=False, settings=(wish,)), ProfileChange("external_id:u2"))
    happenings = (
        Happening("external_id:u3", "event", "seen", 1, create=False),
        Happening("external_id:u4", "event", "seen", 1),
    )
    done = book.do(Track("api", changes, happenings))
    assert [one.external_id for one in book.all(Profile)] == ["u2", "u4"]
    assert [was.error for was in done.people] == ["", ""]
    assert len(done.happenings) == 2
    assert len(book.all(ProfileEvent)) == 1
    assert book.all(Subscription) == []


def test_errors_name_the_change_they_are_of() -> None:
    book = Book()
    wish = Setting(book.group, "subscribed")
    changes = (
        ProfileChange("external_id:u1", attributes='{"a": 1, "$b": 2}'),
        ProfileChange("external_id:u2", settings=(wish,)),
    )
    done = book.do(Track("api", changes))
    assert done.people == (Was(0, error="$b"), Was(1))
    assert done.states == (Was(1, error="phone_unknown"),)


def test_a_number_and_an_address_can_go() -> None:
    book = Book()
    mail = profiles.email_tag(book.keys, "ada@example.com")
    change = ProfileChange("external_id:u1", phone=SHOWN, tag="t", email="ada@example.com", email_tag=mail)
    book.do(Track("api", (change, ProfileChange("external_id:u1"))))
    assert [(one.phone, one.email) for one in book.all(Profile)] == [(SHOWN, "ada@example.com")]
    book.do(Track("api", (ProfileChange("external_id:u1", phone="", tag="", email="", email_tag=""),)))
    assert [(one.phone, one.tag, one.email, one.email_tag) for one in book.all(Profile)] == [(None,) * 4]


def test_repeats_count_twice() -> None:
    book = Book()
    bought = Happening("external_id:u1", "purchase", "beans", 5, '{"price": 9.5}')
    book.do(Track("api", (), (bought, bought)))
    rows = book.all(ProfileEvent)
    assert [(row.kind, row.name, row.at, msgspec.json.decode(row.properties)) for row in rows] == [
        ("purchase", "beans", 5, {"price": 9.5})
    ] * 2
