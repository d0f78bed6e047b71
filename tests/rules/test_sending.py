"""Sending: other senders where one fails, what may go where, when and in which order, and what time alone settles."""

from typing import Any, Literal

import pytest
from msgspec.structs import replace

from tests.conftest import SENDER, Site
from tests.texting import BACKUP, Book, Tell, group_of, say
from yesline.programme import Group, Quiet, Sender
from yesline.records import (
    CaughtUp,
    Cursor,
    Dispatch,
    Expire,
    Prompt,
    Restored,
    Subscription,
    Text,
    TextResult,
)
from yesline.rules.abuse import DAY, MINUTE
from yesline.rules.sending import MOST_TRIES, SENDERS_FAULT

LONDON = "+447400123456"


def _fail(book: Book, text: Text, state: Literal["failed", "uncertain", "queued"], reason: str) -> Text:
    book.do(TextResult(text.id, state, reason=reason, wait=4000, backup=BACKUP if text.sender == SENDER else ""))
    return book.text("prompt")


@pytest.mark.parametrize("reason", SENDERS_FAULT)
def test_the_backup_takes_over_at_once_from_a_sender_that_is_refused(reason: str) -> None:
    book = Book()
    found = _fail(book, book.sending(), "failed", reason)
    assert (found.state, found.sender, found.tries, found.due_at) == ("queued", BACKUP, 0, book.now)
    assert [prompt.sender for prompt in book.all(Prompt)] == [BACKUP], "so that the page names the number to text"
    assert [text.sender for text in book.dispatch()] == [BACKUP]
    book.do(TextResult(found.id, "sent", "v1", body="Larkspur"))
    assert (book.text("prompt").state, book.text("prompt").reason) == ("sent", "")
    book.says("Y", sender=BACKUP)
    assert [row.state for row in book.all(Subscription)] == ["subscribed"]


@pytest.mark.parametrize("reason", ["invalid_number", "unreachable", "blocked", "content", "opted_out"])
def test_what_is_no_fault_of_the_sender_s_is_not_sent_by_another(reason: str) -> None:
    book = Book()
    found = _fail(book, book.sending(), "failed", reason)
    assert (found.state, found.sender, found.reason) == ("failed", SENDER, reason)


@pytest.mark.parametrize("reason", ["carrier_down", "rate_limited", "carrier_error"])
def test_after_two_tries_the_backup_takes_over_what_passes(reason: str) -> None:
    book = Book()
    found = _fail(book, book.sending(), "queued", reason)
    assert (found.state, found.sender, found.due_at) == ("queued", SENDER, book.now + 4000)
    book.now += 4000
    (again,) = book.dispatch()
    found = _fail(book, again, "queued", reason)
    assert (found.state, found.sender, found.tries) == ("queued", BACKUP, 0)


@pytest.mark.parametrize("reason", ["credentials", "no_credit", "sender"])
def test_what_a_person_has_to_mend_is_not_waited_for(reason: str) -> None:
    book = Book()
    assert _fail(book, book.sending(), "queued", reason).sender == BACKUP


@pytest.mark.parametrize("reason", SENDERS_FAULT)
def test_what_may_have_gone_out_goes_to_no_other_sender(reason: str) -> None:
    book = Book()
    for tries in range(3):
        text = book.sending(f"+1201555012{tries}")
        found = _fail(book, text, "uncertain", reason)
        assert (found.state, found.sender) == ("uncertain", SENDER)
    assert book.dispatch() == []


def test_the_backup_has_no_backup_and_its_tries_end() -> None:
    book = Book()
    text = _fail(book, book.sending(), "failed", "sender")
    tried = 0
    while going := book.dispatch():
        text = _fail(book, going[0], "queued", "carrier_down")
        tried += 1
        book.now += 4000
    assert tried == MOST_TRIES
    assert (text.state, text.sender, text.reason) == ("failed", BACKUP, "carrier_down")


def test_an_answered_prompt_keeps_its_sender() -> None:
    book = Book()
    text = book.sending()
    book.says("Y")
    _fail(book, text, "failed", "sender")
    assert [prompt.sender for prompt in book.all(Prompt)] == [SENDER]
    assert [text.kind for text in book.dispatch()] == ["confirmation"], "and the prompt is not sent any more"


def test_a_text_that_is_no_prompt_is_taken_over_too() -> None:
    book = Book()
    book.says("HELP")
    (text,) = book.dispatch()
    book.do(TextResult(text.id, "failed", reason="sender", backup=BACKUP))
    assert [text.sender for text in book.dispatch()] == [BACKUP]


def test_while_a_carrier_is_away_the_backup_takes_over_what_waits() -> None:
    book = Book()
    book.says("JOIN")
    away = Dispatch({BACKUP: 10}, {book.group.id: book.group}, {SENDER: BACKUP})
    assert book.do(away).texts == []
    assert [text.sender for text in book.do(away).texts] == [BACKUP]
    assert [prompt.sender for prompt in book.all(Prompt)] == [BACKUP]


def test_what_should_not_go_is_not_taken_over() -> None:
    book = Book()
    book.says("JOIN")
    book.now += 10 * MINUTE
    book.do(Dispatch({BACKUP: 10}, {book.group.id: book.group}, {SENDER: BACKUP}))
    assert [(text.sender, text.reason) for text in book.texts("prompt")] == [(SENDER, "too late")]


# What may go.


def _countries(group: tuple[str, ...], sender: tuple[str, ...]) -> Group:
    return group_of(countries=group, sender=Sender(SENDER, countries=sender))


@pytest.mark.parametrize(
    ("group", "sender", "phone", "goes"),
    [
        ((), (), LONDON, True),
        (("US", "GB"), (), LONDON, True),
        (("US",), (), LONDON, False),
        ((), ("GB",), LONDON, True),
        ((), ("US",), LONDON, False),
        (("GB",), ("US",), LONDON, False),
        (("GB",), ("GB", "US"), LONDON, True),
        (("US",), (), "+14165550123", False),  # Canada has the same prefix
        (("US",), (), "+80012345678", False),  # a number of no country
    ],
)
def test_only_the_countries_of_group_and_sender_are_texted(
    group: tuple[str, ...], sender: tuple[str, ...], phone: str, goes: bool
) -> None:
    book = Book(group=_countries(group, sender))
    book.says("JOIN", phone)
    assert bool(book.dispatch()) is goes
    found = book.text("prompt")
    assert (found.state, found.reason) == (("sending", "") if goes else ("dropped", "country"))


def test_stop_and_help_are_answered_wherever_they_come_from() -> None:
    book = Book(group=_countries(("US",), ("US",)))
    book.says("HELP", LONDON)
    book.says("STOP", LONDON)
    assert [text.kind for text in book.dispatch()] == ["stop"], "which takes HELP's place"
    book.says("HELP", LONDON)
    assert [text.kind for text in book.dispatch()] == ["help"]


def test_the_most_pressing_goes_first() -> None:
    book = Book()
    for number, word in enumerate(("what is this", "JOIN", "HELP", "no more texts", "STOP")):
        book.says(word, f"+1201555012{number}")
    assert [text.kind for text in book.dispatch()] == ["help", "review", "stop", "prompt", "other"]


def test_within_one_priority_the_oldest_goes_first() -> None:
    book = Book()
    for number in (3, 1, 2):
        book.says("JOIN", f"+1201555012{number}")
    assert [text.created_at for text in book.dispatch()] == sorted(text.created_at for text in book.texts())
    assert len(book.texts()) == 3


def test_an_answer_to_stop_that_is_late_is_not_sent() -> None:
    book = Book()
    book.says("STOP")
    (answer,) = book.texts("stop")
    book.now = answer.created_at + 5 * MINUTE - 1
    book.put(replace(answer, id="twin"))
    assert book.do(Dispatch({SENDER: 1}, {book.group.id: book.group})).texts[0].kind == "stop"
    book.now += 1
    book.dispatch()
    assert sorted((text.state, text.reason) for text in book.texts("stop")) == [
        ("dropped", "too late"),
        ("sending", ""),
    ]


def test_what_is_late_waits_for_the_morning_unless_it_is_a_prompt() -> None:
    night = 1_800_068_400_000  # 22:00 in New York
    book = Book()
    book.says("JOIN")
    book.says("Y")
    book.now = night
    confirmation = book.text("confirmation")
    book.put(replace(confirmation, created_at=night - 10 * MINUTE - 1, drop_at=night + DAY))
    assert book.dispatch() == []
    due = book.text("confirmation").due_at
    assert (due - night) // MINUTE == 600
    book.now = due
    assert [text.kind for text in book.dispatch()] == ["confirmation"]


def test_fresh_answers_go_at_night() -> None:
    book = Book()
    book.now = 1_800_068_400_000
    book.says("JOIN")
    assert [text.kind for text in book.dispatch()] == ["prompt"]
    book.says("HELP")
    help_ = book.text("help")
    book.put(replace(help_, created_at=book.now - DAY // 2))
    assert [text.kind for text in book.dispatch()] == ["help"], "whenever it was asked for"


def test_a_group_that_is_gone_has_no_quiet_hours_and_a_quiet_one_its_own() -> None:
    book = Book(group=group_of(quiet=Quiet("07:00", "07:00")))
    book.says("JOIN")
    book.says("Y")
    late = replace(book.text("confirmation"), created_at=book.now - DAY // 2, drop_at=book.now + DAY)
    book.now = 1_800_068_400_000
    book.put(late)
    assert [text.kind for text in book.dispatch()] == ["confirmation"]
    book.put(replace(late, id="another", drop_at=book.now + DAY))
    assert [text.id for text in book.do(Dispatch({SENDER: 9})).texts] == ["another"]


def test_an_erased_number_is_texted_nothing_and_holds_nobody_up(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await site.texts()
        await site.sql("UPDATE subject SET phone = NULL")
        await site.sql("UPDATE text SET state = 'queued' WHERE kind = 'prompt'")
        await say(site, "JOIN", "+12025550123")
        assert len(await site.texts("+12025550123")) == 1
        rows = await site.sql("SELECT state, reason FROM text WHERE kind = 'prompt' ORDER BY created_at")
        assert rows == [("dropped", "erased"), ("sent", "")]

    on_site(story)


def test_a_sender_nobody_asked_for_is_left_alone() -> None:
    book = Book()
    book.says("JOIN")
    going = book.do(Dispatch({BACKUP: 9}, {book.group.id: book.group}))
    assert (going.texts, going.full) == ([], frozenset({SENDER}))
    assert book.text("prompt").state == "queued"


def test_time_and_restored_backups_settle_what_was_cut_off() -> None:
    book = Book()
    text = book.sending()
    book.says("HELP")
    book.do(Restored((text.id, book.text("help").id, "nobody")))
    assert {(found.kind, found.state, found.reason) for found in book.texts()} == {
        ("prompt", "uncertain", "restored"),
        ("help", "uncertain", "restored"),
    }
    book.do(Restored((text.id,)))
    assert book.told() == ["uncertain", "uncertain"]
    book.now += 31 * DAY
    assert book.do(Expire(most=1)) is True
    assert book.do(Expire(most=1)) is False
    assert [row.state for row in book.all(Subscription)] == ["unknown"]


def test_a_cursor_moves() -> None:
    book = Book()
    book.do(CaughtUp("twilio", 5))
    book.do(CaughtUp("twilio", 9))
    assert book.all(Cursor) == [Cursor("twilio", 9)]


def test_a_server_moves_to_the_backup_when_the_carrier_refuses_the_sender(on_project: Tell) -> None:
    """The whole way, on both engines: the page and the reply go with the text."""

    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await site.texts()
        ((text,),) = await site.sql("SELECT id FROM text WHERE kind = 'prompt'")
        await site.sql("UPDATE text SET state = 'sending' WHERE kind = 'prompt'")
        await site.house.clerk.record(TextResult(text, "failed", reason="unregistered", backup=BACKUP))
        assert len(await site.texts()) == 2
        assert await site.sql("SELECT sender, state FROM text WHERE kind = 'prompt'") == [(BACKUP, "sent")]
        assert await site.sql("SELECT sender FROM prompt") == [(BACKUP,)]
        await say(site, "Y", to=BACKUP)
        assert await site.sql("SELECT state FROM subscription") == [("subscribed",)]

    on_project(story, more=f'[backup]\naddress = "{BACKUP}"')


def test_what_waited_when_a_backup_was_made_is_not_sent_when_it_is_put_back(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "no more texts")
        await site.submit()
        waiting = [text for (text,) in await site.sql("SELECT id FROM text WHERE state = 'queued'")]
        assert len(waiting) == 1
        await site.house.clerk.record(Restored(tuple(waiting)))
        await say(site, "START")
        assert await site.sql("SELECT state, reason FROM text WHERE id = ?", waiting[0]) == [("uncertain", "restored")]

    on_project(story, 'unclear = "review"')
