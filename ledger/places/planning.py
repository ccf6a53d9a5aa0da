"""Planning sign-ups: a place if one is free and nobody waits, else the waiting list. Pure.

A place is a unit of a counter that the writer refuses to overdraw, as it does budgets: fifty meet only
where the places end. What it costs is set aside under the sign-up's redemption until the event is over, for
who waits as well, so moving up asks nobody for anything.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.joining import readable_code
from ledger import topics
from ledger.context import Context, PlaceFacts
from ledger.drafting import BudgetMove, Draft, Posting, Update
from ledger.errors import NoProgramme, NotEnoughPoints
from ledger.events import PlaceMoved, PlaceTaken
from ledger.models import Place, Redemption
from ledger.models.movements import MovementKind
from ledger.models.places import PlaceState
from ledger.models.redemptions import RedemptionKind, RedemptionState
from ledger.pending import open_due
from ledger.places.errors import EventUnavailable, PlaceOver, SignedUpAlready
from ledger.places.making_good import make_good
from ledger.places.taking import PLACES, take_unit
from ledger.redeeming import CODE_LENGTH, close
from ledger.writing.rows import new
from programs import reasons
from programs.calendars import BEGINNING
from programs.models import EventState, MemberEvent
from programs.reasons import Reason

LEFT, GIVEN, OVER = "left", "given", "over"
LONG_AFTER: Final = timedelta(days=30)
"""How long after its end an event may stay open in the books before its points go back by themselves."""


def plan_sign_up(event: PlaceTaken, context: Context, *, now: datetime) -> Posting:
    """Plan one sign-up. Raises ``EventUnavailable``, ``SignedUpAlready`` and ``NotEnoughPoints``."""
    facts = context.places
    if facts is None:
        raise EventUnavailable(field="event", why="absent")
    draft = Draft(event, context, now)
    open_due(draft)
    draft.bury()
    tier = draft.tiers.held_at(now) if draft.tiers else ""
    why = why_not(facts.event, now=now, tier=tier, segments=facts.segments, plan=facts.plan)
    if why:
        raise EventUnavailable(field="event", why=why)
    if facts.mine is not None:
        raise SignedUpAlready(field="event")
    redemption = _set_aside(draft, facts.event) if facts.event.points else None
    state = PlaceState.GOING if facts.is_free else PlaceState.WAITING
    place = new(
        Place,
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        event_id=facts.event.pk,
        state=state,
        signed_at=now,
        changed_at=now,
        actor=event.actor,
        **({"redemption": redemption} if redemption else {}),
    )
    draft.rows.append(place)
    draft.named["place_id"] = place
    if state == PlaceState.GOING:
        take_unit(draft, facts.event)
    going = state == PlaceState.GOING
    draft.tell(topics.PLACE_TAKEN if going else topics.PLACE_AWAITED, event=facts.event.code)
    return draft.posting(points=-facts.event.points, state=state)


def plan_place(event: PlaceMoved, context: Context, *, now: datetime) -> Posting:
    """Plan what becomes of a sign-up. Raises ``PlaceOver`` for one that is over."""
    facts = context.places
    if facts is None or facts.place is None:
        raise PlaceOver(field="place")
    return {LEFT: _leave, GIVEN: _move_up, OVER: _end}[event.outcome](event, context, facts, now)


def why_not(
    event: MemberEvent, *, now: datetime, tier: str, segments: frozenset[str] = frozenset(), plan: str = ""
) -> str:
    """Why this member may not sign up now, as a key of ``errors.WHY``; nothing if they may."""
    if event.state != EventState.OPEN:
        return "cancelled" if event.state == EventState.CANCELLED else "absent"
    if now >= (event.closes_at or event.starts_at):
        return "closed"
    opens_at = event.opens_at
    if event.early_at and tier in event.early_tiers:
        opens_at = event.early_at
    if opens_at and now < opens_at:
        return "early"
    if event.tiers and tier not in event.tiers:
        return "tier"
    if event.segments and not segments & set(event.segments):
        return "segment"
    return "plan" if event.plans and plan not in event.plans else ""


def _leave(event: PlaceMoved, context: Context, facts: PlaceFacts, now: datetime) -> Posting:
    """The member cancels: the place is free again, the points go back to their own lots."""
    place = _open_place(facts)
    if now >= facts.event.starts_at or facts.attended:
        raise PlaceOver(field="place")
    draft = Draft(event, context, now)
    open_due(draft)
    if place.state == PlaceState.GOING:
        _free(draft, facts.event)
    _change(draft, place, PlaceState.LEFT)
    returned = _give_back(draft, context)
    draft.tell(topics.PLACE_LEFT, event=facts.event.code)
    draft.bury()
    return draft.posting(points=returned, state=PlaceState.LEFT)


def _move_up(event: PlaceMoved, context: Context, facts: PlaceFacts, now: datetime) -> Posting:
    """A place came free for who waited longest."""
    place = _open_place(facts)
    if place.state != PlaceState.WAITING or not facts.has_room or now >= facts.event.starts_at:
        raise PlaceOver(field="place")
    draft = Draft(event, context, now)
    take_unit(draft, facts.event)
    _change(draft, place, PlaceState.GOING)
    draft.tell(topics.PLACE_GIVEN, event=facts.event.code)
    return draft.posting(state=PlaceState.GOING)


def _end(event: PlaceMoved, context: Context, facts: PlaceFacts, now: datetime) -> Posting:
    """The event is over, was called off, or the member left the shop: what was not had goes back."""
    place, member = _open_place(facts), context.member
    called_off, is_over = facts.event.state == EventState.CANCELLED, now >= facts.event.ends_at
    if not (is_over or called_off or member.detached_at or member.erased_at):
        raise PlaceOver(field="place")
    draft = Draft(event, context, now)
    open_due(draft)
    returned, went = 0, place.state == PlaceState.GOING and is_over and not called_off
    if went:
        _spend(draft, context)
    else:
        if place.state == PlaceState.GOING:
            _free(draft, facts.event)
        _change(draft, place, PlaceState.OVER)
        returned = _give_back(draft, context)
        if called_off and not facts.attended:
            returned += make_good(draft, context, facts.event.code)
        draft.tell(topics.PLACE_CALLED_OFF if called_off else topics.PLACE_LEFT, event=facts.event.code)
    draft.bury()
    return draft.posting(points=returned, state=place.state if went else PlaceState.OVER)


def _open_place(facts: PlaceFacts) -> Place:
    if facts.place is None or facts.place.state not in (PlaceState.GOING, PlaceState.WAITING):
        raise PlaceOver(field="place")
    return facts.place


def _change(draft: Draft, place: Place, state: PlaceState) -> None:
    values: Mapping[str, Any] = {"state": state, "changed_at": draft.now}
    draft.updates.append(Update(place, values, {"state": place.state}))
    draft.named["place_id"] = place


def _free(draft: Draft, event: MemberEvent) -> None:
    draft.budgets.append(BudgetMove(event.code, PLACES, BEGINNING, -1))


def _give_back(draft: Draft, context: Context) -> int:
    """Return what the place cost to the lots it came from; how many points."""
    for redemption in context.redemptions:
        if redemption.state == RedemptionState.RESERVED:
            close(draft, redemption, RedemptionState.CANCELLED, order_ref="", branch_id=None)
            return redemption.points
    return 0


def _spend(draft: Draft, context: Context) -> None:
    for redemption in context.redemptions:
        if redemption.state == RedemptionState.RESERVED:
            close(draft, redemption, RedemptionState.USED, order_ref="", branch_id=None)


def _set_aside(draft: Draft, event: MemberEvent) -> Redemption:
    """The points a place costs, under a code that only the sign-up moves."""
    terms, points = draft.context.terms_at(draft.now), event.points
    if terms is None:
        raise NoProgramme
    if points > draft.purse.available:
        raise NotEnoughPoints(field="points", short=points - draft.purse.available)
    redemption = new(
        Redemption,
        merchant_id=draft.event.merchant_id,
        member_id=draft.event.member_id,
        kind=RedemptionKind.PLACE,
        code=readable_code(CODE_LENGTH),
        points=points,
        currency=terms.currency,
        name_ar=event.name_ar,
        name_en=event.name_en,
        version_id=terms.version_id,
        source=draft.event.source,
        issued_at=draft.now,
        expires_at=event.ends_at + LONG_AFTER,
    )
    draft.rows.append(redemption)
    why = Reason(reasons.REDEMPTION, {"name_ar": event.name_ar, "name_en": event.name_en})
    movement = draft.move(
        MovementKind.REDEEM, -points, why=[why], version_id=terms.version_id, redemption=redemption
    )
    taken = draft.purse.take(points)
    draft.use(movement, taken)
    draft.show(taken)
    draft.reasons.append(why.as_json())
    draft.named |= {"redemption_id": redemption, "movement_id": movement}
    return redemption
