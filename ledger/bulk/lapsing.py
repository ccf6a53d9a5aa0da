"""The night of paid memberships: who was not paid for awaits a renewal, and what ran out is ended (RULES 37).

Benefits go by the days alone, so a night that comes late takes and gives nothing: it brings the state up
to date for lists and tells the news. What ended is dated at its midnight. Rows that a payment moved
meanwhile are left alone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import outbox
from accounts.models import Merchant, OutboxEvent
from ledger import topics
from ledger.models import Membership
from ledger.models.memberships import EndedWhy, MembershipState
from programs.calendars import business_date
from programs.memberships import lapses_at

CHUNK: Final = 500


def lapse(*, merchant: Merchant, now: datetime) -> int:
    """Bring the memberships of one merchant up to date; returns how many changed."""
    changed = 0
    while rows := _step(merchant, now):
        changed += rows
    return changed


def _step(merchant: Merchant, now: datetime) -> int:
    """One chunk in one short transaction."""
    with transaction.atomic():
        found = list(outbox.skip_locked(_due(merchant, now).order_by("pk"))[:CHUNK])
        told = [event for row in found if (event := _move(row, merchant.zone, now)) is not None]
        OutboxEvent.objects.bulk_create(told)
        return len(told)


def _due(merchant: Merchant, now: datetime) -> QuerySet[Membership]:
    """Open ones whose state is not that of the day."""
    today = business_date(now, merchant.zone)
    over = Membership.objects.filter(merchant=merchant, paid_through__lt=today)
    still_graced = Q(state=MembershipState.GRACE, cancelled_at__isnull=True)
    for grace_days in _graces(merchant):
        kept = Q(grace_days=grace_days, paid_through__gte=today - timedelta(days=grace_days))
        over = over.exclude(still_graced & kept)
    return over.exclude(state=MembershipState.ENDED)


def _graces(merchant: Merchant) -> Sequence[int]:
    rows = Membership.objects.filter(merchant=merchant, state=MembershipState.GRACE).order_by()
    return list(rows.values_list("grace_days", flat=True).distinct())


def _move(row: Membership, zone: str, now: datetime) -> OutboxEvent | None:
    """Give one row the state of the day, if it still stands as it was read; returns the news."""
    values = _standing(row, zone, now)
    same = {"fees": row.fees, "state": row.state, "paid_through": row.paid_through}
    if not Membership.objects.filter(pk=row.pk, cancelled_at=row.cancelled_at, **same).update(**values):
        return None
    ended = values["state"] == MembershipState.ENDED
    payload = {"plan": row.plan, "membership_id": row.pk, **({"why": values["ended_why"]} if ended else {})}
    return OutboxEvent(
        merchant_id=row.merchant_id,
        member_id=row.member_id,
        topic=topics.MEMBERSHIP_ENDED if ended else topics.MEMBERSHIP_UNPAID,
        payload=payload,
        created_at=now,
    )


def _standing(row: Membership, zone: str, now: datetime) -> dict[str, Any]:
    if row.holding.state_at(now, zone) == "grace":
        return {"state": MembershipState.GRACE}
    grace = row.holding.grace_at(now)
    why = EndedWhy.CANCELLED if row.cancelled_at else EndedWhy.LAPSED if row.fees else EndedWhy.TRIAL
    ended_at = lapses_at(row.paid_through, grace, zone)
    return {"state": MembershipState.ENDED, "ended_at": ended_at, "ended_why": why}


def open_merchants() -> Iterator[Merchant]:
    """The merchants with memberships that are not over."""
    held = Membership.objects.exclude(state=MembershipState.ENDED).values("merchant")
    yield from Merchant.objects.kept().filter(pk__in=held).order_by("pk")
