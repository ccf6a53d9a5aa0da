"""Planning points given or taken by hand, with a reason and an actor (RULES 44). Pure."""

from datetime import datetime

from ledger.context import Context
from ledger.drafting import Draft, Posting
from ledger.errors import NotEnoughPoints
from ledger.events import PointsAdjusted
from ledger.models import AdjustmentNote
from ledger.models.movements import MovementKind
from ledger.pending import open_due
from ledger.writing.rows import new
from programs import reasons
from programs.reasons import Reason


def plan_adjustment(event: PointsAdjusted, context: Context, *, now: datetime) -> Posting:
    """Plan an adjustment. Raises ``NotEnoughPoints`` when more would be taken than there is."""
    draft = Draft(event, context, now)
    open_due(draft)
    draft.bury()
    if -event.points > draft.purse.available:
        raise NotEnoughPoints(field="points", short=-event.points - draft.purse.available)
    terms = draft.terms
    why = Reason(reasons.ADJUSTMENT)
    movement = draft.move(
        MovementKind.ADJUST, event.points, why=[why], version_id=terms.version_id if terms else None
    )
    draft.rows.append(new(AdjustmentNote, movement=movement, text=event.reason))
    draft.named["movement_id"] = movement
    draft.reasons.append(why.as_json())
    if event.points > 0:
        expires_on = draft.last_day(terms, draft.day) if terms and event.expires else None
        draft.credit(movement, event.points, earned_at=event.occurred_at, expires_on=expires_on)
        draft.bury()  # a programme that is closed leaves nothing alive, and must not say so
    else:
        taken = draft.purse.take(-event.points)
        draft.use(movement, taken)
        draft.show(taken)
    return draft.posting(points=event.points)
