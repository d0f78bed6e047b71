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
from yesline import verify as verification
from yesline.app import clock, create_app, open_house
from yesline.errors import ConfigError, YeslineError
from yesline.server import bind, log_to_stderr, run
from yesline.settings import MEANINGS, SANDBOX, Settings, load, load_keys
from yesline.store import engines

_FILE = "yesline.toml"
_config = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file; ./yesline.toml if there is one."
)
_data = click.option("--data", type=click.Path(file_okay=False), help="Folder of the database and the secrets.")


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


def _settings(config: Path | None, **given: Any) -> Settings:
    found = config or (Path(_FILE) if Path(_FILE).exists() else None)
    return load(found, None, **given)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> None:
    """Make a project folder that works: brand, one group, one form."""
    if (folder / _FILE).exists():
        raise ConfigError(f"{folder / _FILE} is there already: choose another folder")
    with as_file(files("yesline.demo") / "project") as template:
        copytree(template, folder, dirs_exist_ok=True)
    click.echo(f"Made {folder}: edit {_FILE}, groups/ and forms/, then run 'yesline serve --project {folder}'.")


@main.command()
@_config
@_data
@click.option("--project", type=click.Path(file_okay=False), help="Project folder to apply at start.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--sandbox/--no-sandbox", default=None, help="Handset instead of real texts; loopback only.")
def serve(config: Path | None, **given: Any) -> None:
    """Run the server."""
    _serve(_settings(config or _beside(given.get("project")), **given))


def _beside(project: str | None) -> Path | None:
    """The settings file of a project folder, if there is one."""
    file = Path(project) / _FILE if project else None
    return file if file and file.exists() else None


def _serve(settings: Settings) -> None:
    loaded = projects.load(Path(settings.project)) if settings.project else None
    sock = bind(settings)
    settings = replace(settings, port=sock.getsockname()[1])
    click.echo(f"Yesline {__version__} on {settings.base}")
    if settings.sandbox:
        click.echo(f"  shop     {settings.base}/\n  handset  {settings.base}/handset")
    sys.stdout.flush()
    run(create_app(settings, loaded), settings, sock)


@main.command()
@_data
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
@_config
@_data
@click.option(
    "--project", type=click.Path(file_okay=False), default=".", help="Project folder; the current one if not given."
)
def apply(config: Path | None, data: str | None, project: str) -> None:
    """Put a project folder's brand, groups and forms in use; every version is kept."""
    settings = _settings(config or _beside(project), data=data)
    loaded = projects.load(Path(project))

    async def work() -> None:
        store = await engines.ready_store(settings.database_url, clock())
        await store.apply(loaded.brand, loaded.groups, loaded.forms, clock())
        await store.close()

    asyncio.run(work())
    for form in loaded.forms:
        click.echo(f"form {form.form.id}  version {form.version}  group {form.group.id}")


@main.command()
@click.option(
    "--project", type=click.Path(file_okay=False), default=".", help="Project folder; the current one if not given."
)
def check(project: str) -> None:
    """Check a project folder without putting it in use."""
    loaded = projects.load(Path(project))
    click.echo(f"{project}: {len(loaded.groups)} group(s) and {len(loaded.forms)} form(s) are in order.")


@main.command()
@_config
@_data
def verify(config: Path | None, data: str | None) -> None:
    """Recompute the whole ledger; names the first row that was changed by hand."""
    settings = _settings(config, data=data)
    _must_exist(settings.database_url)
    subjects, events = verification.verify(settings.database_url, load_keys(settings.folder).ledger, _progress)
    click.echo(f"The ledger holds: {events} event(s) of {subjects} number(s) verified.")


def _must_exist(url: str) -> None:
    """SQLite would make an empty file of a mistyped name."""
    if engines.engine(url) == "sqlite" and not engines.path(url).exists():
        raise ConfigError(f"{engines.path(url)}: there is no database there: say --data, --config or YESLINE_DATABASE")


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} of {of:,} events", nl=done == of, err=True)


@main.command()
@_config
@_data
@click.option("--plan", is_flag=True, help="Show what would be applied, and apply nothing.")
def migrate(config: Path | None, data: str | None, *, plan: bool) -> None:
    """Bring the database up to date with this version; a server refuses to start on one that is behind."""
    url = _settings(config, data=data).database_url
    if plan:
        for migration in asyncio.run(engines.pending(url)):
            click.echo(f"-- {migration.name}\n{migration.sql}")
        return
    applied = asyncio.run(engines.migrate(url, clock()))
    click.echo("\n".join(f"applied {name}" for name in applied) or "The database is up to date.")


@main.command()
@_config
@_data
@click.option("--sandbox/--no-sandbox", default=None, help="Handset instead of real texts.")
def work(config: Path | None, **given: Any) -> None:
    """Send texts and keep house without listening: beside servers that run with 'work = false' on PostgreSQL."""
    settings = _settings(config, **given)
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
    for name in Settings.__struct_fields__:
        value = getattr(defaults, name)
        shown = ",".join(value) if isinstance(value, tuple) else value
        click.echo(f"{name:20} YESLINE_{name.upper():20} {shown!s:12} {MEANINGS[name]}")
