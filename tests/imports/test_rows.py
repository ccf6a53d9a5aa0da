"""One row of a file of purchases: what is read, and what is refused by column and reason."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ledger.imports.errors import MissingColumns, RepeatedColumn
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
