"""Every column of both files by what it cannot hold: row, column and code exactly, and nothing half-written.

A file's columns are what its reader knows; a column that is new has no rows here, and the test says so.
"""

import csv
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ledger.imports.balance_rows import OPTIONAL as OF_BALANCES
from ledger.imports.purchase_rows import OPTIONAL, PERSON, REQUIRED
from ledger.models import ImportRun
from tests.cast import Shop
from tests.faults.conftest import everything

RUNS = {"ledger_importrun", "ledger_importissue"}
NEWS = {"accounts_outboxevent"}
"""A run that is over is told of, also where no row could be used."""
Cells = dict[str, dict[str, tuple[str, ...]]]
"""Column → code → what is refused with it."""


def day(days: int) -> str:
    """A day some days from today."""
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%d}"


NO_PHONE = ("12", "٠٥٠", "abc", "9" * 30, "+1", "٠٥٠١٢٣٤٥٦٧x")
NO_WHOLE = ("x", "NaN", "Infinity", "1.5", "1e-3", "½", "5 SAR", "--5", "0x10")
BROKEN = "a\x01b"
LONG_AGO = datetime(1970, 1, 1)
FUTURE = ("2970-01-01", "9999-12-31T23:59:59-12:00")
PAST = ("1970-01-01", "1999-12-31", "0001-01-01T00:00:00+14:00")

PURCHASES: Cells = {
    "external_id": {"empty": ("", " "), "too_long": ("x" * 65,), "unprintable": (BROKEN,)},
    "occurred_at": {
        "empty": ("",),
        "bad_time": ("yesterday", "2026-02-29", "2026-13-01", "32/01/2026", "46000.5", "2026-11-15T25:00"),
        "before_time": PAST,
        "in_the_future": FUTURE,
    },
    "amount": {
        "empty": ("", " "),
        "amount_invalid": ("abc", "NaN", "Infinity", "1e5", "12,5", "1.", ".5", "½", "10 SAR", "9" * 41),
        "amount_negative": ("-5", "-0.01", "\u22125"),
        "amount_zero": ("0", "0.00", "-0", "٠"),
        "amount_too_precise": ("1.234",),
        "amount_too_large": ("10000000.01", "9" * 30),
    },
    "phone": {"empty": ("",), "bad_phone": NO_PHONE},
    "member_id": {"too_long": ("x" * 65,), "unprintable": (BROKEN,)},
    "branch": {"unknown_branch": ("nowhere", "theirs", BROKEN)},
    "currency": {"wrong_currency": ("USD", "XXX", "ر.س", "x" * 300)},
    "category": {"too_long": ("x" * 61,), "unprintable": (BROKEN,)},
}
BALANCES: Cells = {
    "phone": {"bad_phone": NO_PHONE},
    "member_id": {"too_long": ("x" * 65,), "unprintable": (BROKEN,)},
    "points": {
        "not_a_number": NO_WHOLE,
        "below_zero": ("-1", "-٥"),
        "too_many": ("1000000001", "9" * 30, "1e30"),
    },
    "expires_on": {
        "bad_time": ("soon", "2026-02-29", "32/01/2026", "2201-01-01"),
        "before_time": PAST,
        "dead_already": ("2026-01-01",),
    },
    "earned_on": {"bad_time": ("long ago", "2026-13-01"), "before_time": PAST, "in_the_future": FUTURE},
    "lot_id": {"too_long": ("x" * 65,), "unprintable": (BROKEN,)},
    "given_name": {"too_long": ("x" * 81,), "unprintable": (BROKEN,)},
    "family_name": {"too_long": ("x" * 81,), "unprintable": (BROKEN,)},
    "card": {"empty": ("",), "too_long": ("x" * 61,), "unprintable": (BROKEN,)},
    "stamps": {"not_a_number": NO_WHOLE, "below_zero": ("-1",), "too_many": ("10001", "1e30")},
    "tier": {"unknown_tier": ("platinum", "5"), "too_long": ("x" * 61,), "unprintable": (BROKEN,)},
    "tier_until": {
        "bad_time": ("soon", "2026-02-29", "2201-01-01"),
        "before_time": PAST,
        "dead_already": ("2026-01-01",),
    },
    "consent_source": {"too_long": ("x" * 21,), "unprintable": (BROKEN,)},
    **{
        column: {"neither_yes_nor_no": ("maybe", "2", "-", "yes please")}
        for column in ("sms_consent", "whatsapp_consent", "email_consent", "push_consent")
    },
    **{
        f"{channel}_consent_on": {
            "bad_time": ("soon", "2026-02-29"),
            "before_time": PAST,
            "in_the_future": FUTURE,
        }
        for channel in ("sms", "whatsapp", "email", "push")
    },
}


def purchase(place: int) -> dict[str, str]:
    """A good row of a file of purchases."""
    return {
        "external_id": f"A-{place}", "phone": "0501234567", "member_id": "", "occurred_at": day(-1),
        "amount": "10.50", "branch": "olaya", "currency": "SAR", "category": "coffee",
    }  # fmt: skip


def balance(place: int) -> dict[str, str]:
    """A good row of a file of balances."""
    told = {f"{channel}_consent": "yes" for channel in ("sms", "whatsapp", "email", "push")}
    told |= {f"{channel}_on": day(-9) for channel in told}
    return told | {
        "phone": "0501234567", "member_id": "", "points": "5", "expires_on": day(90), "earned_on": day(-9),
        "lot_id": f"L-{place}", "given_name": "نورة", "family_name": "x", "card": "coffee", "stamps": "3",
        "tier": "gold", "tier_until": day(90), "consent_source": "till",
    }  # fmt: skip


FILES: dict[str, tuple[Any, Cells]] = {"purchases": (purchase, PURCHASES), "balances": (balance, BALANCES)}


def test_every_column_of_both_files_has_rows() -> None:
    assert set(PURCHASES) == {*REQUIRED, *PERSON, *OPTIONAL}
    assert set(BALANCES) == {*PERSON, *OF_BALANCES}
    assert {*purchase(1)} == set(PURCHASES)
    assert {*balance(1)} == set(BALANCES)


COLUMNS = [(kind, column) for kind, (_good, cells) in FILES.items() for column in sorted(cells)]


@pytest.mark.parametrize(("kind", "column"), COLUMNS)
def test_a_cell_that_cannot_be_is_refused_by_row_and_column(
    shop: Shop, tmp_path: Path, kind: str, column: str
) -> None:
    good, cells = FILES[kind]
    wrong = [(code, value) for code, values in cells[column].items() for value in values]
    rows = [good(1), *(good(2 + n) | {column: value} for n, (_code, value) in enumerate(wrong)), good(0)]
    path, expected = tmp_path / "rows.csv", [(3 + n, column, code) for n, (code, _v) in enumerate(wrong)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(good(1)))
        writer.writeheader()
        writer.writerows(rows)
    before = books()
    with pytest.raises(CommandError, match="nothing was imported"):
        bring(kind, path, "--strict")
    assert books() == before
    assert issues() == expected
    bring(kind, path)
    assert issues() == expected
    run = ImportRun.objects.latest("id")
    assert (run.rows, run.created, run.refused) == (len(rows), 2, len(wrong))


def bring(kind: str, path: Path, *wishes: str) -> None:
    """Run the command that brings such a file in."""
    call_command(f"import_{kind}", str(path), "--merchant", "oasis", *wishes)


def issues() -> list[tuple[int, str, str]]:
    """Row, column and code of what the newest run refused."""
    found: Iterable[Any] = ImportRun.objects.latest("id").issues.order_by("row")
    return [(issue.row, issue.column, issue.code) for issue in found]


def books(*, but: Collection[str] = ()) -> dict[str, Any]:
    """Everything but the runs of imports themselves."""
    return {table: rows for table, rows in everything().items() if table not in {*RUNS, *but}}


TYPED: dict[str, dict[str, dict[str, tuple[Any, ...]]]] = {
    "purchases": {
        "amount": {
            "amount_invalid": (True, LONG_AGO), "amount_negative": (-5, -0.5),
            "amount_zero": (0, 0.0), "amount_too_precise": (1.234,), "amount_too_large": (10**8, 1e20),
        },
        "occurred_at": {"bad_time": (True, 5, 46000.5), "before_time": (LONG_AGO,)},
        "phone": {"bad_phone": (12, True, 0.5)},
    },
    "balances": {
        "points": {"not_a_number": (True, 1.5), "below_zero": (-5,), "too_many": (10**12, 1e300)},
        "expires_on": {"bad_time": (True, 5), "before_time": (LONG_AGO,)},
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_a_cell_of_a_spreadsheet_is_refused_by_what_it_is(shop: Shop, tmp_path: Path, kind: str) -> None:
    good = FILES[kind][0]
    expected: list[tuple[int, str, str]] = []
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(good(1)))
    for column, codes in TYPED[kind].items():
        for code, values in codes.items():
            for value in values:
                sheet.append(list((good(len(expected)) | {column: value}).values()))
                expected.append((len(expected) + 2, column, code))
    book.save(tmp_path / "rows.xlsx")
    before = books(but=NEWS)
    with pytest.raises(CommandError, match="No row could be used"):
        bring(kind, tmp_path / "rows.xlsx")
    assert issues() == expected
    assert books(but=NEWS) == before


TOGETHER = [
    ("purchases", {"phone": "", "member_id": ""}, ("phone", "empty")),
    ("balances", {"phone": "", "member_id": ""}, ("phone", "empty")),
    ("balances", {"earned_on": day(-9), "expires_on": day(-20)}, ("expires_on", "dead_already")),
    ("balances", {"points": "", "stamps": "", "tier": "", **{
        f"{channel}_consent": "" for channel in ("sms", "whatsapp", "email", "push")
    }}, ("points", "nothing_to_open")),
    ("balances", {"expires_on": "", "earned_on": day(-900)}, ("expires_on", "dead_already")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "cells", "told"), TOGETHER)
def test_cells_that_do_not_fit_together_are_refused(
    shop: Shop, tmp_path: Path, kind: str, cells: dict[str, str], told: tuple[str, str]
) -> None:
    path, row = tmp_path / "rows.csv", FILES[kind][0](1) | cells
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    before = books(but=NEWS)
    with pytest.raises(CommandError, match="No row could be used"):
        bring(kind, path)
    assert issues() == [(2, *told)]
    assert books(but=NEWS) == before
