"""What a sale brings beside points counts with them: by tier, by rate, at its smallest order (RULES 8)."""

from fractions import Fraction

from programs.extras import Extra
from programs.margin import Margins, guard
from programs.terms import RuleTerms, Terms, TierTerms

TIERS = (
    TierTerms("bronze", "برونزي", "Bronze", 0),
    TierTerms("gold", "ذهبي", "Gold", 400_000, Fraction(3, 2)),
)
BASE = RuleTerms("base", "نقطة لكل ريال", "A point per riyal", "per_amount", points=1, per_minor=100)
MARGINS = Margins(gross=Fraction(1, 2), vat=Fraction(15, 100))


def terms(*rules: RuleTerms) -> Terms:
    return Terms(version_id=1, currency="SAR", zone="Asia/Riyadh", tiers=TIERS, rules=rules or (BASE,))


def extra(**said: object) -> Extra:
    return Extra("card", "بطاقة", "Card", **said)  # type: ignore[arg-type]


def test_a_discount_for_gold_is_on_top_of_golds_points() -> None:
    perk = extra(rate=Fraction(1, 10), tiers=frozenset({"gold"}))
    found = guard(terms(), [], MARGINS, extras=[perk])
    rates = {one.tier.code: (one.rate, one.extras) for one in found.combinations}
    assert rates == {"gold": (Fraction(175, 1000), (perk,)), "bronze": (Fraction(5, 100), ())}
    assert found.verdict == "above_ceiling"


def test_a_card_is_counted_at_the_smallest_order_that_is_stamped() -> None:
    card = extra(once_minor=Fraction(1_500, 9), smallest_minor=2_000)
    found = guard(terms(), [], MARGINS, extras=[card])
    assert found.worst is not None
    assert found.worst.rate == Fraction(3, 2) * Fraction(5, 100) + Fraction(1_500, 9) / 2_000
    assert found.worst.smallest_minor == 2_000


def test_what_comes_once_per_order_without_a_smallest_order_is_never_published() -> None:
    found = guard(terms(), [], MARGINS, extras=[extra(once_minor=Fraction(100))])
    assert [one.code for one in found.unbounded_extras] == ["card"]
    assert found.verdict == "above_margin"


def test_extras_alone_have_a_rate_where_no_points_are_earned() -> None:
    nothing = RuleTerms("gift", "هدية", "Gift", "fixed", points=5, trigger="review")
    found = guard(terms(nothing), [], MARGINS, extras=[extra(rate=Fraction(2, 10))])
    assert {one.rate for one in found.combinations} == {Fraction(2, 10)}


def test_a_loss_that_only_an_extra_makes_is_found() -> None:
    found = guard(terms(), [], MARGINS, extras=[extra(rate=Fraction(9, 20))])
    assert found.losing is not None
    assert found.losing.extras
