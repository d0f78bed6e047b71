"""Cells of a CSV file that no spreadsheet takes for a formula. Source: ``security-compliance`` C2.10."""

import re

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
