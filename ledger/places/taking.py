"""A voucher for a place at an event: its use takes the place, at once or not at all. Pure.

Who may go was decided when the voucher was had; what is asked here is whether the event still takes people
and has a place that nobody waits for. Where it does not, the code stays as it was.
"""

from typing import Final

from ledger import topics
from ledger.drafting import BudgetMove, Draft
from ledger.models import Place, Redemption
from ledger.models.places import PlaceState
from ledger.places.errors import EventUnavailable, SignedUpAlready
from ledger.writing.rows import new
from programs.calendars import BEGINNING
from programs.models import EventState, MemberEvent

PLACES: Final = "place"
"""The period by which places are known among the budgets; the rule is the event's code."""


def take_unit(draft: Draft, event: MemberEvent) -> None:
    """Take one place, which the writer refuses where none is left."""
    draft.budgets.append(BudgetMove(event.code, PLACES, BEGINNING, 1, event.places))


def take_by_voucher(draft: Draft, redemption: Redemption) -> None:
    """Take the place that a used code stands for. Raises ``EventUnavailable``, ``SignedUpAlready``."""
    facts = draft.context.places
    why = _why_not(facts.event if facts else None, draft)
    if why or facts is None:
        raise EventUnavailable(field="code", why=why or "absent")
    if facts.mine is not None:
        raise SignedUpAlready(field="code")
    if not facts.is_free:
        raise EventUnavailable(field="code", why="full")
    place = new(
        Place,
        merchant_id=draft.event.merchant_id,
        member_id=draft.event.member_id,
        event_id=facts.event.pk,
        state=PlaceState.GOING,
        signed_at=draft.now,
        changed_at=draft.now,
        actor=draft.event.actor,
        redemption=redemption,
    )
    draft.rows.append(place)
    draft.named["place_id"] = place
    take_unit(draft, facts.event)
    draft.tell(topics.PLACE_TAKEN, event=facts.event.code)


def _why_not(event: MemberEvent | None, draft: Draft) -> str:
    """Why nobody can go there any more, as a key of ``errors.WHY``; nothing if they can."""
    if event is None or event.state == EventState.DRAFT:
        return "absent"
    if event.state == EventState.CANCELLED:
        return "cancelled"
    return "closed" if draft.now >= (event.closes_at or event.starts_at) else ""
