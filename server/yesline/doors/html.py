"""Pages for people: their headers, and errors they can read."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import internal, read_body, refuse
from yesline.doors.house import house, reader
from yesline.errors import ConfigError, Refusal
from yesline.views import pages

log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


def page(html: str, nonce: str, status: int = 200) -> Response:
    """A page that loads nothing from elsewhere, frames nowhere and is kept and indexed by nobody."""
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
    }
    return Response(html, status, headers, media_type="text/html")


def nonce() -> str:
    """A fresh nonce for a page's own style."""
    return secrets.token_urlsafe(16)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, each given once. Raises Refusal."""
    _check_site(request)
    body = await read_body(request)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise Refusal("bad_request", "The body is not a form.", 400) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refusal("bad_request", "A field was sent twice.", 400)
    return fields


def _check_site(request: Request) -> None:
    """Only our own page may post our form; browsers say so, and without cookies nothing else is to be had by forging it."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "null")  # "null" is what our own no-referrer pages send
    if site not in ("same-origin", "none") or origin not in ("null", house(request).settings.origin):
        raise Refusal("origin_not_allowed", "This form can be sent from its own page only.", 403)


def html_door(handler: Handler) -> Handler:
    """Show refusals and faults as pages."""

    async def shown(request: Request) -> Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            plain = refuse(refusal)
        except ConfigError as error:
            log.warning("a page could not be shown: %s", error)
            plain = refuse(Refusal("not_ready", "This server is not set up yet: its log says what is missing.", 503))
        except Exception as error:  # noqa: BLE001  (a person reads the answer)
            plain = internal(error)
        return _problem(request, plain)

    return shown


def _problem(request: Request, plain: Response) -> Response:
    try:
        brand = house(request).catalogue.brand
    except ConfigError:
        return plain
    own = nonce()
    answer = page(pages.problem(plain.status_code, brand, reader(request), own), own, plain.status_code)
    if wait := plain.headers.get("retry-after"):
        answer.headers["retry-after"] = wait
    return answer
