"""The page behind the link in a text. Looking at it changes nothing: scanners and previews open links; a person presses the button."""

from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.hosted import speak_of
from yesline.doors.house import House, client, house, path, reader
from yesline.doors.html import html_door, nonce, page, read_form
from yesline.errors import Refusal
from yesline.records import Confirmed, PressLink, Prompt, Subject
from yesline.rules import signing
from yesline.views import pages
from yesline.views.pages import Link


def _prompt_id(rooms: House, text: str) -> str | None:
    """The prompt that a slug, or a long signed token, speaks of."""
    keys = rooms.clerk.keys
    return signing.read_slug(keys, text) or signing.read(keys, "confirm", text, rooms.clerk.clock())


async def _find(rooms: House, text: str) -> tuple[Prompt, Subject] | None:
    prompt_id = _prompt_id(rooms, text)
    return await rooms.store.prompt(prompt_id) if prompt_id else None


@html_door
async def confirm(request: Request) -> Response:
    """``GET /c/{slug}`` shows and asks; ``POST`` with the token of that page confirms or says "not me"."""
    rooms = house(request)
    found = await _find(rooms, path(request, "slug"))
    if not found:
        return _show(rooms, request, Link("not_valid"), None, 404)
    prompt, subject = found
    digits = (subject.phone or "")[-2:]
    if request.method == "POST":
        state, status = await _press(rooms, request, prompt)
    else:
        state, status = _state(prompt, rooms.clerk.clock())
    token = signing.sign(rooms.clerk.keys, "confirm-page", prompt.id, rooms.clerk.clock())
    back = await _back(rooms, prompt) if state in ("confirmed", "already") else ""
    link = Link(state, digits, request.url.path, token, back)  # type: ignore[arg-type]
    return _show(rooms, request, link, prompt, status)


async def _back(rooms: House, prompt: Prompt) -> str:
    """Where the form that asked wants people back, as it is in use now; empty if it says nothing, or no form asked."""
    found = await rooms.store.standing(prompt.submission_id) if prompt.submission_id else None
    form = rooms.catalogue.forms.get(found[0].form_id) if found else None
    return form.form.back if form else ""


def _state(prompt: Prompt, now: int) -> tuple[str, int]:
    if prompt.state == "confirmed":
        return "already", 200
    return ("ask", 200) if prompt.state == "open" and prompt.closes_at > now else ("not_valid", 410)


async def _press(rooms: House, request: Request, prompt: Prompt) -> tuple[str, int]:
    fields = await read_form(request)
    if signing.read(rooms.clerk.keys, "confirm-page", fields.get("token", ""), rooms.clerk.clock()) != prompt.id:
        return _state(prompt, rooms.clerk.clock())  # an old page: show the fresh one, whose button works
    yes = fields.get("act") == "confirm"
    if not yes and fields.get("act") != "decline":
        raise Refusal("bad_request", "The form says neither yes nor no.", 400)
    _, came_from = client(request)
    try:
        outcome: Confirmed = await rooms.clerk.record(PressLink(prompt.id, yes, came_from))
    except Refusal as refusal:
        return "not_valid", refusal.status
    if not yes:
        return "declined", 200
    return ("already" if outcome.already else "confirmed"), 200


def _show(rooms: House, request: Request, link: Link, prompt: Prompt | None, status: int) -> Response:
    own = nonce()
    brand = rooms.catalogue.brand
    group = rooms.catalogue.groups.get(prompt.group_id) if prompt else None
    view = (speak_of(rooms, request, prompt) if prompt else None) or pages.plain_view(brand, reader(request))
    return page(pages.confirm_link(link, brand, group, view, own), own, status)
