"""Whether a typical member reaches the smallest reward before their points die (RULES 8). Pure.

The member buys at an even pace, every order alike, and climbs tiers as their spend does. Each order earns by
the best base rule and the tier; bonuses that come now and then are left out, for nobody can count on them.
Points are alive to the last day that ``programs.calendars`` gives them, as in the books.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from programs.calendars import last_spendable_day, trailing_start
from programs.margin import Use
from programs.terms import Terms, TierTerms
from programs.tiering import tier_for

DAYS_PER_MONTH: Final = Fraction(1461, 48)
"""365.25 days in twelve months."""
MONTHS_BEYOND: Final = 24
"""After a life of points and two years the same rounding and the same tier have come round again."""
FIRST_DAY: Final = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What a typical member spends in a month, in minor units, and in how many orders."""

    monthly_minor: int
    monthly_orders: Decimal

    @property
    def order_minor(self) -> int:
        """One order, rounded down."""
        return int(self.monthly_minor / Fraction(self.monthly_orders))


@dataclass(frozen=True, slots=True)
class Reach:
    """The smallest use, the most points ever alive together, and after how many days it was reached."""

    smallest_points: int
    most_alive: int
    days: int | None

    @property
    def is_reached(self) -> bool:
        """Whether the typical member ever has enough points at once."""
        return self.days is not None


def smallest_use(terms: Terms, uses: Sequence[Use]) -> int:
    """The fewest points that buy anything: a block, or the cheapest reward that is open to every tier."""
    return min([terms.block_points, *(use.points for use in uses if not use.tiers)])


def reach(pace: Pace, terms: Terms, uses: Sequence[Use], since: date = FIRST_DAY) -> Reach:
    """Follow a typical member who begins on ``since`` until they can use points, or never can."""
    wanted = smallest_use(terms, uses)
    if terms.expiry_months is None:
        return _in_the_end(pace, terms, wanted)
    alive: deque[tuple[date | None, int]] = deque()
    balance = most = 0
    for day, points in _earned(pace, terms, since):
        while alive and (last := alive[0][0]) is not None and last < day:
            balance -= alive.popleft()[1]
        alive.append((_last_day(day, terms), points))
        balance += points
        most = max(most, balance)
        if balance >= wanted:
            return Reach(wanted, most, (day - since).days)
    return Reach(wanted, most, None)


def _in_the_end(pace: Pace, terms: Terms, wanted: int) -> Reach:
    """Points that never die add up, where an order earns any."""
    points = points_of_an_order(pace.order_minor, terms.tiers[0], terms)
    if not points:
        return Reach(wanted, 0, None)
    return Reach(wanted, wanted, int((-(-wanted // points) - 1) * _apart(pace)))


def _apart(pace: Pace) -> Fraction:
    """The days from one order to the next."""
    return DAYS_PER_MONTH / Fraction(pace.monthly_orders)


def points_of_an_order(order_minor: int, tier: TierTerms, terms: Terms) -> int:
    """What the best base rule and the tier make of an order, as the books would: floored once."""
    rules = (rule for rule in terms.base_rules if rule.per_minor)
    bases = (
        Fraction(order_minor // rule.per_minor * rule.points)
        if rule.kind == "step"
        else Fraction(order_minor * rule.points, rule.per_minor)
        for rule in rules
    )
    return int(max(bases, default=Fraction(0)) * tier.multiplier)


def _earned(pace: Pace, terms: Terms, since: date) -> Iterator[tuple[date, int]]:
    """Each order's day and points, for as long as anything could still change."""
    months = (terms.expiry_months or 0) + MONTHS_BEYOND
    apart = _apart(pace)
    orders = int(months * Fraction(pace.monthly_orders)) + 1
    days = [since + timedelta(days=int(number * apart)) for number in range(orders)]
    first = 0
    for number, day in enumerate(days):
        while days[first] < trailing_start(day):
            first += 1
        tier = tier_for((number - first) * pace.order_minor, terms)
        yield day, points_of_an_order(pace.order_minor, tier, terms)


def _last_day(day: date, terms: Terms) -> date | None:
    """The last day of points that open when they are earned."""
    if terms.expiry_months is None:
        return None
    return last_spendable_day(day, terms.expiry_months, terms.expiry_rounding)
