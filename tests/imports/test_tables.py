"""Files as people send them: every encoding and separator, and nothing that fills the memory."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from ledger.imports.errors import EmptyFile, LineTooLong, NotAText
from ledger.imports.tables import BrokenRow, read_rows

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(content: bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        return path

    return _write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1256"])
def test_arabic_text_is_read_in_every_encoding(write: Write, encoding: str) -> None:
    rows = list(
        read_rows(write("رقم الطلب,المبلغ\nط-1,١٢٫٥\n".replace("٫", ".").encode(encoding, "replace")))
    )
    assert rows[0] == (1, ["رقم الطلب", "المبلغ"])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_the_header_uses(write: Write, separator: str) -> None:
    rows = list(read_rows(write(f"a{separator}b\n1{separator}2\n".encode())))
    assert rows == [(1, ["a", "b"]), (2, ["1", "2"])]


def test_empty_rows_are_skipped_and_keep_their_numbers(write: Write) -> None:
    assert list(read_rows(write(b"a,b\n\n , \n1,2\n"))) == [(1, ["a", "b"]), (4, ["1", "2"])]


def test_an_empty_file_is_refused(write: Write) -> None:
    with pytest.raises(EmptyFile):
        list(read_rows(write(b"")))


def test_one_endless_line_is_refused_before_it_is_read_whole(write: Write) -> None:
    with pytest.raises(LineTooLong) as refusal:
        list(read_rows(write(b"a,b\n" + b"x" * 5_000_000)))
    assert refusal.value.params["row"] == 2


def test_bytes_that_are_no_text_are_refused(write: Write) -> None:
    with pytest.raises(NotAText):
        list(read_rows(write(b"\x89PNG\x00\x00\x00")))


def test_a_broken_workbook_is_refused(write: Write) -> None:
    with pytest.raises(NotAText):
        list(read_rows(write(b"PK\x03\x04 not really")))


def test_an_unclosed_quotation_mark_breaks_one_row(write: Write) -> None:
    rows = list(read_rows(write(b'a,b\n1,"x" y\n2,3\n')))
    assert isinstance(rows[1], BrokenRow)
    assert rows[1].row == 2
    assert rows[2] == (3, ["2", "3"])


def test_a_workbook_keeps_the_types_of_its_cells(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["external_id", "amount"])
    sheet.append([1001, 12.5])
    path = tmp_path / "file.xlsx"
    book.save(path)
    assert list(read_rows(path)) == [(1, ["external_id", "amount"]), (2, [1001, 12.5])]
