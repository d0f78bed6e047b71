"""The command ``yesline``."""

import asyncio
import os
import signal
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree
from typing import Any

import click
from msgspec.structs import replace

from yesline import __version__
from yesline import project as projects
from yesline.app import check_carriers, clock, create_app, open_house
from yesline.commands import (
    coupons,
    database,
    exports,
    forward,
    imports,
    join,
    keys,
    numbers,
    subscribers,
    texting,
    theme,
    webhooks,
)
from yesline.commands.options import FILE, config_option, data_option, settings_from
from yesline.errors import ConfigError, YeslineError
from yesline.server import bind, log_to_stderr, run
from yesline.settings import MEANINGS, SANDBOX, Settings, load
from yesline.store import engines


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Faults of ours to tell are told in one line; anything else is a bug and shows its trace."""
        try:
            return super().invoke(ctx)
        except YeslineError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Collect phone numbers for SMS with a provable yes."""


for _command in (
    *database.COMMANDS,
    *texting.COMMANDS,
    *join.COMMANDS,
    *numbers.COMMANDS,
    *keys.COMMANDS,
    *coupons.COMMANDS,
    *imports.COMMANDS,
    *exports.COMMANDS,
    *subscribers.COMMANDS,
    *webhooks.COMMANDS,
    *forward.COMMANDS,
    *theme.COMMANDS,
):
    main.add_command(_command)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Make a project folder that works: brand, one group, one form."""
    if (folder / FILE).exists():
        raise ConfigError(f"{folder / FILE} is there already: choose another folder")
    with as_file(files("yesline.demo") / "project") as template:
        copytree(template, folder, dirs_exist_ok=True)
    click.echo(f"Made {folder}: edit {FILE}, groups/ and forms/, then run 'yesline serve --project {folder}'.")


@main.command()
@config_option
@data_option
@click.option("--project", type=click.Path(file_okay=False), help="Project folder to apply at start.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--sandbox/--no-sandbox", default=None, help="Handset instead of real texts; loopback only.")
def serve(config: Path | None, **given: Any) -> None:
    """Run the server."""
    _serve(settings_from(config or _beside(given.get("project")), **given))


def _beside(project: str | None) -> Path | None:
    """The settings file of a project folder, if there is one."""
    file = Path(project) / FILE if project else None
    return file if file and file.exists() else None


def _project(settings: Settings, folder: str) -> projects.Project:
    """A project folder that can be used with these settings; what is only worth a look goes to stderr. Raises ConfigError."""
    loaded = projects.load(Path(folder))
    lacking = () if settings.sandbox else projects.lacking(loaded, settings.carriers)
    if lacking:
        raise ConfigError("\n".join(f"{Path(folder) / said}" for said in lacking))
    for said in projects.warnings(loaded):
        click.echo(f"Warning: {Path(folder) / said}", err=True)
    return loaded


def _serve(settings: Settings) -> None:
    check_carriers(settings)
    loaded = _project(settings, settings.project) if settings.project else None
    sock = bind(settings)
    settings = replace(settings, port=sock.getsockname()[1])
    click.echo(f"Yesline {__version__} on {settings.base}")
    if settings.sandbox:
        click.echo(f"  shop     {settings.base}/\n  handset  {settings.base}/handset")
    sys.stdout.flush()
    run(create_app(settings, loaded), settings, sock)


@main.command()
@data_option
@click.option("--port", type=int, help="Port to listen on; 8321 if not given, 0 takes a free one.")
@click.option("--project", type=click.Path(file_okay=False), help="Your own project folder instead of the demo's.")
def demo(data: str | None, port: int | None, project: str | None) -> None:
    """A shop, a form and a handset on this machine: no account, no configuration, no real text."""
    with (
        tempfile.TemporaryDirectory(prefix="yesline-demo-") as folder,
        as_file(files("yesline.demo") / "project") as own,
    ):
        given = SANDBOX | {"data": data or folder, "project": project or str(own), "port": port, "sandbox": True}
        environ = {name: value for name, value in os.environ.items() if name.startswith("YESLINE_")}
        _serve(load(None, environ, **given))


@main.command()
@config_option
@data_option
@click.option(
    "--project", type=click.Path(file_okay=False), default=".", help="Project folder; the current one if not given."
)
def apply(config: Path | None, data: str | None, project: str) -> None:
    """Put a project folder's brand, groups and forms in use; every version is kept."""
    settings = settings_from(config or _beside(project), data=data)
    loaded = _project(settings, project)

    async def work() -> None:
        store = await engines.ready_store(settings.database_url, clock())
        await store.apply(loaded.brand, loaded.groups, loaded.forms, clock())
        await store.close()

    asyncio.run(work())
    for form in loaded.forms:
        click.echo(f"form {form.form.id}  version {form.version}  group {form.group.id}")


@main.command()
@config_option
@click.option(
    "--project", type=click.Path(file_okay=False), default=".", help="Project folder; the current one if not given."
)
def check(config: Path | None, project: str) -> None:
    """Check a project folder, and the carriers of the settings, without putting anything in use."""
    settings = settings_from(config or _beside(project))
    check_carriers(settings)
    loaded = _project(settings, project)
    click.echo(f"{project}: {len(loaded.groups)} group(s) and {len(loaded.forms)} form(s) are in order.")


@main.command()
@config_option
@data_option
@click.option("--sandbox/--no-sandbox", default=None, help="Handset instead of real texts.")
def work(config: Path | None, **given: Any) -> None:
    """Send texts and keep house without listening: beside servers that run with 'work = false' on PostgreSQL."""
    settings = settings_from(config, **given)
    if engines.engine(settings.database_url) == "sqlite":
        raise ConfigError("work: SQLite has one process, the server, which does all the work; use PostgreSQL for more")
    click.echo(f"Yesline {__version__} works on what is due")
    sys.stdout.flush()
    log_to_stderr(settings)
    asyncio.run(_work(replace(settings, work=True)))


async def _work(settings: Settings) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with open_house(settings):
        await ended.wait()


@main.command()
def settings() -> None:
    """List every setting with its default, its environment variable and its meaning."""
    defaults = Settings()
    for name, meaning in MEANINGS.items():
        value = getattr(defaults, name)
        shown = ",".join(value) if isinstance(value, tuple) else value
        click.echo(f"{name:20} YESLINE_{name.upper():20} {shown!s:12} {meaning}")
