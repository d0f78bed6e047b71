"""Fonts and pictures of themes, the same bytes for ever under an address that holds their hash."""

from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.house import house, path
from yesline.errors import Refusal
from yesline.views.theme_assets import media

_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    # An SVG opened by its address is a document of our origin: it runs nothing and loads nothing.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


async def asset(request: Request) -> Response:
    """``GET /assets/{hash}/{name}``: a file that a form in use shows, or showed since this server started."""
    address = f"{path(request, 'hash')}/{path(request, 'name')}"
    body = house(request).catalogue.assets.get(address)
    if body is None:
        raise Refusal("not_found", "There is no such file: a form that shows it is not in use here.", 404)
    return Response(body, headers=_HEADERS, media_type=media(address))
