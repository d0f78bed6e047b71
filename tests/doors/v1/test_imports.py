"""``/v1/imports``: a file is taken in beside the visitors, once, through restarts; every row that is not is told."""

import asyncio
import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import ON_SQLITE, Clock, Site, running
from tests.doors.v1.calling import GROUP, SECRET, get, give_key, imported, items, over, post, send_file
from tests.wire import refused
from yesline.bulk import jobs
from yesline.bulk.imports import Pace
from yesline.bulk.jobs import Files, Importer
from yesline.clerk import Clerk
from yesline.doors.v1 import imports as door
from yesline.errors import Unavailable
from yesline.records import Act
from yesline.settings import Settings
from yesline.store import imports

OnSite = Callable[..., None]
LIST = (
    "Phone Number,State,Consent Source,Zip\r\n"
    "+12015550123,subscribed,shop,07030\r\n"
    "+12025550123,unsubscribed,,\r\n"
    "+12035550123,never,shop,\r\n"
    "=1+1,subscribed,shop,\r\n"
)
REFUSED = [["4", "State", "state_unclear"], ["5", "Phone Number", "country_missing"]]
PHONES = "phone\n" + "".join(f"+1{area}5550123\n" for area in (201, 202, 203, 205, 206, 207, 208))


async def _states(site: Site) -> dict[str, str]:
    rows = await site.sql(
        "SELECT phone, state FROM subscription JOIN subject ON subject_id = subject.id ORDER BY phone"
    )
    return {row[0]: row[1] for row in rows}


async def _refusals(site: Site, job: str) -> list[list[str]]:
    told = await get(site, f"/v1/imports/{job}/refusals")
    head, *rows = csv.reader(io.StringIO(told.text))
    assert (told.status_code, head) == (200, ["line", "column", "reason", "message"])
    as_objects = (await get(site, f"/v1/imports/{job}/refusals", accept="application/x-ndjson")).text.splitlines()
    assert [[str(value) for value in json.loads(line).values()] for line in as_objects] == rows
    return [row[:3] for row in rows]


def _left(site: Site) -> list[str]:
    """The files of imports that there are."""
    folder = site.settings.folder / "imports"
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


def test_a_file_is_taken_in(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        answer = await send_file(site, LIST, group=GROUP, name="may.csv")
        begun = answer.json()
        assert (answer.status_code, begun["file"], begun["left_alone"]) == (202, "may.csv", ["Zip"])
        done = await over(site, begun["id"])
        assert (done["state"], done["percent"], done["rows"], done["accepted"], done["refused"]) == (
            "done",
            100,
            4,
            2,
            2,
        )
        assert done["ended_at"]
        assert await _states(site) == {"+12015550123": "subscribed", "+12025550123": "unsubscribed"}
        assert await site.sql("SELECT count(*) FROM text") == [(0,)], "nobody is texted"
        assert await _refusals(site, done["id"]) == REFUSED
        assert _left(site) == [".refused"], "what was uploaded is gone"
        rows = await site.sql("SELECT source, facts FROM event JOIN event_facts USING (subject_id, seq)")
        assert {source for source, _ in rows} == {"import"}
        assert {json.loads(facts)["import"][1] for _, facts in rows} == {done["id"]}
        assert await items(site, "/v1/imports") == [done]

    on_site(story)


@ON_SQLITE
def test_objects_and_what_holds_for_all_rows(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        text = '{"phone": "2015550123", "state": "yes", "group": "theirs"}\n{}\n'
        terms = {"source": "shop", "date": "2020-01-31", "country": "us", "there": "theirs"}
        done = await imported(site, text, "application/x-ndjson; charset=utf-8", **terms)
        assert await _refusals(site, done["id"]) == [["2", "state", "state_unclear"]]
        ((facts,),) = await site.sql("SELECT facts FROM event_facts")
        said = {name: told[1] for name, told in json.loads(facts).items()}
        assert (said["source"], said["at"]) == ("shop", "2020-01-31T00:00:00Z")

    on_site(story)


@ON_SQLITE
def test_a_dry_run_tells_every_row_that_would_be_refused_and_writes_nothing(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await site.reply("STOP", "+12015550123")
        await site.idle()
        before = await site.sql("SELECT count(*) FROM event")
        done = await imported(site, LIST, dry_run="true")
        assert (done["state"], done["dry_run"], done["accepted"], done["refused"]) == ("done", True, 1, 3)
        assert await _refusals(site, done["id"]) == [["2", "Phone Number", "stopped"], *REFUSED]
        assert await site.sql("SELECT count(*) FROM event") == before
        real = await imported(site, LIST)
        assert (real["id"] != done["id"], real["refused"]) == (True, 3), "a dry run does not stand for it"

    on_site(story)


@ON_SQLITE
def test_the_same_file_is_taken_in_once(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        first = await imported(site, LIST)
        assert (await imported(site, LIST, name="other.csv"))["id"] == first["id"]
        again = await imported(site, LIST, again="true")
        assert again["id"] != first["id"]
        assert len(await items(site, "/v1/imports")) == 2
        assert _left(site) == [".refused", ".refused"]

    on_site(story)


@pytest.mark.parametrize("down", ["the database", "the server"])
def test_an_import_goes_on_after_a_restart(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch, down: str
) -> None:
    monkeypatch.setattr(jobs, "PACE", Pace(rows=2, act=1, abreast=1))
    real, calls = Clerk.record, 0

    async def record(clerk: Clerk, act: Act) -> Any:
        nonlocal calls
        calls += 1
        if calls > 3 and down == "the server":
            clerk._store.changes.close()
        elif calls > 3:
            raise Unavailable("the disk is full")
        return await real(clerk, act)

    async def cut_off() -> str:
        async with running(settings, clock) as site:
            await give_key(site)
            monkeypatch.setattr(Clerk, "record", record)
            job = str((await send_file(site, PHONES.replace("+1203", "x"), source="shop")).json()["id"])
            while calls < 4:  # noqa: ASYNC110  (there is nobody to tell)
                await asyncio.sleep(0.01)
        return job

    async def go_on(job: str) -> None:
        monkeypatch.setattr(Clerk, "record", real)
        async with running(settings, clock) as site:
            done = await over(site, job)
            assert (done["state"], done["rows"], done["accepted"], done["refused"]) == ("done", 7, 6, 1)
            assert await _refusals(site, job) == [["4", "phone", "phone_altered"]], "told once"
            assert await site.sql("SELECT count(*), count(DISTINCT subject_id) FROM event") == [(6, 6)]

    run(go_on(run(cut_off())))


def test_no_two_processes_are_at_one_import(on_site: OnSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_: Importer) -> None:
        return

    monkeypatch.setattr(Importer, "run", nothing)

    async def story(site: Site) -> None:
        await give_key(site)
        store, clock = site.house.store, site.clock
        job = (await send_file(site, LIST)).json()["id"]
        other, here, elsewhere = (
            Importer(store, site.house.clerk, Files.within(folder))
            for folder in (site.settings.folder, site.settings.folder, Path("/nowhere"))
        )
        assert not await elsewhere.next(), "it has not the file"
        assert await imports.take(store, job, "another process", clock())
        assert not await other.next()
        clock.advance(seconds=30)
        held = await imports.job(store, job)
        assert held
        assert await imports.keep(store, held, clock()), "it tells that it lives"
        clock.advance(seconds=59)
        assert not await other.next()
        clock.advance(seconds=2)
        assert await here.next(), "it was killed"
        assert not await imports.keep(store, held, clock()), "and if it was not, it stops"
        assert (await over(site, job))["accepted"] == 2

    on_site(story)


@ON_SQLITE
def test_an_import_is_cancelled(on_site: OnSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PACE", Pace(rows=2, act=1, abreast=1))
    real, reached, free = Clerk.record, asyncio.Event(), asyncio.Event()

    async def record(clerk: Clerk, act: Act) -> Any:
        reached.set()
        await free.wait()
        return await real(clerk, act)

    async def story(site: Site) -> None:
        await give_key(site)
        monkeypatch.setattr(Clerk, "record", record)
        job = (await send_file(site, PHONES, source="shop")).json()["id"]
        await reached.wait()
        waiting = (await send_file(site, LIST)).json()["id"]
        for one in (waiting, job, job):
            assert (await post(site, f"/v1/imports/{one}/cancel")).json()["state"] == "cancelled"
        free.set()
        done = await imported(site, LIST)
        refused(await post(site, f"/v1/imports/{done['id']}/cancel"), 409, "import_ended")
        cut = await over(site, job)
        assert (cut["state"], cut["rows"]) == ("cancelled", 0)
        assert len(await _states(site)) == 2, "the part that it was at is in, and no other"
        assert await imported(site, PHONES, source="shop") == await over(site, job)
        assert (await over(site, job))["accepted"] == 7, "sent again, it goes on"

    on_site(story)


LISTS = {"text/csv": "phone\n+12015550123\n"}


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "kind", "query", "status", "code"),
    [
        (LIST, "application/json", {}, 415, "content_type"),
        (LIST, "", {}, 415, "content_type"),
        ("", "text/csv", {}, 422, "file_unreadable"),
        ("name,age\nAnn,7\n", "text/csv", {}, 422, "file_unreadable"),
        (LIST.encode("utf-16"), "text/csv", {}, 422, "file_unreadable"),
        (b"x" * 1_048_577, "text/csv", {}, 413, "body_too_large"),
        (LIST, "text/csv", {"group": "nobody"}, 404, "group_not_found"),
        (LIST, "text/csv", {"date": "tomorrow"}, 400, "bad_request"),
        (LIST, "text/csv", {"date": "2999-01-01"}, 400, "bad_request"),
        (LIST, "text/csv", {"date": "0001-01-01T00:00:00+23:00"}, 400, "bad_request"),
        (LIST, "text/csv", {"country": "USA"}, 400, "bad_request"),
        (LIST, "text/csv", {"source": "a\0b"}, 400, "bad_request"),
        (LIST, "text/csv", {"dryrun": "true"}, 400, "bad_request"),
    ],
)
def test_what_cannot_be_taken_is_told_and_leaves_nothing(
    on_site: OnSite, settings: Settings, body: str | bytes, kind: str, query: dict[str, str], status: int, code: str
) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        content = refused(await send_file(site, body, kind, **query), status, code, next(iter(query), None))
        assert str(site.settings.folder) not in content["error"]["message"]
        assert _left(site) == []
        assert await items(site, "/v1/imports") == []

    on_site(story, replace(settings, import_mb=1))


@ON_SQLITE
def test_a_file_that_grows_too_large_or_breaks_off_leaves_nothing(on_site: OnSite, settings: Settings) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        for more, status in (
            ({"type": "http.request", "body": b"x" * 700_000, "more_body": True}, 413),
            ({"type": "http.disconnect"}, 400),
        ):
            coming = iter([{"type": "http.request", "body": b"phone\n", "more_body": True}, more, more, more])
            sent: list[Any] = []

            async def receive(coming: Any = coming) -> Any:
                return next(coming)

            async def send(message: Any, sent: list[Any] = sent) -> None:
                sent.append(message)

            await site.app(_scope("POST", "/v1/imports"), receive, send)
            assert sent[0]["status"] == status
            assert _left(site) == []

    on_site(story, replace(settings, import_mb=1))


def _scope(method: str, path: str) -> dict[str, Any]:
    headers = [(b"authorization", f"Bearer {SECRET}".encode()), (b"content-type", b"text/csv")]
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers,
        "scheme": "http", "server": ("x", 80), "client": ("127.0.0.1", 1), "http_version": "1.1", "asgi": {"version": "3.0"},
        "root_path": "",
    }  # fmt: skip


@ON_SQLITE
def test_a_file_that_is_sent_again_under_its_key_is_answered_again(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        first = await send_file(site, LIST, once="k1", again="true")
        await over(site, first.json()["id"])
        twin = await send_file(site, LIST, once="k1", again="true")
        assert (twin.json(), twin.headers["idempotent-replayed"]) == (first.json(), "true")
        refused(await send_file(site, PHONES, once="k1", again="true"), 422, "idempotency_mismatch")
        refused(await send_file(site, "no\n", once="k2"), 422, "file_unreadable")
        assert (await send_file(site, LIST, once="k2", again="true")).status_code == 202, "a refusal is not kept"
        assert len(await items(site, "/v1/imports")) == 2

    on_site(story)


@ON_SQLITE
def test_what_cannot_be_asked_of_an_import(on_site: OnSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        for path in ("/v1/imports/x", "/v1/imports/x/refusals"):
            refused(await get(site, path), 404, "import_not_found")
        refused(await post(site, "/v1/imports/x/cancel"), 404, "import_not_found")
        done = await imported(site, LIST)
        path = f"/v1/imports/{done['id']}/refusals"
        refused(await get(site, path, accept="application/json"), 406, "not_acceptable")
        head = await site.http.head(path, headers={"authorization": f"Bearer {SECRET}"})
        assert (head.status_code, head.content) == (200, b"")
        (site.settings.folder / "imports" / f"{done['id']}.refused").unlink()
        refused(await get(site, path), 404, "refusals_not_kept")
        monkeypatch.setattr(door, "MOST_WAITING", 0)
        assert refused(await send_file(site, PHONES), 429, "imports_waiting")

    on_site(story)


@ON_SQLITE
def test_files_that_nobody_needs_are_removed(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        done = await imported(site, LIST)
        files = Files.within(site.settings.folder)
        importer = Importer(site.house.store, site.house.clerk, files)
        files.upload("broken off").touch()
        files.upload("coming").touch()
        os.utime(files.upload("broken off"), (0, 0))
        files.refusals("forgotten").touch()
        await importer.tidy()
        assert sorted(path.stem for path in files.folder.iterdir()) == sorted(["coming", done["id"]])

    on_site(story)


@ON_SQLITE
def test_an_import_that_cannot_go_on_says_why(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        done = await imported(site, "phone\n+12015550123\n" + "1" * 2_000_000, source="shop")
        assert (done["state"], done["file"]) == ("failed", "list.csv")
        assert done["message"].startswith("list.csv, line 3 is longer than")

    on_site(story)
