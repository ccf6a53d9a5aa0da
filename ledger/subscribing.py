"""Planning paid membership: a trial begins, a fee is paid or given back, a member cancels (RULES 37). Pure.

Two fees for one period are two periods: whoever paid twice, at the till and by card, holds it twice as long.
A fee paid within the grace continues from the old date; after it, a new membership begins. Records of one
person share their memberships: the one that is paid longest counts, and nothing moves when they are merged.
"""

from datetime import datetime, timedelta
from typing import Any

from accounts.errors import NotFound
from ledger import topics
from ledger.context import Context
from ledger.drafting import Draft, Posting, Update
from ledger.errors import FeeGivenBack, NoMembership, NoTrial, NotSold, OtherMembership, TrialUsed, WrongFee
from ledger.events_of_fees import FeeRefunded, MembershipCancelled, MembershipPaid, MembershipStarted
from ledger.granting import grant_voucher, may_void, void_voucher
from ledger.models import Membership, MembershipPayment
from ledger.models.memberships import EndedWhy, MembershipState, PaymentKind
from ledger.models.movements import MovementKind
from ledger.models.redemptions import RedemptionOrigin
from ledger.pending import open_due
from ledger.writing.rows import new
from programs import reasons
from programs.memberships import paid_through
from programs.plan_fees import fee_award
from programs.reasons import Reason
from programs.terms import PlanTerms, Terms

ONE_DAY = timedelta(days=1)


def plan_trial(event: MembershipStarted, context: Context, *, now: datetime) -> Posting:
    """Begin a trial. Raises ``NotSold``, ``NoTrial``, ``TrialUsed`` and ``OtherMembership``."""
    draft = Draft(event, context, now)
    _terms, plan = _sold(draft, event.plan)
    if not plan.trial_days:
        raise NoTrial(field="plan")
    if _counting(draft, event.occurred_at) is not None:
        raise OtherMembership(field="plan")
    if any(one.trial_until for one in context.memberships):
        raise TrialUsed(field="plan")
    last = draft.day + timedelta(days=plan.trial_days)
    begun = _begin(draft, plan, anchor_on=last, trial_until=last, state=MembershipState.TRIAL)
    draft.tell(topics.MEMBERSHIP_STARTED, plan=plan.code)
    return draft.posting(membership=told(begun))


def plan_payment(event: MembershipPaid, context: Context, *, now: datetime) -> Posting:
    """Let a fee pay for one period more. Raises ``NotSold``, ``OtherMembership`` and ``WrongFee``."""
    draft = Draft(event, context, now)
    open_due(draft)
    held = _counting(draft, event.occurred_at) or _counting(draft, now)
    if held is not None and held.plan != event.plan:
        raise OtherMembership(field="plan")
    terms, plan = _sold(draft, event.plan)
    price_minor = held.price_minor if held else plan.price_minor
    if event.amount_minor != price_minor:
        raise WrongFee(field="amount", price_minor=price_minor, currency=context.merchant.currency)
    row = held or _begin(draft, plan, anchor_on=draft.day, trial_until=None, state=MembershipState.ACTIVE)
    _pay(draft, event, row, terms, plan)
    draft.bury()
    return draft.posting(membership=told(row), points=sum(one.points for one in _payments(draft)))


def plan_cancelling(event: MembershipCancelled, context: Context, *, now: datetime) -> Posting:
    """Let the membership run out on its last paid day; in the grace it is over at once.

    Raises ``NoMembership``. One that is cancelled already stays as it is.
    """
    draft = Draft(event, context, now)
    row = _counting(draft, now)
    if row is None:
        raise NoMembership(field="plan")
    if row.cancelled_at is None:
        changed: dict[str, Any] = {"cancelled_at": now}
        if draft.today > row.paid_through:
            changed |= _ending(now, EndedWhy.CANCELLED)
        _change(draft, row, **changed)
        draft.tell(topics.MEMBERSHIP_CANCELLED, plan=row.plan)
    return draft.posting(membership=told(row))


def plan_fee_refund(event: FeeRefunded, context: Context, *, now: datetime) -> Posting:
    """Give a fee back: its period goes, and with the one that runs, the membership.

    Raises ``NotFound`` for a fee that is not this person's, ``FeeGivenBack`` for one given back already.
    """
    draft = Draft(event, context, now)
    open_due(draft)
    fee, row = context.fee, context.fee_membership
    if fee is None or row is None or fee.member_id not in context.family:
        raise NotFound(field="payment")
    if context.fee_is_refunded:
        raise FeeGivenBack(field="payment")
    back = _note_refund(draft, event, fee, row)
    _take_period_off(draft, row)
    _claw_back(draft, fee, back)
    voucher = context.fee_voucher
    if voucher is not None and may_void(voucher, now):
        void_voucher(draft, voucher)
    draft.tell(topics.MEMBERSHIP_ENDED, plan=row.plan, why=EndedWhy.REFUNDED)
    return draft.posting(membership=told(row), points=back.points, value_minor=fee.amount_minor)


def told(row: Membership) -> dict[str, Any]:
    """The membership as a receipt carries it."""
    said = {
        "plan": row.plan,
        "state": str(row.state),
        "paid_through": row.paid_through.isoformat(),
        "trial_until": row.trial_until.isoformat() if row.trial_until else "",
        "is_cancelled": row.cancelled_at is not None,
    }
    return {name: value for name, value in said.items() if value}


def _counting(draft: Draft, moment: datetime) -> Membership | None:
    """The membership that counts at ``moment``: the one paid longest."""
    zone = draft.zone
    found = [one for one in draft.context.memberships if one.holding.covers(moment, zone)]
    return max(found, key=lambda one: (one.paid_through, one.started_at), default=None)


def _sold(draft: Draft, code: str) -> tuple[Terms, PlanTerms]:
    """The terms in force when it happened, and their plan. Raises ``NotSold``."""
    terms = draft.context.terms_at(draft.event.occurred_at)
    plan = terms.plan(code) if terms else None
    if terms is None or plan is None:
        raise NotSold(field="plan")
    return terms, plan


def _begin(draft: Draft, plan: PlanTerms, *, anchor_on: Any, trial_until: Any, state: str) -> Membership:
    """A membership at the plan's price of today, without a fee so far."""
    terms = draft.context.terms_at(draft.event.occurred_at)
    row = new(
        Membership,
        merchant_id=draft.event.merchant_id,
        member_id=draft.event.member_id,
        version_id=terms.version_id if terms else 0,
        plan=plan.code,
        price_minor=plan.price_minor,
        currency=draft.context.merchant.currency,
        period=plan.period,
        grace_days=plan.grace_days,
        started_at=draft.event.occurred_at,
        trial_until=trial_until,
        anchor_on=anchor_on,
        fees=0,
        paid_through=anchor_on,
        state=state,
        actor=draft.event.actor,
    )
    draft.rows.append(row)
    draft.named["membership_id"] = row
    return row


def _pay(draft: Draft, event: MembershipPaid, row: Membership, terms: Terms, plan: PlanTerms) -> None:
    """Enter the fee and let it reach one period further."""
    is_first = row.fees == 0
    from_day = row.anchor_on if is_first and row.trial_until is None else row.paid_through + ONE_DAY
    to_day = paid_through(row.anchor_on, row.period, row.fees + 1)
    payment = new(
        MembershipPayment,
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        membership=row,
        kind=PaymentKind.FEE,
        amount_minor=event.amount_minor,
        currency=row.currency,
        method=event.method,
        from_day=from_day,
        to_day=to_day,
        source=event.source,
        external_id=event.key,
        provider_id=event.provider_id,
        occurred_at=event.occurred_at,
        business_date=draft.day,
        recorded_at=draft.now,
        actor=event.actor,
    )
    if plan.fee_earns:
        _earn(draft, payment, terms)
    if is_first and plan.welcome_reward:
        _welcome(draft, payment, terms, plan)
    draft.rows.append(payment)
    draft.named |= {"membership_id": row, "membership_payment_id": payment}
    changed: dict[str, Any] = {"fees": row.fees + 1, "paid_through": to_day, "state": MembershipState.ACTIVE}
    if draft.today > to_day:
        changed["state"] = MembershipState.GRACE  # told late: the night ends it, if nothing follows
    if not event.renewal:
        changed["cancelled_at"] = None  # who pays again by hand wants to stay
    if event.card_token:
        changed["card_token"] = event.card_token
    if row.state == MembershipState.ENDED:
        changed |= {"ended_at": None, "ended_why": ""}  # told late: it was paid before the night ended it
    _change(draft, row, **changed)
    draft.tell(topics.MEMBERSHIP_STARTED if is_first else topics.MEMBERSHIP_RENEWED, plan=row.plan)


def _earn(draft: Draft, payment: MembershipPayment, terms: Terms) -> None:
    """What goods of the fee's price would earn by the plain rule and the tier: no bonus, no cap, no wait."""
    tier_code = draft.tiers.held_at(draft.event.occurred_at) if draft.tiers else ""
    earned = fee_award(payment.amount_minor, tier_code, draft.event.occurred_at, terms)
    if not earned.points:
        return
    movement = draft.move(MovementKind.EARN, earned.points, why=earned.reasons, version_id=terms.version_id)
    draft.named["movement_id"] = movement
    draft.reasons += [reason.as_json() for reason in earned.reasons]
    draft.count("earned_ever", earned.points)
    expires_on = draft.last_day(terms, draft.day)
    draft.credit(movement, earned.points, earned_at=payment.occurred_at, expires_on=expires_on)
    payment.points = earned.points
    payment._state.fields_cache["movement"] = movement


def _welcome(draft: Draft, payment: MembershipPayment, terms: Terms, plan: PlanTerms) -> None:
    """Give the plan's voucher with the first fee of a membership; one that comes back is void again."""
    origin = RedemptionOrigin.PLAN
    voucher = grant_voucher(
        draft, reward_code=plan.welcome_reward, origin=origin, terms=terms, because=plan.code
    )
    if voucher is not None:
        payment._state.fields_cache["voucher"] = voucher


def _note_refund(
    draft: Draft, event: FeeRefunded, fee: MembershipPayment, row: Membership
) -> MembershipPayment:
    back = new(
        MembershipPayment,
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        membership_id=row.pk,
        kind=PaymentKind.REFUND,
        amount_minor=fee.amount_minor,
        currency=fee.currency,
        method=fee.method,
        from_day=fee.from_day,
        to_day=fee.to_day,
        source=event.source,
        external_id=event.key,
        provider_id=fee.provider_id,
        occurred_at=event.occurred_at,
        business_date=draft.day,
        recorded_at=draft.now,
        points=-fee.points,
        refunds_id=fee.pk,
        actor=event.actor,
    )
    draft.rows.append(back)
    draft.named |= {"membership_payment_id": back}
    return back


def _take_period_off(draft: Draft, row: Membership) -> None:
    """One period less; one that runs today, or the only one, ends the membership at this instant.

    What was held until now stays held: an order of yesterday that is told late had its plan.
    """
    fees = row.fees - 1
    last = paid_through(row.anchor_on, row.period, max(fees, 0))
    is_over = fees <= 0 or last < draft.today
    changed: dict[str, Any] = {"fees": max(fees, 0)}
    if not is_over:
        changed["paid_through"] = last
    elif row.state != MembershipState.ENDED:
        changed |= _ending(draft.now, EndedWhy.REFUNDED)
    _change(draft, row, **changed)


def _claw_back(draft: Draft, fee: MembershipPayment, back: MembershipPayment) -> None:
    """Take back what the fee earned, its own lots first; what is spent already is owed."""
    if not fee.points:
        return
    taken = draft.purse.take(fee.points, first=lambda lot: lot.movement_id == fee.movement_id)
    params = {"amount_minor": fee.amount_minor, "currency": fee.currency}
    why = Reason(reasons.REFUND, params)
    movement = draft.move(MovementKind.CLAWBACK, -fee.points, why=[why])
    draft.named["movement_id"] = movement
    draft.reasons.append(why.as_json())
    draft.use(movement, taken)
    draft.show(taken)
    missing = fee.points - sum(part.points for part in taken)
    if missing:
        draft.purse.owe(movement, missing)
    back._state.fields_cache["movement"] = movement


def _ending(moment: datetime, why: EndedWhy) -> dict[str, Any]:
    return {"state": MembershipState.ENDED, "ended_at": moment, "ended_why": why}


def _change(draft: Draft, row: Membership, **values: Any) -> None:
    """Give a membership new values: on the row itself if it is new, else as it is expected to stand."""
    if not row._state.adding:
        expected = {"fees": row.fees, "state": row.state, "paid_through": row.paid_through}
        draft.updates.append(Update(row, values, expected))
    for name, value in values.items():
        setattr(row, name, value)


def _payments(draft: Draft) -> list[MembershipPayment]:
    return [row for row in draft.rows if isinstance(row, MembershipPayment)]
