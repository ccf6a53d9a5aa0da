"""Which tier a member holds, how far the next one is, and what happens when a period ends. Pure.

Units: spend in minor units, counted as the earning base before points were taken off, less
refunds (RULES 33). Every figure a member sees about tiers comes from here, so the portal, the
API and the messages cannot disagree.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from programs.calendars import add_months, trailing_start
from programs.terms import Terms, TierTerms

TIER_MONTHS = 12
"""A tier is kept this long from the day it was reached."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far ``spend_minor`` is from ``next_tier``, which is ``None`` at the top.

    ``missing_minor`` is exact: spending it reaches the tier.
    """

    spend_minor: int
    next_tier: TierTerms | None
    missing_minor: int
    ratio: Fraction
    is_near: bool

    @property
    def percent(self) -> int:
        """The ratio for a bar: 0 to 100, and 100 only when nothing is missing."""
        return self.ratio.numerator * 100 // self.ratio.denominator


def tier_for(spend_minor: int, terms: Terms) -> TierTerms:
    """The highest tier whose threshold ``spend_minor`` reaches; below every threshold, the entry tier."""
    reached = [tier for tier in terms.tiers if tier.threshold_minor <= spend_minor]
    return reached[-1] if reached else terms.tiers[0]


def tier_after(current: str, spend_minor: int, terms: Terms) -> TierTerms:
    """The tier held after an order: upgrades are immediate, and spend alone never takes one away."""
    held, reached = terms.tier(current), tier_for(spend_minor, terms)
    return reached if reached.threshold_minor > held.threshold_minor else held


def tier_at_renewal(current: str, spend_minor: int, terms: Terms) -> TierTerms:
    """The tier after a period ended: kept if still earned, else one step down or recomputed."""
    held, reached = terms.tier(current), tier_for(spend_minor, terms)
    if terms.tier_renewal == "recompute" or reached.threshold_minor >= held.threshold_minor:
        return reached
    below = terms.tiers[max(0, terms.tiers.index(held) - 1)]
    return max(below, reached, key=_threshold)


def progress(current: str, spend_minor: int, terms: Terms) -> Progress:
    """The way from the tier held to the one above it."""
    held = terms.tier(current)
    above = next((tier for tier in terms.tiers if tier.threshold_minor > held.threshold_minor), None)
    if above is None:
        return Progress(spend_minor, None, 0, Fraction(1), is_near=False)
    missing = max(0, above.threshold_minor - spend_minor)
    ratio = min(Fraction(1), max(Fraction(0), Fraction(spend_minor, above.threshold_minor)))
    return Progress(spend_minor, above, missing, ratio, is_near=ratio >= terms.near_ratio)


def to_keep_minor(current: str, spend_minor: int, terms: Terms) -> int:
    """What is still to be spent in the window for ``current`` to be renewed; 0 when it is earned."""
    return max(0, terms.tier(current).threshold_minor - spend_minor)


def period_end(reached_on: date) -> date:
    """The last day a tier reached on ``reached_on`` is kept without earning it again, that day included."""
    return add_months(reached_on, TIER_MONTHS)


def window_start(on: date, terms: Terms) -> date:
    """The first day whose spend counts on ``on``."""
    return trailing_start(on) if terms.tier_window == "trailing_12" else date(on.year, 1, 1)


def _threshold(tier: TierTerms) -> int:
    return tier.threshold_minor
