"""What a refund takes back of an award, from what the award stored and never from today's rule. Pure.

RULES E is the specification. Units: money in minor units; a line's points as an exact ``Fraction``.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

ZERO = Fraction(0)


class KeptLine(NamedTuple):
    """A line of an award facing a refund: its stored exact points and its amounts."""

    exact: Fraction
    amount_minor: int
    refunded_before_minor: int
    refund_now_minor: int


def clawback(award_points: int, lines: Iterable[KeptLine], clawed_before: int) -> int:
    """Points to take back now, from the stored award and never from today's rule (RULES 28).

    The cumulative clawback is the award less the floor of what is still kept, so any slicing of
    a full refund ends at exactly the award. Raises ``ValueError`` when a line is refunded beyond
    its amount.
    """
    kept = sum((_kept(line) for line in lines), ZERO)
    cumulative = award_points - min(award_points, kept.numerator // kept.denominator)
    return max(0, cumulative - clawed_before)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split ``amount`` over ``weights`` pro rata: integers that sum to ``amount`` exactly.

    Largest remainder; ties go to the earlier place, so the answer is always the same. No share
    exceeds its weight while ``amount`` does not exceed their sum: a refund spreads over what is
    not yet refunded. Raises ``ValueError`` for a negative input, and when there is something to
    split and nothing to carry it.
    """
    total = sum(weights)
    if amount < 0 or any(weight < 0 for weight in weights) or (amount and not total):
        raise ValueError(f"cannot spread {amount} over {list(weights)}")
    if not amount:
        return [0] * len(weights)
    if len(weights) == 1:
        return [amount]
    parts = [divmod(amount * weight, total) for weight in weights]
    shares = [whole for whole, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    for place in by_remainder[: amount - sum(shares)]:
        shares[place] += 1
    return shares


def _kept(line: KeptLine) -> Fraction:
    left = line.amount_minor - line.refunded_before_minor - line.refund_now_minor
    if left < 0 or line.refund_now_minor < 0:
        raise ValueError("a line cannot be refunded beyond its amount")
    return line.exact * Fraction(left, line.amount_minor) if line.amount_minor else line.exact
