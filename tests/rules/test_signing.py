"""Tokens, slugs and codes: each for one purpose, one key list, one age."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.rules import signing
from yesline.rules.signing import DAY, Keys

OLD = Keys((b"a" * 32,), b"n" * 32, b"l" * 32)
BOTH = Keys((b"a" * 32, b"b" * 32), b"n" * 32, b"l" * 32)
BOTH_OLD_SIGNS = Keys((b"b" * 32, b"a" * 32), b"n" * 32, b"l" * 32)
NEW = Keys((b"b" * 32,), b"n" * 32, b"l" * 32)
NOW = 1_800_000_000_000


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=60))
def test_a_token_tells_what_was_signed(value: str) -> None:
    assert signing.read(OLD, "stamp", signing.sign(OLD, "stamp", value, NOW), NOW) == value


def test_a_token_of_one_purpose_is_worthless_for_another() -> None:
    token = signing.sign(OLD, "confirm-page", "prompt", NOW)
    assert signing.read(OLD, "confirm", token, NOW) is None


def test_a_token_ends_with_its_purpose_s_age() -> None:
    token = signing.sign(OLD, "stamp", "x", NOW)
    assert signing.read(OLD, "stamp", token, NOW + 3 * DAY) == "x"
    assert signing.read(OLD, "stamp", token, NOW + 3 * DAY + 1000) is None


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "é.ü.ß", "\ud800.x.y"])
def test_nonsense_is_no_token(forged: str) -> None:
    assert signing.read(OLD, "stamp", forged, NOW) is None


@pytest.mark.parametrize(
    ("signer", "reader"), [(OLD, BOTH_OLD_SIGNS), (BOTH_OLD_SIGNS, OLD), (BOTH, NEW), (BOTH, BOTH_OLD_SIGNS)]
)
def test_keys_rotate_in_three_steps(signer: Keys, reader: Keys) -> None:
    """Add the new key as not-last everywhere, move it last, drop the old one."""
    assert signing.read(reader, "confirm", signing.sign(signer, "confirm", "x", NOW), NOW) == "x"
    assert signing.read_slug(reader, signing.slug(signer, "0" * 11)) == "0" * 11
    assert signing.code_matches(reader, "prompt", 1, signing.code(signer, "prompt", 1))


def test_a_dropped_key_verifies_nothing() -> None:
    assert signing.read(NEW, "confirm", signing.sign(OLD, "confirm", "x", NOW), NOW) is None
    assert signing.read_slug(NEW, signing.slug(OLD, "0" * 11)) is None


def test_every_changed_character_spoils_a_slug() -> None:
    slug = signing.slug(OLD, signing.minter()())
    assert len(slug) == 22
    for place, char in enumerate(slug):
        other = "1" if char == "0" else "0"
        assert signing.read_slug(OLD, slug[:place] + other + slug[place + 1 :]) is None
    assert signing.read_slug(OLD, slug + "=") is None
    assert signing.read_slug(OLD, "é" * 22) is None


def test_codes_differ_by_prompt_and_generation() -> None:
    codes = {signing.code(OLD, prompt, generation) for prompt in ("a", "b", "c") for generation in (1, 2, 3)}
    assert len(codes) == 9
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert not signing.code_matches(OLD, "a", 1, "é")


def test_ids_of_one_batch_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([7, 1, 1, 1, 2])
    monkeypatch.setattr(secrets, "randbits", lambda _bits: next(drawn))
    mint = signing.minter()
    assert mint() != mint()


def test_ids_do_not_repeat() -> None:
    mint = signing.minter()
    assert len({mint() for _ in range(10_000)} | {signing.minter()() for _ in range(10_000)}) == 20_000
    assert {len(mint()) for _ in range(1000)} == {11}


def test_a_carrier_s_address_is_its_name_and_what_nobody_guesses() -> None:
    key = signing.webhook_key(OLD, "twilio")
    name, _, rest = key.partition(".")
    assert (name, len(rest)) == ("twilio", 32)
    assert signing.webhook_key(OLD, "telnyx").partition(".")[2] != rest
    other = Keys(OLD.signing, b"other" * 8, OLD.ledger)
    assert signing.webhook_key(other, "twilio") != key


def test_a_stop_link_outlives_the_keys_that_sign() -> None:
    slug = signing.stop_slug(OLD, "0" * 11, "promotions")
    assert len(slug) == 22
    assert signing.read_stop_slug(NEW, slug, ["roasts", "promotions"]) == ("0" * 11, "promotions")
    assert signing.read_stop_slug(NEW, slug, ["roasts"]) is None
    assert signing.read_stop_slug(NEW, slug, []) is None
