"""``/v1/keys``: keys are made, listed and ended. A secret is shown once; a key gives no scope that it has not itself."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from yesline.doors.guard import json, read_body
from yesline.doors.house import house, path
from yesline.doors.keyring import Scope, new_key
from yesline.doors.v1.operation import Operation
from yesline.doors.v1.paging import Page, whole
from yesline.doors.v1.subscribers import Ended
from yesline.doors.v1.wire import Name, Time, found, moment, read_json
from yesline.errors import Refusal
from yesline.records import ApiKey
from yesline.store import lists
from yesline.store.keys import save


class KeyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What will use the key, and what it may do."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=50)]


class KeyItem(Struct, frozen=True):
    """A key without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: Time
    revoked_at: Time | None


class NewKey(Struct, frozen=True):
    """A key that was just made: this is the only time that its ``secret`` is shown."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: Time
    secret: str


async def keys(request: Request, key: ApiKey) -> Response:
    """``GET /v1/keys`` and ``POST /v1/keys``: one address, so one route."""
    return await (_make(request, key) if request.method == "POST" else _several(request))


async def _several(request: Request) -> Response:
    rows = await lists.api_keys(house(request).store)
    return found(request, whole([_item(row) for row in rows]))


async def _make(request: Request, key: ApiKey) -> Response:
    rooms, body = house(request), await read_json(request, KeyBody)
    for scope in body.scopes:
        if scope not in key.scopes.split():
            message = f"The key {key.name!r} has no scope {scope!r}, so it cannot give it."
            raise Refusal("key_scope", message, 403, field="scopes")
    if not body.name.strip():
        raise Refusal("bad_request", "Give the key a name: say what will use it.", 400, field="name")
    secret, row = new_key(body.name.strip(), body.scopes, rooms.clerk.clock())
    await save(rooms.store, row)
    return json(NewKey(row.id, row.name, tuple(row.scopes.split()), moment(row.created_at), secret), 201)


async def revoke(request: Request, key: ApiKey) -> Response:
    """``POST /v1/keys/{id}/revoke``: whoever uses it is refused from the next call on. The body is not looked at."""
    del key
    await read_body(request)
    rooms, wanted = house(request), path(request, "id")
    row = next((row for row in await lists.api_keys(rooms.store) if row.id == wanted), None)
    if not row:
        raise Refusal("key_not_found", "There is no key of that id: /v1/keys lists them.", 404)
    if not row.revoked_at:
        await save(rooms.store, replace(row, revoked_at=rooms.clerk.clock()))
    return json(Ended(row.id, bool(row.revoked_at)))


def _item(row: ApiKey) -> KeyItem:
    ended = moment(row.revoked_at) if row.revoked_at else None
    return KeyItem(row.id, row.name, tuple(row.scopes.split()), moment(row.created_at), ended)


OPERATIONS = (
    Operation("GET", "/v1/keys", "keys", "Keys, revoked ones too", Page[KeyItem]),
    Operation("POST", "/v1/keys", "keys", "Make a key", NewKey, body=KeyBody, needs_body=True, status=201),
    Operation("POST", "/v1/keys/{id}/revoke", "keys", "End a key", Ended),
)
