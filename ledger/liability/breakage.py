"""How many of the points that are out will be used: from what became of earlier ones. Pure.

A cohort is what was issued in one month, once every point of it was used or has lapsed; an unfinished month
says nothing yet, since the quick users come first. The estimate is the pooled share used of the newest
cohorts; its range is the percentile bootstrap over whole cohorts (Efron & Tibshirani 1993, ch. 13), because
the points of one month live and die together and are no independent draws. With too few cohorts the
programme's own expectation stands, and says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from random import Random
from typing import Final

FEWEST_COHORTS: Final = 6
FEWEST_POINTS: Final = 10_000
NEWEST_COHORTS: Final = 24
RESAMPLES: Final = 2_000
CONFIDENCE: Final = Fraction(95, 100)
SEED: Final = 45


@dataclass(frozen=True, slots=True, order=True)
class Cohort:
    """The points issued in the month that begins on ``month``, all used or lapsed by now."""

    month: date
    used: int
    lapsed: int

    @property
    def points(self) -> int:
        """All of them; what was taken back after returns or by hand is not among them."""
        return self.used + self.lapsed


@dataclass(frozen=True, slots=True)
class ExpectedUse:
    """The share of points expected to be used: tenths of a percent, so that a page can be checked by hand.

    ``low`` and ``high`` bound it at 95 %; without enough history they are None and ``share`` is the
    programme's own. ``cohorts`` and ``points`` say on how much it rests.
    """

    share: Fraction
    low: Fraction | None
    high: Fraction | None
    cohorts: int
    points: int

    @property
    def is_proven(self) -> bool:
        """Whether the merchant's own history says it."""
        return self.low is not None


def expected_use(cohorts: Iterable[Cohort], *, fallback_percent: int) -> ExpectedUse:
    """Estimate the share of points that will be used, with its range."""
    known = sorted(cohort for cohort in cohorts if cohort.points > 0)[-NEWEST_COHORTS:]
    points = sum(cohort.points for cohort in known)
    if len(known) < FEWEST_COHORTS or points < FEWEST_POINTS:
        return ExpectedUse(Fraction(fallback_percent, 100), None, None, len(known), points)
    share = _share(known)
    low, high = _bootstrap(known)
    return ExpectedUse(share, min(low, share), max(high, share), len(known), points)


def _share(cohorts: Sequence[Cohort]) -> Fraction:
    used = sum(cohort.used for cohort in cohorts)
    return to_tenths(Fraction(used, sum(cohort.points for cohort in cohorts)))


def _bootstrap(cohorts: Sequence[Cohort]) -> tuple[Fraction, Fraction]:
    """The middle 95 % of the shares of resampled cohorts; the same cohorts give the same range."""
    draw = Random(SEED)  # noqa: S311 - a figure that can be repeated, no secret
    shares = sorted(_share(draw.choices(cohorts, k=len(cohorts))) for _sample in range(RESAMPLES))
    cut = int((1 - CONFIDENCE) / 2 * RESAMPLES)
    return shares[cut], shares[-1 - cut]


def to_tenths(share: Fraction) -> Fraction:
    """A share rounded to tenths of a percent, halves up."""
    return Fraction(half_up(share * 1_000), 1_000)


def half_up(amount: Fraction) -> int:
    """An exact amount rounded to the nearest whole, halves away from zero."""
    size = abs(amount) + Fraction(1, 2)
    whole = size.numerator // size.denominator
    return -whole if amount < 0 else whole
