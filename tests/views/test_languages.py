"""Tags: which language answers a wish, where a language falls back to, and which way it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.views import languages
from yesline.views.languages import accepted, best, chain, direction, ours, written


@pytest.mark.parametrize(
    ("tag", "names"),
    [
        ("en", ["en"]),
        ("pt-BR", ["pt-BR", "pt"]),
        ("PT_br", ["pt-BR", "pt"]),
        ("fr-CA", ["fr-CA", "fr"]),
        ("zh-TW", ["zh-TW", "zh-Hant", "zh"]),
        ("zh-HK", ["zh-HK", "zh-Hant", "zh"]),
        ("zh-hant-tw", ["zh-Hant-TW", "zh-Hant", "zh"]),
        ("zh-Hans-HK", ["zh-Hans-HK", "zh-Hans", "zh"]),
        ("no-NO", ["no-NO", "no", "nb"]),
        ("nn", ["nn", "nb"]),
        ("iw-IL", ["iw-IL", "iw", "he"]),
        ("sr-Latn-RS", ["sr-Latn-RS", "sr-Latn", "sr"]),
        ("es-419", ["es-419", "es"]),
    ],
)
def test_a_tag_falls_back_to_what_its_readers_read(tag: str, names: list[str]) -> None:
    assert list(chain(tag)) == names


@pytest.mark.parametrize(
    ("wish", "spoken", "found"),
    [
        ("de-AT", ("en", "de"), "de"),
        ("DE", ("en", "de"), "de"),
        ("zh-TW", ("en", "zh", "zh-Hant"), "zh-Hant"),
        ("zh-Hant-TW", ("zh", "zh-TW"), "zh-TW"),
        ("zh-CN", ("zh-Hant", "zh-Hans"), "zh-Hans"),
        ("zh-CN", ("en", "zh-Hant"), "zh-Hant"),
        ("no", ("en", "nb"), "nb"),
        ("nb-NO", ("en", "no"), "no"),
        ("nn-NO", ("en", "nb"), "nb"),
        ("iw", ("en", "he"), "he"),
        ("pt", ("en", "pt-BR"), "pt-BR"),
        ("pt-BR", ("pt", "pt-br"), "pt-br"),
        ("pt-AO", ("pt-BR", "pt"), "pt"),
        ("fr-CA", ("fr", "fr-CA"), "fr-CA"),
        ("fr-BE", ("fr-CA", "fr"), "fr"),
        ("en-GB", ("de", "en"), "en"),
        ("sr-ME", ("sr", "sr-Latn"), "sr-Latn"),
        ("tlh", ("en", "de"), None),
        ("", ("en", "de"), None),
    ],
)
def test_the_closest_language_answers(wish: str, spoken: tuple[str, ...], found: str | None) -> None:
    assert best([wish], spoken) == found


def test_the_first_wish_that_can_be_met_counts() -> None:
    assert best(["tlh", "fr-FR", "de"], ("en", "de", "fr")) == "fr"
    assert best([], ("en", "de")) is None


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", []),
        ("de-DE,de;q=0.9,en;q=0.8", ["de-DE", "de", "en"]),
        ("en;q=0.2, de ; q=0.9 ,fr", ["fr", "de", "en"]),
        ("de;q=0, en", ["en"]),
        ("*, de;q=0.5", ["de"]),
        ("de;q=much, en;q=0.5", ["de", "en"]),
        (",,;", []),
    ],
)
def test_a_header_is_read_by_weight(header: str, tags: list[str]) -> None:
    assert accepted(header) == tags


@given(st.text(max_size=2000))
def test_no_header_is_too_odd(header: str) -> None:
    found = accepted(header)
    assert sum(map(len, found)) <= 300
    assert best(found, ("en", "de")) in {"en", "de", None}


@given(st.text(max_size=200))
def test_a_tag_is_written_in_one_way(tag: str) -> None:
    assert written(written(tag)) == written(tag)
    assert len(chain(tag)) <= 72
    assert chain(tag)[0] == written(tag)


@pytest.mark.parametrize(
    ("locale", "way"),
    [("ar", "rtl"), ("ar-EG", "rtl"), ("he", "rtl"), ("iw", "rtl"), ("fa-IR", "rtl"), ("pa-Arab", "rtl"),
     ("sd-Deva", "ltr"), ("en", "ltr"), ("zh-Hant", "ltr"), ("az-Latn", "ltr")],
)  # fmt: skip
def test_a_language_is_written_its_way(locale: str, way: str) -> None:
    assert direction(locale) == way


def test_every_language_of_ours_answers_to_its_own_tag_and_in_its_regions() -> None:
    assert ours()[0] == "en"
    assert set(languages._READ_AS.values()) - {"zh-Hans"} <= set(ours())
    for locale in ours():
        assert best([locale], ours()) == locale
        assert best([f"{locale.split('-')[0]}-XX"], ours()) == locale.split("-")[0]
