"""Commands about single numbers: texts to review, opt-outs that came by phone or letter, numbers that cannot be reached."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import Struct

from yesline.commands.options import (
    at_desk,
    by_option,
    config_option,
    country_option,
    data_option,
    json_option,
    number,
    opened,
    person,
    settings_from,
    told,
)
from yesline.doors.v1.review import Item, decide, item
from yesline.records import ClearNumber, Confirmed, Review, StopByHand
from yesline.rules.cells import harmless
from yesline.rules.signing import number_tag
from yesline.settings import Settings
from yesline.store import lists

_MOST = 10_000


class Unreachable(Struct, frozen=True):
    """A number that a carrier says cannot be reached, as it is shown."""

    phone: str
    reason: str
    code: str
    detected_at: str


@click.group()
def review() -> None:
    """Texts from phones that a person should read."""


@review.command("list")
@config_option
@data_option
@json_option
def review_list(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show what waits: first what may be a wish to stop and holds all texts to its number, then the oldest."""
    for waiting in asyncio.run(_reviews(settings_from(config, data=data))):
        click.echo(told(waiting) if as_json else _review_line(waiting))


@review.command("stop")
@config_option
@data_option
@by_option
@click.argument("item", metavar="ID")
def review_stop(config: Path | None, data: str | None, by: str | None, item: str) -> None:
    """It was a wish to stop: the number is opted out."""
    done = asyncio.run(_decide(settings_from(config, data=data), Review(item, True, person(by))))
    click.echo("It was stopped already." if done else "The number is opted out.")


@review.command("dismiss")
@config_option
@data_option
@by_option
@click.argument("item", metavar="ID")
def review_dismiss(config: Path | None, data: str | None, by: str | None, item: str) -> None:
    """It was no wish to stop: what was held for the number may go."""
    done = asyncio.run(_decide(settings_from(config, data=data), Review(item, False, person(by))))
    click.echo("It was dismissed already." if done else "It is dismissed.")


@click.command()
@config_option
@data_option
@country_option
@by_option
@click.argument("phone", metavar="NUMBER")
def stop(config: Path | None, data: str | None, country: str | None, by: str | None, phone: str) -> None:
    """Opt out a number that asked by phone, letter or e-mail. Only its own START by text ends that."""
    e164 = number(phone, country)
    already = asyncio.run(_stop(settings_from(config, data=data), e164, person(by)))
    click.echo(f"{e164} was opted out already." if already else f"{e164} is opted out.")


@click.group()
def invalid() -> None:
    """Numbers that a carrier says cannot be reached."""


@invalid.command("list")
@config_option
@data_option
@json_option
def invalid_list(config: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show them, the newest first, with the reason and the carrier's own code."""
    for found in asyncio.run(_invalid(settings_from(config, data=data))):
        line = f"{found.detected_at}  {found.phone:16} {found.reason:15} {found.code}"
        click.echo(told(found) if as_json else line.rstrip())


@invalid.command("clear")
@config_option
@data_option
@country_option
@click.argument("phone", metavar="NUMBER")
def invalid_clear(config: Path | None, data: str | None, country: str | None, phone: str) -> None:
    """Let a number be texted again."""
    e164 = number(phone, country)
    already = asyncio.run(_clear(settings_from(config, data=data), e164))
    click.echo(f"{e164} is not among them." if already else f"{e164} may be texted again.")


async def _reviews(settings: Settings) -> list[Item]:
    async with opened(settings) as store:
        return [item(*row) for row in await lists.reviews(store, _MOST)]


def _review_line(waiting: Item) -> str:
    mark = "holds" if waiting.holds else "     "
    return f"{waiting.id}  {waiting.opened_at}  {mark}  {waiting.phone:16} {waiting.group}: {harmless(waiting.text)}"


async def _decide(settings: Settings, act: Review) -> bool:
    async with at_desk(settings) as (store, clerk):
        return await decide(clerk, store, act)


async def _stop(settings: Settings, phone: str, by: str) -> bool:
    async with at_desk(settings) as (_, clerk):
        done: Confirmed = await clerk.record(StopByHand(phone, number_tag(clerk.keys, phone), {"by": by}))
        return done.already


async def _invalid(settings: Settings) -> list[Unreachable]:
    async with opened(settings) as store:
        found = await lists.invalid_numbers(store, _MOST)
    return [Unreachable(phone, row.reason, row.code, _time(row.detected_at)) for row, phone in found]


async def _clear(settings: Settings, phone: str) -> bool:
    async with at_desk(settings) as (_, clerk):
        done: Confirmed = await clerk.record(ClearNumber(number_tag(clerk.keys, phone)))
        return done.already


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


COMMANDS = (review, stop, invalid)
