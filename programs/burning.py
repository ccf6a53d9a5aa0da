"""What points can buy: whole blocks, within the order and the programme's cap. Pure.

Units: points as integers, values in minor units. RULES C 16-17.
"""

from dataclasses import dataclass
from typing import Literal

from accounts.money import worth
from programs.terms import Terms

Limit = Literal["balance", "order", "cap"]


@dataclass(frozen=True, slots=True)
class Offer:
    """The most a member may spend now: ``points`` for ``value_minor`` off.

    ``short_by`` is how many points are missing for the first block (0 when the balance reaches
    it); ``limited_by`` says which bound decided: the balance, the order, or the per-order cap.
    """

    points: int
    value_minor: int
    short_by: int
    limited_by: Limit

    @property
    def is_open(self) -> bool:
        """Whether anything can be spent."""
        return self.points > 0


def offer(available: int, order_minor: int | None, terms: Terms) -> Offer:
    """The largest discount ``available`` points give; ``order_minor`` is ``None`` before an order is known.

    Never burns more than the discount gives: a 30 SAR order takes one block of 25, not two.
    """
    blocks = max(0, available) // terms.block_points
    limited_by: Limit = "balance"
    bounds: tuple[tuple[Limit, int | None], ...] = (
        ("order", order_minor),
        ("cap", terms.max_redeem_minor),
    )
    for name, bound_minor in bounds:
        if bound_minor is not None and bound_minor // terms.block_value_minor < blocks:
            blocks, limited_by = max(0, bound_minor) // terms.block_value_minor, name
    points, value_minor = blocks * terms.block_points, blocks * terms.block_value_minor
    return Offer(points, value_minor, max(0, terms.block_points - available), limited_by)


def worth_minor(points: int, terms: Terms) -> int:
    """What a balance is worth in minor units, pro rata and rounded down; not all of it may be spendable."""
    return worth(points, terms.block_points, terms.block_value_minor)
