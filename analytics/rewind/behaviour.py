"""How members use their points: which share by which age, learnt from the shop's own history. Pure.

The share used by an age is the product-limit estimate (Kaplan & Meier 1958) over the months in which points
were issued: at each age the points used are set against those still there, so that young months count as far
as they have come, and points that lapsed or were taken back leave the count when they do. Its range is the
percentile bootstrap over whole months of issue, as for the liability, for the points of one month are no
independent draws. Shares are whole thousandths; ages are months.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from ledger.liability.breakage import CONFIDENCE, FEWEST_COHORTS, FEWEST_POINTS, SEED

RESAMPLES: Final = 400
OLDEST: Final = 60
LEARNT_OVER: Final = 12
"""The months over which an expected share is spread evenly where history says nothing of its pace."""
Source = Literal["history", "programme", "hand"]


@dataclass(frozen=True, slots=True)
class Issue:
    """Points issued in one month, what became of them by age in months, and up to which age that is known."""

    points: int
    known: int
    used: Mapping[int, int] = field(default_factory=dict)
    gone: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Curve:
    """The share used by each age, in thousandths, never falling; after its end it stays."""

    by_age: tuple[int, ...]

    def by(self, age: int | None) -> int:
        """The share used by the end of the month of that age; None: ever."""
        if not self.by_age:
            return 0
        last = len(self.by_age) - 1
        return self.by_age[last if age is None else min(max(age, 0), last)]

    def scaled(self, share: int) -> "Curve":
        """The same pace, ending at ``share``."""
        most = self.by(None)
        return Curve(tuple(share * part // most for part in self.by_age))


@dataclass(frozen=True, slots=True)
class Use:
    """The likely curve with its range; ``low`` and ``high`` are None where only somebody's word stands."""

    source: Source
    mid: Curve
    low: Curve | None = None
    high: Curve | None = None
    months: int = 0
    points: int = 0


def learnt(issues: Iterable[Issue], *, set_percent: int | None, fallback_percent: int) -> Use:
    """The use of points: as somebody set it, as history shows it, or as the programme expects it."""
    known = [issue for issue in issues if issue.points > 0 and issue.known >= 0]
    points = sum(issue.points for issue in known)
    proven = len(known) >= FEWEST_COHORTS and points >= FEWEST_POINTS
    curve = used_by_age(known) if proven else Curve(())
    if set_percent is not None:
        return Use("hand", _paced(curve, set_percent * 10), months=len(known), points=points)
    if not proven:
        return Use("programme", _paced(curve, fallback_percent * 10), months=len(known), points=points)
    low, high = _range(known, curve)
    return Use("history", curve, low, high, len(known), points)


def used_by_age(issues: Sequence[Issue]) -> Curve:
    """The product-limit estimate, age by age."""
    left = [issue.points for issue in issues]
    shares, survives = [], 1.0
    for age in range(min(OLDEST, max((issue.known for issue in issues), default=-1)) + 1):
        seen = [place for place, issue in enumerate(issues) if issue.known >= age]
        at_risk = sum(left[place] for place in seen)
        used = sum(issues[place].used.get(age, 0) for place in seen)
        if at_risk <= 0:
            break
        survives *= 1 - min(1.0, max(0.0, used / at_risk))
        shares.append(round(1000 * (1 - survives)))
        for place in seen:
            left[place] -= issues[place].used.get(age, 0) + issues[place].gone.get(age, 0)
    return Curve(tuple(shares))


def _paced(curve: Curve, share: int) -> Curve:
    """A share that somebody named, at the pace of history where it is known, else evenly over a year."""
    if curve.by(None):
        return curve.scaled(share)
    return Curve(tuple(share * (age + 1) // LEARNT_OVER for age in range(LEARNT_OVER)))


def _range(issues: Sequence[Issue], mid: Curve) -> tuple[Curve, Curve]:
    """The middle 95 % at every age; the same history gives the same range."""
    draw = Random(SEED)  # noqa: S311 - a figure that can be repeated, no secret
    curves = [used_by_age(draw.choices(issues, k=len(issues))) for _sample in range(RESAMPLES)]
    cut = int((1 - CONFIDENCE) / 2 * RESAMPLES)
    low, high = [], []
    for age, share in enumerate(mid.by_age):
        drawn = sorted(curve.by(age) for curve in curves)
        low.append(min(drawn[cut], share))
        high.append(max(drawn[-1 - cut], share))
    return Curve(tuple(low)), Curve(tuple(high))
