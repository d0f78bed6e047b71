"""Forms that ask for more than a number: what is kept of it, what is refused, boxes of other groups, and coupons."""

import asyncio
import json
import re
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.conftest import FORM, Site
from tests.texting import Tell
from tests.wire import SHOWN, code_in, counts, dump, link_in, refused
from yesline.views.themes import load_strings

PAGE = f"/f/{FORM}"
STEPS = 'steps = ["capture", "details"]'
FIELDS = f"""{STEPS}
fields.email.kind = "email"
fields.email.required = true
fields.name.kind = "name"
fields.name.step = "capture"
fields.born.kind = "birth_date"
fields.born.min_age = 21
fields.cups.kind = "text"
fields.cups.label.en = "Cups a day"
fields.cups.max_length = 3
fields.vip.kind = "checkbox"
fields.vip.label.en = "I have a card"
fields.roasts.kind = "checkbox"
fields.roasts.group = "roasts"
fields.roasts.label.en = "And the roasts"
"""
GIVEN: dict[str, Any] = {"email": "ann@example.com", "born": "1990-05-17", "vip": False, "roasts": False}
ROASTS = "13579"


async def send(site: Site, phone: str = "(201) 555-0123", **changes: Any) -> Any:
    body = await site.body(phone, fields=GIVEN | changes)
    return await site.post(f"/forms/{FORM}/submissions", body)


async def facts(site: Site, kind: str = "requested") -> list[dict[str, str]]:
    """The facts of the events of a kind, by group, without salts."""
    rows = await site.sql(
        "SELECT facts FROM event_facts JOIN event USING (subject_id, seq) WHERE kind = ? ORDER BY group_id, seq", kind
    )
    return [{name: value for name, (_, value) in json.loads(kept).items()} for (kept,) in rows]


def test_what_was_told_is_kept_as_facts_and_of_a_birth_date_that_it_passed(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        answer = await send(site, name="  Ann \u202eB. ", cups="3", vip=True)
        assert answer.status_code == 202, answer.text
        (told,) = await facts(site)
        assert {name: told[name] for name in told if name.startswith("field.")} == {
            "field.email": "ann@example.com",
            "field.name": "Ann B.",
            "field.cups": "3",
            "field.vip": "ticked",
            "field.roasts": "left",
        }
        assert told["age"] == "passed 21"
        assert not re.search(r"\b1990\b", repr(await dump(site)))
        assert len(await site.texts()) == 1

    on_project(story, form=FIELDS, two=True)


def test_a_birth_date_takes_no_part_in_what_a_submission_is_known_again_by(on_project: Tell) -> None:
    """There are so few dates that a hash of one with the rest gives it away."""

    async def story(site: Site) -> None:
        body = await site.body(fields=GIVEN)
        first = await site.post(f"/forms/{FORM}/submissions", body)
        other = await site.post(f"/forms/{FORM}/submissions", body | {"fields": GIVEN | {"born": "1980-01-01"}})
        assert (first.status_code, other.status_code) == (202, 202)
        changed = body | {"fields": GIVEN | {"email": "bob@example.com"}}
        refused(await site.post(f"/forms/{FORM}/submissions", changed), 422, "submission_conflict", "id")
        assert len(await facts(site)) == 1

    on_project(story, form=FIELDS, two=True)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"email": ""}, "field_missing", "email"),
    ({"email": True}, "field_missing", "email"),
    ({"email": "ann@example"}, "field_invalid", "email"),
    ({"email": "ann @example.com"}, "field_invalid", "email"),
    ({"email": f"{'a' * 250}@example.com"}, "field_invalid", "email"),
    ({"name": "Win at www.example.com"}, "field_invalid", "name"),
    ({"name": "a" * 101}, "field_invalid", "name"),
    ({"cups": "1234"}, "field_invalid", "cups"),
    ({"born": ""}, "field_missing", "born"),
    ({"born": "17.5.1990"}, "field_invalid", "born"),
    ({"born": "1990-02-30"}, "field_invalid", "born"),
    ({"born": "0990-05-17"}, "field_invalid", "born"),
    ({"born": "2990-05-17"}, "field_invalid", "born"),
    ({"born": "2010-05-17"}, "too_young", "born"),
    ({"shoe": "42"}, "field_invalid", "shoe"),
]


def test_what_is_refused_leaves_nothing(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        before = await counts(site)
        for changes, code, field in REFUSED:
            refused(await send(site, **changes), 422, code, field)
        assert await counts(site) == before
        assert await site.texts() == []

    on_project(story, form=FIELDS, two=True)


def test_fields_are_no_business_of_a_form_without(on_site: Any) -> None:
    async def story(site: Site) -> None:
        refused(await send(site), 422, "field_invalid", "email")
        view = await site.view()
        assert list(view["steps"]) == ["capture", "confirm", "done"]
        assert not [name for name in view["strings"] if "field" in name or "young" in name]

    on_site(story)


def test_the_view_has_the_steps_in_the_order_they_are_gone_through(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        view = await site.view()
        assert list(view["steps"]) == ["details", "capture", "confirm", "done"]
        assert view["strings"]["error.too_young"] == load_strings("en")["error.too_young"]
        embedded = (await site.http.get(f"/embed/{FORM}.js")).text.split("\n")[1]
        early = json.loads(embedded.partition('["view",')[2][:-3])
        assert list(early["steps"]) == ["details", "capture", "confirm"]
        assert "data-yesline-field" in json.dumps(early["steps"]["details"])

    steps = STEPS.replace('"capture", "details"', '"details", "capture"')
    on_project(story, form=FIELDS.replace(STEPS, steps) + 'fields.email.step = "details"', two=True)


# Boxes of other groups.


def test_a_ticked_box_asks_for_the_other_group_by_its_own_sender(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        body = await site.body(fields=GIVEN | {"roasts": True})
        for _ in range(2):
            assert (await site.post(f"/forms/{FORM}/submissions", body)).status_code == 202
        texts = await site.texts()
        assert len(texts) == 2, "sent again, it is the same"
        main, other = await facts(site)
        assert main["field.roasts"] == "ticked"
        assert other["box"] == "ticked: roasts"
        assert other["words"] == main["words"], "one text held both disclosures"
        assert "field.email" not in other
        rows = await site.sql("SELECT group_id, sender, methods, host FROM prompt ORDER BY group_id")
        assert [row[:3] for row in rows] == [
            ("promotions", "24680", "reply code link"),
            ("roasts", ROASTS, "reply link"),
        ]
        (second,) = [text for text in texts if "#" not in text]
        await site.http.post(link_in(second), data=await _token(site, link_in(second)))
        assert await site.sql("SELECT group_id, state FROM subscription ORDER BY group_id") == [
            ("promotions", "pending"),
            ("roasts", "subscribed"),
        ]

    on_project(story, form=FIELDS, two=True)


async def _token(site: Site, path: str) -> dict[str, str]:
    token = (await site.http.get(path)).text.partition('name="token" value="')[2].partition('"')[0]
    return {"token": token, "act": "confirm"}


def test_a_corrected_number_takes_its_boxes_and_fields_along(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        body = await site.body(fields=GIVEN | {"roasts": True})
        await site.post(f"/forms/{FORM}/submissions", body)
        answer = await site.post(f"/submissions/{body['id']}/correct", {"phone": "(202) 555-0123", "country": "US"})
        assert answer.status_code == 202
        assert len(await site.texts("+12025550123")) == 2
        states = await site.sql("SELECT phone, group_id, state FROM subscription JOIN subject ON id = subject_id")
        assert sorted(states) == [
            (SHOWN, "promotions", "unknown"),
            (SHOWN, "roasts", "unknown"),
            ("+12025550123", "promotions", "pending"),
            ("+12025550123", "roasts", "pending"),
        ]
        told = [fact for fact in await facts(site) if fact.get("why") == "corrected" and "box" not in fact]
        assert [fact["field.email"] for fact in told] == ["ann@example.com"]
        assert told[0]["age"] == "passed 21"

    on_project(story, form=FIELDS, two=True)


def test_a_number_at_its_cap_gets_neither_text(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        assert (await send(site)).status_code == 202
        assert (await send(site, roasts=True)).status_code == 202
        assert len(await site.texts()) == 1

    on_project(story, form=FIELDS, two=True, number_per_minute=1)


# The page without JavaScript.


def test_the_page_without_javascript_goes_step_by_step(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        page = await browser.go(PAGE)
        assert "field.name" in page.fields
        assert "field.email" not in page.fields
        page = await browser.press("submit", phone="(201) 555-01", consent=True, **{"field.name": "Ann"})
        assert page.status == 422, "a step is looked at before it is left"
        assert page.fields["field.name"] == "Ann"
        assert page.boxes["consent"]
        page = await browser.press("submit", phone="(201) 555-0123")
        assert (page.status, page.boxes) == (200, {"field.vip": False, "field.roasts": False})
        assert page.fields["phone"] == "(201) 555-0123"
        page = await browser.press("back", **{"field.email": "ann@example.com"})
        assert (page.fields["phone"], page.boxes["consent"]) == ("(201) 555-0123", True)
        page = await browser.press("submit")
        assert page.fields["field.email"] == "ann@example.com"
        page = await browser.press("submit", **{"field.born": "2015-01-01"})
        assert page.status == 422
        assert page.described == {"field.born": "yl-error"}
        assert page.error == load_strings("en")["error.too_young"]
        assert page.locked == ["field.born"], "an age is not made to fit"
        page = await browser.go(PAGE)
        page = await browser.press("submit", phone="(201) 555-0123", consent=True, **{"field.name": "Ann"})
        assert page.locked == []
        page = await browser.press(
            "submit", **{"field.email": "ann@example.com", "field.born": "1990-05-17", "field.roasts": True}
        )
        assert page.status == 200, page.words
        assert len(await site.texts()) == 2
        told = (await facts(site))[0]
        assert (told["field.name"], told["field.email"], told["age"]) == ("Ann", "ann@example.com", "passed 21")

    on_project(story, form=FIELDS, two=True)


def test_nobody_under_age_is_shown_the_step_after_the_gate(on_project: Tell) -> None:
    form = 'steps = ["details", "capture"]\nfields.born.kind = "birth_date"\nfields.born.min_age = 21\nfields.born.step = "details"'

    async def story(site: Site) -> None:
        browser = Browser(site)
        page = await browser.go(PAGE)
        assert "phone" not in page.fields
        assert ("act", "back") not in page.buttons
        page = await browser.press("submit", **{"field.born": "2015-01-01"})
        assert (page.status, "phone" in page.fields, page.locked) == (422, False, ["field.born"])
        await browser.go(PAGE)
        page = await browser.press("submit", **{"field.born": "1990-01-01"})
        assert "phone" in page.fields
        await browser.press("submit", phone="(201) 555-0123", consent=True)
        assert len(await site.texts()) == 1

    on_project(story, form=form)


def test_a_tick_is_carried_on_only_while_its_words_stand(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        await browser.go(PAGE)
        page = await browser.press("submit", phone="(201) 555-0123", consent=True)
        site.clock.advance(days=4)
        page = await browser.press("submit", **{"field.email": "ann@example.com", "field.born": "1990-05-17"})
        assert page.status == 409
        assert page.boxes == {"consent": False}
        assert page.fields["field.email"] == "ann@example.com"

    on_project(story, form=FIELDS, two=True)


# Coupons.

POOL = 'coupon_pool = "spring"'


async def _fill(site: Site, *codes: str) -> None:
    await site.house.store.add_coupons("spring", codes)


async def _coupon(site: Site, submission: str) -> str | None:
    answer = (await site.http.get(f"/submissions/{submission}")).json()
    found: str | None = answer.get("coupon")
    return found


def test_a_code_is_told_once_the_phone_has_said_yes_and_stays_the_same(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _fill(site, "B2", "A1")
        first, second = await site.submit(), await site.submit("(202) 555-0123")
        assert await _coupon(site, first) is None
        typed = {"code": code_in((await site.texts())[0])}
        answer = await site.post(f"/submissions/{first}/code", typed)
        assert answer.json() == {"submission": first, "state": "confirmed", "coupon": "A1"}
        again = await site.post(f"/submissions/{first}/code", typed)
        assert again.json()["coupon"] == "A1"
        await site.reply("Y", "+12025550123")
        assert await _coupon(site, second) == "B2"
        assert await _coupon(site, first) == "A1"
        assert (await site.texts())[-1].startswith("Larkspur Coffee: welcome, A1."), await site.texts()

    words = '[texts.en]\nconfirmation = "{brand}: welcome, {coupon}. Recurring automated marketing texts: {sends}. {frequency}. Msg & data rates may apply. {help_end}"'
    on_project(story, form=POOL, more=words)


def test_a_number_has_one_code_of_a_pool_however_often_it_joins(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _fill(site, "A1", "B2")
        for _ in range(2):
            submission = await site.submit()
            await site.reply("Y")
            assert await _coupon(site, submission) == "A1"
            await site.reply("STOP")
            site.clock.advance(days=2)
            await site.reply("START")
            site.clock.advance(days=2)

    on_project(story, form=POOL)


def test_an_empty_pool_gives_nothing_and_says_so_once(on_project: Tell, caplog: pytest.LogCaptureFixture) -> None:
    async def story(site: Site) -> None:
        for phone in ("(201) 555-0123", "(202) 555-0123"):
            submission = await site.submit(phone)
            await site.reply("Y", f"+1{phone[1:4]}5550123")
            assert await site.state(submission) == "confirmed"
            assert await _coupon(site, submission) is None
        browser = Browser(site)
        page: Page = await browser.go(f"{PAGE}?s={submission}")
        assert load_strings("en")["coupon"] not in page.words

    on_project(story, form=POOL)
    assert [record.message for record in caplog.records if "coupon pool" in record.message] == [
        "coupon pool spring is empty: 'yesline coupons add spring FILE' fills it"
    ]


def test_a_fixed_code_is_told_to_all_at_the_end_and_to_nobody_before(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        browser = Browser(site)
        await browser.go(PAGE)
        page = await browser.press("submit", phone="(201) 555-0123", consent=True)
        assert "SPRING10" not in page.html
        await site.reply("Y")
        page = await browser.go(browser.path)
        assert f"{load_strings('en')['coupon']} SPRING10" in " ".join(page.words.split())
        assert "SPRING10" not in json.dumps(await site.view())

    on_project(story, form='coupon = "SPRING10"')


def test_numbers_that_say_yes_at_once_get_codes_of_their_own(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _fill(site, *(f"C{n}" for n in range(8)))
        phones = [f"+1{201 + n}5550123" for n in range(10) if n not in (2, 9)]
        sent = [await site.submit(f"({phone[2:5]}) 555-0123") for phone in phones]
        await asyncio.gather(*(site.reply("Y", phone) for phone in phones))
        given = [await _coupon(site, submission) for submission in sent]
        assert sorted(filter(None, given)) == [f"C{n}" for n in range(8)]

    on_project(story, form=POOL)
