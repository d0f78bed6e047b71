"""What a form's file says of showing -> the ``rules`` that the widget judges by (``widget/src/rules/types.ts``)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from yesline.programme import Caps, Form, Schedule, Target, Trigger

_RULED = ("target", "schedule", "priority", "teaser", "variants")
_SAFE = "/*?=&%:;,+@$!'()~"
"""What browsers leave as it is in a path or query. Source: https://url.spec.whatwg.org/#path-percent-encode-set"""


def ruled(form: Form) -> bool:
    """Whether it asks for more than the widget's core knows: to show some time after loading, or by hand, with days of rest."""
    simple = form.trigger.moments in (("load",), ("manual",)) and form.caps == Caps(days=form.caps.days)
    return not simple or any(_said(form, _RULED))


def showing(form: Form) -> dict[str, Any]:
    """The members of a view that are about showing. Where there are rules, a widget that does not know them shows nothing by itself."""
    trigger, days = form.trigger, {"days": form.caps.days}
    if ruled(form):
        return {"trigger": {"on": "manual"}, "caps": days, "rules": rules(form)}
    return {"trigger": {"on": trigger.moments[0], "delay": trigger.delay}, "caps": days}


def rules(form: Form) -> dict[str, Any]:
    """All rules of a form, those it leaves out too."""
    trigger, caps, target = form.trigger, form.caps, form.target
    return {
        "on": trigger.moments,
        "delay": trigger.delay,
        "scroll": trigger.scroll,
        "selector": trigger.selector,
        "event": trigger.event,
        "urls": [_as_browsers_write(rule) for rule in target.urls],
        "visitors": target.visitors,
        "devices": target.devices,
        "languages": target.languages,
        "percent": target.percent,
        "days": caps.days,
        "times": caps.times,
        "dismissals": caps.dismissals,
        "priority": form.priority,
        "teaser": form.teaser,
        "from": _milliseconds(form.schedule.from_),
        "until": _milliseconds(form.schedule.until),
        "variants": form.arms if form.variants else {},
    }


def problems(form: Form) -> Iterator[str]:
    """What makes no sense in what a form's file says of showing, each with what to write instead."""
    yield from _trigger_problems(form.trigger)
    yield from _url_problems(form.target)
    yield from _schedule_problems(form.schedule)
    if form.id not in form.variants and sum(form.variants.values()) > 100:
        yield f"variants: the weights of the others are more than 100: say what {form.id} itself has"
    if form.variants and not form.arms:
        yield "variants: no form has any weight"


def idle(form: Form) -> Iterator[str]:
    """What a form says of showing that is never looked at."""
    said = list(_said(form, ("trigger", "caps", *_RULED)))
    if form.display == "inline" and said:
        yield f"{', '.join(said)}: a form that is inline is always there. These are for one that opens by itself."


def _said(form: Form, names: Iterable[str]) -> Iterator[str]:
    """Those of the keys that are not as they are by default."""
    blank = Form(form.id, form.group, form.countries)
    return (name for name in names if getattr(form, name) != getattr(blank, name))


def _trigger_problems(trigger: Trigger) -> Iterator[str]:
    if "click" in trigger.moments and not trigger.selector:
        yield 'trigger.selector: say what is clicked, as CSS does: selector = ".get-texts"'
    if "event" in trigger.moments and not trigger.event:
        yield 'trigger.event: say which: event = "added-to-cart"'


def _url_problems(target: Target) -> Iterator[str]:
    for rule in target.urls:
        text = rule.removeprefix("!")
        if "/" not in _bare(text) and text != "*":
            yield f"target.urls: {rule!r} has no path: write {rule}/* for all of a host, /{text} for a path"


def _schedule_problems(schedule: Schedule) -> Iterator[str]:
    for name, at in (("from", schedule.from_), ("until", schedule.until)):
        if at and at.tzinfo is None:
            yield f"schedule.{name}: say the offset too: {at.isoformat()}+02:00, or {at.isoformat()}Z"
            return
    if schedule.from_ and schedule.until and schedule.from_ >= schedule.until:
        yield "schedule: it is over before it begins"


def _bare(rule: str) -> str:
    """An address without its scheme."""
    return rule.partition("://")[2] or rule


def _as_browsers_write(rule: str) -> str:
    """Paths are compared as they stand in ``location``: with everything but ASCII in percent signs."""
    mark = "!" if rule.startswith("!") else ""
    host, slash, path = _bare(rule.removeprefix("!")).partition("/")
    return f"{mark}{host.lower()}{slash}{quote(path, safe=_SAFE)}"


def _milliseconds(at: datetime | None) -> int:
    return int(at.timestamp() * 1000) if at else 0
