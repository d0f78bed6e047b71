"""Fonts and pictures of a theme: files of its ``assets/`` folder, which this server gives out under their content's hash.

A view names them from the server's root, as our own pages need it; the document for other sites' pages has whole addresses.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from yesline.errors import ConfigError
from yesline.programme import View, encode
from yesline.views.theme_folders import Theme

FOLDER = "assets/"
MEDIA = {
    "woff2": "font/woff2",
    "woff": "font/woff",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
}
MOST_BYTES = 512 * 1024
MOST_OF_A_FORM = 2 * 1024 * 1024

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.[a-z0-9]+")
_ADDRESS = re.compile(r"/assets/([0-9a-f]{16}/[A-Za-z0-9._-]+)")
_IN_CSS = re.compile(r"url\(\s*([\"']?)assets/([^\"')\s]+)\1\s*\)")

Locate = Callable[[str], str]


def locate(theme: Theme) -> Locate:
    """What turns ``assets/logo.svg`` into its address on this server, and leaves any other address alone.

    Raises ConfigError, without the place that names the file, for one that is missing, too large or of a kind we do not give out.
    """

    def located(address: str) -> str:
        return _address(theme, address.removeprefix(FOLDER)) if address.startswith(FOLDER) else address

    return located


def located_css(css: str, locate: Locate) -> str:
    """A stylesheet with the addresses of the theme's files put in."""
    return _IN_CSS.sub(lambda found: f"url({locate(FOLDER + found[2])})", css)


def _address(theme: Theme, name: str) -> str:
    return f"/assets/{hashlib.sha256(_read(theme, name)).hexdigest()[:16]}/{name}"


def _read(theme: Theme, name: str) -> bytes:
    if not _NAME.fullmatch(name) or name.rpartition(".")[2] not in MEDIA:
        raise ConfigError(f"assets/{name}: a file is named like logo.svg and ends in one of {', '.join(MEDIA)}.")
    file = theme.find(FOLDER + name)
    if not file.is_file():
        raise ConfigError(f"there is no file assets/{name} in {theme.places()}.")
    return _checked(file)


def _checked(file: Path) -> bytes:
    content = file.read_bytes()
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{file} has {len(content)} bytes. Make it smaller than {MOST_BYTES}.")
    return content


def collect(theme: Theme, views: Iterable[View]) -> dict[str, bytes]:
    """The files that views name, by what stands after ``/assets/``. Raises ConfigError where they are too large together."""
    named = {address for view in views for address in _ADDRESS.findall(encode(view).decode())}
    found = {address: _read(theme, address.rpartition("/")[2]) for address in sorted(named)}
    if sum(map(len, found.values())) > MOST_OF_A_FORM:
        raise ConfigError(f"{theme.path / 'assets'}: the files shown are larger than {MOST_OF_A_FORM} bytes together.")
    return found


def media(address: str) -> str:
    """The media type of a file that was collected."""
    return MEDIA[address.rpartition(".")[2]]


def absolute_css(css: str, base: str) -> str:
    """A stylesheet as pages of other sites need it."""
    return css.replace("url(/assets/", f"url({base}/assets/")


def absolute(node: Any, base: str) -> Any:
    """A tree as pages of other sites need it."""
    if isinstance(node, str):
        return node
    tag, own, *children = node
    return [tag, _absolute(own, base) if own else own, *(absolute(child, base) for child in children)]


def _absolute(attributes: Mapping[str, str], base: str) -> dict[str, str]:
    ours = _ADDRESS.fullmatch(attributes.get("src", ""))
    return {**attributes, "src": base + attributes["src"]} if ours else dict(attributes)
