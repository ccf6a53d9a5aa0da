"""What one person collects under one scenario: cards, challenges and gifts, by the kernel that the books use.

``programs.goals`` says what an order counts and when something is reached; here it is remembered. What is
earned no longer is taken back as if no voucher had been used: nobody knows what would have been.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from programs import goals
from programs.calendars import BEGINNING
from programs.conditions import Facts, holds
from programs.goal_terms import GoalTerms
from programs.goals import Bought, Collected
from programs.terms import Terms

Key = tuple[str, str, date]
"""A goal's kind, code and the day it counts from."""


class Prize(NamedTuple):
    """What reaching a goal gave on a day, or took back (``sign`` -1): points, a voucher for a reward."""

    points: int
    reward: str
    given_on: date
    last_day: date | None
    counts: bool
    sign: int = 1


@dataclass(slots=True)
class _Given:
    """An achievement in force, with the purchase that brought it."""

    key: Key
    goal: GoalTerms
    purchase: int
    prize: Prize


class _Entry(NamedTuple):
    """Where an order was counted, and how much."""

    goal: GoalTerms
    period: date
    at: datetime
    amount: int

    @property
    def day(self) -> date:
        """Its day in the shop's zone."""
        return self.at.date()


@dataclass(slots=True)
class Collection:
    """Counts by goal, achievements in force, and what orders that may come back were counted as."""

    stands: dict[Key, Collected] = field(default_factory=dict)
    given: list[_Given] = field(default_factory=list)
    entries: dict[int, list[_Entry]] = field(default_factory=dict)
    days: Counter[tuple[Key, date]] = field(default_factory=Counter)
    """What was collected on a day, of goals that limit it."""
    latest: dict[Key, datetime] = field(default_factory=dict)
    """By contest: the last order that counts and never comes back."""
    stamped: int = 0
    """What the fact at hand put on cards, or took off them."""

    def buy(
        self,
        purchase: int,
        lines: Sequence[Bought],
        facts: Facts,
        terms: Terms,
        prize: Prize,
        cut: Callable[[int], int] = int,
        promised: Mapping[Key, int] | None = None,
    ) -> Iterator[Prize]:
        """Move on what the order counts for; what it reaches, as ``prize`` with its points and reward.

        ``cut`` says what caps leave of a prize's points, ``promised`` what a signed quote said that the
        order moves on.
        """
        moved: dict[Key, GoalTerms] = {}
        day, self.stamped = facts.local.date(), 0
        for goal in terms.goals:
            amount = (
                self._within_day(goal, goals.counted(goal, lines, facts), day)
                if promised is None
                else promised.get(_key(goal), 0)
            )
            if amount:
                self._enter(purchase, goal, facts.local, amount, moved)
        for is_card in (False, True):
            for key, goal in list(moved.items()):
                if (goal.kind == "card") is is_card:
                    for _time in range(goals.more(goal, self._at(key))):
                        yield self._achieve(key, goal, purchase, terms, prize, moved, cut)
        self._count_stamps(purchase, facts, terms, moved)

    def bring_back(self, purchase: int, left: Sequence[Bought], terms: Terms) -> Iterator[Prize]:
        """Count the order as what is ``left`` of it; what is not earned any more, with its sign turned."""
        moved: dict[Key, GoalTerms] = {}
        kept: list[_Entry] = []
        self.stamped = 0
        for entry in self.entries.get(purchase, ()):
            ranks_by_stamps = entry.goal.counts == "stamp"  # those come off with the cards' below
            still = entry.amount if ranks_by_stamps else min(entry.amount, goals.of_order(entry.goal, left))
            if still < entry.amount:
                self._add(entry.goal, entry.period, still - entry.amount, moved)
                if entry.goal.most_a_day is not None:
                    self.days[_key(entry.goal), entry.day] += still - entry.amount
            kept.append(entry._replace(amount=still))
        self.entries[purchase] = kept
        for is_card in (False, True):
            for key, goal in list(moved.items()):
                if (goal.kind == "card") is is_card:
                    yield from self._unsettle(key, goal, purchase, terms, moved)
        self._uncount_stamps(purchase, moved)

    def forget(self, purchase: int) -> None:
        """An order that never comes back need not be remembered, but for when it was made."""
        for entry in self.entries.pop(purchase, ()):
            if entry.goal.kind == "contest":
                key = _key(entry.goal)
                self.latest[key] = max(entry.at, self.latest.get(key, entry.at))

    def reached(self, key: Key) -> tuple[int, datetime] | None:
        """What is collected for a contest, and when the last order was made that still counts."""
        times = [
            entry.at
            for entries in self.entries.values()
            for entry in entries
            if entry.amount > 0 and _key(entry.goal) == key
        ]
        times += [self.latest[key]] if key in self.latest else []
        return (self._at(key).got, max(times)) if times else None

    def _enter(
        self, purchase: int, goal: GoalTerms, at: datetime, amount: int, moved: dict[Key, GoalTerms]
    ) -> None:
        """Count ``amount`` of an order made at the local moment ``at``."""
        entry = _Entry(goal, goals.period_of(at.date(), goal.streak), at, amount)
        self._add(goal, entry.period, amount, moved)
        self.entries.setdefault(purchase, []).append(entry)
        if goal.most_a_day is not None:
            self.days[_key(goal), entry.day] += amount

    def _count_stamps(self, purchase: int, facts: Facts, terms: Terms, moved: dict[Key, GoalTerms]) -> None:
        """Move on the contests that rank by stamps, as ``ledger.collecting`` does."""
        for contest in terms.contests if self.stamped > 0 else ():
            goal = contest.goal
            if goal.counts == "stamp" and holds(goal.conditions, facts):
                most = self.stamped if goal.most is None else min(self.stamped, goal.most)
                self._enter(purchase, goal, facts.local, most, moved)

    def _uncount_stamps(self, purchase: int, moved: dict[Key, GoalTerms]) -> None:
        """Take the stamps that came off cards off the contests that counted them."""
        entries = self.entries.get(purchase, [])
        for number, entry in enumerate(entries):
            gone = min(entry.amount, -self.stamped)
            if entry.goal.counts == "stamp" and gone > 0:
                self._add(entry.goal, entry.period, -gone, moved)
                entries[number] = entry._replace(amount=entry.amount - gone)

    def _unsettle(
        self, key: Key, goal: GoalTerms, purchase: int, terms: Terms, moved: dict[Key, GoalTerms]
    ) -> Iterator[Prize]:
        mine = [one for one in reversed(self.given) if one.key == key]
        mine.sort(key=lambda one: one.purchase != purchase)
        while mine and goals.is_short(goal, self._at(key)):
            gone = mine.pop(0)
            self.given.remove(gone)
            stand = self._at(key)
            cost = goals.cost_of(goal)
            self.stands[key] = stand._replace(spent=stand.spent - cost, reached=stand.reached - 1)
            self._stamp(goal, terms, -goal.stamps, moved)
            yield gone.prize._replace(sign=-1)

    def _achieve(
        self,
        key: Key,
        goal: GoalTerms,
        purchase: int,
        terms: Terms,
        prize: Prize,
        moved: dict[Key, GoalTerms],
        cut: Callable[[int], int],
    ) -> Prize:
        stand = self._at(key)
        cost = goals.cost_of(goal)
        self.stands[key] = stand._replace(spent=stand.spent + cost, reached=stand.reached + 1)
        self._stamp(goal, terms, goal.stamps, moved)
        won = prize._replace(points=cut(goal.points), reward=goal.reward)
        self.given.append(_Given(key, goal, purchase, won))
        return won

    def _stamp(self, goal: GoalTerms, terms: Terms, stamps: int, moved: dict[Key, GoalTerms]) -> None:
        card = goals.named(terms.goals, "card", goal.card) if stamps else None
        if card is not None:
            self._add(card, BEGINNING, stamps, moved)

    def _add(self, goal: GoalTerms, period: date, amount: int, moved: dict[Key, GoalTerms]) -> None:
        key = _key(goal)
        stand = self._at(key)
        self.stamped += amount if goal.kind == "card" else 0
        if period == BEGINNING:
            stand = stand._replace(got=stand.got + amount)
        else:
            periods: Mapping[date, int] = {**stand.periods, period: stand.periods.get(period, 0) + amount}
            stand = stand._replace(periods=periods)
        self.stands[key] = stand
        moved[key] = goal

    def _within_day(self, goal: GoalTerms, amount: int, day: date) -> int:
        """What a day's most leaves of what is counted."""
        if goal.most_a_day is None:
            return amount
        return min(amount, max(0, goal.most_a_day - self.days[_key(goal), day]))

    def _at(self, key: Key) -> Collected:
        return self.stands.get(key) or Collected()


def _key(goal: GoalTerms) -> Key:
    return goal.kind, goal.code, goal.starts_on
