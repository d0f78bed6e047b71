"""``yesline subscribers``: look somebody up, read the ledger, stop, erase."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.conftest import Clock, Site, running
from tests.deployments import contents, yesline
from yesline.records import ProfileChange, Track
from yesline.settings import Settings

ANN = "+12015550123"


@pytest.fixture
def known(settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path) -> Settings:
    """A deployment where Ann, whom the product knows as u1, has said yes, and Bob came with a list."""

    async def live() -> None:
        async with running(settings, clock) as site:
            await _say_yes(site)

    run(live())
    file = tmp_path / "list.csv"
    file.write_text(
        "phone,external_id,email,first_name,source\n"
        "+12015550123,u1,ann@example.com,Ann,shop\n"
        "+12025550123,,bob@example.com,Bob,fair\n"
    )
    assert yesline(settings, "import", file, "--yes").exit_code == 0
    return settings


async def _say_yes(site: Site) -> None:
    await site.submit()
    await site.reply("Y")
    await site.idle()


def _objects(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("who", [ANN, "001 201 555 0123", "Ann@example.com", "u1"])
def test_search(known: Settings, who: str) -> None:
    (found,) = _objects(yesline(known, "subscribers", "search", who, "--json"))
    assert (found["phone"], found["external_id"], found["first_name"]) == (ANN, "u1", "Ann")
    assert (found["group"], found["state"], found["stopped"]) == ("promotions", "subscribed", False)
    line = yesline(known, "subscribers", "search", who).stdout
    assert len(line.splitlines()) == 1
    assert all(word in line for word in ("promotions", "subscribed", ANN, "ann@example.com", "u1", "Ann"))


def test_nobody_is_found(known: Settings) -> None:
    for who in ("+12035550123", "eve@example.com", "u2", "2015550123", "\x1b[31m", "u\0"):
        result = yesline(known, "subscribers", "search", who)
        assert result.exit_code == 1
        assert "nobody is known" in result.stderr
        assert "\x1b" not in result.stderr
    assert yesline(known, "subscribers", "search", "2015550123", "--country", "us").exit_code == 0


def test_somebody_in_no_group_is_found_too(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> None:
    async def live() -> None:
        async with running(settings, clock) as site:
            await site.house.clerk.record(Track("api", (ProfileChange("external_id:u9", email="eve@example.com"),)))

    run(live())
    (found,) = _objects(yesline(settings, "subscribers", "search", "u9", "--json"))
    assert (found["email"], found["group"], found["state"]) == ("eve@example.com", "", "unknown")


def test_history(known: Settings) -> None:
    events = _objects(yesline(known, "subscribers", "history", ANN, "--json"))
    assert [event["kind"] for event in events if event["kind"] != "texted"] == ["requested", "confirmed", "noted"]
    assert (events[0]["before"], events[0]["after"], events[0]["source"]) == ("unknown", "pending", "form")
    assert events[0]["facts"]["page"].endswith("/shop")
    assert events[-1]["source"] == "import"
    assert events[-1]["facts"]["source"] == "shop"
    lines = yesline(known, "subscribers", "history", ANN).stdout.splitlines()
    assert len(lines) == len(events)
    assert "unknown -> pending" in lines[0]
    assert "page=" in lines[0]
    missing = yesline(known, "subscribers", "history", "+12035550123")
    assert (missing.exit_code, "holds nothing" in missing.stderr) == (1, True)


def test_stop(known: Settings) -> None:
    assert yesline(known, "subscribers", "stop", ANN, "--by", "Ada").exit_code == 0
    assert "unsubscribed, stopped" in yesline(known, "subscribers", "search", "u1").stdout


def test_erase(known: Settings) -> None:
    yesline(known, "stop", ANN)
    before = contents(known.database_url)
    unsure = yesline(known, "subscribers", "erase", ANN)
    assert unsure.exit_code == 1
    assert contents(known.database_url) == before, "no answer is no"
    assert "It is erased" in yesline(known, "subscribers", "erase", ANN, "--yes", "--by", "Ada").stdout
    after = contents(known.database_url)
    kept = str({table: rows for table, rows in after.items() if table not in ("form_version", "brand", "form")})
    for secret in (ANN, "ann@example.com", "'u1'", "Ann", "8321/shop"):
        assert secret not in kept, secret
    assert after["suppression"] == before["suppression"], "a STOP stays"
    assert yesline(known, "verify").exit_code == 0
    for command in ("search", "history", "erase"):
        words = ("--yes",) if command == "erase" else ()
        assert yesline(known, "subscribers", command, ANN, *words).exit_code == 1
    assert ANN not in yesline(known, "export").stdout
    assert "+12025550123" in yesline(known, "export").stdout
