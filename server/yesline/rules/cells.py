"""What others wrote, as nothing obeys it: cells that no spreadsheet takes for a formula, lines that control no terminal.

Source: ``security-compliance`` C2.10.
"""

import json
import re

import msgspec
from msgspec import Struct

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_FORMULA = re.compile(r"'*(?:[\t\r\n\0]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def escaped(value: str, *, spreadsheet: bool = False) -> str:
    """The cell for a value: behind an apostrophe where a spreadsheet would calculate. A phone number stays as it is unless it is for one."""
    if not spreadsheet and _E164.fullmatch(value):
        return value
    return f"'{value}" if _FORMULA.match(value) else value


def plain(cell: str) -> str:
    """The value of a cell: ``escaped`` undone."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def harmless(text: str) -> str:
    """A text as one line on a terminal: characters that control it become spaces."""
    return "".join(c if c.isprintable() else " " for c in text)


def tame(value: str, *, spreadsheet: bool = False) -> str:
    """The cell for what others wrote: one line, and no formula even where a spreadsheet leaves out what controls a terminal."""
    return escaped(harmless(value), spreadsheet=spreadsheet)


def inert(record: Struct) -> str:
    """A record as one line of JSON in ASCII: nothing in it controls a terminal or turns the direction of a line."""
    return json.dumps(msgspec.to_builtins(record))
