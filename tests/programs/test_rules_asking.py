"""What rules ask beyond the basics: products, segments, plans, the nth order, occasions, events (RULES A)."""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from programs import reasons
from programs.asked import Conditions
from programs.happenings import Happening, award_event
from programs.occasions import Days
from programs.rules import OrderLine, award
from programs.terms import RuleTerms
from tests.programs.terms_of_the_rules import BRONZE, GOLD, NOON, order, terms


def doubling(**asked: Any) -> RuleTerms:
    return RuleTerms(
        "double", "ضعف", "Double", "multiplier", factor=Fraction(2), conditions=Conditions(**asked)
    )


def test_a_product_earns_by_its_code_and_not_by_its_neighbours() -> None:
    rule = doubling(products=frozenset({"SKU-1"}))
    lines = (OrderLine(6000, sku="SKU-1"), OrderLine(4000, sku="SKU-2"))
    assert award(order(*lines), BRONZE, terms(rule)).points == 160


def test_a_product_and_a_category_must_both_be_the_lines_own() -> None:
    rule = doubling(products=frozenset({"SKU-1"}), categories=frozenset({"coffee"}))
    lines = (OrderLine(6000, sku="SKU-1", category="tea"), OrderLine(4000, sku="SKU-1", category="coffee"))
    assert award(order(*lines), BRONZE, terms(rule)).points == 140


def test_a_new_launch_is_products_between_dates() -> None:
    rule = doubling(products=frozenset({"NEW"}), starts_on=date(2026, 7, 1), ends_on=date(2026, 7, 14))
    new = OrderLine(10000, sku="NEW")
    assert award(order(new), BRONZE, terms(rule)).points == 200
    assert award(order(new, at=datetime(2026, 7, 15, 9)), BRONZE, terms(rule)).points == 100


def test_a_segment_held_at_the_time_counts_and_is_kept_with_the_award() -> None:
    rule = doubling(segments=frozenset({"vip", "lapsed"}))
    in_two = replace(BRONZE, segments=frozenset({"vip", "students"}))
    earned = award(order(10000), in_two, terms(rule))
    assert earned.points == 200
    assert earned.reasons[1].params["counted"] == {"segments": ["vip"]}
    assert award(order(10000), replace(BRONZE, segments=frozenset({"students"})), terms(rule)).points == 100


def test_a_membership_plan_opens_its_rules() -> None:
    rule = doubling(plans=frozenset({"plus"}))
    assert award(order(10000), replace(BRONZE, plan="plus"), terms(rule)).points == 200
    assert award(order(10000), BRONZE, terms(rule)).points == 100


@pytest.mark.parametrize(("before", "points"), [(3, 100), (4, 200), (5, 100), (9, 200)])
def test_every_fifth_order(before: int, points: int) -> None:
    earned = award(order(10000), replace(BRONZE, orders=before), terms(doubling(nth_purchase=5)))
    assert earned.points == points


@pytest.mark.parametrize(("before", "points"), [(0, 200), (1, 100), (4, 100)])
def test_the_first_order_alone(before: int, points: int) -> None:
    rule = doubling(nth_purchase=1, nth_repeats=False)
    assert award(order(10000), replace(BRONZE, orders=before), terms(rule)).points == points


def test_an_occasion_counts_on_its_days_and_the_award_keeps_which() -> None:
    rule = doubling(occasions=frozenset({"ramadan"}))
    ramadan = (Days("ramadan", 1448, date(2027, 2, 8), date(2027, 3, 8)),)
    first = award(order(10000, at=datetime(2027, 2, 8), occasions=ramadan), BRONZE, terms(rule))
    assert (first.points, first.reasons[1].params["counted"]) == (200, {"occasion": "ramadan/1448"})
    last = order(10000, at=datetime(2027, 3, 8, 23, 59), occasions=ramadan)
    assert award(last, BRONZE, terms(rule)).points == 200
    after = order(10000, at=datetime(2027, 3, 9), occasions=ramadan)
    assert award(after, BRONZE, terms(rule)).points == 100


def test_conditions_combine() -> None:
    rule = doubling(
        segments=frozenset({"vip"}), tiers=frozenset({"gold"}), channels=frozenset({"online"}), nth_purchase=2
    )
    member = replace(GOLD, segments=frozenset({"vip"}), orders=1)
    assert award(order(10000, channel="online"), member, terms(rule)).points == 200
    assert award(order(10000, channel="store"), member, terms(rule)).points == 150
    assert award(order(10000, channel="online"), replace(member, orders=2), terms(rule)).points == 150


REVIEW = RuleTerms("review", "تقييم", "Review", "fixed", points=50, trigger="review")


def happening(name: str = "review", **facts: Any) -> Happening:
    return Happening(name, NOON, **facts)


def test_an_event_gives_fixed_points_whatever_the_tier() -> None:
    earned = award_event(happening(), GOLD, terms(REVIEW))
    assert (earned.points, earned.base_minor, earned.lines) == (50, 0, ())
    assert earned.reasons[0].as_json() == {
        "code": reasons.FIXED, "rule": "review", "name_ar": "تقييم", "name_en": "Review", "points": 50,
        "trigger": "review",
    }  # fmt: skip


def test_an_event_that_no_rule_names_earns_nothing_and_says_so() -> None:
    earned = award_event(happening("check-in"), BRONZE, terms(REVIEW))
    assert (earned.points, [reason.code for reason in earned.reasons]) == (0, [reasons.NOTHING_EARNED])


def test_an_events_rules_ask_like_any_other() -> None:
    rule = replace(REVIEW, conditions=Conditions(tiers=frozenset({"gold"}), min_amount_minor=5000))
    assert award_event(happening(amount_minor=5000), GOLD, terms(rule)).points == 50
    assert award_event(happening(amount_minor=4999), GOLD, terms(rule)).points == 0
    assert award_event(happening(amount_minor=5000), BRONZE, terms(rule)).points == 0


def test_a_rule_of_an_event_gives_nothing_for_a_purchase() -> None:
    assert award(order(10000), BRONZE, terms(REVIEW)).points == 100
