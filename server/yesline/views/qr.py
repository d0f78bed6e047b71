"""QR codes as pictures that stand in a page without a request."""

from functools import lru_cache

import segno
from segno import QRCode


def code(content: str) -> QRCode:
    """A QR code with the quiet zone that scanners want; error correction M, for screens and paper.

    Source: ISO/IEC 18004.
    """
    return segno.make_qr(content, error="m")


@lru_cache(maxsize=64)
def data_uri(content: str) -> str:
    """The picture as a ``data:`` address: as an image it is out of reach of a theme's styles for drawings.

    It is dark on white in dark mode, too: few scanners read it the other way round.
    """
    return code(content).svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)
