"""Where the page's files are: inside the package in a wheel, beside the server in a checkout."""

import hashlib
from functools import lru_cache
from pathlib import Path

from yesline.errors import ConfigError

_PACKAGE = Path(__file__).parent


def widget_dir() -> Path:
    """The folder that holds ``dist/``, ``themes/`` and ``locales/``. Raises ConfigError when there is none."""
    for folder in (_PACKAGE / "widget", _PACKAGE.parents[1] / "widget"):
        if (folder / "themes").is_dir():
            return folder
    raise ConfigError(f"The page's files are missing from {_PACKAGE / 'widget'}. Install yesline again.")


def themes_dir() -> Path:
    return widget_dir() / "themes"


def locales_dir() -> Path:
    return widget_dir() / "locales"


def script_path() -> Path:
    """The built bundle that pages load as ``embed.js``."""
    return widget_dir() / "dist" / "embed.js"


@lru_cache(maxsize=1)
def parts() -> dict[str, tuple[bytes, str]]:
    """What only some pages need of the widget, by name: each file and its hash."""
    scripts = {file.stem: file.read_bytes() for file in (script_path().parent / "parts").glob("*.js")}
    return {name: (script, hashlib.sha256(script).hexdigest()[:16]) for name, script in scripts.items()}


@lru_cache(maxsize=1)
def widget() -> tuple[bytes, str]:
    """The built bundle and the hash that its pinned address carries."""
    script = script_path().read_bytes()
    return script, hashlib.sha256(script).hexdigest()[:16]
