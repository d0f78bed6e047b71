"""For the operator: whether the server lives and can work."""

from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import json, refuse
from yesline.doors.house import house
from yesline.errors import ConfigError, Refusal


async def healthz(request: Request) -> Response:
    """``GET /healthz``: the process answers."""
    del request
    return json({"ok": True})


async def readyz(request: Request) -> Response:
    """``GET /readyz``: the database answers and something is applied."""
    rooms = house(request)
    try:
        await rooms.store.applied_at()
        brand = rooms.catalogue.brand.name
    except ConfigError as error:
        return refuse(Refusal("not_ready", str(error), 503))
    return json({"ok": True, "brand": brand, "forms": sorted(rooms.catalogue.forms)})
