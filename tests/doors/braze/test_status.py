"""``/subscription``: as documented, and in every shape that clients send."""

from collections.abc import Callable
from typing import Any

from tests.doors.braze.conftest import Shop
from tests.wire import SHOWN, dump
from yesline.doors.braze.status import NOT_BOTH, NOT_BOTH_READ

On = Callable[[Callable[[Shop], Any]], None]
OTHER = "+12025550123"
MAIL = "ada@example.com"
SET, SET2 = "/subscription/status/set", "/v2/subscription/status/set"
GET, USER = "/subscription/status/get", "/subscription/user/status"
PROMOTIONS = {"id": "promotions", "name": "Promotions", "channel": "sms", "status": "Subscribed"}
LETTERS = {"id": "letters", "name": "Letters", "channel": "email", "status": "Subscribed"}


def wish(**more: Any) -> dict[str, Any]:
    """A body that subscribes."""
    return {"subscription_group_id": "promotions", "subscription_state": "subscribed"} | more


def test_the_documented_exchanges_byte_for_byte(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        await shop.post("/users/track", {"attributes": [{"external_id": "1", "phone": SHOWN}, {"external_id": "2"}]})
        body = wish(external_id="1", phone=[SHOWN, OTHER], use_double_opt_in_logic=False)
        answer = await shop.call("POST", SET, body)
        assert (answer.status_code, answer.content) == (201, b'{"message":"success"}')
        assert answer.headers["content-type"] == "application/json"
        answer = await shop.call("GET", f"{GET}?subscription_group_id=promotions&external_id[]=1&external_id[]=2")
        assert answer.status_code == 200
        assert answer.content == b'{"status":{"1":"Subscribed","2":"Unknown"},"message":"success"}'
        groups = [wish(external_ids=["1"], subscription_state="unsubscribed")]
        answer = await shop.call("POST", SET2, {"subscription_groups": groups})
        assert (answer.status_code, answer.content) == (201, b'{"message":"success"}')
        answer = await shop.call("GET", f"{USER}?external_id=1&limit=100&offset=0")
        assert answer.content == (
            b'{"users":[{"email":null,"phone":"+12015550123","external_id":"1","subscription_groups":'
            b'[{"id":"promotions","name":"Promotions","channel":"sms","status":"Unsubscribed"}]}],'
            b'"total_count":1,"message":"success"}'
        )

    on_shop(story)


def test_every_shape_that_clients_send(on_shop: On) -> None:
    """``libraries`` section 1."""

    async def story(shop: Shop) -> None:
        await shop.post(
            "/users/track", {"attributes": [{"external_id": "u1", "phone": SHOWN, "subscription_groups": []}]}
        )
        for body in (
            wish(external_id=["u1"], phone=[SHOWN, OTHER]),
            wish(external_id="u1", phone=SHOWN),
            wish(phone=SHOWN, email=None, unknown={"to": "us"}),
        ):
            assert await shop.post(SET, body) == {"message": "success"}
        groups = {"subscription_groups": [wish(subscription_state="unsubscribed", external_ids=["u1"], phones=[SHOWN])]}
        assert await shop.post(SET2, groups) == {"message": "success"}
        for query, told in {
            "phone%5B%5D=%2B12015550123&phone%5B%5D=%2B12025550123": {SHOWN: "Unsubscribed", OTHER: "Subscribed"},
            "phone=%2B12015550123": {SHOWN: "Unsubscribed"},
            "phone=+12025550123": {OTHER: "Subscribed"},
            "phone[]=+12025550123": {OTHER: "Subscribed"},
            "phone=12025550123": {"12025550123": "Subscribed"},
            "phone=+11112223333": {"+11112223333": "Unknown"},
            "external_id[]=u1&external_id[]=u2": {"u1": "Unsubscribed", "u2": "Unknown"},
            "external_id=u1&phone=%2B12025550123&email=x@example.com": {"u1": "Unsubscribed"},
        }.items():
            content = await shop.get(f"{GET}?subscription_group_id=promotions&{query}")
            assert content == {"status": told, "message": "success"}, query
        headers = {"authorization": "Bearer yl_" + "B" * 43, "content-type": "application/json"}
        answer = await shop.site.http.get(f"{USER}?phone%5B%5D=%2B12015550123&limit=10&offset=0", headers=headers)
        assert answer.json()["total_count"] == 1
        assert (await shop.get(f"{USER}?phone=%2B12015550123&limit=10&offset=1"))["users"] == []

    on_shop(story)


def test_the_whole_way_from_a_new_person_to_a_yes_on_the_phone(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        group = {
            "subscription_group_id": "promotions",
            "subscription_state": "subscribed",
            "use_double_opt_in_logic": True,
        }
        person = {"external_id": "u1", "phone": SHOWN, "language": "es", "subscription_groups": [group]}
        content = await shop.post("/users/track", {"attributes": [person]})
        assert content == {"message": "success", "attributes_processed": 1}
        assert await shop.status(SHOWN) == "Unsubscribed"
        (prompt,) = await shop.site.texts()
        assert "responde SI" in prompt
        await shop.site.reply("Y")
        assert await shop.status(SHOWN) == "Subscribed"
        assert len(await shop.site.texts()) == 2

    on_shop(story)


def test_a_new_number_is_asked_in_the_language_named_and_once(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        for _ in range(3):
            assert await shop.set(phone=SHOWN, use_double_opt_in_logic=True, language="es") == {"message": "success"}
        (prompt,) = await shop.site.texts()
        assert "responde SI" in prompt
        assert await shop.status(SHOWN) == "Unsubscribed"
        assert (await shop.get(f"{USER}?phone=%2B12015550123"))["users"] == [
            {
                "email": None,
                "phone": SHOWN,
                "external_id": None,
                "subscription_groups": [PROMOTIONS | {"status": "Unsubscribed"}],
            }
        ]
        await shop.set(phone=SHOWN)
        assert await shop.status(SHOWN) == "Subscribed"
        assert len(await shop.site.texts()) == 1

    on_shop(story)


def test_stop_wins_and_the_errors_tell(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        await shop.set(phone=[SHOWN, OTHER])
        await shop.site.reply("STOP")
        content = await shop.set(phone=[OTHER, SHOWN], use_double_opt_in_logic=True)
        (error,) = content["errors"]
        assert (error["input_array"], error["index"]) == ("phone", 1)
        assert error["type"].startswith("stopped: ")
        assert await shop.status(SHOWN) == "Unsubscribed"
        assert await shop.set("unsubscribed", phone=SHOWN) == {"message": "success"}
        body = {"subscription_groups": [wish(phones=OTHER), wish(phones=[OTHER, SHOWN])]}
        (error,) = (await shop.post(SET2, body))["errors"]
        assert (error["input_array"], error["index"]) == ("phones", 1)

    on_shop(story)


def test_a_number_that_only_ever_said_stop_is_unsubscribed(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        assert await shop.status(SHOWN) == "Unknown"
        await shop.site.reply("STOP")
        assert await shop.status(SHOWN) == "Unsubscribed"
        assert (await shop.get(f"{USER}?phone=%2B12015550123"))["total_count"] == 0

    on_shop(story)


def test_a_canadian_number_needs_a_consent_object_which_goes_into_the_ledger(on_shop: On) -> None:
    """``security-compliance`` E 28."""
    phone = "+15145550123"
    evidence = {"form": "signup", "version": "3", "page": "https://shop.example/", "at": "2026-11-22T10:00:00Z"}

    async def story(shop: Shop) -> None:
        for asks in (False, True):
            (error,) = (await shop.set(phone=phone, use_double_opt_in_logic=asks))["errors"]
            assert error["type"].startswith("consent_missing: ")
        assert await shop.status(phone) == "Unknown"
        assert await shop.site.texts(phone) == []
        assert await shop.set(phone=phone, use_double_opt_in_logic=True, consent=evidence) == {"message": "success"}
        assert len(await shop.site.texts(phone)) == 1
        ((facts,),) = await shop.site.sql(
            "SELECT f.facts FROM event_facts f JOIN event USING (subject_id, seq) WHERE kind = 'requested'"
        )
        for value in (*evidence.values(), "the shop"):
            assert f'"{value}"]' in facts

    on_shop(story)


NO_EVIDENCE: list[Any] = [
    "yes",
    {},
    {"form": "x"},
    {"text": 5},
    {"text": "x", "txt": "y"},
    {"text": "a\0b"},
    {"text": "x" * 5000},
]


def test_evidence_that_is_none_is_refused_and_nothing_is_done(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        before = await dump(shop.site)
        for consent in NO_EVIDENCE:
            group = wish(consent=consent)
            for path, body in {
                SET: group | {"phone": SHOWN},
                SET2: {"subscription_groups": [group | {"phones": [SHOWN]}]},
                "/users/track": {"attributes": [{"phone": SHOWN, "subscription_groups": [group]}]},
            }.items():
                content = await shop.post(path, body, 400)
                assert content["message"].startswith("consent: ")
        assert await dump(shop.site) == before
        assert await shop.site.sql("SELECT 1 FROM profile") == []

    on_shop(story)


def test_addresses_have_states_as_numbers_have(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        assert await shop.set(group="letters", email=[MAIL]) == {"message": "success"}
        await shop.post(
            "/users/track", {"attributes": [{"external_id": "u1", "email": "Ada@Example.com", "phone": SHOWN}]}
        )
        content = await shop.get(f"{GET}?subscription_group_id=letters&email=ADA@example.com")
        assert content["status"] == {"ADA@example.com": "Subscribed"}
        both = [wish(external_ids="u1"), wish(external_ids=["u1"], subscription_group_id="letters")]
        assert await shop.post(SET2, {"subscription_groups": both}) == {"message": "success"}
        content = await shop.get(f"{USER}?email={MAIL}")
        assert content["users"] == [
            {
                "email": "Ada@Example.com",
                "phone": SHOWN,
                "external_id": "u1",
                "subscription_groups": [LETTERS, PROMOTIONS],
            }
        ]
        other = await shop.get(f"{USER}?email=bob@example.com")
        assert other == {"users": [], "total_count": 0, "message": "success"}
        await shop.set("unsubscribed", "letters", email="bob@example.com")
        (bob,) = (await shop.get(f"{USER}?email=bob@example.com"))["users"]
        assert (bob["email"], bob["external_id"]) == ("bob@example.com", None)
        assert await shop.site.texts() == []

    on_shop(story)


def test_profiles_are_told_of_unless_numbers_are_named_beside_them(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        (error,) = (await shop.set(external_id="u1"))["errors"]
        assert error == {"type": "profile_unknown: there is no such profile", "input_array": "external_id", "index": 0}
        assert await shop.set(external_id="u1", phone=SHOWN) == {"message": "success"}
        await shop.post("/users/track", {"attributes": [{"external_id": "u1", "phone": SHOWN}]})
        content = await shop.get(f"{GET}?subscription_group_id=promotions&external_id=u1")
        assert content["status"] == {"u1": "Subscribed"}
        await shop.post("/users/track", {"attributes": [{"external_id": "u1", "phone": OTHER}]})
        content = await shop.get(f"{GET}?subscription_group_id=promotions&external_id=u1")
        assert content["status"] == {"u1": "Unknown"}
        assert await shop.status(SHOWN) == "Subscribed"

    on_shop(story)


MANY = [f"+1201555{number:04}" for number in range(51)]
BAD = [
    (SET, wish(), "Name somebody"),
    (SET, wish(phone=[]), "Name somebody"),
    (SET, wish(phone="12015550123"), "E.164"),
    (SET, wish(phone="+1 201 555 0123"), "E.164"),
    (SET, wish(phone="+1201555"), "E.164"),
    (SET, wish(phone="+99912345678"), "E.164"),
    (SET, wish(phone=[SHOWN, ""]), "E.164"),
    (SET, wish(phone=MANY), "The max number of ids per request was exceeded"),
    (SET, wish(external_id=MANY), "The max number of external_ids and aliases per request was exceeded"),
    (SET, wish(external_id=""), "external_id"),
    (SET, wish(external_id="a\0b"), "external_id"),
    (SET, wish(phone=SHOWN, email=MAIL), NOT_BOTH),
    (SET, wish(email=MAIL), "phone numbers"),
    (SET, wish(phone=SHOWN, subscription_group_id="letters"), "e-mail addresses"),
    (SET, wish(email="nobody", subscription_group_id="letters"), "no e-mail address"),
    (SET, wish(phone=SHOWN, subscription_group_id="other"), "no group 'other'"),
    (SET, wish(phone=SHOWN, subscription_state="Subscribed"), "$.subscription_state"),
    (SET, wish(phone=5), "$.phone"),
    (SET, wish(phone=SHOWN, use_double_opt_in_logic="yes"), "$.use_double_opt_in_logic"),
    (SET, wish(phone=SHOWN, language="English"), "$.language"),
    (SET, {"phone": SHOWN}, "subscription_group_id"),
    (SET, [], "object"),
    (SET2, {}, "subscription_groups"),
    (SET2, {"subscription_groups": []}, "empty"),
    (SET2, {"subscription_groups": [wish()]}, "Name somebody"),
    (SET2, {"subscription_groups": [wish(phones=MANY)]}, "exceeded"),
    (SET2, {"subscription_groups": [wish(phones=SHOWN), wish(emails=MAIL, subscription_group_id="letters")]}, NOT_BOTH),
]  # fmt: skip
BAD_READS = [
    (f"{GET}?phone=%2B12015550123", "subscription_group_id"),
    (f"{GET}?subscription_group_id=promotions", "Name somebody"),
    (f"{GET}?subscription_group_id=promotions&phone=x", "E.164"),
    (f"{GET}?subscription_group_id=letters&email=x", "no e-mail address"),
    (f"{GET}?subscription_group_id=promotions&external_id=%00", "external_id"),
    (f"{GET}?subscription_group_id=promotions&phone=%2B12015550123&email={MAIL}", NOT_BOTH_READ),
    (f"{GET}?subscription_group_id=promotions&" + "&".join(f"external_id[]={n}" for n in range(51)), "exceeded"),
    (USER, "Name somebody"),
    (f"{USER}?external_id=u1&limit=101", "limit"),
    (f"{USER}?external_id=u1&offset=-1", "offset"),
    (f"{USER}?" + "&".join(f"phone[]=1201555{n:04}" for n in range(51)), "exceeded"),
]  # fmt: skip


def test_what_is_wrong_is_told_and_nothing_is_done(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        before = await dump(shop.site)
        for path, body, message in BAD:
            content = await shop.post(path, body, 400)
            assert set(content) == {"message"}
            assert message in content["message"], (body, content)
        for path, message in BAD_READS:
            content = await shop.get(path, 400)
            assert message in content["message"], (path, content)
        assert await dump(shop.site) == before

    on_shop(story)


def test_fifty_numbers_are_set_in_one_call(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        assert await shop.set(phone=MANY[:50]) == {"message": "success"}
        query = "&".join(f"phone[]={phone}" for phone in MANY[:50])
        content = await shop.get(f"{GET}?subscription_group_id=promotions&{query}")
        assert content["status"] == dict.fromkeys(MANY[:50], "Subscribed")

    on_shop(story)
