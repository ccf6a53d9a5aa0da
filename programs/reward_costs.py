"""What rewards cost and bring back at worst. Pure.

Units: money in minor units, points as exact fractions.
"""

from fractions import Fraction

from programs.models.rewards import Reward, RewardKind
from programs.terms import ONE, Terms

WORTH_MONEY = (RewardKind.MONEY_OFF, RewardKind.GIFT_CARD)


def cost_minor(reward: Reward) -> int | None:
    """What one costs the merchant at worst, in minor units; None where nobody said and it is no money.

    Money off and gift cards cost their face value unless a lower cost is given: money off comes out of the
    shop's own margin, so its cost may be less, and never more.
    """
    if reward.kind in WORTH_MONEY:
        return reward.value_minor if reward.cost_minor is None else min(reward.cost_minor, reward.value_minor)
    return reward.cost_minor


def cost_per_point(reward: Reward) -> Fraction | None:
    """Minor units that one point of its price costs at worst; None for gifts, and where no cost is known."""
    cost = cost_minor(reward)
    return Fraction(cost, reward.points) if cost is not None and reward.points else None


def points_of_spending(terms: Terms, amount_minor: int) -> Fraction:
    """The most points that spending ``amount_minor`` earns in one order: best base, tier, bonuses together.

    A bound, whatever can really meet: a reward that stays below it cannot pay for itself.
    """
    base = max((Fraction(rule.points, rule.per_minor) for rule in terms.base_rules), default=Fraction(0))
    tier = max((one.multiplier for one in terms.tiers), default=ONE)
    bonuses = [rule.factor for rule in terms.multiplier_rules if rule.factor > ONE]
    if terms.stacking == "best_of":
        factor = max([tier, *bonuses])
    elif terms.stacking == "add":
        factor = tier + sum((one - ONE for one in bonuses), Fraction(0))
    else:
        factor = tier
        for one in bonuses:
            factor *= one
    fixed = sum(rule.points for rule in terms.fixed_rules if rule.conditions.min_amount_minor <= amount_minor)
    return base * factor * amount_minor + fixed
