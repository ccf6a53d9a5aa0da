"""Asking Moyasar about a charge that is due: rows hold the work, and no lock is held while it is asked.

A worker claims a charge by moving the moment at which it is looked at next, calls, and settles. One that dies
leaves a claim that runs out: then the payment is looked up by our own id before anything is asked again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from accounts.sealed import opened
from ledger.models import CardCharge
from ledger.models.card_payments import ChargeState
from ledger.moyasar.client import Moyasar, Payment, Refused, Unreachable
from ledger.moyasar.keys import CARD, client_of
from ledger.moyasar.settling import settle

Clock = Callable[[], datetime]

LEASE: Final = timedelta(minutes=5)
BATCH: Final = 50
GIVES_UP: Final = timedelta(days=2)
"""How long a page is asked about that nobody paid on."""


def work_charges(*, clock: Clock) -> int:
    """Work on the charges that are due; returns how many were settled."""
    due = CardCharge.objects.filter(act_at__lte=clock()).order_by("act_at")
    found = list(due.values_list("pk", "act_at")[:BATCH])
    return sum(_work(pk, act_at, clock) for pk, act_at in found if act_at is not None)


def _work(pk: int, act_at: datetime, clock: Clock) -> int:
    now = clock()
    mine = CardCharge.objects.filter(pk=pk, act_at=act_at)
    if not mine.update(act_at=now + LEASE):
        return 0
    charge = CardCharge.objects.select_related("membership", "merchant").get(pk=pk)
    client = client_of(charge.merchant_id)
    if client is None:
        _fail(charge, "no keys")
        return 0
    try:
        ask(charge, client, now)
    except Refused as refused:
        _fail(charge, refused.message or str(refused.status))
    except Unreachable:
        return 0  # the claim runs out, and it is looked up again
    return 1


def ask(charge: CardCharge, client: Moyasar, now: datetime) -> str:
    """Charge, or look up what became of the charge; returns its state. Raises ``MoyasarError``."""
    if charge.invoice_id:
        return _look_at_page(charge, client, now)
    known = None if charge.state == ChargeState.PLANNED else client.payment(str(charge.given_id))
    return settle(charge, known or _charge(charge, client), now=now)


def _charge(charge: CardCharge, client: Moyasar) -> Payment:
    """Charge the card. Refused because the id is known already: then this is what was asked before."""
    CardCharge.objects.filter(pk=charge.pk).update(state=ChargeState.CLAIMED)
    held = charge.membership
    try:
        return client.charge(
            given_id=str(charge.given_id),
            amount_minor=charge.amount_minor,
            currency=charge.currency,
            token=opened(CARD, held.card_token) if held else "",
            what=f"{charge.merchant.name_en} · {charge.plan}",
            back_to=page_address(charge),
        )
    except Refused:
        known = client.payment(str(charge.given_id))
        if known is None:
            raise
        return known


def _look_at_page(charge: CardCharge, client: Moyasar, now: datetime) -> str:
    """Look at what was tried on a page, in case the webhook did not reach us."""
    for tried in client.page(charge.invoice_id).payments:
        payment = client.payment(tried)
        if payment is not None and payment.is_paid:
            return settle(charge, payment, now=now)
    if charge.made_at + GIVES_UP < now:
        _fail(charge, "not paid")
        return ChargeState.FAILED
    CardCharge.objects.filter(pk=charge.pk).update(act_at=now + timedelta(hours=1))
    return str(charge.state)


def _fail(charge: CardCharge, said: str) -> None:
    rows = CardCharge.objects.filter(pk=charge.pk).exclude(state=ChargeState.PAID)
    rows.update(state=ChargeState.FAILED, said=said[:200], act_at=None)


def page_address(charge: CardCharge) -> str:
    """Where the member comes back to: their page of plans."""
    host = charge.merchant.host
    origin = f"https://{host}" if host else settings.SITE_URL.rstrip("/")
    return f"{origin}/m/{charge.merchant.slug}/plan/"
