"""Webhooks are found genuine by both clients where the official package, and our server, signed them."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from standardwebhooks import Webhook

from yesline.records.outgoing import Endpoint
from yesline.rules import telling
from yesline_client import NotGenuine, types, verify

NOW = 1_800_000_000
SECRET = telling.new_secret()
OLD = telling.new_secret()
BODY = '{"type":"profile.erased","timestamp":"2027-01-15T08:00:00.000Z","data":{"text":"Ünï"}}'


def _headers(secret: str = SECRET, body: str = BODY) -> dict[str, str]:
    at = datetime.fromtimestamp(NOW, UTC)
    stamp = {"Webhook-Id": "msg_1", "webhook-timestamp": str(NOW)}
    return stamp | {"webhook-signature": Webhook(secret).sign("msg_1", at, body)}


@pytest.mark.parametrize("body", [BODY, BODY.encode()])
@pytest.mark.parametrize("now", [NOW - 300, NOW, NOW + 300])
def test_what_the_official_package_signed_is_genuine(body: str | bytes, now: int) -> None:
    event = verify(SECRET, _headers(), body, now=now)
    assert event["type"] == "profile.erased"
    assert event["data"]["text"] == "Ünï"


def test_while_a_secret_is_replaced_either_will_do() -> None:
    endpoint = _endpoint(SECRET, OLD)
    headers = telling.headers(endpoint, "msg_1", BODY.encode(), NOW * 1000)
    assert verify(SECRET, headers, BODY, now=NOW) == verify(OLD, headers, BODY, now=NOW)
    assert verify([SECRET, OLD], _headers(OLD), BODY, now=NOW)["type"] == "profile.erased"


def _endpoint(secret: str, old: str) -> Endpoint:
    """An endpoint of which only the secrets matter."""
    given: dict[str, Any] = {"secret": secret, "old_secret": old, "old_until": NOW * 1000 + 1, "state": "enabled"}
    empty = {one.name: 0 if one.type is int else "" for one in msgspec.structs.fields(Endpoint) if one.required}
    return Endpoint(**given | {name: value for name, value in empty.items() if name not in given})


@pytest.mark.parametrize(
    ("changed", "body", "now"),
    [
        ({}, BODY.replace("erased", "kept"), NOW),
        ({}, BODY, NOW + 301),
        ({}, BODY, NOW - 301),
        ({"Webhook-Id": "msg_2"}, BODY, NOW),
        ({"webhook-timestamp": str(NOW + 1)}, BODY, NOW),
        ({"webhook-timestamp": "soon"}, BODY, NOW),
        ({"webhook-signature": ""}, BODY, NOW),
        ({"webhook-signature": "v1a,x v1,Ü"}, BODY, NOW),
    ],
)
def test_what_was_changed_or_is_old_is_not(changed: dict[str, str], body: str, now: int) -> None:
    with pytest.raises(NotGenuine):
        verify(SECRET, _headers() | changed, body, now=now)


def test_another_secret_and_no_headers_are_not() -> None:
    with pytest.raises(NotGenuine):
        verify(OLD, _headers(), BODY, now=NOW)
    with pytest.raises(NotGenuine, match="none of Yesline's"):
        verify(SECRET, {}, BODY)


def test_an_event_has_the_members_that_are_told() -> None:
    told = {one.name for one in msgspec.structs.fields(telling.Message)}
    assert set(types.Event.__annotations__) == told
