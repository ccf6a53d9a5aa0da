"""Points that wait before they can be spent: held, opened by time or by an event, cancelled (RULES 11). Pure.

While they wait they are no movement and no lot; the balance's ``pending`` is their sum. They live from the
day on which they open, by the terms that promised them, whatever was published since.
"""

from datetime import date, datetime, timedelta

from ledger import topics
from ledger.context import Context
from ledger.drafting import Draft, Posting, Update
from ledger.events import AwardsOpened
from ledger.models import PendingAward, Purchase
from ledger.models.movements import MovementKind
from ledger.models.pending import PendingState
from ledger.writing.rows import new
from programs.calendars import start_of_day_instant
from programs.terms import Terms


def plan_activation(event: AwardsOpened, context: Context, *, now: datetime) -> Posting:
    """Open what is due, or what the event's purchase waited for; what waits for something else stays.

    Nothing left to open is no error: the shop may tell of a delivery late, twice, or after a refund.
    """
    draft = Draft(event, context, now)
    points = open_due(draft)
    opened = [award for award in draft.waiting if _is_meant(award, event)]
    for award in opened:
        points += _open(draft, award, draft.today)
    _tell(draft, points)
    draft.bury()
    if event.purchase_key and context.opening is not None:
        draft.named["purchase_id"] = context.opening
    return draft.posting(points=points)


def opens_on(terms: Terms, day: date) -> date | None:
    """The day from which points of a purchase made on ``day`` can be spent; None: when an event says so."""
    if terms.hold == "event":
        return None
    return day + timedelta(days=terms.hold_days if terms.hold == "days" else 0)


def must_wait(draft: Draft, terms: Terms) -> bool:
    """Whether the award of today's event waits: a late purchase whose day has come does not."""
    opening = None if _awaited(draft, terms) else opens_on(terms, draft.day)
    return opening is None or opening > max(draft.today, draft.day)


def hold(draft: Draft, purchase: Purchase, points: int, terms: Terms) -> PendingAward:
    """Set the award of ``purchase`` apart until it opens."""
    awaits = _awaited(draft, terms)
    award = new(
        PendingAward,
        merchant_id=purchase.merchant_id,
        member_id=purchase.member_id,
        purchase=purchase,
        version_id=terms.version_id,
        points=points,
        left=points,
        opens_on=None if awaits else opens_on(terms, draft.day),
        awaits=awaits,
        recorded_at=draft.now,
    )
    draft.rows.append(award)
    draft.count("pending", points)
    return award


def _awaited(draft: Draft, terms: Terms) -> str:
    """The word for which the award waits: the programme's own, or that of an order not certain yet."""
    return terms.hold_event if terms.hold == "event" else getattr(draft.event, "awaits", "")


def open_due(draft: Draft) -> int:
    """Open whatever of the member's points is due, dated at its own midnight; how many points.

    Every posting does it first, so that nobody depends on when the sweep comes by. Only an import leaves it:
    it tells nobody, and an opening is told.
    """
    if getattr(draft.event, "quiet", False):
        return 0
    due = [award for award in draft.waiting if award.opens_on and award.opens_on <= draft.today]
    points = sum(_open(draft, award, award.opens_on or draft.today) for award in due)
    if not isinstance(draft.event, AwardsOpened):
        _tell(draft, points)
    return points


def cancel(draft: Draft, award: PendingAward, points: int) -> None:
    """Take ``points`` of those that wait, and nothing of those that are there."""
    left = award.left - points
    closed = {} if left else {"state": PendingState.CANCELLED, "closed_at": draft.now}
    draft.updates.append(Update(award, {"left": left, **closed}, {"left": award.left}))
    draft.count("pending", -points)


def _open(draft: Draft, award: PendingAward, on: date) -> int:
    """Make the points a movement and a lot that begins to live on the day ``on``."""
    points, purchase = award.left, award.purchase
    at = start_of_day_instant(on, draft.zone) if on < draft.today or award.opens_on else draft.now
    terms = draft.context.promises.of(award.version_id) or draft.terms
    movement = draft.move(
        MovementKind.EARN,
        points,
        why=purchase.reasons,
        at=at,
        day=on,
        version_id=award.version_id,
        purchase=purchase,
    )
    draft.named.setdefault("movement_id", movement)
    values = {"left": 0, "state": PendingState.OPENED, "closed_at": draft.now}
    draft.updates.append(Update(award, values, {"left": points}))
    draft.waiting.remove(award)
    draft.count("pending", -points)
    draft.count("earned_ever", points)
    expires_on = draft.last_day(terms, on) if terms else None
    draft.credit(movement, points, earned_at=at, expires_on=expires_on)
    return points


def _is_meant(award: PendingAward, event: AwardsOpened) -> bool:
    purchase = award.purchase
    return (
        bool(event.purchase_key)
        and award.awaits == event.awaits
        and (purchase.source, purchase.external_id) == (event.purchase_source, event.purchase_key)
    )


def _tell(draft: Draft, points: int) -> None:
    """Tell once per member and day."""
    if points and not draft.context.told_of_opening:
        draft.tell(topics.POINTS_ACTIVATED, points=points)
