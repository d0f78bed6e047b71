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
from yesline.programme import Form, FormVersion, View, encode
from yesline.records import EnterCode, Prompt, Resend, Standing
from yesline.rules import fields as asked
from yesline.rules import hours, joining, keywords, phone
from yesline.views import countries, pages
from yesline.views.pages import Showing, Texting

_SENT = ("id", "phone", "country", "stamp", "locale", "page")
_OF_CAPTURE = ("phone", "country", "consent", "website")
_PREFIX = "field."


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
    if act == "back":
        return _capture(rooms, request, form, view, fields, step=_beside(form.form, fields, -1))
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


def _beside(form: Form, fields: dict[str, str], by: int) -> str:
    """The step so many after the one that was sent, or the last."""
    at = fields.get("at")
    place = form.steps.index(at) if at in form.steps else len(form.steps) - 1
    return form.steps[min(max(place + by, 0), len(form.steps) - 1)]


def _check_step(rooms: House, form: Form, fields: dict[str, str], step: str) -> None:
    """Look at a step that is left, so that nobody goes on to the next with what would be refused at the end. Raises Refusal."""
    if step == "capture":
        if "consent" not in fields:
            raise Refusal("consent_missing", "Tick the box to agree first.", field="consent")
        phone.read_number(fields.get("phone", ""), fields.get("country", ""), form.countries)
    asked.read(form, _values(form, fields), hours.day("", rooms.clerk.clock()), step)


def _values(form: Form, fields: dict[str, str]) -> dict[str, str | bool]:
    """What was sent of the form's own fields; a box that is not ticked is not sent."""
    sent: dict[str, str | bool] = {}
    for name, value in fields.items():
        if name.startswith(_PREFIX):
            own = name.removeprefix(_PREFIX)
            known = form.fields.get(own)
            sent[own] = True if known and known.kind == "checkbox" else value
    return sent


async def _submit(rooms: House, request: Request, form: FormVersion, view: View, fields: dict[str, str]) -> Response:
    step = fields.get("at", form.form.steps[-1])
    try:
        if step != form.form.steps[-1] and "submission" not in fields:
            _check_step(rooms, form.form, fields, step)
            return _capture(rooms, request, form, view, fields, step=_beside(form.form, fields, 1))
        if submission := fields.get("submission"):
            typed = decode(encode({k: fields.get(k, "") for k in ("phone", "country")}), CorrectBody)
            act: Any = (await build_correct(rooms, request, submission, typed))[0]
        else:
            submission = fields.get("id", "")
            sent = {name: fields.get(name, "") for name in _SENT}
            ticked = {"consent": "consent" in fields, "fields": _values(form.form, fields)}
            raw = encode({**sent, **ticked, "trap": fields.get("website", "")})
            act, _ = build_submit(rooms, request, form, decode(raw, SubmitBody), raw)
            # Our pages send no referrer, so a browser calls their origin "null"; the code is bound to our host all the same.
            act = replace(act, host=urlsplit(rooms.settings.base).hostname or "")
        await rooms.clerk.record(act)
    except Refusal as refusal:
        if refusal.status not in (409, 422, 429) or refusal.code == "submission_conflict":
            raise
        return _capture(rooms, request, form, view, fields, refusal, _step_of(form.form, refusal, step))
    return _see_other(form, submission)


def _step_of(form: Form, refusal: Refusal, sent: str) -> str:
    """The step that has what was refused."""
    if refusal.field in form.fields:
        return form.fields[refusal.field].step or form.steps[-1]
    return "capture" if refusal.field or sent not in form.steps or refusal.code == "stamp_expired" else sent


def _capture(
    rooms: House,
    request: Request,
    form: FormVersion,
    view: View,
    fields: dict[str, str],
    refusal: Refusal | None = None,
    step: str = "",
) -> Response:
    """One of the form's own steps, with what was typed and what is wrong with it. A box is ticked again only where the words still stand."""
    country = fields.get("country") or form.form.countries[0]
    if country not in form.form.countries:
        country = form.form.countries[0]
    stamp, stands = _stamp(rooms, form, view, fields.get("stamp", ""))
    fields = fields if stands else _without_consent(form.form, fields)
    hidden = {
        "id": secrets.token_urlsafe(16),
        "stamp": stamp,
        "locale": view.locale,
        "page": rooms.settings.base + request.url.path,
    }
    if fields.get("submission"):
        hidden["submission"] = fields["submission"]
        step = "capture"
    step = step or form.form.steps[0]
    hidden |= _of_other_steps(form.form, fields, step)
    showing = Showing(
        step=step,
        first=step == form.form.steps[0],
        values=_of_step(form.form, fields, step),
        locked=refusal.field or "" if refusal and refusal.code == "too_young" else "",
        action=request.url.path,
        hidden=hidden,
        slots={"example": phone.example(country)},
        countries=countries.options(form.form.countries, view.locale),
        country=country,
        phone=fields.get("phone", ""),
        ticked="consent" in fields,
        error=(refusal.field or "phone", words_for(view, refusal)) if refusal else None,
        texting=_texting(rooms, form, view) if step == form.form.steps[0] and "submission" not in hidden else None,
    )
    return _page(form, view, showing, refusal.status if refusal else 200)


def _stamp(rooms: House, form: FormVersion, view: View, sent: str) -> tuple[str, bool]:
    """The stamp of the words that were read, and True, while they stand; else a new one."""
    keys, now = rooms.clerk.keys, rooms.clerk.clock()
    try:
        if stamps.check(keys, form, sent, now).locale == view.locale:
            return sent, True
    except Refusal:
        pass
    return stamps.make(keys, form, view.locale, now), False


def _without_consent(form: Form, fields: dict[str, str]) -> dict[str, str]:
    """What was sent, less the boxes whose words are to be read again."""
    boxes = {"consent", *(_PREFIX + name for name, field in form.fields.items() if field.group)}
    return {name: value for name, value in fields.items() if name not in boxes}


def _of_step(form: Form, fields: dict[str, str], step: str) -> dict[str, str]:
    """What was sent of the fields of a step."""
    sent = {name: fields.get(_PREFIX + name) for name in form.asked(step)}
    return {name: value for name, value in sent.items() if value is not None}


def _of_other_steps(form: Form, fields: dict[str, str], step: str) -> dict[str, str]:
    """What was sent of the other steps, to be sent again with this one, and which step this is; nothing where there is one only."""
    if len(form.steps) == 1:
        return {}
    shown = {_PREFIX + name for name in form.asked(step)} | (set(_OF_CAPTURE) if step == "capture" else set())
    kept = [name for name in fields if name.startswith(_PREFIX) or name in _OF_CAPTURE]
    return {"at": step, **{name: fields[name] for name in kept if name not in shown}}


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
        step=step,
        action=request.url.path,
        hidden={"submission": submission},
        slots={
            "sender": state.sender,
            "number": number,
            "countdown": str(state.resend_after),
            "coupon": state.coupon,
        },
        conditions=_conditions(state),
        error=(refusal.field or "code", words_for(view, refusal)) if refusal else None,
        status=view.strings["status.expired"] if state.state == "expired" else "",
        again="" if step == "done" else f"{request.url.path}?s={submission}",
        waiting=submission if state.state == "pending" else "",
    )
    return _page(form, view, showing, refusal.status if refusal else 200)


def _conditions(state: Standing) -> frozenset[str]:
    """What holds on a page that stands still: a countdown would not run, so asking again is always offered."""
    holds = {"expired": state.state == "expired", "coupon": bool(state.coupon)}
    return frozenset({*state.methods, "ready"} | {name for name, held in holds.items() if held})


def _page(form: FormVersion, view: View, showing: Showing, status: int) -> Response:
    own = nonce()
    return page(pages.hosted(form, view.locale, showing, own), own, status)
