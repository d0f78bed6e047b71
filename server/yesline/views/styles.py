"""A theme's design tokens and stylesheet -> the one stylesheet text of a view."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yesline.errors import ConfigError

_UNSAFE = re.compile(r"[;{}<>@\\]|/\*|url\s*\(|expression\s*\(|image(-set)?\s*\(", re.IGNORECASE)
_FETCHES = re.compile(r"@import|@property|@font-face|url\s*\((?!\s*[\"']?(#|data:))", re.IGNORECASE)
_PARTS = re.compile(r"(\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True)
class Tokens:
    """Values of the theme's custom properties by name, for light and for dark surroundings."""

    light: Mapping[str, str]
    dark: Mapping[str, str]


def load_tokens(path: Path) -> Tokens:
    """Read ``[tokens.<name>]`` tables with ``light`` and, where it differs, ``dark``. Raises ConfigError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["tokens"]
        light = {name: str(table["light"]) for name, table in tables.items()}
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} is not a theme: {error}. It needs [tokens.<name>] tables with light = …") from error
    dark = {name: str(table.get("dark", light[name])) for name, table in tables.items()}
    for name, value in [*light.items(), *dark.items()]:
        _check_value(name, value, str(path))
    return Tokens(light, dark)


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


def stylesheet(tokens: Tokens, path: Path) -> str:
    """The tokens, then the theme's rules, without comments and needless blanks.

    Tokens stand on ``:host`` for the widget and on ``:root`` for our pages, never on ``.yl``: what a page sets on
    ``<yesline-form>`` must win.
    """
    try:
        rules = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. A theme needs it.") from error
    rules = re.sub(r"/\*.*?\*/", "", rules, flags=re.DOTALL)
    found = _FETCHES.search(rules)
    if found:
        raise ConfigError(
            f"{path} uses {found[0]}. A theme loads nothing from elsewhere; shadow roots know no @property."
        )
    return minify(_token_rules(tokens) + rules)


def minify(css: str) -> str:
    """Drop comments and the blanks that mean nothing; strings are left as they are."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
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
