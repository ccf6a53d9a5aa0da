"""What a sale brings beside points: a perk's discount, a stamp's share of a reward, a gift to charity. Pure.

The margin guard counts all of them together wherever the tier and the order let them in: it never
understates. Units: rates are fractions of the price with VAT; money in minor units, as exact fractions.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

NOTHING: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Extra:
    """Something given with a sale: ``rate`` of its price and ``once_minor`` per order, at cost to the shop.

    An order below ``smallest_minor`` brings none of it; empty ``tiers`` means every tier. What is given once
    per order and has no smallest order has no bound: such terms are refused. ``code`` names the field of the
    form ("card.coffee").
    """

    code: str
    name_ar: str
    name_en: str
    rate: Fraction = NOTHING
    once_minor: Fraction = NOTHING
    smallest_minor: int = 0
    tiers: frozenset[str] = frozenset()

    def comes(self, tier: str, amount_minor: int) -> bool:
        """Whether an order of ``amount_minor`` (0: of any size) brings anything of it to this tier."""
        if self.tiers and tier not in self.tiers:
            return False
        if not amount_minor:
            return bool(self.rate)
        return bool(self.rate or self.once_minor) and self.smallest_minor <= amount_minor

    def rate_at(self, amount_minor: int) -> Fraction:
        """What it gives back of an order of ``amount_minor``; of one of any size, its rate alone."""
        return self.rate + self.once_minor / amount_minor if amount_minor else self.rate
