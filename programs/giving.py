"""What a version gives with a sale beside points, room by room, as the margin guard counts it."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from programs.charity import extras_of_giving
from programs.extras import Extra
from programs.goal_costs import Gift, gifts_without_purchase, goal_extras
from programs.margin import Use, cost_per_point
from programs.models import ProgrammeVersion, Reward
from programs.perks import worst_of
from programs.plan_costs import plan_extras
from programs.queries import giving_terms, perk_terms
from programs.referring import worst_cost
from programs.reward_costs import cost_minor
from programs.terms import Terms


def perk_extras(version: ProgrammeVersion) -> list[Extra]:
    """What the perks of a version's tiers cost."""
    return worst_of(perk_terms(version))


def _of_giving(version: ProgrammeVersion) -> list[Extra]:
    return extras_of_giving(giving_terms(row) for row in version.givings.all())


ROOMS: Final[tuple[Callable[[ProgrammeVersion], Iterable[Extra]], ...]] = (
    _of_giving,
    plan_extras,
    perk_extras,
)
"""Each answers what its part of a version (perks, cards, plans, causes …) gives with one sale at worst."""


class Costs(NamedTuple):
    """What a point costs at its dearest use, and each reward by its code, in minor units."""

    point_minor: Fraction
    rewards: Mapping[str, Fraction]


def extras_of(version: ProgrammeVersion, terms: Terms, costs: Costs) -> list[Extra]:
    """Everything that a sale under these terms can bring beside points."""
    plain = (extra for room in ROOMS for extra in room(version))
    return [*plain, *goal_extras(terms, costs.rewards, costs.point_minor)]


def gifts_of(terms: Terms, costs: Costs) -> list[Gift]:
    """Everything that these terms give without a sale, a friend brought along included."""
    found = list(gifts_without_purchase(terms, costs.rewards, costs.point_minor))
    if terms.referral is not None and terms.referral.sides:
        cost = worst_cost(terms.referral, point_minor=costs.point_minor, rewards_minor=dict(costs.rewards))
        points = terms.referral.bringer_points + terms.referral.friend_points
        found.append(Gift("صديق جديد", "A friend brought along", points, cost))
    return found


def uses_of(rewards: Iterable[Reward]) -> list[Use]:
    """What points buy beside the block."""
    sold = (row for row in rewards if row.points)
    return [Use(row.points, cost_minor(row), frozenset(row.tiers)) for row in sold]


def costs_of(terms: Terms, rewards: Iterable[Reward]) -> Costs:
    """What is given costs the shop: of a reward what was said, its worth, or what its points are worth."""
    rows = list(rewards)
    uses = uses_of(rows)
    dearest = max(cost_per_point(terms, uses, tier.code) for tier in terms.tiers)
    face = Fraction(terms.block_value_minor, terms.block_points)
    said = {row.code: cost_minor(row) for row in rows}
    return Costs(dearest, {row.code: Fraction(said[row.code] or row.points * face) for row in rows})
