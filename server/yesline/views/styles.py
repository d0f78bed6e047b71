"""A theme's design tokens and stylesheet -> the one stylesheet text of a view."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yesline.errors import ConfigError
from yesline.views.theme_assets import Locate, located_css
from yesline.views.theme_folders import Folder, Theme, line_of

_UNSAFE = re.compile(r"[;{}<>@\\]|/\*|url\s*\(|expression\s*\(|image(-set)?\s*\(", re.IGNORECASE)
_FETCHES = re.compile(r"@import|@property|url\s*\((?!\s*[\"']?(#|data:|assets/))", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FONT = re.compile(r"@font-face\s*\{([^{}]*)\}", re.IGNORECASE)
_PARTS = re.compile(r"(\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True)
class Tokens:
    """Values of the theme's custom properties by name, for light and for dark surroundings."""

    light: Mapping[str, str]
    dark: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """``css`` is for where the form is; ``fonts`` are its ``@font-face`` rules, which hold for a whole document or not at all."""

    css: str
    fonts: str


def load_tokens(theme: Theme) -> Tokens:
    """The ``[tokens.<name>]`` tables, with ``light`` and, where it differs, ``dark``; a theme's replace its base's. Raises ConfigError."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for folder in theme.worn():
        for name in folder.tokens:
            light[name], dark[name] = _token(folder, name)
    return Tokens(light, dark)


def _token(folder: Folder, name: str) -> tuple[str, str]:
    table, where = folder.tokens[name], line_of(folder.toml, name)
    if not isinstance(table, dict) or "light" not in table or table.keys() - {"light", "dark"}:
        raise ConfigError(f"{where}: {name} is not a token. It is a table [tokens.{name}] with light = … and dark = ….")
    light = str(table["light"])
    dark = str(table.get("dark", light))
    for value in (light, dark):
        _check_value(name, value, where)
    return light, dark


def with_form_tokens(tokens: Tokens, own: Mapping[str, str], where: str) -> Tokens:
    """The theme's tokens with a form's own: ``accent`` is for light and dark, ``accent-dark`` for dark alone."""
    light, dark = dict(tokens.light), dict(tokens.dark)
    for name, value in sorted(own.items()):
        _check_value(name, value, where)
        base = name.removesuffix("-dark")
        if base not in light:
            raise ConfigError(f"{where}: {name} is not a token of this theme. It has {', '.join(sorted(light))}.")
        dark[base] = value
        if base == name:
            light[base] = value
    return Tokens(light, dark)


def stylesheet(tokens: Tokens, theme: Theme, locate: Locate) -> Sheet:
    """The tokens, then the rules of the theme's bases and its own, without comments and needless blanks.

    Tokens stand on ``:host`` for the widget and on ``:root`` for our pages, never on ``.yl``: what a page sets on
    ``<yesline-form>`` must win. Raises ConfigError with file and line for what a theme may not load.
    """
    rules = "\n".join(_rules(path, locate) for path in theme.stylesheets())
    fonts = "".join(_font(found[1]) for found in _FONT.finditer(rules))
    return Sheet(minify(_token_rules(tokens) + _FONT.sub("", rules)), minify(fonts))


def _rules(path: Path, locate: Locate) -> str:
    rules = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), path.read_text(encoding="utf-8"))
    found = _FETCHES.search(rules)
    if found:
        raise ConfigError(
            f"{_line(path, rules, found.start())} uses {found[0]}. A theme loads nothing from elsewhere but files of its own "
            "assets folder; shadow roots know no @property."
        )
    return _located(path, rules, locate)


def _located(path: Path, rules: str, locate: Locate) -> str:
    lines = rules.split("\n")
    for at, line in enumerate(lines):
        try:
            lines[at] = located_css(line, locate)
        except ConfigError as error:
            raise ConfigError(f"{path}, line {at + 1}: {error}") from error
    return "\n".join(lines)


def _line(path: Path, text: str, at: int) -> str:
    return f"{path}, line {text.count(chr(10), 0, at) + 1}"


def _font(declarations: str) -> str:
    """A font face that never hides words while it loads."""
    swap = "" if "font-display" in declarations else "font-display:swap;"
    return f"@font-face{{{swap}{declarations}}}"


def minify(css: str) -> str:
    """Drop comments and the blanks that mean nothing; strings are left as they are."""
    css = _COMMENT.sub("", css)
    css = re.sub(r"=([\"'])([a-z]+)\1\]", r"=\2]", css)
    parts = _PARTS.split(css)
    parts[::2] = [_squeezed(part) for part in parts[::2]]
    return "".join(parts).strip()


def _squeezed(css: str) -> str:
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    css = re.sub(r"(?<=[\s,:(-])0(?=\.\d)", "", css)
    return css.replace(": ", ":").replace(";}", "}")


def _token_rules(tokens: Tokens) -> str:
    """``scheme`` says which of the two are used: ``light dark`` (the reader's choice), ``light`` or ``dark``."""
    scheme = tokens.light.get("scheme", "light dark")
    if scheme != "light dark":
        return _rule(tokens.dark if scheme == "dark" else tokens.light)
    differing = {name: value for name, value in tokens.dark.items() if value != tokens.light[name]}
    return f"{_rule(tokens.light)}@media (prefers-color-scheme: dark){{{_rule(differing)}}}"


def _rule(values: Mapping[str, Any]) -> str:
    return ":host,:root{" + "".join(f"--yl-{name}:{value};" for name, value in values.items()) + "}"


def _check_value(name: str, value: str, where: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ConfigError(f"{where}: {name!r} is no name of a token. Use small letters, digits and hyphens.")
    if not value.strip() or _UNSAFE.search(value) or value.count("(") != value.count(")"):
        raise ConfigError(f"{where}: {name} = {value!r} is not a value CSS can hold here.")
