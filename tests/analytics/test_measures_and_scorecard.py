"""The arithmetic of shares, rates and judgements, on worked examples."""

import numpy as np
import pytest

from analytics import measures, scorecard


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (0, 0, 0, 1)],
)
def test_wilson(part: int, whole: int, low: float, high: float) -> None:
    assert measures.wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


def test_repeat_rate_counts_members_with_two_days() -> None:
    rate = measures.repeat_rate({1: 3, 2: 1, 5: 1, 0: 9})
    assert (rate.part, rate.whole, rate.value) == (2, 5, 0.4)
    assert measures.repeat_rate({}).value is None


def test_redemption_rate_of_nothing_is_unknown() -> None:
    assert measures.redemption_rate(300, 1200) == 0.25
    assert measures.redemption_rate(0, 0) is None


def test_average_rounds_half_up() -> None:
    assert measures.average_minor(1000, 3) == 333
    assert measures.average_minor(5, 2) == 3
    assert measures.average_minor(5, 0) is None


def test_migration_and_its_direction() -> None:
    matrix = measures.migration([("bronze", "silver"), ("bronze", "bronze"), ("gold", "silver")])
    assert matrix == {("bronze", "silver"): 1, ("bronze", "bronze"): 1, ("gold", "silver"): 1}
    assert measures.moved(matrix, {"bronze": 0, "silver": 1, "gold": 2}) == (1, 1, 1)


def test_rule_45_liability() -> None:
    assert measures.liability_minor(1_000_000, 500, 2500, 80) == 4_000_000


def test_scorecard_by_hand() -> None:
    outcome = np.array([0.0, 0.0, 1.0, 1.0])
    chance = np.array([0.1, 0.4, 0.35, 0.8])
    assert scorecard.roc_auc(outcome, chance) == 0.75
    assert scorecard.average_precision(outcome, chance) == pytest.approx((1 + 2 / 3) / 2)
    assert scorecard.lift(outcome, chance, 0.25) == 2
    assert scorecard.calibration_error(outcome, np.array([0.0, 0.0, 1.0, 1.0])) == 0
    assert scorecard.calibration_error(outcome, np.full(4, 0.9)) == pytest.approx(0.4)
    assert scorecard.roc_auc(outcome, np.full(4, 0.5)) == 0.5
