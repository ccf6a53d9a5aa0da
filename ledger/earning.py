"""Planning a purchase: what it earns at its own date, what it uses, and which tier it reaches. Pure."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ledger import topics
from ledger.capping import let_go, spend_caps
from ledger.causes.sharing import promise_share
from ledger.collecting import collect_order
from ledger.context import Context
from ledger.counting import count_of
from ledger.drafting import Awarded, Draft, Posting, Update
from ledger.errors import DiscountTooLarge
from ledger.event import Event
from ledger.events import EventOccurred, PurchaseMade
from ledger.gift_cards import pay_with_cards
from ledger.models import BonusUse, PendingAward, Purchase, PurchaseLine
from ledger.models.movements import MovementKind
from ledger.models.purchases import LineKind
from ledger.models.redemptions import RedemptionKind
from ledger.pending import hold, must_wait, open_due, opens_on
from ledger.perking import told_perks
from ledger.quoted import honoured
from ledger.redeeming import use_in_order
from ledger.spending import Spent
from ledger.tier_life import UPGRADE
from ledger.writing.rows import new
from programs import reasons
from programs.calendars import business_date
from programs.goals import Bought
from programs.models import ProgrammeState
from programs.occasions import Days, days_in_force
from programs.reasons import Reason
from programs.rules import Award, LineAward, MemberState, Order, OrderLine, award, facts_of
from programs.terms import Terms

NO_POINTS = Fraction(0)


def plan_purchase(event: PurchaseMade, context: Context, *, now: datetime) -> Posting:
    """Plan one order. Raises ``CodeSpent`` and ``DiscountTooLarge`` for codes it cannot use."""
    draft = Draft(event, context, now)
    open_due(draft)
    tier_code = _tier_before(draft)
    spend_minor = sum(line.amount_minor for line in event.lines if line.kind == LineKind.GOODS)
    paid_minor = _paid_with_points(event, context, draft.terms, spend_minor)
    draft.awarded = _priced(draft, event, tier_code, spend_minor, paid_minor)
    earned, terms, tier_code = draft.awarded
    purchase = _add_purchase(draft, event, earned, terms, tier_code)
    if context.quote is not None:
        spent = {"is_open": False, "purchase_id": purchase}
        draft.updates.append(Update(context.quote, spent, {"is_open": True}))
    for redemption in context.redemptions:
        use_in_order(draft, redemption, event, purchase)
    due_minor = purchase.total_minor - paid_minor
    pay_with_cards(draft, event, purchase, due_minor)
    waiting = _award(draft, purchase, earned, terms) if earned.points and terms else None
    spend_caps(draft, earned, terms, purchase=purchase)
    _collect(draft, event, purchase)
    let_go(draft)
    promise_share(draft, purchase, terms)
    _move_tiers(draft, purchase)
    draft.bury()
    _count(draft, event)
    return draft.posting(
        points=earned.points,
        tier_before=tier_code or draft.context.balance.tier_code,
        value_minor=paid_minor,
        waiting=_waiting(waiting) if waiting else {},
        ahead={} if event.quiet else _ahead(draft),
        **({} if event.quiet else told_perks(draft, earned.base_minor, tier_code)),
    )


def _priced(draft: Draft, event: PurchaseMade, tier_code: str, spend_minor: int, paid_minor: int) -> Awarded:
    """What the order earns: as it was quoted and signed, or by the rules. Raises ``QuoteOver``."""
    context = draft.context
    if context.quote is not None:
        return Awarded(*honoured(context.quote, event, context, draft.now))
    terms, why_not = earning_terms(event, context, now=draft.now)
    if terms is None:
        return Awarded(_nothing(event, spend_minor, why_not), None, tier_code)
    order = _order(event, context, terms, paid_minor)
    return Awarded(award(order, member_state(context, tier_code), terms), terms, tier_code)


def earning_terms(
    event: PurchaseMade | EventOccurred, context: Context, *, now: datetime
) -> tuple[Terms | None, Reason]:
    """The terms the order (or event) earns by, or none and why.

    By its own choice (``award``) or, when it makes none, within the claim window and while the programme
    lets this member earn. An order that is told to earn and is older than every promise earns by the
    earliest one.
    """
    if event.award is False:
        return None, Reason(reasons.HISTORY_ONLY)
    if event.award:
        return context.nearest_terms(event.occurred_at), Reason(reasons.HISTORY_ONLY)
    terms = context.terms_at(event.occurred_at)
    if terms is None:
        return None, Reason(reasons.HISTORY_ONLY)
    if event.occurred_at < now - timedelta(days=terms.claim_window_days):
        return None, Reason(reasons.OUTSIDE_WINDOW, {"days": terms.claim_window_days})
    if not context.earns:
        state = context.programme.state_at(event.occurred_at) if context.programme else ""
        return None, Reason(_WHY_NOT.get(state, reasons.HISTORY_ONLY))
    return terms, Reason(reasons.NOTHING_EARNED)


_WHY_NOT: dict[str, str] = {
    ProgrammeState.PAUSED: reasons.PAUSED,
    ProgrammeState.CLOSING: reasons.CLOSING,
    ProgrammeState.CLOSED: reasons.CLOSING,
}


def _tier_before(draft: Draft) -> str:
    """The tier that prices the order: the one held at its instant (RULES 4)."""
    if draft.tiers is None:
        return ""
    draft.tiers.renew(draft.event.occurred_at)
    return draft.tiers.held_at(draft.event.occurred_at)


def _paid_with_points(event: PurchaseMade, context: Context, terms: Terms | None, spend_minor: int) -> int:
    """What the order's codes are worth; never more than its goods or the programme's cap (RULES 17)."""
    paid_minor = sum(redemption.value_minor for redemption in context.redemptions)
    blocks_minor = sum(one.value_minor for one in context.redemptions if one.kind == RedemptionKind.DISCOUNT)
    cap = terms.max_redeem_minor if terms else None
    if paid_minor > spend_minor or (cap is not None and blocks_minor > cap):
        raise DiscountTooLarge(field="redemption_codes")
    return paid_minor


def _order(event: PurchaseMade, context: Context, terms: Terms, paid_minor: int) -> Order:
    return Order(
        lines=tuple(
            OrderLine(line.amount_minor, line.kind, line.category, line.quantity, sku=line.sku)  # type: ignore[arg-type]
            for line in event.lines
        ),
        occurred_local=event.occurred_at.astimezone(context.merchant.timezone),
        points_paid_minor=paid_minor,
        branch=context.branch_code,
        channel=event.channel,
        occasions=occasions_around(event, context, terms),
    )


def occasions_around(event: Event, context: Context, terms: Terms) -> tuple[Days, ...]:
    """The days of the occasions that the terms name, as they stood when the event occurred."""
    if not terms.occasions:
        return ()
    day = business_date(event.occurred_at, terms.zone)
    return tuple(days_in_force(terms.occasions, day, context.rules.occasions, event.occurred_at))


def member_state(context: Context, tier_code: str) -> MemberState:
    """The member as the rules see them."""
    member, facts = context.member, context.rules
    return MemberState(
        *(tier_code, member.birthday, member.birthday_changed_on, context.birthday_uses),
        *(facts.segments, facts.plan, facts.orders, facts.used),
    )


def _nothing(event: PurchaseMade, spend_minor: int, why: Reason) -> Award:
    """History: the spend counts, the points do not."""
    lines = tuple(LineAward(0, NO_POINTS, NO_POINTS, ()) for _line in event.lines)
    return Award(0, spend_minor, 0, lines, (why,))


def _add_purchase(
    draft: Draft, event: PurchaseMade, earned: Award, terms: Terms | None, tier_code: str
) -> Purchase:
    draft.reasons += [reason.as_json() for reason in earned.reasons]
    purchase = new(
        Purchase,
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        source=event.source,
        external_id=event.key,
        branch_id=event.branch_id,
        channel=event.channel,
        occurred_at=event.occurred_at,
        business_date=draft.day,
        recorded_at=draft.now,
        currency=event.currency,
        total_minor=sum(line.amount_minor for line in event.lines),
        spend_minor=earned.base_minor,
        points_paid_minor=sum(redemption.value_minor for redemption in draft.context.redemptions),
        points=earned.points,
        version_id=terms.version_id if terms else None,
        tier_code=tier_code,
        reasons=list(draft.reasons),
        actor=event.actor,
    )
    draft.rows.append(purchase)
    draft.named["purchase_id"] = purchase
    for position, (line, its) in enumerate(zip(event.lines, earned.lines, strict=True), start=1):
        row = new(
            PurchaseLine,
            purchase=purchase,
            position=position,
            kind=line.kind,
            category=line.category,
            name=line.name,
            sku=line.sku,
            quantity=line.quantity,
            amount_minor=line.amount_minor,
            base_minor=its.base_minor,
            points_exact=str(its.exact),
        )
        draft.rows.append(row)
    return purchase


def _award(draft: Draft, purchase: Purchase, earned: Award, terms: Terms) -> PendingAward | None:
    """The award, at once or held until it opens, and the once-only bonuses it used."""
    waiting = hold(draft, purchase, earned.points, terms) if must_wait(draft, terms) else None
    if waiting is None:
        _credit(draft, purchase, earned, terms)
    given = {year for year, _day in draft.context.birthday_uses}
    for code in () if earned.birthday_year in given else earned.birthday_rules:
        use = new(
            BonusUse,
            purchase=purchase,
            member_id=purchase.member_id,
            rule_code=code,
            occurrence=str(earned.birthday_year),
            used_on=purchase.business_date,
        )
        draft.rows.append(use)
    if draft.is_news:
        apart = {"pending": waiting.points} if waiting else {}
        draft.tell(topics.POINTS_EARNED, points=earned.points, **apart)
    return waiting


def _credit(draft: Draft, purchase: Purchase, earned: Award, terms: Terms) -> None:
    """The award as a movement and a lot of its own, which lives from the day it could be spent (RULES 11)."""
    movement = draft.move(
        MovementKind.EARN, earned.points, why=earned.reasons, version_id=terms.version_id, purchase=purchase
    )
    draft.named["movement_id"] = movement
    draft.count("earned_ever", earned.points)
    expires_on = draft.last_day(terms, opens_on(terms, draft.day) or draft.day)
    draft.credit(movement, earned.points, earned_at=purchase.occurred_at, expires_on=expires_on)


def _collect(draft: Draft, event: PurchaseMade, purchase: Purchase) -> None:
    """Stamps, challenges and gifts of the order, by the terms and the tier that priced it."""
    earned, terms, tier_code = draft.awarded or (None, None, "")
    if earned is None or terms is None or not terms.goals:
        return
    bought = [
        Bought(its.base_minor, line.quantity, line.category, line.sku, its.exact)
        for line, its in zip(event.lines, earned.lines, strict=True)
    ]
    place = (draft.context.branch_code, event.channel, occasions_around(event, draft.context, terms))
    local = event.occurred_at.astimezone(draft.context.merchant.timezone)
    member = member_state(draft.context, tier_code)
    facts = facts_of(local, earned.paid_base_minor, *place, member=member, terms=terms)
    collect_order(draft, purchase, bought, facts, terms)


def _waiting(award: PendingAward) -> dict[str, Any]:
    """What the receipt says of points that wait."""
    until = {"opens_on": award.opens_on.isoformat()} if award.opens_on else {"awaits": award.awaits}
    return {"points": award.points, **until}


def _move_tiers(draft: Draft, purchase: Purchase) -> None:
    if draft.tiers is None or draft.terms is None:
        return
    count = count_of(purchase, draft.terms.tier_basis)
    draft.tiers.spend(Spent(purchase.occurred_at, purchase.business_date, count))
    for period in draft.tiers.added:
        if period.why == UPGRADE:
            period.purchase = purchase


def _ahead(draft: Draft) -> dict[str, Any]:
    """The next tier and what is missing to it after this order, for the receipt; nothing at the top."""
    way = draft.tiers.ahead(draft.now) if draft.tiers else None
    if way is None or way.next_tier is None:
        return {}
    names = {"name_ar": way.next_tier.name_ar, "name_en": way.next_tier.name_en}
    basis = draft.terms.tier_basis if draft.terms else "spend"
    unit = {} if basis == "spend" else {"basis": basis}
    return {"tier": way.next_tier.code, **names, "missing_minor": way.missing, **unit}


def _count(draft: Draft, event: PurchaseMade) -> None:
    """The balance's counters of purchases."""
    before, at = draft.context.balance, event.occurred_at
    draft.counters |= {
        "purchases": before.purchases + 1,
        "first_purchase_at": min(before.first_purchase_at or at, at),
        "last_purchase_at": max(before.last_purchase_at or at, at),
    }
