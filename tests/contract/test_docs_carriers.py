"""docs/reference/carriers.md says what the code does: kinds, settings, defaults, meanings, reasons; and its examples make carriers."""

import asyncio
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo, fields

from tests.contract.test_docs_reference import _bare, _page, _rows, _section
from yesline.carriers import kinds
from yesline.carriers.base import Carrier
from yesline.records import Reason, rows
from yesline.settings import load

PAGE = _page("carriers")
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
KINDS = list(kinds.KINDS)
TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _section_of(kind: str) -> str:
    return _section(PAGE, f"`{kind}`")


def _fields(kind: str) -> tuple[FieldInfo, ...]:
    return fields(import_module(f"yesline.carriers.{kinds.KINDS[kind][0]}").Account)


def _example(kind: str) -> dict[str, Any]:
    """The table that stands in a kind's section."""
    (block,) = TOML.findall(_section_of(kind))
    table: dict[str, Any] = tomllib.loads(block)["carriers"][kind]
    return table


def _made(table: Mapping[str, Any], name: str = "main") -> Carrier:
    """A carrier whose connections are closed again."""
    carrier = kinds.make(name, table)
    asyncio.run(carrier.close())
    return carrier


def test_kinds() -> None:
    headings = re.findall(r"^## `(\w+)`$", PAGE, re.MULTILINE)
    table = {_bare(row[0].partition("]")[0].strip("[")): row for row in _rows(_section(PAGE, "Kinds"))}
    assert headings == list(table) == KINDS
    for kind, row in table.items():
        asked = _made(_example(kind) | {"kind": kind}).lists
        assert row[3] == ("with `list_url`" if kind == "http" else "yes" if asked else "no"), kind
    assert _made(_example("http") | {"kind": "http", "list_url": "https://gateway.example.com/inbound"}).lists


def _shown(default: Any) -> str:
    if default is NODEFAULT:
        return "required"
    return "" if default in ("", ()) else str(default).lower() if isinstance(default, bool) else str(default)


@pytest.mark.parametrize("kind", KINDS)
def test_settings(kind: str) -> None:
    listed = {_bare(name): (_bare(default), meaning) for name, default, meaning in _rows(_section_of(kind))}
    meanings = kinds.meanings(kind)
    assert listed == {field.name: (_shown(field.default), meanings[field.name]) for field in _fields(kind)}


@pytest.mark.parametrize("kind", KINDS)
def test_example_makes_a_carrier(kind: str) -> None:
    assert type(_made(_example(kind), kind)).__name__ == kinds.KINDS[kind][1]


def _typed(value: Any) -> str:
    """A setting as it is written in the environment."""
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_can_come_from_the_environment(kind: str) -> None:
    table = _example(kind) | {"kind": kind}
    environ = {f"YESLINE_CARRIERS_US_{name.upper()}": _typed(value) for name, value in table.items()}
    assert type(_made(load(None, environ).carriers["us"], "us")).__name__ == kinds.KINDS[kind][1]


def test_a_name_with_a_hyphen_has_an_underscore_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "yesline.toml"
    file.write_text('[carriers.eu-west]\nkind = "twilio"\n')
    carriers = load(file, {"YESLINE_CARRIERS_EU_WEST_AUTH_TOKEN": "t"}).carriers
    assert carriers == {"eu-west": {"kind": "twilio", "auth_token": "t"}}


def test_reasons() -> None:
    listed = {_bare(name): meaning for name, meaning in _rows(_section(PAGE, "Reasons"))}
    assert tuple(listed) == get_args(Reason)
    assert all(listed.values())
    source = inspect.getsource(rows).partition("Reason = Literal[")[2].partition("]")[0]
    for reason, comment in re.findall(r'"(\w+)",  # (.+)$', source, re.MULTILINE):
        assert listed[reason] == comment, reason


def test_the_gateway_knows_the_same_reasons() -> None:
    page = (HOW_TO / "any-carrier.md").read_text(encoding="utf-8")
    named = [name for row in _rows(page) for name in re.findall(r"`(\w+)`", row[0])]
    assert set(get_args(Reason)) <= set(named)


def test_what_runs_needs_no_sdk() -> None:
    """The official SDKs are for tests; whoever installs the package has none of them."""
    modules = [f"yesline.carriers.{module}" for module, _ in kinds.KINDS.values()]
    sdks = ["twilio", "telnyx", "vonage", "sinch", "plivo", "bandwidth", "messagebird", "boto3", "botocore"]
    program = (
        f"import sys, importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print([name for name in {sdks!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_settings_that_the_page_tells_of_exist() -> None:
    for kind in KINDS:
        names = {field.name for field in _fields(kind)}
        settings = {name for other in KINDS for name in kinds.meanings(other)}
        named = set(re.findall(r"`(\w+)`", _section_of(kind).partition("| setting")[0]))
        assert named & settings <= names, kind
