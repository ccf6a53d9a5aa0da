"""Tiers: reached, kept, lost, and exactly how much is missing (RULES 5, 33, 34, 35)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.tiering import (
    period_end,
    progress,
    tier_after,
    tier_at_renewal,
    tier_for,
    to_keep,
    window_start,
)
from tests.programs.terms_of_the_rules import TERMS

spends = st.integers(-1_000_000, 10_000_000)
tiers = st.sampled_from(["bronze", "silver", "gold"])


@pytest.mark.parametrize(
    ("spend", "code"),
    [(0, "bronze"), (149_999, "bronze"), (150_000, "silver"), (420_000, "gold"), (-5, "bronze")],
)
def test_rule_05_a_threshold_is_reached_to_the_halala(spend: int, code: str) -> None:
    assert tier_for(spend, TERMS).code == code


def test_rule_05_a_first_large_order_makes_gold_at_once() -> None:
    assert tier_after("bronze", 420_000, TERMS).code == "gold"


def test_rule_33_spend_falling_out_of_the_window_takes_no_tier_away() -> None:
    assert tier_after("gold", 0, TERMS).code == "gold"


@pytest.mark.parametrize(
    ("policy", "current", "spend", "code"),
    [
        ("one_down", "gold", 0, "silver"),
        ("one_down", "silver", 0, "bronze"),
        ("one_down", "bronze", 0, "bronze"),
        ("one_down", "gold", 400_000, "gold"),
        ("one_down", "silver", 400_000, "gold"),
        ("recompute", "gold", 0, "bronze"),
        ("recompute", "gold", 150_000, "silver"),
    ],
)
def test_rule_33_a_period_ends_by_the_policy(policy: str, current: str, spend: int, code: str) -> None:
    offered = replace(TERMS, tier_renewal=policy)  # type: ignore[arg-type]
    assert tier_at_renewal(current, spend, offered).code == code


def test_rule_33_a_tier_is_kept_twelve_months_and_its_last_day_counts() -> None:
    assert period_end(date(2026, 1, 10), TERMS) == date(2027, 1, 10)
    assert period_end(date(2028, 2, 29), TERMS) == date(2029, 2, 28)


def test_rule_33_the_window_is_twelve_months_or_the_calendar_year() -> None:
    assert window_start(date(2026, 7, 1), TERMS) == date(2025, 7, 2)
    assert window_start(date(2026, 7, 1), replace(TERMS, tier_window="calendar_year")) == date(2026, 1, 1)


def test_rule_34_what_keeps_a_tier_is_exact() -> None:
    assert to_keep("gold", 385_000, TERMS) == 15_000
    assert to_keep("gold", 400_000, TERMS) == 0


@pytest.mark.parametrize(("spend", "near"), [(134_999, False), (135_000, True)])
def test_rule_35_nine_tenths_is_near(spend: int, near: bool) -> None:
    assert progress("bronze", spend, TERMS).is_near is near


def test_the_top_tier_has_nothing_above() -> None:
    top = progress("gold", 0, TERMS)
    assert (top.next_tier, top.missing, top.percent, top.is_near) == (None, 0, 100, False)


@given(tiers, spends)
def test_rule_34_spending_exactly_what_is_missing_reaches_the_tier(current: str, spend: int) -> None:
    way = progress(current, spend, TERMS)
    if way.next_tier is None or not way.missing:
        return
    assert 0 <= way.percent < 100
    assert tier_after(current, spend + way.missing, TERMS) == way.next_tier
    assert tier_after(current, spend + way.missing - 1, TERMS) != way.next_tier
