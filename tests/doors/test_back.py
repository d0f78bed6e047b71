"""The way back to the seller's app: on the page behind the link in a text, for whoever has said yes, and for nobody else."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.browser import Browser, Page, says
from tests.conftest import FORM, Clock, running
from tests.wire import link_in, project_in
from yesline import project
from yesline.errors import ConfigError
from yesline.settings import Settings

APP = "myapp://sms-done?from=text&to=me"


def test_whoever_has_said_yes_is_led_back_to_the_app_of_the_form(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path
) -> None:
    """Another form of the same group says nothing of an app."""
    folder = project_in(tmp_path / "project", form=f'back = "{APP}"')
    form = (folder / "forms" / f"{FORM}.toml").read_text(encoding="utf-8")
    (folder / "forms" / "another.toml").write_text(
        re.sub(r"^back = .*$", "", form, flags=re.MULTILINE), encoding="utf-8"
    )

    def leads(page: Page) -> bool:
        found = APP in page.links
        assert found == says(page.words, "page.back")
        return found

    async def whole() -> None:
        async with running(settings, clock, folder) as site:
            await site.submit("2015550123")
            browser = Browser(site)
            link = link_in((await site.texts())[-1])
            assert not leads(await browser.go(link))
            assert leads(await browser.press("confirm"))
            assert leads(await browser.go(link))
            body = await site.body("2025550123")
            view = (await site.http.get("/forms/another/view")).json()
            await site.post("/forms/another/submissions", body | {"stamp": view["stamp"]})
            await browser.go(link_in((await site.texts("+12025550123"))[-1]))
            assert not leads(await browser.press("confirm"))
            await site.submit("2035550123")
            await browser.go(link_in((await site.texts("+12035550123"))[-1]))
            assert not leads(await browser.press("decline"))

    run(whole())


@pytest.mark.parametrize(
    "back", ["", APP, "https://app.example.com/sms", "com.example.app:/done", "MyApp:done", "intent://sms#Intent;end"]
)
def test_addresses_of_apps_and_sites(back: str) -> None:
    project._check_back(Path("form.toml"), back)


CODE = ["javascript", "JavaScript", "data", "blob", "vbscript", "file", "filesystem", "about", "view-source", "http"]


@pytest.mark.parametrize(
    "back", [*(f"{scheme}:alert(1)" for scheme in CODE), "https:x", "myapp", "//app", ":", "my app://x"]
)
def test_what_leads_to_no_app_is_refused(back: str) -> None:
    with pytest.raises(
        ConfigError, match=r"form\.toml: back .*: write an address of your app, myapp://sms-done, or one with https://"
    ):
        project._check_back(Path("form.toml"), back)


@given(
    scheme=st.sampled_from(CODE),
    hidden=st.sampled_from(["", " ", "\t", "\n", "\r", "\x00", "\x01", "\u00a0", "\u200b"]),
    at=st.integers(0, 12),
)
def test_no_blank_hides_a_scheme_that_is_run(scheme: str, hidden: str, at: int) -> None:
    """Browsers strip some before they look."""
    with pytest.raises(ConfigError):
        project._check_back(Path("form.toml"), f"{scheme[:at]}{hidden}{scheme[at:]}:alert(1)")
