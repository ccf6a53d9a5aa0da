"""What one record of a member has: lots, points that wait and debts, as lists to be followed. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from loyalty_site.simulation.facts import GRACE_DAYS, Terms, day_of
from loyalty_site.simulation.tiers import Tiers


@dataclass(eq=False)
class Lot:
    """Points that came in together and die after their last day.

    ``came`` is when they came into these books, ``graced`` says that they came back as a grace, ``spared``
    that they were prolonged because no alert could be delivered, ``order`` is the one that earned them,
    ``own`` the last day they had before a closing.
    """

    owner: int
    points: int
    left: int
    at: datetime
    last: date | None
    came: datetime
    order: str = ""
    graced: bool = False
    spared: bool = False
    own: tuple[date | None, ...] = ()

    def end_by(self, day: date | None) -> None:
        """Let it live no longer than a programme that closes, and remember its own last day."""
        if day is not None and (self.last is None or self.last > day):
            self.own, self.last = (self.last,), day

    def dead(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.last is not None and self.last < today


@dataclass
class Waiting:
    """Points of an order that wait for a day, or (None) for its delivery, by the terms that promised them."""

    order: str
    left: int
    opens: date | None
    terms: Terms


@dataclass
class Order:
    """A purchase and what came back of it; ``lines`` are (amount, kind, category).

    ``paid`` is how many points paid for it from which lot, and ``returned`` how many of those came back.
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
    capped_on: date | None = None
    """The day whose cap its award counts against; nothing where there was no cap."""

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
    """Points set aside, for money off or for a gift."""

    member: int
    points: int
    value: int
    until: datetime
    taken: list[tuple[Lot, int]]
    gift: bool = False
    state: str = "reserved"


@dataclass
class Card:
    """One record: lots in the order they came in, and the rest; ``posted`` counts its postings."""

    lots: list[Lot] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    owed: int = 0
    tiers: Tiers = field(default_factory=Tiers)
    born: date | None = None
    erased: bool = False
    posted: int = 0

    def available(self, today: date) -> int:
        """Points that may be spent."""
        return sum(lot.left for lot in self.lots if not lot.dead(today))

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

    def credit(self, lot: Lot) -> Lot:
        """Points come in; what is owed is paid first (RULES 30)."""
        self.lots.append(lot)
        self.pay()
        return lot

    def pay(self) -> None:
        """What is owed is paid from what is there."""
        self.owed -= sum(part for _lot, part in self.take(self.owed))

    def bury(self, today: date, unheard: set[date]) -> None:
        """Lots die one by one (RULES 22-24); one whose alert reached nobody lives on, once (RULES 27).

        An alert can only have been about points that were there in time.
        """
        for lot in self.lots:
            in_time = lot.last is not None and day_of(lot.came) <= lot.last
            told = lot.last not in unheard or not in_time or lot.graced or lot.spared
            if lot.last is not None and lot.dead(today) and lot.left and not told:
                lot.last, lot.spared = lot.last + timedelta(days=GRACE_DAYS), True
        for lot in self.lots:
            if lot.dead(today):
                lot.left = 0
