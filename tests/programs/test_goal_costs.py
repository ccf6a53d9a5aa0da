"""Cards, challenges and giving rules cost what they give, on the smallest sale that counts (RULES 8)."""

from fractions import Fraction
from typing import Any

from programs.asked import Conditions
from programs.extras import Extra
from programs.goal_costs import NOTHING, gifts_without_purchase, goal_extras
from programs.goal_terms import GoalTerms
from programs.terms import RuleTerms
from tests.programs.terms_of_the_rules import terms

REWARDS = {"coffee": Fraction(1_800)}
POINT = Fraction(5)


def goal(kind: Any = "card", **said: Any) -> GoalTerms:
    asked: dict[str, Any] = {"target": 9, "reward": "coffee"} | said
    return GoalTerms(kind, "c", "بطاقة", "Card", **asked)


def extras(**said: Any) -> list[Extra]:
    return list(goal_extras(terms(**said), REWARDS, POINT))


def test_rule_08_a_stamp_costs_its_share_of_the_reward_at_the_smallest_stamped_order() -> None:
    gold = Conditions(min_amount_minor=2_000, tiers=frozenset({"gold"}))
    (found,) = extras(cards=(goal(conditions=gold),))
    assert (found.code, found.once_minor, found.rate) == ("card.c", Fraction(200), NOTHING)
    assert (found.smallest_minor, found.tiers) == (2_000, frozenset({"gold"}))


def test_rule_08_a_challenge_of_money_spent_costs_its_prizes_over_its_target() -> None:
    card = goal(target=9)
    spend = goal("challenge", target=50_000, counts="spend", points=100, card="c", stamps=2)
    found = next(one for one in extras(cards=(card,), challenges=(spend,)) if one.code == "challenge.c")
    assert (found.rate, found.once_minor) == (Fraction(100 * 5 + 1_800 + 2 * 200, 50_000), NOTHING)


def test_rule_08_a_streak_costs_its_prizes_over_its_visits() -> None:
    (found,) = extras(challenges=(goal("challenge", target=4, counts="spend", streak="week"),))
    assert (found.rate, found.once_minor) == (NOTHING, Fraction(450))


def test_rule_08_a_rule_that_gives_stamps_or_a_voucher_costs_it_on_every_sale_it_meets() -> None:
    least = Conditions(min_amount_minor=5_000)
    said: dict[str, Any] = {"name_ar": "هدية", "name_en": "Gift", "conditions": least}
    stamp = RuleTerms("s", kind="stamp", target="c", count=3, **said)
    voucher = RuleTerms("v", kind="voucher", target="coffee", **said)
    badge = RuleTerms("b", kind="badge", target="fan", **said)
    found = goal_extras(terms(stamp, voucher, badge, cards=(goal(),)), REWARDS, POINT)
    costs = {one.code: one.once_minor for one in found}
    assert costs == {"card.c": 200, "earnrule.s": 600, "earnrule.v": 1_800, "earnrule.b": 0}


def test_rule_08_gifts_of_events_stand_apart_with_what_they_cost() -> None:
    review = RuleTerms("r", "تقييم", "Review", "fixed", points=20, trigger="review")
    voucher = RuleTerms("v", "هدية", "Voucher", "voucher", target="coffee", trigger="survey")
    events = goal("challenge", target=3, counts="event", event="check-in", points=10)
    offered = terms(review, voucher, challenges=(events,))
    assert not list(goal_extras(offered, REWARDS, POINT))
    gifts = {one.name_en: one.cost_minor for one in gifts_without_purchase(offered, REWARDS, POINT)}
    assert gifts == {"Review": 100, "Voucher": 1_800, "Card": 1_850}
