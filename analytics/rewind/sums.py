"""What a replay adds up to: sums that can be kept as JSON and added together, part by part. Pure.

Months are written "2026-01"; a lot's key is its month of issue and that of its last day, "2026-01|2027-01",
with nothing after the bar for points that never die; a voucher's key is its month and its reward's code.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from analytics.rewind.lives import Moved

Sums = dict[str, Any]


@dataclass(slots=True)
class ShopSums:
    """What the shop sold: orders by month, what they booked, and net goods by month and category."""

    orders: Counter[str] = field(default_factory=Counter)
    booked: Counter[str] = field(default_factory=Counter)
    earning: int = 0
    goods: dict[str, Counter[str]] = field(default_factory=dict)

    def ordered(self, day: date, booked: int, *, earns: bool) -> None:
        """One more order, and what the books gave for it."""
        self.orders[month_of(day)] += 1
        self.booked[month_of(day)] += booked
        self.earning += earns

    def sold(self, day: date, category: str, amount_minor: int) -> None:
        """Goods sold (or brought back: negative)."""
        self.goods.setdefault(month_of(day), Counter())[category] += amount_minor

    def as_json(self) -> Sums:
        """The sums as plain values."""
        return {
            "orders": self.orders,
            "booked": self.booked,
            "earning": self.earning,
            "goods": self.goods,
        }


@dataclass(slots=True)
class ScenarioSums:
    """What a scenario gave: points by month, lots and vouchers by key, tiers at the end, winners, losers.

    ``contests`` are those that were decided, with the points and vouchers among all these that they gave.
    """

    issued: Counter[str] = field(default_factory=Counter)
    taken_back: Counter[str] = field(default_factory=Counter)
    lots: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    vouchers: Counter[str] = field(default_factory=Counter)
    won: int = 0
    lost: int = 0
    differs: int = 0
    contests: int = 0
    contest_points: int = 0
    contest_vouchers: int = 0

    def moved(self, moved: Moved, day: date) -> None:
        """Points given or taken on ``day``."""
        if not moved.points:
            return
        (self.issued if moved.points > 0 else self.taken_back)[month_of(day)] += moved.points
        last = month_of(moved.last_day) if moved.last_day else ""
        self.lots[f"{month_of(moved.issued_on)}|{last}"] += moved.points

    def gave(self, reward: str, day: date, count: int) -> None:
        """Vouchers for a reward given (or taken back: negative) on ``day``."""
        self.vouchers[f"{month_of(day)}|{reward}"] += count

    def as_json(self) -> Sums:
        """The sums as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day.year:04}-{day.month:02}"


def months_between(earlier: str, later: str) -> int:
    """How many months lie between two of them."""
    (year, month), (to_year, to_month) = (map(int, text.split("-")) for text in (earlier, later))
    return (to_year - year) * 12 + to_month - month


def added(sums: Iterable[Mapping[str, Any]]) -> Sums:
    """Several sums together, whatever their depth."""
    total: Sums = {}
    for one in sums:
        for name, value in one.items():
            if isinstance(value, Mapping):
                total[name] = added([total.get(name, {}), value])
            else:
                total[name] = total.get(name, 0) + value
    return total
