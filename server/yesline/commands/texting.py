"""Commands about carriers and texts: where webhooks go, whether a text gets through, and what one from a phone would do."""

import asyncio
import secrets
from collections.abc import Iterable
from pathlib import Path

import click
from msgspec import Struct

from yesline import backup as backups
from yesline.app import carrier_of, make_carriers, webhook_key
from yesline.carriers.base import Carrier, Outgoing
from yesline.commands.options import (
    choose,
    config_option,
    country_option,
    data_option,
    groups_of,
    json_option,
    number,
    opened,
    project_option,
    settings_from,
    told,
)
from yesline.errors import CarrierError, ConfigError, TextRefused
from yesline.programme import Brand, Group
from yesline.records import GroupSuppression, ReviewItem, Row, Suppression, Wants
from yesline.rules.explaining import Explained, explain
from yesline.rules.segments import plain, segments
from yesline.rules.signing import number_tag
from yesline.settings import Settings, load_keys
from yesline.store.base import Store

_GREETING = "{brand}: this is a test of our texts. No answer is needed."


class Shown(Struct, frozen=True):
    """A carrier as ``yesline carriers`` tells of it."""

    name: str
    kind: str
    catch_up: bool
    inbound: str
    receipts: str


@click.command()
@config_option
@data_option
@json_option
def carriers(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """List the carriers of the settings with the addresses to paste into their consoles."""
    settings = settings_from(config, data=data)
    shown = asyncio.run(_carriers(settings))
    if not shown:
        raise ConfigError("there is no carrier: write a table [carriers.<name>] in the settings file")
    for carrier in shown:
        click.echo(told(carrier) if as_json else _carrier_lines(carrier))


@click.command("send-test")
@config_option
@data_option
@country_option
@click.option("--group", help="Group whose sender sends it; not needed where there is one only.")
@click.option("--text", help="Words to send; a plain sentence if not given.")
@click.argument("phone")
def send_test(
    config: Path | None, data: str | None, country: str | None, group: str | None, text: str | None, phone: str
) -> None:
    """Send one text through a group's sender, to see that the carrier takes it; nobody is opted in by it."""
    settings = settings_from(config, data=data)
    going = asyncio.run(_send_test(settings, number(phone, country), group, text))
    click.echo(going)


@click.group()
def inbound() -> None:
    """Texts from phones."""


@inbound.command("explain")
@config_option
@data_option
@project_option
@click.option("--group", help="Group whose sender is texted; not needed where there is one only.")
@json_option
@click.argument("text")
def inbound_explain(
    config: Path | None, data: str | None, project: str, group: str | None, text: str, *, as_json: bool
) -> None:
    """Tell what a text from a phone would do, and why. Nothing is recorded."""
    settings = settings_from(config, data=data)
    groups = asyncio.run(groups_of(project, lambda: settings))
    found = explain(text, choose(groups, group), settings.stop_scope)
    click.echo(told(found) if as_json else "\n".join(_explained(found)))


def _explained(found: Explained) -> Iterable[str]:
    facts = {"tier": found.tier, "language": found.language, "word": found.word, "category": found.name}
    yield f"{'meaning':9} {found.meaning}" + ("" if found.clear else ", and may be a wish to stop")
    yield from (f"{name:9} {value}" for name, value in facts.items() if value)
    yield f"{'would':9} {found.would}"
    yield from (f"{place:>7}. {step}" for place, step in enumerate(found.why, 1))


async def _carriers(settings: Settings) -> list[Shown]:
    backups.need_secrets(settings.folder)
    keys = load_keys(settings.folder)
    made = make_carriers(settings)
    shown = [_shown(settings, carrier, webhook_key(keys, carrier)) for carrier in made.values()]
    await _close(made.values())
    return shown


def _shown(settings: Settings, carrier: Carrier, key: str) -> Shown:
    kind = str(settings.carriers.get(carrier.name, {}).get("kind", carrier.name))
    base = settings.base
    return Shown(carrier.name, kind, carrier.lists, f"{base}/inbound/{key}", f"{base}/receipts/{key}")


def _carrier_lines(shown: Shown) -> str:
    asked = "can be asked for texts we missed" if shown.catch_up else "cannot be asked for texts we missed"
    head = f"{shown.name} ({shown.kind}): {asked}"
    return f"{head}\n  texts     {shown.inbound}\n  receipts  {shown.receipts}"


async def _close(made: Iterable[Carrier]) -> None:
    for carrier in made:
        await carrier.close()


async def _send_test(settings: Settings, phone: str, group_id: str | None, words: str | None) -> str:
    """What became of it, in one line. Raises ConfigError."""
    backups.need_secrets(settings.folder)
    async with opened(settings) as store:
        brand, groups, _ = await store.programme()
        group = choose({group.id: group for group in groups}, group_id)
        await _check_may_be_texted(store, number_tag(load_keys(settings.folder), phone), phone, group)
    text = Outgoing(f"test{secrets.token_hex(8)}", group.sender.address, phone, _words(brand, words))
    made = make_carriers(settings)
    try:
        return await _through(made.get(carrier_of(settings, group.sender)), group, text)
    finally:
        await _close(made.values())


def _words(brand: Brand | None, words: str | None) -> str:
    body = plain(words) if words is not None else plain(_GREETING.format(brand=brand.name if brand else "Yesline"))
    if not body.strip():
        raise ConfigError("--text: there are no words in it")
    return body


async def _through(carrier: Carrier | None, group: Group, text: Outgoing) -> str:
    if not carrier:
        raise ConfigError(
            f"group {group.id} sends through {group.sender.carrier!r}: there is no [carriers.{group.sender.carrier}] in the settings"
        )
    cost = f"{segments(text.body)} part(s) from {text.sender} to {text.phone}"
    try:
        return f"{carrier.name} took it: {await carrier.send(text)} ({cost})"
    except CarrierError as error:
        sent = "did not take it" if isinstance(error, TextRefused) else "gave no plain answer, it may have been sent"
        code = f", its code {error.code}" if error.code else ""
        raise ConfigError(f"{carrier.name} {sent}: {error.reason}{code} ({cost}). {error}") from error


async def _check_may_be_texted(store: Store, tag: str, phone: str, group: Group) -> None:
    """Raises ConfigError for a number that said STOP, and for one whose text waits for a person."""
    wants = Wants(set(), set(), set(), {tag}, set(), set(), {}, texting=True)
    async with store.batch() as batch:
        rows = await batch.load(wants, lambda *_: set(), 0)
    if any(_is_stop(row, group) for row in rows):
        raise ConfigError(f"{phone} said STOP: nothing is sent to it before it texts START")
    if any(isinstance(row, ReviewItem) and row.holds for row in rows):
        raise ConfigError(f"{phone} may have asked to stop: decide first, see 'yesline review list'")


def _is_stop(row: Row, group: Group) -> bool:
    if isinstance(row, GroupSuppression):
        return row.group_id == group.id and not row.lifted_at
    return isinstance(row, Suppression) and not row.lifted_at


COMMANDS = (carriers, send_test, inbound)
