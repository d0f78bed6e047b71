"""``/v1/groups``, ``/v1/senders`` and ``/v1/forms``: what is in use, as the project's files say it."""

from typing import Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.house import house, path
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.paging import Page, whole
from yesline.doors.v1.wire import Time, found, moment
from yesline.programme import FormVersion, Group, Method, Sender
from yesline.records import ApiKey
from yesline.store import subscribers


class GroupItem(Struct, frozen=True):
    """A programme one can opt in to. ``window_days`` is how long a prompt may be answered."""

    id: str
    name: str
    sends: str
    frequency: str
    channel: Literal["sms", "email"]
    opt_in: Literal["double", "single"]
    consent: Literal["by_country", "required", "optional"]
    window_days: int
    languages: tuple[str, ...]
    senders: tuple[str, ...]


class SenderItem(Struct, frozen=True):
    """What a group texts from. ``backup``: it takes over where the first cannot be reached."""

    address: str
    group: str
    carrier: str
    backup: bool
    two_way: bool
    per_second: int
    countries: tuple[str, ...]


class FormItem(Struct, frozen=True):
    """A form in use, by the hash of its version, and since when that is."""

    id: str
    group: str
    version: str
    applied_at: Time
    theme: str
    display: str
    languages: tuple[str, ...]
    methods: tuple[Method, ...]
    countries: tuple[str, ...]


class VersionItem(Struct, frozen=True):
    """A version of a form by its hash, the time from which it is kept, and whether it is in use."""

    version: str
    created_at: Time
    current: bool


async def groups(request: Request, key: ApiKey) -> Response:
    """``GET /v1/groups``."""
    del key
    return found(request, whole([_group(group) for group in house(request).catalogue.groups.values()]))


async def senders(request: Request, key: ApiKey) -> Response:
    """``GET /v1/senders``."""
    del key
    known = house(request).catalogue
    return found(request, whole([_sender(known.numbers[at], group) for at, group in known.senders.items()]))


async def forms(request: Request, key: ApiKey) -> Response:
    """``GET /v1/forms``."""
    del key
    rooms = house(request)
    applied = await subscribers.applied(rooms.store)
    return found(request, whole([_form(form, applied[form.form.id]) for form in rooms.catalogue.forms.values()]))


async def versions(request: Request, key: ApiKey) -> Response:
    """``GET /v1/forms/{form}/versions``: newest first."""
    del key
    rooms = house(request)
    form = rooms.form(path(request, "form"))
    kept = await subscribers.versions(rooms.store, form.form.id)
    return found(request, whole([VersionItem(name, moment(at), name == form.version) for name, at in kept]))


def _group(group: Group) -> GroupItem:
    return GroupItem(
        id=group.id,
        name=group.name,
        sends=group.sends,
        frequency=group.frequency,
        channel=group.channel,
        opt_in=group.opt_in,
        consent=group.consent,
        window_days=group.window_days,
        languages=group.languages,
        senders=tuple(sender.address for sender in group.senders),
    )


def _sender(sender: Sender, group: Group) -> SenderItem:
    backup = sender.address != group.sender.address
    return SenderItem(
        sender.address, group.id, sender.carrier, backup, sender.two_way, sender.per_second, sender.countries
    )


def _form(version: FormVersion, applied_at: int) -> FormItem:
    form = version.form
    return FormItem(
        id=form.id,
        group=form.group,
        version=version.version,
        applied_at=moment(applied_at),
        theme=form.theme,
        display=form.display,
        languages=form.locales,
        methods=form.methods,
        countries=form.countries,
    )


OPERATIONS = (
    Operation("GET", "/v1/groups", "catalogue", "Groups in use", Page[GroupItem]),
    Operation("GET", "/v1/senders", "catalogue", "What groups text from", Page[SenderItem]),
    Operation("GET", "/v1/forms", "catalogue", "Forms in use", Page[FormItem]),
    Operation("GET", "/v1/forms/{form}/versions", "catalogue", "Every version of a form", Page[VersionItem]),
)
