"""What a form asked for besides the number, as the acts that a submit stands for."""

import hashlib
from base64 import urlsafe_b64encode

import msgspec
from msgspec.structs import replace

from yesline.doors.house import House
from yesline.programme import Form, FormVersion, encode
from yesline.records import Submission, Submit
from yesline.rules import fields, hours
from yesline.rules.fields import Sent, Told
from yesline.store.lists import told_by


def told(form: Form, sent: Sent, phone: str, now: int) -> Told:
    """What was sent. Raises Refusal."""
    return fields.read(form, sent, hours.day(phone, now)) if form.fields or sent else fields.NOTHING


def digest(form: Form, sent: Sent, body: msgspec.Struct, raw: bytes) -> str:
    """What the body is known again by; a birth date takes no part in it."""
    seen = raw
    if any(field.kind == "birth_date" for field in form.fields.values()):
        seen = encode(replace(body, fields=fields.gist(form, sent)))
    return hashlib.sha256(seen).hexdigest()


def with_boxes(rooms: House, act: Submit, boxes: tuple[str, ...]) -> Submit:
    """The act with what the ticked boxes of other groups stand for."""
    return replace(act, also=tuple(_of_box(rooms, act, name) for name in boxes)) if boxes else act


def _of_box(rooms: House, act: Submit, name: str) -> Submit:
    facts = {said: value for said, value in act.facts.items() if not said.startswith("field.") and said != "box"}
    return replace(
        act,
        submission=_derived(act.submission, name),
        form=_for_group(rooms, act.form, name),
        host="",
        facts=facts | {"box": f"ticked: {name}"},
    )


def _for_group(rooms: House, version: FormVersion, name: str) -> FormVersion:
    """The form as if it were that of a box's group; its code would not be for this page, and its coupon is for the form."""
    form = version.form
    group = rooms.catalogue.groups[form.fields[name].group]
    asks = replace(form, methods=fields.ways_of_box(form), coupon="", coupon_pool="")
    return replace(version, form=asks, group=group)


def _derived(submission: str, name: str) -> str:
    """The id of a box's submission: the same each time the form's is sent, and as hard to guess."""
    return urlsafe_b64encode(hashlib.sha256(f"{submission} {name}".encode()).digest())[:22].decode()


async def told_before(rooms: House, form: Form, submission: Submission) -> Told:
    """What a submission told when it was sent, of the fields that the form still has."""
    if not form.fields:
        return fields.NOTHING
    facts = await told_by(rooms.store, submission.subject_id, submission.id)
    kept = {name: value for name, value in facts.items() if name.startswith("field.") or name == "age"}
    return Told(kept, tuple(n for n, f in form.fields.items() if f.group and kept.get(f"field.{n}") == "ticked"))
