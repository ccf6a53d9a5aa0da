"""What one member has: lots, points that wait, debts and tiers, as lists that anybody can follow. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from loyalty_site.simulation.facts import GRACE_DAYS, day_of, months_later, morning_after


@dataclass
class Lot:
    """Points that came in together and die after their last day."""

    points: int
    left: int
    at: datetime
    last: date | None
    order: str = ""
    graced: bool = False

    def dead(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.last is not None and self.last < today


@dataclass
class Waiting:
    """Points of an order that wait for a day, or (None) for its delivery."""

    order: str
    left: int
    opens: date | None


@dataclass
class Order:
    """A purchase and what came back of it; ``lines`` are (amount, kind, category).

    ``paid`` is how many points paid for it from which lot, and how many of those came back.
    """

    member: int
    at: datetime
    lines: tuple[tuple[int, str, str], ...]
    exact: list[Fraction]
    award: int
    back: list[int]
    paid: list[tuple[Lot, int]]
    clawed: int = 0
    returned: list[int] = field(default_factory=list)

    def goods(self, amounts: list[int] | None = None) -> int:
        """How much of the order, or of some amounts of its lines, is goods."""
        found = [line[0] for line in self.lines] if amounts is None else amounts
        rows = zip(self.lines, found, strict=True)
        return sum(amount for (_amount, kind, _category), amount in rows if kind == "goods")

    @property
    def net(self) -> int:
        """What counts for tiers: goods, less what came back of them."""
        return self.goods() - self.goods(self.back)


@dataclass
class Code:
    """Points set aside."""

    member: int
    points: int
    value: int
    until: datetime
    taken: list[tuple[Lot, int]]
    state: str = "reserved"


@dataclass
class Card:
    """One member: lots in the order they came in, what is owed, and when which tier began and ends."""

    lots: list[Lot] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    owed: int = 0
    tiers: list[tuple[datetime, int, datetime | None]] = field(default_factory=list)

    def available(self, now: datetime) -> int:
        """Points that may be spent."""
        return sum(lot.left for lot in self.lots if not lot.dead(day_of(now)))

    def turn(self, order: str = "") -> list[Lot]:
        """The lots as they are spent (RULES 18), those of one order first."""
        lots = sorted(self.lots, key=lambda lot: (lot.last or date.max, lot.at))
        return sorted(lots, key=lambda lot: lot.order != order) if order else lots

    def take(self, points: int, order: str = "") -> list[tuple[Lot, int]]:
        """Up to so many points, lot by lot."""
        taken = []
        for lot in self.turn(order):
            part = min(points, lot.left)
            lot.left, points = lot.left - part, points - part
            taken += [(lot, part)] if part else []
        return taken

    def credit(self, lot: Lot) -> None:
        """Points come in; what is owed is paid first (RULES 30)."""
        self.lots.append(lot)
        self.pay()

    def pay(self) -> None:
        """What is owed is paid from what is there."""
        self.owed -= sum(part for _lot, part in self.take(self.owed))

    def give_back(self, parts: list[tuple[Lot, int]], now: datetime) -> None:
        """Points return to their own lots; a lot that died meanwhile lives on for its one grace."""
        for lot, points in parts:
            if points and lot.dead(day_of(now)) and not lot.graced:
                until = day_of(now) + timedelta(days=GRACE_DAYS)
                self.credit(Lot(points, points, lot.at, until, graced=True))
            else:
                lot.left += points
        self.pay()

    def bury(self, now: datetime) -> None:
        """Lots die one by one (RULES 22-24)."""
        for lot in self.lots:
            if lot.dead(day_of(now)):
                lot.left = 0

    def tier_at(self, moment: datetime) -> int:
        """The tier held at a moment: the one that began last."""
        return ([tier for start, tier, _end in sorted(self.tiers, key=first) if start <= moment] or [0])[-1]

    def start(self, moment: datetime, tier: int) -> None:
        """A tier begins: what was running ends here; it lasts a year, or until what already follows."""
        end = morning_after(months_later(day_of(moment), 12)) if tier else None
        following = min((mark[0] for mark in self.tiers if mark[0] > moment), default=None)
        if following is not None and (end is None or following < end):
            end = following
        for place, (begun, held, ends) in enumerate(self.tiers):
            if begun <= moment and (ends is None or ends > moment):
                self.tiers[place] = (begun, held, moment)
        self.tiers.append((moment, tier, end))

    def ended(self, until: datetime) -> Iterator[tuple[int, datetime]]:
        """Tiers whose year is over with nothing after it."""
        marks = sorted(self.tiers, key=first)
        for (_start, tier, end), after in zip_longest(marks, marks[1:]):
            if end is not None and end <= until and (after is None or end < after[0]):
                yield tier, end


def first(mark: tuple[Any, ...]) -> Any:
    """The first of a row."""
    return mark[0]
