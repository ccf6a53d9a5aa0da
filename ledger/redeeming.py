"""Planning a redemption: points set aside under a code, then used, or returned to their own lots. Pure.

RULES 16-20: whole blocks, lots that expire first, a code that works once.
"""

from datetime import datetime, timedelta
from typing import Any

from accounts.errors import Invalid
from accounts.joining import readable_code
from ledger import topics
from ledger.clearing.honouring import honoured_by, owe_partner, refuse_others
from ledger.context import Context
from ledger.drafting import Draft, Posting, Update
from ledger.errors import (
    CodeSpent,
    DiscountTooLarge,
    NoProgramme,
    NotEnoughPoints,
    NothingToRedeem,
    NotWholeBlocks,
    RewardUnavailable,
)
from ledger.events import PurchaseMade, RedemptionClosed, RedemptionIssued
from ledger.fulfilling import fulfil
from ledger.giving_back import give_back
from ledger.models import Purchase, Redemption
from ledger.models.movements import MovementKind
from ledger.models.redemptions import RedemptionKind, RedemptionState
from ledger.pending import open_due
from ledger.stock import promised_by, put_back, take_stock
from programs import reasons
from programs.burning import offer
from programs.having import Facts, names_of, why_not
from programs.models import Reward, RewardKind
from programs.reasons import Reason
from programs.terms import Terms

CODE_LENGTH = 8
NEWS = {
    RedemptionState.USED: topics.REDEMPTION_USED,
    RedemptionState.CANCELLED: topics.REDEMPTION_CANCELLED,
    RedemptionState.EXPIRED: topics.REDEMPTION_EXPIRED,
}


def plan_issue(event: RedemptionIssued, context: Context, *, now: datetime) -> Posting:
    """Plan setting points aside under a fresh code."""
    terms = context.terms_at(event.occurred_at)
    if terms is None:
        raise NoProgramme
    draft = Draft(event, context, now)
    open_due(draft)
    draft.bury()
    redemption = _of_reward(draft, event, terms) if event.reward_code else _of_discount(draft, event, terms)
    if redemption.points > draft.purse.available:
        raise NotEnoughPoints(field="points", short=redemption.points - draft.purse.available)
    draft.rows.append(redemption)
    why = reason_of(redemption)
    movement = draft.move(
        MovementKind.REDEEM, -redemption.points, why=[why], version_id=terms.version_id, redemption=redemption
    )
    taken = draft.purse.take(redemption.points)
    draft.use(movement, taken)
    draft.show(taken)
    draft.reasons.append(why.as_json())
    draft.named |= {"redemption_id": redemption, "movement_id": movement}
    draft.tell(topics.REDEMPTION_ISSUED, points=redemption.points)
    return draft.posting(
        points=-redemption.points,
        code=redemption.code,
        value_minor=redemption.value_minor,
        expires_at=redemption.expires_at.isoformat(),
    )


def plan_close(event: RedemptionClosed, context: Context, *, now: datetime) -> Posting:
    """Plan the end of a code. Raises ``CodeSpent`` unless it is still reserved and in time."""
    (redemption,) = context.redemptions
    refuse_others(event, redemption)
    draft = Draft(event, context, now)
    open_due(draft)
    close(
        draft,
        redemption,
        RedemptionState(event.outcome),
        order_ref=event.order_ref,
        branch_id=event.branch_id,
    )
    owe_partner(draft, event, redemption)
    draft.bury()
    returned = 0 if event.outcome == RedemptionState.USED else redemption.points
    return draft.posting(points=returned, code=redemption.code, value_minor=redemption.value_minor)


def use_in_order(draft: Draft, redemption: Redemption, event: PurchaseMade, purchase: Purchase) -> None:
    """Use a code for money off on the very order it pays for (RULES 6): a refund finds it by the order."""
    if redemption.kind != RedemptionKind.DISCOUNT and redemption.reward_kind != RewardKind.MONEY_OFF:
        raise RewardUnavailable(field="redemption_codes")
    close(
        draft,
        redemption,
        RedemptionState.USED,
        order_ref=event.key,
        branch_id=event.branch_id,
        purchase=purchase,
    )


def close(
    draft: Draft,
    redemption: Redemption,
    outcome: RedemptionState,
    *,
    order_ref: str,
    branch_id: int | None,
    purchase: Purchase | None = None,
) -> None:
    """End a reserved code: the first to do so wins; what is not used goes back to its lots."""
    _refuse_closed(redemption, outcome, draft.now)
    values: dict[str, Any] = {"state": outcome, "closed_at": draft.now, "closed_by": draft.event.actor}
    if outcome == RedemptionState.USED:
        values |= {"order_ref": order_ref, "branch_id": branch_id or redemption.branch_id}
        values |= {"purchase_id": purchase} if purchase else {}
    draft.updates.append(Update(redemption, values, {"state": RedemptionState.RESERVED}))
    draft.named["redemption_id"] = redemption
    if outcome == RedemptionState.USED:
        fulfil(draft, redemption)
    else:
        return_points(draft, redemption)
        put_back(draft, redemption)
    draft.tell(NEWS[outcome], code=redemption.code, points=redemption.points)


def reason_of(redemption: Redemption) -> Reason:
    """Why the points went: the reward's names, or the money off."""
    if redemption.kind == RedemptionKind.REWARD:
        return Reason(reasons.REDEMPTION, {"name_ar": redemption.name_ar, "name_en": redemption.name_en})
    return Reason(
        reasons.REDEMPTION, {"value_minor": redemption.value_minor, "currency": redemption.currency}
    )


def _refuse_closed(redemption: Redemption, outcome: RedemptionState, now: datetime) -> None:
    if redemption.state != RedemptionState.RESERVED:
        raise CodeSpent(field="code", state=redemption.state)
    if outcome == RedemptionState.USED and now >= redemption.expires_at:
        raise CodeSpent(field="code", state=RedemptionState.EXPIRED)
    if outcome == RedemptionState.EXPIRED and now < redemption.expires_at:
        raise Invalid(field="outcome")


def return_points(draft: Draft, redemption: Redemption) -> None:
    """Give the points back to the lots they came from; a lot that died meanwhile gets its one grace."""
    if not redemption.points:
        return
    why = Reason(reasons.RETURNED)
    movement = draft.move(MovementKind.RETURN, redemption.points, why=[why], redemption=redemption)
    draft.named["movement_id"] = movement
    draft.reasons.append(why.as_json())
    give_back(draft, movement, draft.context.returning)


def _of_discount(draft: Draft, event: RedemptionIssued, terms: Terms) -> Redemption:
    """Money off, in whole blocks: what was asked for, or the most there is to offer (RULES 16, 17)."""
    best = offer(draft.purse.available, event.order_minor, terms)
    points = best.points if event.points is None else event.points
    if event.points is None and not points:
        if best.short_by:
            raise NothingToRedeem(field="points", short=best.short_by)
        raise DiscountTooLarge(field="order_minor")
    if points < terms.block_points:
        raise NothingToRedeem(field="points", short=terms.block_points - points)
    if points % terms.block_points:
        raise NotWholeBlocks(field="points", block=terms.block_points)
    value_minor = points // terms.block_points * terms.block_value_minor
    limits = [limit for limit in (event.order_minor, terms.max_redeem_minor) if limit is not None]
    if limits and value_minor > min(limits):
        raise DiscountTooLarge(field="points")
    minutes = event.minutes or terms.code_minutes
    return _redemption(draft, event, terms, RedemptionKind.DISCOUNT, points, minutes, value_minor=value_minor)


def _of_reward(draft: Draft, event: RedemptionIssued, terms: Terms) -> Redemption:
    """A reward of the catalogue, for whom, when and as long as it can be had."""
    reward = draft.context.reward
    if reward is None:
        raise RewardUnavailable(field="reward_code")
    why = why_not(reward, _facts(draft, event, terms))
    if why is not None:
        raise RewardUnavailable(field="reward_code", why=why.as_json())
    minutes = event.minutes or reward.code_minutes
    return _redemption(draft, event, terms, RedemptionKind.REWARD, reward.points, minutes, reward=reward)


def _facts(draft: Draft, event: RedemptionIssued, terms: Terms) -> Facts:
    known, tiers = draft.context.reward_facts, terms.tiers
    return Facts(
        local=event.occurred_at.astimezone(draft.context.merchant.timezone),
        tier=draft.context.balance.tier_code or tiers[0].code,
        plan=known.plan,
        given=known.given,
        had=known.had,
        in_segment=known.in_segment,
        names=names_of(terms),
    )


def _redemption(
    draft: Draft,
    event: RedemptionIssued,
    terms: Terms,
    kind: RedemptionKind,
    points: int,
    minutes: int,
    *,
    value_minor: int = 0,
    reward: Reward | None = None,
) -> Redemption:
    promised = {"value_minor": value_minor, "name_ar": "خصم", "name_en": "Discount"}
    if reward is not None:
        promised = promised_by(reward) | {"is_stocked": take_stock(draft, reward)}
        promised |= honoured_by(reward, draft.context.offer)
    return Redemption(
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        kind=kind,
        code=readable_code(CODE_LENGTH),
        points=points,
        currency=terms.currency,
        version_id=terms.version_id,
        source=event.source,
        issued_at=draft.now,
        expires_at=draft.now + timedelta(minutes=minutes),
        branch_id=event.branch_id,
        **promised,
    )
