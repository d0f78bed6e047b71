"""The doors the widget knocks at: the view, the submit, the live state, the code."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Annotated, Literal
from urllib.parse import urlsplit

import brotli
import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from yesline import assets
from yesline.doors import fields, stamps
from yesline.doors.guard import decode, json, network, read_body
from yesline.doors.house import House, client, house, path, speak
from yesline.errors import Refusal
from yesline.programme import FormVersion, Region, View
from yesline.records import Confirmed, Correct, EnterCode, Prompt, Receipt, Resend, Standing, Submission, Submit
from yesline.rules import keywords, signing
from yesline.rules.phone import Number, block, read_number
from yesline.views.document import view_document
from yesline.views.early import early
from yesline.views.formats import format_table

LIVE_SECONDS = 300.0
HEARTBEAT_SECONDS = 15.0
_HOUR_CACHE = {"cache-control": "public, max-age=3600"}


class Box(Struct, frozen=True):
    """How the consent box was ticked, and how long the words had been on the screen by then."""

    via: Literal["pointer", "key", "unknown"] = "unknown"
    shown_ms: Annotated[int, Meta(ge=0)] = 0


class SubmitBody(Struct, frozen=True):
    """What a form's page sends."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}$", max_length=22)]  # "$" alone lets a line end through
    phone: str
    country: Region
    consent: bool
    stamp: Annotated[str, Meta(max_length=300)]
    locale: str = ""
    page: Annotated[str, Meta(max_length=2000)] = ""
    trap: str = ""
    act: Box = Box()
    fields: dict[str, str | bool] = {}


class SeenBody(Struct, frozen=True):
    """What became of a showing."""

    event: Literal["shown", "dismissed", "invalid"]


class CodeBody(Struct, frozen=True):
    """A typed code."""

    code: Annotated[str, Meta(max_length=40)]


class CorrectBody(Struct, frozen=True):
    """The number as it should have been."""

    phone: str
    country: Region


@lru_cache(maxsize=256)
def _document(form: FormVersion, locale: str, stamp: str, base: str) -> tuple[bytes, str]:
    """A view document and its ETag."""
    body = msgspec.json.encode(view_document(form, form.views[locale], stamp, base))
    return body, f'"{hashlib.sha256(body).hexdigest()[:22]}"'


def fresh_view(rooms: House, form: FormVersion, view: View) -> tuple[bytes, str]:
    """The document of a view with today's stamp, and its ETag."""
    stamp = stamps.make(rooms.clerk.keys, form, view.locale, rooms.clerk.clock())
    return _document(form, view.locale, stamp, rooms.settings.base)


@lru_cache(maxsize=256)
def _packed(body: bytes) -> bytes:
    packed: bytes = brotli.compress(body)
    return packed


def _cached(request: Request, body: bytes, etag: str, media: str) -> Response:
    headers = {"etag": etag, "vary": "Accept-Language, Accept-Encoding", "cache-control": "public, max-age=60"}
    known = request.headers.get("if-none-match", "").split(",")
    if etag in (tag.strip().removeprefix("W/") for tag in known):  # a proxy that packs the answer makes its tag weak
        return Response(status_code=304, headers=headers)
    if "br" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"], body = "br", _packed(body)
    return Response(body, headers=headers, media_type=media)


async def view(request: Request) -> Response:
    """``GET /forms/{form}/view``"""
    rooms = house(request)
    form = rooms.form(path(request, "form"))
    body, etag = fresh_view(rooms, form, speak(form, request, request.query_params.get("locale")))
    return _cached(request, body, etag, "application/json")


async def embed_form(request: Request) -> Response:
    """``GET /embed/{form}.js``: the view and the widget in one answer."""
    rooms = house(request)
    form = rooms.form(path(request, "form"))
    locale = speak(form, request, request.query_params.get("lang")).locale
    stamp = stamps.make(rooms.clerk.keys, form, locale, rooms.clerk.clock())
    body, etag = _embedded(form, locale, stamp, rooms.settings.base)
    return _cached(request, body, etag, "text/javascript")


# Chromium then compiles all of it beside the download, not function by function while it runs: https://v8.dev/blog/explicit-compile-hints
_COMPILE = b"//# allFunctionsCalledOnLoad\n"


@lru_cache(maxsize=256)
def _embedded(form: FormVersion, locale: str, stamp: str, base: str) -> tuple[bytes, str]:
    """The script that shows a form, and its ETag: as much of the view as is needed first, the parts it asks for, the widget."""
    first = early(form.views[locale], teaser=form.form.teaser != "never")
    document = view_document(form, first, stamp, base) | {"later": True}
    pushed = (
        b'((window.yesline||0).push?yesline:window.yesline=[]).push(["view",' + msgspec.json.encode(document) + b"]);\n"
    )
    rules = assets.parts()["rules"][0] if "rules" in document else b""
    body = _COMPILE + rules + pushed + assets.widget()[0]
    return body, f'"{hashlib.sha256(body).hexdigest()[:22]}"'


async def part(request: Request) -> Response:
    """``GET /parts/{name}.js``: what only some pages need of the widget."""
    found = assets.parts().get(path(request, "name"))
    if not found:
        raise Refusal("not_found", "The widget has no such part.", 404)
    return _cached(request, found[0], f'"{found[1]}"', "text/javascript")


async def embed(request: Request) -> Response:
    """``GET /embed.js``: the widget alone."""
    script, mark = assets.widget()
    return _cached(request, script, f'"{mark}"', "text/javascript")


async def pinned(request: Request) -> Response:
    """``GET /assets/{hash}/yesline.js``: the same bytes for ever, for pages that pin them with SRI."""
    script, mark = assets.widget()
    if path(request, "hash") != mark:
        raise Refusal("not_found", "There is no such file: this server has another version of the widget.", 404)
    return Response(
        script, headers={"cache-control": "public, max-age=31536000, immutable"}, media_type="text/javascript"
    )


async def formats(request: Request) -> Response:
    """``GET /formats/{region}``: how numbers of one country are written."""
    try:
        table = format_table(path(request, "region"))
    except KeyError as error:
        raise Refusal("region_not_found", "There is no such country: write it as in ISO 3166, say GB.", 404) from error
    return json(table, headers=_HOUR_CACHE)


async def seen(request: Request) -> Response:
    """``POST /forms/{form}/seen``: a beacon; its counts may lose a few and are never about consent."""
    rooms = house(request)
    form = rooms.form(path(request, "form"))
    rooms.showings.saw(form.form.id, decode(await read_body(request), SeenBody).event)
    return Response(status_code=204)


def _host(request: Request) -> str:
    """The host of the page, for the origin-bound code (SC B7)."""
    return urlsplit(request.headers.get("origin", "")).hostname or ""


def _where(page: str) -> str:
    """A page's address without its query, which may hold anything about the visitor."""
    try:
        parts = urlsplit(page)
    except ValueError:  # say, half an IPv6 address: evidence that cannot be read is none
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:500] if parts.netloc else ""


def build_submit(
    rooms: House, request: Request, form: FormVersion, body: SubmitBody, raw: bytes
) -> tuple[Submit, Number]:
    """The act that a genuine submit stands for. Raises Refusal; nothing is kept of what is refused here."""
    keys, now = rooms.clerk.keys, rooms.clerk.clock()
    stamp = stamps.check(keys, form, body.stamp, now)
    if body.trap:
        raise Refusal("trap_filled", "Leave the hidden field empty and send the form again.")
    if not body.consent:
        raise Refusal("consent_missing", "Tick the box to agree first.", field="consent")
    number = read_number(body.phone, body.country, form.form.countries)
    told = fields.told(form.form, body.fields, number.e164, now)
    address, came_from = client(request)
    facts = {
        "phone": number.e164,
        "words": stamp.consent,
        "version": stamp.version,
        "language": stamp.locale,
        "box": f"ticked by {body.act.via} after {body.act.shown_ms} ms",
        "page": _where(body.page),
        **came_from,
        **told.facts,
    }
    act = Submit(
        submission=body.id,
        form=form,
        language=stamp.locale,
        phone=number.e164,
        tag=signing.number_tag(keys, number.e164),
        block=signing.number_tag(keys, block(number.e164)),
        address=signing.number_tag(keys, network(address)),
        host=_host(request),
        digest=fields.digest(form.form, body.fields, body, raw),
        facts=facts,
    )
    return fields.with_boxes(rooms, act, told.boxes), number


def _receipt(form: FormVersion, number: Number, receipt: Receipt) -> Response:
    answer = {
        "submission": receipt.submission,
        "next": receipt.next,
        "methods": form.form.methods,
        "sender": form.group.sender.address,
        "reply": "Y",
        "number": number.shown,
        "resend_after": receipt.resend_after,
    }
    return json(answer, 202)


async def submit(request: Request) -> Response:
    """``POST /forms/{form}/submissions``"""
    rooms = house(request)
    form = rooms.form(path(request, "form"))
    raw = await read_body(request)
    body = decode(raw, SubmitBody)
    try:
        act, number = build_submit(rooms, request, form, body, raw)
    except Refusal as refusal:
        if refusal.code == "stamp_expired":
            document, _ = fresh_view(rooms, form, speak(form, request, body.locale or None))
            refusal.extra["view"] = msgspec.Raw(document)
        raise
    return _receipt(form, number, await rooms.clerk.record(act))


def standing(found: tuple[Submission, Prompt], now: int) -> Standing:
    """What the page of a submission may know. A prompt that STOP or a cap closed looks as if nobody had answered."""
    submission, prompt = found
    state: Literal["pending", "confirmed", "expired"] = "pending"
    if prompt.state == "confirmed":
        state = "confirmed"
    elif prompt.closes_at <= now:
        state = "expired"
    return Standing(
        submission=submission.id,
        prompt=prompt.id,
        state=state,
        methods=tuple(prompt.methods.split()),  # type: ignore[arg-type]
        sender=prompt.sender,
        resend_after=max(0, -(-(submission.resend_at - now) // 1000)),
        coupon=prompt.coupon if state == "confirmed" else "",
    )


def _shown(state: Standing) -> dict[str, object]:
    told = {name: getattr(state, name) for name in state.__struct_fields__ if name not in ("prompt", "coupon")}
    return told | _coupon(state)


def _coupon(state: Standing) -> dict[str, str]:
    return {"coupon": state.coupon} if state.coupon else {}


async def look_up(rooms: House, submission_id: str) -> Standing:
    """The standing of a submission. Raises Refusal."""
    found = await rooms.store.standing(submission_id)
    if not found:
        raise Refusal("submission_not_found", "There is no such submission: submit the form first.", 404)
    return standing(found, rooms.clerk.clock())


async def status(request: Request) -> Response:
    """``GET /submissions/{id}``"""
    return json(_shown(await look_up(house(request), path(request, "id"))))


async def events(request: Request) -> Response:
    """``GET /submissions/{id}/events``: the state now and at each change, as server-sent events."""
    rooms = house(request)
    state = await look_up(rooms, path(request, "id"))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    if request.method == "HEAD":
        return Response(headers=headers, media_type="text/event-stream")
    return StreamingResponse(_live(rooms, state), headers=headers, media_type="text/event-stream")


async def _live(rooms: House, state: Standing) -> AsyncIterator[bytes]:
    ends = asyncio.get_running_loop().time() + LIVE_SECONDS
    while True:
        # The submission is watched besides its prompt: a corrected number has another prompt.
        with rooms.store.changes.watch(state.submission, state.prompt) as changed:
            watched, state = state.prompt, await look_up(rooms, state.submission)
            if state.prompt != watched:
                continue
            yield b"event: state\ndata: " + msgspec.json.encode(_shown(state)) + b"\n\n"
            if state.state != "pending":
                return
            async for beat in _wait(rooms, changed, ends):
                yield beat
        if not changed.is_set() or rooms.store.changes.closing:
            return


async def _wait(rooms: House, changed: asyncio.Event, ends: float) -> AsyncIterator[bytes]:
    """A heartbeat now and then, until something changes or the stream has lived long enough."""
    while not changed.is_set() and not rooms.store.changes.closing and asyncio.get_running_loop().time() < ends:
        try:
            await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            yield b": here\n\n"


async def code(request: Request) -> Response:
    """``POST /submissions/{id}/code``"""
    body = decode(await read_body(request), CodeBody)
    typed = keywords.digits(body.code)
    _, came_from = client(request)
    submission = path(request, "id")
    rooms = house(request)
    done: Confirmed = await rooms.clerk.record(EnterCode(submission, typed, came_from))
    thanks = _coupon(await look_up(rooms, submission)) if done.thanked else {}
    return json({"submission": submission, "state": "confirmed", **thanks})


async def resend(request: Request) -> Response:
    """``POST /submissions/{id}/resend``"""
    await read_body(request)
    receipt: Receipt = await house(request).clerk.record(Resend(path(request, "id")))
    return json({"submission": receipt.submission, "resend_after": receipt.resend_after}, 202)


async def build_correct(
    rooms: House, request: Request, submission_id: str, typed: CorrectBody
) -> tuple[Correct, FormVersion, Number]:
    """The act of correcting a mistyped number. Raises Refusal."""
    found = await rooms.store.standing(submission_id)
    if not found:
        raise Refusal("submission_not_found", "There is no such submission: submit the form first.", 404)
    form = rooms.form(found[0].form_id)
    shown = await rooms.store.form_version(found[0].version)  # the words agreed to are those of the first attempt
    number = read_number(typed.phone, typed.country, form.form.countries)
    told = await fields.told_before(rooms, form.form, found[0])
    address, came_from = client(request)
    keys = rooms.clerk.keys
    again = Submit(
        submission=submission_id,
        form=form,
        language=found[1].language,
        phone=number.e164,
        tag=signing.number_tag(keys, number.e164),
        block=signing.number_tag(keys, block(number.e164)),
        address=signing.number_tag(keys, network(address)),
        host=_host(request),
        digest=found[0].digest,
        facts={
            "phone": number.e164,
            "words": shown.views[found[1].language].consent if shown else "",
            "version": found[0].version,
            "language": found[1].language,
            "why": "corrected",
            **came_from,
            **told.facts,
        },
    )
    return Correct(submission_id, fields.with_boxes(rooms, again, told.boxes)), form, number


async def correct(request: Request) -> Response:
    """``POST /submissions/{id}/correct``"""
    rooms = house(request)
    typed = decode(await read_body(request), CorrectBody)
    act, form, number = await build_correct(rooms, request, path(request, "id"), typed)
    return _receipt(form, number, await rooms.clerk.record(act))
