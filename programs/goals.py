"""Collecting towards a card or a challenge: what an order counts, and when something is reached. Pure.

What is collected is a sum (or, for a streak, the set of periods in which something counted), so it does not
matter in which order the parts arrive, and taking everything back leaves nothing (RULES 31, 36, 39).

Units: visits, items, stamps and events are counted, points are whole, money is in minor units.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from programs.asked import Conditions
from programs.calendars import BEGINNING, add_months, period_start
from programs.conditions import Facts, holds
from programs.goal_terms import GoalTerms, Streak


class Bought(NamedTuple):
    """A line of an order: what it earned on (after points paid for it), how many of what, which points."""

    base_minor: int
    quantity: int = 1
    category: str = ""
    sku: str = ""
    points: Fraction = Fraction(0)


class Collected(NamedTuple):
    """What was collected towards a goal, what the achievements in force cost of it, and how many they are.

    ``periods`` are those of a streak: their first days, and how often something counted in each.
    """

    got: int = 0
    spent: int = 0
    reached: int = 0
    periods: Mapping[date, int] = {}


def counted(goal: GoalTerms, lines: Sequence[Bought], facts: Facts) -> int:
    """How much an order moves ``goal`` on."""
    return of_order(goal, lines) if holds(goal.conditions, facts) else 0


def counted_event(goal: GoalTerms, name: str, facts: Facts) -> int:
    """How much an event that is no purchase moves ``goal`` on."""
    is_meant = goal.counts == "event" and goal.event == name
    return 1 if is_meant and holds(goal.conditions, facts) else 0


def of_order(goal: GoalTerms, lines: Sequence[Bought]) -> int:
    """How much these lines count, if the goal's other conditions hold: nothing free counts (RULES 36)."""
    asked = goal.conditions
    paid = [line for line in lines if line.base_minor > 0]
    mine = [line for line in paid if meets(asked, line)]
    if not mine or sum(line.base_minor for line in paid) < asked.min_amount_minor:
        return 0
    if goal.counts == "item":
        found = sum(line.quantity for line in mine)
    elif goal.counts == "spend":
        found = sum(line.base_minor for line in mine)
    elif goal.counts == "points":
        found = sum((line.points for line in mine), Fraction(0)).__floor__()
    else:
        found = 1 if goal.counts == "visit" else 0
    return found if goal.most is None else min(found, goal.most)


def meets(asked: Conditions, line: Bought) -> bool:
    """Whether the categories and products that are asked for, if any, include this line's."""
    if asked.categories and line.category not in asked.categories:
        return False
    return not asked.products or line.sku in asked.products


def kept(line: Bought, amount_minor: int, refunded_minor: int) -> Bought:
    """What is left of a line that cost ``amount_minor`` once so much came back: whole items only."""
    left = amount_minor - refunded_minor
    if not amount_minor or left <= 0:
        return line._replace(base_minor=0, quantity=0, points=Fraction(0))
    base, quantity = (whole * left // amount_minor for whole in (line.base_minor, line.quantity))
    return line._replace(base_minor=base, quantity=quantity, points=line.points * left / amount_minor)


def in_hand(stand: Collected) -> int:
    """What counts towards the next time; below nothing it is owed."""
    return stand.got - stand.spent


def more(goal: GoalTerms, stand: Collected) -> int:
    """How many achievements are due that were not given yet; a contest is decided later, among all."""
    if goal.kind == "contest":
        return 0
    if goal.streak:
        return max(0, unbroken(goal, stand.periods) - stand.reached)
    if not goal.repeats:
        return 1 if not stand.reached and in_hand(stand) >= goal.target else 0
    return max(0, in_hand(stand) // goal.target)


def is_short(goal: GoalTerms | None, stand: Collected) -> bool:
    """Whether an achievement in force is not earned any more (``goal`` None: of a card that is gone)."""
    if not stand.reached:
        return False
    if goal is not None and goal.kind == "contest":
        return False  # its places were decided for good
    if goal is not None and goal.streak:
        return unbroken(goal, stand.periods) < stand.reached
    return in_hand(stand) < 0


def cost_of(goal: GoalTerms) -> int:
    """What reaching it once takes off the sum."""
    return 0 if goal.streak or goal.kind == "contest" else goal.target


def unbroken(goal: GoalTerms, periods: Mapping[date, int]) -> int:
    """How often a streak was reached: every stretch without a gap by itself."""
    whole = sum(length // goal.target for _last, length in stretches(periods, goal.streak))
    return whole if goal.repeats else min(whole, 1)


def running(periods: Mapping[date, int], streak: Streak, today: date) -> int:
    """How long the streak is that is still alive ``today``: its last period is this one or the one before."""
    this = period_of(today, streak)
    alive = [
        length for last, length in stretches(periods, streak) if last == this or after(last, streak) == this
    ]
    return alive[-1] if alive else 0


def stretches(periods: Mapping[date, int], streak: Streak) -> list[tuple[date, int]]:
    """Stretches of periods without a gap: the last one's first day, and how many there are."""
    found: list[tuple[date, int]] = []
    for first in sorted(day for day, count in periods.items() if count > 0):
        if found and after(found[-1][0], streak) == first:
            found[-1] = (first, found[-1][1] + 1)
        else:
            found.append((first, 1))
    return found


def period_of(day: date, streak: Streak) -> date:
    """The first day of the streak's period that holds ``day``; ``BEGINNING`` where there are none."""
    return period_start(day, streak) if streak else BEGINNING


def after(first: date, streak: Streak) -> date:
    """The first day of the period after the one that begins on ``first``."""
    if streak == "month":
        return add_months(first, 1)
    return first + timedelta(days=7 if streak == "week" else 1)


def to_go(goal: GoalTerms, stand: Collected, today: date) -> tuple[int, int]:
    """How far towards the next time, and how far it is in all: (3, 9) of a card.

    A goal that is reached once and for all stands at its end.
    """
    if not goal.repeats and stand.reached:
        return goal.target, goal.target
    if goal.streak:
        return running(stand.periods, goal.streak, today) % goal.target, goal.target
    return min(in_hand(stand), goal.target), goal.target


def is_open(goal: GoalTerms, today: date) -> bool:
    """Whether its time has come and is not over."""
    first, last = goal.conditions.starts_on, goal.conditions.ends_on
    return (first is None or first <= today) and (last is None or today <= last)


def named(goals: Iterable[GoalTerms], kind: str, code: str) -> GoalTerms | None:
    """The goal of that kind and code, if it is among these."""
    return next((goal for goal in goals if (goal.kind, goal.code) == (kind, code)), None)
