"""Visit-days and features: right by hand on a small log, and blind to everything from the cut-off on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.features import features
from analytics.plain_rule import chances, limits
from analytics.visits import history_of

CUTOFF = 200
PURCHASE = st.tuples(st.integers(1, 8), st.integers(1, 260), st.integers(1, 100_000))


def frame(rows: list[tuple[int, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["member", "day", "amount_minor"], dtype=np.int64)


def test_purchases_of_one_day_are_one_visit() -> None:
    known = history_of(frame([(2, 5, 100), (1, 7, 30), (2, 5, 50), (2, 4, 1)]))
    assert known.members.tolist() == [1, 2]
    assert known.member.tolist() == [0, 1, 1]
    assert known.day.tolist() == [7, 4, 5]
    assert known.amount.tolist() == [30, 1, 150]
    assert known.purchases.tolist() == [1, 1, 2]


def test_features_by_hand() -> None:
    rows = [(1, 100, 1000), (1, 160, 1000), (1, 180, 4000), (1, 180, 2000), (1, 190, 2000), (2, 105, 1)]
    one = features(history_of(frame(rows)), CUTOFF, 30).loc[1]
    expected = {
        "recency": 10, "tenure": 100, "visits": 4, "visits_30": 2, "visits_60": 3, "visits_90": 3,
        "spend_30": 8000, "spend_60": 9000, "purchases_90": 4, "weeks_4": 2, "weeks_12": 3,
        "gap_median": 20, "gap_longest": 60, "gap_latest": 10, "recency_to_median": 0.5,
        "amount_mean": 2500, "last_amount": 2000, "last_amount_to_usual": 0.8,
        "ewm_visits_14": 0.5 ** (10 / 14) + 0.5 ** (20 / 14) + 0.5 ** (40 / 14) + 0.5 ** (100 / 14),
        "silent_share": 30 / 90,
    }  # fmt: skip
    for name, value in expected.items():
        assert one[name] == pytest.approx(value), name


def test_only_members_of_the_last_90_days_are_active() -> None:
    rows = [(1, CUTOFF - 90, 5), (2, CUTOFF - 91, 5), (3, CUTOFF - 1, 5), (4, CUTOFF, 5)]
    assert features(history_of(frame(rows)), CUTOFF, 30).index.tolist() == [1, 3]


@settings(max_examples=30, deadline=None)
@given(past=st.lists(PURCHASE, min_size=1, max_size=60), future=st.lists(PURCHASE, max_size=60))
def test_nothing_from_the_cutoff_on_changes_a_feature(
    past: list[tuple[int, int, int]], future: list[tuple[int, int, int]]
) -> None:
    before = [row for row in past if row[1] < CUTOFF]
    after = [(member, max(day, CUTOFF), amount) for member, day, amount in future]
    alone = features(history_of(frame(before)), CUTOFF, 30)
    beside = features(history_of(frame(before + after)), CUTOFF, 30)
    pd.testing.assert_frame_equal(alone, beside, check_exact=True)
    assert not np.isinf(alone.to_numpy()).any()


def test_nobody_gives_an_empty_matrix_with_all_columns() -> None:
    empty = features(history_of(frame([])), CUTOFF, 30)
    assert len(empty) == 0
    assert list(empty.columns) == list(features(history_of(frame([(1, 199, 1)])), CUTOFF, 30).columns)


@pytest.mark.parametrize(("gap", "limit"), [(5, 30), (20, 40), (40, 45), (None, 30)])
def test_the_plain_rule_waits_for_twice_the_usual_gap_within_30_and_45_days(
    gap: int | None, limit: int
) -> None:
    matrix = pd.DataFrame({"gap_median": [gap] * 2, "recency": [limit - 1, limit]}, dtype=np.float64)
    assert limits(matrix).tolist() == [limit, limit]
    assert (chances(matrix) >= 0.5).tolist() == [False, True]
