"""What a text from a phone would do, in the native API."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import json
from yesline.doors.house import House, house
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.wire import read_json
from yesline.errors import Refusal
from yesline.programme import Group
from yesline.records import ApiKey
from yesline.rules.explaining import Explained
from yesline.rules.explaining import explain as explained


class ExplainBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and whom it is texted to: a group, or one of its senders."""

    text: Annotated[str, Meta(max_length=1600)]
    group: str | None = None
    sender: str | None = None


async def explain(request: Request, key: ApiKey) -> Response:
    """``POST /v1/inbound/explain``: what a text would do, and why. Nothing is recorded."""
    del key
    rooms, body = house(request), await read_json(request, ExplainBody)
    return json(explained(body.text, _group(rooms, body), rooms.settings.stop_scope))


def _group(rooms: House, body: ExplainBody) -> Group:
    """The group that is texted; where there is one only, it need not be named. Raises Refusal."""
    groups, senders = rooms.catalogue.groups, rooms.catalogue.senders
    if body.sender is not None:
        if body.sender not in senders:
            raise Refusal("sender_not_found", f"{body.sender[:40]!r} is no sender of ours.", 404, field="sender")
        return senders[body.sender]
    if body.group is None and len(groups) == 1:
        return next(iter(groups.values()))
    if body.group is None:
        raise Refusal("bad_request", "Name the group or the sender: there are several groups.", 400, field="group")
    if body.group not in groups:
        raise Refusal("group_not_found", f"There is no group {body.group[:40]!r}.", 404, field="group")
    return groups[body.group]


OPERATIONS = (
    Operation(
        "POST", "/v1/inbound/explain", "inbound", "What a text would do", Explained, body=ExplainBody, needs_body=True
    ),
)
