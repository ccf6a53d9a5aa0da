"""The worked examples of RULES A, and what must hold for any order."""

from dataclasses import replace
from datetime import date, datetime, time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs import reasons
from programs.asked import Conditions
from programs.rules import MemberState, Order, OrderLine, award
from programs.terms import RuleTerms, Stacking, Terms
from tests.programs.terms_of_the_rules import (
    BIRTHDAY,
    BRONZE,
    COFFEE,
    GOLD,
    NOON,
    SILVER,
    STEP,
    TERMS,
    order,
    terms,
)

JULY_BORN = replace(GOLD, birthday=date(1990, 7, 3))


@pytest.mark.parametrize(("member", "points"), [(BRONZE, 99), (SILVER, 124), (GOLD, 149)])
def test_rule_01_an_amount_is_floored_once_and_last(member: MemberState, points: int) -> None:
    assert award(order(9999), member, TERMS).points == points


def test_rule_01_two_lines_are_summed_before_the_floor() -> None:
    result = award(order(1050, 1050), BRONZE, TERMS)
    assert result.points == 21
    assert [line.exact for line in result.lines] == [Fraction(21, 2), Fraction(21, 2)]


@pytest.mark.parametrize(("member", "points"), [(BRONZE, 5), (SILVER, 6), (GOLD, 7)])
def test_rule_02_steps_then_multiplier_then_floor(member: MemberState, points: int) -> None:
    assert award(order(300), member, replace(TERMS, rules=(STEP,))).points == points


def test_rule_02_steps_count_on_the_order_not_on_each_line() -> None:
    assert award(order(130, 130), BRONZE, replace(TERMS, rules=(STEP,))).points == 5


def test_rule_03_an_award_names_its_rules() -> None:
    result = award(order(10000), SILVER, TERMS)
    assert result.points == 125
    assert [reason.as_json() for reason in result.reasons] == [
        {
            "code": reasons.PER_AMOUNT,
            "rule": "base",
            "name_ar": "أساس",
            "name_en": "Base",
            "points": 1,
            "per_minor": 100,
            "currency": "SAR",
        },
        {"code": reasons.TIER, "tier": "silver", "name_ar": "فضي", "name_en": "Silver", "factor": "1.25"},
    ]


def test_rule_03_the_entry_tier_is_not_named_because_it_changes_nothing() -> None:
    assert [reason.code for reason in award(order(10000), BRONZE, TERMS).reasons] == [reasons.PER_AMOUNT]


def test_rule_05_a_first_order_earns_at_the_tier_held_before_it() -> None:
    assert award(order(420000), BRONZE, TERMS).points == 4200


def test_rule_06_what_is_paid_with_points_earns_nothing() -> None:
    result = award(order(10000, points_paid_minor=2500), BRONZE, TERMS)
    assert (result.points, result.base_minor, result.paid_base_minor) == (75, 10000, 7500)
    assert result.reasons[-1].as_json() == {
        "code": reasons.PAID_WITH_POINTS,
        "amount_minor": 2500,
        "currency": "SAR",
    }


def test_rule_06_shipping_and_gift_cards_earn_nothing() -> None:
    lines = (OrderLine(10000), OrderLine(2000, kind="shipping"), OrderLine(5000, kind="gift_card"))
    assert award(order(*lines), BRONZE, TERMS).points == 100


def test_rule_06_points_paid_come_off_the_eligible_lines_alone() -> None:
    lines = (OrderLine(6000), OrderLine(4000, kind="gift_card"))
    result = award(order(*lines, points_paid_minor=2500), BRONZE, TERMS)
    assert result.points == 35
    assert [line.base_minor for line in result.lines] == [3500, 0]


def test_rule_06_tips_and_excluded_products_earn_nothing_and_say_so() -> None:
    result = award(order(OrderLine(500, kind="tip"), OrderLine(9000, eligible=False)), GOLD, TERMS)
    assert result.points == 0
    assert [reason.code for reason in result.reasons] == [reasons.NOTHING_EARNED]


def test_rule_06_an_order_paid_wholly_with_points_earns_nothing() -> None:
    fixed = RuleTerms("welcome", "هدية", "Gift", "fixed", points=50)
    result = award(order(2500, points_paid_minor=9900), GOLD, terms(fixed))
    assert (result.points, result.base_minor, result.paid_base_minor) == (0, 2500, 0)


@pytest.mark.parametrize(("policy", "points"), [("best_of", 200), ("add", 250), ("multiply", 300)])
def test_rule_07_gold_meets_birthday(policy: Stacking, points: int) -> None:
    assert award(order(10000), JULY_BORN, terms(BIRTHDAY, stacking=policy)).points == points


def test_rule_07_bonuses_stack_per_line() -> None:
    lines = (OrderLine(6000, category="coffee"), OrderLine(4000))
    result = award(order(*lines), GOLD, terms(COFFEE))
    assert result.points == 180
    assert [line.exact for line in result.lines] == [120, 60]


def test_rule_07_best_of_names_the_winner_and_its_amount() -> None:
    lines = (OrderLine(6000, category="coffee"), OrderLine(4000))
    result = award(order(*lines), GOLD, terms(COFFEE))
    named = {reason.params.get("rule") or reason.params["tier"]: reason for reason in result.reasons}
    assert named["coffee"].params["amount_minor"] == 6000
    assert named["gold"].params["amount_minor"] == 4000
    assert "amount_minor" not in named["base"].params
    whole = award(order(10000), JULY_BORN, terms(BIRTHDAY))
    assert [reason.code for reason in whole.reasons] == [reasons.PER_AMOUNT, reasons.MULTIPLIER]


def test_rule_07_a_tie_is_won_by_the_tier_and_keeps_the_birthday_bonus() -> None:
    small = replace(BIRTHDAY, factor=Fraction(3, 2))
    result = award(order(10000), JULY_BORN, terms(small))
    assert (result.points, result.birthday_year) == (150, None)


def test_rule_07_a_tie_goes_by_priority_then_by_the_order_given() -> None:
    first, second = replace(COFFEE, code="z"), replace(COFFEE, code="a")
    lines = (OrderLine(10000, category="coffee"),)
    assert award(order(*lines), BRONZE, terms(first, second)).lines[0].reasons == ("base", "z")
    second = replace(second, priority=1)
    assert award(order(*lines), BRONZE, terms(first, second)).lines[0].reasons == ("base", "a")


def test_rule_09_each_birthday_rule_keeps_its_own_window_and_says_it_was_used() -> None:
    wide = replace(BIRTHDAY.conditions, birthday_window_days=15)
    gift = RuleTerms("cake", "كعكة", "Cake", "fixed", points=50, conditions=wide)
    day_ten = award(order(10000, at=datetime(2026, 7, 13, 9)), JULY_BORN, terms(BIRTHDAY, gift))
    assert (day_ten.points, day_ten.birthday_year, day_ten.birthday_rules) == (200, 2026, ("cake",))
    day_one = award(order(10000), JULY_BORN, terms(BIRTHDAY, gift))
    assert (day_one.points, day_one.birthday_rules) == (250, ("birthday", "cake"))


@pytest.mark.parametrize(
    ("on", "year"),
    [
        (date(2026, 6, 25), None),
        (date(2026, 6, 26), 2026),
        (date(2026, 7, 10), 2026),
        (date(2026, 7, 11), None),
    ],
)
def test_rule_09_the_birthday_bonus_holds_seven_days_around_it(on: date, year: int | None) -> None:
    moment = datetime.combine(on, time(12))
    result = award(order(10000, at=moment), JULY_BORN, terms(BIRTHDAY))
    assert result.birthday_year == year
    assert result.points == (200 if year else 150)


def test_rule_09_a_birthday_is_used_once_also_across_new_year() -> None:
    member = MemberState("bronze", date(1990, 12, 30), None, ((2026, date(2026, 12, 28)),))
    again = award(order(10000, at=datetime(2027, 1, 3, 9)), member, terms(BIRTHDAY))
    assert (again.points, again.birthday_year) == (100, None)
    next_year = award(order(10000, at=datetime(2027, 12, 24, 9)), member, terms(BIRTHDAY))
    assert (next_year.points, next_year.birthday_year) == (200, 2027)


def test_rule_09_a_birth_date_changed_after_a_bonus_earns_none_for_365_days() -> None:
    used = ((2026, date(2026, 3, 1)),)
    member = MemberState("bronze", date(1990, 7, 1), date(2026, 6, 1), used)
    moved = replace(member, birthday=date(1990, 1, 5))
    assert award(order(10000, at=datetime(2027, 1, 5, 9)), moved, terms(BIRTHDAY)).points == 100
    late = replace(member, birthday=date(1990, 6, 1))
    assert award(order(10000, at=datetime(2027, 5, 31, 9)), late, terms(BIRTHDAY)).points == 100
    assert award(order(10000, at=datetime(2027, 6, 1, 9)), late, terms(BIRTHDAY)).points == 200


def test_rule_09_a_birth_date_changed_before_any_bonus_still_earns() -> None:
    member = MemberState("bronze", date(1990, 7, 1), date(2026, 6, 1))
    assert award(order(10000), member, terms(BIRTHDAY)).points == 200


def _bonus(**asked: object) -> Terms:
    conditions = Conditions(**asked)  # type: ignore[arg-type]
    return terms(RuleTerms("x", "س", "X", "multiplier", factor=Fraction(2), conditions=conditions))


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"days_of_week": frozenset({2})}, True),
        ({"days_of_week": frozenset({3})}, False),
        ({"from_time": time(12), "to_time": time(13)}, True),
        ({"from_time": time(11), "to_time": time(12)}, False),
        ({"from_time": time(12)}, True),
        ({"to_time": time(12)}, False),
        ({"from_time": time(22), "to_time": time(2)}, False),
        ({"starts_on": date(2026, 7, 1), "ends_on": date(2026, 7, 1)}, True),
        ({"starts_on": date(2026, 7, 2)}, False),
        ({"ends_on": date(2026, 6, 30)}, False),
        ({"branches": frozenset({"olaya"})}, True),
        ({"branches": frozenset({"jeddah"})}, False),
        ({"channels": frozenset({"online"})}, False),
        ({"tiers": frozenset({"bronze"})}, True),
        ({"tiers": frozenset({"gold"})}, False),
        ({"min_amount_minor": 10000}, True),
        ({"min_amount_minor": 10001}, False),
    ],
)
def test_a_rule_holds_only_when_everything_it_asks_holds(asked: dict[str, object], holds: bool) -> None:
    wednesday = order(10000, at=NOON, branch="olaya", channel="pos")
    assert award(wednesday, BRONZE, _bonus(**asked)).points == (200 if holds else 100)


@pytest.mark.parametrize(
    ("moment", "points"),
    [
        (datetime(2026, 7, 2, 22, 0), 200),
        (datetime(2026, 7, 3, 1, 59), 200),
        (datetime(2026, 7, 3, 2, 0), 100),
        (datetime(2026, 7, 3, 22, 30), 100),
        (datetime(2026, 7, 2, 1, 0), 100),
    ],
)
def test_a_night_that_wraps_midnight_belongs_to_the_day_it_opened(moment: datetime, points: int) -> None:
    thursday_night = _bonus(days_of_week=frozenset({3}), from_time=time(22), to_time=time(2))
    assert award(order(10000, at=moment), BRONZE, thursday_night).points == points


def test_one_base_rule_applies_to_a_line_the_first_that_holds() -> None:
    fuel = RuleTerms(
        "fuel",
        "وقود",
        "Fuel",
        "per_amount",
        points=1,
        per_minor=200,
        priority=1,
        conditions=Conditions(categories=frozenset({"fuel"})),
    )
    lines = (OrderLine(10000, category="fuel"), OrderLine(10000))
    assert [line.exact for line in award(order(*lines), BRONZE, terms(fuel)).lines] == [50, 100]


def test_a_fixed_bonus_comes_once_per_order_is_not_multiplied_and_is_carried_by_its_lines() -> None:
    fixed = RuleTerms(
        "gift", "هدية", "Gift", "fixed", points=50, conditions=Conditions(categories=frozenset({"a"}))
    )
    lines = (OrderLine(1000, category="a"), OrderLine(3000, category="a"), OrderLine(4000))
    result = award(order(*lines), GOLD, terms(fixed))
    assert result.points == 120 + 50
    assert [line.exact for line in result.lines] == [15 + Fraction(25, 2), 45 + Fraction(75, 2), 60]


def test_a_tier_this_version_no_longer_has_earns_as_the_entry_tier() -> None:
    assert award(order(10000), MemberState("platinum"), TERMS).points == 100


def test_a_negative_line_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        award(order(-1), BRONZE, TERMS)


amounts = st.integers(0, 10_000_000)
lines = st.builds(
    OrderLine,
    amount_minor=amounts,
    kind=st.sampled_from(["goods", "shipping", "tip", "gift_card"]),
    category=st.sampled_from(["", "coffee", "tea"]),
    eligible=st.booleans(),
)
orders = st.builds(
    Order,
    lines=st.lists(lines, min_size=1, max_size=6).map(tuple),
    occurred_local=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),
    points_paid_minor=amounts,
)
members = st.sampled_from([BRONZE, SILVER, GOLD, JULY_BORN])
programmes = st.builds(
    lambda policy, base: replace(terms(BIRTHDAY, COFFEE, stacking=policy), rules=(base, BIRTHDAY, COFFEE)),
    st.sampled_from(["best_of", "add", "multiply"]),
    st.sampled_from([TERMS.rules[0], STEP]),
)


@given(orders, members, programmes)
def test_the_floor_comes_once_and_the_bases_add_up(
    placed: Order, member: MemberState, offered: Terms
) -> None:
    result = award(placed, member, offered)
    exact = sum((line.exact for line in result.lines), Fraction(0))
    assert result.points <= exact < result.points + 1
    assert sum(line.base_minor for line in result.lines) == result.paid_base_minor
    assert result.paid_base_minor == max(0, result.base_minor - placed.points_paid_minor)
    assert award(placed, member, offered) == result


@given(orders, members, programmes, st.integers(0, 5), st.integers(1, 100_000))
def test_buying_more_never_earns_less(
    placed: Order, member: MemberState, offered: Terms, place: int, more: int
) -> None:
    grown = list(placed.lines)
    place %= len(grown)
    grown[place] = replace(grown[place], amount_minor=grown[place].amount_minor + more)
    unpaid = replace(placed, points_paid_minor=0)
    bigger = replace(unpaid, lines=tuple(grown))
    assert award(bigger, member, offered).points >= award(unpaid, member, offered).points
