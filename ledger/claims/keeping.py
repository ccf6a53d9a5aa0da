"""Sales without a customer, as tills and shops tell them: kept once, taken back when the goods come back.

Such a sale is a ``PurchaseMade`` of nobody (``member_id`` 0) until somebody claims it.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.errors import Conflict
from accounts.models import Merchant
from ledger.errors import KeyConflict, WrongCurrency
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models import Purchase, UnclaimedOrder
from ledger.validating import validate
from ledger.writing.parts import body_sha256, says
from programs.queries import terms_of, version_at
from programs.rules import Award, MemberState, Order, OrderLine, award

NOBODY: Final = 0


def keep(sale: PurchaseMade, merchant: Merchant, *, now: datetime) -> tuple[UnclaimedOrder, bool]:
    """Keep a sale, and say whether it was told before.

    Raises ``KeyConflict`` where its number was told of something else or of a member, and what ``validate``
    raises.
    """
    validate(sale, now=now)
    if sale.currency != merchant.currency:
        raise WrongCurrency(field="currency", currency=merchant.currency)
    with transaction.atomic():
        kept, is_new = UnclaimedOrder.objects.get_or_create(
            merchant=merchant,
            source=sale.source,
            external_id=sale.key,
            defaults={
                "branch_id": sale.branch_id,
                "channel": sale.channel,
                "occurred_at": sale.occurred_at,
                "recorded_at": now,
                "currency": sale.currency,
                "total_minor": sum(line.amount_minor for line in sale.lines),
                "lines": [asdict(line) for line in sale.lines],
                "body_sha256": body_sha256(sale),
                "actor": sale.actor,
            },
        )
        if not says(kept.body_sha256, sale) or (is_new and _is_in_the_books(kept)):
            raise KeyConflict(field="key")
    return kept, not is_new


def cancel(order: UnclaimedOrder, *, now: datetime) -> UnclaimedOrder:
    """The goods came back before anybody claimed them. Raises ``Conflict`` once somebody did."""
    unclaimed = UnclaimedOrder.objects.filter(pk=order.pk, member=None)
    if not unclaimed.filter(cancelled_at=None).update(cancelled_at=now) and not unclaimed.exists():
        raise Conflict(field="order")
    order.refresh_from_db()
    return order


def sale_of(order: UnclaimedOrder, *, member_id: int = NOBODY, actor: str = "") -> PurchaseMade:
    """The sale as an event: nobody's, or a member's."""
    return PurchaseMade(
        merchant_id=order.merchant_id,
        member_id=member_id,
        occurred_at=order.occurred_at,
        source=order.source,
        key=order.external_id,
        actor=actor or order.actor,
        currency=order.currency,
        lines=tuple(LineItem(**line) for line in order.lines),
        branch_id=order.branch_id,
        channel=order.channel,
    )


def would_earn(sale: PurchaseMade, merchant: Merchant, branch: str = "") -> Award | None:
    """What somebody new would earn by it, or None where nothing was promised then."""
    version = version_at(merchant, sale.occurred_at)
    if version is None:
        return None
    terms = terms_of(version)
    lines = tuple(
        OrderLine(line.amount_minor, line.kind, line.category, line.quantity, sku=line.sku)  # type: ignore[arg-type]
        for line in sale.lines
    )
    local = sale.occurred_at.astimezone(merchant.timezone)
    order = Order(lines, local, branch=branch, channel=sale.channel)
    return award(order, MemberState(tier_code=terms.tiers[0].code if terms.tiers else ""), terms)


def _is_in_the_books(order: UnclaimedOrder) -> bool:
    known = Purchase.objects.filter(merchant=order.merchant_id, source=order.source)
    return known.filter(external_id=order.external_id).exists()
