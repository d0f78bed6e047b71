"""``/sms/invalid_phone_numbers``."""

from collections.abc import Callable
from typing import Any

from tests.doors.braze.conftest import Shop
from tests.wire import SHOWN
from yesline.records import Delivery

On = Callable[[Callable[[Shop], Any]], None]
LIST, REMOVE = "/sms/invalid_phone_numbers", "/sms/invalid_phone_numbers/remove"
OTHER = "+12025550123"
DAYS = "start_date=2027-01-15&end_date=2027-01-18"


async def _found(shop: Shop, phone: str) -> None:
    """A carrier says that there is no such number."""
    await shop.set(phone=phone, use_double_opt_in_logic=True)
    await shop.site.texts(phone)
    ((text,),) = await shop.site.sql(
        "SELECT text.id FROM text JOIN subject s ON s.id = subject_id WHERE phone = ? AND kind = 'prompt'", phone
    )
    await shop.site.house.clerk.record(Delivery(text, "", "failed", "invalid_number", "30005"))


async def _phones(shop: Shop, query: str) -> list[str]:
    return [mark["phone"] for mark in (await shop.get(f"{LIST}?{query}"))["sms"]]


def test_numbers_are_listed_newest_first_and_taken_off(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        await _found(shop, SHOWN)
        shop.site.clock.advance(days=1)
        await _found(shop, OTHER)
        answer = await shop.call("GET", f"{LIST}?{DAYS}&limit=1&offset=1")
        assert answer.content == (
            b'{"sms":[{"phone":"+12015550123","invalid_detected_at":"2027-01-15T08:00:00Z","reason":"provider_error"}],'
            b'"message":"success"}'
        )
        for query, phones in {
            DAYS: [OTHER, SHOWN],
            "start_date=2027-01-15&end_date=2027-01-16": [SHOWN],
            f"{DAYS}&reason=provider_error": [OTHER, SHOWN],
            f"{DAYS}&reason=deactivated": [],
            "phone_numbers[]=12025550123": [OTHER],
            "phone_numbers=12025550123&phone_numbers[]=+12015550123": [OTHER, SHOWN],
            "start_date=2019-01-01&end_date=2019-02-01&limit=100&offset=1&phone_numbers[]=12345678901": [],
            f"{DAYS}&phone_numbers=x": [],
        }.items():
            assert await _phones(shop, query) == phones, query
        answer = await shop.call("POST", REMOVE, {"phone_numbers": ["12025550123"]})
        assert (answer.status_code, answer.content) == (201, b'{"message":"success"}')
        assert await _phones(shop, DAYS) == [SHOWN]
        content = await shop.post(REMOVE, {"phone_number": ["x", SHOWN]})
        assert [(error["input_array"], error["index"]) for error in content["errors"]] == [("phone_numbers", 0)]
        assert await _phones(shop, DAYS) == []

    on_shop(story)


def test_what_is_wrong_is_told(on_shop: On) -> None:
    async def story(shop: Shop) -> None:
        many = [f"1201555{number:04}" for number in range(51)]
        for query in (
            "",
            "?start_date=2027-01-15",
            "?start_date=x&end_date=y",
            "?start_date=2027-01-15&end_date=2027-01-15",
            f"?{DAYS}&limit=501",
            f"?{DAYS}&offset=x",
            f"?{DAYS}&reason=other",
            "?" + "&".join(f"phone_numbers[]={number}" for number in many),
        ):
            assert set(await shop.get(LIST + query, 400)) == {"message"}
        bodies: list[dict[str, Any]] = [{}, {"phone_numbers": []}, {"phone_numbers": many}, {"phone_numbers": [5]}]
        for body in bodies:
            assert set(await shop.post(REMOVE, body, 400)) == {"message"}

    on_shop(story)
