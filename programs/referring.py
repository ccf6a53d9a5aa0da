"""Bringing a friend: what each side gets, and what it costs the shop at worst. Pure (RULES 38)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

Side = Literal["bringer", "friend"]

SIDES: Final[tuple[Side, ...]] = ("bringer", "friend")
WATCHED_DAYS: Final = 30
"""Over how many days the friends of one member are counted."""


@dataclass(frozen=True, slots=True)
class ReferralTerms:
    """What one version promises for a friend: points, and the codes of rewards, for both sides.

    The friend's first paid order of at least ``least_minor`` counts once ``window_days`` are over.
    """

    bringer_points: int = 0
    friend_points: int = 0
    bringer_reward: str = ""
    friend_reward: str = ""
    window_days: int = 14
    least_minor: int = 0
    most_per_month: int = 10

    def points(self, side: Side) -> int:
        """The points of one side."""
        return self.bringer_points if side == "bringer" else self.friend_points

    def reward(self, side: Side) -> str:
        """The code of one side's reward; nothing where it gets none."""
        return self.bringer_reward if side == "bringer" else self.friend_reward

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that get anything."""
        return tuple(side for side in SIDES if self.points(side) or self.reward(side))


def worst_cost(
    terms: ReferralTerms, *, point_minor: Fraction, rewards_minor: dict[str, Fraction]
) -> Fraction:
    """What one friend costs the shop at worst, in minor units: everything both sides get, used in full.

    ``point_minor`` is what a point costs at its dearest use, ``rewards_minor`` what a reward costs by its
    code. Divided by ``least_minor`` it is the rate on the smallest first order; without a smallest order it
    has none, and the margin guard lists it beside the sales.
    """
    points = (terms.bringer_points + terms.friend_points) * point_minor
    named = (code for code in (terms.bringer_reward, terms.friend_reward) if code)
    return points + sum((rewards_minor.get(code, Fraction(0)) for code in named), Fraction(0))
