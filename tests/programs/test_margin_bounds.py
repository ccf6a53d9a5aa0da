"""RULES 8: no order whatever earns more than the guard says, and some order earns as much."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs import margin_meetings
from programs.asked import Conditions
from programs.margin import Combination, Margins, Use, cost_per_point, guard
from programs.rules import MemberState, Order, OrderLine, award
from programs.terms import RuleTerms, Terms
from tests.programs.terms_of_the_rules import TERMS

SINCE = date(2026, 7, 1)
SHOP = Margins(Fraction(4, 10), Fraction(15, 100), by_category={"a": Fraction(1, 10)})
NAMES = st.frozensets(st.sampled_from(["a", "b"]), max_size=2)
DAYS = st.one_of(st.none(), st.integers(0, 20).map(lambda days: SINCE + timedelta(days=days)))
HOURS = st.one_of(st.none(), st.sampled_from([time(0), time(6), time(12), time(22)]))
LEAST = st.sampled_from([0, 0, 1_000, 5_000])

CONDITIONS = st.builds(
    Conditions,
    days_of_week=st.frozensets(st.integers(0, 6), max_size=3),
    from_time=HOURS,
    to_time=HOURS,
    starts_on=DAYS,
    ends_on=DAYS,
    branches=NAMES,
    categories=NAMES,
    channels=NAMES,
    tiers=st.frozensets(st.sampled_from(["bronze", "gold"]), max_size=1),
    min_amount_minor=LEAST,
    birthday=st.booleans(),
    birthday_window_days=st.sampled_from([0, 7]),
)
FACTORS = st.sampled_from([Fraction(1, 2), Fraction(5, 4), Fraction(2), Fraction(3)])


# What the guard takes to meet though it may not: a programme of these is never understated either.
WIDER = st.builds(
    replace,
    CONDITIONS,
    products=NAMES,
    segments=NAMES,
    plans=NAMES,
    nth_purchase=st.sampled_from([0, 0, 2, 3]),
    nth_repeats=st.booleans(),
)


@st.composite
def rules(draw: Any, conditions: Any = CONDITIONS) -> tuple[RuleTerms, ...]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["per_amount", "step", "multiplier", "multiplier", "fixed"]))
        asked = draw(conditions)
        if kind == "fixed" and not asked.min_amount_minor:
            asked = replace(asked, min_amount_minor=2_000)
        made.append(
            RuleTerms(
                f"r{number}", "ق", "R", kind,
                points=draw(st.integers(1, 20)), per_minor=draw(st.sampled_from([100, 250])),
                factor=draw(FACTORS), conditions=asked, priority=draw(st.integers(1, 3)),
            )
        )  # fmt: skip
    return tuple(made)


def offered_with(made: tuple[RuleTerms, ...], policy: Any) -> Terms:
    return replace(TERMS, rules=(*TERMS.rules, *made), stacking=policy)


POLICIES = st.sampled_from(["best_of", "add", "multiply"])
OFFERED = st.builds(offered_with, rules(), POLICIES)
OFFERED_MORE = st.builds(offered_with, rules(WIDER), POLICIES)
LINES = st.lists(
    st.builds(
        OrderLine,
        st.sampled_from([1, 100, 999, 1_000, 2_000, 5_000, 40_000]),
        category=st.sampled_from("abc"),
        sku=st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=3,
)
ORDERS = st.builds(
    Order,
    lines=LINES.map(tuple),
    occurred_local=st.builds(
        lambda days, hour: datetime.combine(SINCE + timedelta(days=days), time(hour, 30)),
        st.integers(0, 30),
        st.integers(0, 23),
    ),
    branch=st.sampled_from("abc"),
    channel=st.sampled_from("abc"),
)
MEMBERS = st.builds(
    MemberState,
    segments=NAMES,
    plan=st.sampled_from(["", "a", "b"]),
    orders=st.integers(0, 6),
    tier_code=st.sampled_from(["bronze", "silver", "gold"]),
    birthday=st.one_of(
        st.none(), st.integers(0, 30).map(lambda days: date(1990, 7, 1) + timedelta(days=days))
    ),
)
USES = (Use(100, 700, frozenset({"gold"})), Use(300, 900), Use(50, None))


@settings(max_examples=50, deadline=None)
@given(OFFERED_MORE, st.lists(st.tuples(ORDERS, MEMBERS), min_size=20, max_size=20))
def test_rule_08_no_order_earns_more_than_the_worst_rate(
    offered: Terms, bought: list[tuple[Order, MemberState]]
) -> None:
    found = guard(offered, USES, SHOP, SINCE)
    worst = {tier.code: _worst(found.combinations, tier.code) for tier in offered.tiers}
    for order, member in bought:
        got = award(order, member, offered)
        cost = got.points * cost_per_point(offered, USES, member.tier_code)
        assert cost <= worst[member.tier_code] * got.paid_base_minor


@settings(max_examples=50, deadline=None)
@given(OFFERED, st.lists(st.tuples(ORDERS, MEMBERS), min_size=20, max_size=20))
def test_rule_08_laying_places_together_only_overstates(
    offered: Terms, bought: list[tuple[Order, MemberState]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(margin_meetings.few, "__defaults__", (2,))
        patch.setattr("programs.margin.MOST", 2)
        found = guard(offered, USES, SHOP, SINCE)
    worst = {tier.code: _worst(found.combinations, tier.code) for tier in offered.tiers}
    exact = guard(offered, USES, SHOP, SINCE)
    for tier in offered.tiers:
        assert worst[tier.code] >= _worst(exact.combinations, tier.code)


@settings(max_examples=5, deadline=None)
@given(OFFERED)
def test_rule_08_some_order_earns_as_much_within_rounding(offered: Terms) -> None:
    """Every place of every condition is tried, on orders large enough that a point is no longer seen."""
    found = guard(offered, (), SHOP, SINCE)
    per_point = cost_per_point(offered, (), "gold")
    for tier in ("bronze", "gold"):
        top = _top(found.combinations, tier)
        if top is not None:
            amount_minor = top.smallest_minor if _has_once(top) else 10**9
            best = _earned(offered, tier, amount_minor) * per_point
            assert top.rate >= best >= top.rate - _slack(offered, amount_minor) * per_point


def _slack(offered: Terms, amount_minor: int) -> Fraction:
    """A point, a halala in each other category, and a step that they cut short."""
    factors = [rule.factor for rule in offered.multiplier_rules if rule.factor > 1]
    most = prod(factors, start=Fraction(3, 2))
    steps = [rule.points for rule in offered.base_rules if rule.kind == "step"]
    return Fraction(1 + most * (2 + max(steps, default=0)), amount_minor)


def _earned(offered: Terms, tier: str, amount_minor: int) -> Fraction:
    """The best that anybody gets per minor unit of such an order."""
    places = product(range(28), (0, 6, 12, 22), "abc", "abc", "abc", (False, True))
    best = 0
    for days, hour, category, branch, channel, is_birthday in places:
        when = datetime.combine(SINCE + timedelta(days=days), time(hour))
        order = Order(_lines(category, amount_minor), when, branch=branch, channel=channel)
        member = MemberState(tier, date(1990, when.month, when.day) if is_birthday else None)
        best = max(best, award(order, member, offered).points)
    return Fraction(best, amount_minor)


def _lines(category: str, amount_minor: int) -> tuple[OrderLine, ...]:
    """Nearly everything in one category, and a halala in each of the others to carry points given once."""
    others = tuple(OrderLine(1, category=other) for other in "abc" if other != category)
    return (OrderLine(amount_minor - len(others), category=category), *others)


def _has_once(one: Combination) -> bool:
    return any(rule.kind == "fixed" for rule in one.counted)


def _top(combinations: tuple[Combination, ...], tier: str) -> Combination | None:
    return next((one for one in combinations if one.tier.code == tier), None)


def _worst(combinations: tuple[Combination, ...], tier: str) -> Fraction:
    top = _top(combinations, tier)
    return top.rate if top else Fraction(0)
