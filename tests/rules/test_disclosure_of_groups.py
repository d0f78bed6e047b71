"""The linter over all texts of a group, and over a project folder: what is refused, and how it is told."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.rules.test_disclosure import BRAND, GROUP, LANGUAGES, ONE_WAY
from yesline import project
from yesline.errors import ConfigError
from yesline.programme import Custom, Group
from yesline.rules.disclosure import lint_group


def told(group: Group, languages: tuple[str, ...] = (), **offered: tuple[str, ...]) -> list[str]:
    return [f"{found.problem.level}: {found}" for found in lint_group(BRAND, group, languages, offered)]


def test_a_group_with_our_texts_is_in_order_in_every_language() -> None:
    assert told(GROUP, LANGUAGES, one=("reply", "code"), two=("link",)) == []
    assert told(replace(ONE_WAY, languages=LANGUAGES), one=("reply", "code")) == []


def test_problems_of_a_group_are_told_with_text_language_and_form() -> None:
    group = replace(
        GROUP, name="x.example/y", texts={"fr": {"stop": "Bye"}, "en": {"prompt": "short", "hlep": "{brand}"}}
    )
    found = told(group, form=("reply", "code"))
    assert (
        "error: form form: text 'prompt' in 'en': it does not name the code that its form offers. Write {how} or {code}."
        in found
    )
    assert "error: text 'stop' in 'fr': it does not say the brand. Write {brand}." in found
    assert any(line.startswith("error: name: a web address") for line in found)
    assert any(
        line.startswith("error: text 'hlep' in 'en': there is no such text. Names are prompt,") for line in found
    )


def test_replies_to_keywords_are_read_too() -> None:
    group = replace(GROUP, custom={"hours": Custom({"en": ("HOURS",)}, {"en": "{brand}: {how}, bit.ly/x now"})})
    assert [line.partition(":")[2] for line in told(group)] == [
        " text 'custom.hours.reply' in 'en': it must not name how to confirm here. Take it out.",
        " text 'custom.hours.reply' in 'en': carriers block public link shorteners such as bit.ly. Write the whole address.",
    ]


def test_english_that_stands_in_for_a_language_is_read_as_english_and_once() -> None:
    group = replace(GROUP, languages=("en", "sv", "da"), texts={"en": {"review": "Out?"}})
    assert told(group) == [
        "error: text 'review' in 'en': it does not say the brand. Write {brand}.",
        "error: text 'review' in 'en': it does not say how to end it. Write {end} or {help_end}.",
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's project folder, to be spoiled."""
    return Path(shutil.copytree(Path(project.__file__).parent / "demo" / "project", tmp_path / "project"))


def test_the_demo_is_in_order_without_a_warning(folder: Path) -> None:
    assert project.warnings(project.load(folder)) == []


def test_a_project_is_refused_with_file_text_language_and_all_that_is_missing(folder: Path) -> None:
    file = folder / "groups" / "promotions.toml"
    with file.open("a", encoding="utf-8") as out:
        out.write('\n[texts.fr]\nhelp = "Aide : https://l.example//x ici"\nreview = "{brand} ?"\n')
    with pytest.raises(ConfigError) as told:
        project.load(folder)
    assert str(told.value).splitlines() == [
        f"{file}: text 'help' in 'fr': it does not say the brand. Write {{brand}}.",
        f"{file}: text 'help' in 'fr': it does not say whom to write to. Write {{support}}.",
        f"{file}: text 'help' in 'fr': it does not say how to end it. Write {{end}} or {{help_end}}.",
        f"{file}: text 'review' in 'fr': it does not say how to end it. Write {{end}} or {{help_end}}.",
    ]


def test_a_brand_with_an_address_is_refused_with_its_file(folder: Path) -> None:
    file = folder / "yesline.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"Larkspur Coffee"', '"www.larkspur.example"'), "utf-8")
    with pytest.raises(ConfigError, match=r"yesline\.toml: name: a web address does not belong in"):
        project.load(folder)


def test_warnings_of_a_project_keep_it_from_nothing(folder: Path) -> None:
    file = folder / "groups" / "promotions.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("tastings", "tastings ❤"), "utf-8")
    found = project.warnings(project.load(folder))
    assert "groups/promotions.toml: text 'help' in 'en': ❤ is outside of GSM 03.38" in "\n".join(found)
