"""How many parts a text costs, and what is taken out of one before it is sent (acceptance test 31)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.segments_table import BY_HAND, ROWS, least_parts, text_of
from yesline.rules.segments import clusters, encoding, foreign, hides, plain, segments

# 3GPP TS 23.038, 6.2.1: the default alphabet, row by row of its table; 0x1B escapes to the extension in 6.2.1.1.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip

TROUBLE = st.text(
    st.sampled_from(
        "aé`…’«\u00a0\r\n\t\u0301\u00ad\u034f\u202e\u2066\u200b\u200c\u200d\ufeff\ufe0f👍🏽👩❤⚕🇩🏴\U000e0067\U000e007fهمकि्"
    )
)


def test_table_has_300_texts_and_no_two_are_one() -> None:
    assert len({row[:2] for row in ROWS}) == len(ROWS) >= 300
    assert len(BY_HAND) >= 60


@pytest.mark.parametrize(("sent_in", "row", "parts"), ROWS)
def test_parts_equal_the_table(sent_in: str, row: str, parts: int) -> None:
    text = text_of(row)
    assert (encoding(text), segments(text)) == (sent_in, parts)


def test_table_holds_the_fewest_parts_of_every_way_to_cut() -> None:
    assert [row for row in ROWS if least_parts(row[0], row[1]) != row[2]] == []


def test_alphabet_is_all_of_gsm_03_38_and_nothing_else() -> None:
    assert len(ALPHABET) == 128
    one, two = set(ALPHABET) - {"\x1b"}, set(EXTENSION.values())
    known = {chr(point) for point in range(0x110000) if encoding(chr(point)) == "gsm7"}
    assert known == one | two
    assert all(segments(c * 160) == 1 and segments(c * 161) == 2 for c in one)
    assert all(segments(c * 80) == 1 and segments(c * 81) == 2 for c in two)


def test_foreign_characters_are_named_once() -> None:
    assert foreign("naïve ❤ naïve €") == ["ï", "❤"]


@pytest.mark.parametrize(
    "cluster",
    ["a", "é", "e\u0301", "कि", "👍", "👍🏽", "❤️", "1️⃣", "🇩🇪", "👨‍👩‍👧‍👦", "👩🏽‍⚕️", "🏳️‍🌈", "👁️‍🗨️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\r\n"],
)  # fmt: skip
def test_what_people_take_for_one_character_is_one(cluster: str) -> None:
    assert list(clusters(cluster)) == [cluster]
    assert list(clusters(f"a{cluster}a")) == ["a", cluster, "a"]


def test_a_joiner_joins_no_flag_to_a_face() -> None:
    assert list(clusters("\U0001f642\u200d\U0001f1fa\U0001f1f8")) == ["\U0001f642\u200d", "\U0001f1fa\U0001f1f8"]


def test_flags_in_a_row_are_cut_between_them() -> None:
    assert list(clusters("🇩🇪🇫🇷🇩")) == ["🇩🇪", "🇫🇷", "🇩"]


@given(st.text() | TROUBLE)
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(st.text() | TROUBLE)
def test_more_text_never_costs_less(text: str) -> None:
    assert segments(text) <= segments(text + "a") <= segments(text) + 1


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("“It’s ‘here’” – now… 5″", "\"It's 'here'\" - now... 5\""),
        ("a\u00a0b\u202fc\u2009d\te", "a b c d e"),
        ("«oui»", '"oui"'),
        ("10\u221215", "10-15"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("cafe\u0301", "café"),  # composed, it is within GSM 03.38
        ("\u202egnihtyna\u202c", "gnihtyna"),
        ("\u2066x\u2069\u200f\u200e\u061c", "x"),
        ("a\u200bb\ufeffc\u00add\u2060e\u0000f\u001bg\u3164h", "abcdefgh"),
        ("a\u200db\u200cc", "abc"),  # Latin joins nothing
        ("👍\u200d👍🏽\u200d", "👍\u200d👍🏽"),  # a joiner at the end joins nothing
        ("\u200dab", "ab"),  # nor one before all
        ("ه\u200d\u200d", "ه\u200d"),  # nor a second one
        ("x\U000e0067\U000e007f", "x"),  # tags without a flag hide
    ],
)
def test_plain(typed: str, sent: str) -> None:
    assert plain(typed) == sent


@pytest.mark.parametrize(
    "text",
    ["👨‍👩‍👧‍👦", "❤️‍🔥", "👩🏽‍⚕️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "می‌خواهم", "ه‍", "क्‌ष", "श्‍री", "ශ්‍රී", "Straße, 12 € • ¿qué?", "﷼٫١٢"],
)  # fmt: skip
def test_plain_keeps_joiners_that_join_and_what_is_seen(text: str) -> None:
    assert plain(text) == text
    assert not hides(text)


@given(st.text() | TROUBLE)
def test_plain_text_hides_and_turns_nothing_and_stays_as_it_is(text: str) -> None:
    sent = plain(text)
    assert plain(sent) == sent
    assert not hides(sent)
    assert not set(sent) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\u00ad‘’“”…\u00a0\r\t"
    )
    assert not [c for c in sent if unicodedata.category(c) == "Cc" and c != "\n"]


@given(st.text(st.characters(codec="ascii", min_codepoint=32, exclude_characters="`\x7f")))
def test_plain_changes_nothing_that_is_plain(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("name", ["Lark\u200bspur", "\u202eKrapsur", "a\u0000", "x\U000e0067"])
def test_hidden_characters_are_noticed(name: str) -> None:
    assert hides(name)


def test_odd_quotes_are_not_hidden_characters() -> None:
    assert not hides("Lark’s – “best”… here")
