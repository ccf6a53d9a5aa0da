"""The estimate of expected use: whole cohorts, a range, and honesty about too little history."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as some

from ledger.liability.breakage import FEWEST_COHORTS, Cohort, expected_use, half_up, to_tenths

counts = some.integers(0, 10**9)
histories = some.lists(some.tuples(counts, counts), min_size=0, max_size=40).map(
    lambda pairs: [
        Cohort(date(2020 + at // 12, at % 12 + 1, 1), used, lapsed) for at, (used, lapsed) in enumerate(pairs)
    ]
)


@settings(max_examples=30, deadline=None)
@given(histories, some.integers(0, 100))
def test_the_share_is_a_share_and_stands_within_its_range(history: list[Cohort], fallback: int) -> None:
    use = expected_use(history, fallback_percent=fallback)
    assert 0 <= use.share <= 1
    assert (use.share * 1_000).denominator == 1
    if use.low is None or use.high is None:
        assert use.share == Fraction(fallback, 100)
    else:
        assert 0 <= use.low <= use.share <= use.high <= 1
        assert use.cohorts >= FEWEST_COHORTS


@settings(max_examples=20, deadline=None)
@given(histories, some.randoms(use_true_random=False))
def test_the_order_of_the_cohorts_says_nothing(history: list[Cohort], draw: object) -> None:
    shuffled = list(history)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert expected_use(shuffled, fallback_percent=80) == expected_use(history, fallback_percent=80)


def months(*shares: int, points: int = 10_000) -> list[Cohort]:
    """Cohorts of which so many percent were used."""
    return [
        Cohort(date(2024 + at // 12, at % 12 + 1, 1), points * share // 100, points - points * share // 100)
        for at, share in enumerate(shares)
    ]


def test_rule_45_too_little_history_says_so_and_takes_the_programmes_own() -> None:
    for few in ([], months(50, 50, 50, 50, 50), months(*[50] * 8, points=10)):
        use = expected_use(few, fallback_percent=80)
        assert (use.share, use.low, use.high, use.is_proven) == (Fraction(4, 5), None, None, False)
        assert use.cohorts == len(few)


def test_rule_45_enough_history_gives_the_pooled_share_with_a_range() -> None:
    use = expected_use(months(70, 72, 74, 76, 78, 80, 70, 72, 74, 76, 78, 80), fallback_percent=80)
    assert use.share == Fraction(75, 100)
    assert use.low is not None
    assert use.high is not None
    # The standard error of the mean of these twelve is about 1.03 points of a hundred: ± 2 at 95 %.
    assert Fraction(725, 1000) < use.low < Fraction(74, 100)
    assert Fraction(76, 100) < use.high < Fraction(775, 1000)
    same = expected_use(months(*[75] * 12), fallback_percent=80)
    assert same.low == same.share == same.high


def test_old_habits_are_forgotten() -> None:
    use = expected_use(months(*[10] * 12, *[90] * 24), fallback_percent=80)
    assert (use.share, use.cohorts) == (Fraction(9, 10), 24)


def test_halves_go_away_from_zero() -> None:
    amounts = [Fraction(5, 2), Fraction(-5, 2), Fraction(7, 3), Fraction(0)]
    assert [half_up(amount) for amount in amounts] == [3, -3, 2, 0]
    assert to_tenths(Fraction(2, 3)) == Fraction(667, 1000)
