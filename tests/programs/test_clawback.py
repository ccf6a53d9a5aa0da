"""What a refund takes back (RULES 28), and the splitting it stands on."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.clawing import KeptLine, clawback, spread
from programs.rules import MemberState, OrderLine, award
from programs.terms import RuleTerms, Terms
from tests.programs.terms_of_the_rules import BRONZE, COFFEE, GOLD, SILVER, STEP, TERMS, order, terms


def test_rule_28_a_part_refund_keeps_the_floor_of_what_is_kept() -> None:
    line = award(order(9999), GOLD, TERMS).lines[0]
    assert line.exact == Fraction("149.985")
    assert clawback(149, [KeptLine(line.exact, 9999, 0, 3333)], 0) == 50


def test_rule_28_the_stored_award_of_the_line_is_what_goes() -> None:
    lines = (OrderLine(6000, category="coffee"), OrderLine(4000))
    result = award(order(*lines), BRONZE, terms(COFFEE))
    assert result.points == 160
    first, second = result.lines
    kept = [KeptLine(first.exact, 6000, 0, 6000), KeptLine(second.exact, 4000, 0, 0)]
    assert clawback(160, kept, 0) == 120


def test_rule_28_an_amount_is_spread_pro_rata_over_the_lines() -> None:
    assert spread(3333, [6000, 3999]) == [2000, 1333]
    assert spread(1, [1, 1, 1]) == [1, 0, 0]
    assert spread(0, [0, 0]) == [0, 0]
    assert spread(5, [9]) == [5]


@pytest.mark.parametrize(("amount", "weights"), [(1, [0, 0]), (-1, [1]), (1, [2, -1]), (1, [])])
def test_nothing_to_carry_a_share_is_refused(amount: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="spread"):
        spread(amount, weights)


def test_a_refund_beyond_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond"):
        clawback(10, [KeptLine(Fraction(10), 1000, 600, 500)], 6)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(sum))
def test_shares_add_up_and_stay_within_one_of_the_exact_part(amount: int, weights: list[int]) -> None:
    shares = spread(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(amount * weight, sum(weights))) < 1
        assert share <= weight or amount > sum(weights)


GIFT = RuleTerms("gift", "هدية", "Gift", "fixed", points=33)
goods = st.builds(OrderLine, st.integers(0, 200_000), category=st.sampled_from(["", "coffee"]))


@given(
    st.lists(goods, min_size=1, max_size=5),
    st.sampled_from([BRONZE, SILVER, GOLD]),
    st.sampled_from([TERMS, terms(COFFEE, GIFT), replace(TERMS, rules=(STEP, COFFEE))]),
    st.lists(st.integers(0, 10_000), min_size=1, max_size=6),
)
def test_rule_28_any_slices_of_a_full_refund_end_at_exactly_the_award(
    lines: list[OrderLine], member: MemberState, offered: Terms, cuts: list[int]
) -> None:
    result = award(order(*lines), member, offered)
    amounts = [line.amount_minor for line in lines]
    total = sum(amounts)
    marks = sorted({cut * total // 10_000 for cut in cuts} | {total})
    refunded, clawed = [0] * len(amounts), 0
    for before, until in pairwise([0, *marks]):
        now = spread(until - before, _less(amounts, refunded))
        facts = zip(result.lines, amounts, refunded, now, strict=True)
        kept = [KeptLine(line.exact, amount, gone, part) for line, amount, gone, part in facts]
        taken = clawback(result.points, kept, clawed)
        assert taken >= 0
        clawed += taken
        refunded = [gone + part for gone, part in zip(refunded, now, strict=True)]
    assert refunded == amounts
    assert clawed == result.points


def _less(amounts: list[int], taken: list[int]) -> list[int]:
    return [amount - part for amount, part in zip(amounts, taken, strict=True)]
