"""One row of a file of purchases: what is read, and what is refused by column and reason."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ledger.errors import MissingColumns, RepeatedColumn
from ledger.imports.purchase_rows import Expectations, Issue, PurchaseRow, columns_of, purchase_row

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EXPECTED = Expectations("SAR", ZoneInfo("Asia/Riyadh"), NOW, frozenset({"olaya"}))
HEADER: list[object] = ["external_id", "phone", "occurred_at", "amount", "branch", "currency", "category"]


def read(**cells: object) -> PurchaseRow | Issue:
    """Read a good row in which some cells were replaced."""
    good: dict[str, object] = {
        "external_id": "A-1",
        "phone": "0501234567",
        "occurred_at": "2026-11-20 18:30",
        "amount": "99.99",
    }
    values = good | cells
    return purchase_row(2, [values.get(str(name)) for name in HEADER], columns_of(HEADER), EXPECTED)


def test_a_good_row_is_a_purchase() -> None:
    row = read(branch="olaya", currency="sar", category="coffee")
    assert row == PurchaseRow(
        row=2,
        external_id="A-1",
        phone="+966501234567",
        member_ref="",
        occurred_at=datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
        amount_minor=9999,
        branch="olaya",
        category="coffee",
    )


def test_arabic_digits_and_separators_are_read() -> None:
    row = read(phone="٠٥٠١٢٣٤٥٦٧", amount="١٬٢٣٤٫٥٠", occurred_at="٢٠٢٦-١١-٢٠ ١٨:٣٠")
    assert isinstance(row, PurchaseRow)
    assert (row.phone, row.amount_minor) == ("+966501234567", 123450)
    assert row.occurred_at == datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["2026-11-20T18:30:00+03:00", "2026-11-20T15:30:00Z", "20/11/2026 18:30", datetime(2026, 11, 20, 18, 30)],
)
def test_times_are_read_as_written(written: object) -> None:
    row = read(occurred_at=written)
    assert isinstance(row, PurchaseRow)
    assert row.occurred_at == datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"external_id": ""}, "external_id", "empty"),
        ({"external_id": "x" * 65}, "external_id", "too_long"),
        ({"external_id": "a\x00b"}, "external_id", "unprintable"),
        ({"phone": ""}, "phone", "empty"),
        ({"phone": "12"}, "phone", "bad_phone"),
        ({"amount": ""}, "amount", "empty"),
        ({"amount": "abc"}, "amount", "amount_invalid"),
        ({"amount": "NaN"}, "amount", "amount_invalid"),
        ({"amount": "1e5"}, "amount", "amount_invalid"),
        ({"amount": "-5"}, "amount", "amount_negative"),
        ({"amount": "0.00"}, "amount", "amount_zero"),
        ({"amount": "1.234"}, "amount", "amount_too_precise"),
        ({"amount": "99999999999"}, "amount", "amount_too_large"),
        ({"occurred_at": ""}, "occurred_at", "empty"),
        ({"occurred_at": "yesterday"}, "occurred_at", "bad_time"),
        ({"occurred_at": "2026-11-22"}, "occurred_at", "in_the_future"),
        ({"occurred_at": "1970-01-01"}, "occurred_at", "before_time"),
        ({"occurred_at": "0001-01-01"}, "occurred_at", "before_time"),
        ({"occurred_at": "9999-12-31T23:59:59-12:00"}, "occurred_at", "in_the_future"),
        ({"currency": "USD"}, "currency", "wrong_currency"),
        ({"branch": "nowhere"}, "branch", "unknown_branch"),
        ({"category": "x" * 61}, "category", "too_long"),
    ],
)
def test_a_bad_cell_is_refused_by_name(cells: dict[str, object], column: str, code: str) -> None:
    issue = read(**cells)
    assert isinstance(issue, Issue)
    assert (issue.row, issue.column, issue.code) == (2, column, code)


def test_a_short_row_lacks_its_last_cells() -> None:
    issue = purchase_row(7, ["A-1", "0501234567"], columns_of(HEADER), EXPECTED)
    assert isinstance(issue, Issue)
    assert (issue.row, issue.column) == (7, "occurred_at")


def test_the_member_id_is_preferred_to_the_phone() -> None:
    header: list[object] = ["external_id", "member_id", "phone", "occurred_at", "amount"]
    row = purchase_row(2, ["A", 17.0, "x", "2026-11-20", 5], columns_of(header), EXPECTED)
    assert isinstance(row, PurchaseRow)
    assert (row.member_ref, row.phone, row.amount_minor) == ("17", "", 500)


def test_the_header_may_be_arabic() -> None:
    assert set(columns_of(["رقم الطلب", "الجوال", "التاريخ", "المبلغ"])) == {
        "external_id",
        "phone",
        "occurred_at",
        "amount",
    }


def test_a_wrong_header_names_what_is_missing() -> None:
    with pytest.raises(MissingColumns) as refusal:
        columns_of(["external_id", "when", "amount"])
    assert refusal.value.params["missing"] == "occurred_at, phone / member_id"


def test_a_repeated_column_is_refused() -> None:
    with pytest.raises(RepeatedColumn):
        columns_of(["external_id", "order_id", "phone", "occurred_at", "amount"])
