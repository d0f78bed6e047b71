"""Fonts and pictures of a theme, given to any page for ever."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEMO, FORM, Clock, running
from yesline.settings import load

LOGO = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def branded(tmp_path: Path) -> Path:
    """The demo's project with a theme that shows a picture."""
    folder = Path(shutil.copytree(DEMO, tmp_path / "project"))
    theme = folder / "themes" / "mine"
    (theme / "assets").mkdir(parents=True)
    (theme / "theme.toml").write_text('base = "calm"')
    (theme / "assets" / "logo.svg").write_text(LOGO)
    (theme / "art.html").write_text('<img src="assets/logo.svg" alt="">')
    form = folder / "forms" / f"{FORM}.toml"
    form.write_text(f'theme = "mine"\n{form.read_text()}')
    return folder


def test_a_picture_is_given_to_any_page_and_runs_nothing(
    branded: Path, tmp_path: Path, run: Callable[[Any], Any]
) -> None:
    settings = load(None, {}, data=str(tmp_path / "data"), sandbox=True, public_url="https://sms.example.com")

    async def story() -> None:
        async with running(settings, Clock(), branded) as site:
            view = (await site.http.get(f"/forms/{FORM}/view")).text
            found = re.search(r"https://sms\.example\.com(/assets/[0-9a-f]{16}/logo\.svg)", view)
            assert found
            picture = await site.http.get(found[1])
            assert picture.text == LOGO
            told = picture.headers
            assert told["content-type"].startswith("image/svg+xml")
            assert told["cache-control"] == "public, max-age=31536000, immutable"
            assert told["access-control-allow-origin"] == "*"
            assert told["x-content-type-options"] == "nosniff"
            assert told["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
            assert f'src="{found[1]}"' in (await site.http.get(f"/f/{FORM}")).text
            assert (await site.http.get(found[1].replace("logo", "other"))).status_code == 404

    run(story())
