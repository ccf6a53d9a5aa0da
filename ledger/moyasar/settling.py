"""What a payment at Moyasar means here: the fee goes into the books once, whoever tells of it first.

Only what Moyasar itself answers is believed, and the amount and the currency must be the charge's own.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from accounts.errors import WalaaError
from accounts.sealed import sealed
from ledger.events_of_fees import FeeRefunded, MembershipPaid
from ledger.models import CardCharge, MembershipPayment
from ledger.models.card_payments import ChargeState
from ledger.models.memberships import PaymentKind, PaymentMethod
from ledger.moyasar.client import OVER, Payment
from ledger.moyasar.keys import CARD
from ledger.posting import post

SOURCE: Final = "moyasar"
LOOK_AGAIN: Final = timedelta(minutes=30)
MEMBER_HAS: Final = timedelta(hours=24)
"""How long a member has to confirm a charge at their bank, or to pay on a page."""


def charge_of(merchant_id: int, payment: Payment) -> CardCharge | None:
    """The charge that a payment belongs to; None for one that is not ours."""
    mine = Q(payment_id=payment.id)
    if payment.invoice_id:
        mine |= Q(invoice_id=payment.invoice_id)
    rows = CardCharge.objects.filter(merchant=merchant_id)
    found = rows.filter(mine).first()
    if found is None and len(payment.id) == 36:
        found = rows.filter(given_id=payment.id).first() if _is_uuid(payment.id) else None
    return found


def settle(charge: CardCharge, payment: Payment, *, now: datetime) -> str:
    """Let a payment have its effect; returns the charge's state after it."""
    if payment.is_paid:
        return _paid(charge, payment, now)
    if payment.status in OVER:
        return charge.state if charge.invoice_id else _close(charge, ChargeState.FAILED, payment.message)
    if charge.made_at + MEMBER_HAS < now:
        return _close(charge, ChargeState.FAILED, "not confirmed")
    return _wait(charge, payment, now)


def _paid(charge: CardCharge, payment: Payment, now: datetime) -> str:
    """Post the fee, and its refund where the money went back."""
    if (payment.amount_minor, payment.currency) != (charge.amount_minor, charge.currency):
        return _close(charge, ChargeState.ODD, "another amount or currency", payment.id)
    try:
        post(_fee(charge, payment, now), now=now)
        if payment.refunded_minor >= payment.amount_minor:
            _give_back(charge, payment, now)
    except WalaaError as refusal:
        return _close(charge, ChargeState.ODD, refusal.code, payment.id)
    return _close(charge, ChargeState.PAID, payment.message, payment.id)


def _fee(charge: CardCharge, payment: Payment, now: datetime) -> MembershipPaid:
    """The fee under the payment's own number. Its time is Moyasar's and never part of what it says."""
    token = sealed(CARD, payment.token) if payment.token else ""
    return MembershipPaid(
        merchant_id=charge.merchant_id,
        member_id=charge.member_id,
        occurred_at=min(payment.made_at, now),
        stamped=True,
        source=SOURCE,
        key=payment.id,
        actor=SOURCE,
        plan=charge.plan,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        method=PaymentMethod.ONLINE,
        provider_id=payment.id,
        card_token=token,
        renewal=charge.membership_id is not None,
    )


def _give_back(charge: CardCharge, payment: Payment, now: datetime) -> None:
    """Post the refund of a fee, unless somebody did."""
    fees = MembershipPayment.objects.filter(merchant=charge.merchant_id, kind=PaymentKind.REFUND)
    if fees.filter(provider_id=payment.id).exists():
        return
    fee = _fee(charge, payment, now)
    back = FeeRefunded(
        merchant_id=fee.merchant_id,
        member_id=fee.member_id,
        occurred_at=now,
        stamped=True,
        source=SOURCE,
        key=payment.id,
        actor=SOURCE,
        fee_source=SOURCE,
        fee_key=payment.id,
    )
    post(back, now=now)


def _wait(charge: CardCharge, payment: Payment, now: datetime) -> str:
    """The member's bank wants to hear from them, or nothing was paid on the page so far."""
    values = {"state": ChargeState.OPEN, "act_at": now + LOOK_AGAIN}
    if not charge.invoice_id:
        values |= {"payment_id": payment.id, "url": payment.url, "said": payment.message}
    _unsettled(charge).update(**values)
    return ChargeState.OPEN


def _close(charge: CardCharge, state: ChargeState, said: str, payment_id: str = "") -> str:
    """Settle the charge; one that was paid stays so."""
    values = {"state": state, "said": said[:200], "act_at": None}
    _unsettled(charge).update(**values, **({"payment_id": payment_id} if payment_id else {}))
    return state


def _unsettled(charge: CardCharge) -> QuerySet[CardCharge]:
    return CardCharge.objects.filter(pk=charge.pk).exclude(state=ChargeState.PAID)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
