"""Rows that are not taken, a line each: where, why, and what to do."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from yesline.bulk.exports import csv_line
from yesline.bulk.rowfiles import Format
from yesline.rules import cells
from yesline.rules.importing import Unfit

_AT_ONCE = 64 * 1024


class Refused(Struct, frozen=True):
    """A row that is not taken: its line, the column that is to blame, a word for why, and what to do."""

    line: int
    column: str
    reason: str
    message: str

    @classmethod
    def of(cls, line: int, unfit: Unfit) -> "Refused":
        """What is told of a row."""
        return cls(line, unfit.column, unfit.reason, str(unfit))

    @property
    def csv(self) -> str:
        """As a line of CSV that neither a terminal nor a spreadsheet obeys."""
        return csv_line([self.line, *map(cells.tame, (self.column, self.reason, self.message))])

    @property
    def ndjson(self) -> str:
        """As an object on a line of its own."""
        return cells.inert(self) + "\n"


HEAD = csv_line(Refused.__struct_fields__)
_read = msgspec.json.Decoder(Refused).decode


class Refusals:
    """The list of an import over HTTP, up to a byte: what was written behind it before a fall is written again."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._lines: list[str] = []

    def add(self, line: int, unfit: Unfit) -> None:
        """Tell of a row; ``flush`` keeps it."""
        self._lines.append(Refused.of(line, unfit).ndjson)

    def flush(self) -> int:
        """Put what was told on disk; returns the size of the list now, in bytes."""
        if self._lines:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                self._append(file)
            self._lines = []
        return self._size

    def _append(self, file: IO[bytes]) -> None:
        file.truncate(self._size)
        file.seek(self._size)
        file.write("".join(self._lines).encode())
        file.flush()
        os.fsync(file.fileno())
        self._size = file.tell()


def read(path: Path, size: int, kind: Format) -> Iterator[str]:
    """A list as far as it is kept, some lines at a time, with its head."""
    if kind == "csv":
        yield HEAD
    if not size:
        return
    with path.open("rb") as file:
        while size > 0 and (lines := file.readlines(min(_AT_ONCE, size))):
            size -= sum(map(len, lines))
            yield "".join(line.decode() if kind == "ndjson" else _read(line).csv for line in lines)
