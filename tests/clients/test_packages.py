"""Both packages are built, hold what they should, and do what docs/how-to/clients.md says; the TypeScript client passes its own tests."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import yesline_client
from tests.clients.packages import CLIENTS, PAGE, ROOT, TSC, Built, build
from tests.clients.table import as_json, cases
from tests.deployments import yesline
from tests.live import Server, serving
from yesline.settings import load
from yesline_client import NotGenuine, Refused, YeslineError, calls
from yesline_client.errors import _BY_STATUS


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_the_wheel_holds_the_package_and_its_types_and_nothing_else(built: Built) -> None:
    here = {path.name for path in (CLIENTS / "python" / "yesline_client").iterdir() if path.is_file()}
    inside = {name for name in built.wheel if not name.startswith("yesline_client-0.1.0.dist-info/")}
    assert inside == {f"yesline_client/{name}" for name in here}
    assert "yesline_client/py.typed" in inside


def test_the_npm_package_holds_what_was_built_and_nothing_else(built: Built) -> None:
    sources = {path.stem for path in (CLIENTS / "typescript" / "src").iterdir()}
    made = {f"package/build/{name}{end}" for name in sources for end in (".js", ".d.ts")}
    assert set(built.tarball) == made | {"package/package.json", "package/README.md"}


def test_every_place_that_tells_the_version_tells_the_same() -> None:
    told = [tomllib.loads((CLIENTS / "python" / "pyproject.toml").read_text())["project"]["version"], calls.VERSION]
    told.append(json.loads((CLIENTS / "typescript" / "package.json").read_text())["version"])
    told += re.findall(r'VERSION = "(.*?)"', (CLIENTS / "typescript" / "src" / "caller.ts").read_text())
    assert len(told) == 4
    assert len(set(told)) == 1


def test_the_types_take_the_how_to_and_refuse_what_the_api_does_not_know(built: Built) -> None:
    (built.folder / "wrong.mjs").write_text((built.folder / "first.mjs").read_text().replace('"subscribed"', '"on"'))
    options = (
        "--noEmit --allowJs --checkJs --strict --noImplicitAny false --module nodenext --target es2022 --lib es2022,dom"
    )
    with pytest.raises(AssertionError) as raised:
        built.run(str(TSC), *options.split(), "first.mjs", "hook.mjs", "wrong.mjs")
    told = str(raised.value)
    assert re.findall(r"^(\S+)\(\d+,\d+\): error", told, re.MULTILINE) == ["wrong.mjs"]
    assert "'\"on\"' is not assignable" in told


def test_the_typescript_client_passes_its_tests_and_calls_everything(built: Built, tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(as_json())
    files = [CLIENTS / "typescript" / "test" / "client.test.mjs", ROOT / "tests" / "clients" / "every.test.mjs"]
    names = {"YESLINE_CLIENT": str(built.javascript), "CASES": str(tmp_path / "cases.json")}
    told = built.run("node", "--test", *map(str, files), **names)
    own = files[0].read_text(encoding="utf-8").count('\ntest("')
    assert f"\n# pass {own + len(cases())}\n" in told


def test_the_how_to_works_word_for_word(built: Built, server: Server) -> None:
    (command,) = re.findall(r"^yesline (keys new .*)$", PAGE, re.MULTILINE)
    key = yesline(load(None, {}, data=str(server.data), sandbox=True), *command.split()).stdout.strip()
    named = {"YESLINE_URL": server.base, "YESLINE_KEY": key}
    for program in ((sys.executable, "first.py"), ("node", "first.mjs")):
        assert built.run(*program, **named) == "+12015550123 subscribed\n"
    assert built.run(sys.executable, "second.py", **named).split() == ["subscribed", "noted"]


def test_the_hooks_of_the_how_to_take_no_webhook_that_is_not_genuine(built: Built) -> None:
    (built.folder / "run.py").write_text('import hook\nprint(hook.take("whsec_AAAA", {}, b"{}"))\n')
    asked = 'new Request("http://x", { method: "POST", body: "{}" })'
    run = f'import {{ take }} from "./hook.mjs";\nconsole.log((await take("whsec_AAAA", {asked})).status);\n'
    (built.folder / "run.mjs").write_text(run)
    assert built.run(sys.executable, "run.py") == "400\n"
    assert built.run("node", "run.mjs") == "400\n"


def test_every_error_is_in_the_how_to() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", PAGE, re.MULTILINE)
    errors = {
        name for name, kind in vars(yesline_client).items() if isinstance(kind, type) and issubclass(kind, YeslineError)
    }
    assert {name for name, _ in rows} == errors - {"YeslineError", "Refused"}
    for name, statuses in rows:
        told = {int(status) for status in re.findall(r"\d{3}", statuses)}
        assert told == {status for status, kind in _BY_STATUS.items() if kind.__name__ == name}
    assert not issubclass(NotGenuine, Refused)
