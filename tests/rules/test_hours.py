"""When a text that is no answer may go: by the clock of whoever is texted, in all zones and under all hours that its number may mean."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import geocoder
from phonenumbers import timezone as zones
from phonenumbers.geodata import GEOCODE_DATA

from yesline.programme import Quiet
from yesline.rules import hours
from yesline.rules.abuse import DAY, HOUR, MINUTE

NEW_YORK, LOS_ANGELES, LONDON, BERLIN, SYDNEY = (
    "+12125550123",
    "+12135550123",
    "+447400123456",
    "+4915112345678",
    "+61412345678",
)
MIAMI, TULSA, HARTFORD, AUSTIN, EL_PASO = "+13055550123", "+19185550123", "+18605550123", "+15125550123", "+19155550123"
TOLL_FREE, NOWHERE = "+18005550123", "+881612345678"
NORMAL = Quiet()


def _at(local: str, zone: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def _local(moment: int, zone: str) -> str:
    return datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("phone", "zone", "now", "goes"),
    [
        (NEW_YORK, "America/New_York", "2027-01-15 12:00", "2027-01-15 12:00"),
        (NEW_YORK, "America/New_York", "2027-01-15 08:00", "2027-01-15 08:00"),
        (NEW_YORK, "America/New_York", "2027-01-15 20:59:59", "2027-01-15 20:59"),
        (NEW_YORK, "America/New_York", "2027-01-15 21:00", "2027-01-16 08:00"),
        (NEW_YORK, "America/New_York", "2027-01-15 07:59:59", "2027-01-15 08:00"),
        (NEW_YORK, "America/New_York", "2027-01-15 00:00", "2027-01-15 08:00"),
        (LOS_ANGELES, "America/New_York", "2027-01-15 09:00", "2027-01-15 11:00"),
        (BERLIN, "Europe/Berlin", "2027-07-01 23:30", "2027-07-02 08:00"),
        # The nights when clocks change.
        (NEW_YORK, "America/New_York", "2027-03-13 22:00", "2027-03-14 08:00"),
        (NEW_YORK, "America/New_York", "2027-11-06 22:00", "2027-11-07 08:00"),
        (BERLIN, "Europe/Berlin", "2027-03-27 22:00", "2027-03-28 08:00"),
        (BERLIN, "Europe/Berlin", "2027-10-30 22:00", "2027-10-31 08:00"),
        # States with hours of their own.
        (MIAMI, "America/New_York", "2027-01-15 20:00", "2027-01-16 08:00"),
        (MIAMI, "America/New_York", "2027-01-15 19:59", "2027-01-15 19:59"),
        (TULSA, "America/Chicago", "2027-01-15 20:30", "2027-01-16 08:00"),
        (HARTFORD, "America/New_York", "2027-01-15 08:30", "2027-01-15 09:00"),
        (HARTFORD, "America/New_York", "2027-01-15 20:00", "2027-01-16 09:00"),
        (AUSTIN, "America/Chicago", "2027-01-15 08:30", "2027-01-15 09:00"),
        (AUSTIN, "America/Chicago", "2027-01-15 20:59", "2027-01-15 20:59"),
        (AUSTIN, "America/Chicago", "2027-01-16 21:00", "2027-01-17 12:00"),  # a Sunday
        (AUSTIN, "America/Chicago", "2027-01-17 11:59", "2027-01-17 12:00"),
        (AUSTIN, "America/Chicago", "2027-01-17 21:00", "2027-01-18 09:00"),
        (EL_PASO, "America/Denver", "2027-01-17 11:30", "2027-01-17 12:00"),
    ],
)
def test_hours_by_the_clock_of_who_is_texted(phone: str, zone: str, now: str, goes: str) -> None:
    assert _local(hours.waits_until(phone, NORMAL, _at(now, zone)), zone) == goes


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Sydney"])
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_no_text_goes_in_the_quiet_hours_of_any_night_of_the_months_when_clocks_change(zone: str, month: int) -> None:
    phone = {"America/New_York": NEW_YORK, "Europe/London": LONDON, "Australia/Sydney": SYDNEY}[zone]
    start = _at(f"2027-{month:02}-01 00:00", zone)
    for now in range(start, start + 31 * DAY, 190 * MINUTE):
        goes = hours.waits_until(phone, NORMAL, now)
        local = datetime.fromtimestamp(goes / 1000, ZoneInfo(zone)).time()
        assert time(8) <= local < time(21)
        assert 0 <= goes - now <= DAY


@settings(deadline=None)
@given(
    st.sampled_from(
        [NEW_YORK, LOS_ANGELES, BERLIN, SYDNEY, TOLL_FREE, HARTFORD, AUSTIN, "+77012345678", "+34612345678"]
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),
)
def test_it_is_daytime_wherever_the_number_may_be(phone: str, moment: datetime) -> None:
    now = int(moment.replace(tzinfo=UTC).timestamp() * 1000)
    goes = hours.waits_until(phone, NORMAL, now)
    assert goes >= now
    assert hours.waits_until(phone, NORMAL, goes) == goes
    for zone in zones.time_zones_for_number(phonenumbers.parse(phone)):
        assert time(8) <= datetime.fromtimestamp(goes / 1000, ZoneInfo(zone)).time() < time(21), zone
    if goes > now:
        assert hours.waits_until(phone, NORMAL, goes - MINUTE) == goes, "the first minute of all"


def test_a_number_with_several_zones_waits_for_the_later_morning_and_stops_at_the_earlier_evening() -> None:
    eight_in_sydney = _at("2027-07-01 08:00", "Australia/Sydney")
    goes = hours.waits_until(SYDNEY, NORMAL, eight_in_sydney)
    assert _local(goes, "Indian/Cocos") == "2027-07-01 08:00"
    assert _local(hours.waits_until(SYDNEY, NORMAL, _at("2027-07-01 20:59", "Australia/Lord_Howe")), "Indian/Cocos") > (
        "2027-07-01 08:00"
    )


def test_an_unknown_zone_goes_by_utc() -> None:
    assert _local(hours.waits_until(NOWHERE, NORMAL, _at("2027-01-15 03:00", "UTC")), "UTC") == "2027-01-15 08:00"
    noon = _at("2027-01-15 12:00", "UTC")
    assert hours.waits_until(NOWHERE, NORMAL, noon) == noon


@settings(deadline=None)
@given(st.integers(0, 3 * 365 * DAY), st.sampled_from([NEW_YORK, AUSTIN, TOLL_FREE, NOWHERE]))
def test_quiet_hours_may_be_switched_off(after: int, phone: str) -> None:
    now = 1_800_000_000_000 + after
    assert hours.waits_until(phone, Quiet("00:00", "00:00"), now) == now


@pytest.mark.parametrize(
    ("quiet", "now", "goes"),
    [
        (Quiet("12:30", "13:15"), "12:29", "12:29"),
        (Quiet("12:30", "13:15"), "12:30", "13:15"),
        (Quiet("12:30", "13:15"), "13:14", "13:15"),
        (Quiet("12:30", "13:15"), "03:00", "03:00"),
        (Quiet("22:00", "06:00"), "21:59", "21:59"),
        (Quiet("22:00", "06:00"), "23:00", "06:00"),
        (Quiet("00:00", "09:00"), "23:59", "23:59"),
        (Quiet("00:00", "09:00"), "00:00", "09:00"),
    ],
)
def test_quiet_hours_of_the_group_s_own(quiet: Quiet, now: str, goes: str) -> None:
    found = hours.waits_until(NEW_YORK, quiet, _at(f"2027-01-15 {now}", "America/New_York"))
    assert _local(found, "America/New_York").split()[1] == goes


def test_a_state_s_hours_hold_under_wider_ones_of_the_group() -> None:
    late = Quiet("23:00", "06:00")
    found = hours.waits_until(MIAMI, late, _at("2027-01-15 21:00", "America/New_York"))
    assert _local(found, "America/New_York") == "2027-01-16 08:00"
    assert hours.waits_until(NEW_YORK, late, _at("2027-01-15 21:00", "America/New_York")) == _at(
        "2027-01-15 21:00", "America/New_York"
    )


def test_where_zones_have_no_hour_in_common_the_first_decides() -> None:
    afternoon = Quiet("17:00", "14:00")
    first = zones.time_zones_for_number(phonenumbers.parse(TOLL_FREE))[0]
    goes = hours.waits_until(TOLL_FREE, afternoon, _at("2027-01-15 18:00", first))
    assert _local(goes, first) == "2027-01-16 14:00"


def test_where_no_hour_is_allowed_at_all_it_is_looked_at_again_in_a_day() -> None:
    early = Quiet("08:00", "06:00")  # 6 to 8, and Connecticut begins at 9
    now = _at("2027-01-15 07:00", "America/New_York")
    assert hours.waits_until(HARTFORD, early, now) == now + DAY
    assert hours.waits_until(NEW_YORK, early, now) == now


def _of_state(name: str, short: str) -> set[str]:
    """The area codes of a state, by the geography that phonenumbers carries."""
    places = ((prefix, words.get("en", "")) for prefix, words in GEOCODE_DATA.items() if prefix.startswith("1"))
    return {
        prefix[1:4] for prefix, place in places if len(prefix) > 3 and (place == name or place.endswith(f", {short}"))
    }


STATES = {
    ("Florida", "FL"): ("America/New_York", (8, 20), (8, 20)),
    ("Oklahoma", "OK"): ("America/Chicago", (8, 20), (8, 20)),
    ("Connecticut", "CT"): ("America/New_York", (9, 20), (9, 20)),
    ("Texas", "TX"): ("America/Chicago", (9, 21), (12, 21)),
}


@pytest.mark.parametrize("state", STATES)
def test_every_area_code_of_the_stricter_states_keeps_their_hours(state: tuple[str, str]) -> None:
    zone, week, sunday = STATES[state]
    codes = _of_state(*state)
    assert len(codes) > 3
    for code in codes:
        phone = f"+1{code}5550123"
        place = geocoder.description_for_number(phonenumbers.parse(phone), "en")
        assert state[0] in place or place.endswith(state[1])
        for day, (opens, closes) in (("2027-01-13", week), ("2027-01-17", sunday)):
            mine = zones.time_zones_for_number(phonenumbers.parse(phone))
            local = mine[0] if len(mine) == 1 else zone
            goes = hours.waits_until(phone, NORMAL, _at(f"{day} 00:30", local))
            assert datetime.fromtimestamp(goes / 1000, ZoneInfo(local)).hour in {opens, opens + 1}
            ends = hours.waits_until(phone, NORMAL, _at(f"{day} {closes}:00", local))
            assert ends > _at(f"{day} {closes}:00", local) + 10 * HOUR


def test_no_other_state_has_hours_of_its_own() -> None:
    strict = set().union(*(_of_state(*state) for state in STATES))
    early = Quiet("23:30", "00:30")
    for code in range(201, 990):
        phone = f"+1{code}5550123"
        mine = zones.time_zones_for_number(phonenumbers.parse(phone))
        if len(mine) == 1 and mine[0] != "Etc/Unknown":
            night = _at("2027-01-13 05:00", mine[0])
            assert (hours.waits_until(phone, early, night) == night) is (str(code) not in strict), code
