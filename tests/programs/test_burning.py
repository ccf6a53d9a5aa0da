"""What points can buy (RULES 16 and 17)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.burning import offer, worth_minor
from tests.programs.terms_of_the_rules import TERMS

CAPPED = replace(TERMS, max_redeem_minor=5000)


def test_rule_16_one_point_short_of_a_block_offers_nothing() -> None:
    answer = offer(499, None, TERMS)
    assert (answer.points, answer.value_minor, answer.short_by, answer.is_open) == (0, 0, 1, False)


def test_rule_16_spending_is_in_blocks() -> None:
    answer = offer(1240, None, TERMS)
    assert (answer.points, answer.value_minor, answer.short_by) == (1000, 5000, 0)


def test_rule_17_never_burns_more_than_the_discount_gives() -> None:
    answer = offer(5000, 3000, TERMS)
    assert (answer.points, answer.value_minor, answer.limited_by) == (500, 2500, "order")


def test_rule_17_the_cap_of_an_order_holds() -> None:
    answer = offer(5000, 40000, CAPPED)
    assert (answer.points, answer.value_minor, answer.limited_by) == (1000, 5000, "cap")


def test_an_order_smaller_than_a_block_takes_no_points() -> None:
    answer = offer(5000, 2000, TERMS)
    assert (answer.points, answer.short_by, answer.limited_by) == (0, 0, "order")


@pytest.mark.parametrize(("points", "minor"), [(0, 0), (1, 5), (499, 2495), (1240, 6200)])
def test_a_balance_is_worth_its_share(points: int, minor: int) -> None:
    assert worth_minor(points, TERMS) == minor


@given(st.integers(0, 10**7), st.none() | st.integers(0, 10**7))
def test_an_offer_never_exceeds_balance_order_or_cap(available: int, order_minor: int | None) -> None:
    answer = offer(available, order_minor, CAPPED)
    assert 0 <= answer.points <= available
    assert answer.points % 500 == 0
    assert answer.value_minor == answer.points * 5 <= 5000
    assert order_minor is None or answer.value_minor <= order_minor
