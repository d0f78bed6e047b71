"""What a deployment is told about itself, and what it is told when it is told wrong."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from yesline.errors import ConfigError
from yesline.rules.abuse import Policy
from yesline.settings import MEANINGS, SANDBOX, Settings, load, load_keys
from yesline.store import engines


def _file(folder: Path, text: str) -> Path:
    file = folder / "yesline.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_file_then_environment_then_command_line(tmp_path: Path) -> None:
    file = _file(tmp_path, "[server]\nport = 1\nhost = '127.0.0.2'\ndata = 'a'\n[limits]\nresend_seconds = 7\n")
    settings = load(file, {"YESLINE_PORT": "2", "YESLINE_DATA": "b"}, data="c", host=None)
    assert (settings.port, settings.host, settings.data, settings.resend_seconds) == (2, "127.0.0.2", "c", 7)
    assert settings.number_per_hour == 3


def test_defaults_are_the_caps_of_the_rules() -> None:
    assert load(None, {}).policy() == Policy()


@pytest.mark.parametrize("text", ["10.0.0.1,10.0.0.2", "10.0.0.1, 10.0.0.2"])
def test_lists_in_the_environment_have_commas(text: str) -> None:
    assert load(None, {"YESLINE_TRUSTED_PROXIES": text}).trusted_proxies == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize(("text", "on"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_switches_in_the_environment(text: str, on: bool) -> None:
    assert load(None, {"YESLINE_SANDBOX": text}).sandbox is on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "http"), ("port", "65536"), ("port", "-1"), ("number_per_minute", "0"), ("number_per_hour", "-3"),
        ("resend_seconds", "1.5"), ("sandbox", "maybe"), ("log_level", "loud"), ("public_url", "sms.example.com"),
        ("public_url", "ftp://sms.example.com"), ("link_url", "https://"), ("link_url", "https://bit.ly"), ("trusted_proxies", "*"),
        ("trusted_proxies", "10.0.0.1,*"), ("trusted_proxies", "0.0.0.0/0"), ("trusted_proxies", "::/0"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load(None, {f"YESLINE_{name.upper()}": value})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])  # noqa: S104
def test_sandbox_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(ConfigError, match=r"sandbox.*127\.0\.0\.1"):
        load(None, {}, sandbox=True, host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_sandbox_on_this_machine(host: str) -> None:
    assert load(None, {}, sandbox=True, host=host).host == host


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nprot = 1\n", "prot"),
        ("[sever]\nport = 1\n", r"unknown table \[sever\]"),
        ("port = 1\n", "port"),
        ("[server\n", "line 1"),
        ("[server]\nport = = 1\n", "line 2"),
        ("[server]\ntrusted_proxies = '127.0.0.1'\n", "trusted_proxies"),
        ("[limits]\nnumber_per_day = [1]\n", "number_per_day"),
    ],
)
def test_faults_of_the_file_are_told_with_their_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load(_file(tmp_path, text), {})


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: cannot be read"):
        load(tmp_path / "nothing.toml", {})
    (tmp_path / "latin.toml").write_bytes(b"[brand]\nname = '\xe9'\n")
    with pytest.raises(ConfigError, match=r"latin\.toml"):
        load(tmp_path / "latin.toml", {})


def test_brand_may_stand_in_the_same_file(tmp_path: Path) -> None:
    assert load(_file(tmp_path, "[brand]\nname = 'x'\n[server]\nport = 5\n"), {}).port == 5


@pytest.mark.parametrize(
    ("given", "base", "links", "origin"),
    [
        ({}, "http://127.0.0.1:8321", "http://127.0.0.1:8321", "http://127.0.0.1:8321"),
        ({"public_url": "https://a.example/"}, "https://a.example", "https://a.example", "https://a.example"),
        ({"public_url": "https://a.example/x", "link_url": "https://b.example/"}, "https://a.example/x", "https://b.example",
         "https://a.example"),
    ],
)  # fmt: skip
def test_addresses(given: dict[str, Any], base: str, links: str, origin: str) -> None:
    settings = load(None, {}, **given)
    assert (settings.base, settings.links, settings.origin) == (base, links, origin)


def test_database_is_in_the_data_folder_or_where_it_is_said(tmp_path: Path) -> None:
    assert engines.path(load(None, {}, data=str(tmp_path)).database_url) == tmp_path / "yesline.db"
    assert engines.path(load(None, {}, database="sqlite:////var/lib/y.db").database_url) == Path("/var/lib/y.db")
    assert engines.path(load(None, {}, database="sqlite:///y.db").database_url) == Path("y.db")


def test_an_address_says_which_engine_it_is_for() -> None:
    assert engines.engine("sqlite:///y.db") == "sqlite"
    for good in ("postgresql://u:p@db.example/yesline", "postgres://db.example/yesline", "postgresql:///y?host=/run"):
        assert engines.engine(good) == "postgres"
    for wrong in ("mysql://u:hush@x/y", "/var/lib/y.db", "sqlite:", "sqlite:///", "postgresql://"):
        with pytest.raises(ConfigError, match="write it as") as told:
            engines.engine(wrong)
        assert "hush" not in str(told.value), "a password"


def test_every_setting_has_a_meaning() -> None:
    assert {*MEANINGS, "carriers"} == set(Settings.__struct_fields__)
    assert set(SANDBOX) <= set(Settings.__struct_fields__)


def test_secrets_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    before = os.umask(0)
    try:
        keys = load_keys(folder)
    finally:
        os.umask(before)
    file = folder / "secrets.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_keys(folder) == keys
    secrets = [*keys.signing, keys.numbers, keys.ledger]
    assert {len(secret) for secret in secrets} == {32}
    assert len(set(secrets)) == len(secrets)
    assert [path.name for path in folder.iterdir()] == ["secrets.toml"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_secrets_that_others_can_read_are_refused(tmp_path: Path, mode: int) -> None:
    load_keys(tmp_path)
    file = tmp_path / "secrets.toml"
    file.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_keys(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "signing = []", "signing = ['zz']\nnumbers = ''\nledger = ''", "numbers = 5", "["]
)
def test_damaged_secrets_are_not_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match=r"secrets\.toml"):
        load_keys(tmp_path)
    assert file.read_text() == text


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    code = "import sys, pathlib; from yesline.settings import load_keys; print(load_keys(pathlib.Path(sys.argv[1])).signing)"
    command = [sys.executable, "-c", code, str(tmp_path / "data")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(told) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secrets.toml"]
