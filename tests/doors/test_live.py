"""Where a submission stands, told once and told live."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import DEMO, SENDER, Clock, Site, running
from tests.wire import Stream, refused
from yesline.doors import page
from yesline.settings import Settings


def _state(chunk: str) -> dict[str, Any]:
    name, data, *rest = chunk.split("\n")
    assert (name, rest) == ("event: state", ["", ""])
    content: dict[str, Any] = json.loads(data.removeprefix("data: "))
    return content


def test_status_tells_what_the_page_may_know(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        site.clock.advance(seconds=12)
        answer = await site.http.get(f"/submissions/{submission}")
        assert answer.json() == {
            "submission": submission,
            "state": "pending",
            "methods": ["reply", "code", "link"],
            "sender": SENDER,
            "resend_after": 48,
        }
        assert answer.headers["cache-control"] == "no-store"
        await site.reply("Y")
        assert await site.state(submission) == "confirmed"

    on_site(story)


def test_status_after_the_window(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        site.clock.advance(days=30)
        assert await site.state(submission) == "expired"
        await site.reply("Y")
        assert await site.state(submission) == "expired"
        assert ("subscribed",) not in await site.sql("SELECT state FROM subscription")

    on_site(story)


def test_stream_begins_with_the_state_and_tells_the_confirmation(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        async with Stream(site, f"/submissions/{submission}/events") as stream:
            assert stream.status == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            assert stream.headers["access-control-allow-origin"] == site.origin
            first = _state(await stream.chunk())
            assert first == (await site.http.get(f"/submissions/{submission}")).json()
            await site.reply("Y")
            assert _state(await stream.chunk())["state"] == "confirmed"
            assert await stream.chunk() == "", "there is nothing more to tell"

    on_site(story)


def test_stream_of_an_answered_submission_ends_at_once(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        await site.reply("Y")
        async with Stream(site, f"/submissions/{submission}/events") as stream:
            assert _state(await stream.chunk())["state"] == "confirmed"
            assert await stream.chunk() == ""

    on_site(story)


def test_stream_goes_with_the_corrected_number(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        async with Stream(site, f"/submissions/{submission}/events") as stream:
            await stream.chunk()
            corrected = {"phone": "(202) 555-0123", "country": "US"}
            assert (await site.post(f"/submissions/{submission}/correct", corrected)).status_code == 202
            await site.reply("Y", "+12015550123")
            await site.reply("Y", "+12025550123")
            states = [_state(await stream.chunk())["state"]]
            while states[-1] == "pending":
                states.append(_state(await stream.chunk())["state"])
            assert states[-1] == "confirmed"

    on_site(story)


def test_stream_goes_with_a_number_corrected_from_one_that_somebody_else_asked_for(on_site: Any) -> None:
    """Then the old prompt stays as it is, and only the submission changes."""

    async def story(site: Site) -> None:
        await site.submit()
        submission = await site.submit()
        async with Stream(site, f"/submissions/{submission}/events") as stream:
            await stream.chunk()
            await site.post(f"/submissions/{submission}/correct", {"phone": "(202) 555-0123", "country": "US"})
            assert _state(await stream.chunk())["state"] == "pending"
            await site.reply("Y", "+12025550123")
            assert _state(await stream.chunk())["state"] == "confirmed"

    on_site(story)


def test_every_window_of_a_number_sees_it(on_site: Any) -> None:
    async def story(site: Site) -> None:
        first, second = await site.submit(), await site.submit()
        async with (
            Stream(site, f"/submissions/{first}/events") as one,
            Stream(site, f"/submissions/{second}/events") as other,
        ):
            await one.chunk()
            await other.chunk()
            await site.reply("Y")
            assert _state(await one.chunk())["state"] == "confirmed"
            assert _state(await other.chunk())["state"] == "confirmed"

    on_site(story)


def test_stream_of_a_stopped_number_stays_silent(on_site: Any) -> None:
    """A page must not learn that somebody said STOP."""

    async def story(site: Site) -> None:
        submission = await site.submit()
        async with Stream(site, f"/submissions/{submission}/events") as stream:
            assert _state(await stream.chunk())["state"] == "pending"
            await site.reply("STOP")
            again = _state(await stream.chunk())
            assert again["state"] == "pending"
            assert await site.state(submission) == "pending"

    on_site(story)


def test_stream_lives_for_minutes_with_heartbeats(on_site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(page, "LIVE_SECONDS", 0.2)

    async def story(site: Site) -> None:
        submission = await site.submit()
        async with Stream(site, f"/submissions/{submission}/events") as stream:
            chunks = [await stream.chunk()]
            while chunks[-1]:
                chunks.append(await stream.chunk())
        states = [chunk for chunk in chunks if chunk.startswith("event")]
        beats = [chunk for chunk in chunks if chunk == ": here\n\n"]
        assert len(states) + len(beats) == len(chunks) - 1
        assert beats
        assert {_state(chunk)["state"] for chunk in states} == {"pending"}

    on_site(story)


def test_looking_only_at_the_head_of_a_stream_ends(on_site: Any) -> None:
    async def story(site: Site) -> None:
        submission = await site.submit()
        answer = await site.http.head(f"/submissions/{submission}/events")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")

    on_site(story)


def test_unknown_submission(on_site: Any) -> None:
    async def story(site: Site) -> None:
        for path in ("", "/events"):
            refused(await site.http.get(f"/submissions/{'A' * 22}{path}"), 404, "submission_not_found")

    on_site(story)


def test_streams_end_when_the_server_goes_down(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> None:
    async def story() -> None:
        async with running(settings, clock, DEMO) as site:
            submission = await site.submit()
            async with Stream(site, f"/submissions/{submission}/events") as stream:
                await stream.chunk()
                await site.idle()
                site.house.store.changes.close()
                assert [chunk async for chunk in _rest(stream)] == []

    run(story())


async def _rest(stream: Stream) -> Any:
    while chunk := await stream.chunk():
        yield chunk
