"""People as a back end names them: found, joined, named and deleted, whatever their numbers agreed to."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.texting import Book
from tests.wire import SHOWN
from yesline.records import (
    Done,
    Erase,
    Forget,
    Happening,
    Identify,
    NameProfiles,
    Profile,
    ProfileAlias,
    ProfileChange,
    Prompt,
    SetStates,
    Setting,
    StopByHand,
    Subject,
    Subscription,
    Suppression,
    Text,
    Track,
)
from yesline.rules import profiles, signing

MAIL = "Ada@Example.com"


def tag(book: Book, phone: str = SHOWN) -> str:
    """The tag of a number."""
    return signing.number_tag(book.keys, phone)


def there(book: Book, who: str, phone: str = "", email: str = "", **known: Any) -> None:
    """A person is there."""
    change = ProfileChange(who, attributes=msgspec.json.encode(known).decode())
    if phone:
        change = replace(change, phone=phone, tag=tag(book, phone))
    if email:
        change = replace(change, email=email, email_tag=profiles.email_tag(book.keys, email))
    book.do(Track("api", (change,)))


def people(book: Book) -> list[Profile]:
    """Those who are still there."""
    return [one for one in book.all(Profile) if one.updated_at >= 0]


def errors(done: Done) -> list[str]:
    """What became of each."""
    return [was.error for was in done.people]


def test_one_is_found_by_every_name() -> None:
    book = Book()
    there(book, "external_id:u1", SHOWN, MAIL)
    (one,) = people(book)
    book.do(NameProfiles((("external_id:u1", "crm", "7"),)))
    mail = profiles.email_tag(book.keys, " ada@example.COM ")
    names = (
        "external_id:u1",
        profiles.alias("crm", "7"),
        f"id:{one.id}",
        profiles.phone(tag(book)),
        profiles.email(mail),
    )
    for at, key in enumerate(names):
        there(book, key, visits=at)
    (same,) = people(book)
    assert msgspec.json.decode(same.attributes) == {"visits": 4}
    assert (same.id, same.phone, same.email) == (one.id, SHOWN, MAIL)


def test_of_several_with_one_number_the_last_with_an_external_id_is_meant() -> None:
    book = Book()
    for who in ("external_id:old", "external_id:new", profiles.alias("crm", "7")):
        book.now += 1
        there(book, who, SHOWN)
    there(book, f"phone:{tag(book)}", met=True)
    assert [one.external_id for one in people(book) if "met" in one.attributes] == ["new"]


def test_who_gave_up_a_number_is_not_found_by_it() -> None:
    book = Book()
    there(book, "external_id:u1", SHOWN)
    other = "+12025550123"
    moved = ProfileChange("external_id:u1", phone=other, tag=tag(book, other))
    again = ProfileChange(f"phone:{tag(book)}", phone=SHOWN, tag=tag(book))
    book.do(Track("api", (moved, again)))
    assert [one.phone for one in people(book)] == [other, SHOWN]


def test_somebody_known_by_another_name_gets_an_external_id() -> None:
    book = Book()
    there(book, profiles.alias("crm", "7"), SHOWN, coffee="dark")
    assert errors(book.do(Identify(((profiles.alias("crm", "7"), "u1"),)))) == [""]
    (one,) = people(book)
    assert (one.external_id, one.phone) == ("u1", SHOWN)
    assert errors(book.do(Identify(((profiles.alias("crm", "7"), "u1"),)))) == [""]
    assert errors(book.do(Identify(((profiles.alias("crm", "7"), "u2"),)))) == ["external_id_taken"]
    assert errors(book.do(Identify((("phone:nobody", "u2"),)))) == ["profile_unknown"]


def test_two_who_are_one_are_joined_and_the_identified_one_keeps_what_it_has() -> None:
    book = Book()
    there(book, "external_id:u1", coffee="light", city="Rome", email=MAIL)
    there(book, profiles.alias("crm", "7"), SHOWN, "other@example.com", coffee="dark", size="L")
    book.do(Identify(((profiles.alias("crm", "7"), "u1"),)))
    (one,) = people(book)
    assert (one.external_id, one.phone, one.tag, one.email) == ("u1", SHOWN, tag(book), MAIL)
    assert msgspec.json.decode(one.attributes) == {"coffee": "light", "city": "Rome", "size": "L"}
    assert [other.profile_id for other in book.all(ProfileAlias)] == [one.id]
    there(book, profiles.alias("crm", "7"), met=True)
    assert len(people(book)) == 1


def test_a_number_that_is_there_is_kept_when_two_are_joined() -> None:
    book = Book()
    there(book, "external_id:u1", SHOWN)
    there(book, profiles.alias("crm", "7"), "+12025550123")
    there(book, profiles.alias("crm", "8"))
    book.do(Identify(((profiles.alias("crm", "7"), "u1"),)))
    (one,) = [one for one in people(book) if one.external_id]
    assert one.phone == SHOWN
    assert {other.name: other.profile_id == one.id for other in book.all(ProfileAlias)} == {"7": True, "8": False}


def test_aliases_name_one_profile_each() -> None:
    book = Book()
    there(book, "external_id:u1")
    there(book, "external_id:u2")
    given = (("external_id:u1", "crm", "7"), ("external_id:u2", "crm", "7"), ("external_id:u1", "crm", "7"))
    assert errors(book.do(NameProfiles(given))) == ["", "alias_taken", ""]
    assert errors(book.do(NameProfiles((("external_id:u3", "crm", "8"), ("", "web", "1"), ("", "web", "1"))))) == [
        "profile_unknown",
        "",
        "",
    ]
    assert [one.external_id for one in people(book)] == ["u1", "u2", None]


def test_the_states_of_numbers_outlive_the_people() -> None:
    book = Book()
    there(book, "external_id:u1", SHOWN)
    book.do(SetStates("api", (Setting(book.group, "subscribed", who="external_id:u1"),)))
    assert errors(book.do(Forget(("external_id:u1", "external_id:u1", "external_id:u2")))) == [
        "",
        "profile_unknown",
        "profile_unknown",
    ]
    assert people(book) == []
    assert [row.state for row in book.all(Subscription)] == ["subscribed"]
    there(book, "external_id:u1", SHOWN)
    assert len(people(book)) == 1


@pytest.mark.parametrize(
    ("attributes", "language"),
    [
        ({"language": "pt-BR"}, "pt-BR"),
        ({"language": "de"}, "de"),
        ({}, ""),
        ({"language": 5}, ""),
        ({"language": "{{x}}"}, ""),
    ],
)
def test_the_language_of_a_person(attributes: dict[str, Any], language: str) -> None:
    one = Profile("p", None, None, None, None, None, msgspec.json.encode(attributes).decode(), 0, 0)
    assert profiles.language_of(one) == language


def test_erasing_leaves_a_stop_and_digests() -> None:
    book = Book()
    there(book, "external_id:u1", SHOWN)
    there(book, "external_id:u2", "+12025550123")
    book.do(Track("api", (), (Happening("external_id:u1", "event", "seen", 1),)))
    book.do(StopByHand(SHOWN, tag(book), {}))
    assert book.do(Erase(tag(book))).error == ""
    assert [one.external_id for one in people(book)] == ["u2"]
    (subject,) = book.all(Subject)
    assert (subject.tag, subject.phone, subject.email) == (None, None, "")
    assert [row.lifted_at for row in book.all(Suppression)] == [0]


def test_erasing_ends_what_was_under_way() -> None:
    book = Book()
    asked = Setting(book.group, "subscribed", phone=SHOWN, tag=tag(book), asks=True)
    book.do(SetStates("api", (asked,)))
    book.do(Erase(tag(book)))
    assert [prompt.state for prompt in book.all(Prompt)] == ["void"]
    assert [text.state for text in book.all(Text)] == ["dropped"]
    assert [row.state for row in book.all(Subscription)] == ["unknown"]
    assert book.events[-1].kind == "erased"


def test_erasing_closes_open_prompts_alone() -> None:
    book = Book()
    asked = Setting(book.group, "subscribed", phone=SHOWN, tag=tag(book), asks=True)
    book.do(SetStates("api", (asked,)))
    book.says("Y")
    book.do(Erase(tag(book)))
    assert [prompt.state for prompt in book.all(Prompt)] == ["confirmed"]


def test_nobody_to_erase_is_told_though_a_person_goes() -> None:
    book = Book()
    there(book, "external_id:u1", SHOWN)
    assert book.do(Erase(tag(book))).error == "subject_unknown"
    assert people(book) == []
