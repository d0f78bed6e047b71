"""A new theme: a folder that works as it is, and says in it what is usually changed."""

import re
from pathlib import Path

from yesline import project as projects
from yesline.errors import ConfigError
from yesline.views.theme_folders import Theme, load_theme

USUAL = ("font", "radius", "surface", "text", "soft", "accent", "on-accent")
"""The tokens that a theme of one's own begins with, of those its base has."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

_TOML = """\
# The theme "{name}". What it does not say is as in "{base}".
base = "{base}"

# Design tokens: take away the # in front of those you change. Without dark = … the light one is used for both.

{tokens}
"""

_CSS = """\
/* Comes after the styles of "{base}", and wins where it weighs as much. Use tokens for colours: var(--yl-accent). */
.card {{
  border: 1px solid var(--yl-line);
}}

/* More to try; .yl is what all of the form stands in.
.yl .title {{
  letter-spacing: 0;
}}
.yl .go {{
  text-transform: uppercase;
}}
[data-step="done"] .card {{
  text-align: center;
}}
*/
"""

_HTML = """\
{{% extends "{base}/capture.html" %}}
{{# The first step. Its blocks: {blocks}. What you leave out stays as it is; super() is what the base has. #}}
{{% block head %}}
{{{{ super() }}}}
{{% endblock %}}
"""


def make_theme(folder: Path, name: str, base: str) -> Path:
    """Make ``themes/<name>/`` in a project. Raises ConfigError where it is there already, or the base is nowhere."""
    target = folder / "themes" / name
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name for a theme: use a to z, digits and hyphens")
    if target.exists():
        raise ConfigError(f"{target} is there already: choose another name")
    found = projects.find_theme(folder, base)
    if found is None:
        raise ConfigError(f"there is no theme {base!r} in {folder / 'themes'} or among ours")
    theme = load_theme(found)
    target.mkdir(parents=True)
    for file, text in _files(theme, name, base).items():
        (target / file).write_text(text, encoding="utf-8")
    return target


def _files(theme: Theme, name: str, base: str) -> dict[str, str]:
    tokens = "\n\n".join(filter(None, (_token(theme, token) for token in USUAL)))
    return {
        "theme.toml": _TOML.format(name=name, base=base, tokens=tokens),
        "theme.css": _CSS.format(base=base),
        "capture.html": _HTML.format(base=base, blocks=", ".join(_blocks(theme))),
    }


def _token(theme: Theme, name: str) -> str:
    """The table of a token as the nearest base writes it, with what it is for, commented out."""
    for folder in reversed(theme.worn()):
        written = re.search(
            rf"^\[tokens\.{name}\].*\n(?:.+\n?)*", folder.toml.read_text(encoding="utf-8"), re.MULTILINE
        )
        if written:
            return "\n".join(f"# {line}" for line in written[0].splitlines())
    return ""


def _blocks(theme: Theme) -> list[str]:
    files = [path / "capture.html" for path in theme.paths]
    texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    return list(dict.fromkeys(name for text in reversed(texts) for name in re.findall(r"\{%-? block (\w+)", text)))
