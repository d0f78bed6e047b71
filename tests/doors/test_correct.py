"""A mistyped number, put right."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import FORM, Site
from tests.wire import code_in, dump, link_in, refused
from yesline.settings import Settings

OLD, NEW = "+12015550123", "+12025550123"


async def _correct(site: Site, submission: str, phone: str = "(202) 555-0123", country: str = "US") -> Any:
    return await site.post(f"/submissions/{submission}/correct", {"phone": phone, "country": country})


async def _state_of(site: Site, phone: str) -> str:
    rows = await site.sql("SELECT state FROM subscription JOIN subject s ON s.id = subject_id WHERE phone = ?", phone)
    return str(rows[0][0]) if rows else "unknown"


def test_old_prompt_is_void_and_the_right_phone_is_asked(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        (old,) = await site.texts(OLD)
        answer = await _correct(site, submission)
        assert answer.status_code == 202
        assert answer.json() == {
            "submission": submission,
            "next": "confirm",
            "methods": ["reply", "code", "link"],
            "sender": "24680",
            "reply": "Y",
            "number": "+1 202-555-0123",
            "resend_after": 60,
        }
        refused(await site.post(f"/submissions/{submission}/code", {"code": code_in(old)}), 422, "code_wrong", "code")
        assert (await site.http.get(link_in(old))).status_code == 410
        await site.reply("Y", OLD)
        assert await _state_of(site, OLD) == "unknown"
        assert await site.state(submission) == "pending"
        await site.reply("Y", NEW)
        assert await site.state(submission) == "confirmed"
        assert (await _state_of(site, NEW)) == "subscribed"

    on_site(story)


def test_old_number_falls_back_to_where_it_was(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        await _correct(site, submission)
        rows = await site.sql(
            "SELECT phone, kind, before, after FROM event JOIN subject s ON s.id = subject_id WHERE kind <> 'texted'"
        )
        assert sorted(rows) == [
            (OLD, "corrected", "pending", "unknown"),
            (OLD, "requested", "unknown", "pending"),
            (NEW, "requested", "unknown", "pending"),
        ]

    on_site(story)


def test_strangers_open_prompt_is_not_closed(on_site: Any) -> None:
    """Somebody types another's number by mistake and corrects it: the other's own request stands."""

    async def story(site: Site) -> None:
        theirs = await site.submit()
        (text,) = await site.texts(OLD)
        mine = await site.submit()
        await _correct(site, mine)
        assert await _state_of(site, OLD) == "pending"
        assert await site.state(theirs) == "pending"
        answer = await site.post(f"/submissions/{theirs}/code", {"code": code_in(text)})
        assert answer.status_code == 200
        assert await site.state(theirs) == "confirmed"
        assert await site.state(mine) == "pending"

    on_site(story)


def test_same_number_again_changes_nothing(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        before = await dump(site)
        site.clock.advance(seconds=10)
        answer = await _correct(site, submission, "+1 201 555 0123")
        assert answer.status_code == 202
        assert answer.json()["resend_after"] == 50
        assert await dump(site) == before

    on_site(story)


def test_confirmed_is_not_corrected(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        await site.reply("Y")
        before = await dump(site)
        refused(await _correct(site, submission), 409, "already_confirmed")
        assert await dump(site) == before

    on_site(story)


def test_corrections_count_as_submits_for_the_address(on_site: Any, settings: Settings) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        assert (await _correct(site, submission)).status_code == 202
        before = await dump(site)
        answer = await _correct(site, submission, "(203) 555-0123")
        refused(answer, 429, "too_many_requests")
        assert int(answer.headers["retry-after"]) > 0
        assert await dump(site) == before
        refused(await site.post(f"/forms/{FORM}/submissions", await site.body("2045550123")), 429, "too_many_requests")

    on_site(story, replace(settings, address_per_hour=2))


def test_corrections_count_for_the_number(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.submit("(202) 555-0123")
        submission = await site.submit("(201) 555-0123")
        assert (await _correct(site, submission)).status_code == 202
        assert len(await site.texts(NEW)) == 1, "one a minute"

    on_site(story)


def test_correction_to_a_stopped_number_tells_nothing_and_sends_nothing(on_site: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("STOP", NEW)
        first, second = await site.submit("(201) 555-0123"), await site.submit("(204) 555-0123")
        stopped, fresh = await _correct(site, first), await _correct(site, second, "(205) 555-0123")
        told = [
            {name: value for name, value in answer.json().items() if name not in ("submission", "number")}
            for answer in (stopped, fresh)
        ]
        assert told[0] == told[1]
        assert stopped.status_code == fresh.status_code == 202
        assert len(await site.texts(NEW)) == 1, "the answer to STOP and nothing else"

    on_site(story)


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("", "phone_missing"),
        ("zwei", "phone_not_a_number"),
        ("201", "phone_too_short"),
        ("+41 78 123 45 67", "country_not_served"),
    ],
)
def test_what_is_wrong_with_the_new_number_is_told(on_site: Any, phone: str, code: str) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        before = await dump(site)
        refused(await _correct(site, submission, phone), 422, code, "phone")
        assert await dump(site) == before

    on_site(story)


def test_unknown_submission(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await _correct(site, "A" * 22), 404, "submission_not_found")

    on_site(story)
