"""What a member's orders count for tiers, order by order, with running totals. Pure.

Units: those of the programme's tiers (RULES 33: minor units of net spend, points, or visits), less what came
back, dated at ``occurred_at`` and by the merchant's business day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime
from itertools import accumulate
from typing import NamedTuple


class Spent(NamedTuple):
    """What one order counts for tiers; negative for what a refund takes off it."""

    at: datetime
    day: date
    amount: int


class Spending:
    """Orders in the order of time; any window's sum is two look-ups."""

    def __init__(self, orders: Iterable[Spent] = ()) -> None:
        self._orders = sorted(orders)
        self._total_up()

    def __len__(self) -> int:
        return len(self._orders)

    def add(self, order: Spent) -> None:
        """Put one more order in its place."""
        if not self._orders or self._orders[-1].at <= order.at:
            self._orders.append(order)
            self._at.append(order.at)
            self._days.append(order.day)
            self._totals.append(self._totals[-1] + order.amount)
            return
        self._orders = sorted([*self._orders, order])
        self._total_up()

    def joined(self, other: "Spending") -> "Spending":
        """The orders of both."""
        return Spending([*self._orders, *other._orders])

    def total(self, since: date, until: datetime) -> int:
        """The sum of the orders from the day ``since`` up to the instant ``until``, both included."""
        first, last = bisect_left(self._days, since), bisect_right(self._at, until)
        return self._totals[last] - self._totals[first] if last > first else 0

    def after(self, moment: datetime) -> list[Spent]:
        """The orders later than ``moment``."""
        return self._orders[bisect_right(self._at, moment) :]

    def until(self, moment: datetime) -> list[Spent]:
        """The orders up to ``moment``, included."""
        return self._orders[: bisect_right(self._at, moment)]

    def _total_up(self) -> None:
        self._at = [order.at for order in self._orders]
        self._days = [order.day for order in self._orders]
        self._totals = [0, *accumulate(order.amount for order in self._orders)]
