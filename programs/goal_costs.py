"""What cards, challenges and rules that give no points cost with a sale, at worst (RULES 8). Pure.

Reaching a goal costs its prizes; whatever moves it on costs that share of them, on the smallest order that
counts. An item is taken to cost at least the goal's minimum amount. A challenge that is reached only once is
counted like one that repeats. What events alone move on has no price to be measured by, and stands apart like
other gifts without a purchase. A contest costs its prizes once, however much is sold.

Units: minor units of the programme's currency, as exact fractions.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from programs.extras import Extra
from programs.goal_terms import GoalTerms
from programs.terms import PURCHASE, Terms

NOTHING = Fraction(0)
FIELDS = {"rule": "earnrule"}
"""Under which name a form knows a kind of goal, where it is another."""


class Gift(NamedTuple):
    """Something given without a sale: its points, and what all of it costs each time, or once and for all."""

    name_ar: str
    name_en: str
    points: int
    cost_minor: Fraction
    is_once: bool = False


def goal_extras(terms: Terms, rewards: Mapping[str, Fraction], point_minor: Fraction) -> Iterator[Extra]:
    """What one sale brings of every goal that sales move on.

    ``rewards`` are what each costs by its code, ``point_minor`` what a point costs at its dearest use.
    """
    stamps = _stamps(terms, rewards)
    for goal in terms.goals:
        if goal.counts != "event" and goal.kind != "contest":
            share = prizes_minor(goal, rewards, stamps, point_minor) / goal.target
            by_spend = goal.counts == "spend" and not goal.streak
            yield Extra(
                f"{FIELDS.get(goal.kind, goal.kind)}.{goal.code}",
                goal.name_ar,
                goal.name_en,
                rate=share if by_spend else NOTHING,
                once_minor=NOTHING if by_spend else share,
                smallest_minor=goal.conditions.min_amount_minor,
                tiers=goal.conditions.tiers,
            )


def gifts_without_purchase(
    terms: Terms, rewards: Mapping[str, Fraction], point_minor: Fraction
) -> Iterator[Gift]:
    """What is given where nothing is sold, and what it costs each time."""
    for rule in terms.rules:
        if rule.trigger != PURCHASE and rule.points:
            yield Gift(rule.name_ar, rule.name_en, rule.points, rule.points * point_minor)
    stamps = _stamps(terms, rewards)
    for goal in terms.goals:
        if goal.counts == "event" and goal.kind != "contest":
            cost = prizes_minor(goal, rewards, stamps, point_minor)
            yield Gift(goal.name_ar, goal.name_en, goal.points, cost)
    yield from _contests(terms, rewards, point_minor)


def _contests(terms: Terms, rewards: Mapping[str, Fraction], point_minor: Fraction) -> Iterator[Gift]:
    """What all places of each contest win together: a fixed sum, however much is sold."""
    for contest in terms.contests:
        points = sum(prize.points * prize.places for prize in contest.prizes)
        given = (rewards.get(prize.reward, NOTHING) * prize.places for prize in contest.prizes)
        cost = points * point_minor + sum(given, NOTHING)
        yield Gift(contest.goal.name_ar, contest.goal.name_en, points, cost, is_once=True)


def prizes_minor(
    goal: GoalTerms, rewards: Mapping[str, Fraction], stamps: Mapping[str, Fraction], point_minor: Fraction
) -> Fraction:
    """What a goal costs each time it is reached; a badge is an honour and costs nothing."""
    collected = stamps.get(goal.card, NOTHING) * goal.stamps
    return goal.points * point_minor + rewards.get(goal.reward, NOTHING) + collected


def _stamps(terms: Terms, rewards: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What one stamp of each card costs."""
    return {card.code: rewards.get(card.reward, NOTHING) / card.target for card in terms.cards}
