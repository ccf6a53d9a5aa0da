"""What a person has collected, while one event is planned: every goal with its counts. Pure.

The counts of all records of the person add up (RULES 42); what is new is posted to the record it belongs to.
Nothing is written here; the draft turns the changes into rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.models import Achievement, GoalCount, GoalEntry
from ledger.writing.rows import new
from programs.calendars import BEGINNING
from programs.goal_terms import GoalTerms
from programs.goals import Collected, to_go
from programs.terms import Terms

FIGURES: Final = ("count", "spent", "reached", "number")
"""What of a count changes."""


class GoalKey(NamedTuple):
    """By what a goal is known in the books: its kind, its code and the day it counts from."""

    kind: str
    code: str
    starts_on: date = BEGINNING


def key_of(goal: GoalTerms) -> GoalKey:
    """The key of a goal of the terms."""
    return GoalKey(goal.kind, goal.code, goal.starts_on)


def key_in_books(row: Achievement | GoalCount | GoalEntry) -> GoalKey:
    """The key that a row of the books names."""
    return GoalKey(row.kind, row.code, row.starts_on)


@dataclass(slots=True)
class Hand:
    """One count with its figures of before, and those of now."""

    row: GoalCount
    before: tuple[int, ...]
    count: int
    spent: int
    reached: int
    number: int

    @property
    def figures(self) -> tuple[int, ...]:
        """The figures of now, in their order."""
        return self.count, self.spent, self.reached, self.number


@dataclass(slots=True)
class Moved:
    """A goal that this posting moves: by how much, how often it is reached by it (negative: no more)."""

    goal: GoalTerms
    terms: Terms
    got: int = 0
    reached: int = 0


class Hands:
    """The counts of a person's records, by record, goal and period; ``moved`` is what is touched."""

    def __init__(self, rows: Iterable[GoalCount], *, member_id: int, merchant_id: int) -> None:
        self._member_id, self._merchant_id = member_id, merchant_id
        self._hands: dict[tuple[int, GoalKey, date], Hand] = {}
        self.moved: dict[GoalKey, Moved] = {}
        for row in rows:
            self._hands[row.member_id, key_in_books(row), row.period] = _hand(row)

    def of(self, key: GoalKey) -> Collected:
        """What the person has collected towards a goal."""
        got = spent = reached = 0
        periods: dict[date, int] = {}
        for (_member, found, period), hand in self._hands.items():
            if found != key:
                continue
            if period == BEGINNING:
                got += hand.count
            else:
                periods[period] = periods.get(period, 0) + hand.count
            spent, reached = spent + hand.spent, reached + hand.reached
        return Collected(got, spent, reached, periods)

    def touch(self, key: GoalKey, goal: GoalTerms, terms: Terms) -> Moved:
        """The goal, as one that this posting may move."""
        return self.moved.setdefault(key, Moved(goal, terms))

    def add(self, key: GoalKey, period: date, delta: int, member_id: int) -> None:
        """Collect ``delta`` more (or fewer) of a goal that was touched, at one of the records."""
        self._at(key, period, member_id).count += delta
        self.moved[key].got += delta

    def give(self, key: GoalKey, cost: int) -> int:
        """Count one more achievement of the member's; its number."""
        hand = self._at(key, BEGINNING, self._member_id)
        hand.spent, hand.reached, hand.number = hand.spent + cost, hand.reached + 1, hand.number + 1
        self.moved[key].reached += 1
        return hand.number

    def take_back(self, achievement: Achievement) -> None:
        """Count an achievement no more."""
        hand = self._at(key_in_books(achievement), BEGINNING, achievement.member_id)
        hand.spent, hand.reached = hand.spent - achievement.cost, hand.reached - 1
        if key_in_books(achievement) in self.moved:
            self.moved[key_in_books(achievement)].reached -= 1

    def told(self, kind: str, today: date) -> list[dict[str, Any]]:
        """The goals of a kind that moved, as the receipt shows them."""
        return [
            _told(moved, self.of(key), today)
            for key, moved in self.moved.items()
            if key.kind == kind and (moved.got or moved.reached)
        ]

    def changed(self) -> Iterator[Hand]:
        """Every count that is not what it was."""
        return (hand for hand in self._hands.values() if hand.figures != hand.before)

    def _at(self, key: GoalKey, period: date, member_id: int) -> Hand:
        hand = self._hands.get((member_id, key, period))
        if hand is None:
            row = new(
                GoalCount,
                merchant_id=self._merchant_id,
                member_id=member_id,
                period=period,
                **key._asdict(),
            )
            hand = self._hands[member_id, key, period] = _hand(row)
        return hand


def _told(moved: Moved, stand: Collected, today: date) -> dict[str, Any]:
    goal = moved.goal
    count, target = to_go(goal, stand, today)
    names = {"code": goal.code, "name_ar": goal.name_ar, "name_en": goal.name_en}
    return {**names, "got": moved.got, "count": count, "target": target, "reached": moved.reached}


def _hand(row: GoalCount) -> Hand:
    figures = (row.count, row.spent, row.reached, row.number)
    return Hand(row, figures, *figures)
