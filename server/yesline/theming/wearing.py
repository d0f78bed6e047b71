"""The forms that wear a theme, rendered one language at a time, so that all that is wrong is told and not the first of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from yesline import project as projects
from yesline.errors import ConfigError
from yesline.programme import Form, FormVersion


@dataclass(frozen=True)
class Worn:
    """A theme on the forms of a project.

    ``versions`` have one language each. ``lent`` is true where no form asks for the theme and the first one tries it on.
    """

    name: str
    path: Path
    versions: list[FormVersion]
    problems: list[str]
    lent: bool


def own_themes(folder: Path) -> list[str]:
    """Names of a project's own themes."""
    return sorted(toml.parent.name for toml in (folder / "themes").glob("*/theme.toml"))


def wear(folder: Path, name: str) -> Worn:
    """Render what shows in a theme. Raises ConfigError for a theme that is nowhere, and for a project that cannot be read."""
    path = projects.find_theme(folder, name)
    if path is None:
        raise ConfigError(
            f"there is no theme {name!r} in {folder / 'themes'} or among ours: 'yesline theme new' makes one"
        )
    written = projects.read(folder)
    wearers = [form for form in written.forms if form.theme == name]
    versions: list[FormVersion] = []
    problems: dict[str, None] = {}
    for form in _by_language(wearers or written.forms[:1], name):
        try:
            versions.append(projects.render(folder, form, written.groups, written.brand))
        except ConfigError as error:
            problems[str(error)] = None
    return Worn(name, path, versions, list(problems), not wearers)


def _by_language(forms: list[Form], theme: str) -> Iterator[Form]:
    for form in forms:
        for locale in form.locales:
            yield replace(form, theme=theme, locales=(locale,))
