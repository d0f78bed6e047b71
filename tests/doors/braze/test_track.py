"""``/users/track``: people, their groups, and what they did; each object is taken as far as it can be."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tests.conftest import NOON
from tests.doors.braze.conftest import SECRET, Shop
from tests.wire import SHOWN, dump

On = Callable[[Callable[[Shop], Any]], None]
TRACK = "/users/track"
DOCUMENTED: dict[str, Any] = {
    "attributes": [
        {
            "email": "test@braze.com",
            "string_attribute": "fruit",
            "boolean_attribute_1": True,
            "integer_attribute": 26,
            "array_attribute": ["banana", "apple"],
        }
    ],
    "events": [
        {
            "email": "test@braze.com",
            "app_id": "your_app_identifier",
            "name": "rented_movie",
            "time": "2022-12-06T19:20:45+01:00",
            "properties": {"release": {"studio": "FilmStudio", "year": "2022"}, "cast": [{"name": "Actor1"}]},
        },
        {
            "user_alias": {"alias_name": "device123", "alias_label": "my_device_identifier"},
            "app_id": "your_app_identifier",
            "name": "rented_movie",
            "time": "2013-07-16T19:20:50+01:00",
        },
    ],
    "purchases": [
        {
            "email": "test@braze.com",
            "app_id": "your_app_identifier",
            "product_id": "product_name",
            "currency": "USD",
            "price": 12.12,
            "quantity": 6,
            "time": "2017-05-12T18:47:12Z",
            "properties": {"color": "red", "checkout_duration": 180},
        }
    ],
}


async def exported(shop: Shop, **who: Any) -> dict[str, Any]:
    """All that is kept of one person, less what differs from run to run."""
    (user,) = (await shop.post("/users/export/ids", who))["users"]
    assert user.pop("created_at") == "2027-01-15T08:00:00.000Z"
    assert user.pop("braze_id")
    told: dict[str, Any] = user
    return told


def test_the_documented_request_byte_for_byte(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        answer = await shop.call("POST", TRACK, DOCUMENTED)
        assert answer.status_code == 201
        assert answer.content == (
            b'{"message":"success","attributes_processed":1,"events_processed":2,"purchases_processed":1}'
        )
        assert await exported(shop, email_address="test@braze.com") == {
            "email": "test@braze.com",
            "custom_attributes": {
                "string_attribute": "fruit",
                "boolean_attribute_1": True,
                "integer_attribute": 26,
                "array_attribute": ["banana", "apple"],
            },
            "custom_events": [
                {
                    "name": "rented_movie",
                    "first": "2022-12-06T18:20:45.000Z",
                    "last": "2022-12-06T18:20:45.000Z",
                    "count": 1,
                }
            ],
            "purchases": [
                {
                    "name": "product_name",
                    "first": "2017-05-12T18:47:12.000Z",
                    "last": "2017-05-12T18:47:12.000Z",
                    "count": 1,
                }
            ],
        }
        ((kept,),) = await shop.site.sql("SELECT properties FROM profile_event WHERE kind = 'purchase'")
        assert json.loads(kept) == {
            "currency": "USD",
            "price": 12.12,
            "quantity": 6,
            "properties": {"color": "red", "checkout_duration": 180},
        }
        assert await shop.site.sql("SELECT 1 FROM profile_alias") == []  # nobody is made under an alias unless told

    on_shop(story)


def test_published_examples_that_are_no_json_are_refused_plainly(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        for body in (
            '{\n    "attributes": [\n        {"phone": "+15043277269", "string_attribute": "fruit"}\n    ],\n}',
            '{\n{\n    "attributes": [{"_update_existing_only": false}],\n}',
        ):
            headers = {"authorization": f"Bearer {SECRET}"}
            answer = await shop.site.http.post(TRACK, content=body, headers=headers)
            assert answer.status_code == 400
            assert "malformed" in answer.json()["message"]

    on_shop(story)


def test_a_person_by_each_name(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        alias = {"alias_name": "7", "alias_label": "crm"}
        people = [
            {"external_id": "u1", "phone": "(201) 555-0123", "email": " ada@example.com ", "a": 1},
            {"user_alias": alias, "a": 2},
            {"user_alias": alias, "_update_existing_only": False, "phone": "+44 7400 123456", "a": 3},
            {"phone": "1-201-555-0123", "b": 4},
            {"email": "Ada@Example.com", "phone": "+12025550123", "c": 5},
            {"braze_id": "nobody", "d": 6},
            {"external_id": "u2", "_update_existing_only": True, "e": 7},
            {"email": "bob@example.com", "push_token_import": True, "f": 8},
        ]
        content = await shop.post(TRACK, {"attributes": people})
        assert content == {"message": "success", "attributes_processed": len(people)}
        assert await exported(shop, external_ids=["u1"]) == {
            "external_id": "u1",
            "phone": "+12025550123",
            "email": "Ada@Example.com",
            "custom_attributes": {"a": 1, "b": 4, "c": 5},
        }
        assert await exported(shop, user_aliases=[alias]) == {
            "phone": "+447400123456",
            "user_aliases": [alias],
            "custom_attributes": {"a": 3},
        }
        assert (await exported(shop, email_address="bob@example.com"))["custom_attributes"] == {"f": 8}
        assert await shop.site.sql("SELECT count(*) FROM profile") == [(3,)]
        (braze_id,) = (await shop.site.sql("SELECT id FROM profile WHERE external_id = 'u1'"))[0]
        await shop.post(TRACK, {"attributes": [{"braze_id": braze_id, "phone": None, "email": None, "a": None}]})
        assert await exported(shop, external_ids=["u1"]) == {"external_id": "u1", "custom_attributes": {"b": 4, "c": 5}}

    on_shop(story)


def test_what_cannot_be_taken_is_told_and_the_rest_is_done(on_shop: On) -> None:
    now = "2026-11-22T10:00:00Z"

    async def story(shop: Shop) -> None:
        wish = {"subscription_group_id": "promotions", "subscription_state": "subscribed"}
        who = {"external_id": "u1"}
        attributes: list[Any] = [
            who | {"phone": SHOWN, "$bad": 1, "good": True, "subscription_groups": [wish]},
            {"first_name": "Nobody"},
            who | {"phone": "12", "email": "none"},
            who | {"subscription_groups": [wish | {"subscription_group_id": "other"}, {}, 5]},
            who | {"subscription_groups": wish},
            {"external_id": "u2", "subscription_groups": [wish]},
            5,
            {"external_id": ""},
            {"user_alias": "name"},
        ]
        events: list[Any] = [
            who | {"name": "seen", "time": now},
            who | {"name": "", "time": now},
            who | {"name": "seen", "time": "yesterday"},
            who | {"name": "seen"},
            who | {"name": "seen", "time": now, "properties": {"$a": 1}},
            {"name": "seen", "time": now},
        ]
        bought = who | {"product_id": "beans", "currency": "USD", "price": 9, "time": now}
        purchases = [
            bought,
            bought | {"price": "9"},
            bought | {"price": True},
            bought | {"quantity": 0},
            bought | {"quantity": 101},
            bought | {"currency": None},
            bought | {"properties": {"time": 1}},
            bought | {"properties": []},
            bought | {"properties": "x"},
        ]
        content = await shop.post(TRACK, {"attributes": attributes, "events": events, "purchases": purchases})
        assert {name: content[f"{name}_processed"] for name in ("attributes", "events", "purchases")} == {
            "attributes": 5,
            "events": 1,
            "purchases": 1,
        }
        places = sorted((error["input_array"], error["index"]) for error in content["errors"])
        assert places == [
            *(("attributes", at) for at in (0, 1, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8)),
            *(("events", at) for at in range(1, 6)),
            *(("purchases", at) for at in range(1, 9)),
        ]
        assert all(set(error) == {"type", "input_array", "index"} for error in content["errors"])
        assert await shop.status(SHOWN) == "Subscribed"
        told = await exported(shop, external_ids=["u1"])
        assert told["custom_attributes"] == {"good": True}
        assert [habit["count"] for habit in (*told["custom_events"], *told["purchases"])] == [1, 1]

    on_shop(story)


def test_events_by_number_or_address_make_the_person(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        future = {"name": "seen", "time": "2099-01-01T00:00:00Z"}
        odd = {"name": "seen", "time": "2026-11-22T10:00:00:500+0000"}
        events = [odd | {"phone": "2015550123"}, future | {"phone": SHOWN}, future | {"email": "ada@example.com"}]
        only = [future | {"phone": "+12025550123", "_update_existing_only": True}]
        content = await shop.post(TRACK, {"events": events + only})
        assert content == {"message": "success", "events_processed": 4}
        told = await exported(shop, phone=SHOWN)
        assert told == {
            "phone": SHOWN,
            "custom_events": [
                {"name": "seen", "first": "2026-11-22T10:00:00.500Z", "last": "2027-01-15T08:00:00.000Z", "count": 2}
            ],
        }
        assert await shop.site.sql("SELECT count(*) FROM profile") == [(2,)]
        assert await shop.site.sql("SELECT max(at) FROM profile_event") == [(NOON,)]

    on_shop(story)


def test_seventy_five_objects_and_no_more(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        people = [{"external_id": f"u{number}"} for number in range(76)]
        before = await dump(shop.site)
        content = await shop.post(TRACK, {"attributes": people}, 400)
        assert content == {"message": "Max Input Length Exceeded"}
        seen = {"external_id": "u1", "name": "seen", "time": "2026-11-22"}
        assert await shop.post(TRACK, {"attributes": people[:75], "events": [seen]}, 400) == content
        assert await dump(shop.site) == before
        content = await shop.post(TRACK, {"attributes": people[:74], "events": [seen]})
        assert content == {"message": "success", "attributes_processed": 74, "events_processed": 1}
        assert await shop.site.sql("SELECT count(*) FROM profile") == [(74,)]

    on_shop(story)


def test_a_call_with_nothing_in_it_is_refused_with_the_reasons(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        nothing: list[dict[str, Any]] = [{}, {"attributes": [], "events": None}]
        for body in nothing:
            content = await shop.post(TRACK, body, 400)
            assert content["message"].startswith("Valid data must be provided")
        content = await shop.post(TRACK, {"attributes": [{"a": 1}]}, 400)
        assert content["errors"][0]["index"] == 0
        assert "$.attributes" in (await shop.post(TRACK, {"attributes": {}}, 400))["message"]

    on_shop(story)


def test_a_megabyte_is_taken_and_no_more(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        big = {f"a{number}": "x" * 250 for number in range(3500)}
        content = await shop.post(TRACK, {"attributes": [{"external_id": "u1"} | big]})
        assert content["attributes_processed"] == 1
        content = await shop.post(TRACK, {"attributes": [{"external_id": "u1", "a": "x" * 1_100_000}]}, 413)
        assert set(content) == {"message"}

    on_shop(story)


def test_calls_at_the_same_moment_are_in_nobodys_way(on_shop: On) -> None:
    """With Braze the order of these is a race, see ``field`` 1(d), S1."""
    letters = {"subscription_group_id": "letters", "subscription_state": "subscribed"}

    async def story(shop: Shop) -> None:
        await shop.set(group="letters", state="unsubscribed", email="ada@example.com")
        person = {"external_id": "u1", "phone": SHOWN, "email": "ada@example.com", "subscription_groups": [letters]}
        told = await asyncio.gather(
            shop.post(TRACK, {"attributes": [person]}),
            shop.set(external_id="u1", phone=SHOWN),
            shop.set(phone=SHOWN),
            shop.post(TRACK, {"attributes": [{"external_id": "u1", "visits": {"inc": 1}}]}),
            shop.post(TRACK, {"attributes": [{"external_id": "u1", "visits": {"inc": 1}}]}),
        )
        assert [content["message"] for content in told] == ["success"] * 5
        assert not any("errors" in content for content in told)
        assert await shop.status(SHOWN) == "Subscribed"
        content = await shop.get("/subscription/status/get?subscription_group_id=letters&external_id=u1")
        assert content["status"] == {"u1": "Subscribed"}
        assert (await exported(shop, external_ids=["u1"]))["custom_attributes"] == {"visits": 2}

    on_shop(story)
