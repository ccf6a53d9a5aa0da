"""Reading a context: one statement, and a further one where rare facts ask for more.

``ledger.reading.questions`` asks what most events need; the readers here take from its answers, and ask the
database themselves for what only few members have (waiting points, merged records, a tier's unattended year).
"""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.errors import Invalid, NotFound
from accounts.models import Member
from ledger.context import Context, RefundFacts, Standing
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    Event,
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
from ledger.families import HAS_ABSORBED, family_of
from ledger.merge_undo import refuse_undo
from ledger.models import (
    BonusUse,
    Lot,
    LotUse,
    Movement,
    Purchase,
    PurchaseLine,
    Redemption,
    TierPeriod,
)
from ledger.models.movements import OWING, MovementKind
from ledger.purse import Debt, Taken
from ledger.reading.along import Along
from ledger.reading.for_merging import merge_facts, merge_to_undo, undo_facts
from ledger.reading.for_quotes import with_quotes
from ledger.reading.for_refunds import spending_since, spent_on
from ledger.reading.for_rules import cap_uses_of, with_rules
from ledger.reading.for_time import for_opening, with_time
from ledger.reading.questions import look
from ledger.spending import Spending, Spent
from programs.calendars import business_date, nearest_birthday
from programs.models import Programme, ProgrammeState, Reward
from programs.queries import may_earn, timeline
from programs.tiering import window_start

CAME_FROM = Coalesce("merged_from__root__movement__purchase_id", "movement__purchase_id")
"""The purchase that brought a lot in, before and after merges."""


def read(event: AnyEvent, *, now: datetime, along: Along | None = None) -> Context:
    """Return the member's context for ``event``, from ``along`` if that was looked up before.

    Raises ``NotFound``, or ``Invalid`` for a foreign branch.
    """
    along = along or look(event, now)
    if along.member is None:
        raise NotFound(field="member")
    if getattr(event, "branch_id", None) is not None and along.branch_code is None:
        raise Invalid(field="branch")
    context = _READERS[type(event)](_context(along, along.member), event, now)
    return with_time(context, now)


def _context(along: Along, member: Member) -> Context:
    """What every event needs to know of a member, as it was read along with them."""
    return Context(
        merchant=member.merchant,
        member=member,
        programme=programme_of(member),
        balance=standing_of(member),
        promises=along.promises(member.merchant),
        branch_code=along.branch_code or "",
        periods=along.periods,
        family=tuple(family_of(member.pk)) if along.has_absorbed else (member.pk,),
        debts=along.debts,
        along=along,
    )


def _about(member: Member) -> Context:
    """The same of the second member of a merge."""
    context = Context(
        merchant=member.merchant,
        member=member,
        programme=programme_of(member),
        balance=standing_of(member),
        promises=timeline(member.merchant),
        periods=tuple(TierPeriod.objects.filter(member_id=member.pk).order_by("starts_at", "id")),
        family=tuple(family_of(member.pk)) if getattr(member, "has_absorbed", False) else (member.pk,),
    )
    return replace(context, debts=debts_of(member.pk)) if context.balance.owed else context


def _absorbed(event: Event) -> Member:
    """The active member who goes into another, with merchant, programme and balance in one query."""
    everyone = Member.objects.filter(pk=event.member_id, merchant_id=event.merchant_id)
    members = everyone.active().annotate(has_absorbed=HAS_ABSORBED)
    member = members.select_related("merchant__programme", "balance").first()
    if member is None:
        raise NotFound(field="absorbed")
    return member


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


def open_lots(member_id: int) -> QuerySet[Lot]:
    """Lots with something left."""
    return Lot.objects.filter(member_id=member_id, remaining__gt=0).order_by("id")


def _dead_lots(context: Context, now: datetime) -> tuple[Lot, ...]:
    if not context.balance.available:
        return ()
    today = context.expiry_day(now)
    known = context.along.lots(dead_on=today) if context.along else None
    return tuple(open_lots(context.member.pk).filter(expires_on__lt=today)) if known is None else known


def _all_lots(context: Context) -> tuple[Lot, ...]:
    known = context.along.lots() if context.along else None
    return tuple(open_lots(context.member.pk)) if known is None else known


def _for_purchase(context: Context, event: PurchaseMade, now: datetime) -> Context:
    known = replace(
        context,
        earns=_earns(context, event.occurred_at),
        lots=_dead_lots(context, now),
        spending=_spending(context, event.occurred_at),
        birthday_uses=_birthday_uses(context, event.occurred_at),
        redemptions=_redemptions(context, event.redemption_codes),
    )
    return with_quotes(with_rules(known, event, now), event, now)


def _for_event(context: Context, event: EventOccurred, now: datetime) -> Context:
    lots, earns = _dead_lots(context, now), _earns(context, event.occurred_at)
    return with_rules(replace(context, earns=earns, lots=lots), event, now)


def _earns(context: Context, moment: datetime) -> bool:
    """Whether the programme lets this member earn."""
    programme = context.programme
    if programme is None:
        return False
    in_pilot = context.along.earns_in_pilot(moment) if context.along else None
    if programme.state == ProgrammeState.PILOT and in_pilot is not None:
        return in_pilot
    return may_earn(programme, member_id=context.member.pk, now=moment)


def _for_refund(context: Context, event: RefundMade, now: datetime) -> Context:
    purchase = Purchase.objects.filter(
        merchant_id=event.merchant_id,
        member_id__in=context.family,
        source=event.purchase_source,
        external_id=event.purchase_key,
    ).first()
    if purchase is None:
        raise NotFound(field="purchase")
    lines = PurchaseLine.objects.filter(purchase=purchase).order_by("position")
    known = lines.annotate(refunded=Coalesce(Sum("refunds__amount_minor"), 0))
    lots = tuple(open_lots(event.member_id).annotate(purchase_id=CAME_FROM))
    facts = RefundFacts(
        purchase=purchase,
        lines=tuple(known),
        refunded=tuple(line.refunded for line in known),
        lots=frozenset(lot.pk for lot in lots if lot.purchase_id == purchase.pk and lot.grace_of_id is None),
        cap_uses=cap_uses_of(context, purchase),
        **spent_on(purchase),
    )
    spending = spending_since(context, purchase) if context.periods else Spending()
    return replace(context, lots=lots, refund=facts, spending=spending)


def _for_issue(context: Context, event: RedemptionIssued, now: datetime) -> Context:
    return replace(
        context,
        lots=_all_lots(context),
        reward=_reward(context, event.reward_code, event.occurred_at) if event.reward_code else None,
    )


def _for_close(context: Context, event: RedemptionClosed, now: datetime) -> Context:
    redemptions = _redemptions(context, (event.code,))
    return replace(
        context,
        redemptions=redemptions,
        lots=_dead_lots(context, now),
        returning=_taken_by(context, redemptions) if event.outcome != "used" else (),
    )


def _taken_by(context: Context, redemptions: tuple[Redemption, ...]) -> tuple[Taken, ...]:
    """What the codes took of which lot."""
    if context.along is not None and len(context.family) == 1:
        return context.along.returning
    codes = [row.pk for row in redemptions]
    uses = LotUse.objects.filter(movement__redemption__in=codes, movement__kind=MovementKind.REDEEM)
    return tuple(Taken(use.lot, use.points) for use in uses.select_related("lot").order_by("id"))


def _for_adjustment(context: Context, event: PointsAdjusted, now: datetime) -> Context:
    lots = _all_lots(context) if event.points < 0 else _dead_lots(context, now)
    return replace(context, lots=lots)


def _for_expiry(context: Context, event: PointsExpired, now: datetime) -> Context:
    spending = _spending(context, now) if _unattended_end(context, now) else Spending()
    return replace(context, lots=_dead_lots(context, now), spending=spending)


def _for_activation(context: Context, event: AwardsOpened, now: datetime) -> Context:
    return replace(for_opening(context, event, now), lots=_dead_lots(context, now))


def _for_opening(context: Context, event: PointsOpened, now: datetime) -> Context:
    return replace(context, lots=_dead_lots(context, now))


def _redemptions(context: Context, codes: tuple[str, ...]) -> tuple[Redemption, ...]:
    """The member's redemptions with these codes, in their order. Raises ``NotFound``."""
    if not codes:
        return ()
    if context.along is not None:
        known = [context.along.redemption(code) for code in dict.fromkeys(codes)]
        if all(known):
            return tuple(row for row in known if row)
    rows = Redemption.objects.filter(merchant=context.merchant, member_id__in=context.family, code__in=codes)
    by_code = {row.code: row for row in rows}
    if set(codes) - set(by_code):
        raise NotFound(field="code")
    return tuple(by_code[code] for code in dict.fromkeys(codes))


def _reward(context: Context, code: str, moment: datetime) -> Reward | None:
    terms = context.terms_at(moment)
    if context.along is not None:
        return next(iter(context.along.rewards(terms.version_id if terms else None)), None)
    rewards = Reward.objects.filter(version_id=terms.version_id if terms else None, code=code)
    return rewards.filter(is_active=True).first()


def _birthday_uses(context: Context, moment: datetime) -> tuple[tuple[int, date], ...]:
    """Birthday bonuses already given, asked only when a birthday is near."""
    member, terms = context.member, context.terms_at(moment)
    if member.birthday is None or terms is None or not terms.birthday_rules:
        return ()
    _year, days = nearest_birthday(member.birthday, business_date(moment, terms.zone))
    if days > max(rule.conditions.birthday_window_days for rule in terms.rules if rule.conditions.birthday):
        return ()
    uses: Iterable[BonusUse] = BonusUse.objects.filter(member_id__in=context.family).order_by("id")
    if context.along is not None and len(context.family) == 1:
        uses = context.along.birthday_uses
    return tuple((int(use.occurrence), use.used_on) for use in uses)


def _unattended_end(context: Context, moment: datetime) -> datetime | None:
    """When the last tier's year ended, if that is over and nothing follows yet."""
    ends_at = context.periods[-1].ends_at if context.periods else None
    return ends_at if ends_at is not None and ends_at <= moment else None


def _spending(context: Context, moment: datetime) -> Spending:
    """What counts for tiers at ``moment``.

    One sum, unless a later order is known or a tier's year ended unattended: then order by order, because
    other windows will be asked for.
    """
    terms, last = context.nearest_terms(moment), context.balance.last_purchase_at
    alone = len(context.family) == 1
    if terms is None or (last is None and alone):
        return Spending()
    since = window_start(business_date(moment, terms.zone), terms)
    ended = _unattended_end(context, moment)
    if ended is not None:
        last_day = business_date(ended, terms.zone) - timedelta(days=1)
        since = min(since, window_start(last_day, terms))
    one_sum = alone and last is not None and ended is None and last <= moment
    known = context.along.spent(since) if one_sum and context.along else None
    if last is not None and known is not None:
        return Spending([Spent(last, since, known)])
    each = context.along.orders if context.along and alone else None
    if each is not None:
        return Spending(order for order in each if order.day >= since)
    orders = Purchase.objects.filter(member_id__in=context.family, business_date__gte=since)
    net = F("spend_minor") - F("refunded_spend_minor")
    if last is not None and one_sum:
        return Spending([Spent(last, since, orders.aggregate(total=Sum(net))["total"] or 0)])
    return Spending(Spent(*row) for row in orders.values_list("occurred_at", "business_date", net))


def _for_merge(context: Context, event: MembersMerged, now: datetime) -> Context:
    other = Event(**{place.name: getattr(event, place.name) for place in fields(Event)})
    absorbed = _about(_absorbed(replace(other, member_id=event.absorbed_id)))
    absorbed = replace(absorbed, lots=tuple(open_lots(event.absorbed_id)))
    both = replace(
        context,
        lots=tuple(open_lots(event.member_id)),
        family=(*context.family, *absorbed.family),
        merging=merge_facts(context, absorbed),
    )
    return replace(both, spending=_spending(both, now))


def _for_undo(context: Context, event: MergeUndone, now: datetime) -> Context:
    merge = merge_to_undo(event)
    absorbed = _about(merge.absorbed)
    refuse_undo(merge, context.balance.version)
    lots = tuple(open_lots(event.member_id))
    return replace(context, lots=lots, merging=undo_facts(context, absorbed, merge))


_READERS: dict[type[Any], Callable[..., Context]] = {
    PurchaseMade: _for_purchase,
    EventOccurred: _for_event,
    RefundMade: _for_refund,
    RedemptionIssued: _for_issue,
    RedemptionClosed: _for_close,
    PointsAdjusted: _for_adjustment,
    PointsExpired: _for_expiry,
    AwardsOpened: _for_activation,
    PointsOpened: _for_opening,
    MembersMerged: _for_merge,
    MergeUndone: _for_undo,
}
