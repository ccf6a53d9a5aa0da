"""Reading a context: what was asked along with the member, made into what one event needs to know.

``ledger.reading.questions`` asks everything at one moment; nothing here asks the database again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from accounts.errors import Invalid, NotFound
from accounts.models import Member
from ledger.context import Context, Standing
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
from ledger.families import only_time_passes
from ledger.merge_undo import refuse_undo
from ledger.models import Lot, Movement, Redemption
from ledger.models.movements import OWING
from ledger.purse import Debt, is_dead
from ledger.reading.along import Along
from ledger.reading.for_causes import cause_of, offer_of
from ledger.reading.for_goals import goal_facts
from ledger.reading.for_merging import merge_facts, merge_to_undo, spending_of, undo_facts
from ledger.reading.for_places import place_facts, redemptions_of, returning_of
from ledger.reading.for_plans import fee_facts, memberships_of, plan_at
from ledger.reading.for_quotes import quote_of
from ledger.reading.for_referrals import referral_facts
from ledger.reading.for_refunds import refund_facts, spending_since
from ledger.reading.for_rewards import cards_of, reward_of
from ledger.reading.for_rules import rule_facts
from ledger.reading.for_time import opening_of
from ledger.reading.questions import look
from ledger.spending import Spending, Spent
from programs.calendars import business_date
from programs.models import Programme, ProgrammeState
from programs.queries import Timeline, may_earn


def read(event: AnyEvent, *, now: datetime, along: Along | None = None) -> Context:
    """Return the member's context for ``event``, from ``along`` if that was looked up before.

    Raises ``NotFound``, or ``Invalid`` for a foreign branch.
    """
    along = along or look(event, now)
    member = _standing_member(along, event, "member")
    if getattr(event, "branch_id", None) is not None and along.branch_code is None:
        raise Invalid(field="branch")
    return _READERS[type(event)](_context(along, member, along.promises), along, event, now)


def _standing_member(along: Along, event: AnyEvent, field: str) -> Member:
    """The member, if the event may happen to them: only time passes for who left. Raises ``NotFound``."""
    member = along.member
    if member is None or member.merged_into_id is not None:
        raise NotFound(field=field)
    if (member.detached_at or member.erased_at) and not only_time_passes(event):
        raise NotFound(field=field)
    return member


def _context(along: Along, member: Member, promises: Timeline) -> Context:
    """What every event needs to know of a member, as it was read along with them."""
    return Context(
        merchant=member.merchant,
        member=member,
        programme=programme_of(member),
        balance=standing_of(member),
        promises=promises,
        branch_code=along.branch_code or "",
        periods=along.periods,
        family=(member.pk, *along.absorbed),
        debts=along.debts,
        lots=along.lots(),
        pending=along.pending,
        told_of_opening=along.told_of_opening,
        spared=along.spared,
        goals=goal_facts(along),
        marks=along.marks,
    )


def programme_of(member: Member) -> Programme | None:
    """The programme read along with the member, if there is one."""
    try:
        return member.merchant.programme
    except ObjectDoesNotExist:
        return None


def standing_of(member: Member) -> Standing:
    """The balance read along with the member, or an empty one that is not in the database yet."""
    try:
        row = member.balance
    except ObjectDoesNotExist:
        return Standing(member.pk, member.merchant_id, is_new=True)
    return Standing(
        member_id=member.pk,
        merchant_id=member.merchant_id,
        available=row.available,
        owed=row.owed,
        pending=row.pending,
        earned_ever=row.earned_ever,
        tier_code=row.tier_code,
        purchases=row.purchases,
        first_purchase_at=row.first_purchase_at,
        last_purchase_at=row.last_purchase_at,
        version=row.version,
    )


def debts_of(member_id: int) -> tuple[Debt, ...]:
    """Debits that found too few points, the oldest first, with what is still unpaid."""
    debits = Movement.objects.filter(member_id=member_id, kind__in=OWING)
    unpaid = debits.annotate(used=Coalesce(Sum("uses__points"), 0)).filter(points__lt=-F("used"))
    return tuple(Debt(movement, -movement.points - movement.used) for movement in unpaid.order_by("id"))


def _dead(context: Context, now: datetime) -> tuple[Lot, ...]:
    """Of the lots, those whose last day is over: all that an event needs which takes no points."""
    today = context.expiry_day(now)
    return tuple(lot for lot in context.lots if is_dead(lot, today))


def _for_purchase(context: Context, along: Along, event: PurchaseMade, now: datetime) -> Context:
    quote = quote_of(along, context.family, event)
    kept = () if quote else along.birthdays_kept
    return replace(
        context,
        lots=_dead(context, now),
        earns=_earns(context, along, event.occurred_at),
        spending=_spending(context, along, event.occurred_at),
        birthday_uses=along.birthday_uses + kept,
        redemptions=_redemptions(along, event.redemption_codes),
        gift_cards=cards_of(along),
        quote=quote,
        rules=rule_facts(along, context, event),
        cause=cause_of(along),
    )


def _for_event(context: Context, along: Along, event: EventOccurred, now: datetime) -> Context:
    return replace(
        context,
        lots=_dead(context, now),
        earns=_earns(context, along, event.occurred_at),
        rules=rule_facts(along, context, event),
        referring=referral_facts(along, context, event) if event.referral_id else None,
    )


def _for_undone_referral(context: Context, along: Along, event: ReferralUndone, now: datetime) -> Context:
    return replace(context, referring=referral_facts(along, context, event))


def _earns(context: Context, along: Along, moment: datetime) -> bool:
    """Whether the programme lets this member earn."""
    programme = context.programme
    if programme is None:
        return False
    if programme.state_at(moment) == ProgrammeState.PILOT:
        return along.was_in_pilot(moment)
    return may_earn(programme, member_id=context.member.pk, now=moment)


def _for_refund(context: Context, along: Along, event: RefundMade, now: datetime) -> Context:
    facts = refund_facts(along, context, event)
    return replace(context, refund=facts, spending=spending_since(along, context, facts.purchase))


def _for_issue(context: Context, along: Along, event: RedemptionIssued, now: datetime) -> Context:
    terms = context.terms_at(event.occurred_at)
    reward, facts = reward_of(along, terms.version_id if terms else None)
    facts = replace(facts, plan=plan_at(along, event.occurred_at, context.merchant.zone))
    return replace(context, reward=reward, reward_facts=facts, offer=offer_of(along))


def _for_close(context: Context, along: Along, event: RedemptionClosed, now: datetime) -> Context:
    return replace(
        context,
        lots=_dead(context, now),
        redemptions=_redemptions(along, (event.code,)),
        returning=along.taken("returning"),
        places=place_facts(along, context, event, now),
    )


def _for_adjustment(context: Context, along: Along, event: PointsAdjusted, now: datetime) -> Context:
    return context if event.points < 0 else replace(context, lots=_dead(context, now))


def _for_time(context: Context, along: Along, event: PointsExpired | PointsOpened, now: datetime) -> Context:
    """What time asks before anything else: dead lots, and a tier whose year ended."""
    spending = _spending_one_by_one(along) if _unattended_end(context, now) else Spending()
    return replace(context, lots=_dead(context, now), spending=spending)


def _for_card(
    context: Context, along: Along, event: GiftCardIssued | GiftCardEnded, now: datetime
) -> Context:
    return replace(context, lots=_dead(context, now), gift_cards=cards_of(along))


def _for_activation(context: Context, along: Along, event: AwardsOpened, now: datetime) -> Context:
    return replace(context, lots=_dead(context, now), opening=opening_of(along, context.family, event))


def _redemptions(along: Along, codes: tuple[str, ...]) -> tuple[Redemption, ...]:
    """The person's redemptions with these codes, in their order. Raises ``NotFound``."""
    found = [along.redemption(code) for code in dict.fromkeys(codes)]
    if not all(found):
        raise NotFound(field="code")
    return tuple(row for row in found if row)


def _unattended_end(context: Context, moment: datetime) -> bool:
    """Whether the last tier's year is over and nothing follows yet."""
    ends_at = context.periods[-1].ends_at if context.periods else None
    return ends_at is not None and ends_at <= moment


def _spending(context: Context, along: Along, moment: datetime) -> Spending:
    """What counts for tiers at ``moment``.

    One sum, dated as the last of its orders (a late order also asks for today's window), unless a later order
    or tier is known, a tier's year ended unattended or the person has more records: then order by order,
    because other windows will be asked for.
    """
    terms, last = context.nearest_terms(moment), context.balance.last_purchase_at
    alone = len(context.family) == 1
    if terms is None or (alone and last is None):
        return Spending()
    is_usual = alone and not _knows_later(context, moment) and not _unattended_end(context, moment)
    if is_usual and last is not None:
        return Spending([Spent(last, business_date(last, terms.zone), along.spent)])
    return _spending_one_by_one(along)


def _knows_later(context: Context, moment: datetime) -> bool:
    """Whether an order or a tier that came later than ``moment`` is known."""
    tier_since = context.periods[-1].starts_at if context.periods else None
    return any(at is not None and at > moment for at in (context.balance.last_purchase_at, tier_since))


def _spending_one_by_one(along: Along) -> Spending:
    return Spending(order for _member_id, order in along.orders)


def _for_plan(
    context: Context,
    along: Along,
    event: MembershipStarted | MembershipPaid | MembershipCancelled | FeeRefunded,
    now: datetime,
) -> Context:
    context = replace(context, memberships=memberships_of(along))
    if isinstance(event, FeeRefunded):
        return replace(context, **fee_facts(along, context))
    return replace(context, lots=_dead(context, now))


def _for_prize(context: Context, along: Along, event: ContestWon, now: datetime) -> Context:
    return replace(context, lots=_dead(context, now))


def _for_donation(context: Context, along: Along, event: PointsDonated, now: datetime) -> Context:
    return replace(context, cause=cause_of(along))


def _for_places(context: Context, along: Along, event: PlaceTaken | PlaceMoved, now: datetime) -> Context:
    facts = place_facts(along, context, event, now)
    if isinstance(event, PlaceTaken):
        return replace(context, places=facts)
    redemptions, returning = redemptions_of(along), returning_of(along)
    return replace(
        context, lots=_dead(context, now), places=facts, redemptions=redemptions, returning=returning
    )


def _for_merge(context: Context, along: Along, event: MembersMerged, now: datetime) -> Context:
    other = along.other
    absorbed = _context(other, _standing_member(other, event, "absorbed"), context.promises)
    absorbed = replace(absorbed, spending=spending_of(along, absorbed.family))
    return replace(context, spending=spending_of(along, context.family), merging=merge_facts(along, absorbed))


def _for_undo(context: Context, along: Along, event: MergeUndone, now: datetime) -> Context:
    merge, other = merge_to_undo(along), along.other
    if other.member is None:
        raise NotFound(field="merge")
    refuse_undo(merge, context.balance.version, undone=len(along.answers["undone_since"]))
    came = (merge.absorbed_id, *merge.repointed)
    absorbed = _context(other, other.member, context.promises)
    absorbed = replace(absorbed, family=came, spending=spending_of(along, came))
    return replace(
        context,
        spending=spending_of(along, set(context.family) - set(came)),
        merging=undo_facts(along, absorbed, merge),
    )


_READERS: dict[type[Any], Callable[..., Context]] = {
    PurchaseMade: _for_purchase,
    EventOccurred: _for_event,
    ReferralUndone: _for_undone_referral,
    RefundMade: _for_refund,
    RedemptionIssued: _for_issue,
    RedemptionClosed: _for_close,
    GiftCardIssued: _for_card,
    GiftCardEnded: _for_card,
    PointsAdjusted: _for_adjustment,
    PointsExpired: _for_time,
    AwardsOpened: _for_activation,
    PointsOpened: _for_time,
    MembershipStarted: _for_plan,
    MembershipPaid: _for_plan,
    MembershipCancelled: _for_plan,
    FeeRefunded: _for_plan,
    PointsDonated: _for_donation,
    PlaceTaken: _for_places,
    PlaceMoved: _for_places,
    ContestWon: _for_prize,
    MembersMerged: _for_merge,
    MergeUndone: _for_undo,
}
