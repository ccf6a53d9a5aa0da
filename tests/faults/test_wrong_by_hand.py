"""What nobody may do by hand: take what is not there, credit their own, merge with nobody, undo too late."""

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

ABSENT = "M-NOBODY7"

# What a merge and its preview refuse alike.
BOTH: list[tuple[dict[str, object], str]] = [
    ({"absorb": "{member}"}, "409 same_record /absorb"),
    ({"absorb": ABSENT}, "404 not_found /absorb"),
    ({"absorb": "{rival_member}"}, "404 not_found /absorb"),
    ({"absorb": "{erased}"}, "404 not_found /absorb"),
    ({"absorb": "{detached}"}, "404 not_found /absorb"),
    ({"absorb": "{absorbed}"}, "404 not_found /absorb"),
    ({"absorb": "x" * 13}, "422 max_length /absorb"),
    ({"@member": ABSENT}, "404 not_found"),
    ({"@member": "{rival_member}"}, "404 not_found"),
    ({"@member": "{detached}"}, "404 not_found"),
    ({"key": "shop"}, "403 forbidden"),
]

ROWS: list[Row] = [
    ("AdjustPoints", {"points": 0}, "422 invalid /points"),
    ("AdjustPoints", {"points": -1_000_000_001}, "422 min_value /points"),
    ("AdjustPoints", {"points": 1_000_000_001}, "422 max_value /points"),
    ("AdjustPoints", {"@member": "{other}", "points": -5}, "409 not_enough_points /points"),
    ("AdjustPoints", {"@member": "{staffer}"}, "403 own_card"),
    ("AdjustPoints", {"@member": ABSENT}, "404 not_found"),
    ("AdjustPoints", {"@member": "{rival_member}"}, "404 not_found"),
    ("AdjustPoints", {"reason": "x" * 301}, "422 max_length /reason"),
    ("AdjustPoints", {"once": "adjusted"}, "409 key_conflict /Idempotency-Key"),
    ("AdjustPoints", {"key": "shop"}, "403 forbidden"),
    *(("MergeRecords", change, answer) for change, answer in BOTH),
    *(("PreviewMerge", change, answer) for change, answer in BOTH),
    ("MergeRecords", {"once": "merge"}, "409 key_conflict /Idempotency-Key"),
    ("UndoMerge", {"@merge": "999999"}, "404 not_found"),
    ("UndoMerge", {"@merge": "9" * 30}, "404 not_found"),
    ("UndoMerge", {"@merge": "x"}, "404 not_found"),
    ("UndoMerge", {"@survivor": "{member}"}, "404 not_found"),
    ("UndoMerge", {"@survivor": "{rival_member}"}, "404 not_found"),
    ("UndoMerge", {"@survivor": "{busy}", "@merge": "{used_merge}"}, "409 merge_in_use /merge"),
    ("UndoMerge", {"key": "shop"}, "403 forbidden"),
]


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_what_nobody_may_do_by_hand_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
