"""Points that were spent on goods which come back (RULES 29): they return to their own lots. Pure.

The share is that of the refunded goods, cumulative, so that any slices of a full refund return exactly what
was spent. A lot that died meanwhile comes back as a lot with one grace period; a grace has no second one.
"""

from collections.abc import Sequence
from datetime import timedelta

from ledger.context import RefundFacts
from ledger.drafting import Draft
from ledger.models import Movement
from ledger.purse import Taken, is_dead
from programs.clawing import spread


def points_to_return(facts: RefundFacts, spend_minor: int) -> int:
    """How many of the points that paid return, now that ``spend_minor`` of the goods come back."""
    purchase, left = facts.purchase, sum(part.points for part in facts.spent)
    if not left or not purchase.spend_minor:
        return 0
    refunded = purchase.refunded_spend_minor + spend_minor
    before = facts.spent_points - left
    return max(0, facts.spent_points * refunded // purchase.spend_minor - before)


def shares(spent: Sequence[Taken], points: int) -> list[Taken]:
    """Split ``points`` over the lots they were taken from, in proportion to what each still has out."""
    parts = spread(points, [part.points for part in spent])
    return [Taken(part.lot, share) for part, share in zip(spent, parts, strict=True) if share]


def give_back(draft: Draft, movement: Movement, parts: Sequence[Taken]) -> None:
    """Return points to their own lots; what died meanwhile gets its one grace (RULES 19, 29)."""
    grace_days = draft.terms.grace_days if draft.terms else 0
    for lot, points in parts:
        if is_dead(lot, draft.expiry_day) and lot.grace_of_id is None:
            until = draft.today + timedelta(days=grace_days)
            draft.credit(movement, points, earned_at=lot.earned_at, expires_on=until, grace_of_id=lot.pk)
        else:
            draft.give_back(movement, lot, points)
    draft.pay_debts()
