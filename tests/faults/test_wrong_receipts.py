"""Sales without a customer that cannot be, that are others', and that are in the books already."""

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

LINES = "RecordReceipt: lines"

ROWS: list[Row] = [
    ("RecordReceipt", {"amount": "0"}, "422 invalid /amount"),
    ("RecordReceipt", {"amount": "-5"}, "422 amount_negative /amount"),
    ("RecordReceipt", {"amount": "NaN"}, "422 amount_invalid /amount"),
    ("RecordReceipt", {"amount": "1" * 30}, "422 amount_too_large /amount"),
    ("RecordReceipt", {"amount": ...}, "422 one_of /amount"),
    ("RecordReceipt", {"member": "{member}"}, "422 unknown_field /member"),
    ("RecordReceipt", {"order": "A-1"}, "409 key_conflict /order"),
    ("RecordReceipt", {"order": "N-1"}, "409 key_conflict /order"),
    ("RecordReceipt", {"order": ""}, "422 blank /order"),
    ("RecordReceipt", {"source": "a b"}, "422 invalid /source"),
    ("RecordReceipt", {"currency": "USD"}, "422 wrong_currency /currency"),
    ("RecordReceipt", {"branch": "theirs"}, "404 not_found /branch"),
    ("RecordReceipt", {"occurred_at": "1970-01-01T00:00:00Z"}, "422 before_time /occurred_at"),
    ("RecordReceipt", {"occurred_at": "2970-01-01T00:00:00Z"}, "422 in_the_future /occurred_at"),
    ("RecordReceipt", {"key": "read"}, "403 forbidden"),
    (LINES, {"lines": []}, "422 empty /lines"),
    (LINES, {"lines": [{"amount": "0"}]}, "422 invalid /lines"),
    (LINES, {"lines": [{"amount": "1"}] * 501}, "422 max_length /lines"),
    ("ReadReceipt", {"@receipt": "NOBODY"}, "404 not_found"),
    ("ReadReceipt", {"@receipt": "N-9"}, "404 not_found"),
    ("ReadReceipt", {"?source": "till"}, "404 not_found"),
    ("ReadReceipt", {"?source": "x" * 21}, "422 max_length /source"),
    ("CancelReceipt", {"@receipt": "N-9"}, "404 not_found"),
    ("CancelReceipt", {"?source": "till"}, "404 not_found"),
    ("CancelReceipt", {"key": "read"}, "403 forbidden"),
]


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_what_is_no_sale_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
