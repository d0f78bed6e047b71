"""``POST /v1/subscriptions``: states are set or asked for, a STOP stands, and the caller is told the truth."""

from pathlib import Path
from typing import Any

from tests.conftest import Clock, Site, running
from tests.doors.v1.calling import GROUP, PHONE, get, give_key, id_of, items, post, put_state
from tests.wire import dump, project_in, refused
from yesline.records import ProfileChange, Track
from yesline.rules.profiles import email_tag, external
from yesline.rules.signing import number_tag
from yesline.settings import Settings

OnSite = Any
CONSENT = {"text": "Yes, text me offers.", "page": "https://shop.example/checkout", "at": "2026-05-01T08:00:00Z"}


async def _profile(site: Site, name: str, phone: str | None = None) -> None:
    tag = number_tag(site.house.clerk.keys, phone) if phone else None
    await site.house.clerk.record(Track("api", (ProfileChange(external(name), phone=phone, tag=tag),)))


def test_a_state_is_set_and_told(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        answer = await put_state(site, language="es", consent=CONSENT)
        assert answer.status_code == 200, answer.text
        now = {"group": GROUP, "state": "subscribed", "stopped": False, "language": "es"}
        now["since"] = "2027-01-15T08:00:00Z"
        assert answer.json() == now | {"subscriber": await id_of(site)}
        assert await site.texts() == []
        site.clock.advance(seconds=1.5)
        answer = await put_state(site, "unsubscribed")
        assert (answer.json()["state"], answer.json()["since"]) == ("unsubscribed", "2027-01-15T08:00:01.500000Z")

    on_site(story)


def test_the_evidence_is_in_the_ledger(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await put_state(site, consent=CONSENT)
        (event,) = await items(site, f"/v1/subscribers/{await id_of(site)}/history")
        assert (event["kind"], event["source"], event["after"]) == ("subscribed", "api", "subscribed")
        assert event["facts"] == CONSENT | {"phone": PHONE, "key": "the shop", "caller": "127.0.0.1"}

    on_site(story)


def test_the_phone_is_asked_and_its_yes_counts(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        assert (await put_state(site, ask=True)).json()["state"] == "pending"
        assert len(await site.texts()) == 1
        await site.reply("Y")
        assert (await put_state(site, ask=True)).json()["state"] == "subscribed"

    on_site(story)


def test_a_stop_stands_and_is_told(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await put_state(site)
        await site.reply("STOP")
        for more in ({}, {"ask": True}, {"consent": CONSENT}):
            refused(await put_state(site, **more), 409, "stopped")
        (person,) = await items(site, "/v1/subscribers")
        assert (person["stopped"], person["groups"][0]["state"]) == (True, "unsubscribed")

    on_site(story)


def test_a_number_is_asked_so_often_and_no_more(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        for _ in range(5):
            assert (await put_state(site, ask=True)).status_code == 200
            assert (await put_state(site, "unsubscribed")).status_code == 200
            site.clock.advance(seconds=4000)
        answer = await put_state(site, ask=True)
        refused(answer, 429, "prompt_capped")
        assert int(answer.headers["retry-after"]) > 0
        (person,) = await items(site, "/v1/subscribers")
        assert person["groups"][0]["state"] == "unsubscribed"

    on_site(story)


def test_how_a_canadian_agreed_must_be_told(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        canadian = "+15062345678"
        refused(await put_state(site, phone=canadian), 422, "consent_missing", "consent")
        assert (await put_state(site, phone=canadian, consent=CONSENT)).status_code == 200

    on_site(story)


def test_somebody_is_named_by_the_products_own_id(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        await _profile(site, "u1", PHONE)
        await _profile(site, "u2")
        body = {"group": GROUP, "state": "subscribed"}
        answer = await post(site, "/v1/subscriptions", body | {"external_id": "u1"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["subscriber"] == await id_of(site)
        answer = await post(site, "/v1/subscriptions", body | {"external_id": "u2"})
        refused(answer, 422, "phone_unknown", "external_id")
        answer = await post(site, "/v1/subscriptions", body | {"external_id": "u3"})
        refused(answer, 404, "profile_not_found", "external_id")
        found = await items(site, "/v1/subscribers?limit=1&external_id=u1")
        assert [person["phone"] for person in found] == [PHONE]
        for nobody in ("u2", "u3"):
            assert await items(site, f"/v1/subscribers?external_id={nobody}") == []

    on_site(story)


WRONG: list[tuple[dict[str, Any], int, str, str | None]] = [
    ({"group": "nothing"}, 404, "group_not_found", "group"),
    ({"phone": "2015550123"}, 422, "phone_not_a_number", "phone"),
    ({"phone": "+1 201"}, 422, "phone_too_short", "phone"),
    ({"phone": "+999 201 555 0123"}, 422, "country_not_served", "phone"),
    ({"phone": "+18005550123"}, 422, "phone_not_mobile", "phone"),
    ({"phone": "+1900"}, 422, "phone_too_short", "phone"),
    ({"phone": None}, 400, "bad_request", None),
    ({"external_id": "u1"}, 400, "bad_request", None),
    ({"phone": None, "email": "ann@example.com"}, 400, "bad_request", None),
    ({"consent": {}}, 400, "bad_request", "consent"),
    ({"consent": {"form": "spring-harvest"}}, 400, "bad_request", "consent"),
    ({"consent": {"text": "a\0b"}}, 400, "bad_request", None),
    ({"consent": {"text": "yes", "more": "x"}}, 400, "bad_request", None),
    ({"state": "pending"}, 400, "bad_request", None),
    ({"language": "English"}, 400, "bad_request", None),
    ({"lang": "en"}, 400, "bad_request", None),
]


def test_what_cannot_be_is_refused_and_changes_nothing(on_site: OnSite) -> None:
    async def story(site: Site) -> None:
        await give_key(site)
        before = await dump(site)
        for change, status, code, field in WRONG:
            refused(await put_state(site, **change), status, code, field)
        assert await dump(site) == before

    on_site(story)


def test_any_number_may_be_let_go_of(on_site: OnSite) -> None:
    """A number may be in use no more, or be no mobile: its wish is kept all the same."""

    async def story(site: Site) -> None:
        await give_key(site)
        for phone in ("+18005550123", "+1 (201) 555-0123", "0012015550123"):
            answer = await put_state(site, "unsubscribed", phone)
            assert (answer.status_code, answer.json().get("state")) == (200, "unsubscribed"), answer.text
        assert len(await items(site, "/v1/subscribers")) == 2

    on_site(story)


def test_an_address_has_states_in_a_group_of_addresses(
    settings: Settings, clock: Clock, run: Any, tmp_path: Path
) -> None:
    folder = project_in(tmp_path / "project")
    letter = 'id = "letter"\nname = "Letter"\nsends = "news"\nfrequency = "once a month"\nchannel = "email"\n'
    (folder / "groups" / "letter.toml").write_text(letter, encoding="utf-8")

    async def story() -> None:
        async with running(settings, clock, folder) as site:
            await give_key(site)
            body = {"group": "letter", "state": "subscribed", "ask": True, "email": "Ann@Example.com"}
            answer = await post(site, "/v1/subscriptions", body)
            assert (answer.status_code, answer.json()["state"]) == (200, "subscribed"), answer.text
            (person,) = await items(site, "/v1/subscribers?email=ann@example.com")
            assert (person["phone"], person["email"]) == (None, "Ann@Example.com")
            refused(await put_state(site, group="letter"), 400, "bad_request")
            await _profile(site, "u1", PHONE)
            body = {"group": "letter", "state": "subscribed", "external_id": "u1"}
            refused(await post(site, "/v1/subscriptions", body), 422, "email_unknown", "external_id")
            stop = await post(site, f"/v1/subscribers/{person['id']}/stop")
            assert stop.json() == {"id": person["id"], "already": False}
            assert (await get(site, f"/v1/subscribers/{person['id']}")).json()["stopped"] is True
            address = email_tag(site.house.clerk.keys, "ann@example.com")
            tag = number_tag(site.house.clerk.keys, PHONE)
            both = ProfileChange(external("u2"), phone=PHONE, tag=tag, email="ann@example.com", email_tag=address)
            await site.house.clerk.record(Track("api", (both,)))
            await put_state(site)
            found = await items(site, "/v1/subscribers?limit=1&external_id=u2")
            assert {(one["phone"], one["email"]) for one in found} == {(PHONE, None), (None, "Ann@Example.com")}

    run(story())
