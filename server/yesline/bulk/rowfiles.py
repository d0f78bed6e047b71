"""Lists of people as files: CSV and NDJSON, read row by row, so that a file of any size takes the same memory.

A row knows the line it begins on and the byte it ends at; reading may begin behind any row.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from yesline.errors import ConfigError
from yesline.rules import cells
from yesline.rules.importing import Unfit

Format = Literal["csv", "ndjson"]
_LONGEST = 1 << 20
_BLOCK = 1 << 20
_MARK = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t|"
_SAID = {True: "true", False: "false", None: ""}


class Line(Struct):
    """A row: where it begins (line) and ends (byte), and its cells by column; or why it cannot be read."""

    number: int
    end: int
    cells: Mapping[str, str] = {}
    fault: Unfit | None = None


def format_of(path: Path) -> Format:
    """By its name; CSV where that tells nothing."""
    return "ndjson" if path.suffix.lower() in (".ndjson", ".jsonl") else "csv"


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines_before(path: Path, byte: int) -> int:
    """How many lines end before a byte of a file."""
    count = 0
    with path.open("rb") as file:
        while byte > 0 and (block := file.read(min(_BLOCK, byte))):
            count += block.count(b"\n")
            byte -= len(block)
    return count


class Rows:
    """The rows of a file behind a byte of it, to be closed at the end of a context. ``columns`` are those of the head, none of NDJSON.

    ``name`` is what the file is called to people. Raises ConfigError for one that cannot be read.
    """

    def __init__(self, path: Path, kind: Format, begin: int = 0, name: str = "") -> None:
        self.columns: list[str] = []
        self._path = path
        self._name = name or str(path)
        self._kind = kind
        self._begin = begin
        self._at = 0
        self._number = 0
        self._delimiter = ","
        self._file = path.open("rb")
        try:
            self._start()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Rows":
        return self

    def _start(self) -> None:
        self._check_encoding()
        if self._kind == "csv":
            self._read_head()
        if self._begin > self._at:
            self._number = lines_before(self._path, self._begin)
            self._at = self._begin
            self._file.seek(self._begin)

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Line]:
        return self._csv() if self._kind == "csv" else self._ndjson()

    def _check_encoding(self) -> None:
        start = self._file.read(3)
        if start.startswith(_WIDE):
            raise ConfigError(f"{self._name} is in UTF-16: save it as CSV in UTF-8")
        self._at = 3 if start == _MARK else 0
        self._file.seek(self._at)

    def _read_head(self) -> None:
        texts = self._texts()
        first = next(texts, "")
        self._delimiter = max(_DELIMITERS, key=first.count)
        rows = self._rows_of(_after(first, texts))
        try:
            self.columns = [cell.strip() for cell in next(rows, [])]
        except csv.Error as error:
            raise ConfigError(f"{self._name}: its first line cannot be read: {error}") from error
        if not any(self.columns):
            raise ConfigError(
                f"{self._name} has no head: its first line names the columns, such as phone,state,source,consent_at"
            )

    def _rows_of(self, texts: Iterator[str]) -> Iterator[list[str]]:
        return csv.reader(texts, delimiter=self._delimiter)

    def _texts(self) -> Iterator[str]:
        """Line by line, as much as is asked for. What is no UTF-8 is marked, and makes the row it stands in unfit."""
        while line := self._file.readline(_LONGEST):
            if len(line) == _LONGEST:
                raise ConfigError(
                    f"{self._name}, line {self._number + 1} is longer than {_LONGEST:,} bytes: is it a {self._kind} file?"
                )
            self._at += len(line)
            self._number += 1
            yield line.decode("utf-8", "replace")

    def _csv(self) -> Iterator[Line]:
        rows = self._rows_of(self._texts())
        while True:
            first = self._number + 1
            try:
                row = next(rows, None)
            except csv.Error as error:
                why = f"lines {first} to {self._number} are no CSV: {error}: is a quotation mark left open?"
                yield Line(first, self._at, fault=Unfit("", "not_csv", why))
                continue
            if row is None:
                return
            if any(row):
                yield self._line(first, row)

    def _line(self, number: int, row: list[str]) -> Line:
        if any(row[len(self.columns) :]):
            why = f"the row has {len(row)} cells and the head {len(self.columns)}: put cells that hold the delimiter in quotation marks"
            return Line(number, self._at, fault=Unfit("", "cells", why))
        told = {name: cells.plain(cell.strip()) for name, cell in zip(self.columns, row, strict=False) if cell}
        return Line(number, self._at, told)

    def _ndjson(self) -> Iterator[Line]:
        for text in self._texts():
            if text.strip():
                yield self._object(text)

    def _object(self, text: str) -> Line:
        try:
            told = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return Line(self._number, self._at, fault=Unfit("", "not_json", f"it is no JSON object: {error}"))
        return Line(self._number, self._at, {name: _said(value) for name, value in told.items()})


def _said(value: Any) -> str:
    """A value as a cell of CSV would say it; of what has parts nothing is read."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | None):
        return _SAID[value]
    return str(value) if isinstance(value, int | float) else ""


def _after(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
