"""What cannot come back: more than was bought, twice, before it was bought, or another shop's."""

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

LINES = "RecordRefund: lines"

ROWS: list[Row] = [
    ("RecordRefund", {"amount": "0"}, "422 invalid /amount"),
    ("RecordRefund", {"amount": "3000.01"}, "422 over_refund /amount"),
    ("RecordRefund", {"order": "A-2"}, "422 over_refund /amount"),
    ("RecordRefund", {"amount": ...}, "422 one_of /amount"),
    ("RecordRefund", {"lines": [{"position": 1, "amount": "5"}]}, "422 one_of /amount"),
    ("RecordRefund", {"order": "NOBODY"}, "404 not_found /order"),
    ("RecordRefund", {"order": "B-1"}, "404 not_found /order"),
    ("RecordRefund", {"source": "till"}, "404 not_found /order"),
    ("RecordRefund", {"occurred_at": "2026-11-15T08:54:59Z"}, "422 before_purchase /occurred_at"),
    ("RecordRefund", {"refund": "R-0"}, "409 key_conflict /refund"),
    ("RecordRefund", {"currency": "USD"}, "422 unknown_field /currency"),
    ("RecordRefund", {"key": "read"}, "403 forbidden"),
    (LINES, {"lines": []}, "422 empty /lines"),
    (LINES, {"lines": [{"position": 7, "amount": "5"}]}, "422 over_refund /lines"),
    (LINES, {"lines": [{"position": 0, "amount": "5"}]}, "422 min_value /lines/0/position"),
    (LINES, {"lines": [{"position": 501, "amount": "5"}]}, "422 max_value /lines/0/position"),
    (LINES, {"lines": [{"position": 1, "amount": "0"}]}, "422 invalid /lines"),
    (LINES, {"lines": [{"position": 1, "amount": "3000.01"}]}, "422 over_refund /lines"),
    (LINES, {"lines": [{"position": 1, "amount": "1"}] * 2}, "422 repeated /lines"),
    (LINES, {"lines": [{"position": 1, "amount": "1"}] * 501}, "422 max_length /lines"),
]


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_what_cannot_come_back_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
