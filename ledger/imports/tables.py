"""Tables that people send: CSV in any encoding and separator they use, or XLSX, row by row.

Nothing is trusted: a file is looked at in small pieces before it is read, so that one endless line or a
wrong encoding is refused by name and never fills the memory.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.imports.errors import EmptyFile, LineTooLong, NotAText

LONGEST_LINE: Final = 16_384
PIECE: Final = 65_536
ENCODINGS: Final = ("utf-8-sig", "windows-1256")

Cell = object
Row = tuple[int, list[Cell]]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """One row of a CSV that cannot be split into cells; ``row`` counts from 1."""

    row: int


def read_rows(path: Path) -> Iterator[Row | BrokenRow]:
    """Yield (row number, cells) of a CSV or XLSX file; the header is row 1, empty rows are skipped.

    Cells of a CSV are text; those of an XLSX keep their type. Raises leaves of ``FileRefused``.
    """
    if path.stat().st_size == 0:
        raise EmptyFile
    with path.open("rb") as file:
        start = file.read(4)
    return _xlsx_rows(path) if start.startswith(b"PK\x03\x04") else _csv_rows(path)


def _csv_rows(path: Path) -> Iterator[Row | BrokenRow]:
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as text:
        separator = separator_of(text.readline())
        text.seek(0)
        reader = csv.reader(text, delimiter=separator, strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield BrokenRow(number)
                continue
            if any(cell.strip() for cell in cells):
                yield number, list(cells)


def encoding_of(path: Path) -> str:
    """Return the encoding in which the whole file is text with lines of a human length.

    UTF-8 (with or without a mark), UTF-16 with a mark, else Windows-1256. Raises ``LineTooLong``,
    ``NotAText``.
    """
    with path.open("rb") as file:
        start = file.read(PIECE)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    elif b"\x00" in start:
        raise NotAText
    else:
        candidates = ENCODINGS
    for encoding in candidates:
        if _is_text(path, encoding):
            return encoding
    raise NotAText


def _is_text(path: Path, encoding: str) -> bool:
    """Decode the file piece by piece; refuse endless lines on the way."""
    decoder = codecs.getincrementaldecoder(encoding)()
    row, width = 1, 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError:
                return False
            lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            for position, line in enumerate(lines):
                row, width = (row, width + len(line)) if position == 0 else (row + 1, len(line))
                if width > LONGEST_LINE:
                    raise LineTooLong(row=row, limit=LONGEST_LINE)
    return True


def separator_of(header: str) -> str:
    """Return the separator that the header uses most: comma, semicolon, tab or the Arabic comma."""
    return max(",;\t،|", key=header.count)


def _xlsx_rows(path: Path) -> Iterator[Row]:
    import openpyxl  # here: it brings NumPy, which every process would load for the few files of this kind
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            if any(cell is not None and str(cell).strip() for cell in cells):
                yield number, list(cells)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError, OSError) as error:
        raise NotAText from error
