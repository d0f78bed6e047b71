"""Commands about people: look one up, read the ledger of a number, stop it, erase it."""

import asyncio
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from yesline.bulk.exports import Exported, exported, iso, names
from yesline.commands.numbers import stop
from yesline.commands.options import (
    at_desk,
    by_option,
    config_option,
    country_option,
    data_option,
    json_option,
    number,
    person,
    settings_from,
)
from yesline.errors import ConfigError
from yesline.records import Erase, Event, Profile, Was
from yesline.rules.cells import harmless, inert
from yesline.rules.profiles import email_tag
from yesline.rules.signing import Keys, number_tag
from yesline.settings import Settings
from yesline.store import exports
from yesline.store import subscribers as stored
from yesline.store.base import Store

_read_facts = msgspec.json.Decoder(dict[str, tuple[str, str]]).decode


class Happened(Struct, frozen=True):
    """An event of the ledger as it is shown; no facts are left of one that was erased."""

    at: str
    kind: str
    source: str
    group: str
    before: str
    after: str
    facts: dict[str, str]


@click.group()
def subscribers() -> None:
    """People, by number, e-mail address or external id."""


@subscribers.command()
@config_option
@data_option
@country_option
@click.argument("who", metavar="WHO")
@json_option
def search(config: Path | None, data: str | None, country: str | None, who: str, *, as_json: bool) -> None:
    """Show who has a number, an e-mail address or an external id, and their state in each group."""
    found = asyncio.run(_search(settings_from(config, data=data), who, country))
    if not found:
        raise ConfigError(f"nobody is known by {harmless(who)}")
    for one in found:
        click.echo(inert(one) if as_json else _line(one))


@subscribers.command()
@config_option
@data_option
@country_option
@click.argument("who", metavar="NUMBER")
@json_option
def history(config: Path | None, data: str | None, country: str | None, who: str, *, as_json: bool) -> None:
    """Show what the ledger holds of a number or an e-mail address, oldest first."""
    for event in asyncio.run(_history(settings_from(config, data=data), who, country)):
        click.echo(inert(event) if as_json else _event_line(event))


@subscribers.command()
@config_option
@data_option
@country_option
@by_option
@click.argument("who", metavar="NUMBER")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(config: Path | None, data: str | None, country: str | None, by: str | None, who: str, *, yes: bool) -> None:
    """Erase all that is kept of a number or an e-mail address, but for the digests in the ledger and a STOP."""
    if not yes:
        click.confirm(f"Erase all that is kept of {harmless(who)}? It cannot be undone", abort=True, err=True)
    done = asyncio.run(_erase(settings_from(config, data=data), who, country, person(by)))
    if done.error:
        raise ConfigError(f"{harmless(who)} is not known: nothing is kept of it")
    click.echo("It is erased. The ledger keeps digests, and a STOP stays in force.")


subscribers.add_command(stop)


def _tag(keys: Keys, who: str, country: str | None) -> str:
    """The keyed hash of what was typed: an address where it has an @. Raises ConfigError."""
    return email_tag(keys, who) if "@" in who else number_tag(keys, number(who, country))


async def _search(settings: Settings, who: str, country: str | None) -> list[Exported]:
    async with at_desk(settings) as (store, clerk):
        typed = _tag_if_any(clerk.keys, who, country)
        profiles = await _profiles(store, who, typed)
        tags = {tag for one in profiles for tag in (one.tag, one.email_tag) if tag}.union(typed)
        subjects = await stored.by_tags(store, sorted(tags))
        found = [exported(one) for one in await exports.subscribers_of(store, [one.id for one in subjects])]
        return found or [_in_no_group(profile) for profile in profiles]


def _tag_if_any(keys: Keys, who: str, country: str | None) -> list[str]:
    try:
        return [_tag(keys, who, country)]
    except ConfigError:  # then it is an external id
        return []


async def _profiles(store: Store, who: str, tags: list[str]) -> list[Profile]:
    """Whoever has this as a number, an address or an external id."""
    named = await stored.profile(store, who)
    found = [*([named] if named else []), *await exports.people(store, tags)]
    return list({one.id: one for one in found}.values())


def _in_no_group(profile: Profile) -> Exported:
    first, last = names(profile)
    return Exported(
        "",
        profile.phone or "",
        profile.email or "",
        profile.external_id or "",
        first,
        last,
        "unknown",
        False,
        "",
        "",
        "",
        "",
        "",
        "",
    )


def _line(one: Exported) -> str:
    state = f"{one.state}, stopped" if one.stopped else one.state
    who = "  ".join(filter(None, (one.phone, one.email, one.external_id, f"{one.first_name} {one.last_name}".strip())))
    return harmless(f"{one.group or '-':20} {state:22} {one.since or '-':20}  {who}")


async def _history(settings: Settings, who: str, country: str | None) -> list[Happened]:
    async with at_desk(settings) as (store, clerk):
        for subject in await stored.by_tags(store, [_tag(clerk.keys, who, country)]):
            return [
                _happened(Event(*row[:-1]), row[-1])
                for row in await store.rows("events_between", subject.id, subject.id)
            ]
    raise ConfigError(f"the ledger holds nothing of {harmless(who)}")


def _happened(event: Event, kept: str | None) -> Happened:
    facts = {name: value for name, (_, value) in _read_facts(kept or "{}").items()}
    return Happened(iso(event.at), event.kind, event.source, event.group_id, event.before, event.after, facts)


def _event_line(one: Happened) -> str:
    change = one.after if one.before == one.after else f"{one.before or '-'} -> {one.after}"
    facts = "  ".join(f"{name}={value}" for name, value in one.facts.items())
    return harmless(f"{one.at}  {one.kind:12} {one.source:8} {one.group:20} {change:26} {facts}").rstrip()


async def _erase(settings: Settings, who: str, country: str | None, by: str) -> Was:
    async with at_desk(settings) as (_, clerk):
        done: Was = await clerk.record(Erase(_tag(clerk.keys, who, country), {"by": by}))
        return done


COMMANDS = (subscribers,)
