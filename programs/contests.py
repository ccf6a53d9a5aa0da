"""Contests: who collects most in a window of days wins the first places. Pure.

A contest collects like a challenge (``programs.goals``) but is never reached: its sum is compared with what
others collected. Units: the minimum and every count are those of what it counts (minor units of money spent).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import nsmallest
from typing import NamedTuple

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


class Stand(NamedTuple):
    """What somebody (by their id) collected in a contest, and when what still counts of it was complete."""

    person: int
    collected: int
    reached_at: datetime


def turn(stand: Stand) -> tuple[int, datetime, int]:
    """What orders places: more stands first; of equals who got there first; then the older record."""
    return -stand.collected, stand.reached_at, stand.person


def first_places(contest: ContestTerms, stands: Iterable[Stand]) -> list[Stand]:
    """Those on the places that win something, in order; who collected less than the least takes no part."""
    taking_part = (stand for stand in stands if stand.collected >= contest.goal.target)
    return nsmallest(contest.winners, taking_part, key=turn)


def prizes_won(contest: ContestTerms, stands: Iterable[Stand]) -> Iterator[tuple[Stand, GoalTerms]]:
    """Who wins what, from the first place on."""
    for place, stand in enumerate(first_places(contest, stands), start=1):
        won = prize_at(contest, place)
        if won is not None:
            yield stand, won


def prize_at(contest: ContestTerms, place: int) -> GoalTerms | None:
    """The contest as a goal that gives what this place wins; None where it wins nothing."""
    prize = contest.prize_of(place)
    return prize_goal(contest, prize) if prize else None


def prize_goal(contest: ContestTerms, prize: PlacePrize) -> GoalTerms:
    """The contest as a goal that gives this prize."""
    given = {"points": prize.points, "badge": prize.badge}
    return replace(contest.goal, reward=prize.reward, reward_days=prize.reward_days, **given)  # type: ignore[arg-type]
