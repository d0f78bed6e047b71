"""How a phone field groups digits while they are typed: a table of a hundred bytes a region.

``formats.json`` beside this file has them all. ``scripts/learn_formats.py`` learned them from libphonenumber's formatter.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any


def format_table(region: str) -> dict[str, Any]:
    """The table of one region, as the widget's ``phone.ts`` reads it. Raises KeyError for what is no region.

    ``national`` and ``plus`` are rules for digits typed as at home and for those after ``+`` and the calling code. A rule is
    ``[template, lead, from]``: it formats ``from`` (3) to as many digits as the template has ``#``, if they match the regular
    expression ``lead`` (any) from the start. The first that fits is used; where none fits, digits stay as they are.
    """
    return _tables()[region]


@lru_cache(maxsize=1)
def _tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "formats.json").read_text("utf-8"))
    return tables
