"""What caps leave of an award (RULES 10), by examples and for any programme and order."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from programs import reasons
from programs.asked import Conditions
from programs.happenings import Happening, award_event
from programs.rules import Award, MemberState, OrderLine, award
from programs.terms import CapKey, CapTerms, RuleTerms, Stacking, Terms
from tests.programs.terms_of_the_rules import (
    BIRTHDAY,
    BRONZE,
    COFFEE,
    GOLD,
    NOON,
    PER_SAR,
    STEP,
    TIERS,
    order,
    terms,
)

DAILY = CapTerms("member", "day", 100)


def used(points: int, cap: CapTerms = DAILY) -> MemberState:
    return replace(BRONZE, used={cap.key: points})


def test_rule_10_a_cap_cuts_and_says_so() -> None:
    earned = award(order(15000), BRONZE, terms(caps=(DAILY,)))
    assert (earned.points, earned.uses) == (100, ((DAILY.key, 100),))
    assert earned.reasons[-1].as_json() == {
        "code": reasons.CAPPED, "scope": "member", "period": "day", "points": 100, "cut": 50,
    }  # fmt: skip


def test_rule_10_what_was_used_before_counts_and_what_is_full_gives_nothing() -> None:
    assert award(order(15000), used(70), terms(caps=(DAILY,))).points == 30
    full = award(order(15000), used(100), terms(caps=(DAILY,)))
    assert (full.points, full.uses) == (0, ())
    assert [reason.code for reason in full.reasons] == [reasons.PER_AMOUNT, reasons.CAPPED]


def test_rule_10_an_award_within_its_cap_is_what_it_would_be() -> None:
    free, capped = (
        award(order(9999), GOLD, terms()),
        award(order(9999), GOLD, terms(caps=(replace(DAILY, points=500),))),
    )
    assert (capped.points, capped.lines, capped.reasons) == (free.points, free.lines, free.reasons)


def test_rule_10_a_cut_award_is_still_the_floor_of_its_lines() -> None:
    earned = award(order(9999, 5001, 333), GOLD, terms(caps=(DAILY,)))
    assert sum(line.exact for line in earned.lines) == 100


def test_rule_10_a_cap_of_a_rule_cuts_what_that_rule_brings() -> None:
    cap = CapTerms("member", "day", 30, "coffee")
    lines = (OrderLine(6000, category="coffee"), OrderLine(4000))
    earned = award(order(*lines), BRONZE, terms(COFFEE, caps=(cap,)))
    assert (earned.points, earned.uses) == (130, ((cap.key, 30),))
    assert [line.exact for line in earned.lines] == [90, 40]
    closed = award(order(*lines), used(30, cap), terms(COFFEE, caps=(cap,)))
    assert closed.points == 100
    assert reasons.MULTIPLIER not in [reason.code for reason in closed.reasons]


def test_rule_10_a_rule_that_gives_nothing_any_more_lets_the_next_one_win() -> None:
    cap = CapTerms("all", "month", 50, "coffee")
    other = replace(COFFEE, code="other", factor=Fraction(3, 2))
    full = replace(BRONZE, used={cap.key: 50})
    assert (
        award(order(OrderLine(10000, category="coffee")), full, terms(COFFEE, other, caps=(cap,))).points
        == 150
    )


def test_rule_10_a_budget_of_a_base_rule_holds_its_multipliers_too() -> None:
    cap = CapTerms("all", "ever", 120, "base")
    assert award(order(10000), GOLD, terms(caps=(cap,))).points == 120


def test_rule_10_an_order_cap_needs_no_memory() -> None:
    cap = CapTerms("member", "order", 80)
    assert award(order(10000), BRONZE, terms(caps=(cap,))).uses == ()
    assert award(order(10000), BRONZE, terms(caps=(cap,))).points == 80


def test_rule_10_a_birthday_bonus_that_a_cap_keeps_back_is_not_used_up() -> None:
    cap = CapTerms("member", "year", 50, "birthday")
    born = replace(BRONZE, birthday=NOON.date(), used={cap.key: 50})
    earned = award(order(10000), born, terms(BIRTHDAY, caps=(cap,)))
    assert (earned.points, earned.birthday_year) == (100, None)


def test_rule_10_events_are_capped_alike() -> None:
    review = RuleTerms("review", "تقييم", "Review", "fixed", points=50, trigger="review")
    cap = CapTerms("member", "day", 80, "review")
    happening = Happening("review", NOON)
    assert award_event(happening, BRONZE, terms(review, caps=(cap,))).points == 50
    second = award_event(happening, used(50, cap), terms(review, caps=(cap,)))
    assert (second.points, second.uses) == (30, ((cap.key, 30),))
    assert award_event(happening, used(80, cap), terms(review, caps=(cap,))).points == 0


FACTORS = st.fractions(min_value=Fraction(1, 2), max_value=4, max_denominator=8)
CODES = ("base", "step", "a", "b", "gift")


@st.composite
def programmes(draw: Any) -> Terms:
    """A programme of two base rules, two multipliers and a gift, some with conditions, and any caps."""

    def asked() -> Conditions:
        return Conditions(categories=frozenset(draw(st.sets(st.sampled_from("xy"), max_size=1))))

    rules = (
        replace(PER_SAR, conditions=asked()),
        replace(STEP, conditions=asked()),
        *(
            RuleTerms(code, code, code, "multiplier", factor=draw(FACTORS), conditions=asked())
            for code in ("a", "b")
        ),
        RuleTerms("gift", "g", "g", "fixed", points=draw(st.integers(1, 90)), conditions=asked()),
    )
    caps = {
        (scope, rule, period): CapTerms(scope, period, draw(st.integers(1, 200)), rule)
        for scope, rule, period in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(("member", "all")),
                    st.sampled_from(("", *CODES)),
                    st.sampled_from(("day", "order")),
                ),
                max_size=5,
            )
        )
    }
    stacking: Stacking = draw(st.sampled_from(("best_of", "add", "multiply")))
    return Terms(1, "SAR", "Asia/Riyadh", TIERS, rules, stacking=stacking, caps=tuple(caps.values()))


LINES = st.lists(
    st.builds(OrderLine, st.integers(0, 30_000), category=st.sampled_from("xyz")), min_size=1, max_size=4
).filter(lambda lines: any(line.amount_minor for line in lines))


@given(programmes(), st.lists(LINES, min_size=1, max_size=5))
def test_rule_10_whatever_is_bought_no_cap_is_ever_exceeded(
    offered: Terms, orders: list[list[OrderLine]]
) -> None:
    limits = {cap.key: cap.points for cap in offered.caps}
    given_away: Counter[CapKey] = Counter()
    for lines in orders:
        member = replace(GOLD, used=dict(given_away))
        earned = award(order(*lines), member, offered)
        _stands_for_itself(earned, limits)
        for key, points in earned.uses:
            assert points > 0
            given_away[key] += points
        whole = [key for key in limits if key[1] == "" and key[2] == "day"]
        for key in whole:
            assert dict(earned.uses).get(key, 0) == earned.points
    assert all(points <= limits[key] for key, points in given_away.items())


@given(programmes(), LINES)
def test_rule_10_a_cap_of_all_rules_gives_what_it_allows_and_no_less(
    offered: Terms, lines: list[OrderLine]
) -> None:
    free = award(order(*lines), BRONZE, replace(offered, caps=()))
    of_all = tuple(cap for cap in offered.caps if not cap.rule)
    allowed = min([free.points, *(cap.points for cap in of_all)])
    assert award(order(*lines), BRONZE, replace(offered, caps=of_all)).points == allowed


def _stands_for_itself(earned: Award, limits: dict[CapKey, int]) -> None:
    exact = sum((line.exact for line in earned.lines), Fraction(0))
    assert earned.points == exact.numerator // exact.denominator
    assert all(line.exact >= 0 for line in earned.lines)
    for (_scope, rule, period), most in limits.items():
        if not rule and period == "order":
            assert earned.points <= most
