"""RULES 8: whether a typical member reaches the smallest reward before their points die."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.calendars import last_spendable_day
from programs.margin import Use
from programs.reach import DAYS_PER_MONTH, Pace, points_of_an_order, reach, smallest_use
from tests.programs.terms_of_the_rules import STEP, TERMS

MONTHLY = Pace(4_000, Decimal(1))
"""40 SAR once a month: 40 points."""
FROM = date(2026, 1, 1)


def test_rule_08_twelve_months_of_forty_points_are_not_five_hundred() -> None:
    """Thirteen orders may be alive on one day, the last day counting: 520 are enough, 494 are not."""
    found = reach(MONTHLY, TERMS, (), FROM)
    assert (found.smallest_points, found.most_alive, found.days) == (500, 520, 365)
    found = reach(Pace(3_800, Decimal(1)), TERMS, (), FROM)
    assert (found.is_reached, found.most_alive) == (False, 494)


@pytest.mark.parametrize(
    ("change", "is_reached"),
    [
        ({}, False),
        ({"expiry_months": 18}, True),
        ({"expiry_rounding": "year"}, True),
        ({"expiry_rounding": "month"}, True),
        ({"expiry_months": None}, True),
        ({"block_points": 490, "block_value_minor": 2450}, True),
    ],
)
def test_rule_08_longer_lives_and_smaller_blocks_are_reached(
    change: dict[str, Any], is_reached: bool
) -> None:
    assert reach(Pace(3_800, Decimal(1)), replace(TERMS, **change), (), FROM).is_reached is is_reached


def test_rule_08_the_cheapest_reward_that_everybody_may_have_counts() -> None:
    uses = (Use(300), Use(150), Use(10, tiers=frozenset({"gold"})))
    assert smallest_use(TERMS, uses) == 150
    assert smallest_use(TERMS, ()) == 500
    found = reach(MONTHLY, TERMS, uses, FROM)
    assert found.days == int(3 * DAYS_PER_MONTH)  # the fourth order


def test_rule_08_a_tier_climbed_on_the_way_helps() -> None:
    """400 SAR a month is Silver after four orders, and Gold after ten."""
    silver = replace(TERMS, block_points=4_500, block_value_minor=22_500)
    climbing = reach(Pace(40_000, Decimal(1)), silver, (), FROM)
    flat = replace(silver, tiers=TERMS.tiers[:1])
    assert climbing.is_reached
    assert climbing.days is not None
    slower = reach(Pace(40_000, Decimal(1)), flat, (), FROM)
    assert slower.days is not None
    assert climbing.days < slower.days


def test_rule_08_an_order_below_a_step_earns_nothing_and_reaches_nothing() -> None:
    steps = replace(TERMS, rules=(STEP,), expiry_months=None)
    found = reach(Pace(2_000, Decimal(10)), steps, (), FROM)  # orders of 2 SAR
    assert (found.is_reached, found.most_alive) == (False, 0)
    assert points_of_an_order(300, TERMS.tiers[1], steps) == 6


@settings(max_examples=60, deadline=None)
@given(
    st.integers(100, 20_000),
    st.sampled_from([Decimal("0.3"), Decimal(1), Decimal("2.5"), Decimal(8)]),
    st.integers(1, 24),
    st.sampled_from(["none", "month", "quarter", "half", "year"]),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_rule_08_counted_by_hand_on_every_day(
    monthly_minor: int, orders: Decimal, months: int, rounding: Any, since: date
) -> None:
    """Against a plain count: on each order's day, add up what is still alive."""
    offered = replace(TERMS, tiers=TERMS.tiers[:1], expiry_months=months, expiry_rounding=rounding)
    pace = Pace(monthly_minor, orders)
    points = pace.order_minor // 100
    days = [
        since + timedelta(days=int(number * DAYS_PER_MONTH / Fraction(orders)))
        for number in range(int((months + 24) * orders) + 1)
    ]
    alive = [
        sum(points for day in days[: place + 1] if last_spendable_day(day, months, rounding) >= today)
        for place, today in enumerate(days)
    ]
    reached = next((day for day, balance in zip(days, alive, strict=True) if balance >= 500), None)
    found = reach(pace, offered, (), since)
    assert found.days == (None if reached is None else (reached - since).days)
    if reached is None:
        assert found.most_alive == max(alive)
