"""The code in the text, typed into the page."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Site
from tests.wire import code_in, refused, wrong
from yesline.settings import Settings
from yesline.store.sql import ROWS

MESSAGE = "That code is wrong or out of date: check the text, or ask for a new one."


async def _type(site: Site, submission: str, code: str) -> Any:
    return await site.post(f"/submissions/{submission}/code", {"code": code})


def _wrong(answer: Any) -> None:
    error = refused(answer, 422, "code_wrong", "code")["error"]
    assert error["message"] == MESSAGE, "wrong, old, spent and foreign codes are told apart for nobody"


async def _sent(site: Site) -> tuple[str, str]:
    """A submission and the code in its text."""
    submission = await site.submit()
    return submission, code_in((await site.texts())[-1])


@pytest.mark.parametrize("spell", ["{}", " {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "{}."])
def test_code_is_read_as_people_type_it(on_site: Any, spell: str) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        answer = await _type(site, submission, spell.format(code))
        assert (answer.status_code, answer.json()) == (200, {"submission": submission, "state": "confirmed"})

    on_site(story)


def test_code_in_other_digits(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        assert (await _type(site, submission, arabic)).status_code == 200

    on_site(story)


def test_wrong_code_is_refused_and_the_right_one_still_works(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        for typed in (wrong(code), "", "abc", code[:5], code + "0"):
            _wrong(await _type(site, submission, typed))
            assert await site.state(submission) == "pending"
        await site.house.clerk.drain()
        assert await site.sql("SELECT tries FROM prompt") == [(5,)]

    on_site(story)


def test_after_five_tries_not_even_the_right_code_works(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        for _ in range(4):
            _wrong(await _type(site, submission, wrong(code)))
        assert (await _type(site, submission, code)).status_code == 200

        other = await site.submit("(202) 555-0123")
        code = code_in((await site.texts("+12025550123"))[-1])
        for _ in range(5):
            _wrong(await _type(site, other, wrong(code)))
        _wrong(await _type(site, other, code))
        assert await site.state(other) == "pending"

    on_site(story)


def test_guesses_made_at_once_are_counted_too(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        guesses = [wrong(code)] * 5 + [code] * 5
        answers = await asyncio.gather(*(_type(site, submission, guess) for guess in guesses))
        assert {answer.status_code for answer in answers} == {422}

    on_site(story)


def test_fifteen_tries_a_day_for_one_number(on_site: Any, settings: Settings) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        for _ in range(3):
            for _ in range(5):
                _wrong(await _type(site, submission, wrong(code)))
            site.clock.advance(seconds=61)
            assert (await site.post(f"/submissions/{submission}/resend", {})).status_code == 202
            code = code_in((await site.texts())[-1])
        _wrong(await _type(site, submission, code))
        site.clock.advance(days=1)
        site.clock.advance(seconds=60)
        await site.post(f"/submissions/{submission}/resend", {})
        code = code_in((await site.texts())[-1])
        assert (await _type(site, submission, code)).status_code == 200

    on_site(story, replace(settings, number_per_hour=100, number_per_day=100))


def test_fifteen_tries_count_over_all_submissions_of_the_number(on_site: Any, settings: Settings) -> None:
    async def story(site: Site) -> None:
        for _ in range(3):
            submission, code = await _sent(site)
            for _ in range(5):
                _wrong(await _type(site, submission, wrong(code)))
            site.clock.advance(seconds=61)
        submission, code = await _sent(site)
        _wrong(await _type(site, submission, code))

    on_site(story, replace(settings, number_per_hour=100))


def test_code_is_good_for_ten_minutes(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        site.clock.advance(seconds=600)
        _wrong(await _type(site, submission, code))
        other = await site.submit("(202) 555-0123")
        code = code_in((await site.texts("+12025550123"))[-1])
        site.clock.advance(seconds=599)
        assert (await _type(site, other, code)).status_code == 200

    on_site(story)


def test_code_of_another_submission_is_wrong(on_site: Any) -> None:
    async def story(site: Site) -> None:
        mine, my_code = await _sent(site)
        other = await site.submit("(202) 555-0123")
        other_code = code_in((await site.texts("+12025550123"))[-1])
        assert my_code != other_code
        _wrong(await _type(site, mine, other_code))
        _wrong(await _type(site, other, my_code))
        assert (await _type(site, mine, my_code)).status_code == 200

    on_site(story)


def test_new_code_takes_the_place_of_the_old(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, old = await _sent(site)
        site.clock.advance(seconds=60)
        await site.post(f"/submissions/{submission}/resend", {})
        new = code_in((await site.texts())[-1])
        assert new != old
        _wrong(await _type(site, submission, old))
        assert (await _type(site, submission, new)).status_code == 200

    on_site(story)


def test_second_time_is_the_same_success_and_one_event(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        answers = [await _type(site, submission, typed) for typed in (code, code, "000000")]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert await site.sql("SELECT count(*) FROM event WHERE kind = 'confirmed'") == [(1,)]
        assert len([text for text in await site.texts() if "you're in" in text]) == 1

    on_site(story)


def test_code_after_stop_is_wrong(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        await site.reply("STOP")
        _wrong(await _type(site, submission, code))
        assert await site.sql("SELECT state FROM subscription") == [("unsubscribed",)]

    on_site(story)


def test_code_is_texted_back_as_a_reply(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        await site.reply(wrong(code))
        assert await site.state(submission) == "pending"
        await site.reply(code)
        assert await site.state(submission) == "confirmed"

    on_site(story)


def test_last_line_binds_the_code_to_the_page(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await _sent(site)
        (text,) = await site.texts()
        assert text.splitlines()[-1] == f"@127.0.0.1 #{code_in(text)}"

    on_site(story)


def test_nothing_at_rest_gives_the_code_or_the_link_away(on_site: Any, settings: Settings) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        slug = (await site.texts())[0].partition("/c/")[2][:22]
        assert len(slug) == 22
        _wrong(await _type(site, submission, wrong(code)))
        await site.idle()
        tables = [kind.table for kind in ROWS]
        rows = [row for table in tables for row in await site.sql(f"SELECT * FROM {table}")]  # noqa: S608
        values = [str(value) for row in rows for value in row]
        assert any("code ••••••" in value for value in values), "the stored text is masked"
        assert not [value for value in values if slug in value or slug[11:] in value]
        # Six digits may turn up by chance inside a hash; a code stands by itself.
        assert not [value for value in values if value == code or f"code {code}" in value or f"#{code}" in value]
        kept = await asyncio.to_thread(_files, Path(settings.data))
        assert kept or settings.database, "PostgreSQL keeps its files to itself"
        assert not [secret for secret in (slug, f"code {code}", f"#{code}") if secret.encode() in kept]

    on_site(story)


def _files(folder: Path) -> bytes:
    """The database's files, the write-ahead log among them."""
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.name.startswith("yesline.db"))


def test_code_of_a_form_that_does_not_offer_it_does_not_work(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission, code = await _sent(site)
        await site.sql("UPDATE prompt SET methods = 'reply link'")
        _wrong(await _type(site, submission, code))

    on_site(story)


@pytest.mark.parametrize("body", [{}, {"code": 123456}, {"code": None}, {"code": ["1"]}, {"code": "1" * 41}, []])
def test_bad_bodies_count_as_no_try(on_site: Any, body: Any) -> None:
    async def story(site: Site) -> None:
        submission, _ = await _sent(site)
        refused(await _type_raw(site, submission, body), 400, "bad_request")
        assert await site.sql("SELECT tries FROM prompt") == [(0,)]

    on_site(story)


async def _type_raw(site: Site, submission: str, body: Any) -> Any:
    return await site.post(f"/submissions/{submission}/code", body)


def test_unknown_submission(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await _type(site, "A" * 22, "123456"), 404, "submission_not_found")

    on_site(story)
