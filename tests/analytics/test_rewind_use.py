"""The curve of use and the sums of a Rewind: plain values in, plain values out."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analytics.rewind.behaviour import Curve, Issue, Use, learnt, used_by_age
from analytics.rewind.results import outcome, sold, use_as_json, use_from_json
from analytics.rewind.sums import added

TERMS = {"block_points": 500, "block_value_minor": 2_500, "tiers": []}
MONTHS = st.integers(1, 24).map(lambda number: f"{2025 + number // 13}-{(number - 1) % 12 + 1:02}")


@st.composite
def issues(draw: Any) -> Issue:
    """A month of issue of which no more is used and gone than there was."""
    points, known = draw(st.integers(0, 50_000)), draw(st.integers(-1, 20))
    used: dict[int, int] = {}
    gone: dict[int, int] = {}
    left = points
    for age in range(known + 1):
        for taken in (used, gone):
            taken[age] = draw(st.integers(0, left))
            left -= taken[age]
    return Issue(points, known, used, gone)


@given(st.lists(issues(), max_size=12), st.integers(0, 100))
def test_shares_rise_with_age_and_lie_between_nothing_and_all(known: list[Issue], percent: int) -> None:
    use = learnt(known, set_percent=None, fallback_percent=percent)
    for curve in (use.low, use.mid, use.high):
        shares = curve.by_age if curve else ()
        assert list(shares) == sorted(shares)
        assert all(0 <= share <= 1000 for share in shares)
    if use.low and use.high:
        for age in range(len(use.mid.by_age)):
            assert use.low.by(age) <= use.mid.by(age) <= use.high.by(age)
    assert use_from_json(use_as_json(use)) == use


def test_points_that_lapsed_or_went_back_leave_the_count() -> None:
    """1,000 issued: 100 used and 500 taken back in the first month, 200 of the 400 left in the second."""
    curve = used_by_age([Issue(1_000, 1, {0: 100, 1: 200}, {0: 500})])
    assert curve.by_age == (100, round(1000 * (1 - 0.9 * 0.5)))


def test_a_young_month_counts_as_far_as_it_has_come() -> None:
    curve = used_by_age([Issue(1_000, 1, {0: 100, 1: 90}), Issue(1_000, 0, {0: 300})])
    assert curve.by_age == (200, round(1000 * (1 - 0.8 * 0.9)))


def test_a_share_that_somebody_set_is_the_share_in_the_end() -> None:
    known = [Issue(20_000, 9, {2: 4_000, 5: 3_000}) for _month in range(8)]
    assert learnt(known, set_percent=60, fallback_percent=80).mid.by(None) == 600
    assert learnt([], set_percent=60, fallback_percent=80).mid.by(None) == 600


def test_without_history_the_programme_s_word_stands_and_no_range() -> None:
    use = learnt([Issue(20_000, 3, {0: 100})], set_percent=None, fallback_percent=80)
    assert (use.source, use.mid.by(None), use.low, use.high) == ("programme", 800, None, None)


@given(
    st.dictionaries(st.tuples(MONTHS, st.one_of(st.just(""), MONTHS)), st.integers(0, 10**6), max_size=8),
    st.lists(st.integers(0, 1000), min_size=1, max_size=14),
)
def test_cost_and_liability_lie_between_nothing_and_the_worth_of_all_points(
    lots: dict[tuple[str, str], int], shares: list[int]
) -> None:
    rising = Curve(tuple(sorted(shares)))
    use = Use("history", rising, Curve(tuple(part // 2 for part in rising.by_age)), Curve((1000,)))
    kept = {"|".join(key): points for key, points in lots.items() if not key[1] or key[0] <= key[1]}
    found = {"lots": kept, "issued": {"2025-01": sum(kept.values())}}
    came = outcome(found, TERMS, use, sold({}, {}), this_month="2027-01")
    worth = Fraction(sum(kept.values()) * 5)
    assert 0 <= came.liability.mid <= came.cost.mid <= worth
    assert came.cost.low is not None
    assert came.cost.high is not None
    assert came.cost.low <= came.cost.mid <= came.cost.high


def test_points_that_die_sooner_are_used_less() -> None:
    use = Use("hand", Curve((100, 200, 300, 400, 500, 600)))
    shop = sold({}, {})
    soon, late = (
        outcome({"lots": {f"2026-01|{last}": 1_000}}, TERMS, use, shop, this_month="2026-02")
        for last in ("2026-02", "2026-06")
    )
    assert (soon.used.mid, late.used.mid) == (200, 600)
    assert (soon.cost.mid, late.cost.mid) == (1_000, 3_000)
    assert (soon.liability.mid, late.liability.mid) == (0, 2_000)


def test_revenue_and_margin_are_of_what_stayed_sold() -> None:
    shop = {"goods": {"2026-01": {"coffee": 11_500, "": 23_000}}, "orders": {"2026-01": 3}}
    margins = {"gross": "40", "vat": "15", "by_category": {"coffee": "60"}}
    assert sold(shop, {}).margin_minor is None
    assert sold(shop, margins).revenue_minor == 34_500
    assert sold(shop, margins).margin_minor == 6_000 + 8_000
    found = {"lots": {"2026-01|2026-12": 2_800}, "issued": {"2026-01": 2_800}}
    came = outcome(found, TERMS, Use("hand", Curve((500,))), sold(shop, margins), this_month="2026-01")
    assert came.of_margin is not None
    assert came.of_margin.mid == 500  # 1,400 points are 7,000 of 14,000


COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(-50, 50))
SUMS = st.fixed_dictionaries({"points": COUNTS, "orders": st.integers(0, 9)})


@given(st.lists(SUMS, min_size=1, max_size=6), st.integers(0, 6))
def test_parts_add_up_whatever_their_cut(parts: list[dict[str, Any]], place: int) -> None:
    halves = [added(half) for half in (parts[:place], parts[place:]) if half]
    assert added(halves) == added(parts)
