"""What the parts of the model share: the cards, the promises, and the clock of expiry. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from loyalty_site.simulation.cards import Card, Code, Lot, Order
from loyalty_site.simulation.facts import (
    GRACE_DAYS,
    Answer,
    Fact,
    Refused,
    Terms,
    day_of,
    months_later,
)
from loyalty_site.simulation.tiers import Spend


@dataclass
class Quote:
    """What an order was told that it earns, kept for it until it lapses (RULES 3)."""

    member: int
    lines: tuple[Any, ...]
    codes: tuple[str, ...]
    exact: list[Fraction]
    terms: Terms
    birthday: int | None
    until: datetime
    day: date
    is_open: bool = True


@dataclass
class Merge:
    """Two records made one: which lot became which, and how the survivor stood (RULES 42)."""

    survivor: int
    absorbed: int
    came: list[int]
    lots: list[tuple[Lot, Lot]]
    paid: list[tuple[Lot, int]]
    owed: int
    tier: int
    until: datetime | None
    posted: int
    born: bool
    undone: bool = False


@dataclass
class Request:
    """Points by hand that wait for a second person (RULES 44)."""

    fact: Fact
    state: str = "waiting"
    answer: Answer | None = None


class Ground:
    """Everything that is so after some facts."""

    def __init__(self, terms: Terms, births: tuple[date | None, ...]) -> None:
        self.versions: list[tuple[datetime | None, Terms]] = [(None, terms)]
        self.cards = [Card(born=born) for born in births]
        self.heads = list(range(len(births)))
        self.orders: dict[str, Order] = {}
        self.codes: dict[str, Code] = {}
        self.quotes: dict[str, Quote] = {}
        self.merges: dict[str, Merge] = {}
        self.requests: dict[str, Request] = {}
        self.birthdays: list[tuple[int, int]] = []
        self.by_hand: list[tuple[int, int, date, int]] = []
        self.unheard: set[tuple[int, date]] = set()
        self.state, self.opened = "live", 0
        self.paused_at: datetime | None = None
        self.stops: list[tuple[datetime, datetime | None]] = []
        self.closes_on: date | None = None

    def terms_at(self, moment: datetime) -> Terms:
        """The terms in force at a moment."""
        return [terms for start, terms in self.versions if start is None or start <= moment][-1]

    def today(self, now: datetime) -> date:
        """The day by which lots live and die: it stands still while the programme is paused (RULES 26)."""
        day = day_of(now)
        return min(day, day_of(self.paused_at)) if self.paused_at else day

    def family(self, member: int) -> list[int]:
        """All records of the person."""
        return [each for each, head in enumerate(self.heads) if head == self.heads[member]]

    def same(self, one: int, other: int) -> bool:
        """Whether two records are the same person's."""
        return self.heads[one] == self.heads[other]

    def active(self, member: int) -> int:
        """The record that stands for the person."""
        head = self.heads[member]
        if self.cards[head].erased:
            raise Refused("not_found")
        return head

    def spend(self, member: int) -> Spend:
        """What the person spent, in the order of time."""
        return sorted(
            (order.at, order.net) for order in self.orders.values() if self.same(order.member, member)
        )

    def put(
        self, member: int, points: int, at: datetime, last: date | None, now: datetime, **more: Any
    ) -> Lot:
        """New points; a programme that closes leaves none alive beyond its last day (RULES 26)."""
        lot = Lot(member, points, points, at, last, now, **more)
        lot.end_by(self.closes_on)
        return self.cards[member].credit(lot)

    def bury(self, member: int, now: datetime) -> None:
        """What is dead dies."""
        unheard = {day for who, day in self.unheard if self.same(who, member)}
        self.cards[member].bury(self.today(now), unheard)

    def give_back(self, member: int, parts: list[tuple[Lot, int]], now: datetime) -> None:
        """Points return to their own lots, or to new ones like them where the record was merged.

        A lot that died meanwhile lives on for its one grace (RULES 19, 29).
        """
        for lot, points in ((lot, points) for lot, points in parts if points):
            if lot.dead(self.today(now)) and not lot.graced:
                until = day_of(now) + timedelta(days=GRACE_DAYS)
                self.put(member, points, lot.at, until, now, graced=True)
            elif lot.owner != member:
                self.put(member, points, lot.at, lot.last, lot.came)
            else:
                lot.left += points
        self.cards[member].pay()

    def lots(self) -> Iterator[Lot]:
        """Every lot there ever was."""
        return (lot for card in self.cards for lot in card.lots)


def last_day(terms: Terms, day: date) -> date | None:
    """The last day of points earned on a day (RULES 22)."""
    if terms.months is None:
        return None
    last = months_later(day, terms.months)
    if terms.rounding:
        month = (last.month - 1) // terms.rounding * terms.rounding + terms.rounding
        last = months_later(date(last.year, month, 1), 1) - timedelta(days=1)
    return last
