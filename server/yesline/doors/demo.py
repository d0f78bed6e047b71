"""The sandbox: a shop that uses the form, and a handset that gets the texts. Loopback only; see ``settings``."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.carriers.base import Knock
from yesline.carriers.console import ConsoleCarrier
from yesline.doors.guard import decode, json, read_body
from yesline.doors.house import House, house, path
from yesline.doors.inbound import record
from yesline.errors import Refusal
from yesline.programme import Group
from yesline.rules import joining
from yesline.rules.phone import examples

_MEDIA = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'"
# The shop doubles as proof that the widget lives under the strictest policy a page can have.
_STRICT = _POLICY + "; require-trusted-types-for 'script'; trusted-types 'none'"


@lru_cache(maxsize=32)
def _file(name: str) -> str:
    found = files("yesline.demo").joinpath(name)
    if not found.is_file():
        raise Refusal("not_found", "There is no such file.", 404)
    return found.read_text(encoding="utf-8")


def _page(name: str, **values: str) -> Response:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    html = environment.from_string(_file(name)).render(values)
    headers = {"content-security-policy": _STRICT, "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(html, headers=headers, media_type="text/html")


async def shop(request: Request) -> Response:
    """``GET /``: a page of a shop with the one script tag in it."""
    forms = house(request).catalogue.forms
    return _page("shop.html", form=request.query_params.get("form") or min(forms, default=""), handset="/handset")


async def handset(request: Request) -> Response:
    """``GET /handset``: a phone."""
    del request
    return _page("handset.html")


async def asset(request: Request) -> Response:
    """``GET /demo/{name}``: styles and scripts of the two pages."""
    name = path(request, "name")
    media = _MEDIA.get(name.rpartition(".")[2])
    if not media:
        raise Refusal("not_found", "There is no such file.", 404)
    return Response(_file(name), headers={"cache-control": "no-cache"}, media_type=media)


def _console(rooms: House) -> ConsoleCarrier:
    carrier = rooms.carriers["console"]
    assert isinstance(carrier, ConsoleCarrier)  # noqa: S101  (the sandbox has no other)
    return carrier


async def messages(request: Request) -> Response:
    """``GET /handset/messages?phone=``: the texts to and from one phone, or all."""
    # A raw "+" in a query string is a space by the rules of forms; people type it all the same.
    phone = request.query_params.get("phone", "").strip()
    phone = f"+{phone}" if phone and not phone.startswith("+") else phone
    return json({"messages": _console(house(request)).messages(phone)})


async def senders(request: Request) -> Response:
    """``GET /handset/senders``: the numbers that can be texted, each with a keyword that opts in."""
    found = house(request).catalogue.senders
    return json({"senders": [_sender(address, group) for address, group in found.items()]})


def _sender(address: str, group: Group) -> dict[str, str]:
    offer = joining.offer(group)
    return {"address": address, "group": group.name, "keyword": offer.keyword if offer else ""}


async def reply(request: Request) -> Response:
    """``POST /handset/replies``: a text from a phone, through the same door as any carrier's."""
    rooms = house(request)
    knock = Knock(str(request.url), request.headers, await read_body(request), rooms.clerk.clock())
    told = await _console(rooms).read(knock)
    await record(rooms, _console(rooms), told.inbound)
    for text in told.inbound:
        _console(rooms).received(text)
    return json({"id": told.inbound[0].id}, 201)


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """The country of a phone: an ISO 3166 code."""

    country: str


class Numbers:
    """Hands out numbers for phones that are made up, each once."""

    def __init__(self) -> None:
        self._left: dict[str, Iterator[str]] = {}

    async def hand_out(self, request: Request) -> Response:
        """``POST /handset/numbers``: a mobile number that nobody was given before and the handset does not know."""
        country = decode(await read_body(request), Wish).country
        left = self._left.get(country) or examples(country)
        known = {phone for m in _console(house(request)).messages() for phone in (m.sender, m.receiver)}
        number = next((number for number in left if number not in known), None)
        if not number:
            raise Refusal("region_not_found", f"There are no mobile numbers of {country!r}: use a code as US.", 404)
        self._left[country] = left
        return json({"phone": number}, 201)
