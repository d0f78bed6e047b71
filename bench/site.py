"""The pages that the widget is timed on: ours, the floor below it, and the peer beside it."""

import json
import shutil
from base64 import b64encode
from pathlib import Path
from random import Random

import brotli
import phonenumbers

from bench import peers
from bench.servers.product import FORM

_PAGES = Path(__file__).parent / "pages"
_FLOOR_BYTES = 6_000
_COUNTRIES = ("US", "CA", "GB", "DE", "FR", "ES", "IL", "AE", "AU", "JP", "BR", "IN", "MX", "NL", "SE")
_PEER_HEAD = """<link rel="stylesheet" href="css/intlTelInput.min.css">
<script defer src="js/intlTelInputWithUtils.min.js"></script>
<script defer src="peer.js"></script>"""

_REACT_HEAD = '<link rel="stylesheet" href="react.css"><script defer src="react.js"></script>'


def _page(head: str, body: str = "") -> str:
    return (_PAGES / "host.html").read_text().replace("{head}", head).replace("{body}", body)


def _patterns() -> dict[str, str]:
    """What a valid mobile number looks like, by region."""
    found = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        if metadata and metadata.mobile and metadata.mobile.national_number_pattern:
            found[region] = metadata.mobile.national_number_pattern
    return found


def floor_script(size: int = _FLOOR_BYTES) -> bytes:
    """One script that holds its form and as much of the number plans as fits into so many compressed bytes."""
    patterns = list(_patterns().items())
    script = b""
    for count in range(0, len(patterns), 5):
        fuller = _floor(dict(patterns[:count]))
        if len(brotli.compress(fuller)) > size:
            break
        script = fuller
    return script


def _floor(data: dict[str, str]) -> bytes:
    codes = [(region, phonenumbers.country_code_for_region(region)) for region in _COUNTRIES]
    script = (_PAGES / "floor.js").read_text().replace("DATA", json.dumps(data, separators=(",", ":")), 1)
    return script.replace("COUNTRIES", json.dumps(codes)).encode().replace(b"FORM", _form(), 1)


def _form() -> bytes:
    return json.dumps((_PAGES / "form.html").read_text()).encode()


def _heavier(script: bytes, size: int) -> bytes:
    """The same script with a comment that no compressor makes smaller, so that it weighs as much as another one does."""
    random, comment = Random(size), b""
    while len(brotli.compress(script + comment)) < size:
        comment += b"//" + b64encode(random.randbytes(60)) + b"\n"
    return script + comment


def make(folder: Path, server: str, other: str, weight: int) -> None:
    """Write every page into a folder; ours load their script from ``server``.

    The floor is there three times: as light as it can be and from the page's own host; fetching its form, as ours by ``data-form``
    does; and from ``other``, as any form that a page embeds, with ``weight`` compressed bytes to fetch: what these two take more is
    no matter of what a script does.
    """
    one = f'<script async crossorigin src="{server}/embed/{FORM}.js"></script>'
    two = f'<script async crossorigin src="{server}/embed.js" data-form="{FORM}"></script>'
    pages = {"blank": _page(""), "yesline-2": _page(one), "yesline-3": _page(two)}
    pages["floor"] = _page('<script async src="floor.js"></script>')
    pages["floor-3"] = _page('<script async type="module" src="floor-3.js"></script>')
    pages["floor-alike"] = _page(f'<script async src="{other}/floor-alike.js"></script>')
    pages["peer"] = _page(_PEER_HEAD, (_PAGES / "peer.html").read_text())
    pages["react"] = _page(_REACT_HEAD, '<div id="root"></div>')
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text)
    (folder / "floor.js").write_bytes(floor_script())
    (folder / "floor-3.js").write_bytes(floor_script().replace(_form(), b'await (await fetch("form.html")).text()'))
    shutil.copy(_PAGES / "form.html", folder)
    (folder / "floor-alike.js").write_bytes(_heavier(floor_script(), weight))
    shutil.copy(_PAGES / "peer.js", folder)
    peers.react_page(_PAGES / "react.jsx", folder)
    for part in ("css/intlTelInput.min.css", "js/intlTelInputWithUtils.min.js", "img/flags.webp", "img/flags@2x.webp"):
        (folder / part).parent.mkdir(exist_ok=True)
        shutil.copy(peers.packages() / "intl-tel-input" / "dist" / part, folder / part)
