"""What cards, challenges and rules that give no points cost with a sale, at worst (RULES 8). Pure.

A full card costs its reward; each stamp that share of it, on the smallest order that is stamped. An item is
taken to cost at least the card's minimum amount. A challenge of money spent costs its prizes over its target,
any other its prizes over its target per visit, though it may be reached only once. What events
alone move on has no price to be measured by, and stands apart like other gifts without a purchase.

Units: minor units of the programme's currency, as exact fractions.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from programs.extras import Extra
from programs.goal_terms import GoalTerms
from programs.terms import PURCHASE, RuleTerms, Terms

NOTHING = Fraction(0)


class Gift(NamedTuple):
    """Something given without a sale: its points, and what all of it costs each time."""

    name_ar: str
    name_en: str
    points: int
    cost_minor: Fraction


def goal_extras(terms: Terms, rewards: Mapping[str, Fraction], point_minor: Fraction) -> Iterator[Extra]:
    """What one sale brings of every card, challenge and giving rule.

    ``rewards`` are what each costs by its code, ``point_minor`` what a point costs at its dearest use.
    """
    stamps = _stamps(terms, rewards)
    for card in terms.cards:
        yield _of_goal(card, "card", rewards.get(card.reward, NOTHING))
    for challenge in terms.challenges:
        if challenge.counts != "event":
            yield _of_goal(challenge, "challenge", prizes_minor(challenge, rewards, stamps, point_minor))
    for rule in terms.gift_rules.get(PURCHASE, ()):
        yield _of_rule(rule, gift_minor(rule, rewards, stamps))


def gifts_without_purchase(
    terms: Terms, rewards: Mapping[str, Fraction], point_minor: Fraction
) -> Iterator[Gift]:
    """What is given where nothing is sold, and what it costs each time: rules and challenges of events."""
    stamps = _stamps(terms, rewards)
    for rule in terms.rules:
        if rule.trigger != PURCHASE:
            cost = rule.points * point_minor + gift_minor(rule, rewards, stamps)
            yield Gift(rule.name_ar, rule.name_en, rule.points, cost)
    for challenge in terms.challenges:
        if challenge.counts == "event":
            cost = prizes_minor(challenge, rewards, stamps, point_minor)
            yield Gift(challenge.name_ar, challenge.name_en, challenge.points, cost)


def _stamps(terms: Terms, rewards: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What one stamp of each card costs."""
    return {card.code: rewards.get(card.reward, NOTHING) / card.target for card in terms.cards}


def prizes_minor(
    goal: GoalTerms, rewards: Mapping[str, Fraction], stamps: Mapping[str, Fraction], point_minor: Fraction
) -> Fraction:
    """What a challenge costs each time it is reached; a badge is an honour and costs nothing."""
    collected = stamps.get(goal.card, NOTHING) * goal.stamps
    return goal.points * point_minor + rewards.get(goal.reward, NOTHING) + collected


def gift_minor(rule: RuleTerms, rewards: Mapping[str, Fraction], stamps: Mapping[str, Fraction]) -> Fraction:
    """What a rule costs each time it gives stamps, a voucher or a badge."""
    if rule.kind == "stamp":
        return stamps.get(rule.target, NOTHING) * rule.count
    return rewards.get(rule.target, NOTHING) if rule.kind == "voucher" else NOTHING


def _of_goal(goal: GoalTerms, field: str, prizes: Fraction) -> Extra:
    share = prizes / goal.target
    by_spend = goal.counts == "spend" and not goal.streak
    return Extra(
        f"{field}.{goal.code}",
        goal.name_ar,
        goal.name_en,
        rate=share if by_spend else NOTHING,
        once_minor=NOTHING if by_spend else share,
        smallest_minor=goal.conditions.min_amount_minor,
        tiers=goal.conditions.tiers,
    )


def _of_rule(rule: RuleTerms, gift: Fraction) -> Extra:
    return Extra(
        f"earnrule.{rule.code}",
        rule.name_ar,
        rule.name_en,
        once_minor=gift,
        smallest_minor=rule.conditions.min_amount_minor,
        tiers=rule.conditions.tiers,
    )
