"""Gifts and sign-ups that cannot be: too small, to nobody, for who is not there, to what is not held."""

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

ROWS: list[Row] = [
    ("GivePoints", {"points": 99}, "422 gift_too_small /points"),
    ("GivePoints", {"points": 0}, "422 min_value /points"),
    ("GivePoints", {"points": ...}, "422 required /points"),
    ("GivePoints", {"points": 1_000_000}, "409 not_enough_points /points"),
    ("GivePoints", {"cause": "nobody"}, "422 cause_unavailable /cause"),
    ("GivePoints", {"cause": "x" * 41}, "422 max_length /cause"),
    ("GivePoints", {"@member": "M-NOBODY7"}, "404 not_found"),
    ("GivePoints", {"@member": "{rival_member}"}, "404 not_found"),
    ("GivePoints", {"key": "till"}, "403 not_shown /shown"),
    ("GivePoints", {"key": "read"}, "403 forbidden"),
    ("GivePoints: shown", {"shown": "nonsense"}, "403 not_shown /shown"),
    ("GivePoints: shown", {"@member": "{other}"}, "403 not_shown /shown"),
    ("GivePoints: shown", {"one_time_code": "123456"}, "422 one_of /shown"),
    ("GivePoints: read out", {"one_time_code": "abc"}, "422 wrong_code /one_time_code"),
    ("ReadChoice", {"@member": "M-NOBODY7"}, "404 not_found"),
    ("ReadChoice", {"@member": "{rival_member}"}, "404 not_found"),
    ("ChooseCause", {"cause": "nobody"}, "422 cause_unavailable /cause"),
    ("ChooseCause", {"cause": ...}, "422 required /cause"),
    ("ChooseCause", {"@member": "{rival_member}"}, "404 not_found"),
    ("ChooseCause", {"key": "till"}, "403 forbidden"),
    ("JoinContest", {"@member": "{rival_member}"}, "404 not_found"),
    ("JoinContest", {"key": "till"}, "403 forbidden"),
    ("LeaveContest", {"@member": "{rival_member}"}, "404 not_found"),
    ("LeaveContest", {"@member": "M-NOBODY7"}, "404 not_found"),
    ("LeaveContest", {"key": "till"}, "403 forbidden"),
    ("LeaveContest", {"key": "read"}, "403 forbidden"),
    ("LeaveContest", {"why": "tired"}, "422 unknown_field /why"),
    ("SignUp", {"member": "M-NOBODY7"}, "404 not_found /member"),
    ("SignUp", {"member": "{rival_member}"}, "404 not_found /member"),
    ("SignUp", {"member": "{other}"}, "409 signed_up_already /event"),
    ("SignUp", {"member": ...}, "422 required /member"),
    ("SignUp", {"key": "till"}, "403 forbidden"),
    ("CancelPlace", {"@other": "{member}"}, "404 not_found"),
    ("CancelPlace", {"@other": "{rival_member}"}, "404 not_found"),
    ("CancelPlace", {"key": "till"}, "403 forbidden"),
    ("CheckIn", {"@other": "{member}"}, "404 not_found"),
    ("CheckIn", {"@other": "{rival_member}"}, "404 not_found"),
    ("CheckIn", {"key": "read"}, "403 forbidden"),
]


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_what_cannot_be_given_or_taken_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
