"""What the variants of a form have brought, as the product's back end asks for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FORM, Clock, Site, running
from tests.wire import project_in, refused
from yesline.doors.keyring import digest
from yesline.records import ApiKey
from yesline.settings import Settings
from yesline.store.keys import save

OTHER = "bold"
PATH = f"/v1/forms/{FORM}/experiment"
BEARER = {"authorization": "Bearer yl_experiment"}


@pytest.fixture
def on_two(settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path) -> Callable[..., None]:
    """Run ``story(site)`` with a form that has a variant, and a key."""
    folder = project_in(tmp_path / "project")
    form = folder / "forms" / f"{FORM}.toml"
    form.write_text(f"{form.read_text()}\n[variants]\n{OTHER} = 40\n")
    (folder / "forms" / f"{OTHER}.toml").write_text(f'like = "{FORM}"\n')

    def tell(story: Callable[[Site], Any]) -> None:
        async def whole() -> None:
            async with running(settings, clock, folder) as site:
                row = ApiKey("k", "the shop", digest("yl_experiment"), "forms", site.clock())
                await save(site.house.store, row)
                await story(site)

        run(whole())

    return tell


async def _send(site: Site, form: str, phone: str) -> None:
    stamp = (await site.http.get(f"/forms/{form}/view")).json()["stamp"]
    body = await site.body(phone, stamp=stamp)
    assert (await site.post(f"/forms/{form}/submissions", body)).status_code == 202
    await site.idle()


async def _see(site: Site, form: str, times: int = 1) -> None:
    for _ in range(times):
        assert (await site.post(f"/forms/{form}/seen", {"event": "shown"})).status_code == 204
    assert (await site.post(f"/forms/{form}/seen", {"event": "dismissed"})).status_code == 204
    await site.house.showings.flush()


async def _told(site: Site, query: str = "") -> dict[str, Any]:
    answer = await site.http.get(PATH + query, headers=BEARER)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def _counts(told: dict[str, Any]) -> list[tuple[str, int, int, int]]:
    return [(arm["form"], arm["shown"], arm["submitted"], arm["confirmed"]) for arm in told["variants"]]


def test_each_form_has_what_it_was_shown_and_brought(on_two: Any) -> None:
    async def story(site: Site) -> None:
        assert _counts(await _told(site)) == [(FORM, 0, 0, 0), (OTHER, 0, 0, 0)]
        await _see(site, FORM, 3)
        site.clock.advance(days=2)
        await _see(site, FORM, 4)
        await _see(site, OTHER, 2)
        await _send(site, FORM, "(201) 555-0123")
        await site.reply("Y", "+12015550123")
        await _send(site, OTHER, "(202) 555-0123")
        await _send(site, OTHER, "(203) 555-0123")
        await site.reply("Y", "+12035550123")
        told = await _told(site)
        assert _counts(told) == [(FORM, 4, 1, 1), (OTHER, 2, 2, 1)]
        assert _counts(await _told(site, "?since=2027-01-01")) == [(FORM, 7, 1, 1), (OTHER, 2, 2, 1)]
        assert told["since"] == "2027-01-17"
        first, other = told["variants"]
        assert (first["weight"], other["weight"]) == (60, 40)
        assert (first["rate"], other["rate"], other["difference"]) == (0.25, 0.5, 0.25)
        assert (first["verdict"], other["verdict"]) == ("first", "too early to tell")
        assert other["difference_interval"][0] < 0.25 < other["difference_interval"][1]
        assert "beacons" in told["note"]

    on_two(story)


def test_a_number_counts_once_and_for_the_form_it_was_sent_from_first(on_two: Any) -> None:
    async def story(site: Site) -> None:
        await _see(site, FORM, 2)
        await _see(site, OTHER, 2)
        for form in (OTHER, FORM, OTHER):
            await _send(site, form, "(201) 555-0123")
            site.clock.advance(seconds=70)
        await site.reply("Y", "+12015550123")
        assert _counts(await _told(site)) == [(FORM, 2, 0, 0), (OTHER, 2, 1, 1)]
        site.clock.advance(seconds=70)
        await _send(site, FORM, "(201) 555-0123")
        assert _counts(await _told(site)) == [(FORM, 2, 0, 0), (OTHER, 2, 1, 1)]

    on_two(story)


def test_who_was_in_already_is_no_opt_in(on_two: Any) -> None:
    async def story(site: Site) -> None:
        await site.reply("JOIN")
        await site.reply("Y")
        await _see(site, FORM)
        await _see(site, OTHER)
        await _send(site, FORM, "(201) 555-0123")
        await site.reply("Y")
        assert _counts(await _told(site)) == [(FORM, 1, 1, 0), (OTHER, 1, 0, 0)]

    on_two(story)


def test_what_is_asked_wrongly(on_two: Any) -> None:
    async def story(site: Site) -> None:
        for since in ("yesterday", "2026-13-01", ""):
            answer = await site.http.get(f"{PATH}?since={since}", headers=BEARER)
            assert "2026-05-01" in refused(answer, 400, "bad_request", "since")["error"]["message"]
        refused(await site.http.get("/v1/forms/nothing/experiment", headers=BEARER), 404, "form_not_found")
        (alone,) = (await site.http.get(f"/v1/forms/{OTHER}/experiment", headers=BEARER)).json()["variants"]
        assert (alone["form"], alone["weight"], alone["verdict"]) == (OTHER, 100, "first")

    on_two(story)
