"""``yesline import``: a list is taken row by row, with the consent it states; nobody is texted, and what is not taken is told."""

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from click.testing import Result

from tests.conftest import DEMO, Clock, Site, running
from tests.deployments import contents, yesline
from yesline.bulk import rowfiles
from yesline.bulk.imports import Pace
from yesline.bulk.refusals import Refused
from yesline.clerk import Clerk
from yesline.commands import imports
from yesline.errors import Unavailable
from yesline.records import Act, ImportJob
from yesline.settings import Settings
from yesline.store import imports as stored

Live = Callable[..., Any]
KLAVIYO = (
    "\ufeffEmail;First Name;Phone Number;SMS Consent;SMS Consent Timestamp;Zip\r\n"
    "ann@example.com;Ann;+1 201-555-0123;SUBSCRIBED;2024-03-31 12:00:00;07030\r\n"
    'bob@example.com;"Bob; the ""first""";+12025550123;UNSUBSCRIBED;;\r\n'
    ";;;;;\r\n"
    "eve@example.com;Eve;+12035550123;NEVER_SUBSCRIBED;;\r\n"
)


@pytest.fixture
def live(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> Live:
    """Let a server of this deployment live for a while: ``live(story)`` returns what the story does."""

    def tell(story: Callable[[Site], Any] = _nothing, folder: Path = DEMO) -> Any:
        async def whole() -> Any:
            async with running(settings, clock, folder) as site:
                return await story(site)

        return run(whole())

    return tell


async def _nothing(site: Site) -> None:
    await site.idle()


async def _states(site: Site) -> list[tuple[Any, ...]]:
    statement = "SELECT phone, state, language FROM subscription JOIN subject ON subject_id = subject.id ORDER BY phone"
    return await site.sql(statement)


async def _facts(site: Site) -> list[tuple[str, str, dict[str, str]]]:
    rows = await site.sql(
        "SELECT kind, source, facts FROM event JOIN event_facts USING (subject_id, seq) ORDER BY kind, source"
    )
    return [(kind, source, {name: told[1] for name, told in json.loads(facts).items()}) for kind, source, facts in rows]


def _file(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode())
    return file


def _import(settings: Settings, file: Path, *words: str) -> Result:
    return yesline(settings, "import", file, "--yes", "--json", *words)


def _summary(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _told(result: Result) -> list[list[str]]:
    """The refusals on standard error."""
    lines = [line for line in result.stderr.splitlines() if line[0].isdigit()]
    return [row[:3] for row in csv.reader(lines)]


def test_a_list_is_taken_in(settings: Settings, live: Live, tmp_path: Path) -> None:
    live()
    result = _import(settings, _file(tmp_path, KLAVIYO), "--source", "Klaviyo list")
    done = _summary(result)
    assert (done["rows"], done["subscribed"], done["unsubscribed"], done["refused"]) == (3, 1, 1, 1)
    assert _told(result) == [["5", "SMS Consent", "state_unclear"]]
    assert "Left alone: Zip" in result.stderr

    async def look(site: Site) -> None:
        assert await _states(site) == [("+12015550123", "subscribed", ""), ("+12025550123", "unsubscribed", "")]
        (_, source, facts), *_ = await _facts(site)
        ((job, digest),) = await site.sql("SELECT id, digest FROM import_job WHERE ended_at > 0")
        assert (source, digest) == ("import", done["digest"])
        said = {"source": "Klaviyo list", "at": "2024-03-31T12:00:00Z", "line": "2"}
        assert facts == said | {"phone": "+12015550123", "import": job}
        assert await site.sql("SELECT count(*) FROM profile") == [(2,)]
        assert await site.texts("+12015550123") == []
        assert await site.sql("SELECT count(*) FROM text") == [(0,)], "nobody is texted"

    live(look)
    assert yesline(settings, "verify").exit_code == 0


def test_the_same_file_is_taken_in_once(settings: Settings, live: Live, tmp_path: Path) -> None:
    live()
    file = _file(tmp_path, KLAVIYO)
    assert not _summary(_import(settings, file, "--source", "x"))["done_before"]
    before = contents(_url(settings))
    assert _summary(_import(settings, file.rename(tmp_path / "other.csv"), "--source", "x"))["done_before"]
    assert contents(_url(settings)) == before
    told = yesline(settings, "import", tmp_path / "other.csv", "--yes")
    assert "--again" in told.stdout
    assert _summary(_import(settings, tmp_path / "other.csv", "--source", "x", "--again"))["subscribed"] == 1
    after = contents(_url(settings))
    assert [row[:4] for row in after["subscription"]] == [row[:4] for row in before["subscription"]]
    assert len(after["profile"]) == len(before["profile"])


def _url(settings: Settings) -> str:
    return settings.database_url


def test_a_stop_stays_and_is_told(settings: Settings, live: Live, tmp_path: Path) -> None:
    async def stop(site: Site) -> None:
        await site.reply("STOP", "+12025550123")
        await site.idle()

    live(stop)
    file = _file(tmp_path, "phone,source\n+12015550123,shop\n+12025550123,shop\n")
    before = contents(_url(settings))
    dry = _import(settings, file, "--dry-run")
    assert contents(_url(settings)) == before, "a dry run writes nothing"
    real = _import(settings, file)
    assert _told(dry) == _told(real) == [["3", "phone", "stopped"]]
    assert _summary(dry) | {"dry_run": False} == _summary(real)

    async def look(site: Site) -> Any:
        return await _states(site), await site.sql("SELECT count(*) FROM suppression WHERE lifted_at = 0")

    states, stops = live(look)
    assert states == [("+12015550123", "subscribed", "")]
    assert stops == [(1,)]


def test_who_is_asked_at_this_moment_is_decided(settings: Settings, live: Live, tmp_path: Path) -> None:
    """An explicit set closes the open prompt: a later Y changes nothing more."""
    live(lambda site: site.submit())
    assert _summary(_import(settings, _file(tmp_path, "phone,state\n+12015550123,unsubscribed\n")))["unsubscribed"] == 1

    async def late(site: Site) -> list[tuple[Any, ...]]:
        await site.reply("Y")
        return await _states(site)

    assert live(late) == [("+12015550123", "unsubscribed", "en")]


def test_no_two_processes_take_one_file_in(settings: Settings, live: Live, tmp_path: Path) -> None:
    file = _file(tmp_path, KLAVIYO)
    job = ImportJob("j", rowfiles.digest(file), file.name, "promotions", 0, 0, 0, 1)

    async def begin(site: Site) -> None:
        store = site.house.store
        await stored.keep_new(store, job, again=False)
        assert await stored.take(store, job.id, "another", site.clock(), stored.NOT_DONE)

    async def die(site: Site) -> None:
        await site.sql("UPDATE import_job SET held_until = 1")

    live(begin)
    assert "another process is taking this file in" in _import(settings, file).stderr
    live(die)
    assert _summary(_import(settings, file, "--source", "x"))["subscribed"] == 1

    async def look(site: Site) -> None:
        assert await site.sql("SELECT id, state FROM import_job") == [("j", "done")]

    live(look)


def test_an_import_that_is_cancelled_stops(
    settings: Settings, live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live()

    async def cancelled(*_: Any) -> bool:
        return False

    monkeypatch.setattr(stored, "keep", cancelled)
    result = _import(settings, _file(tmp_path, KLAVIYO), "--source", "x")
    assert result.exit_code == 1
    assert "the import was cancelled" in result.stderr


ROWS = "".join(f"+1{area}5550123\n" for area in (201, 202, 203, 205, 206, 207, 208))


def test_an_import_that_was_cut_off_goes_on(
    settings: Settings, live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live()
    file = _file(tmp_path, "phone\n" + ROWS.replace("+12035550123\n", '"+1203\n5550123"\n'))
    monkeypatch.setattr(imports, "PACE", Pace(rows=2, act=1))
    real, calls = Clerk.record, 0

    async def record(clerk: Clerk, act: Act) -> Any:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise Unavailable("the disk is full")
        return await real(clerk, act)

    monkeypatch.setattr(Clerk, "record", record)
    cut = _import(settings, file, "--source", "shop")
    assert cut.exit_code == 1
    assert "the disk is full; 4 row(s) are in: run the same command again" in cut.stderr
    monkeypatch.setattr(Clerk, "record", real)
    file.write_bytes(file.read_bytes())
    done = _import(settings, file, "--source", "shop")
    assert _told(cut) == [["4", "phone", "not_text"]], "told once"
    assert _told(done) == []
    summary = _summary(done)
    assert (summary["resumed_at"], summary["rows"], summary["refused"], summary["subscribed"]) == (4, 7, 1, 3)

    async def look(site: Site) -> None:
        assert await site.sql("SELECT count(*), count(DISTINCT subject_id) FROM event") == [(6, 6)]
        lines = {facts["line"] for _, _, facts in await _facts(site)}
        assert lines == {"2", "3", "6", "7", "8", "9"}, "as an editor counts them"

    live(look)


def test_objects_line_by_line(settings: Settings, live: Live, tmp_path: Path) -> None:
    live()
    rows = [
        {"phone": "+12015550123", "state": "subscribed", "consent_source": "app", "external_id": 7, "tags": ["a"]},
        {"Phone Number": 12025550123, "country": "US", "state": "subscribed", "consent_source": "app"},
        {"phone": "+12035550123", "consent_source": "app", "stopped": True},
        {"phone": "+12055550123", "consent_source": "app"},
    ]
    text = "\n".join([*map(json.dumps, rows), "", "[1]", "{", '{"phone": null}'])
    result = _import(settings, _file(tmp_path, text, "list.ndjson"))
    assert [row[0::2] for row in _told(result)] == [
        ["4", "state_unclear"],
        ["6", "not_json"],
        ["7", "not_json"],
        ["8", "state_unclear"],
    ]
    states = dict(row[:2] for row in live(_states))
    assert states == {"+12015550123": "subscribed", "+12025550123": "subscribed", "+12035550123": "unsubscribed"}


def test_what_is_refused_goes_into_a_file(settings: Settings, live: Live, tmp_path: Path) -> None:
    live()
    text = 'phone,email,source\n+12015550123,=HYPERLINK(1),shop\n"+12025550123",,shop,too,many\n+12035550123,,\xff\n2015550123,,shop\n'
    file = tmp_path / "list.csv"
    file.write_bytes(text.encode("latin-1"))
    refused = tmp_path / "refused.csv"
    result = yesline(settings, "import", file, "--dry-run", "--refused", refused)
    assert "4 refused" in result.stdout
    assert "Nothing was written" in result.stdout
    with refused.open(encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    assert head == ["line", "column", "reason", "message"]
    assert [row[:3] for row in rows] == [
        ["2", "email", "email_invalid"],
        ["3", "", "cells"],
        ["4", "source", "not_text"],
        ["5", "phone", "country_missing"],
    ]
    assert "say --country" in rows[-1][3]
    assert _summary(_import(settings, file, "--country", "us"))["subscribed"] == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no head"),
        (b"\n", "has no head"),
        (b"name,age\nAnn,7\n", "has no column 'phone'"),
        ("phone\n+12015550123".encode("utf-16"), "UTF-16"),
        (b"phone,x\rsource", "its first line cannot be read"),
        (b"phone\n" + b"1" * 2_000_000, "line 2 is longer than"),
    ],
)
def test_files_that_cannot_be_read(settings: Settings, live: Live, tmp_path: Path, content: bytes, said: str) -> None:
    live()
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    result = _import(settings, file)
    assert result.exit_code == 1
    assert said in result.stderr


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_quotation_mark_left_open_is_told_with_the_lines_it_swallows(
    settings: Settings, live: Live, tmp_path: Path
) -> None:
    live()
    swallowed = "".join(f"{number:0150d}\n" for number in range(1000))
    result = _import(settings, _file(tmp_path, f'phone\n+12015550123\n"+1202\n{swallowed}'), "--source", "shop")
    (row, *_) = _told(result)
    assert row == ["3", "", "not_csv"]
    assert "lines 3 to 8" in result.stderr
    assert _summary(result)["subscribed"] == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_head_of_two_lines(settings: Settings, live: Live, tmp_path: Path) -> None:
    live()
    result = _import(settings, _file(tmp_path, '"phone\nnumber",source\n+12015550123,shop\nbroken,shop\n'))
    assert _told(result) == [["4", "phone number", "phone_altered"]]
    assert _summary(result)["subscribed"] == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_options_are_checked_and_a_person_is_asked(settings: Settings, live: Live, tmp_path: Path) -> None:
    live()
    file = _file(tmp_path, "phone\n" + ROWS)
    for words, said in (
        (("--group", "nobody"), "there is no group 'nobody'"),
        (("--date", "tomorrow"), "--date tomorrow"),
        (("--date", "2999-01-01"), "has not come yet"),
    ):
        result = _import(settings, file, *words)
        assert result.exit_code == 1
        assert said in result.stderr
    asked = yesline(settings, "import", file, "--source", "shop")
    assert asked.exit_code == 1
    assert "Nobody is texted" in asked.stderr
    assert live(_states) == [], "no answer is no"
    assert _summary(_import(settings, file))["reasons"] == {"source_missing": 7}


def test_addresses_are_taken_into_a_group_of_addresses(settings: Settings, live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    copytree(DEMO, folder)
    letters = 'name = "Letters"\nsends = "news"\nfrequency = "weekly"\nchannel = "email"\n'
    (folder / "groups" / "letters.toml").write_text(letters, encoding="utf-8")
    live(folder=folder)
    text = "email,phone,email_subscribe,source\nAnn@example.com,,opted_in,shop\nbob@example.com,broken,unsubscribed,\n,+12015550123,opted_in,shop\n"
    result = _import(settings, _file(tmp_path, text), "--group", "letters")
    assert _told(result) == [["4", "email", "email_missing"]]

    async def look(site: Site) -> list[tuple[Any, ...]]:
        return await site.sql(
            "SELECT email, state FROM subscription JOIN subject ON subject_id = subject.id ORDER BY email"
        )

    assert live(look, folder) == [("Ann@example.com", "subscribed"), ("bob@example.com", "unsubscribed")]


def test_lines_before_a_byte(tmp_path: Path) -> None:
    file = _file(tmp_path, "a\nbc\n\nd")
    assert [rowfiles.lines_before(file, byte) for byte in (0, 1, 2, 5, 6, 7, 99)] == [0, 0, 1, 2, 3, 3, 3]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _file(tmp_path, "phone\n" + ROWS)
    monkeypatch.setattr(sys, "stderr", screen := _Terminal())
    with imports.bar(file) as progress, imports.refusals(None) as refuse:
        progress(len(ROWS))
        refuse(Refused(2, "phone", "stopped", "\x1b[31mit said STOP"))
    shown = screen.getvalue()
    assert "list.csv" in shown
    assert "93%" in shown
    assert "2,phone,stopped, [31mit said STOP\n" in shown
