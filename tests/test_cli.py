"""The command ``yesline``, as it is typed."""

# ruff: noqa: S608  (statements of our own, spoiling a database on purpose)

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result

from tests.conftest import DEMO, FORM, Clock, Site, running
from yesline import verify
from yesline.cli import main
from yesline.settings import MEANINGS, Settings

RUN = Callable[..., Result]


@pytest.fixture
def yesline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RUN:
    """Type a command in an empty folder, without settings in the environment."""
    for name in [name for name in os.environ if name.startswith("YESLINE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def database() -> str:
    """SQLite's file in the data folder: these tests change it by hand."""
    return ""


@pytest.fixture
def ledger(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> Path:
    """The data folder of a server at which three numbers have answered."""

    async def story() -> None:
        async with running(settings, clock) as site:
            await _live(site)

    run(story())
    return Path(settings.data)


async def _live(site: Site) -> None:
    for area, answer in ((201, "Y"), (202, "STOP"), (203, "N")):
        await site.submit(f"({area}) 555-0123")
        await site.reply(answer, f"+1{area}5550123")
    await site.idle()


def _spoil(folder: Path, *statements: str) -> None:
    """Do by hand what nobody should."""
    db = sqlite3.connect(folder / "yesline.db")
    db.execute("PRAGMA foreign_keys = 0")
    for statement in statements:
        assert db.execute(statement).rowcount > 0, statement
    db.commit()
    db.close()


def test_init_makes_a_folder_that_works(yesline: RUN) -> None:
    made = yesline("init", "shop")
    assert made.exit_code == 0
    assert "yesline serve --project shop" in made.output
    assert yesline("check", "--project", "shop").exit_code == 0
    applied = yesline("apply", "--project", "shop")
    assert applied.exit_code == 0
    assert applied.output.startswith(f"form {FORM}  version ")
    assert yesline("apply", "--project", "shop").output == applied.output


def test_init_overwrites_nothing(yesline: RUN) -> None:
    yesline("init")
    Path("yesline.toml").write_text("mine")
    again = yesline("init")
    assert again.exit_code == 1
    assert "is there already" in again.output
    assert Path("yesline.toml").read_text() == "mine"


def test_apply_uses_the_settings_of_the_project_folder(yesline: RUN) -> None:
    yesline("init", "shop")
    with Path("shop/yesline.toml").open("a") as file:
        file.write("\n[server]\ndata = 'elsewhere'\n")
    assert yesline("apply", "--project", "shop").exit_code == 0
    assert Path("elsewhere/yesline.db").exists()
    assert not Path("data").exists()


def test_apply_changes_nothing_when_the_folder_is_wrong(yesline: RUN) -> None:
    yesline("init", "shop")
    Path(f"shop/forms/{FORM}.toml").write_text("countries = []")
    for command in ("apply", "check"):
        result = yesline(command, "--project", "shop")
        assert result.exit_code == 1
        assert f"{FORM}.toml" in result.output
        assert "Traceback" not in result.output
    assert not Path("data").exists()


def _at_twilio(folder: str, account: str = "") -> None:
    """Let the project's sender go through Twilio, and put an account into its settings."""
    group = Path(folder, "groups", "promotions.toml")
    group.write_text(group.read_text() + 'carrier = "twilio"\n')
    with Path(folder, "yesline.toml").open("a") as file:
        file.write(account)


ACCOUNT = f'\n[carriers.twilio]\naccount_sid = "AC{"0" * 32}"\n'


@pytest.mark.parametrize("command", ["check", "apply", "serve"])
def test_a_sender_whose_carrier_is_not_in_the_settings(yesline: RUN, command: str) -> None:
    yesline("init", "shop")
    _at_twilio("shop")
    result = yesline(command, "--project", "shop")
    assert result.exit_code == 1
    assert result.output == (
        "Error: shop/groups/promotions.toml: sender 24680 names the carrier 'twilio', "
        "and there is no [carriers.twilio] in the settings\n"
    )
    assert not Path("data").exists()


def test_a_sender_whose_carrier_is_in_the_settings(yesline: RUN, monkeypatch: pytest.MonkeyPatch) -> None:
    yesline("init", "shop")
    _at_twilio("shop", ACCOUNT)
    monkeypatch.setenv("YESLINE_CARRIERS_TWILIO_AUTH_TOKEN", "a secret that stands in no file")
    assert yesline("check", "--project", "shop").exit_code == 0
    assert yesline("apply", "--project", "shop").exit_code == 0


@pytest.mark.parametrize("command", ["check", "serve"])
def test_an_account_that_is_wrong_is_told_in_one_line(yesline: RUN, command: str) -> None:
    yesline("init", "shop")
    _at_twilio("shop", '\n[carriers.twilio]\naccount_sid = "AC1"\n')
    result = yesline(command, "--project", "shop")
    assert result.exit_code == 1
    assert result.output.startswith("Error: [carriers.twilio]: ")
    assert "account_sid" in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("command", ["check", "apply"])
def test_what_is_worth_a_look_is_told_beside(yesline: RUN, command: str) -> None:
    yesline("init", "shop")
    assert yesline(command, "--project", "shop").stderr == ""
    group = Path("shop/groups/promotions.toml")
    group.write_text(group.read_text().replace("new roasts", "neue Röstungen für Sie – 焙煎"))
    result = yesline(command, "--project", "shop")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: shop/groups/promotions.toml: ")
    assert "Warning" not in result.stdout


def test_every_version_is_kept(yesline: RUN) -> None:
    yesline("init", "shop")
    first = yesline("apply", "--project", "shop").output
    form = Path(f"shop/forms/{FORM}.toml")
    form.write_text(form.read_text() + 'consent = "Yes please"\n')
    assert yesline("apply", "--project", "shop").output != first
    db = sqlite3.connect("data/yesline.db")
    assert db.execute("SELECT count(*) FROM form_version").fetchone() == (2,)
    db.close()


def test_settings_lists_every_setting(yesline: RUN) -> None:
    output = yesline("settings").output
    for name, meaning in MEANINGS.items():
        (line,) = [line for line in output.splitlines() if line.split()[0] == name]
        assert f"YESLINE_{name.upper()}" in line
        assert line.endswith(meaning)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_help(yesline: RUN, command: str) -> None:
    for flag in ("--help", "-h"):
        result = yesline(command, flag)
        assert result.exit_code == 0
        assert result.output.startswith("Usage:")


def test_version(yesline: RUN) -> None:
    assert "0.1.0" in yesline("--version").output


def test_wrong_settings_are_told_in_one_line(yesline: RUN) -> None:
    yesline("init", "shop")
    Path("bad.toml").write_text("[server]\nprot = 1\n")
    for words in (
        ("serve", "--config", "bad.toml"),
        ("apply", "--config", "bad.toml"),
        ("verify", "--config", "bad.toml"),
    ):
        result = yesline(*words)
        assert result.exit_code == 1
        assert "prot" in result.output
        assert "Traceback" not in result.output
    result = yesline("serve", "--sandbox", "--host", "0.0.0.0")  # noqa: S104
    assert result.exit_code == 1
    assert "sandbox" in result.output
    result = yesline("serve", "--port", "99999")
    assert "port" in result.output


def test_port_in_use_is_told(yesline: RUN) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = yesline("serve", "--port", taken.getsockname()[1])
    assert result.exit_code == 1
    assert "choose --port" in result.output


def test_migrate(yesline: RUN) -> None:
    Path("data").mkdir()
    plan = yesline("migrate", "--plan").output
    assert "-- 0001_first.sql\n" in plan
    assert not Path("data/yesline.db").exists()
    applied = yesline("migrate").output.splitlines()
    assert applied == [
        line.replace("--", "applied") for line in plan.splitlines() if re.fullmatch(r"-- \w+\.sql", line)
    ]
    assert yesline("migrate").output == "The database is up to date.\n"


def test_verify_without_a_database(yesline: RUN) -> None:
    result = yesline("verify")
    assert result.exit_code == 1
    assert "no database there" in result.output


def test_verify_of_an_untouched_ledger(yesline: RUN, ledger: Path) -> None:
    result = yesline("verify", "--data", ledger)
    assert result.exit_code == 0, result.output
    db = sqlite3.connect(ledger / "yesline.db")
    (events,) = db.execute("SELECT count(*) FROM event").fetchone()
    db.close()
    assert result.output == f"The ledger holds: {events} event(s) of 3 number(s) verified.\n"


ONE = "(SELECT id FROM subject WHERE phone = '+12015550123')"
OTHER = "(SELECT id FROM subject WHERE phone = '+12025550123')"
LAST = f"(SELECT max(seq) FROM event WHERE subject_id = {ONE})"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (f"UPDATE event SET at = at - 1 WHERE subject_id = {ONE} AND seq = 1", "event 1 of subject"),
        (f"UPDATE event SET kind = 'confirmed' WHERE subject_id = {OTHER} AND kind = 'stopped'", "was changed by hand"),
        (f"UPDATE event SET after = 'pending' WHERE subject_id = {ONE} AND after = 'subscribed'", "was changed by hand"),
        (f"UPDATE event SET hash = prev WHERE subject_id = {ONE} AND seq = 2", "event 2 of subject"),
        (f"UPDATE event SET digests = '{{}}' WHERE subject_id = {ONE} AND seq = 1", "event 1 of subject"),
        (f"UPDATE event_facts SET facts = replace(facts, '2015550123', '2015550124') WHERE subject_id = {ONE} AND seq = 1",
         "phone is not what the ledger committed to"),
        (f"UPDATE event_facts SET facts = 'x' WHERE subject_id = {ONE} AND seq = 1", "event_facts 1 of subject"),
        (f"DELETE FROM event WHERE subject_id = {ONE} AND seq = 2", "event 2 of subject"),
        (f"DELETE FROM event WHERE subject_id = {ONE} AND seq = 1", "event 1 of subject"),
        (f"DELETE FROM event WHERE subject_id = {ONE} AND seq = {LAST}", "removed at the end"),
        (f"DELETE FROM event WHERE subject_id = {ONE}", "should have"),
        (f"DELETE FROM subject WHERE id = {ONE}", "has lost its subject"),
        (f"UPDATE subject SET events = events - 1 WHERE id = {ONE}", "should have"),
        (f"INSERT INTO event SELECT subject_id, seq + 1, at, kind, source, group_id, before, after, digests, hash, prev FROM event "
         f"WHERE subject_id = {ONE} AND seq = {LAST}", "was changed by hand"),
        (f"INSERT INTO event SELECT {OTHER}, 99, at, kind, source, group_id, before, after, digests, prev, hash FROM event "
         f"WHERE subject_id = {ONE} AND seq = 1", "is missing"),
    ],
)  # fmt: skip
def test_verify_names_what_was_changed_by_hand(yesline: RUN, ledger: Path, statement: str, told: str) -> None:
    _spoil(ledger, statement)
    result = yesline("verify", "--data", ledger)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert told in result.output
    db = sqlite3.connect(ledger / "yesline.db")
    subjects = {subject for (subject,) in db.execute("SELECT subject_id FROM event UNION SELECT id FROM subject")}
    db.close()
    assert any(subject in result.output for subject in subjects), "it names the row"


def test_verify_on_every_core(yesline: RUN, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = yesline("verify", "--data", ledger)
    monkeypatch.setattr(verify, "ALONE", 0)
    assert yesline("verify", "--data", ledger).output == alone.output
    _spoil(ledger, "UPDATE event SET after = 'subscribed' WHERE kind = 'stopped'")
    assert "was changed by hand" in yesline("verify", "--data", ledger).output


def test_verify_with_other_secrets(yesline: RUN, ledger: Path) -> None:
    (ledger / "secrets.toml").unlink()
    result = yesline("verify", "--data", ledger)
    assert result.exit_code == 1
    assert "event 1 of subject" in result.output


def test_erased_facts_do_not_break_the_chain(yesline: RUN, ledger: Path) -> None:
    _spoil(ledger, f"DELETE FROM event_facts WHERE subject_id = {ONE}")
    assert yesline("verify", "--data", ledger).exit_code == 0


def _ready(base: str) -> bool:
    """Whether the server answers within seconds."""
    for _ in range(200):
        with suppress(httpx2.TransportError):
            return httpx2.get(f"{base}/readyz").status_code == 200
        time.sleep(0.05)
    return False


def test_serve_answers_and_ends(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "shop")
    command = [sys.executable, "-m", "yesline", "serve", "--project", "shop", "--port", "0", "--sandbox"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("Yesline 0.1.0 on http://127.0.0.1:"), line
        assert _ready(line.split()[-1])
        process.terminate()
        _, log = process.communicate(timeout=60)
    assert process.returncode in (0, -15)
    assert "Traceback" not in log
    assert (tmp_path / "data" / "yesline.db").exists()
