"""Commands for designers: make a theme, look at it while it changes, check it."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from yesline.commands.options import json_option, told
from yesline.errors import ConfigError
from yesline.programme import FormVersion
from yesline.server import bind, run
from yesline.settings import Settings
from yesline.theming import frames, preview, scaffold
from yesline.theming.findings import Finding, gather
from yesline.theming.pairs import Case, every, pairs
from yesline.theming.wearing import Worn, own_themes, wear
from yesline.views.theme_folders import load_theme

_folder_option = click.option(
    "--project",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="Project folder; the current one if not given.",
)


@click.group()
def theme() -> None:
    """Themes: what forms look like."""


@theme.command()
@click.argument("name")
@_folder_option
@click.option("--base", default="calm", help="Theme to build on; calm if not given.")
def new(name: str, folder: Path, base: str) -> None:
    """Make a theme that builds on another."""
    made = scaffold.make_theme(folder, name, base)
    for step in (
        f"Made {made}: theme.toml has its tokens, theme.css its rules, capture.html a block of the first step.",
        f"  see it     yesline theme preview {name} --project {folder}",
        f"  check it   yesline theme check {name} --project {folder}",
        f'  use it     theme = "{name}" at the top of a file in {folder / "forms"}',
    ):
        click.echo(step)


@theme.command("preview")
@click.argument("name", required=False)
@_folder_option
@click.option("--port", type=int, default=8322, help="Port to listen on; 8322 if not given, 0 takes a free one.")
def preview_(name: str | None, folder: Path, port: int) -> None:
    """Show every step, error, size and language of a theme, light and dark, and again when a file changes."""
    name = _named(folder, name)
    wear(folder, name)
    settings = Settings(host="127.0.0.1", port=port)
    sock = bind(settings)
    click.echo(f"Theme {name} on http://127.0.0.1:{sock.getsockname()[1]}/")
    run(preview.create_app(folder, name), settings, sock)


@theme.command()
@click.argument("names", nargs=-1, metavar="[NAMES]")
@_folder_option
@click.option("--browser/--no-browser", default=True, help="Measure in a real browser, or read the files alone.")
@click.option("--all", "all_", is_flag=True, help="Every combination of what there is to look at, not every pair.")
@json_option
def check(names: tuple[str, ...], folder: Path, *, browser: bool, all_: bool, as_json: bool) -> None:
    """Tell what is wrong with themes, with file and line."""
    wrong = 0
    for worn in [wear(folder, name) for name in names or _own(folder)]:
        findings = [] if worn.problems or not browser else list(_measure(worn, all_=all_))
        for said in (*worn.problems, *(told(found) if as_json else str(found) for found in findings)):
            click.echo(said)
        wrong += len(worn.problems) + len(findings)
        if not as_json:
            click.echo(_summary(worn, findings, browser=browser))
    if wrong:
        raise click.exceptions.Exit(1)


def _own(folder: Path) -> list[str]:
    if found := own_themes(folder):
        return found
    raise ConfigError(f"{folder / 'themes'}: no theme there: name one of ours, or make one with 'yesline theme new'")


def _named(folder: Path, name: str | None) -> str:
    names = [name] if name else _own(folder)
    if len(names) > 1:
        raise ConfigError(f"say which theme: there are {', '.join(names)}")
    return names[0]


def _measure(worn: Worn, *, all_: bool) -> list[Finding]:
    try:
        browser: Any = import_module("yesline.theming.browser")
    except ImportError as error:
        raise ConfigError(
            f"{error.name} is not installed: run \"pip install 'yesline[check]'\" and 'playwright install chromium', "
            "or choose --no-browser"
        ) from error
    with browser.opened() as viewer:
        return gather(load_theme(worn.path), _seen(viewer, worn, all_=all_))


def _seen(viewer: Any, worn: Worn, *, all_: bool) -> Iterator[tuple[Case, list[dict[str, Any]]]]:
    """Each look, by factor, and what is wrong in it."""
    cases = looks(worn)
    for case in every(cases) if all_ else pairs(cases):
        version: FormVersion = case["form"]
        locale = next(iter(version.views))
        look = frames.Look(version, locale, case["state"], case["display"], case["scheme"])
        shown = {**case, "form": f"form {version.form.id} in {locale}", "size": f"{case['size']} px wide"}
        yield {name: str(value) for name, value in shown.items()}, viewer.look(look, case["size"])


def looks(worn: Worn) -> dict[str, list[Any]]:
    """The factors of what there is to look at, with their values."""
    return {
        "state": frames.usual(view for version in worn.versions for view in version.views.values()),
        "form": worn.versions,
        "size": list(frames.SIZES),
        "scheme": list(frames.SCHEMES),
        "display": list(frames.DISPLAYS),
    }


def _summary(worn: Worn, findings: list[Finding], *, browser: bool) -> str:
    """One line about a theme."""
    if worn.problems:
        return f"{worn.name}: {len(worn.problems)} error(s); put them right, then check again: nothing was measured."
    forms = ", ".join(dict.fromkeys(version.form.id for version in worn.versions))
    on = f"no form asks for it yet, tried on {forms}" if worn.lent else f"form(s) {forms}"
    how = "" if browser else " Its files alone: nothing was measured in a browser."
    return f"{worn.name}: {len(findings) or 'no'} error(s) ({on}).{how}"


COMMANDS = (theme,)
