"""Contests: who collects most in a window of days wins the first places. Pure.

A contest collects like a challenge (``programs.goals``) but is never reached: its sum is compared with what
others collected. Units: the minimum and every count are those of what it counts (minor units of money spent).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from programs.goal_terms import GoalTerms


@dataclass(frozen=True, slots=True)
class PlacePrize:
    """What each of the places from ``first`` to ``last`` wins: points, a badge, a reward (codes)."""

    first: int
    last: int
    points: int = 0
    badge: str = ""
    reward: str = ""
    reward_days: int | None = None

    @property
    def places(self) -> int:
        """How many win it."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class ContestTerms:
    """A contest: what it counts is ``goal``, whose target is the least that takes part.

    ``by_joining``: only who joined is ranked. Places are decided ``checked_days`` after the last day, so
    that what comes back until then is taken off.
    """

    goal: GoalTerms
    prizes: tuple[PlacePrize, ...]
    by_joining: bool = False
    checked_days: int = 14

    @property
    def first_day(self) -> date:
        """The day it begins."""
        return self.goal.starts_on

    @property
    def last_day(self) -> date:
        """The last day that counts."""
        return self.goal.conditions.ends_on or date.max

    @property
    def decided_on(self) -> date:
        """The day on which the places stand for good."""
        return self.last_day + timedelta(days=self.checked_days + 1)

    @property
    def winners(self) -> int:
        """How many places win something."""
        return max((prize.last for prize in self.prizes), default=0)

    def prize_of(self, place: int) -> PlacePrize | None:
        """What a place wins, if anything."""
        return next((prize for prize in self.prizes if prize.first <= place <= prize.last), None)


def prize_goal(contest: ContestTerms, prize: PlacePrize) -> GoalTerms:
    """The contest as a goal that gives this prize."""
    given = {"points": prize.points, "badge": prize.badge}
    return replace(contest.goal, reward=prize.reward, reward_days=prize.reward_days, **given)  # type: ignore[arg-type]
