"""The page behind the stop link in a text: one button, one step. Looking at it changes nothing."""

from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.house import House, client, house, path, reader
from yesline.doors.html import html_door, nonce, page, read_form
from yesline.records import PressStop
from yesline.rules import signing
from yesline.views import pages
from yesline.views.pages import Link


@html_door
async def stopping(request: Request) -> Response:
    """``GET /stop/{slug}`` shows the button; ``POST`` stops the texts, however often it is pressed."""
    rooms = house(request)
    found = signing.read_stop_slug(rooms.clerk.keys, path(request, "slug"), rooms.catalogue.groups)
    subjects = await rooms.store.subjects([found[0]]) if found else {}
    if not found or found[0] not in subjects:
        return _show(rooms, request, Link("not_valid"), "", 404)
    subject, group = found
    digits = (subjects[subject].phone or "")[-2:]
    if request.method != "POST":
        return _show(rooms, request, Link("stop", digits, request.url.path), group)
    await read_form(request)  # for its check that no other site has sent it
    _, came_from = client(request)
    await rooms.clerk.record(PressStop(subject, group, came_from | {"why": "stop link"}))
    return _show(rooms, request, Link("stopped", digits), group)


def _show(rooms: House, request: Request, link: Link, group_id: str, status: int = 200) -> Response:
    own = nonce()
    group = rooms.catalogue.groups.get(group_id)
    view = pages.plain_view(rooms.catalogue.brand, reader(request))
    return page(pages.confirm_link(link, rooms.catalogue.brand, group, view, own), own, status)
