"""The shop's share of a purchase: promised with it, entered when it can no longer be returned (RULES 40).

What is promised waits for the days in which goods may come back. Then it is entered for what was kept, and
stays: a refund after that changes nothing, one before leaves its part out. So nobody takes back from a cause
what it was given, and buying and returning ten times gives it nothing.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts.joining import readable_code
from accounts.models import Merchant
from ledger.causes.giving import NUMBER_LENGTH
from ledger.drafting import Draft
from ledger.models import CauseEntry, CauseShare, Purchase
from ledger.models.causes import EntryKind
from ledger.writing.rows import new
from programs.calendars import business_date
from programs.charity import kept_base_minor, share_minor
from programs.terms import Terms

AT_ONCE: Final = 500
ACTOR: Final = "system"


def promise_share(draft: Draft, purchase: Purchase, terms: Terms | None) -> None:
    """Write down what the purchase brings the cause that the member chose, if the terms give anything."""
    cause, giving = draft.context.cause, terms.giving if terms else None
    if terms is None or giving is None or cause is None or not cause.is_active:
        return
    base_minor = max(0, purchase.spend_minor - purchase.points_paid_minor)
    amount_minor = share_minor(base_minor, giving.share_bp, giving.share_cap_minor)
    if not amount_minor:
        return
    draft.rows.append(
        new(
            CauseShare,
            merchant_id=purchase.merchant_id,
            member_id=purchase.member_id,
            cause_id=cause.pk,
            purchase=purchase,
            version_id=terms.version_id,
            base_minor=base_minor,
            share_bp=giving.share_bp,
            cap_minor=giving.share_cap_minor,
            amount_minor=amount_minor,
            due_on=draft.day + timedelta(days=giving.keep_days),
            recorded_at=draft.now,
        )
    )


def due_shares(merchant: Merchant, now: datetime) -> QuerySet[CauseShare]:
    """The shares of a merchant whose days of return are over."""
    return CauseShare.objects.filter(
        merchant=merchant, entered_at=None, due_on__lt=business_date(now, merchant.zone)
    ).order_by("pk")


def enter_shares(*, now: datetime) -> int:
    """Enter every share that is due, once however often this runs; how many entries were made."""
    waiting = CauseShare.objects.filter(entered_at=None).order_by().values("merchant")
    made = 0
    for merchant in Merchant.objects.kept().filter(pk__in=waiting).order_by("pk"):
        while ids := list(due_shares(merchant, now).values_list("pk", flat=True)[:AT_ONCE]):
            made += _enter(merchant, ids, now)
    return made


@transaction.atomic
def _enter(merchant: Merchant, ids: list[int], now: datetime) -> int:
    """Enter some shares. Their purchases are held first: a refund that comes now finds them entered."""
    purchases = Purchase.objects.filter(pk__in=CauseShare.objects.filter(pk__in=ids).values("purchase"))
    kept = {row.pk: row for row in purchases.select_for_update(of=("self",)).order_by("pk")}
    mine = CauseShare.objects.filter(pk__in=ids, entered_at=None).select_related("cause")
    shares = list(mine.select_for_update(of=("self",)).order_by("pk"))
    entries = [
        entry
        for share in shares
        if (entry := _entry(share, kept[share.purchase_id], merchant, now)).amount_minor
    ]
    CauseEntry.objects.bulk_create(entries)
    CauseShare.objects.filter(pk__in=[share.pk for share in shares]).update(entered_at=now)
    return len(entries)


def _entry(share: CauseShare, purchase: Purchase, merchant: Merchant, now: datetime) -> CauseEntry:
    """What is entered of a share: by what was kept of its purchase."""
    base_minor = kept_base_minor(share.base_minor, purchase.spend_minor, purchase.refunded_spend_minor)
    return CauseEntry(
        merchant=merchant,
        cause=share.cause,
        kind=EntryKind.SHARE,
        amount_minor=share_minor(base_minor, share.share_bp, share.cap_minor),
        currency=purchase.currency,
        number=readable_code(NUMBER_LENGTH),
        name_ar=share.cause.name_ar,
        name_en=share.cause.name_en,
        licence=share.cause.licence,
        member_id=share.member_id,
        share=share,
        base_minor=base_minor,
        business_date=business_date(now, merchant.zone),
        recorded_at=now,
        actor=ACTOR,
    )
