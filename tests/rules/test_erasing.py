"""What still comes for a number after it was erased changes nothing and keeps nothing."""

from typing import Literal

import pytest

from tests.texting import Book
from tests.wire import SHOWN
from yesline.errors import Refusal
from yesline.records import (
    EnterCode,
    Erase,
    PressLink,
    PressStop,
    Prompt,
    Review,
    ReviewItem,
    SetStates,
    Setting,
    Subject,
    Submission,
    Suppression,
    Text,
    TextResult,
)
from yesline.rules.signing import number_tag

TAG = number_tag(Book().keys, SHOWN)


@pytest.fixture
def book() -> Book:
    """A number that was asked, whose text is being sent while it is erased."""
    made = Book()
    made.do(SetStates("api", (Setting(made.group, "subscribed", phone=SHOWN, tag=TAG, asks=True),)))
    made.dispatch()
    return made


def _text(book: Book) -> Text:
    return next(text for text in book.all(Text) if text.kind == "prompt")


@pytest.mark.parametrize(("state", "kept"), [("sent", "sent"), ("queued", "failed"), ("failed", "failed")])
def test_words_that_were_being_sent_are_not_kept(
    book: Book, state: Literal["sent", "queued", "failed"], kept: str
) -> None:
    assert _text(book).state == "sending"
    book.do(Erase(TAG))
    reason = "opted_out" if state == "failed" else ""
    book.do(TextResult(_text(book).id, state, "v1", reason, "Larkspur: …", backup="x"))
    assert (_text(book).state, _text(book).body) == (kept, "")
    assert book.all(Suppression) == []


def test_links_codes_and_buttons_lead_nowhere(book: Book) -> None:
    (prompt,), (subject,) = book.all(Prompt), book.all(Subject)
    book.put(Submission("s", "spring", "v", subject.id, prompt.id, "digest", 0, 0))
    with pytest.raises(Refusal) as wrong:
        book.do(EnterCode("s", "", {}))
    assert wrong.value.code == "code_wrong"
    book.do(Erase(TAG))
    for act, code in (
        (PressLink(prompt.id, True, {}), "prompt_not_found"),
        (PressLink(prompt.id, False, {}), "prompt_not_found"),
        (PressStop(subject.id, book.group.id, {}), "link_not_found"),
        (EnterCode("s", "000000", {}), "submission_not_found"),
    ):
        with pytest.raises(Refusal) as told:
            book.do(act)
        assert told.value.code == code
    assert book.all(Suppression) == []


def test_what_waited_for_a_person_is_closed(book: Book) -> None:
    book.says("please leave me be")
    (item,) = book.all(ReviewItem)
    assert item.state == "open"
    book.do(Erase(TAG))
    assert [row.state for row in book.all(ReviewItem)] == ["dismissed"]
    with pytest.raises(Refusal) as told:
        book.do(Review(item.id, True, "Ann"))
    assert told.value.code == "review_not_found"


def test_the_number_is_somebody_new(book: Book) -> None:
    book.do(Erase(TAG))
    book.says("JOIN")
    assert [subject.tag for subject in book.all(Subject)] == [None, TAG]
