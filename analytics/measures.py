"""The arithmetic of the KPIs. Pure: plain counts and amounts in, figures out; shares are of 1.

A share nobody stands behind (0 of 0) is ``None``, never 0 %.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from accounts.money import worth

ACTIVE_DAYS = 90
"""A member is scored when seen in this many days before the cut-off; silent for longer means lost."""

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` of ``whole`` with its 95 % Wilson interval; ``value`` is ``None`` for 0 of 0."""

    part: int
    whole: int
    value: float | None
    low: float
    high: float


def wilson(part: int, whole: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of ``part``/``whole``; 0 of 0 could be anything: (0, 1).

    centre ± half, with n = whole, p = part/n: centre = (p + z²/2n) / (1 + z²/n),
    half = z · √(p(1 − p)/n + z²/4n²) / (1 + z²/n). 81/263 gives [0.2553, 0.3662], 0/10 [0, 0.2775].
    """
    if not whole:
        return 0.0, 1.0
    rate, narrowing = part / whole, 1 + z * z / whole
    centre = (rate + z * z / (2 * whole)) / narrowing
    half = z * sqrt(rate * (1 - rate) / whole + z * z / (4 * whole * whole)) / narrowing
    low = 0.0 if part == 0 else centre - half
    return low, 1.0 if part == whole else centre + half


def share(part: int, whole: int) -> Share:
    """``part`` ÷ ``whole`` with its interval."""
    low, high = wilson(part, whole)
    return Share(part, whole, part / whole if whole else None, low, high)


def repeat_rate(visit_days: Mapping[int, int]) -> Share:
    """Members with two or more purchase days in a window ÷ members with at least one.

    ``visit_days``: number of purchase days in the window → how many members have that number.
    3 members with one, 1 with two, 1 with five: 2 of 5 = 0.4.
    """
    buyers = sum(members for days, members in visit_days.items() if days >= 1)
    return share(sum(members for days, members in visit_days.items() if days >= 2), buyers)


def redemption_rate(redeemed_points: int, earned_points: int) -> float | None:
    """Points spent ÷ points earned in one period: 300 of 1,200 is 0.25; above 1 when savings are spent."""
    return redeemed_points / earned_points if earned_points > 0 else None


def average_minor(total_minor: int, members: int) -> int | None:
    """Total ÷ members in minor units, rounded half up: 1,000 of 3 members is 333."""
    return (2 * total_minor + members) // (2 * members) if members else None


def migration(then_and_now: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How many members moved from which tier to which: (tier then, tier now) → members, stayers included."""
    return dict(Counter(then_and_now))


def moved(matrix: Mapping[tuple[str, str], int], ranks: Mapping[str, int]) -> tuple[int, int, int]:
    """How many rose, stayed and fell by ``ranks`` (tier → height); an unknown tier counts as the lowest."""
    rose = stayed = fell = 0
    for (then, now), members in matrix.items():
        step = ranks.get(now, 0) - ranks.get(then, 0)
        rose, stayed, fell = (
            rose + members * (step > 0),
            stayed + members * (step == 0),
            fell + members * (step < 0),
        )
    return rose, stayed, fell


def liability_minor(points: int, block_points: int, block_value_minor: int, expected_use_percent: int) -> int:
    """What outstanding points will cost: their worth × the share expected to be used, rounded down.

    1,000,000 points at 500 = 25.00 SAR and 80 % are 40,000.00 SAR (RULES 45).
    """
    return worth(points, block_points, block_value_minor) * expected_use_percent // 100
