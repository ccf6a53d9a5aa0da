"""Which memberships a card renews, and when it is tried again (RULES 37).

On the last paid day a charge is planned; while it fails it is planned again, later and later, through the
grace. What it costs is what the membership was begun at. Whoever cancelled, whose plan is no longer sold, or
who holds a longer membership by another record of theirs, is not charged.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Max, Q

from accounts.models import Merchant
from ledger.families import of_active_people, person_of
from ledger.membership_queries import current
from ledger.models import CardCharge, Membership
from ledger.models.card_payments import ChargeState
from ledger.models.memberships import MembershipState
from programs.calendars import business_date
from programs.queries import terms_of, version_at

TRIED_ON: Final = (0, 1, 3, 6)
"""Days after the last paid day on which a card is tried, as far as the grace goes."""
STILL_OPEN: Final = (ChargeState.PLANNED, ChargeState.CLAIMED, ChargeState.OPEN, ChargeState.ODD)


def plan_renewals(*, merchant: Merchant, now: datetime) -> int:
    """Plan a charge for every membership that is due; returns how many."""
    version = version_at(merchant, now)
    sold = {plan.code for plan in terms_of(version).plans} if version else set()
    today = business_date(now, merchant.zone)
    charges = [
        CardCharge(
            merchant_id=merchant.pk,
            member_id=row.member_id,
            membership=row,
            plan=row.plan,
            amount_minor=row.price_minor,
            currency=row.currency,
            fee_number=row.fees + 1,
            attempt=attempt,
            made_at=now,
            act_at=now,
        )
        for row in _due(merchant, today)
        if row.plan in sold and (attempt := _attempt(row, today)) and _counts(row, now)
    ]
    before = CardCharge.objects.filter(merchant=merchant).count()
    CardCharge.objects.bulk_create(charges, ignore_conflicts=True)
    return CardCharge.objects.filter(merchant=merchant).count() - before


def _due(merchant: Merchant, today: date) -> Iterator[Membership]:
    """Memberships with a card whose last paid day has come."""
    rows = Membership.objects.filter(
        of_active_people(), merchant=merchant, paid_through__lte=today, cancelled_at__isnull=True
    )
    yield from rows.exclude(Q(card_token="") | Q(state=MembershipState.ENDED)).order_by("pk")


def _attempt(row: Membership, today: date) -> int:
    """Which try is due: 0 for none, because one is still open or the next one's day has not come."""
    tried = CardCharge.objects.filter(membership=row, fee_number=row.fees + 1, invoice_id="")
    if tried.filter(state__in=STILL_OPEN).exists():
        return 0
    attempt: int = (tried.aggregate(last=Max("attempt"))["last"] or 0) + 1
    if attempt > len(TRIED_ON):
        return 0
    on = row.paid_through + timedelta(days=TRIED_ON[attempt - 1])
    last = row.paid_through + timedelta(days=row.grace_days if row.fees else 0)
    return attempt if on <= today <= last else 0


def _counts(row: Membership, now: datetime) -> bool:
    """Whether it is the one that counts of its person's: two records may each have brought one."""
    member = row.member
    if member.merged_into_id is not None:
        member = type(member).objects.get(pk=person_of(member.pk, member.merchant_id))
    held = current(member, now)
    return held is not None and held.pk == row.pk
