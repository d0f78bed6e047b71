"""The commands about texting: keys, review, opt-outs by hand, carriers, test texts, what a text would do, text-to-join."""

import json
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from tests.carriers.network import Reply
from tests.carriers.recorder import Recorder
from tests.conftest import Clock, Site, running
from tests.wire import SHOWN, project_in
from yesline.cli import main
from yesline.doors.keyring import SCOPES, digest
from yesline.rules import signing
from yesline.settings import Settings, load_keys

RUN = Callable[..., Result]
AREAS = (201, 202, 203)


@pytest.fixture
def yesline(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RUN:
    """Type a command beside the deployment of this test, in a folder without a project."""
    for name in [name for name in os.environ if name.startswith("YESLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("YESLINE_DATA", settings.data)
    monkeypatch.setenv("YESLINE_DATABASE", settings.database)
    monkeypatch.setenv("YESLINE_SANDBOX", "true")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def lived(settings: Settings, clock: Clock, run: Callable[[Any], Any]) -> Callable[..., Any]:
    """Let a server live for a while: ``lived(story)`` returns what the story does."""

    def tell(story: Callable[[Site], Any] = _nothing, folder: Path | None = None, given: Settings = settings) -> Any:
        async def whole() -> Any:
            async with running(given, clock, *([folder] if folder else [])) as site:
                return await story(site)

        return run(whole())

    return tell


async def _nothing(site: Site) -> None:
    await site.idle()


async def _unclear(site: Site) -> None:
    """A text that a person should read, and one that holds."""
    await site.reply("an older \x1b[31mone\nhere", "+12025550123")
    site.clock.advance(seconds=60)
    await site.reply("leave me alone", SHOWN)


async def _suppressed(site: Site) -> list[str]:
    rows = await site.sql("SELECT phone FROM suppression JOIN subject USING (tag) WHERE lifted_at = 0 ORDER BY phone")
    return [phone for (phone,) in rows]


def _fails(result: Result, told: str) -> None:
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1, "one line"
    assert told in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def _lines(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


# Keys.


def test_a_key_is_shown_once_and_opens_what_it_may(yesline: RUN, lived: Callable[..., Any]) -> None:
    lived()
    made = yesline("keys", "new", "the shop", "--scope", "review", "--scope", "review")
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    assert re.fullmatch(r"yl_[\w-]{43}", secret)
    (row,) = _lines(yesline("keys", "list", "--json"))
    assert (row["name"], row["scopes"], row["revoked_at"], row["digest"]) == ("the shop", "review", 0, "")
    assert row["id"] in made.stderr

    async def call(site: Site) -> tuple[int, int]:
        kept = await site.sql("SELECT digest FROM api_key")
        assert kept == [(digest(secret),)]
        headers = {"authorization": f"Bearer {secret}"}
        explained = await site.http.post("/v1/inbound/explain", json={"text": "Y"}, headers=headers)
        return (await site.http.get("/v1/review", headers=headers)).status_code, explained.status_code

    assert lived(call) == (200, 403)
    shown = yesline("keys", "list")
    assert "the shop" in shown.output
    assert secret not in shown.output
    assert digest(secret) not in shown.output
    for _ in range(2):
        assert "revoked" in yesline("keys", "revoke", row["id"]).output
    assert "revoked" in yesline("keys", "list").output
    assert lived(call) == (401, 401)


def test_a_key_needs_a_name_and_a_scope(yesline: RUN, lived: Callable[..., Any]) -> None:
    lived()
    assert yesline("keys", "new", "x").exit_code == 2
    assert yesline("keys", "new", "x", "--scope", "everything").exit_code == 2
    _fails(yesline("keys", "new", " ", "--scope", SCOPES[0]), "name")
    _fails(yesline("keys", "revoke", "nothing"), "yesline keys list")
    assert yesline("keys", "list").output == ""


# Review and opt-outs by hand.


def test_review(yesline: RUN, lived: Callable[..., Any]) -> None:
    lived(_unclear)
    holding, plain = _lines(yesline("review", "list", "--json"))
    assert (holding["phone"], holding["holds"], holding["text"]) == (SHOWN, True, "leave me alone")
    assert plain["holds"] is False
    shown = yesline("review", "list").output
    assert "\x1b" not in shown, "a text has no say over the terminal"
    assert len(shown.splitlines()) == 2
    assert "holds" in shown.splitlines()[0]
    assert "opted out" in yesline("review", "stop", holding["id"], "--by", "Ada").output
    assert "already" in yesline("review", "stop", holding["id"]).output
    assert "dismissed" in yesline("review", "dismiss", plain["id"]).output
    assert "opted out" in yesline("review", "stop", plain["id"]).output, "a stop counts after a dismissal too"
    _fails(yesline("review", "dismiss", plain["id"]), "It was stopped")
    _fails(yesline("review", "dismiss", "nothing"), "yesline review list")
    assert yesline("review", "list").output == ""

    async def look(site: Site) -> tuple[list[str], list[Any]]:
        return await _suppressed(site), await site.sql("SELECT decided_by FROM review_item WHERE holds = 1")

    assert lived(look) == ([SHOWN, "+12025550123"], [("Ada",)])
    assert yesline("verify").exit_code == 0, "the ledger holds"


@pytest.mark.parametrize("typed", [("+1 (201) 555-0123",), ("0012015550123",), ("201 555 0123", "--country", "us")])
def test_stop_by_hand_in_any_spelling(yesline: RUN, lived: Callable[..., Any], typed: tuple[str, ...]) -> None:
    async def subscribed(site: Site) -> None:
        await site.submit()
        await site.reply("Y")
        await site.idle()

    async def after(site: Site) -> tuple[list[str], Any, int]:
        texts = len(await site.texts())
        await site.submit()
        return (
            await _suppressed(site),
            await site.sql("SELECT state FROM subscription"),
            len(await site.texts()) - texts,
        )

    lived(subscribed)
    assert yesline("stop", *typed, "--by", "Ada").output == f"{SHOWN} is opted out.\n"
    assert yesline("stop", *typed).output == f"{SHOWN} was opted out already.\n"
    assert lived(after) == ([SHOWN], [("unsubscribed",)], 0)
    assert yesline("verify").exit_code == 0


def test_stop_of_a_number_nobody_knows_yet(yesline: RUN, lived: Callable[..., Any]) -> None:
    lived()
    assert yesline("stop", "+44 20 7946 0958").exit_code == 0, "it may be a landline that somebody typed by mistake"
    assert lived(_suppressed) == ["+442079460958"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("2015550123",), "--country"),
        (("hello", "--country", "US"), "phone number"),
        (("+1 201",), "digits"),
        (("+999999999999999999",), ""),
        (("201 555 0123", "--country", "XX"), "phone number"),
        (("",), "phone number"),
    ],
)
def test_numbers_that_are_none(yesline: RUN, lived: Callable[..., Any], typed: tuple[str, ...], told: str) -> None:
    lived()
    for command in (("stop",), ("invalid", "clear"), ("send-test",)):
        _fails(yesline(*command, *typed), told)
    assert lived(_suppressed) == []


def test_nothing_is_decided_without_the_deployments_own_secrets(
    yesline: RUN, lived: Callable[..., Any], settings: Settings
) -> None:
    """With others a STOP would be kept under a name that nobody looks for."""
    lived()
    secrets = Path(settings.data) / "secrets.toml"
    kept = secrets.read_bytes()
    secrets.unlink()
    for words in (("stop", SHOWN), ("review", "stop", "x"), ("invalid", "clear", SHOWN), ("carriers",)):
        _fails(yesline(*words), "secrets.toml")
    assert not secrets.exists()
    secrets.write_bytes(kept)
    secrets.chmod(0o600)
    assert lived(_suppressed) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_commands_make_no_empty_file_of_a_mistyped_name(yesline: RUN, settings: Settings) -> None:
    for words in (("stop", SHOWN), ("review", "list"), ("keys", "list"), ("invalid", "list"), ("send-test", SHOWN)):
        result = yesline(*words)
        assert result.exit_code == 1
        assert "there" in result.output
    assert not Path(settings.data, "yesline.db").exists()


def test_invalid_numbers(yesline: RUN, lived: Callable[..., Any]) -> None:
    async def marked(site: Site) -> None:
        await site.submit()
        await site.idle()
        ((subject,),) = await site.sql("SELECT id FROM subject")
        row = (subject, "invalid_number", "30003", site.clock())
        await site.sql("INSERT INTO invalid_number VALUES (?, ?, ?, ?, 0)", *row)

    lived(marked)
    assert _lines(yesline("invalid", "list", "--json")) == [
        {"phone": SHOWN, "reason": "invalid_number", "code": "30003", "detected_at": "2027-01-15T08:00:00Z"}
    ]
    assert f"{SHOWN}     invalid_number  30003" in yesline("invalid", "list").output
    assert yesline("invalid", "clear", SHOWN).output == f"{SHOWN} may be texted again.\n"
    assert yesline("invalid", "clear", SHOWN).output == f"{SHOWN} is not among them.\n"
    assert yesline("invalid", "list").output == ""


# Carriers and test texts.


def _gateway(url: str, folder: Path) -> Path:
    """A settings file with one carrier, whose API is at ``url``."""
    file = folder / "yesline.toml"
    account = f'[carriers.main]\nkind = "twilio"\naccount_sid = "AC{"0" * 32}"\nauth_token = "t"\napi = "{url}"\n'
    file.write_text(f'[server]\npublic_url = "https://sms.example.com"\n\n{account}', encoding="utf-8")
    return file


def test_carriers_with_the_addresses_of_their_webhooks(
    yesline: RUN, lived: Callable[..., Any], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived()
    file = _gateway("http://127.0.0.1:9", tmp_path)
    (handset,) = _lines(yesline("carriers", "--config", file, "--json"))
    assert (handset["name"], handset["catch_up"]) == ("console", False), "the sandbox has no other"
    monkeypatch.setenv("YESLINE_SANDBOX", "false")
    found = {row["name"]: row for row in _lines(yesline("carriers", "--config", file, "--json"))}
    key = signing.webhook_key(load_keys(settings.folder), "main")
    assert found["main"] == {
        "name": "main",
        "kind": "twilio",
        "catch_up": True,
        "inbound": f"https://sms.example.com/inbound/{key}",
        "receipts": f"https://sms.example.com/receipts/{key}",
    }
    assert set(found) == {"main"}
    shown = yesline("carriers", "--config", file).output
    assert f"https://sms.example.com/inbound/{key}" in shown
    assert "main (twilio): can be asked" in shown


def test_carriers_where_there_is_none(yesline: RUN, lived: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    lived()
    monkeypatch.setenv("YESLINE_SANDBOX", "false")
    _fails(yesline("carriers"), "[carriers.<name>]")


def test_send_test_on_the_handset(yesline: RUN, lived: Callable[..., Any], settings: Settings) -> None:
    lived()
    told = yesline("send-test", SHOWN, "--text", "Hello from “us”").output
    assert re.fullmatch(r"console took it: \w+ \(1 part\(s\) from 24680 to \+12015550123\)\n", told)
    (line,) = (Path(settings.data) / "handset.jsonl").read_text(encoding="utf-8").splitlines()
    message = json.loads(line)
    assert (message["to"], message["from"], message["text"]) == (SHOWN, "24680", 'Hello from "us"')
    assert yesline("send-test", SHOWN, "--text", "x" * 161).output.count("2 part(s)") == 1

    async def look(site: Site) -> list[Any]:
        return await site.sql("SELECT (SELECT count(*) FROM prompt) + (SELECT count(*) FROM subject)")

    assert lived(look) == [(0,)], "nobody is asked or opted in by it"


def test_send_test_names_the_brand_by_itself(yesline: RUN, lived: Callable[..., Any], settings: Settings) -> None:
    lived()
    assert yesline("send-test", SHOWN).exit_code == 0
    assert "Larkspur Coffee" in (Path(settings.data) / "handset.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["STOP", "leave me alone"])
def test_send_test_keeps_to_what_the_phone_said(
    yesline: RUN, lived: Callable[..., Any], settings: Settings, word: str
) -> None:
    async def said(site: Site) -> None:
        await site.reply(word)
        await site.idle()

    lived(said)
    file = Path(settings.data) / "handset.jsonl"
    before = file.read_bytes()
    _fails(yesline("send-test", SHOWN), "STOP" if word == "STOP" else "yesline review list")
    assert file.read_bytes() == before
    assert yesline("send-test", "+12025550123").exit_code == 0, "others may be texted"


def test_send_test_tells_the_carriers_own_word(
    yesline: RUN, lived: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project_in(tmp_path / "project", sender='carrier = "main"')
    lived(folder=folder)
    monkeypatch.setenv("YESLINE_SANDBOX", "false")
    refusal = {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}
    with Recorder(lambda _: Reply(400, refusal)) as recorder:
        result = yesline("send-test", SHOWN, "--config", _gateway(recorder.url, tmp_path))
        assert len(recorder.requests) == 1, "sent once, never again by itself"
    _fails(result, "main did not take it: opted_out, its code 21610 (1 part(s)")
    with Recorder(lambda _: Reply(201, {"sid": "SM123", "status": "queued"})) as recorder:
        result = yesline("send-test", SHOWN, "--config", _gateway(recorder.url, tmp_path))
    assert "main took it: SM123" in result.output
    _fails(yesline("send-test", SHOWN), "[carriers.main]")


def test_the_sandbox_sends_nothing_by_a_real_carrier(
    yesline: RUN, lived: Callable[..., Any], settings: Settings, tmp_path: Path
) -> None:
    folder = project_in(tmp_path / "project", sender='carrier = "main"')
    with Recorder(lambda _: Reply(201, {"sid": "SM123", "status": "queued"})) as recorder:
        table = {"kind": "twilio", "account_sid": f"AC{'0' * 32}", "auth_token": "t", "api": recorder.url}
        with_account = replace(settings, carriers={"main": table})

        async def story(site: Site) -> list[str]:
            await site.submit()
            return await site.texts()

        assert len(lived(story, folder, with_account)) == 1, "the handset shows it"
        assert yesline("send-test", SHOWN, "--config", _gateway(recorder.url, tmp_path)).output.startswith("console ")
        assert recorder.requests == []


def test_send_test_wants_a_group_that_is_there(yesline: RUN, lived: Callable[..., Any]) -> None:
    lived()
    _fails(yesline("send-test", SHOWN, "--group", "nothing"), "groups are promotions")
    _fails(yesline("send-test", SHOWN, "--text", "\u200b "), "--text")


# What a text would do.


def test_explain_from_what_is_in_use(yesline: RUN, lived: Callable[..., Any]) -> None:
    lived()
    shown = yesline("inbound", "explain", "JOIN").output
    assert shown.startswith("meaning   opt_in\n")
    assert "would     opt in to promotions" in shown
    assert re.search(r"^ +1\. ", shown, re.MULTILINE)
    (record,) = _lines(yesline("inbound", "explain", "--json", "STOP"))
    assert record["meaning"] == "stop"
    assert lived(_suppressed) == []


def test_explain_from_the_project_folder_without_a_database(yesline: RUN, settings: Settings) -> None:
    yesline("init", "shop")
    (group,) = Path("shop/groups").glob("*.toml")
    group.write_text(group.read_text(encoding="utf-8").replace('"HARVEST"', '"ROAST"'), encoding="utf-8")
    (record,) = _lines(yesline("inbound", "explain", "roast", "--project", "shop", "--json"))
    assert record["meaning"] == "opt_in"
    assert not Path(settings.data).exists()


# Text-to-join.


def test_join_tells_words_and_link(yesline: RUN, lived: Callable[..., Any]) -> None:
    lived()
    assert yesline("join", "promotions").output == "Text JOIN to 24680\nsms:24680\n"
    assert yesline("join", "promotions", "--keyword", "HARVEST").output.startswith("Text HARVEST to")
    _fails(yesline("join", "promotions", "--keyword", "STOP"), "opt_in")
    _fails(yesline("join", "nothing"), "groups are promotions")


def test_join_draws_the_code(yesline: RUN) -> None:
    yesline("init", "shop")
    told = yesline("join", "promotions", "--project", "shop", "--qr", "code.svg").output
    assert told.endswith("The QR code is in code.svg.\n")
    assert ElementTree.fromstring(Path("code.svg").read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314
    assert yesline("join", "promotions", "--project", "shop", "--qr", "CODE.PNG").exit_code == 0
    content = Path("CODE.PNG").read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width == height == 290, "21 modules and a quiet zone of four, ten pixels each"
    _fails(yesline("join", "promotions", "--project", "shop", "--qr", "code.jpg"), ".png")
    _fails(yesline("join", "promotions", "--project", "shop", "--qr", "no/where.svg"), "cannot be written")


def test_join_where_nobody_can_reply(yesline: RUN, tmp_path: Path) -> None:
    folder = project_in(tmp_path / "project", sender="replies = false")
    _fails(yesline("join", "promotions", "--project", folder), "takes replies")


def _leaves(command: click.Command, *path: str) -> list[tuple[str, ...]]:
    if isinstance(command, click.Group):
        return [leaf for name, inner in command.commands.items() for leaf in _leaves(inner, *path, name)]
    return [path]


@pytest.mark.parametrize("path", _leaves(main), ids=" ".join)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_help_of_every_command(yesline: RUN, path: tuple[str, ...]) -> None:
    result = yesline(*path, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {' '.join(path)} ")
