"""From an event and what is known to what will be written. Pure: no database, no clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ledger.adjusting import plan_adjustment
from ledger.context import Context
from ledger.drafting import Draft, Posting
from ledger.earning import plan_purchase
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    EventOccurred,
    MembersMerged,
    MergeUndone,
    PointsAdjusted,
    PointsExpired,
    PointsOpened,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
    RefundMade,
)
from ledger.merging import plan_merge, plan_undo
from ledger.occurring import plan_event
from ledger.opening import plan_opening
from ledger.pending import open_due, plan_activation
from ledger.redeeming import plan_close, plan_issue
from ledger.refunding import plan_refund


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
    RefundMade: plan_refund,
    RedemptionIssued: plan_issue,
    RedemptionClosed: plan_close,
    PointsAdjusted: plan_adjustment,
    PointsExpired: plan_expiry,
    AwardsOpened: plan_activation,
    PointsOpened: plan_opening,
    MembersMerged: plan_merge,
    MergeUndone: plan_undo,
}
