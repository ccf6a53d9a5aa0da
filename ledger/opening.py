"""Planning what a member brings along from another system: points, stamps, a tier (RULES 47). Pure.

The movement is dated when the balance came into these books; the lot keeps the day on which its points were
earned there and the day on which they die.
"""

from datetime import date, datetime

from accounts.errors import Invalid
from ledger.collecting import claim, claim_openings
from ledger.context import Context
from ledger.drafting import Draft, Posting
from ledger.errors import DeadAlready, NoProgramme
from ledger.events import PointsOpened
from ledger.models import Movement, Opening
from ledger.models.movements import MovementKind
from ledger.writing.rows import new
from programs import reasons
from programs.calendars import end_of_day_instant, start_of_day_instant
from programs.reasons import Reason


def plan_opening(event: PointsOpened, context: Context, *, now: datetime) -> Posting:
    """Plan an opening balance.

    Raises ``DeadAlready`` for points whose last day is over, ``NoProgramme`` where nothing says how long
    points live or which tiers there are, ``Invalid`` for an unknown tier.
    """
    draft = Draft(event, context, now)
    draft.bury()
    movement = _credit(draft, event) if event.points else None
    draft.bury()  # a programme that is closed leaves nothing alive, and must not say so
    if event.tier_code:
        _seat(draft, event)
    opening = new(
        Opening,
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        card=event.card,
        stamps=event.stamps,
        tier_code=event.tier_code,
        occurred_at=event.occurred_at,
        recorded_at=now,
        **({"movement": movement} if movement else {}),
    )
    draft.rows.append(opening)
    claim_openings(draft)
    claim(draft, opening)
    return draft.posting(points=event.points)


def _credit(draft: Draft, event: PointsOpened) -> Movement:
    """Put the points in as one lot with its own life."""
    earned_on = event.earned_on or draft.day
    expires_on = _last_day(draft, event, earned_on)
    why = Reason(reasons.IMPORTED)
    terms = draft.terms
    movement = draft.move(
        MovementKind.OPENING, event.points, why=[why], version_id=terms.version_id if terms else None
    )
    draft.named["movement_id"] = movement
    draft.reasons.append(why.as_json())
    earned_at = start_of_day_instant(earned_on, draft.zone)
    draft.credit(movement, event.points, earned_at=earned_at, expires_on=expires_on)
    return movement


def _last_day(draft: Draft, event: PointsOpened, earned_on: date) -> date | None:
    """The day the other system named, else the programme's own; never for points that do not expire."""
    if not event.expires:
        return None
    if event.expires_on is None and draft.terms is None:
        raise NoProgramme(field="expires_on")
    last = event.expires_on or (draft.last_day(draft.terms, earned_on) if draft.terms else None)
    if last is not None and last < draft.today:
        raise DeadAlready(field="expires_on", on=last.isoformat())
    return last


def _seat(draft: Draft, event: PointsOpened) -> None:
    """Start the member in the tier they had, unless they hold as high a one here."""
    if draft.tiers is None or draft.terms is None:
        raise NoProgramme(field="tier")
    if event.tier_code not in draft.terms.tier_by_code:
        raise Invalid(field="tier")
    if event.tier_until is not None and event.tier_until < draft.today:
        raise DeadAlready(field="tier_until", on=event.tier_until.isoformat())
    until = end_of_day_instant(event.tier_until, draft.zone) if event.tier_until else None
    draft.tiers.renew(event.occurred_at)  # a year that ended here before that holds no longer
    draft.tiers.open(event.tier_code, event.occurred_at, until)
