"""Asking for the text again."""

from typing import Any

from tests.conftest import Site
from tests.wire import code_in, dump, refused


async def _resend(site: Site, submission: str) -> Any:
    return await site.post(f"/submissions/{submission}/resend", {})


def test_sent_again_with_a_fresh_code_and_the_same_link(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        await site.idle()
        site.clock.advance(seconds=60)
        answer = await _resend(site, submission)
        assert (answer.status_code, answer.json()) == (202, {"submission": submission, "resend_after": 60})
        first, second = await site.texts()
        assert code_in(first) != code_in(second)
        assert first.partition("/c/")[2][:22] == second.partition("/c/")[2][:22]
        assert await site.sql("SELECT count(*) FROM prompt") == [(1,)]
        await site.reply("Y")
        assert await site.state(submission) == "confirmed"

    on_site(story)


def test_too_early(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        site.clock.advance(seconds=41.5)
        before = await dump(site)
        answer = await _resend(site, submission)
        refused(answer, 429, "resend_too_early")
        assert answer.headers["retry-after"] == "19"
        assert answer.headers["access-control-allow-origin"] == site.origin
        assert await dump(site) == before
        site.clock.advance(seconds=19)
        assert (await _resend(site, submission)).status_code == 202
        refused(await _resend(site, submission), 429, "resend_too_early")

    on_site(story)


def test_caps_of_the_number_are_kept_without_a_word(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        for _ in range(5):
            await site.idle()
            site.clock.advance(seconds=61)
            assert (await _resend(site, submission)).status_code == 202
        assert len(await site.texts()) == 3, "three an hour"
        assert await site.sql("SELECT reason FROM text WHERE state = 'dropped'") == [("capped",)] * 3
        code = code_in((await site.texts())[-1])
        answer = await site.post(f"/submissions/{submission}/code", {"code": code})
        assert answer.status_code == 200, "a capped resend leaves the code that was sent in force"

    on_site(story)


def test_nothing_is_sent_once_confirmed_stopped_or_expired(on_site: Any) -> None:
    async def story(site: Site) -> None:
        confirmed = await site.submit("(201) 555-0123")
        stopped = await site.submit("(202) 555-0123")
        expired = await site.submit("(203) 555-0123")
        await site.reply("Y", "+12015550123")
        await site.reply("STOP", "+12025550123")
        phones = ("+12015550123", "+12025550123", "+12035550123")
        site.clock.advance(seconds=61)
        before = [len(await site.texts(phone)) for phone in phones]
        answers = [(await _resend(site, submission)).json() for submission in (confirmed, stopped)]
        site.clock.advance(days=30)
        answers.append((await _resend(site, expired)).json())
        assert [answer["resend_after"] for answer in answers] == [60, 60, 60]
        assert [len(await site.texts(phone)) for phone in phones] == before

    on_site(story)


def test_unknown_submission(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await _resend(site, "A" * 22), 404, "submission_not_found")

    on_site(story)
