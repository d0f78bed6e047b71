"""Commands about the database: migrate, move, backup, restore, verify, doctor."""

import asyncio
import sys
from pathlib import Path

import click
import msgspec

from yesline import backup as backups
from yesline import doctor as doctors
from yesline import move as moves
from yesline import restore as restores
from yesline import verify as verification
from yesline.app import clock
from yesline.commands.options import config_option, data_option, must_exist, settings_from
from yesline.errors import ConfigError, LedgerError
from yesline.settings import Settings, load_keys
from yesline.store import engines

_folder = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


def _progress(what: str, done: int, of: int) -> None:
    """One line that moves on a terminal; elsewhere a line for whatever is done."""
    if sys.stderr.isatty():
        click.echo(f"\r{what:28} {done:,} of {of:,}\033[K", nl=done == of, err=True)
    elif done == of:
        click.echo(f"{what}: {of:,}", err=True)


def _events(done: int, of: int) -> None:
    """What is verified is told at the end; only somebody who looks on is told before."""
    if sys.stderr.isatty():
        _progress("events verified", done, of)


def _verify(url: str, settings: Settings) -> str:
    keys = load_keys(settings.folder)
    subjects, events = verification.verify(url, keys.ledger, _events)
    return f"The ledger holds: {events} event(s) of {subjects} number(s) verified."


@click.command()
@config_option
@data_option
def verify(config: Path | None, data: str | None) -> None:
    """Recompute the whole ledger; names the first row that was changed by hand."""
    settings = settings_from(config, data=data)
    must_exist(settings.database_url)
    click.echo(_verify(settings.database_url, settings))


@click.command()
@config_option
@data_option
@click.option("--plan", is_flag=True, help="Show what would be applied, and apply nothing.")
def migrate(config: Path | None, data: str | None, *, plan: bool) -> None:
    """Bring the database up to date with this version; a server refuses to start on one that is behind."""
    url = settings_from(config, data=data).database_url
    if plan:
        for migration in asyncio.run(engines.pending(url)):
            click.echo(f"-- {migration.name}\n{migration.sql}")
        return
    applied = asyncio.run(engines.migrate(url, clock()))
    click.echo("\n".join(f"applied {name}" for name in applied) or "The database is up to date.")


@click.command()
@config_option
@data_option
@click.option("--from", "source", required=True, metavar="ADDRESS", help="Database to copy; nothing in it is changed.")
@click.option(
    "--to", "target", required=True, metavar="ADDRESS", help="Database to fill: an empty one, or one cut off."
)
@click.option("--afresh", is_flag=True, help="Remove everything from the target first.")
def move(config: Path | None, data: str | None, source: str, target: str, *, afresh: bool) -> None:
    """Copy everything from one database to another, compare every row, and verify the ledger of the copy."""
    settings = settings_from(config, data=data)
    backups.need_secrets(settings.folder)
    _tell_counts(asyncio.run(moves.move(source, target, _progress, afresh=afresh)))
    try:
        click.echo(_verify(target, settings))
    except LedgerError as error:
        raise ConfigError(f"everything is copied, and the source has the same fault: {error}") from error
    click.echo(f"Everything is in {engines.shown(target)}. Start no server on {engines.shown(source)} again.")


def _tell_counts(counts: dict[str, int]) -> None:
    for name, count in counts.items():
        click.echo(f"{name:20} {count:>12,}")


@click.command()
@config_option
@data_option
@_folder
@click.option("--without-secrets", is_flag=True, help="Leave out secrets.toml, without which nothing can be restored.")
def backup(config: Path | None, data: str | None, folder: Path, *, without_secrets: bool) -> None:
    """Write the database and the secrets into a new folder; servers may go on writing meanwhile."""
    settings = settings_from(config, data=data)
    made = asyncio.run(backups.back_up(settings, folder, _progress, secrets=not without_secrets))
    _tell_counts(made.counts)
    click.echo(f"The backup is complete: {folder}")
    if without_secrets:
        click.echo(
            f"It cannot be restored without {settings.folder / backups.SECRETS}, which holds the keys of the ledger and of the "
            "numbers that said STOP: keep a copy of that file elsewhere."
        )
    else:
        click.echo("It holds the secrets: keep it where the database itself might be kept.")


@click.command()
@config_option
@data_option
@_folder
def restore(config: Path | None, data: str | None, folder: Path) -> None:
    """Put a backup back on an empty host and verify its ledger; texts that waited in it are never sent by themselves."""
    settings = settings_from(config, data=data)
    done = restores.restore(settings, folder, _progress)
    _tell_counts(done.counts)
    click.echo(f"The ledger holds: {done.events} event(s) of {done.subjects} number(s) verified.")
    if done.waited:
        click.echo(
            f"{done.waited} text(s) waited and may have been sent since: they are uncertain now and will not be sent."
        )
    click.echo(f"Everything is in {engines.shown(settings.database_url)}.")


@click.command()
@config_option
@data_option
@click.option("--project", type=click.Path(file_okay=False), help="Project folder to check, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each check.")
def doctor(config: Path | None, data: str | None, project: str | None, *, as_json: bool) -> None:
    """Tell what is wrong with a deployment and how to mend it; the exit status is 1 if something has failed."""
    findings = asyncio.run(doctors.examine(lambda: settings_from(config, data=data, project=project), clock))
    for finding in findings:
        click.echo(msgspec.json.encode(finding).decode() if as_json else doctors.line(finding))
    if any(finding.state == "fail" for finding in findings):
        sys.exit(1)


COMMANDS = (migrate, move, backup, restore, verify, doctor)
