"""Points that cannot be spent: too few, not a block, another's; codes that are used, cancelled or guessed."""

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

GUESSED = "NNNNNNNN"

ROWS: list[Row] = [
    ("IssueCode", {"points": 1}, "422 nothing_to_redeem /points"),
    ("IssueCode", {"points": 499}, "422 nothing_to_redeem /points"),
    ("IssueCode", {"points": 750}, "422 not_whole_blocks /points"),
    ("IssueCode", {"points": 1000}, "422 discount_too_large /points"),
    ("IssueCode", {"points": 10_000, "order_amount": ...}, "409 not_enough_points /points"),
    ("IssueCode", {"points": ..., "order_amount": "10"}, "422 discount_too_large /order_amount"),
    ("IssueCode", {"order_amount": "0"}, "422 invalid /order_amount"),
    ("IssueCode", {"minutes": 0}, "422 min_value /minutes"),
    ("IssueCode", {"minutes": 44_641}, "422 max_value /minutes"),
    ("IssueCode", {"reward": "gift-wrap"}, "422 one_of /points"),
    ("IssueCode", {"member": ...}, "422 one_of /member"),
    ("IssueCode", {"shown": "{shown}"}, "422 one_of /member"),
    ("IssueCode", {"member": "M-NOBODY7"}, "404 not_found /member"),
    ("IssueCode", {"member": "{rival_member}"}, "404 not_found /member"),
    ("IssueCode", {"member": "{erased}"}, "404 not_found /member"),
    ("IssueCode", {"member": "{detached}"}, "404 not_found /member"),
    ("IssueCode", {"key": "till"}, "403 not_shown /shown"),
    ("IssueCode", {"key": "read"}, "403 forbidden"),
    ("IssueCode", {"once": "code", "points": 1000, "order_amount": ...}, "409 key_conflict /Idempotency-Key"),
    ("IssueCode: reward", {"reward": "nothing"}, "422 reward_unavailable /reward"),
    ("IssueCode: reward", {"member": "{other}"}, "409 not_enough_points /reward"),
    ("IssueCode: shown", {"one_time_code": "123456"}, "422 one_of /shown"),
    ("IssueCode: shown", {"shown": "nonsense"}, "404 not_found /shown"),
    ("IssueCode: shown", {"shown": "{member}"}, "403 not_shown /shown"),
    ("IssueCode: shown", {"shown": "{rival_member}"}, "404 not_found /shown"),
    ("IssueCode: read out", {"one_time_code": "abc"}, "422 wrong_code /one_time_code"),
    ("IssueCode: read out", {"one_time_code": "1234567"}, "422 wrong_code /one_time_code"),
    ("IssueCode: read out", {"member": "{other}"}, "422 code_over /one_time_code"),
    ("ReadCode", {"@code": GUESSED}, "404 not_found"),
    ("ReadCode", {"@code": "{rival_code}"}, "404 not_found"),
    ("ReadCode", {"@code": "%0a"}, "404 not_found"),
    ("UseCode", {"@code": GUESSED}, "404 not_found"),
    ("UseCode", {"@code": "{rival_code}"}, "404 not_found"),
    ("UseCode", {"@code": "{used}"}, "409 code_spent /code"),
    ("UseCode", {"@code": "{cancelled}"}, "409 code_spent /code"),
    ("UseCode", {"branch": "nowhere"}, "404 not_found /branch"),
    ("UseCode", {"branch": "theirs"}, "404 not_found /branch"),
    ("UseCode", {"order": "x" * 65}, "422 max_length /order"),
    ("UseCode", {"once": "used-now"}, "409 key_conflict /Idempotency-Key"),
    ("UseCode", {"key": "read"}, "403 forbidden"),
    ("CancelCode", {"@code": GUESSED}, "404 not_found"),
    ("CancelCode", {"@code": "{rival_code}"}, "404 not_found"),
    ("CancelCode", {"@code": "{used}"}, "409 code_spent /code"),
    ("CancelCode", {"@code": "{cancelled}"}, "409 code_spent /code"),
    ("CancelCode", {"once": "cancelled-now"}, "409 key_conflict /Idempotency-Key"),
    ("CancelCode", {"key": "read"}, "403 forbidden"),
]


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_what_cannot_be_spent_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
