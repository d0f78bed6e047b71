"""What is in use is told as the project's files say it."""

from pathlib import Path
from typing import Any

from tests.conftest import DEMO, FORM, SENDER, Clock, Site, running
from tests.doors.v1.calling import GROUP, get, give_key, items
from tests.wire import project_in, refused
from yesline import project
from yesline.settings import Settings

OnSite = Any


def test_groups_senders_and_forms_are_told(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        told = project.load(DEMO)
        (group,) = await items(site, "/v1/groups")
        kept = told.groups[0]
        assert (group["id"], group["name"], group["senders"]) == (GROUP, kept.name, [SENDER])
        assert (group["channel"], group["opt_in"], group["window_days"]) == ("sms", "double", kept.window_days)
        (sender,) = await items(site, "/v1/senders")
        assert sender == {
            "address": SENDER,
            "group": GROUP,
            "carrier": "console",
            "backup": False,
            "two_way": True,
            "per_second": kept.sender.per_second,
            "countries": [],
        }
        (form,) = await items(site, "/v1/forms")
        assert (form["id"], form["group"]) == (FORM, GROUP)
        assert form["version"] == (await site.view())["version"]
        assert form["applied_at"] == "2027-01-15T08:00:00Z"
        refused(await get(site, "/v1/forms/nothing/versions"), 404, "form_not_found")

    on_site(story)


def test_a_backup_is_told_as_one(settings: Settings, clock: Clock, run: Any, tmp_path: Path) -> None:
    folder = project_in(tmp_path / "project", sender='[backup]\naddress = "13579"\ncountries = ["US"]')

    async def story() -> None:
        async with running(settings, clock, folder) as site:
            await give_key(site)
            backup = next(one for one in await items(site, "/v1/senders") if one["address"] == "13579")
            assert (backup["backup"], backup["two_way"], backup["countries"]) == (True, True, ["US"])

    run(story())


def test_every_version_of_a_form_is_kept(on_site: OnSite, tmp_path: Path) -> None:
    other = project.load(project_in(tmp_path / "project", form='display = "inline"'))

    async def story(site: Site) -> None:
        await give_key(site)
        path = f"/v1/forms/{FORM}/versions"
        (first,) = await items(site, path)
        assert (first["version"], first["current"]) == ((await site.view())["version"], True)
        site.clock.advance(days=1)
        store = site.house.store
        await store.apply(other.brand, other.groups, other.forms, site.clock())
        await site.house.catalogue.refresh()
        second, kept = await items(site, path)
        assert kept == first | {"current": False}
        assert (second["version"], second["current"]) == ((await site.view())["version"], True)
        assert second["created_at"] == "2027-01-16T08:00:00Z"

    on_site(story)
