"""Errors of a theme name the file and line that its author wrote."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.views.test_themes import CALM, FORM, build, change, view
from yesline.errors import ConfigError


def test_an_error_names_the_line_of_the_template_it_is_written_in(tmp_path: Path) -> None:
    """Whatever includes, blocks and loops make of it."""
    art = "<div>\n{% for n in (1, 2) %}\n  <i>{{ n }}</i>\n\n{% endfor %}\n</div>"
    capture = '{% extends "calm/capture.html" %}\n{% block agree %}\n{{ super() }}\n<p>\n{{ words.title }} <table></table></p>\n{% endblock %}'
    mine = build(tmp_path, theme_toml='base = "calm"', art_html=art, capture_html=capture)
    with pytest.raises(ConfigError, match=r"mine/capture\.html, line 5: <table> is not an element"):
        view(mine)
    (mine / "capture.html").unlink()
    (mine / "art.html").write_text(art.replace("</div>", "<i>\n"))
    with pytest.raises(
        ConfigError,
        match=r"calm/capture\.html, line \d+: </div> closes nothing here\. Expected </i> for that of .*mine/art\.html, line 6\.",
    ):
        view(mine)


def test_a_fault_of_the_call_to_action_names_its_line_and_language(tmp_path: Path) -> None:
    capture = '{% extends "calm/capture.html" %}\n{% block main %}\n<div\n  aria-hidden="true">{{ super() }}</div>{% endblock %}'
    mine = build(tmp_path, theme_toml='base = "calm"', capture_html=capture)
    with pytest.raises(ConfigError, match=r"mine/capture\.html, line 3 \(en\): the box and .*Remove aria-hidden"):
        view(mine)
    (mine / "capture.html").unlink()
    words = {"en": {"disclosure": "Texts."}}
    with pytest.raises(ConfigError, match=r"calm/capture\.html, line \d+ \(en\): the disclosure does not say"):
        view(mine, replace(FORM, words=words))


def test_a_missing_hook_is_told_with_the_line_of_a_base_that_has_it(tmp_path: Path) -> None:
    theme = Path(shutil.copytree(CALM, tmp_path / "mine"))
    change(theme, "capture.html", 'data-yesline="trap"', "")
    with pytest.raises(ConfigError, match=r"mine/capture\.html lacks .*, as .*calm/capture\.html, line \d+ does"):
        view(theme)
