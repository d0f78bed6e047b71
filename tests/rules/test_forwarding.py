"""What Braze, Segment and files are told, and what becomes of a delivery by the answer to it."""

import csv
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.conftest import NOON
from yesline.records.outgoing import Endpoint, Kind, Options, Person
from yesline.rules import forwarding
from yesline.rules.abuse import DAY, HOUR, SECOND
from yesline.rules.forwarding import Answer, Verdict
from yesline.rules.telling import Data, Message

PHONE = "+12015550123"
AT = "2027-01-15T08:00:00.000Z"
DATA = Data(
    "s:4", "s", "club", "confirmed", "reply", "pending", "subscribed", PHONE, None, "en", "x1", (), None
)  # fmt: skip
NOBODY = Person()
MAPPED = Options(groups={"club": "their-club", "news": "their-news"}, email_groups={"letters": "their-letters"})


def _message(kind: str = "subscription.subscribed", **changes: Any) -> Message:
    return Message(kind, AT, replace(DATA, **changes))


# Answers.


@pytest.mark.parametrize("kind", ["webhook", "braze", "segment", "file"])
def test_a_success_is_one_whoever_answers(kind: Kind) -> None:
    for answer in (Answer(200), Answer(201), Answer(0, done=True)):
        assert forwarding.judge(kind, 1, answer, NOON, 0) == Verdict("delivered")


def test_why_nothing_was_sent_is_kept() -> None:
    assert forwarding.judge("braze", 1, Answer(0, why="erased", done=True), NOON, 0) == Verdict("delivered", "erased")


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_what_another_system_refuses_is_over_and_a_webhook_is_asked_again(status: int) -> None:
    for kind in ("braze", "segment"):
        assert forwarding.judge(kind, 1, Answer(status), NOON, 0) == Verdict("failed", f"it answered {status}")
    assert forwarding.judge("webhook", 1, Answer(status), NOON, 0).state == "waiting"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_disables_and_what_it_was_refused_for_waits(status: int) -> None:
    verdict = forwarding.judge("segment", 1, Answer(status), NOON, 0)
    assert (verdict.state, verdict.disabled) == ("waiting", f"it answered {status}: the key is refused")


def test_who_is_gone_is_disabled() -> None:
    verdict = forwarding.judge("braze", 1, Answer(410), NOON, 0)
    assert verdict == Verdict("failed", "it answered 410: gone", disabled="it answered 410: gone")


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (Answer(500), 5 * SECOND),
        (Answer(302), 5 * SECOND),
        (Answer(408), 5 * SECOND),
        (Answer(0, why="lost"), 5 * SECOND),
        (Answer(429), 5 * SECOND),
        (Answer(429, {"retry-after": "60"}), 60 * SECOND),
        (Answer(429, {"x-ratelimit-reset": str((NOON + HOUR) // SECOND)}), HOUR),
        (Answer(429, {"x-ratelimit-reset": str(NOON // SECOND - 9)}), 5 * SECOND),
        (Answer(429, {"x-ratelimit-reset": "9" * 30}), DAY),
        (Answer(429, {"x-ratelimit-reset": "soon"}), 5 * SECOND),
        (Answer(429, {"x-ratelimit-reset": "²"}), 5 * SECOND),
        (Answer(500, {"x-ratelimit-reset": str((NOON + HOUR) // SECOND)}), 5 * SECOND),
    ],
)
def test_what_may_pass_is_tried_again(answer: Answer, wait: int) -> None:
    verdict = forwarding.judge("braze", 1, answer, NOON, 0)
    assert (verdict.state, verdict.wait, verdict.disabled) == ("waiting", wait, "")


def test_ten_tries_are_the_end_of_it() -> None:
    verdict = forwarding.judge("file", 10, Answer(0, why="no disk"), NOON, 0)
    assert verdict == Verdict("failed", "no disk", disabled="no success in 10 tries: no disk")


def test_paths_are_put_behind_an_address_however_it_ends() -> None:
    for url in ("https://rest.example/v2", "https://rest.example/v2/"):
        to = Endpoint("e", url, "", "k", "", 0, "enabled", "", NOON, NOON, "braze")
        assert forwarding.base_of(to) == "https://rest.example/v2"


# Braze.


def test_a_yes_makes_a_profile_by_its_number() -> None:
    assert forwarding.braze(_message(), NOBODY, MAPPED) == {
        "attributes": [
            {
                "phone": PHONE,
                "subscription_groups": [{"subscription_group_id": "their-club", "subscription_state": "subscribed"}],
            }
        ],
        "events": [
            {
                "phone": PHONE, "name": "subscription.subscribed", "time": AT,
                "properties": {
                    "id": "s:4", "group": "club", "kind": "confirmed", "source": "reply", "before": "pending",
                    "state": "subscribed", "language": "en", "submission": "x1",
                },
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("person", "named"),
    [
        (Person("u1", ("shop", "ann")), {"external_id": "u1"}),
        (
            Person(None, ("shop", "ann")),
            {"user_alias": {"alias_label": "shop", "alias_name": "ann"}, "_update_existing_only": False},
        ),
    ],
)
def test_who_has_a_name_is_called_by_it_and_the_number_goes_along(person: Person, named: dict[str, Any]) -> None:
    body = forwarding.braze(_message(), person, MAPPED)
    assert body
    (attributes,), (event,) = body["attributes"], body["events"]
    assert named.items() <= attributes.items()
    assert attributes["phone"] == PHONE
    assert named.items() <= event.items()
    assert "phone" not in event


@pytest.mark.parametrize("kind", ["subscription.pending", "subscription.expired", "message.failed", "inbound.received"])
def test_what_changes_no_consent_makes_no_profile(kind: str) -> None:
    body = forwarding.braze(_message(kind), NOBODY, MAPPED)
    assert body
    assert "attributes" not in body
    assert body["events"][0]["_update_existing_only"] is True


def test_a_group_that_braze_does_not_know_is_told_as_an_event() -> None:
    body = forwarding.braze(_message(group="other"), NOBODY, MAPPED)
    assert body
    assert "attributes" not in body
    assert body["events"][0]["properties"]["group"] == "other"


def _groups(message: Message) -> list[tuple[str, str]]:
    body = forwarding.braze(message, NOBODY, MAPPED)
    assert body
    (attributes,) = body["attributes"]
    return [(one["subscription_group_id"], one["subscription_state"]) for one in attributes["subscription_groups"]]


def test_a_stop_to_the_brand_ends_every_group_that_texts() -> None:
    stopped = _message("subscription.unsubscribed", group="*", state="stopped", left=("club",))
    assert _groups(stopped) == [("their-club", "unsubscribed"), ("their-news", "unsubscribed")]


def test_an_address_has_the_groups_of_addresses() -> None:
    left = _message("subscription.unsubscribed", group="letters", phone=None, email="a@b.example")
    assert _groups(left) == [("their-letters", "unsubscribed")]
    body = forwarding.braze(left, NOBODY, MAPPED)
    assert body
    assert body["attributes"][0]["email"] == "a@b.example"
    assert "phone" not in body["attributes"][0]


def test_of_who_was_erased_nothing_is_sent() -> None:
    for kind in ("profile.erased", "subscription.subscribed", "message.delivered"):
        assert forwarding.braze(_message(kind, phone=None), Person("u1"), MAPPED) is None


def test_a_property_is_no_longer_than_braze_takes() -> None:
    body = forwarding.braze(_message("inbound.received", text="x" * 2000), NOBODY, MAPPED)
    assert body
    assert body["events"][0]["properties"]["text"] == "x" * 255


# Segment.


def test_a_yes_changes_the_person_first() -> None:
    identify, track = forwarding.segment(_message(), Person("u1"), "msg_1")
    assert identify == (
        "/v1/identify",
        {
            "userId": "u1", "timestamp": AT, "messageId": "msg_1-identify",
            "traits": {"phone": PHONE, "consent_club": "subscribed"},
        },
    )  # fmt: skip
    path, event = track
    assert path == "/v1/track"
    assert (event["userId"], event["event"], event["messageId"]) == ("u1", "subscription.subscribed", "msg_1")
    assert event["context"]["traits"] == {"phone": PHONE}
    assert "phone" not in event["properties"]


def test_a_stop_to_the_brand_changes_the_groups_that_it_ended() -> None:
    stopped = _message("subscription.unsubscribed", group="*", left=("club", "news"))
    (_, body), _ = forwarding.segment(stopped, NOBODY, "m")
    assert body["traits"] == {"phone": PHONE, "consent_club": "unsubscribed", "consent_news": "unsubscribed"}
    assert body["anonymousId"] == "s"


def test_what_changes_no_consent_and_who_was_erased_is_one_event() -> None:
    for message in (_message("message.delivered"), _message("profile.erased", phone=None), _message(phone=None)):
        ((path, body),) = forwarding.segment(message, NOBODY, "m")
        assert path == "/v1/track"
        assert (PHONE in json.dumps(body)) is bool(message.data.phone)


def test_a_write_key_is_a_name_without_a_password() -> None:
    assert forwarding.basic("key") == "Basic a2V5Og=="


# Files.


def _cells(options: Options, *messages: Message) -> list[dict[str, str]]:
    text = forwarding.head(options) + "".join(forwarding.line(message, options) for message in messages)
    return list(csv.DictReader(text.removeprefix(forwarding.MARK).splitlines()))


def test_a_csv_file_has_a_head_and_a_line_for_each_event() -> None:
    row, stop = _cells(Options(csv=True), _message(), _message(group="*", left=("club", "news"), parts=2))
    assert (row["type"], row["phone"]) == ("subscription.subscribed", PHONE)
    assert (row["timestamp"], row["email"], row["left"]) == (AT, "", "")
    assert (stop["left"], stop["parts"]) == ("club news", "2")
    assert forwarding.head(Options()) == ""
    assert forwarding.head(Options(csv=True, spreadsheet=True)).startswith("\ufeff")


@given(st.text() | st.sampled_from(["=1+1", "\n=1", "-2", "@x", "\x1b=1", '",\r\n"', "\x1b[2J", "\u202e"]))
def test_what_a_phone_texts_is_one_cell_of_one_line_and_no_formula(words: str) -> None:
    told = _message("inbound.received", text=words)
    for options in (Options(csv=True), Options(csv=True, spreadsheet=True)):
        line = forwarding.line(told, options)
        assert len(line.splitlines()) == 1
        assert line.strip("\r\n").isprintable()
        (row,) = _cells(options, told)
        assert not row["text"].lstrip().startswith(("=", "+", "-", "@"))
    plain = forwarding.line(told, Options())
    assert plain.isascii()
    assert plain.count("\n") == 1
    assert json.loads(plain)["data"]["text"] == words


def test_a_spreadsheet_gets_numbers_as_text() -> None:
    (row,) = _cells(Options(csv=True, spreadsheet=True), _message())
    assert row["phone"] == f"'{PHONE}"


@pytest.mark.parametrize(("csv_", "name"), [(True, "events-2027-01-15.csv"), (False, "events-2027-01-15.ndjson")])
def test_a_file_is_of_one_day(csv_: bool, name: str) -> None:
    last = NOON - NOON % DAY + DAY - 1
    assert forwarding.file_name(Options(csv=csv_), last) == name
    assert forwarding.file_name(Options(csv=csv_), last + 1) != name


def test_every_member_of_an_event_has_a_column() -> None:
    names: Sequence[str] = forwarding.COLUMNS
    assert names[:2] == ("type", "timestamp")
    assert set(Data.__struct_fields__) <= set(names)
