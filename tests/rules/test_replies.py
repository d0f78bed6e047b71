"""What a phone says, and what it gets in answer: languages, keywords, scopes of STOP, senders, and texts that are not to be trusted."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import SENDER, Site
from tests.texting import BACKUP, Book, Tell, group_of, newest, say, state, submit_in, suppressed
from tests.wire import dump, link_in
from yesline.errors import Refusal
from yesline.programme import Custom, Group, Keywords, Sender
from yesline.records import Confirmed, PressLink, Prompt, Subscription, Text
from yesline.rules import signing
from yesline.rules.abuse import DAY, MINUTE, Policy
from yesline.rules.replies import shown
from yesline.rules.understanding import understand, words_of

BEA = "+12025550123"
SPANISH = 'languages = ["en", "es"]'
BY_GROUP = Policy(stop_scope="group")
HOURS = """
[custom.opening.keywords]
en = ["HOURS"]
es = ["HORARIO"]

[custom.opening.reply]
en = "Larkspur Coffee is open from 8 to 6."
es = "Larkspur Coffee abre de 8 a 6."
"""


# Languages.


def test_who_texts_in_spanish_is_answered_in_spanish_from_then_on(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        for word, answer in (
            ("AYUDA", "Ayuda: "),
            ("ALTA", "responde SI"),
            ("sí", "¡listo!"),
            ("HELP", "Ayuda: "),  # which everybody knows, and says nothing about the language
            ("quiero café", "no hemos entendido"),
            ("STOP", "te has dado de baja"),
        ):
            await say(site, word)
            assert answer in await newest(site), word
        site.clock.advance(seconds=61)
        await say(site, "START")
        assert "responde SI" in await newest(site)

    on_project(story, SPANISH)


def test_one_number_s_language_is_not_another_s(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "ALTA")
        await say(site, "JOIN", BEA)
        assert "reply Y" in await newest(site, BEA)
        await say(site, "STOP", BEA)
        assert "no more messages" in await newest(site, BEA)

    on_project(story, SPANISH)


def test_a_keyword_of_the_group_s_own_in_another_language_changes_the_language(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "ALTA")
        assert "responde SI" in await newest(site)
        site.clock.advance(seconds=61)
        await say(site, "JOIN")
        assert "reply Y" in await newest(site)
        await say(site, "Y")
        assert "you're in" in await newest(site)
        assert await site.sql("SELECT language FROM subscription") == [("en",)]

    on_project(story, SPANISH)


def test_the_word_that_a_prompt_asks_for_is_understood_in_its_language(on_project: Tell) -> None:
    """The group itself speaks English; the form was read in German, and its text asks for JA."""

    async def story(site: Site) -> None:
        await submit_in(site, "de")
        assert "JA" in await newest(site)
        await say(site, "Ja bitte")
        assert await site.sql("SELECT state FROM subscription") == [("subscribed",)]

    on_project(story, form='locales = ["en", "de"]')


def test_the_form_s_language_is_kept_for_what_the_phone_gets(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await submit_in(site, "fr")
        assert "répondez OUI" in await newest(site)
        await say(site, "Y")
        assert "c'est confirmé" in await newest(site)
        await say(site, "HELP")
        assert "Aide : " in await newest(site)
        await say(site, "STOP")
        assert "vous ne recevrez plus" in await newest(site)

    on_project(story, 'languages = ["en", "fr"]', form='locales = ["en", "fr"]')


@pytest.mark.parametrize(
    ("languages", "remembered", "text", "found"),
    [
        (("en", "es"), "", "STOP", "en"),
        (("en", "es"), "es", "STOP", "es"),
        (("es", "en"), "en", "STOP", "en"),
        (("en", "es"), "es", "START", "es"),
        (("en", "es"), "es", "baja", "es"),
        (("en", "es"), "en", "baja", "es"),
        (("en",), "", "baja", "es"),  # nobody asked for it, and they are answered all the same
        (("es",), "", "HELP", ""),
        (("es",), "es", "HELP", "es"),
        (("es",), "", "AYUDA", "es"),
        (("en", "es"), "es", "hello there", ""),
        (("en", "es"), "pt-BR", "START", "pt-BR"),
        (("en", "es"), "tlh", "START", "tlh"),
        (("en", "es"), "es", "leave me alone", "en"),
        (("en", "es"), "es", "GROUND", "en"),
        (("en", "es"), "es", "HOURS", "en"),
    ],
)
def test_the_language_a_text_shows(languages: tuple[str, ...], remembered: str, text: str, found: str) -> None:
    own = {"en": Keywords(opt_in=("GROUND",))}
    custom = {"opening": Custom({"en": ("HOURS",)}, {"en": "8 to 6."})}
    group = group_of(languages=languages, keywords=own, custom=custom)
    assert shown(understand(text, words_of(group)), group, remembered) == found


# Keywords.


def test_a_keyword_of_a_single_opt_in_group_is_enough(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "ALTA")
        assert "¡listo!" in await newest(site)
        assert await state(site) == "subscribed"
        assert await site.sql("SELECT count(*) FROM prompt") == [(0,)]
        await say(site, "ALTA")
        assert "Ayuda: " in await newest(site), "who is in already is told how to get out"
        assert await site.sql("SELECT kind FROM event WHERE source = 'keyword' ORDER BY seq") == [
            ("subscribed",),
            ("noted",),
        ]

    on_project(story, f'{SPANISH}\nopt_in = "single"')


def test_a_group_that_has_become_single_opt_in_leaves_no_prompt_open() -> None:
    book = Book()
    book.says("JOIN")
    book.group = replace(book.group, opt_in="single")
    book.says("JOIN")
    assert [(text.kind, text.state) for text in book.texts()] == [("prompt", "dropped"), ("confirmation", "queued")]
    assert [prompt.state for prompt in book.all(Prompt)] == ["confirmed"]
    assert [row.state for row in book.all(Subscription)] == ["subscribed"]


def test_custom_keywords_are_answered_in_the_language_of_the_word(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "horario")
        await say(site, "Hours?")
        assert await site.texts() == ["Larkspur Coffee abre de 8 a 6.", "Larkspur Coffee is open from 8 to 6."]
        assert await state(site) == "unknown", "asking for the hours is no opt-in"
        await say(site, "STOP")
        await newest(site)
        await say(site, "HOURS")
        assert len(await site.texts()) == 3, "nothing to who said STOP"

    on_project(story, SPANISH, HOURS)


def test_the_group_s_own_words_for_what_it_does_not_know(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "what is this")
        assert await newest(site) == "Larkspur Coffee: we only read keywords. Reply HELP for help, STOP to end."
        await say(site, "and this")
        assert len(await site.texts()) == 1, "once a day"
        site.clock.advance(days=1.01)
        await say(site, "and now")
        assert len(await site.texts()) == 2

    on_project(story, more='[texts.en]\nother = "{brand}: we only read keywords. Reply HELP for help, STOP to end."')


def test_answers_are_capped_for_each_number() -> None:
    book = Book()
    for _ in range(25):
        book.says("HELP")
    book.says("HELP", "+12025550199")
    found = [(text.state, text.reason) for text in book.texts("help")]
    assert found == [("queued", "")] * 20 + [("dropped", "capped")] * 5 + [("queued", "")]
    book.now += DAY + MINUTE
    book.says("HELP")
    assert book.text("help").state == "queued"


def test_no_number_that_costs_to_answer_is_answered(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for word in ("HELP", "JOIN", "hello", "STOP"):
            site.clock.advance(seconds=61)
            await say(site, word, "+19005550123")
        assert await site.texts("+19005550123") == []
        rows = await site.sql("SELECT kind, state, reason FROM text WHERE kind <> 'inbound' ORDER BY created_at, kind")
        assert rows == [(kind, "dropped", "number type") for kind in ("help", "prompt", "other", "stop")]
        assert await suppressed(site) == [("*",)], "a STOP counts whoever says it"

    on_site(story)


def test_no_second_prompt_to_a_number_that_costs() -> None:
    book = Book()
    for _ in range(2):
        book.says("JOIN", answerable=False)
        book.now += 61_000
    assert [(text.state, text.reason) for text in book.texts("prompt")] == [("dropped", "number type")] * 2


# Senders and prompts.


def test_a_yes_to_the_backup_s_number_counts(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await newest(site)
        await say(site, "Y", to=BACKUP)
        assert await state(site) == "subscribed"

    on_project(story, more=f'[backup]\naddress = "{BACKUP}"')


def test_who_texts_the_backup_is_asked_by_it(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await say(site, "JOIN", to=BACKUP)
        await newest(site)
        assert await site.sql("SELECT sender FROM prompt") == [(BACKUP,)]
        assert await site.sql("SELECT sender FROM text WHERE kind = 'prompt'") == [(BACKUP,)]

    on_project(story, more=f'[backup]\naddress = "{BACKUP}"')


def _moved(book: Book) -> Group:
    """The sender was the old group's, which asked, and is the new group's now, which asked too."""
    book.says("JOIN")
    book.group = replace(book.group, id="roasts", backup=None)
    book.says("JOIN")
    return book.group


def test_with_two_open_prompts_on_one_sender_the_newest_answers() -> None:
    book = Book()
    _moved(book)
    book.says("Y")
    assert [(p.group_id, p.state) for p in book.all(Prompt)] == [("promotions", "open"), ("roasts", "confirmed")]
    book.says("Y")
    assert [p.state for p in book.all(Prompt)] == ["confirmed", "confirmed"]


def test_the_prompt_that_was_sent_again_is_the_newest() -> None:
    book = Book()
    _moved(book)
    book.now += 61_000
    old = book.all(Prompt)[0]
    book.put(replace(old, generation=2, code_until=book.now + 600_000))
    book.says("Y")
    assert [(p.group_id, p.state) for p in book.all(Prompt)] == [("promotions", "confirmed"), ("roasts", "open")]


def test_a_keyword_asks_again_for_its_own_group() -> None:
    book = Book()
    own = _moved(book)
    first = book.all(Prompt)[0]
    book.put(replace(first, code_until=book.now + DAY))
    book.now += 61_000
    book.says("JOIN")
    assert book.text("prompt").group_id == own.id
    assert [prompt.generation for prompt in book.all(Prompt)] == [1, 2]


def test_a_sender_that_takes_no_replies_asks_for_none(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await site.submit()
        text = await newest(site)
        assert "reply" not in text.lower().replace("no replies", "")
        assert link_in(text)
        assert "/stop/" in text
        assert "STOP to end" not in text
        assert await site.sql("SELECT methods FROM prompt") == [("code link",)]

    on_project(story, more="replies = false")


def test_a_code_texted_back_is_a_yes_and_another_is_none() -> None:
    book = Book()
    book.says("JOIN")
    prompt = book.all(Prompt)[0]
    code = signing.code(book.keys, prompt.id, prompt.generation)
    book.says(f"{(int(code) + 1) % 1_000_000:06d}")
    assert [row.state for row in book.all(Subscription)] == ["pending"]
    book.says(code)
    assert [row.state for row in book.all(Subscription)] == ["subscribed"]


def test_no_with_nothing_asked_and_yes_from_who_is_stopped_are_noted() -> None:
    book = Book()
    book.says("N")
    book.says("STOP")
    book.says("Y")
    book.says("JOIN")
    assert book.notes() == [("noted", "keyword"), ("stopped", "keyword"), ("noted", "keyword"), ("noted", "keyword")]
    assert [text.kind for text in book.texts()] == ["stop"]


def test_not_me_stops_and_a_closed_link_says_so() -> None:
    book = Book()
    book.says("JOIN")
    (prompt,) = book.all(Prompt)
    assert book.do(PressLink(prompt.id, True, {})) == Confirmed(already=False)
    assert book.do(PressLink(prompt.id, True, {})) == Confirmed(already=True)
    book.do(PressLink(prompt.id, False, {}))
    assert [row.state for row in book.all(Subscription)] == ["unsubscribed"]
    with pytest.raises(Refusal, match="not valid"):
        book.do(PressLink("nobody", True, {}))
    book.says("START")
    asked = book.all(Prompt)[-1]
    book.says("N")
    with pytest.raises(Refusal, match="out of date"):
        book.do(PressLink(asked.id, True, {}))


# Texts that are not to be trusted, or were dealt with.


@pytest.mark.parametrize("word", ["Y", "JOIN", "HELP", "START", "hello", "123456", "no more texts"])
def test_a_text_that_could_not_be_verified_waits(on_site: Any, word: str) -> None:
    async def story(site: Site) -> None:
        before = await dump(site)
        with pytest.raises(Refusal) as refused:
            await say(site, word, verified=False, nonce="n")
        assert (refused.value.status, refused.value.code) == (503, "carrier_unreachable")
        assert await dump(site) == before
        assert await site.sql("SELECT count(*) FROM limit_counter WHERE key LIKE 'nonce%'") == [(0,)]
        await say(site, word, verified=True, nonce="n")
        assert await site.sql("SELECT body FROM text WHERE kind = 'inbound'") == [(word,)], "when it is sent again"

    on_site(story)


def test_a_stop_counts_though_it_could_not_be_verified(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await newest(site)
        await say(site, "STOP", verified=False)
        assert await suppressed(site) == [("*",)]
        assert "no more messages" in await newest(site)

    on_site(story)


def test_a_nonce_is_spent_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, "HELP", nonce="seven", id="one")
        before = await dump(site)
        await say(site, "HELP", nonce="seven", id="one")
        assert await dump(site) == before, "the same text again is no replay"
        with pytest.raises(Refusal) as refused:
            await say(site, "JOIN", nonce="seven", id="two")
        assert (refused.value.status, refused.value.code) == (403, "webhook_replayed")
        assert await dump(site) == before
        await say(site, "JOIN", nonce="eight", id="two")
        assert await state(site) == "pending"

    on_site(story)


def test_what_the_carrier_has_answered_gets_no_second_answer(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await say(site, "JOIN")
        await newest(site)
        await say(site, "HELP", answered=True)
        await say(site, "STOP", answered=True)
        assert len(await site.texts()) == 1
        assert await suppressed(site) == [("*",)]
        await say(site, "START", answered=True)
        assert len(await site.texts()) == 2, "no carrier asks for a yes on our behalf"

    on_site(story)


def test_a_text_is_kept_as_it_came_but_for_what_no_database_takes() -> None:
    book = Book()
    book.says("ST\0OP", at=7)
    (text,) = book.all(Text)[:1]
    assert (text.body, text.state, text.due_at, text.sender) == ("ST\N{REPLACEMENT CHARACTER}OP", "received", 7, SENDER)


def test_a_sender_of_letters_is_one_way() -> None:
    assert not Sender("LARKSPUR").two_way
    assert not Sender(SENDER, replies=False).two_way
    assert Sender("+12025550123").two_way
