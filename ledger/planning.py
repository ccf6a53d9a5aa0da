"""From an event and what is known to what will be written. Pure: no database, no clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ledger.adjusting import plan_adjustment
from ledger.causes.giving import plan_donation
from ledger.contests.winning import plan_prize
from ledger.context import Context
from ledger.drafting import Draft, Posting
from ledger.earning import plan_purchase
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    EventOccurred,
    GiftCardEnded,
    GiftCardIssued,
    MembersMerged,
    MergeUndone,
    PlaceMoved,
    PlaceTaken,
    PointsAdjusted,
    PointsDonated,
    PointsExpired,
    PointsOpened,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
    ReferralUndone,
    RefundMade,
)
from ledger.events_of_contests import ContestWon
from ledger.events_of_fees import FeeRefunded, MembershipCancelled, MembershipPaid, MembershipStarted
from ledger.gift_cards import plan_gift_card, plan_gift_card_end
from ledger.merging import plan_merge, plan_undo
from ledger.occurring import plan_event
from ledger.opening import plan_opening
from ledger.pending import open_due, plan_activation
from ledger.places.planning import plan_place, plan_sign_up
from ledger.redeeming import plan_close, plan_issue
from ledger.referring import plan_undone
from ledger.refunding import plan_refund
from ledger.subscribing import plan_cancelling, plan_fee_refund, plan_payment, plan_trial


def plan(event: AnyEvent, context: Context, *, now: datetime) -> Posting:
    """Return what ``event`` writes. Raises the refusals of ``ledger.errors``."""
    planner: Callable[..., Posting] = _PLANNERS[type(event)]
    return planner(event, context, now=now)


def plan_expiry(event: PointsExpired, context: Context, *, now: datetime) -> Posting:
    """Let die what is dead and renew what ended: lots one by one, tiers year by year (RULES 22-24, 33)."""
    draft = Draft(event, context, now)
    open_due(draft)
    died = draft.bury()
    if draft.tiers is not None:
        draft.tiers.renew(now)
    return draft.posting(points=-died)


_PLANNERS: dict[type[Any], Callable[..., Posting]] = {
    PurchaseMade: plan_purchase,
    EventOccurred: plan_event,
    ReferralUndone: plan_undone,
    RefundMade: plan_refund,
    RedemptionIssued: plan_issue,
    RedemptionClosed: plan_close,
    GiftCardIssued: plan_gift_card,
    GiftCardEnded: plan_gift_card_end,
    PointsAdjusted: plan_adjustment,
    PointsExpired: plan_expiry,
    AwardsOpened: plan_activation,
    PointsOpened: plan_opening,
    MembershipStarted: plan_trial,
    MembershipPaid: plan_payment,
    MembershipCancelled: plan_cancelling,
    FeeRefunded: plan_fee_refund,
    PointsDonated: plan_donation,
    PlaceTaken: plan_sign_up,
    PlaceMoved: plan_place,
    ContestWon: plan_prize,
    MembersMerged: plan_merge,
    MergeUndone: plan_undo,
}
