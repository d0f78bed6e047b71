"""What a person should look at: what may be a wish to stop holds everything until it is decided."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Site
from tests.texting import Book, Tell, newest, say, state
from tests.wire import SHOWN, link_in
from yesline.errors import Refusal
from yesline.records import (
    ClearNumber,
    Confirmed,
    Dispatch,
    InvalidNumber,
    PressStop,
    Review,
    ReviewItem,
    StopByHand,
    Subscription,
)
from yesline.rules import signing
from yesline.rules.abuse import MINUTE, Policy

UNCLEAR = "no more texts"
ITEMS = "SELECT state, holds, decided_by FROM review_item ORDER BY opened_at, id"


async def _wait_for_the_office() -> None:
    """Long enough for the post office to have looked at what waits."""
    await asyncio.sleep(1.2)


async def _decide(site: Site, *, stop: bool, by: str = "Ada") -> Confirmed:
    ((item,),) = await site.sql("SELECT id FROM review_item ORDER BY opened_at LIMIT 1")
    done: Confirmed = await site.house.clerk.record(Review(item, stop, by))
    return done


def _going(book: Book) -> list[str]:
    """The kinds of text that the post office takes now."""
    return [
        text.kind for text in book.do(Dispatch({book.group.sender.address: 100}, {book.group.id: book.group})).texts
    ]


def _items(book: Book) -> list[tuple[str, str]]:
    return [(item.state, item.decided_by) for item in book.all(ReviewItem)]


def test_what_may_be_a_wish_to_stop_is_asked_back_once_a_day(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, UNCLEAR)
        assert (
            await newest(site)
            == "Larkspur Coffee: we are not sure what you meant, so we have paused your texts. Reply STOP to end."
        )
        await say(site, UNCLEAR)
        assert len(await site.texts()) == 1
        assert await site.sql(ITEMS) == [("open", 1, "")] * 2
        assert await site.sql("SELECT kind, source FROM event WHERE kind <> 'texted'") == [("held", "keyword")] * 2
        site.clock.advance(days=1.01)
        await say(site, UNCLEAR)
        assert len(await site.texts()) == 2

    on_site(story)


def test_a_group_may_leave_it_to_a_person_alone(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, UNCLEAR)
        assert await site.texts() == []
        assert await site.sql(ITEMS) == [("open", 1, "")]
        await say(site, "what is this")
        assert await site.sql("SELECT kind, state FROM text WHERE kind <> 'inbound'") == [("other", "queued")]
        await say(site, "STOP")
        assert "no more messages" in await newest(site)

    on_project(story, 'unclear = "review"')


def test_nothing_goes_to_a_held_number_but_answers_to_stop_and_help(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, UNCLEAR)
        await newest(site)
        await site.submit()
        await say(site, "HELP")
        await _wait_for_the_office()
        got = await site.texts()
        assert ["Help:" in text for text in got] == [False, True]
        assert await site.sql("SELECT state FROM text WHERE kind = 'prompt'") == [("queued",)]
        await site.submit("(202) 555-0123")
        assert len(await site.texts("+12025550123")) == 1, "others are not held"

    on_site(story)


def test_a_dismissal_lets_the_texts_go_at_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, UNCLEAR)
        await newest(site)
        await site.submit()
        await _wait_for_the_office()
        assert len(await site.texts()) == 1
        assert await _decide(site, stop=False) == Confirmed(already=False)
        assert "reply Y" in await newest(site)
        assert await site.sql(ITEMS) == [("dismissed", 1, "Ada")]
        assert await _decide(site, stop=False, by="Ben") == Confirmed(already=True)
        assert await site.sql(ITEMS) == [("dismissed", 1, "Ada")]

    on_site(story)


def test_what_was_held_too_long_is_dropped(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, UNCLEAR)
        await newest(site)
        await site.submit()
        site.clock.advance(seconds=601)
        await _decide(site, stop=False)
        await site.texts()
        assert await site.sql("SELECT state, reason FROM text WHERE kind = 'prompt'") == [("dropped", "too late")]

    on_site(story)


def test_a_person_who_reads_a_stop_in_it_stops_the_number(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await newest(site)
        await say(site, UNCLEAR)
        await newest(site)
        await say(site, "what is this")
        assert await _decide(site, stop=True) == Confirmed(already=False)
        assert await state(site) == "unsubscribed"
        assert await site.sql("SELECT source FROM suppression WHERE lifted_at = 0") == [("staff",)]
        assert await site.sql(ITEMS) == [("stopped", 1, "Ada"), ("open", 0, "")]
        assert len(await site.texts()) == 2, "no answer: the person never said STOP"
        assert await _decide(site, stop=True) == Confirmed(already=True)
        assert await site.sql("SELECT count(*) FROM event WHERE kind = 'stopped'") == [(1,)]

    on_site(story)


def test_a_stop_counts_after_a_dismissal_too(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        await newest(site)
        await say(site, UNCLEAR)
        await _decide(site, stop=False)
        assert await _decide(site, stop=True, by="Ben") == Confirmed(already=False)
        assert await site.sql(ITEMS) == [("stopped", 1, "Ben")]
        assert await state(site) == "unsubscribed"
        assert await _decide(site, stop=False) == Confirmed(already=True)
        assert await site.sql(ITEMS) == [("stopped", 1, "Ben")], "only the phone ends a STOP"

    on_site(story)


@pytest.mark.parametrize("word", ["START", "JOIN", "YES"])
def test_the_phone_s_own_clear_text_releases(on_site: Any, word: str) -> None:
    async def story(site: Site) -> None:
        await say(site, UNCLEAR)
        await newest(site)
        await say(site, word)
        assert "reply Y" in await newest(site)
        assert await site.sql(ITEMS) == [("dismissed", 1, "phone")]

    on_site(story)


@pytest.mark.parametrize("way", ["Y", "code"])
def test_a_yes_to_the_prompt_releases(way: str) -> None:
    book = Book()
    book.says("JOIN")
    (prompt,) = _going(book)
    book.says(UNCLEAR)
    assert _going(book) == ["review"]
    open_ = next(iter(book.all(Subscription)))
    assert (prompt, open_.state) == ("prompt", "pending")
    asked = book.text("prompt").prompt_id or ""
    book.says(signing.code(book.keys, asked, 1) if way == "code" else "Y")
    assert _items(book) == [("dismissed", "phone")]
    assert _going(book) == ["confirmation"]


@pytest.mark.parametrize("word", ["HELP", "what is this", "N", "Y", "123456"])
def test_other_texts_release_nothing(word: str) -> None:
    book = Book()
    book.says(UNCLEAR)
    book.says(word)
    assert _items(book)[0] == ("open", "")


def test_a_stop_closes_what_holds() -> None:
    book = Book()
    book.says(UNCLEAR)
    book.says("what is this")
    book.says("please leave me alone")
    book.says("STOP")
    assert _items(book) == [("stopped", "phone"), ("open", ""), ("stopped", "phone")]
    assert _going(book) == ["stop"]


def test_all_that_holds_must_be_decided_before_anything_goes() -> None:
    book = Book()
    book.says(UNCLEAR)
    book.says(UNCLEAR)
    book.says("what is this")
    assert _going(book) == ["review"]
    waiting = book.text("other")
    assert waiting.due_at == book.now + MINUTE
    first, second, plain = book.all(ReviewItem)
    book.do(Review(first.id, False, "Ada"))
    assert book.text("other").due_at == waiting.due_at
    book.do(Review(plain.id, False, "Ada"))
    assert book.text("other").due_at == waiting.due_at, "which held nothing"
    assert _going(book) == []
    book.do(Review(second.id, False, "Ada"))
    assert _going(book) == ["other"]


def test_what_is_not_understood_is_listed_and_holds_nothing() -> None:
    book = Book()
    book.says("what is this")
    assert [(item.state, item.holds) for item in book.all(ReviewItem)] == [("open", 0)]
    assert _going(book) == ["other"]
    book.says("STOP")
    book.says(UNCLEAR)
    assert [item.holds for item in book.all(ReviewItem)] == [0, 0], "there is nothing to hold for who said STOP"
    assert [text.kind for text in book.texts("review")] == []


def test_no_such_item() -> None:
    with pytest.raises(Refusal, match="yesline review list"):
        Book().do(Review("nobody", True, "Ada"))


def test_an_item_of_a_number_that_has_started_again_may_be_stopped_again() -> None:
    book = Book()
    book.says(UNCLEAR)
    (item,) = book.all(ReviewItem)
    assert book.do(Review(item.id, True, "Ada")) == Confirmed(already=False)
    assert book.do(Review(item.id, True, "Ada")) == Confirmed(already=True)
    book.says("START")
    assert book.do(Review(item.id, True, "Ada")) == Confirmed(already=False)
    assert book.notes()[-1] == ("stopped", "staff")


def test_a_stop_that_is_read_is_for_the_group_where_the_scope_is() -> None:
    book = Book(Policy(stop_scope="group"))
    book.says(UNCLEAR)
    book.do(Review(book.all(ReviewItem)[0].id, True, "Ada"))
    assert [(event.kind, event.group_id) for event in book.events][-1] == ("stopped", "promotions")


def test_a_stop_by_hand_of_a_number_nobody_knew() -> None:
    book = Book()
    act = StopByHand(SHOWN, signing.number_tag(book.keys, SHOWN), {"by": "Ada"})
    assert book.do(act) == Confirmed(already=False)
    assert book.do(act) == Confirmed(already=True)
    book.says("JOIN")
    assert book.texts() == []


def test_the_stop_page_of_a_number_nobody_knows() -> None:
    with pytest.raises(Refusal, match="text STOP instead"):
        Book().do(PressStop("nobody", "promotions", {}))


def test_the_link_of_a_held_prompt_confirms_and_the_hold_stays(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        link = link_in(await newest(site))
        await say(site, UNCLEAR)
        await newest(site)
        page = await site.http.get(link)
        token = page.text.partition('name="token" value="')[2].partition('"')[0]
        await site.http.post(link, data={"token": token, "act": "confirm"})
        assert await state(site) == "subscribed"
        await _wait_for_the_office()
        assert len(await site.texts()) == 2
        assert await site.sql(ITEMS) == [("open", 1, "")], "whoever opened the link has not taken the text back"

    on_site(story)


def test_a_number_found_invalid_is_cleared_by_hand_or_by_its_own_text() -> None:
    book = Book()
    tag = signing.number_tag(book.keys, SHOWN)
    assert book.do(ClearNumber(tag)) == Confirmed(already=True), "nobody knows it"
    book.says("JOIN")
    assert book.do(ClearNumber(tag)) == Confirmed(already=True), "nothing is wrong with it"
    book.put(InvalidNumber(book.subject.id, "invalid_number", "30005", book.now))
    assert _going(book) == []
    assert (book.text("prompt").state, book.text("prompt").reason) == ("dropped", "invalid number")
    assert book.do(ClearNumber(tag)) == Confirmed(already=False)
    assert book.do(ClearNumber(tag)) == Confirmed(already=True)
    book.put(InvalidNumber(book.subject.id, "not_mobile", "30006", book.now))
    book.says("HELP")
    assert _going(book) == ["help"]
    assert [mark.cleared_at for mark in book.all(InvalidNumber)] == [book.now]
