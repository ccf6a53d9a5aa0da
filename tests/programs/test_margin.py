"""RULES 8: what a programme gives back at worst, in exact fractions of the price."""

from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from time import perf_counter
from typing import Any

import pytest

from programs.asked import Conditions
from programs.margin import Guard, Margins, Use, guard
from programs.margin_wording import percent_text, row_of, sentence_of
from programs.terms import RuleTerms, Terms
from tests.programs.terms_of_the_rules import BIRTHDAY, COFFEE, STEP, TERMS, terms

SHOP = Margins(gross=Fraction(40, 100), vat=Fraction(15, 100))
DAY = date(2026, 7, 1)


def guarded(offered: Terms, *uses: Use, margins: Margins = SHOP) -> Guard:
    return guard(offered, uses, margins, DAY)


def worst(offered: Terms, *uses: Use) -> Fraction:
    found = guarded(offered, *uses).worst
    assert found is not None
    return found.rate


def bonus(code: str, factor: Any = 2, **asked: Any) -> RuleTerms:
    conditions = Conditions(**asked)
    return RuleTerms(code, code, code, "multiplier", factor=Fraction(factor), conditions=conditions)


def once(points: int, **asked: Any) -> RuleTerms:
    return RuleTerms("gift", "هدية", "Gift", "fixed", points=points, conditions=Conditions(**asked))


def test_rule_08_500_points_for_25_sar_alone_are_5_percent_and_gold_is_half_more() -> None:
    found = guarded(TERMS)
    rates = {one.tier.code: (one.rate, one.rate_without_vat) for one in found.combinations}
    assert rates == {
        "bronze": (Fraction(5, 100), Fraction(575, 10_000)),
        "silver": (Fraction(625, 10_000), Fraction(71_875, 1_000_000)),
        "gold": (Fraction(75, 1_000), Fraction(8_625, 100_000)),
    }
    assert found.verdict == "fine"


@pytest.mark.parametrize(
    ("policy", "rate", "verdict"),
    [("best_of", "10", "fine"), ("add", "12.5", "above_ceiling"), ("multiply", "15", "above_ceiling")],
)
def test_rule_08_gold_and_a_birthday_by_policy(policy: Any, rate: str, verdict: str) -> None:
    found = guarded(terms(BIRTHDAY, stacking=policy))
    assert found.worst is not None
    assert (percent_text(found.worst.rate), found.verdict) == (rate, verdict)
    assert found.worst.rate_without_vat == found.worst.rate * Fraction(115, 100)


def test_rule_08_exactly_the_ceiling_is_within_it() -> None:
    just_above = replace(SHOP, ceiling=Fraction(1, 10) - Fraction(1, 10**9))
    assert guarded(terms(BIRTHDAY)).verdict == "fine"
    assert guarded(terms(BIRTHDAY), margins=just_above).verdict == "above_ceiling"


def test_rule_08_above_the_margin_of_any_category_is_above_the_margin() -> None:
    grocer = replace(SHOP, by_category={"bread": Fraction(10, 100)})
    found = guarded(terms(BIRTHDAY), margins=grocer)
    assert found.verdict == "above_margin"
    assert found.losing is not None
    assert (found.losing.category, found.losing.margin) == ("bread", Fraction(1, 10))
    assert guarded(TERMS, margins=replace(grocer, vat=Fraction(0))).verdict == "fine"


def test_rule_08_the_margin_is_of_the_price_without_vat() -> None:
    """10 % with VAT are 11.5 % without: a margin of 11 % is eaten up."""
    assert guarded(terms(BIRTHDAY), margins=replace(SHOP, gross=Fraction(115, 1000))).verdict == "fine"
    assert guarded(terms(BIRTHDAY), margins=replace(SHOP, gross=Fraction(11, 100))).verdict == "above_margin"


def test_rule_08_points_are_counted_at_their_dearest_use_for_the_tier_that_may_have_it() -> None:
    dear, cheap = Use(100, 600), Use(100, 300)
    assert worst(TERMS, cheap) == Fraction(75, 1000)  # the block is dearer
    assert worst(TERMS, dear) == Fraction(9, 100)
    assert worst(TERMS, replace(dear, tiers=frozenset({"bronze"}))) == Fraction(75, 1000)
    assert worst(TERMS, Use(100, None)) == Fraction(75, 1000)  # face value


def test_rule_08_a_fixed_bonus_is_counted_at_its_smallest_order() -> None:
    """100 points = 5 SAR on 50 SAR are 10 %, beside Gold's 7.5 %."""
    found = guarded(terms(once(100, min_amount_minor=5_000)))
    assert found.worst is not None
    assert (found.worst.rate, found.worst.smallest_minor) == (Fraction(175, 1000), 5_000)
    assert [rule.code for rule in found.worst.counted] == ["gift"]
    assert found.unbounded == ()


def test_rule_08_two_fixed_bonuses_are_worst_where_the_second_begins() -> None:
    small, large = once(10, min_amount_minor=5_000), replace(once(200, min_amount_minor=8_000), code="more")
    found = guarded(terms(small, large))
    assert found.worst is not None
    assert found.worst.smallest_minor == 8_000
    assert found.worst.rate == Fraction(75, 1000) + Fraction(210 * 5, 8_000)


def test_rule_08_a_fixed_bonus_without_a_smallest_order_is_named() -> None:
    found = guarded(terms(once(1)))
    assert [rule.code for rule in found.unbounded] == ["gift"]
    assert found.verdict == "above_margin"


@pytest.mark.parametrize(
    ("left", "right", "meet"),
    [
        ({"days_of_week": {4}}, {"days_of_week": {5}}, False),
        ({"days_of_week": {4, 5}}, {"days_of_week": {5}}, True),
        ({"from_time": time(8), "to_time": time(12)}, {"from_time": time(12), "to_time": time(14)}, False),
        ({"from_time": time(22), "to_time": time(2)}, {"from_time": time(1), "to_time": time(3)}, True),
        (
            {"from_time": time(22), "to_time": time(2), "days_of_week": {3}},
            {"days_of_week": {4}, "to_time": time(1)},
            True,
        ),
        (
            {"from_time": time(22), "to_time": time(2), "days_of_week": {3}},
            {"days_of_week": {4}, "from_time": time(2)},
            False,
        ),
        ({"ends_on": date(2026, 8, 1)}, {"starts_on": date(2026, 8, 2)}, False),
        ({"ends_on": date(2026, 8, 2)}, {"starts_on": date(2026, 8, 2)}, True),
        ({"ends_on": date(2026, 6, 30)}, {}, False),  # over before the first day
        ({"branches": {"a"}}, {"branches": {"b"}}, False),
        ({"channels": {"web"}}, {"channels": {"web", "app"}}, True),
        ({"categories": {"a"}}, {"categories": {"b"}}, False),
        ({"tiers": {"gold"}}, {"tiers": {"bronze"}}, False),
        ({"birthday": True, "birthday_window_days": 0}, {"birthday": True}, True),
        ({"min_amount_minor": 10**6}, {"min_amount_minor": 1}, True),
        ({"starts_on": date(9999, 12, 31)}, {"ends_on": date.max}, True),
    ],
)
def test_rule_08_only_what_can_meet_is_counted_together(
    left: dict[str, Any], right: dict[str, Any], meet: bool
) -> None:
    asked = [
        {name: frozenset(v) if isinstance(v, set) else v for name, v in one.items()} for one in (left, right)
    ]
    found = guarded(terms(bonus("x", **asked[0]), bonus("y", **asked[1]), stacking="multiply"))
    together = [one for one in found.combinations if {rule.code for rule in one.counted} == {"x", "y"}]
    assert bool(together) is meet


def test_rule_08_a_bonus_of_a_category_meets_its_own_margin() -> None:
    margins = replace(SHOP, by_category={"coffee": Fraction(70, 100)})
    found = guarded(terms(COFFEE), margins=margins)
    on_coffee = [one for one in found.combinations if one.counted]
    assert {one.margin for one in on_coffee} == {Fraction(70, 100)}


def test_rule_08_steps_and_the_first_base_rule_that_holds() -> None:
    """5 per full 2.50 is two points a riyal; the dear rule behind a rule that always holds never counts."""
    assert worst(replace(TERMS, rules=(STEP,))) == Fraction(15, 100)
    behind = RuleTerms("dear", "غالٍ", "Dear", "per_amount", points=9, per_minor=100, priority=200)
    assert worst(replace(TERMS, rules=(*TERMS.rules, behind))) == Fraction(75, 1000)
    before = replace(behind, priority=1, conditions=Conditions(days_of_week=frozenset({4})))
    assert worst(replace(TERMS, rules=(*TERMS.rules, before))) == Fraction(675, 1000)


def test_rule_08_a_factor_below_one_lessens_what_it_meets() -> None:
    half = bonus("half", Fraction(1, 2))
    assert worst(terms(half, stacking="multiply")) == Fraction(375, 10_000)
    assert worst(terms(half, stacking="add")) == Fraction(5, 100)
    assert worst(terms(half)) == Fraction(75, 1000)


def test_rule_08_nothing_earned_is_nothing_given_back() -> None:
    found = guarded(replace(TERMS, rules=()))
    assert (found.combinations, found.worst, found.verdict) == ((), None, "fine")


def test_rule_08_forty_rules_of_every_kind_do_not_explode() -> None:
    """The worst that anybody can write: every rule asks for everything, each for something else."""
    rules = [
        replace(
            bonus(
                f"r{n}",
                days_of_week=frozenset({n % 7, (n + 3) % 7}),
                from_time=time(n % 24, n), to_time=time((n * 7 + 5) % 24, n),
                starts_on=date(2026, 7, 1 + n % 28), ends_on=date(2027, 1 + n % 12, 28),
                branches=frozenset({f"b{n}", f"b{n % 5}"}), channels=frozenset({f"c{n}", f"c{n % 3}"}),
                categories=frozenset({f"k{n}", f"k{n % 4}"}), tiers=frozenset({"gold", "silver"}),
                min_amount_minor=n * 1000, birthday=n % 2 == 0, birthday_window_days=n,
            ),
            kind="fixed" if n % 4 == 3 else "multiplier",
            points=5,
        )
        for n in range(40)
    ]  # fmt: skip
    margins = replace(SHOP, by_category={f"k{n}": Fraction(n, 50) for n in range(30)})
    started = perf_counter()
    for policy in ("best_of", "add", "multiply"):
        assert guarded(terms(*rules, stacking=policy), margins=margins).combinations
    assert perf_counter() - started < 30  # some two seconds on a quiet machine


def test_rule_08_a_combination_is_told_in_both_languages() -> None:
    offered = terms(BIRTHDAY, stacking="multiply")
    found = guarded(offered)
    assert found.worst is not None
    english, arabic = (sentence_of(found.worst, offered, language) for language in ("en", "ar"))
    assert english == (
        "Gold ×1.5 + Birthday ×2: gives back 15% of the price (17.25% without VAT), 15.00 SAR of every"
        " 100.00 SAR; you keep 40%."
    )
    assert "ذهبي ×1.5 + ميلاد ×2" in arabic
    assert "17.25%" in arabic
    row = row_of(found.worst, found, offered, "en")
    assert (row.level, row.verdict, row.per_hundred) == ("warning", "Above the ceiling", "15.00 SAR")


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Fraction(1, 3), "33.34"), (Fraction(3, 20), "15"), (Fraction(0), "0"), (Fraction(25), "2,500")],
)
def test_rule_08_a_rate_is_never_understated(rate: Fraction, text: str) -> None:
    assert percent_text(rate) == text
