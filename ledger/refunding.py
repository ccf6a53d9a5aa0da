"""Planning a refund: spend goes back, points are taken back from the stored award (RULES 28-32). Pure.

In this order: points spent on the goods return to their lots; what the goods had earned is taken back, first
from points that still wait, then from what is there; a tier that was not earned without them ends.
"""

from datetime import datetime
from fractions import Fraction
from functools import partial

from accounts.errors import NotFound
from ledger import topics
from ledger.capping import give_back_to_caps
from ledger.collecting import uncollect
from ledger.context import Context, RefundFacts
from ledger.counting import count_of
from ledger.drafting import Draft, Posting, Update
from ledger.errors import BeforePurchase, OverRefund
from ledger.events import RefundMade
from ledger.gift_cards import return_to_cards
from ledger.giving_back import give_back, points_to_return, shares
from ledger.models import Lot, Refund, RefundLine
from ledger.models.movements import MovementKind
from ledger.models.purchases import LineKind
from ledger.pending import cancel, open_due
from ledger.spending import Spent
from ledger.tier_life import REFUNDED
from ledger.validating import CLOCKS_DIFFER_BY
from programs import reasons
from programs.burning import worth_minor
from programs.clawing import KeptLine, clawback, spread
from programs.models import NegativePolicy
from programs.reasons import Reason


def plan_refund(event: RefundMade, context: Context, *, now: datetime) -> Posting:
    """Plan taking back what a refunded part had earned. Raises ``OverRefund`` and ``BeforePurchase``."""
    facts = context.refund
    if facts is None:
        raise NotFound(field="purchase")
    if event.occurred_at < facts.purchase.occurred_at - CLOCKS_DIFFER_BY:
        raise BeforePurchase(field="occurred_at")
    draft = Draft(event, context, now)
    open_due(draft)
    draft.bury()
    parts = parts_of(event, facts)
    amount_minor = sum(parts)
    spend_minor = sum(
        part for part, line in zip(parts, facts.lines, strict=True) if line.kind == LineKind.GOODS
    )
    back = clawback(facts.purchase.points, _kept(facts, parts), facts.purchase.clawed_points)
    refund = Refund(
        merchant_id=event.merchant_id,
        source=event.source,
        external_id=event.key,
        occurred_at=event.occurred_at,
        business_date=draft.day,
        recorded_at=now,
        amount_minor=amount_minor,
        spend_minor=spend_minor,
        clawback_points=back,
        policy=draft.terms.negative_policy if draft.terms else NegativePolicy.ALLOW_NEGATIVE,
        paid_as=event.paid_as,
    )
    refund.purchase = facts.purchase
    draft.rows.append(refund)
    draft.named |= {"refund_id": refund, "purchase_id": facts.purchase}
    _add_lines(draft, refund, facts, parts)
    _return_spent(draft, refund, facts)
    return_to_cards(draft, refund, facts)
    _cancel_waiting(draft, refund, facts)
    _take_back(draft, refund, facts)
    uncollect(draft, refund, facts, parts)
    give_back_to_caps(draft, refund, facts.purchase.clawed_points)
    _end_unearned_tier(draft, refund, facts)
    _note_on_purchase(draft, refund, facts)
    if any(terms.referral for terms in context.promises.terms):
        draft.tell(topics.ORDER_REFUNDED)  # somebody may have been rewarded for this order
    return draft.posting(
        points=-(back if refund.policy == NegativePolicy.ALLOW_NEGATIVE else back - refund.shortfall_points),
        waiting={"points": -refund.pending_points} if refund.pending_points else {},
        returned_points=refund.returned_points,
        shortfall_points=refund.shortfall_points,
        withheld_minor=refund.withheld_minor,
        value_minor=amount_minor,
    )


def parts_of(event: RefundMade, facts: RefundFacts) -> list[int]:
    """How much of each line came back, in the lines' order; an amount alone is spread over what is left."""
    left = [line.amount_minor - back for line, back in zip(facts.lines, facts.refunded, strict=True)]
    if event.lines:
        named = dict(event.lines)
        unknown = set(named) - {line.position for line in facts.lines}
        parts = [named.get(line.position, 0) for line in facts.lines]
        if unknown or any(part > rest for part, rest in zip(parts, left, strict=True)):
            raise OverRefund(field="lines")
        return parts
    amount_minor = event.amount_minor or 0
    if amount_minor > sum(left):
        raise OverRefund(field="amount")
    return spread(amount_minor, left)


def _kept(facts: RefundFacts, parts: list[int]) -> list[KeptLine]:
    return [
        KeptLine(Fraction(line.points_exact), line.amount_minor, back, part)
        for line, back, part in zip(facts.lines, facts.refunded, parts, strict=True)
    ]


def _add_lines(draft: Draft, refund: Refund, facts: RefundFacts, parts: list[int]) -> None:
    for line, part in zip(facts.lines, parts, strict=True):
        if part:
            row = RefundLine(line=line, amount_minor=part)
            row.refund = refund
            draft.rows.append(row)


def _return_spent(draft: Draft, refund: Refund, facts: RefundFacts) -> None:
    """Give back the points that paid for what came back (RULES 29)."""
    points = points_to_return(facts, refund.spend_minor)
    refund.returned_points = points
    if not points:
        return
    why = Reason(reasons.RETURNED)
    movement = draft.move(MovementKind.RETURN, points, why=[why], purchase=facts.purchase, refund=refund)
    give_back(draft, movement, shares(facts.spent, points))
    draft.reasons.append(why.as_json() | {"points": points})
    draft.bury()


def _cancel_waiting(draft: Draft, refund: Refund, facts: RefundFacts) -> None:
    """Take from the points that wait before anything that is there is touched (RULES 11)."""
    for award in [award for award in draft.waiting if award.purchase_id == facts.purchase.pk]:
        refund.pending_points = min(refund.clawback_points, award.left)
        if refund.pending_points:
            cancel(draft, award, refund.pending_points)


def _end_unearned_tier(draft: Draft, refund: Refund, facts: RefundFacts) -> None:
    """End an upgrade that what came back had carried (RULES 32)."""
    if draft.tiers is None or draft.terms is None or not draft.tiers.periods:
        return
    purchase, basis = facts.purchase, draft.terms.tier_basis
    left = count_of(purchase, basis, spend_minor=refund.spend_minor, points=refund.clawback_points)
    lost = count_of(purchase, basis) - left
    if not lost:
        return
    gone = Spent(purchase.occurred_at, purchase.business_date, -lost)
    draft.tiers.take_off(gone, refund.occurred_at, draft.now)
    for period in draft.tiers.added:
        if period.why == REFUNDED:
            period.purchase = purchase


def _take_back(draft: Draft, refund: Refund, facts: RefundFacts) -> None:
    """Take the points, the purchase's own lots first; what is gone is owed, borne or withheld (RULES 30)."""
    wanted = refund.clawback_points - refund.pending_points
    taken = draft.purse.take(wanted, first=partial(_is_own, facts))
    got = sum(part.points for part in taken)
    missing = wanted - got
    owes = refund.policy == NegativePolicy.ALLOW_NEGATIVE
    points = wanted if owes else got
    if missing and refund.policy == NegativePolicy.DEDUCT_CASH and draft.terms:
        refund.withheld_minor = min(worth_minor(missing, draft.terms), refund.amount_minor)
    refund.shortfall_points = missing
    why = Reason(
        reasons.REFUND, {"amount_minor": refund.amount_minor, "currency": draft.context.merchant.currency}
    )
    draft.reasons.append(why.as_json())
    if not points:
        return
    movement = draft.move(
        MovementKind.CLAWBACK,
        -points,
        why=[why],
        version_id=facts.purchase.version_id,
        purchase=facts.purchase,
        refund=refund,
    )
    draft.named["movement_id"] = movement
    draft.use(movement, taken)
    draft.show(taken)
    if missing and owes:
        draft.purse.owe(movement, missing)
    draft.tell(topics.POINTS_CLAWED_BACK, points=points)


def _is_own(facts: RefundFacts, lot: Lot) -> bool:
    """Whether the purchase earned this lot, before or by opening just now what waited; graces are others."""
    if not lot._state.adding:
        return lot.pk in facts.lots
    made = lot.movement
    return (
        made.kind == MovementKind.EARN and made.purchase is not None and made.purchase.pk == facts.purchase.pk
    )


def _note_on_purchase(draft: Draft, refund: Refund, facts: RefundFacts) -> None:
    """Bring the purchase's totals up to date."""
    purchase = facts.purchase
    values = {
        "refunded_minor": purchase.refunded_minor + refund.amount_minor,
        "refunded_spend_minor": purchase.refunded_spend_minor + refund.spend_minor,
        "clawed_points": purchase.clawed_points + refund.clawback_points,
    }
    draft.updates.append(Update(purchase, values, {"refunded_minor": purchase.refunded_minor}))
