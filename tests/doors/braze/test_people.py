"""``/users``: who people are."""

from collections.abc import Callable
from typing import Any

from tests.doors.braze.conftest import Shop
from tests.wire import SHOWN

On = Callable[[Callable[[Shop], Any]], None]
IDENTIFY, ALIAS, DELETE, EXPORT = "/users/identify", "/users/alias/new", "/users/delete", "/users/export/ids"
CRM = {"alias_name": "7", "alias_label": "crm"}


def test_from_an_alias_to_a_person_who_is_deleted(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        answer = await shop.call("POST", ALIAS, {"user_aliases": [CRM]})
        assert (answer.status_code, answer.content) == (201, b'{"aliases_processed":1,"message":"success"}')
        await shop.post("/users/track", {"attributes": [{"user_alias": CRM, "phone": SHOWN, "first_name": "Ada"}]})
        await shop.set(phone=SHOWN)
        pair = {"external_id": "u1", "user_alias": CRM}
        answer = await shop.call("POST", IDENTIFY, {"aliases_to_identify": [pair]})
        assert (answer.status_code, answer.content) == (201, b'{"aliases_processed":1,"message":"success"}')
        content = await shop.post(EXPORT, {"external_ids": ["u1"], "fields_to_export": ["first_name", "user_aliases"]})
        assert content == {"message": "success", "users": [{"user_aliases": [CRM], "first_name": "Ada"}]}
        answer = await shop.call("POST", DELETE, {"external_ids": ["u1", "u2"]})
        assert (answer.status_code, answer.content) == (201, b'{"deleted":1,"message":"success"}')
        content = await shop.post(EXPORT, {"external_ids": ["u1"], "user_aliases": [CRM]})
        assert content == {"message": "success", "users": [], "invalid_user_ids": ["u1", CRM]}
        assert await shop.status(SHOWN) == "Subscribed"

    on_shop(story)


def test_identified_by_number_and_address(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        await shop.post("/users/track", {"attributes": [{"phone": SHOWN}, {"email": "ada@example.com"}]})
        body = {
            "emails_to_identify": [
                {"external_id": "u2", "email": "Ada@example.com", "prioritization": ["unidentified"]}
            ],
            "phone_numbers_to_identify": [{"external_id": "u1", "phone": "(201) 555-0123"}],
            "merge_behavior": "merge",
        }
        assert await shop.post(IDENTIFY, body) == {"aliases_processed": 2, "message": "success"}
        content = await shop.post(EXPORT, {"external_ids": ["u1", "u2"], "fields_to_export": ["phone", "email"]})
        assert sorted(map(str, content["users"])) == ["{'email': 'ada@example.com'}", f"{{'phone': '{SHOWN}'}}"]

    on_shop(story)


def test_what_cannot_be_done_is_told_beside_what_is(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        await shop.post("/users/track", {"attributes": [{"external_id": "u1"}, {"external_id": "u2"}]})
        names = [CRM | {"external_id": who} for who in ("u1", "u2", "u3")]
        content = await shop.post(ALIAS, {"user_aliases": names})
        assert content["aliases_processed"] == 1
        assert [(error["index"], error["type"].split(":")[0]) for error in content["errors"]] == [
            (1, "alias_taken"),
            (2, "profile_unknown"),
        ]
        pairs = [
            {"external_id": "u2", "user_alias": CRM},
            {"external_id": "u2", "user_alias": CRM | {"alias_name": "8"}},
        ]
        content = await shop.post(IDENTIFY, {"aliases_to_identify": pairs})
        assert [(error["input_array"], error["index"], error["type"].split(":")[0]) for error in content["errors"]] == [
            ("aliases_to_identify", 0, "external_id_taken"),
            ("aliases_to_identify", 1, "profile_unknown"),
        ]

    on_shop(story)


def test_people_are_shown_by_every_name(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        person = {"external_id": "u1", "phone": SHOWN, "email": "ada@example.com", "gender": "F", "vip": False}
        await shop.post("/users/track", {"attributes": [person]})
        await shop.post(ALIAS, {"user_aliases": [CRM | {"external_id": "u1"}]})
        (whole,) = (await shop.post(EXPORT, {"external_ids": ["u1"]}))["users"]
        assert set(whole) == {
            "external_id",
            "user_aliases",
            "braze_id",
            "phone",
            "email",
            "gender",
            "created_at",
            "custom_attributes",
        }
        for who in (
            {"user_aliases": [CRM]},
            {"braze_id": whole["braze_id"]},
            {"phone": SHOWN},
            {"email_address": "ADA@example.com"},
            {"external_ids": ["u1"], "phone": SHOWN, "user_aliases": [CRM]},
        ):
            assert await shop.post(EXPORT, who) == {"message": "success", "users": [whole]}
        content = await shop.post(EXPORT, {"device_id": "d1", "braze_id": "none"})
        assert content == {"message": "success", "users": [], "invalid_user_ids": ["none", "d1"]}
        assert await shop.post(DELETE, {"braze_ids": [whole["braze_id"]]}) == {"deleted": 1, "message": "success"}

    on_shop(story)


MANY = [str(number) for number in range(51)]
BAD = [
    (ALIAS, {}, "user_aliases"),
    (ALIAS, {"user_aliases": []}, "empty"),
    (ALIAS, {"user_aliases": [{"alias_name": "x"}]}, "alias_label"),
    (ALIAS, {"user_aliases": [CRM | {"alias_name": "a\x1fb"}]}, "alias_name"),
    (ALIAS, {"user_aliases": [CRM] * 51}, "exceeded"),
    (IDENTIFY, {}, "empty"),
    (IDENTIFY, {"aliases_to_identify": [{"external_id": "u1", "user_alias": "name", "alias_label": "x"}]}, "user_alias"),
    (IDENTIFY, {"aliases_to_identify": [{"external_id": "u1", "user_alias": CRM}] * 51}, "exceeded"),
    (IDENTIFY, {"phone_numbers_to_identify": [{"external_id": "u1", "phone": "12"}]}, "E.164"),
    (IDENTIFY, {"emails_to_identify": [{"external_id": "u1", "email": "x"}]}, "no e-mail address"),
    (DELETE, {}, "empty"),
    (DELETE, {"external_ids": MANY}, "exceeded"),
    (DELETE, {"external_ids": ["u1"], "braze_ids": ["b1"]}, "Only one of"),
    (DELETE, {"external_ids": "u1"}, "$.external_ids"),
    (EXPORT, {}, "empty"),
    (EXPORT, {"external_ids": MANY}, "exceeded"),
    (EXPORT, {"phone": "x"}, "E.164"),
    (EXPORT, {"email_address": "x"}, "no e-mail address"),
]  # fmt: skip


def test_what_is_wrong_is_told(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        for path, body, message in BAD:
            content = await shop.post(path, body, 400)
            assert message in content["message"], (path, body, content)
        assert await shop.site.sql("SELECT 1 FROM profile") == []

    on_shop(story)
