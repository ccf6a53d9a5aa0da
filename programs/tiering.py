"""Which tier a member holds, how far the next one is, and what happens when a period ends. Pure.

Units: whatever the programme's tiers count (``Terms.tier_basis``, RULES 33): spend in minor units, as the
earning base before points were taken off, less refunds; points that purchases earned, less what was taken
back; or visits. Every figure a member sees about tiers comes from here, so the portal, the API, the messages
and Rewind cannot disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from programs.calendars import add_months, trailing_start
from programs.terms import Terms, TierBasis, TierTerms

DayCount = tuple[date, int]
"""A business day, and what its orders count for tiers."""

TIER_MONTHS = 12
"""A tier is kept this long from the day it was reached."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far ``counted`` is from ``next_tier``, which is ``None`` at the top.

    ``missing`` is exact: so much more reaches the tier.
    """

    counted: int
    next_tier: TierTerms | None
    missing: int
    ratio: Fraction
    is_near: bool

    @property
    def percent(self) -> int:
        """The ratio for a bar: 0 to 100, and 100 only when nothing is missing."""
        return self.ratio.numerator * 100 // self.ratio.denominator


@dataclass(frozen=True, slots=True)
class Step:
    """``missing`` more, at any moment up to the end of the day ``by``, does it; one less does not.

    ``by`` is None where no day is the last: nothing counts yet, so nothing can fall out of the window.
    """

    tier: TierTerms
    missing: int
    by: date | None


@dataclass(frozen=True, slots=True)
class Way:
    """Where a member stands among the tiers: what reaches the next one, and what keeps this one.

    ``to_reach`` is None at the top. ``to_keep`` is None for the entry tier, which nobody loses; nothing is
    missing where the tier is earned again already. ``until`` is the last day of the tier's year.
    """

    basis: TierBasis
    tier: TierTerms
    until: date | None
    progress: Progress
    to_reach: Step | None
    to_keep: Step | None


def counted(basis: TierBasis, *, spend_minor: int, points: int) -> int:
    """What an order counts for tiers; both figures are what is left of it after refunds.

    A visit is an order with something that earns, as long as some of that is kept.
    """
    if basis == "points":
        return points
    return int(spend_minor > 0) if basis == "visits" else spend_minor


def way(
    held: str,
    until: date | None,
    orders: Iterable[DayCount],
    today: date,
    terms: Terms,
    *,
    then: Terms | None = None,
    changes_on: date | None = None,
) -> Way:
    """Say what reaches the tier above the one ``held``, and what keeps that beyond ``until``.

    ``orders`` are what counts day by day, ascending, at least from the first day that counts today. A tier's
    year is judged by the terms of its end, ``then``. From ``changes_on`` on other terms say what counts.
    """
    tier, first = terms.tier(held), window_start(today, terms)
    days = [(day, count) for day, count in orders if count and day <= today]
    within = [(day, count) for day, count in days if day >= first]
    far = progress(held, sum(count for _day, count in within), terms)
    reach = keep = None
    if far.next_tier is not None:
        last = last_day_counting(within[0][0], terms) if within else _last_of_year(today, terms)
        reach = Step(far.next_tier, far.missing, _sooner(last, changes_on))
    if until is not None and tier is not terms.tiers[0]:
        at_end = then or terms
        since = window_start(until, at_end)
        kept = sum(count for day, count in days if day >= since)
        keep = Step(tier, to_keep(held, kept, at_end), until)
    return Way(terms.tier_basis, tier, until, far, reach, keep)


def last_day_counting(day: date, terms: Terms) -> date:
    """The last day on which what happened on ``day`` still counts."""
    if terms.tier_window == "calendar_year":
        return date(day.year, 12, 31)
    last = add_months(day, TIER_MONTHS) + ONE_DAY
    while window_start(last, terms) > day:
        last -= ONE_DAY
    return last


def _last_of_year(today: date, terms: Terms) -> date | None:
    """Where nothing counts yet: the calendar year ends for all, twelve months only begin with an order."""
    return last_day_counting(today, terms) if terms.tier_window == "calendar_year" else None


def _sooner(last: date | None, changes_on: date | None) -> date | None:
    """The day itself, or the last one before other terms say what counts."""
    return min(filter(None, (last, changes_on and changes_on - ONE_DAY)), default=None)


def tier_for(count: int, terms: Terms) -> TierTerms:
    """The highest tier whose threshold ``count`` reaches; below every threshold, the entry tier."""
    reached = [tier for tier in terms.tiers if tier.threshold_minor <= count]
    return reached[-1] if reached else terms.tiers[0]


def tier_after(current: str, count: int, terms: Terms) -> TierTerms:
    """The tier held after an order: upgrades are immediate, and no order ever takes one away."""
    held, reached = terms.tier(current), tier_for(count, terms)
    return reached if reached.threshold_minor > held.threshold_minor else held


def tier_at_renewal(current: str, count: int, terms: Terms) -> TierTerms:
    """The tier after a period ended: kept if still earned, else one step down or recomputed."""
    held, reached = terms.tier(current), tier_for(count, terms)
    if terms.tier_renewal == "recompute" or reached.threshold_minor >= held.threshold_minor:
        return reached
    below = terms.tiers[max(0, terms.tiers.index(held) - 1)]
    return max(below, reached, key=_threshold)


def progress(current: str, count: int, terms: Terms) -> Progress:
    """The way from the tier held to the one above it."""
    held = terms.tier(current)
    above = next((tier for tier in terms.tiers if tier.threshold_minor > held.threshold_minor), None)
    if above is None:
        return Progress(count, None, 0, Fraction(1), is_near=False)
    missing = max(0, above.threshold_minor - count)
    ratio = min(Fraction(1), max(Fraction(0), Fraction(count, above.threshold_minor)))
    return Progress(count, above, missing, ratio, is_near=ratio >= terms.near_ratio)


def to_keep(current: str, count: int, terms: Terms) -> int:
    """What is still missing in the window for ``current`` to be renewed; 0 when it is earned."""
    return max(0, terms.tier(current).threshold_minor - count)


def period_end(reached_on: date, terms: Terms) -> date:
    """The last day a tier reached on ``reached_on`` is kept without earning it again, that day included.

    Never less than twelve months. Where calendar years count, to the end of the year in which those are over:
    a tier is judged by a whole year, not by the few weeks of a new one.
    """
    last = add_months(reached_on, TIER_MONTHS)
    return last if terms.tier_window == "trailing_12" else date(last.year, 12, 31)


def window_start(on: date, terms: Terms) -> date:
    """The first day whose orders count on ``on``."""
    return trailing_start(on) if terms.tier_window == "trailing_12" else date(on.year, 1, 1)


def _threshold(tier: TierTerms) -> int:
    return tier.threshold_minor
