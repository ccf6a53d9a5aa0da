"""What the points that are out will cost: as of any day, from rows that are only ever added (RULES 45).

The books' own calendar is the day on which a row was recorded: an order of last month that arrives today
belongs to today's books, so the figures of a month that is over never change. A lot lapses with its last day,
whether or not the nightly sweep has been by. For every period

    opening + what moved - what lapsed = closing = outstanding lots - points owed by members

and both sides are counted apart. A handful of grouped questions answers all of it, however long the books.
Amounts are minor units; every rounding is to the nearest, halves up, and rows add up to their total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from accounts.models import Merchant
from ledger.liability.breakage import Cohort, ExpectedUse, expected_use, half_up
from ledger.liability.gift_cards import GiftBucket, gift_cards_owed
from ledger.liability.rows import Cut, Flows, cohorts_of, cuts_of, flows_of, outstanding_of, pending_of
from programs.queries import terms_of, version_at
from programs.terms import Terms

MONTHS_SHOWN = 12
NO_TERMS_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Bucket:
    """Outstanding points whose last day is in one month; ``month`` is its first day, None for never."""

    month: date | None
    points: int
    worth_minor: int
    expected_minor: int


@dataclass(frozen=True, slots=True)
class Period:
    """How the points moved from ``first`` to ``last``; every figure is signed as it moved the balance.

    ``opening`` and ``closing`` are what is outstanding less what members owe.
    """

    first: date
    last: date
    opening: int
    flows: Flows
    closing: int
    outstanding: int

    @property
    def owed(self) -> int:
        """Points members owe at its end: taken back after they had been spent."""
        return self.outstanding - self.closing


@dataclass(frozen=True, slots=True)
class Waiting:
    """Points that are promised and not yet open: apart, in no sum."""

    points: int
    worth_minor: int
    expected_minor: int


@dataclass(frozen=True, slots=True)
class Liability:
    """The whole report as of the end of a day (of today: as of now).

    ``expected_minor`` is the liability: outstanding × worth × expected use; ``low_minor`` and ``high_minor``
    are its range, None without enough history. ``block_value_minor`` for ``block_points`` is the worth of
    points under the terms of that day; without terms points are worth nothing.
    """

    currency: str
    as_of: date
    block_points: int
    block_value_minor: int
    use: ExpectedUse
    outstanding: int
    worth_minor: int
    expected_minor: int
    low_minor: int | None
    high_minor: int | None
    buckets: tuple[Bucket, ...]
    waiting: Waiting
    periods: tuple[Period, ...]
    cohorts: tuple[Cohort, ...]
    gift_cards: tuple[GiftBucket, ...] = ()

    @property
    def gift_cards_minor(self) -> int:
        """Money on gift cards: owed in full, and in no sum of points."""
        return sum(row.owed_minor for row in self.gift_cards)

    @property
    def breakage_minor(self) -> int:
        """Worth that is not expected to be asked for."""
        return self.worth_minor - self.expected_minor

    @property
    def period(self) -> Period:
        """The month (so far) that ends with the report."""
        return self.periods[-1]

    def value(self, points: int, share: Fraction = Fraction(1)) -> int:
        """What ``points`` are worth, or a share of that, in minor units, rounded half up."""
        return half_up(points * share * Fraction(self.block_value_minor, self.block_points))


def liability(merchant: Merchant, *, as_of: date, now: datetime, months: int = MONTHS_SHOWN) -> Liability:
    """Return the report as of the end of ``as_of`` (of today: as of ``now``); about ten queries.

    Raises ``InTheFuture`` for a day that has not come.
    """
    cuts = cuts_of(merchant, as_of=as_of, now=now, months=months)
    last = cuts[-1]
    version = version_at(merchant, last.moment)
    terms = terms_of(version) if version else None
    cohorts = cohorts_of(merchant, last)
    use = expected_use(cohorts, fallback_percent=terms.expected_use_percent if terms else NO_TERMS_PERCENT)
    rate = _worth_of_one(terms)
    lots = outstanding_of(merchant, cuts)
    buckets = _buckets(lots[-1].by_month, rate, use.share)
    outstanding = lots[-1].points
    return Liability(
        currency=merchant.currency,
        as_of=as_of,
        block_points=terms.block_points if terms else 1,
        block_value_minor=terms.block_value_minor if terms else 0,
        use=use,
        outstanding=outstanding,
        worth_minor=half_up(outstanding * rate),
        expected_minor=half_up(outstanding * rate * use.share),
        low_minor=None if use.low is None else half_up(outstanding * rate * use.low),
        high_minor=None if use.high is None else half_up(outstanding * rate * use.high),
        buckets=buckets,
        waiting=_waiting(pending_of(merchant, last), rate, use.share),
        periods=_periods(cuts, flows_of(merchant, cuts, lots), [row.points for row in lots]),
        cohorts=tuple(cohorts),
        gift_cards=gift_cards_owed(merchant, last.until),
    )


def _worth_of_one(terms: Terms | None) -> Fraction:
    return Fraction(terms.block_value_minor, terms.block_points) if terms else Fraction(0)


def _waiting(points: int, rate: Fraction, share: Fraction) -> Waiting:
    return Waiting(points, half_up(points * rate), half_up(points * rate * share))


def _buckets(
    by_month: Sequence[tuple[date | None, int]], rate: Fraction, share: Fraction
) -> tuple[Bucket, ...]:
    """Value month by month so that the rows add up to the rounded total: each takes the rest of the sum."""
    buckets, points_before = [], 0
    for month, points in by_month:
        worth = [half_up(upto * rate) for upto in (points_before, points_before + points)]
        expected = [half_up(upto * rate * share) for upto in (points_before, points_before + points)]
        buckets.append(Bucket(month, points, worth[1] - worth[0], expected[1] - expected[0]))
        points_before += points
    return tuple(buckets)


def _periods(cuts: Sequence[Cut], flows: Sequence[Flows], outstanding: Sequence[int]) -> tuple[Period, ...]:
    """Add the flows up; the first cut is only where the first period opens."""
    periods, balance = [], flows[0].total
    for cut, moved, out in zip(cuts[1:], flows[1:], outstanding[1:], strict=True):
        first = cut.day.replace(day=1)
        periods.append(Period(first, cut.day, balance, moved, balance + moved.total, out))
        balance += moved.total
    return tuple(periods)
