"""What forms have brought and what was texted, newest first and page by page."""

from typing import Any

from tests.conftest import FORM, SENDER, Site
from tests.doors.v1.calling import GROUP, OTHER, PHONE, get, give_key, id_of, items, put_state
from tests.wire import code_in, link_in, refused

OnSite = Any


def test_submissions_are_told_newest_first(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        sent = []
        for number in range(5):
            sent.append(await site.submit(f"(201) 555-010{number}"))
            site.clock.advance(seconds=number % 2)  # some come in the same moment
        await site.idle()
        await site.reply("Y", "+12015550100")
        await site.reply("STOP", "+12015550101")
        found = await items(site, "/v1/submissions?limit=2")
        assert sorted(item["id"] for item in found) == sorted(sent)
        times = [item["created_at"] for item in found]
        assert times == sorted(times, reverse=True)
        assert await items(site, f"/v1/submissions?limit=3&form={FORM}") == found
        assert await items(site, "/v1/submissions?form=nothing") == []
        states = {item["phone"]: item["state"] for item in found}
        assert states == {
            "+12015550100": "confirmed",
            "+12015550101": "void",
            "+12015550102": "pending",
            "+12015550103": "pending",
            "+12015550104": "pending",
        }
        first = next(item for item in found if item["phone"] == "+12015550100")
        version = (await site.view())["version"]
        assert (first["form"], first["version"]) == (FORM, version)
        assert first["subscriber"] == await id_of(site, "+12015550100")

    on_site(story)


def test_texts_are_told_with_what_was_secret_masked(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await site.submit()
        (prompt,) = await site.texts()
        site.clock.advance(seconds=1)
        await site.reply("Y")
        site.clock.advance(seconds=1)
        await put_state(site, phone=OTHER, ask=True)
        await site.idle()
        found = await items(site, "/v1/messages?limit=1")
        assert [(m["direction"], m["kind"], m["phone"]) for m in found if m["phone"] == OTHER] == [
            ("out", "prompt", OTHER)
        ]
        own = await items(site, "/v1/messages?phone=%2B12015550123&limit=1")
        assert own == [message for message in found if message["phone"] == PHONE]
        assert sorted(message["kind"] for message in own) == ["confirmation", "inbound", "prompt"]
        asked = own[-1]
        assert (asked["group"], asked["sender"], asked["parts"], asked["reason"]) == (GROUP, SENDER, 2, "")
        assert (asked["state"], asked["language"]) == ("sent", "en")
        for secret in (code_in(prompt), link_in(prompt)):
            assert secret not in str(found)
        reply = next(message for message in own if message["direction"] == "in")
        assert (reply["body"], reply["state"]) == ("Y", "received")
        assert await items(site, "/v1/messages?phone=%2B12025550199") == []
        refused(await get(site, "/v1/messages?phone=5"), 422, "phone_not_a_number", "phone")

    on_site(story)
