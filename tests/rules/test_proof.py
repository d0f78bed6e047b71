"""The chain: whatever is changed, added or taken away by hand is named."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from yesline.errors import LedgerError
from yesline.records import Draft, Event, EventFacts, Subject
from yesline.rules import proof

KEY = b"l" * 32
Chain = list[tuple[Event, str | None]]


def chain(length: int, facts: dict[str, str] | None = None) -> tuple[Subject, Chain]:
    subject = Subject("s", "tag", "+12015550123", 0)
    rows: Chain = []
    for number in range(length):
        draft = Draft(
            "s", "noted", "form", "g", "pending", "pending", facts or {"phone": "+12015550123", "n": str(number)}
        )
        subject, event, kept = proof.link(KEY, subject, draft, number)
        rows.append((event, kept.facts))
    return subject, rows


@given(st.integers(0, 6), st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_what_was_linked_verifies(length: int, facts: dict[str, str]) -> None:
    assert proof.check_chain(KEY, *chain(length, facts)) == length


def test_erased_facts_leave_the_chain_whole() -> None:
    subject, rows = chain(3)
    assert proof.check_chain(KEY, subject, [(event, None) for event, _ in rows]) == 3


def test_one_erased_fact_leaves_the_others_checked() -> None:
    subject, rows = chain(1, {"phone": "+12015550123", "words": "yes"})
    facts = msgspec.json.decode(rows[0][1] or "")
    del facts["phone"]
    assert proof.check_chain(KEY, subject, [(rows[0][0], msgspec.json.encode(facts).decode())]) == 1
    facts["words"][1] = "no"
    with pytest.raises(LedgerError, match="words is not what"):
        proof.check_chain(KEY, subject, [(rows[0][0], msgspec.json.encode(facts).decode())])


def test_equal_facts_have_different_digests() -> None:
    _, rows = chain(2, {"phone": "+12015550123"})
    assert rows[0][0].digests != rows[1][0].digests


@pytest.mark.parametrize(
    "change",
    [
        {"at": 99},
        {"kind": "stopped"},
        {"before": "x"},
        {"after": "x"},
        {"group_id": "x"},
        {"digests": "{}"},
        {"source": "code"},
    ],
)
def test_a_changed_column_is_named(change: dict[str, object]) -> None:
    subject, rows = chain(3)
    rows[1] = (replace(rows[1][0], **change), rows[1][1])
    with pytest.raises(LedgerError, match="event 2 of subject s was changed by hand"):
        proof.check_chain(KEY, subject, rows)


def test_a_changed_fact_is_named() -> None:
    subject, rows = chain(2)
    assert rows[1][1]
    rows[1] = (rows[1][0], rows[1][1].replace("+12015550123", "+12015550199"))
    with pytest.raises(LedgerError, match="event_facts 2 of subject s was changed by hand: phone"):
        proof.check_chain(KEY, subject, rows)


def test_unreadable_facts_are_named() -> None:
    subject, rows = chain(1)
    with pytest.raises(LedgerError, match="cannot be read"):
        proof.check_chain(KEY, subject, [(rows[0][0], '{"phone": ["zz", "x"]}')])


def test_a_row_taken_from_the_middle_is_named() -> None:
    subject, rows = chain(3)
    with pytest.raises(LedgerError, match="event 2 of subject s is missing"):
        proof.check_chain(KEY, subject, [rows[0], rows[2]])


def test_a_row_taken_from_the_end_is_noticed() -> None:
    subject, rows = chain(3)
    with pytest.raises(LedgerError, match="should have 3 events and has 2"):
        proof.check_chain(KEY, subject, rows[:2])


def test_a_row_put_in_the_place_of_another_is_noticed() -> None:
    subject, rows = chain(2)
    _, others = chain(2, {"phone": "+12015550199"})
    with pytest.raises(LedgerError, match="does not follow"):
        proof.check_chain(KEY, subject, [rows[0], others[1]])


def test_another_key_verifies_nothing() -> None:
    with pytest.raises(LedgerError, match="changed by hand"):
        proof.check_chain(b"x" * 32, *chain(1))


def test_facts_are_kept_with_salts_of_their_own() -> None:
    kept: EventFacts = proof.link(
        KEY, Subject("s", None, None, 0), Draft("s", "noted", "form", "g", "", "", {"a": "1", "b": "1"}), 0
    )[2]
    assert len(set(kept.facts.split('"'))) > 5
