"""Paid membership in time: what a fee pays for, until when it holds, and what it gave. Pure (RULES 37).

A day is a business date in the merchant's zone. The last day counts: whoever pays for a month on 31 January
holds it to the end of 28 February, and after the next fee to the end of 31 March; months are counted from
the anchor, the day the first fee's period began, so they never drift.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from programs.calendars import add_months, business_date, end_of_day_instant
from programs.terms import PlanPeriod

State = Literal["trial", "active", "grace", "ended"]
MONTHS_IN: dict[str, int] = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Holding:
    """One membership of a person. ``fees`` is how many periods were paid, none while it is on trial.

    ``cancelled_at`` stops renewals and takes the grace away, not the days that were paid; ``ended_at`` ends
    it before its time (a fee that was refunded).
    """

    plan: str
    started_at: datetime
    paid_through: date
    fees: int
    grace_days: int = 0
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None

    def grace_at(self, moment: datetime) -> int:
        """Days for which a renewal may be missing: none for a trial, and none once it was cancelled."""
        is_cancelled = self.cancelled_at is not None and self.cancelled_at <= moment
        return 0 if is_cancelled or not self.fees else self.grace_days

    def covers(self, moment: datetime, zone: str) -> bool:
        """Whether the member has its benefits at ``moment``, the grace included."""
        if moment < self.started_at or (self.ended_at is not None and moment >= self.ended_at):
            return False
        return business_date(moment, zone) <= self.last_day(moment)

    def last_day(self, moment: datetime) -> date:
        """The last day with benefits if nothing more is paid, as it looks at ``moment``."""
        return self.paid_through + timedelta(days=self.grace_at(moment))

    def state_at(self, moment: datetime, zone: str) -> State:
        """Where it stands at ``moment``."""
        if not self.covers(moment, zone):
            return "ended"
        if business_date(moment, zone) > self.paid_through:
            return "grace"
        return "active" if self.fees else "trial"


def held_at(holdings: Iterable[Holding], moment: datetime, zone: str) -> Holding | None:
    """The one that counts at ``moment``: of several (two records of one person) the one paid longest."""
    found = (one for one in holdings if one.covers(moment, zone))
    return max(found, key=lambda one: (one.paid_through, one.started_at), default=None)


def paid_through(anchor: date, period: PlanPeriod | str, fees: int) -> date:
    """The last day that ``fees`` pay for, counted from ``anchor``: 31 January + 2 months = 31 March."""
    return add_months(anchor, fees * MONTHS_IN[period])


def lapses_at(last_paid: date, grace_days: int, zone: str) -> datetime:
    """The first instant without benefits, if nothing more is paid."""
    return end_of_day_instant(last_paid + timedelta(days=grace_days), zone)


class Year(NamedTuple):
    """A year of membership: its first and its last day."""

    first: date
    last: date


def membership_year(began: date, today: date) -> Year:
    """The year of membership that holds ``today``, counted from the day it began (29 February clamps)."""
    years = max(0, (today.year - began.year) - (today < _later(began, today.year - began.year)))
    return Year(_later(began, years), _later(began, years + 1) - timedelta(days=1))


def _later(began: date, years: int) -> date:
    return add_months(began, 12 * years)


class Meter(NamedTuple):
    """Paid beside saved, in minor units: fees less refunds; points at face value, vouchers, perks."""

    paid_minor: int
    points: int
    points_minor: int
    vouchers_minor: int
    perks_minor: int

    @property
    def saved_minor(self) -> int:
        """Everything that the membership gave back."""
        return self.points_minor + self.vouchers_minor + self.perks_minor

    @property
    def ahead_minor(self) -> int:
        """How much more was saved than paid; negative while the fee is not yet worth it."""
        return self.saved_minor - self.paid_minor


def meter(
    *,
    fees_minor: Iterable[int],
    gains: Iterable[tuple[int, int, int]],
    vouchers_minor: Iterable[int],
    perks_minor: Iterable[int],
    block_points: int,
    block_value_minor: int,
) -> Meter:
    """Paid beside saved of one year.

    ``fees_minor`` are signed (a refund is negative). ``gains`` are (points that only the membership gave,
    the whole award, what refunds took back of it): of what came back, the gain bears its share. Points
    are worth ``block_value_minor`` per ``block_points``, floored once.
    """
    points = sum(_kept(*gain) for gain in gains)
    return Meter(
        paid_minor=sum(fees_minor),
        points=points,
        points_minor=points * block_value_minor // block_points,
        vouchers_minor=sum(vouchers_minor),
        perks_minor=sum(perks_minor),
    )


def _kept(gain: int, award: int, clawed: int) -> int:
    return gain if not award else gain - gain * clawed // award
