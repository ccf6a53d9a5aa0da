"""Planning an event that is no purchase: what it earns at its own date, at once and within its caps. Pure.

Nothing comes back of such an event, so its points do not wait; it moves no tier, for nothing was spent.
"""

from datetime import datetime

from ledger import topics
from ledger.capping import spend_caps
from ledger.collecting import collect_event
from ledger.context import Context
from ledger.drafting import Draft, Posting
from ledger.earning import earning_terms, member_state, occasions_around
from ledger.events import EventOccurred
from ledger.models import Movement, Occurrence
from ledger.models.movements import MovementKind
from ledger.pending import open_due
from ledger.referring import note_reward, with_reward
from ledger.writing.rows import new
from programs.happenings import Happening, award_event
from programs.rules import Award, facts_of
from programs.terms import Terms


def plan_event(event: EventOccurred, context: Context, *, now: datetime) -> Posting:
    """Plan one event; what no rule rewards is recorded all the same."""
    draft = Draft(event, context, now)
    open_due(draft)
    tier_code = draft.tiers.held_at(event.occurred_at) if draft.tiers else ""
    earned, terms = _priced(draft, event, tier_code)
    if event.referral_id:
        earned = with_reward(draft, event, earned)
    draft.reasons += [reason.as_json() for reason in earned.reasons]
    occurrence = new(
        Occurrence,
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        name=event.name,
        source=event.source,
        external_id=event.key,
        occurred_at=event.occurred_at,
        business_date=draft.day,
        recorded_at=now,
        branch_id=event.branch_id,
        channel=event.channel,
        amount_minor=event.amount_minor,
        points=earned.points,
        version_id=terms.version_id if terms else None,
        tier_code=tier_code,
        reasons=list(draft.reasons),
        actor=event.actor,
    )
    movement = _credit(draft, occurrence, earned, terms) if earned.points and terms else None
    if event.referral_id:
        note_reward(draft, event, movement)
    draft.rows.append(occurrence)
    draft.named["occurrence_id"] = occurrence
    spend_caps(draft, earned, terms, occurrence=occurrence)
    _collect(draft, event, occurrence, terms)
    draft.bury()
    return draft.posting(points=earned.points)


def _priced(draft: Draft, event: EventOccurred, tier_code: str) -> tuple[Award, Terms | None]:
    terms, why_not = earning_terms(event, draft.context, now=draft.now)
    if terms is None:
        return Award(0, 0, 0, (), (why_not,)), None
    happening = Happening(
        name=event.name,
        occurred_local=event.occurred_at.astimezone(draft.context.merchant.timezone),
        amount_minor=event.amount_minor,
        branch=draft.context.branch_code,
        channel=event.channel,
        occasions=occasions_around(event, draft.context, terms),
    )
    return award_event(happening, member_state(draft.context, tier_code), terms), terms


def _collect(draft: Draft, event: EventOccurred, occurrence: Occurrence, terms: Terms | None) -> None:
    """Stamps, challenges and gifts of the event."""
    if terms is None or not terms.goals:
        return
    place = (draft.context.branch_code, event.channel, occasions_around(event, draft.context, terms))
    local = event.occurred_at.astimezone(draft.context.merchant.timezone)
    member = member_state(draft.context, occurrence.tier_code)
    facts = facts_of(local, event.amount_minor, *place, member=member, terms=terms)
    collect_event(draft, occurrence, facts, terms)


def _credit(draft: Draft, occurrence: Occurrence, earned: Award, terms: Terms) -> Movement:
    """The award as a movement with a lot of its own, and the news of it while it is news."""
    movement = draft.move(MovementKind.EARN, earned.points, why=earned.reasons, version_id=terms.version_id)
    occurrence._state.fields_cache["movement"] = movement
    draft.named["movement_id"] = movement
    draft.count("earned_ever", earned.points)
    expires_on = draft.last_day(terms, draft.day)
    draft.credit(movement, earned.points, earned_at=occurrence.occurred_at, expires_on=expires_on)
    if draft.is_news:
        draft.tell(topics.POINTS_EARNED, points=earned.points)
    return movement
