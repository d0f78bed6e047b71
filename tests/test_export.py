"""``yesline export``: everybody once, with the consent behind them, and nothing in it that a spreadsheet or a terminal would obey."""

import csv
import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.conftest import NOON, Clock, Site, running
from tests.deployments import deployment, yesline
from yesline.commands import exports
from yesline.settings import Settings

Live = Callable[..., Any]
HOSTILE = (
    "{{7*7}}",
    "<img src=x onerror=alert(1)>",
    "=HYPERLINK(1)",
    "\u202eevil",
    "https://x.example",
    "@SUM(1)",
    "-1",
    "\x9b31m",
)
HEAD = (
    "group,phone,email,external_id,first_name,last_name,state,stopped,since,language,"
    "consent_source,consent_at,consent_words,consent_page"
)


@pytest.fixture
def clock() -> Clock:
    """Some years ago: commands go by the real time, and what they are told must have happened."""
    return Clock(NOON - 3 * 365 * 86_400_000)


@pytest.fixture
def live(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> Live:
    """Let a server of a deployment live for a while: ``live(story)`` returns what the story does."""

    def tell(story: Callable[[Site], Any], given: Settings = settings) -> Any:
        async def whole() -> Any:
            async with running(given, clock) as site:
                return await story(site)

        return run(whole())

    return tell


async def _opt_in(site: Site) -> None:
    """One says yes, one waits, one says STOP."""
    for area, answer in ((201, "Y"), (202, ""), (203, "STOP")):
        await site.submit(f"({area}) 555-0123")
        if answer:
            await site.reply(answer, f"+1{area}5550123")
    await site.idle()


def _rows(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    found = csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff")))
    return sorted(found, key=lambda row: row["phone"])


def _list(tmp_path: Path, *names: str) -> Path:
    """A list of people with these names, each of its own number and agreed at a place of the same name."""
    file = tmp_path / "names.ndjson"
    rows = [
        {"phone": f"+1201555{place:04}", "state": "subscribed", "first_name": name, "last_name": last, "source": name}
        for place, (name, last) in enumerate(zip(names, reversed(names), strict=True), 100)
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


def test_who_is_in_a_group_and_by_what_consent(settings: Settings, live: Live) -> None:
    live(_opt_in)
    ann, bob, eve = _rows(yesline(settings, "export"))
    assert ",".join(ann) == HEAD
    assert (ann["group"], ann["phone"], ann["state"], ann["stopped"], ann["language"]) == (
        "promotions",
        "+12015550123",
        "subscribed",
        "false",
        "en",
    )
    assert ann["consent_source"] == "reply"
    assert ann["consent_at"] == ann["since"]
    assert ann["consent_page"].endswith("/shop")

    async def words(site: Site) -> list[str]:
        rows = await site.sql(
            "SELECT facts FROM event_facts JOIN event USING (subject_id, seq) WHERE kind = 'requested'"
        )
        return [json.loads(facts)["words"][1] for (facts,) in rows]

    assert ann["consent_words"] in live(words)
    assert (bob["state"], bob["consent_source"]) == ("pending", "")
    assert (eve["state"], eve["stopped"], eve["consent_words"]) == ("unsubscribed", "true", "")
    lines = yesline(settings, "export", "--format", "ndjson", "--group", "promotions").stdout.splitlines()
    objects = sorted(map(json.loads, lines), key=lambda row: row["phone"])
    assert [row | {"stopped": str(row["stopped"]).lower()} for row in objects] == [ann, bob, eve]


def test_everybody_is_there_once_however_many_pages(
    settings: Settings, live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(_opt_in)
    yesline(settings, "import", _list(tmp_path, *"abcde"), "--yes")
    monkeypatch.setattr(exports, "_AT_ONCE", 3)
    result = yesline(settings, "export", "--group", "promotions")
    assert len({row["phone"] for row in _rows(result)}) == len(_rows(result)) == 8
    assert result.stderr == "8 row(s) are written.\n"


def test_a_file_that_nobody_else_reads(settings: Settings, live: Live, tmp_path: Path) -> None:
    live(_opt_in)
    file = tmp_path / "out.csv"
    assert yesline(settings, "export", "--out", file).stdout == ""
    assert file.read_bytes().decode().replace("\r\n", "\n") == yesline(settings, "export").stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--group", "nobody"), "there is no group 'nobody': groups are promotions"),
        (("--out", "/nowhere/out.csv"), "cannot be written"),
        (("--spreadsheet", "--format", "ndjson"), "--spreadsheet goes with"),
    ],
)
def test_options_are_checked(settings: Settings, live: Live, words: tuple[str, ...], said: str) -> None:
    live(_opt_in)
    result = yesline(settings, "export", *words)
    assert result.exit_code == 1
    assert said in result.stderr


def test_names_are_inert(settings: Settings, live: Live, tmp_path: Path) -> None:
    """``security-compliance`` E 36: in a spreadsheet, and wherever it is printed."""
    live(_opt_in)
    result = yesline(settings, "import", _list(tmp_path, *HOSTILE), "--yes")
    assert f"{len(HOSTILE)} subscribed" in result.stdout, result.output
    outputs = [
        yesline(settings, "export"),
        yesline(settings, "export", "--spreadsheet"),
        yesline(settings, "export", "--format", "ndjson"),
        *(
            yesline(settings, "subscribers", what, f"+1201555{place:04}", *options)
            for what in ("search", "history")
            for place in range(100, 100 + len(HOSTILE) // 2)  # the first names of the others are their last names
            for options in ((), ("--json",))
        ),
    ]
    for done in outputs:
        assert done.exit_code == 0, done.output
        lines = done.stdout.removeprefix("\ufeff").splitlines()
        assert all(line.isprintable() for line in lines), "nothing controls a terminal or turns a line"
    for sheet, phones in ((outputs[0], "+"), (outputs[1], "'+")):
        rows = list(csv.reader(io.StringIO(sheet.stdout.removeprefix("\ufeff"))))[1:]
        assert all(cell[:1] not in ("=", "-", "@") for row in rows for cell in row)
        assert all(row[1].startswith(phones) for row in rows)
    names = {row["first_name"] for row in map(json.loads, outputs[2].stdout.splitlines())}
    assert names >= set(HOSTILE), "JSON says them exactly"


@pytest.mark.parametrize("words", [(), ("--spreadsheet",), ("--format", "ndjson")])
def test_what_was_exported_can_be_imported_elsewhere(
    settings: Settings, live: Live, tmp_path: Path, words: tuple[str, ...]
) -> None:
    live(_opt_in)
    yesline(settings, "import", _list(tmp_path, "Ann", "=1+1", "'=2"), "--yes")
    file = tmp_path / ("out.ndjson" if "ndjson" in words else "out.csv")
    yesline(settings, "export", "--out", file, *words)
    other = deployment(tmp_path / "other")
    live(_nothing, other)
    done = json.loads(yesline(other, "import", file, "--yes", "--json").stdout)
    assert (done["subscribed"], done["unsubscribed"], done["reasons"]) == (4, 1, {"state_unclear": 1}), (
        "pending is no yes"
    )
    kept = [row for row in _rows(yesline(settings, "export")) if row["state"] != "pending"]
    said = ("phone", "first_name", "state", "language", "consent_source")
    assert [[row[name] for name in said] for row in _rows(yesline(other, "export"))] == [
        [row[name] for name in said] for row in kept
    ]


async def _nothing(site: Site) -> None:
    await site.idle()
