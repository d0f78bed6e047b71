"""A theme's folder and those of the themes it builds on: which file of which folder holds."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from yesline.assets import themes_dir
from yesline.errors import ConfigError

DEFAULT = "calm"
KEYS = ("base", "css", "tokens")
_CSS = ("add", "replace")


@dataclass(frozen=True)
class Folder:
    """One theme's own files, and what its ``theme.toml`` says."""

    path: Path
    base: str
    replaces_css: bool
    tokens: Mapping[str, Any]

    @property
    def toml(self) -> Path:
        return self.path / "theme.toml"

    @property
    def css(self) -> Path:
        return self.path / "theme.css"


@dataclass(frozen=True)
class Theme:
    """The folders of a theme: its own, then its base's, then that one's base, and so on."""

    folders: tuple[Folder, ...]

    @property
    def path(self) -> Path:
        """The folder the theme was asked for by."""
        return self.folders[0].path

    @cached_property
    def paths(self) -> list[Path]:
        return [folder.path for folder in self.folders]

    def places(self) -> str:
        """The folders, as an error names them."""
        return " or ".join(map(str, self.paths))

    def find(self, name: str) -> Path:
        """The file that holds under a name: the theme's own, else the nearest base's; where none has it, the theme's own for an error to name."""
        return next((path / name for path in self.paths if (path / name).is_file()), self.path / name)

    def worn(self) -> list[Folder]:
        """The folders whose tokens and styles hold, the furthest base's first: none from below a theme with styles of its own alone."""
        last = next((at for at, folder in enumerate(self.folders) if folder.replaces_css), len(self.folders))
        return list(reversed(self.folders[: last + 1]))

    def stylesheets(self) -> list[Path]:
        """The stylesheets that are worn, the furthest base's first. Raises ConfigError where there is none at all."""
        found = [folder.css for folder in self.worn() if folder.css.is_file()]
        if not found:
            raise ConfigError(f"{self.folders[0].css} is missing. A theme needs it, or a base that has one.")
        return found


def load_theme(path: Path) -> Theme:
    """Read a theme's folder and its bases. Raises ConfigError for one that is missing, or that builds on itself."""
    folders = [_folder(path)]
    while folders[-1].base:
        folders.append(_folder(_base(folders)))
    return Theme(tuple(folders))


def _base(folders: list[Folder]) -> Path:
    """A base is looked up beside the theme, then among ours; a theme may so build on ours of the same name."""
    last = folders[-1]
    places = [place / last.base for place in (last.path.parent, themes_dir())]
    found = next((place for place in places if place.is_dir() and not _same(place, last.path)), None)
    if found is None:
        raise ConfigError(
            f"{line_of(last.toml, 'base')}: there is no theme {last.base!r} in {last.path.parent} or among ours."
        )
    if any(_same(found, folder.path) for folder in folders):
        round_ = " -> ".join([*(folder.path.name for folder in folders), last.base])
        raise ConfigError(f"{line_of(last.toml, 'base')}: themes build on each other in a ring: {round_}.")
    return found


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _folder(path: Path) -> Folder:
    toml = path / "theme.toml"
    try:
        said = tomllib.loads(toml.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{toml} cannot be read: {error.strerror}. A theme needs it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{toml}: {error}.") from error
    for name in said:
        if name not in KEYS:
            raise ConfigError(f"{line_of(toml, name)}: {name} says nothing here. A theme has {', '.join(KEYS)}.")
    return _checked(path, said)


def _checked(path: Path, said: Mapping[str, Any]) -> Folder:
    toml, base, css, tokens = path / "theme.toml", said.get("base", ""), said.get("css", "add"), said.get("tokens", {})
    if not isinstance(base, str) or not re.fullmatch(r"([a-z0-9][a-z0-9-]*)?", base):
        raise ConfigError(f"{line_of(toml, 'base')}: base = {base!r} is no name of a theme.")
    if css not in _CSS:
        raise ConfigError(f'{line_of(toml, "css")}: css = {css!r}: write "add" or "replace".')
    if not isinstance(tokens, dict) or not (tokens or base):
        raise ConfigError(
            f'{toml} is not a theme. It needs [tokens.<name>] tables with light = …, or base = "{DEFAULT}".'
        )
    return Folder(path, base, css == "replace", tokens)


def line_of(file: Path, name: str) -> str:
    """``file, line 7``: where a TOML file first says something under a name."""
    wanted = re.compile(rf"\s*(\[\s*(tokens\.)?)?[\"']?{re.escape(name)}[\"']?\s*[=\]]")
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((f"{file}, line {at}" for at, line in enumerate(lines, 1) if wanted.match(line)), str(file))
