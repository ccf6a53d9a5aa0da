"""Planning a gift of points: burnt for good, and owed to the cause in money (RULES 40). Pure."""

from datetime import datetime
from typing import Final

from accounts.joining import readable_code
from ledger import topics
from ledger.causes.errors import CauseUnavailable, GiftTooSmall, NotInSteps
from ledger.context import Context
from ledger.drafting import Draft, Posting
from ledger.errors import NoProgramme, NotEnoughPoints
from ledger.events import PointsDonated
from ledger.models import CauseEntry, Redemption
from ledger.models.causes import EntryKind
from ledger.models.movements import MovementKind
from ledger.models.redemptions import RedemptionKind, RedemptionState
from ledger.pending import open_due
from ledger.writing.rows import new
from programs import reasons
from programs.burning import worth_minor
from programs.charity import GivingTerms
from programs.models import Cause
from programs.reasons import Reason
from programs.terms import Terms

NUMBER_LENGTH: Final = 10


def plan_donation(event: PointsDonated, context: Context, *, now: datetime) -> Posting:
    """Plan one gift. Nothing takes it back: its redemption is used from the start."""
    terms = context.terms_at(event.occurred_at)
    if terms is None:
        raise NoProgramme
    cause = open_cause(context.cause, terms.giving)
    _check_points(event.points, terms)
    draft = Draft(event, context, now)
    open_due(draft)
    draft.bury()
    if event.points > draft.purse.available:
        raise NotEnoughPoints(field="points", short=event.points - draft.purse.available)
    gift = _redemption(draft, event, cause, terms)
    draft.rows.append(gift)
    why = Reason(reasons.REDEMPTION, {"name_ar": gift.name_ar, "name_en": gift.name_en})
    movement = draft.move(
        MovementKind.REDEEM, -event.points, why=[why], version_id=terms.version_id, redemption=gift
    )
    taken = draft.purse.take(event.points)
    draft.use(movement, taken)
    draft.show(taken)
    draft.reasons.append(why.as_json())
    entry = _entry(draft, gift, cause)
    draft.rows.append(entry)
    draft.named |= {"redemption_id": gift, "movement_id": movement, "cause_entry_id": entry}
    draft.tell(topics.POINTS_DONATED, points=event.points, number=gift.code)
    return draft.posting(points=-event.points, code=gift.code, value_minor=gift.value_minor)


def open_cause(cause: Cause | None, giving: GivingTerms | None) -> Cause:
    """The cause, if it takes gifts of points now. Raises ``CauseUnavailable``."""
    if cause is None or not cause.is_active or giving is None or not giving.takes_points:
        raise CauseUnavailable(field="cause")
    return cause


def _check_points(points: int, terms: Terms) -> None:
    giving = terms.giving
    if giving is None:
        return
    if points < giving.min_points:
        raise GiftTooSmall(field="points", least=giving.min_points)
    if points % giving.step_points:
        raise NotInSteps(field="points", step=giving.step_points)
    if not worth_minor(points, terms):
        raise GiftTooSmall(field="points", least=-(-terms.block_points // terms.block_value_minor))


def _redemption(draft: Draft, event: PointsDonated, cause: Cause, terms: Terms) -> Redemption:
    """The points as they leave, worth what they would be as money off; its code is the receipt's number."""
    return new(
        Redemption,
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        kind=RedemptionKind.DONATION,
        state=RedemptionState.USED,
        code=readable_code(NUMBER_LENGTH),
        points=event.points,
        value_minor=worth_minor(event.points, terms),
        currency=terms.currency,
        name_ar=f"تبرُّع: {cause.name_ar}"[:120],
        name_en=f"Gift to {cause.name_en}"[:120],
        version_id=terms.version_id,
        source=event.source,
        issued_at=draft.now,
        expires_at=draft.now,
        closed_at=draft.now,
        closed_by=event.actor,
    )


def _entry(draft: Draft, gift: Redemption, cause: Cause) -> CauseEntry:
    return new(
        CauseEntry,
        merchant_id=gift.merchant_id,
        cause_id=cause.pk,
        kind=EntryKind.POINTS,
        amount_minor=gift.value_minor,
        currency=gift.currency,
        number=gift.code,
        name_ar=cause.name_ar,
        name_en=cause.name_en,
        licence=cause.licence,
        member_id=gift.member_id,
        points=gift.points,
        redemption=gift,
        business_date=draft.day,
        recorded_at=draft.now,
        actor=gift.closed_by,
    )
