"""`yesline theme new` and what `check` says of files; what it measures is in e2e/test_themes.py."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from tests.conftest import DEMO, FORM
from yesline.cli import main
from yesline.theming import frames, preview
from yesline.theming.findings import gather
from yesline.views.theme_folders import load_theme

WIDGET = Path(__file__).parents[1] / "widget" / "src"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "project"))


def run(*words: object) -> tuple[int, str]:
    """Exit status and all that was said."""
    done = CliRunner().invoke(main, ["theme", *map(str, words)])
    return done.exit_code, done.output


def new(folder: Path, *more: str) -> Path:
    status, said = run("new", "acme", "--project", folder, *more)
    assert status == 0, said
    return folder / "themes" / "acme"


def check(folder: Path, *more: str) -> tuple[int, str]:
    return run("check", "--no-browser", "--project", folder, *more)


@pytest.mark.parametrize("base", ["calm", "bare", "poster", "aura", "ticket"])
def test_a_new_theme_works_on_every_theme_of_ours(folder: Path, base: str) -> None:
    made = new(folder, "--base", base)
    assert sorted(file.name for file in made.iterdir()) == ["capture.html", "theme.css", "theme.toml"]
    status, said = check(folder)
    assert status == 0
    assert f"no form asks for it yet, tried on {FORM}" in said
    assert "nothing was measured in a browser" in said


def test_the_tokens_of_a_new_theme_are_those_of_its_base_once_their_marks_are_gone(folder: Path) -> None:
    toml = new(folder) / "theme.toml"
    text = toml.read_text()
    assert load_theme(toml.parent).folders[0].tokens == {}
    head, _, tables = text.partition("\n# [tokens")
    toml.write_text(f"{head}\n[tokens{tables.replace(chr(10) + '# ', chr(10))}")
    own = load_theme(toml.parent)
    base = own.folders[1].tokens
    assert own.folders[0].tokens == {name: base[name] for name in own.folders[0].tokens}
    assert {"accent", "font", "soft"} <= own.folders[0].tokens.keys()


def test_a_new_theme_says_what_to_do_next(folder: Path) -> None:
    said = run("new", "acme", "--project", folder)[1]
    for words in ("theme preview acme", "theme check acme", 'theme = "acme"'):
        assert words in said


def test_a_theme_may_build_on_one_of_the_projects_own(folder: Path) -> None:
    new(folder)
    status, said = run("new", "xmas", "--base", "acme", "--project", folder)
    assert status == 0, said
    assert '{% extends "acme/capture.html" %}' in (folder / "themes" / "xmas" / "capture.html").read_text()
    assert check(folder)[0] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["acme"], "is there already: choose another name"),
        (["Acme"], "is no name for a theme"),
        (["../acme"], "is no name for a theme"),
        (["other", "--base", "clam"], "there is no theme 'clam'"),
    ],
)
def test_what_cannot_be_made(folder: Path, words: list[str], told: str) -> None:
    new(folder)
    status, said = run("new", *words, "--project", folder)
    assert status == 1
    assert told in said
    assert [path.name for path in (folder / "themes").iterdir()] == ["acme"]


def test_check_names_every_fault_of_every_form_and_language_with_its_line(folder: Path) -> None:
    made = new(folder)
    form = folder / "forms" / f"{FORM}.toml"
    words = '\n[words.de]\ndisclosure = "SMS."\n'
    form.write_text(f'theme = "acme"\nlocales = ["en", "de"]\n{form.read_text()}{words}')
    status, said = check(folder)
    assert status == 1
    assert "calm/capture.html, line " in said
    assert "(de): the disclosure does not say" in said
    assert "acme: 1 error(s); put them right, then check again" in said
    (made / "capture.html").write_text(
        '{% extends "calm/capture.html" %}\n{% block agree %}\n{{ super() }}\n<marquee>!</marquee>{% endblock %}'
    )
    status, said = check(folder)
    assert status == 1
    assert said.count("themes/acme/capture.html, line 4: <marquee> is not an element themes may use") == 1


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("actions", r"acme/capture.html lacks data-yesline="),
        ("agree", 'lacks data-yesline="consent", data-yesline="disclosure"'),
    ],
)
def test_check_names_a_missing_hook_and_who_has_it(folder: Path, block: str, told: str) -> None:
    html = f'{{% extends "calm/capture.html" %}}{{% block {block} %}}{{% endblock %}}'
    (new(folder) / "capture.html").write_text(html)
    status, said = check(folder)
    assert status == 1
    assert told in said
    assert "Add an element that carries it, as " in said


def test_check_refuses_a_box_that_is_ticked(folder: Path) -> None:
    html = (load_theme(new(folder)).paths[1] / "capture.html").read_text()
    mine = folder / "themes" / "acme" / "capture.html"
    mine.write_text(html.replace('type="checkbox" required', 'type="checkbox" checked required'))
    line = next(at for at, text in enumerate(html.splitlines(), 1) if "checkbox" in text)
    said = check(folder)[1]
    assert f"acme/capture.html, line {line}: checked=" in said
    assert "is no consent" in said


def test_check_of_no_theme_and_of_one_that_is_nowhere(folder: Path) -> None:
    assert "no theme there: name one of ours" in check(folder)[1]
    status, said = check(folder, "clam")
    assert status == 1
    assert "there is no theme 'clam'" in said
    assert check(folder, "calm", "poster")[0] == 0


def test_check_without_a_browser_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new(folder)
    monkeypatch.setattr("yesline.commands.theme.import_module", _absent)
    status, said = run("check", "--project", folder)
    assert status == 1
    assert "playwright is not installed: run \"pip install 'yesline[check]'\"" in said
    assert "choose --no-browser" in said


def _absent(name: str) -> None:
    raise ModuleNotFoundError(f"No module named 'playwright' for {name}", name="playwright")


class _Viewer:
    """Finds the same fault in every look in the dark."""

    def __init__(self) -> None:
        self.looks: list[str] = []

    def look(self, look: frames.Look, size: str) -> list[dict[str, Any]]:
        self.looks.append(f"{look.state} {look.display} {look.scheme} {size}")
        return [fault("small", "p.terms", (".card", "border", "0"))] if look.scheme == "dark" else []

    @contextmanager
    def opened(self) -> Iterator["_Viewer"]:
        yield self


def test_check_tells_what_it_measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = new(folder)
    viewer = _Viewer()
    monkeypatch.setattr("yesline.commands.theme.import_module", lambda _: viewer)
    status, said = run("check", "--project", folder)
    assert status == 1
    assert said.startswith(f"{made / 'theme.css'}, line 2: small.\n    p.terms in ")
    assert "look(s): dark\nacme: 1 error(s)" in said
    few = len(viewer.looks)
    status, said = run("check", "--project", folder, "--all", "--json")
    assert status == 1
    told = json.loads(said)
    assert (told["rule"], told["where"]) == ("small", {"scheme": ["dark"]})
    assert len(set(viewer.looks[few:])) == len(viewer.looks) - few == 9 * 3 * 2 * 4
    assert few < 50


def test_preview_must_know_which_theme(folder: Path) -> None:
    new(folder)
    run("new", "xmas", "--project", folder)
    assert "say which theme: there are acme, xmas" in run("preview", "--project", folder)[1]


# Findings.


def fault(rule: str, element: str, *causes: tuple[str, str, str]) -> dict[str, Any]:
    named = [{"selector": selector, "property": name, "value": value} for selector, name, value in causes]
    return {"rule": rule, "element": element, "said": f"{rule}.", "causes": named}


def test_a_fault_is_told_once_with_the_looks_that_show_it(folder: Path) -> None:
    made = new(folder)
    small = fault("small", "p.terms", (".card", "border", "1px solid"))
    looks = [
        ({"size": "320", "scheme": "light"}, [small]),
        ({"size": "320", "scheme": "dark"}, [small]),
        ({"size": "390", "scheme": "light"}, []),
    ]
    (found,) = gather(load_theme(made), looks)
    assert found.where == {"size": ["320"]}
    assert found.looks == 2
    assert str(found) == f"{made / 'theme.css'}, line 2: small.\n    p.terms in 2 look(s): 320"
    assert json.loads(json.dumps(found.where)) == found.where


@pytest.mark.parametrize(
    ("causes", "place"),
    [
        ([(".card", "border", "1px solid")], "acme/theme.css, line 2"),
        ([(".hint, .error, .terms, .also, .wait, .foot, .code label", "color", "var(--yl-soft)")], "calm/theme.toml, line 29 (used by "),
        ([(".bubble", "color", "red"), (".card", "border", "0")], "acme/theme.css, line 2"),
        ([('[data-display="modal"] .card', "max-width", "none")], "calm/theme.css, line "),
        ([], "calm/capture.html, line "),
    ],
)  # fmt: skip
def test_the_place_to_change_is_the_themes_own_where_there_is_one(folder: Path, causes: list[Any], place: str) -> None:
    (found,) = gather(
        load_theme(new(folder)), [({"size": "320"}, [fault("x", '[data-yesline="disclosure"]', *causes)])]
    )
    assert place in found.file


# The preview's server.


@pytest.fixture
def page(folder: Path) -> TestClient:
    new(folder)
    return TestClient(preview.create_app(folder, "acme"), base_url="http://127.0.0.1")


QUERY = {"form": FORM, "locale": "en", "step": "capture", "matter": "", "display": "modal", "scheme": "light"}


def test_preview_lists_every_state(page: TestClient) -> None:
    said = page.get("/looks").json()
    (form,) = said["forms"]
    states = [f"{state['step']} {state['matter']}".strip() for state in form["states"]]
    assert {
        "capture",
        "capture busy",
        "capture error.phone_too_short",
        "confirm error.code_wrong",
        "done",
        "teaser",
    } <= set(states)
    assert said["problems"] == []
    for state in form["states"]:
        for scheme in said["schemes"]:
            assert page.get("/frame", params=QUERY | state | {"scheme": scheme}).status_code == 200


def test_a_frame_shows_its_error_in_its_scheme(page: TestClient) -> None:
    html = page.get("/frame", params=QUERY | {"matter": "error.phone_too_short", "scheme": "dark"}).text
    assert "one or more digits short for United States. It should look like (201) 555-0123." in html
    assert re.search('aria-describedby="yl-hint yesline-error"[^>]* aria-invalid="true"', html)
    assert "prefers-color-scheme" not in html
    assert "--yl-scheme:dark" in html


@pytest.mark.parametrize(
    "other", [{"form": "no"}, {"locale": "xx"}, {"step": "no"}, {"matter": "no"}, {"display": "no"}, {"scheme": "no"}]
)
def test_a_frame_of_nothing_is_not_found(page: TestClient, other: dict[str, str]) -> None:
    assert page.get("/frame", params=QUERY | other).status_code == 404


def test_preview_shows_what_is_wrong_and_then_what_is_right_again(page: TestClient, folder: Path) -> None:
    before = page.get("/stamp").text
    toml = folder / "themes" / "acme" / "theme.toml"
    made = toml.read_text()
    toml.write_text(f"{made}\n[tokens.accent]\nlight = 'red;'\n")
    assert page.get("/stamp").text != before
    said = page.get("/looks").json()
    assert "accent = 'red;' is not a value" in said["problems"][0]
    assert said["forms"] == []
    toml.write_text("base = ")
    assert "theme.toml" in page.get("/looks").json()["problems"][0]
    toml.write_text(made)
    assert len(page.get("/looks").json()["forms"]) == 1


def test_preview_gives_out_assets_and_its_own_files_alone(page: TestClient, folder: Path) -> None:
    theme = folder / "themes" / "acme"
    (theme / "assets").mkdir()
    (theme / "assets" / "dot.svg").write_text("<svg/>")
    (theme / "theme.css").write_text(".card { background: url(assets/dot.svg) }")
    html = page.get("/frame", params=QUERY).text
    address = html.partition("url(")[2].partition(")")[0]
    assert page.get(address).text == "<svg/>"
    assert page.get("/assets/x/dot.svg").status_code == 404
    for name in ("measure.js", "preview.js", "preview.css", "axe.js"):
        assert page.get(f"/files/{name}").status_code == 200
    assert page.get("/files/../preview.py").status_code == 404
    assert TestClient(page.app, base_url="http://rebound.example").get("/looks").status_code == 400


def test_frames_have_the_widgets_own_rules() -> None:
    def rules(file: str, name: str) -> str:
        written = (WIDGET / file).read_text().partition(f"const {name} =")[2].partition(";\n")[0]
        return "".join(
            line.strip().removeprefix('"').removesuffix('" +').removesuffix('"') for line in written.splitlines()
        )

    assert rules("screen.ts", "BASE") == frames.BASE
    assert rules("rules/teaser.ts", "BASE").partition("}")[2] == frames.TEASER_BASE
