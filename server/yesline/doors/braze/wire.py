"""What calls of these endpoints are made of, and their answers: their own shape of error, scalars where lists may stand, raw plusses."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, TypeVar

import msgspec
import phonenumbers
from msgspec import Meta, Struct
from phonenumbers import NumberParseException, PhoneNumberFormat
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import MOST_BYTES, json, read_body
from yesline.doors.house import House
from yesline.errors import Conflict, Refusal, Unavailable, YeslineError
from yesline.programme import Group
from yesline.records import ApiKey
from yesline.rules import signing
from yesline.rules.profiles import alias, email, email_tag, external, phone

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Struct)
PATHS = ("/subscription/", "/v2/subscription/", "/users/", "/sms/")
MOST = {"users.track": 1024 * 1024}
"""The largest body of an endpoint, by its permission, where it is not that of the other doors."""
MOST_NAMED = 50
TOO_MANY_PEOPLE = "The max number of external_ids and aliases per request was exceeded"
TOO_MANY = "The max number of ids per request was exceeded"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_US_DIGITS = 10
_ADDRESS = re.compile(r"[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+")

Name = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=997)]
Some = str | list[str] | None
"""One or several: documented examples send either, wherever the reference says list."""


class Fatal(YeslineError):
    """A call that is refused as a whole. ``message`` is Braze's own where one is known; ``errors`` are those of its parts."""

    def __init__(self, message: str, status: int = 400, errors: Iterable[object] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.errors = list(errors)


class Call(Struct, frozen=True):
    """One call by a back end whose key may make it."""

    rooms: House
    key: ApiKey
    query: QueryParams
    content: bytes
    facts: dict[str, str]

    def body(self, kind: type[T]) -> T:
        """The JSON body; members nobody knows are passed over. Raises Fatal."""
        try:
            return msgspec.json.decode(self.content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Fatal(f"The body is not what this endpoint takes: {error}") from error

    def asked(self, name: str) -> list[str]:
        """The values of a parameter, ``name=`` or ``name[]=``; a raw plus that was read as a space is put back."""
        values = [*self.query.getlist(name), *self.query.getlist(f"{name}[]")]
        return [f"+{value[1:]}" if value.startswith(" ") else value for value in values]

    def whole(self, name: str, usual: int, most: int) -> int:
        """A parameter that is a whole number from 0 to ``most``. Raises Fatal."""
        given = self.query.get(name)
        if given is None:
            return usual
        if not re.fullmatch(r"[0-9]{1,9}", given) or int(given) > most:
            raise Fatal(f"{name} must be a whole number from 0 to {most}")
        return int(given)


Handler = Callable[[Call], Awaitable[Response]]


class Alias(Struct, frozen=True):
    """A user alias object."""

    alias_name: Name
    alias_label: Name

    @property
    def key(self) -> str:
        """The key of its profile."""
        return alias(self.alias_label, self.alias_name)


def listed(given: Some) -> list[str]:
    """One or several as a list."""
    return [given] if isinstance(given, str) else given or []


def at_most(names: list[Any], message: str = TOO_MANY) -> None:
    """Raises Fatal where there are more than one call may name."""
    if len(names) > MOST_NAMED:
        raise Fatal(message)


def person(external_id: str) -> str:
    """The key of a profile by its external id. Raises Fatal."""
    try:
        return external(msgspec.convert(external_id, Name))
    except msgspec.ValidationError as error:
        raise Fatal(f"an external_id has 1 to 997 characters and no control characters: {error}") from error


def group(rooms: House, group_id: str) -> Group:
    """A subscription group. Raises Fatal."""
    found = rooms.catalogue.groups.get(group_id)
    if not found:
        raise Fatal(
            f"subscription_group_id: there is no group {group_id[:60]!r}; its id is the name of its file in groups/"
        )
    return found


def e164(raw: str) -> str:
    """A number that is E.164 already. Raises Fatal."""
    if not _E164.fullmatch(raw):
        raise _no_number(raw)
    return number(raw)


def _no_number(raw: str) -> Fatal:
    return Fatal(f"phone: {raw[:40]!r} is not in E.164 format, such as +12025550123")


def number(raw: str) -> str:
    """A number however it is written, as E.164. Raises Fatal."""
    found = cleaned(raw)
    if not found:
        raise _no_number(raw)
    return found


def mail(raw: str) -> str:
    """An e-mail address. Raises Fatal."""
    found = address(raw)
    if not found:
        raise Fatal(f"email: {raw[:60]!r} is no e-mail address")
    return found


def cleaned(raw: str) -> str:
    """A number however it is written, as E.164; of ten digits it is a US one. Empty where it is none. Source: ``field`` 1(d), PH."""
    digits = re.sub(r"[^0-9]", "", raw)
    if not raw.lstrip().startswith("+") and len(digits) == _US_DIGITS:
        digits = f"1{digits}"
    return _possible(f"+{digits}") if _E164.fullmatch(f"+{digits}") else ""


def _possible(raw: str) -> str:
    try:
        read = phonenumbers.parse(raw)
    except NumberParseException:
        return ""
    return phonenumbers.format_number(read, PhoneNumberFormat.E164) if phonenumbers.is_possible_number(read) else ""


def address(raw: str) -> str:
    """An e-mail address without spaces around it. Empty where it is none."""
    bare = raw.strip()
    return bare if _ADDRESS.fullmatch(bare) and len(bare) <= 254 else ""


def phone_tag(rooms: House, given: str) -> str:
    """The keyed hash of a number."""
    return signing.number_tag(rooms.clerk.keys, given)


def address_tag(rooms: House, given: str) -> str:
    """The keyed hash of an e-mail address."""
    return email_tag(rooms.clerk.keys, given)


def phone_key(rooms: House, given: str) -> str:
    """The key of the profiles with a number."""
    return phone(phone_tag(rooms, given))


def address_key(rooms: House, given: str) -> str:
    """The key of the profiles with an e-mail address."""
    return email(address_tag(rooms, given))


def minor(kind: str, where: str, index: int) -> dict[str, object]:
    """An error of one part of a call that is otherwise done."""
    return {"type": kind, "input_array": where, "index": index}


def done(content: dict[str, object], errors: list[dict[str, object]], status: int = 201) -> Response:
    """The answer to a call, with the errors of its parts if there are any."""
    return json(content | ({"errors": errors} if errors else {}), status)


def refuse(fatal: Fatal) -> Response:
    """A call that is refused as a whole."""
    headers = {"www-authenticate": "Bearer"} if fatal.status == 401 else {}
    return json({"message": fatal.message} | ({"errors": fatal.errors} if fatal.errors else {}), fatal.status, headers)


def fault(error: Exception) -> Response:
    """What the caller learns of a fault of ours. The log has it all."""
    if isinstance(error, Conflict | Unavailable):
        return refuse(Fatal("This could not be recorded just now: send the same again in a few seconds.", 503))
    log.error("a request failed", exc_info=error)
    return refuse(Fatal("Something went wrong on our side: try again in a moment.", 500))


async def read(request: Request, scope: str) -> bytes:
    """The body of a call. Raises Fatal where it is too large."""
    try:
        return await read_body(request, MOST.get(scope, MOST_BYTES))
    except Refusal as refusal:
        raise Fatal(refusal.message, refusal.status) from refusal


class _Legacy(Struct):
    api_key: str = ""


def legacy_key(content: bytes) -> str:
    """The key in the body, as clients sent it before there was a header for it."""
    try:
        return msgspec.json.decode(content, type=_Legacy).api_key
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
