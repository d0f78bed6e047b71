"""Pages that belong to no form speak the reader's language, and so does a form that speaks it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FORM, Clock, Site, running
from tests.wire import project_in
from yesline.settings import Settings
from yesline.views.themes import load_strings


@pytest.mark.parametrize(
    ("header", "locale", "way"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de", "ltr"),
        ("ar-EG", "ar", "rtl"),
        ("zh-Hant-TW,zh-TW;q=0.9", "zh-Hant", "ltr"),
        ("no", "nb", "ltr"),
        ("tlh, pt-BR;q=0.4", "pt-BR", "ltr"),
        ("tlh", "en", "ltr"),
        ("", "en", "ltr"),
    ],
)
def test_a_page_of_no_form_speaks_the_readers_language(on_site: Any, header: str, locale: str, way: str) -> None:
    async def story(site: Site) -> None:
        for path, name in (("/f/no-such-form", "404"), ("/c/nosuchslug", "not_valid")):
            page = (await site.http.get(path, headers={"accept-language": header})).text
            assert f'<html lang="{locale}" dir="{way}">' in page
            assert load_strings(locale)[f"page.{name}_title"] in page

    on_site(story)


def test_a_form_speaks_the_closest_of_its_languages(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path
) -> None:
    folder = project_in(tmp_path / "project", 'locales = ["en", "zh", "zh-Hant", "nb", "fr-CA"]')

    async def story() -> None:
        async with running(settings, clock, folder) as site:

            async def spoken(header: str, asked: str = "") -> str:
                answer = await site.http.get(f"/forms/{FORM}/view{asked}", headers={"accept-language": header})
                return str(answer.json()["locale"])

            assert await spoken("zh-HK") == "zh-Hant"
            assert await spoken("zh-CN,zh;q=0.9") == "zh"
            assert await spoken("no-NO,no;q=0.9") == "nb"
            assert await spoken("fr-FR") == "fr-CA"
            assert await spoken("en;q=0.1, nn;q=0.9") == "nb"
            assert await spoken("nb;q=0, tlh") == "en"
            assert await spoken("nb", "?locale=zh-TW") == "zh-Hant"

    run(story())
