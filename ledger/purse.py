"""A member's lots while one event is planned: what is taken, given back, dies or pays a debt. Pure.

Nothing is written and no row is changed here; the draft turns the answers into movements and uses.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from ledger.models import Lot, Movement


class Taken(NamedTuple):
    """How many points of which lot."""

    lot: Lot
    points: int


@dataclass(slots=True)
class Debt:
    """A debit that found too few points, and how much of it is still unpaid."""

    movement: Movement
    unpaid: int


@dataclass(slots=True)
class _Hand:
    """One lot with what is left of it now."""

    lot: Lot
    left: int
    at_first: int


class Purse:
    """Lots in the order in which they are spent: the soonest to die, then the oldest, nulls last."""

    def __init__(self, lots: Iterable[Lot], debts: Iterable[Debt], *, available: int, owed: int) -> None:
        self.available = available
        self.owed = owed
        self._hands = [_Hand(lot, lot.remaining, lot.remaining) for lot in sorted(lots, key=_turn)]
        self._debts = [Debt(debt.movement, debt.unpaid) for debt in debts]

    def put(self, lot: Lot) -> None:
        """Add a new lot, with all its points."""
        self._hands.append(_Hand(lot, lot.points, lot.points))
        self.sort()
        self.available += lot.points

    def take(self, points: int, first: Callable[[Lot], bool] | None = None) -> list[Taken]:
        """Take up to ``points``, from the lots that ``first`` says yes to before the others."""
        order = sorted(self._hands, key=lambda hand: not first(hand.lot)) if first else self._hands
        taken: list[Taken] = []
        for hand in order:
            part = min(points, hand.left)
            if part:
                hand.left -= part
                points -= part
                taken.append(Taken(hand.lot, part))
        self.available -= sum(part for _lot, part in taken)
        return taken

    def give_back(self, lot: Lot, points: int) -> None:
        """Return points to the lot they were taken from."""
        hand = next((hand for hand in self._hands if hand.lot is lot or hand.lot.pk == lot.pk), None)
        if hand is None:
            hand = _Hand(lot, lot.remaining, lot.remaining)
            self._hands.append(hand)
            self.sort()
        hand.left += points
        self.available += points

    def find(self, lot_ids: Collection[int]) -> list[Lot]:
        """The lots with these ids."""
        return [hand.lot for hand in self._hands if hand.lot.pk in lot_ids]

    def sort(self) -> None:
        """Put the lots in their order again, after one came in or its last day was moved."""
        self._hands.sort(key=lambda hand: _turn(hand.lot))

    def bury(self, today: date) -> list[tuple[date, list[Taken]]]:
        """Empty every lot whose last day is before ``today``: the day and what died on it, in order."""
        dead = [hand for hand in self._hands if hand.left and is_dead(hand.lot, today)]
        buried = [
            (day, [Taken(hand.lot, hand.left) for hand in hands])
            for day, hands in groupby(dead, key=lambda hand: hand.lot.expires_on)
            if day is not None
        ]
        for hand in dead:
            self.available -= hand.left
            hand.left = 0
        return buried

    def owe(self, movement: Movement, points: int) -> None:
        """Remember what a debit could not take."""
        self._debts.append(Debt(movement, points))
        self.owed += points

    def pay_debts(self) -> list[tuple[Movement, Taken]]:
        """Pay what is owed, the oldest debt first, from what is there."""
        paid: list[tuple[Movement, Taken]] = []
        for debt in self._debts:
            for taken in self.take(debt.unpaid) if debt.unpaid else ():
                debt.unpaid -= taken.points
                self.owed -= taken.points
                paid.append((debt.movement, taken))
        return paid

    @property
    def debts(self) -> tuple[Debt, ...]:
        """What is still unpaid."""
        return tuple(debt for debt in self._debts if debt.unpaid)

    def changes(self) -> list[tuple[Lot, int, int]]:
        """Every lot that has changed: what it held at first, and what it holds now."""
        return [(hand.lot, hand.at_first, hand.left) for hand in self._hands if hand.left != hand.at_first]


def is_dead(lot: Lot, today: date) -> bool:
    """Whether the lot's last day is over."""
    return lot.expires_on is not None and lot.expires_on < today


def _turn(lot: Lot) -> tuple[date, float, int]:
    """The place of a lot in the order of spending; one not yet written stands behind its equals."""
    return lot.expires_on or date.max, lot.earned_at.timestamp(), lot.pk or 2**63
