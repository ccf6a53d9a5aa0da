"""Proving paid memberships: how many fees, and until when, is what the fees say (RULES 37, 43)."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from ledger.models import Membership, MembershipPayment
from ledger.models.memberships import EndedWhy
from ledger.proving.finding import Found, Scope
from programs.memberships import paid_through


def memberships(scope: Scope) -> Iterator[Found]:
    """Fees less refunds, and the last day they reach; one ended by a refund keeps the day it had."""
    fees, refunds = (Count("payments", filter=Q(payments__kind=kind)) for kind in ("fee", "refund"))
    rows = Membership.objects.filter(scope.rows()).annotate(paid=fees - refunds)
    for row in rows.order_by("pk").iterator(chunk_size=2_000):
        where = f"membership {row.pk} of member {row.member_id}"
        if row.fees != row.paid:
            yield "membership, fees", where, row.fees, row.paid
        last = paid_through(row.anchor_on, row.period, row.paid)
        if row.paid_through != last and row.ended_why != EndedWhy.REFUNDED:
            yield "membership, paid through", where, row.paid_through, last


def fees(scope: Scope) -> Iterator[Found]:
    """What a fee earned moved, and a refund is of a fee of the same membership and amount."""
    rows = MembershipPayment.objects.filter(scope.rows())
    for row in rows.exclude(points=0).exclude(points=F("movement__points")).order_by("pk"):
        yield "membership fee", f"fee {row.pk}", row.points, "another movement"
    backs = rows.filter(kind="refund").select_related("refunds")
    for row in backs.exclude(membership=F("refunds__membership"), amount_minor=F("refunds__amount_minor")):
        yield "membership fee", f"refund {row.pk}", row.amount_minor, "not that of its fee"
