"""The form on a page of its own, for links, QR codes and WebViews: the same theme, the whole flow without JavaScript."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yesline.doors import stamps
from yesline.doors.guard import decode
from yesline.doors.house import House, client, house, path, speak
from yesline.doors.html import html_door, nonce, page, read_form
from yesline.doors.page import CorrectBody, SubmitBody, build_correct, build_submit, look_up
from yesline.errors import Refusal
from yesline.programme import FormVersion, View, encode
from yesline.records import EnterCode, Prompt, Resend, Standing
from yesline.rules import joining, keywords, phone
from yesline.views import countries, pages
from yesline.views.pages import Showing, Texting

_SENT = ("id", "phone", "country", "stamp", "locale", "page")


def speak_of(rooms: House, request: Request, prompt: Prompt) -> View | None:
    """A view of some form of the prompt's group, for pages that should look like it."""
    forms = [form for form in rooms.catalogue.forms.values() if form.group.id == prompt.group_id]
    return speak(forms[0], request, prompt.language) if forms else None


async def script(request: Request) -> Response:
    """``GET /hosted.js``: looks again by itself where a hosted page waits for the phone."""
    del request
    return Response(
        pages.hosted_script(), headers={"cache-control": "public, max-age=3600"}, media_type="text/javascript"
    )


@html_door
async def hosted(request: Request) -> Response:
    """``GET /f/{form}`` shows the form, or with ``?s=`` where a submission stands; ``POST`` does what was pressed."""
    rooms = house(request)
    form = rooms.form(path(request, "form"))
    view = speak(form, request, request.query_params.get("lang"))
    if request.method == "POST":
        return await _act(rooms, request, form, view)
    submission = request.query_params.get("s")
    if submission:
        return await _show_standing(rooms, request, form, view, submission)
    return _capture(rooms, request, form, view, {})


async def _act(rooms: House, request: Request, form: FormVersion, view: View) -> Response:
    fields = await read_form(request)
    act = fields.get("act", "submit")
    if act == "submit":
        return await _submit(rooms, request, form, view, fields)
    submission = fields.get("submission", "")
    try:
        if act == "code":
            typed = keywords.digits(fields.get("code", ""))
            await rooms.clerk.record(EnterCode(submission, typed, client(request)[1]))
        elif act == "resend":
            await rooms.clerk.record(Resend(submission))
        elif act == "correct":
            return _capture(rooms, request, form, view, {"submission": submission})
        else:
            raise Refusal("bad_request", f"There is no act {act[:20]!r}.", 400)
    except Refusal as refusal:
        if refusal.status in (400, 404):
            raise
        return await _show_standing(rooms, request, form, view, submission, refusal)
    return _see_other(form, submission)


def _see_other(form: FormVersion, submission: str) -> Response:
    """Answer a post with an address to look at, so that reloading the page posts nothing."""
    return RedirectResponse(f"/f/{form.form.id}?s={submission}", 303)


async def _submit(rooms: House, request: Request, form: FormVersion, view: View, fields: dict[str, str]) -> Response:
    try:
        if submission := fields.get("submission"):
            typed = decode(encode({k: fields.get(k, "") for k in ("phone", "country")}), CorrectBody)
            act: Any = (await build_correct(rooms, request, submission, typed))[0]
        else:
            submission = fields.get("id", "")
            sent = {name: fields.get(name, "") for name in _SENT}
            raw = encode({**sent, "consent": "consent" in fields, "trap": fields.get("website", "")})
            act, _ = build_submit(rooms, request, form, decode(raw, SubmitBody), raw)
            # Our pages send no referrer, so a browser calls their origin "null"; the code is bound to our host all the same.
            act = replace(act, host=urlsplit(rooms.settings.base).hostname or "")
        await rooms.clerk.record(act)
    except Refusal as refusal:
        if refusal.status not in (409, 422, 429) or refusal.code == "submission_conflict":
            raise
        return _capture(rooms, request, form, view, fields, refusal)
    return _see_other(form, submission)


def _capture(
    rooms: House,
    request: Request,
    form: FormVersion,
    view: View,
    fields: dict[str, str],
    refusal: Refusal | None = None,
) -> Response:
    """The first step, with what was typed and what is wrong with it. A box is ticked again only where the words still stand."""
    country = fields.get("country") or form.form.countries[0]
    if country not in form.form.countries:
        country = form.form.countries[0]
    hidden = {
        "id": secrets.token_urlsafe(16),
        "stamp": stamps.make(rooms.clerk.keys, form, view.locale, rooms.clerk.clock()),
        "locale": view.locale,
        "page": rooms.settings.base + request.url.path,
    }
    if fields.get("submission"):
        hidden["submission"] = fields["submission"]
    showing = Showing(
        step="capture",
        action=request.url.path,
        hidden=hidden,
        slots={"example": phone.example(country)},
        countries=countries.options(form.form.countries, view.locale),
        country=country,
        phone=fields.get("phone", ""),
        ticked="consent" in fields and (refusal is None or refusal.code != "stamp_expired"),
        error=(refusal.field or "phone", words_for(view, refusal)) if refusal else None,
        texting=_texting(rooms, form, view) if "submission" not in hidden else None,
    )
    return _page(form, view, showing, refusal.status if refusal else 200)


def _texting(rooms: House, form: FormVersion, view: View) -> Texting | None:
    """How to text instead, by the group as it is in use now: an older version of it may name a number we no longer have."""
    offer = joining.offer(rooms.catalogue.groups.get(form.group.id, form.group), view.locale)
    return Texting(offer.keyword, offer.shown, offer.link) if offer else None


def words_for(view: View, refusal: Refusal) -> str:
    """A refusal in the view's words."""
    name = {"stamp_expired": "stamp_changed"}.get(refusal.code, refusal.code)
    words = view.strings.get(f"error.{name}", refusal.message)
    region = refusal.country
    known = {"country": countries.name(region, view.locale), "example": phone.example(region) if region else ""}
    for slot, value in {**known, "seconds": str(refusal.retry_after or "")}.items():
        words = words.replace(f"{{{slot}}}", value)
    return words


async def _show_standing(
    rooms: House,
    request: Request,
    form: FormVersion,
    view: View,
    submission: str,
    refusal: Refusal | None = None,
) -> Response:
    state = await look_up(rooms, submission)
    found = await rooms.store.prompt(state.prompt)
    number = f"…{(found[1].phone or '')[-2:]}" if found else ""
    step = "done" if state.state == "confirmed" else "confirm"
    showing = Showing(
        step=step,  # type: ignore[arg-type]
        action=request.url.path,
        hidden={"submission": submission},
        slots={"sender": state.sender, "number": number, "countdown": str(state.resend_after)},
        conditions=_conditions(state),
        error=(refusal.field or "code", words_for(view, refusal)) if refusal else None,
        status=view.strings["status.expired"] if state.state == "expired" else "",
        again="" if step == "done" else f"{request.url.path}?s={submission}",
        waiting=submission if state.state == "pending" else "",
    )
    return _page(form, view, showing, refusal.status if refusal else 200)


def _conditions(state: Standing) -> frozenset[str]:
    """What holds on a page that stands still: a countdown would not run, so asking again is always offered."""
    return frozenset({*state.methods, "ready"} | ({"expired"} if state.state == "expired" else set()))


def _page(form: FormVersion, view: View, showing: Showing, status: int) -> Response:
    own = nonce()
    return page(pages.hosted(form, view.locale, showing, own), own, status)
