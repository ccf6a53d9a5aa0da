"""What causes are given: points at the programme's rate, and the shop's share of a purchase. Pure (RULES 40).

Everything is rounded down to the minor unit, once, last: nobody is promised a halala that was not given.
Units: money in minor units, shares in hundredths of a percent ("bp": 250 is 2.5 %), points as integers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from programs.extras import Extra

WHOLE_BP: Final = 10_000


@dataclass(frozen=True, slots=True)
class GivingTerms:
    """What one version promises causes; see ``programs.models.Giving``."""

    takes_points: bool = True
    min_points: int = 100
    step_points: int = 1
    share_bp: int = 0
    share_cap_minor: int | None = None
    keep_days: int = 14


def share_minor(base_minor: int, share_bp: int, cap_minor: int | None) -> int:
    """The share of what an order earned on, at most the cap: 99.99 at 2.5 % is 2.49."""
    amount_minor = max(0, base_minor) * share_bp // WHOLE_BP
    return amount_minor if cap_minor is None else min(amount_minor, cap_minor)


def kept_base_minor(base_minor: int, spend_minor: int, refunded_minor: int) -> int:
    """What is kept of ``base_minor`` when ``refunded_minor`` of an order's ``spend_minor`` came back.

    Points that paid come back with the goods, so both shrink together.
    """
    kept_minor = max(0, spend_minor - refunded_minor)
    return base_minor * kept_minor // spend_minor if spend_minor > 0 else 0


def extras_of_giving(givings: Iterable[GivingTerms]) -> list[Extra]:
    """What a sale brings causes at worst, for the margin guard: the share of all of its price, cap or not.

    Points that are given cost what they are worth as money off, so they are counted already.
    """
    return [
        Extra(
            "giving.share_percent",
            "حصة القضايا الخيرية",
            "Share for causes",
            Fraction(one.share_bp, WHOLE_BP),
        )
        for one in givings
        if one.share_bp
    ]
