"""What time has done to a member since the last posting: points that waited, lots that get their grace.

Both are rare. The first is asked only of a member whose balance says that points wait, the second only of
one with a lot whose last day is over.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.errors import NotFound
from accounts.models import Merchant
from ledger.context import Context
from ledger.errors import BeforePurchase
from ledger.events import AwardsOpened
from ledger.models import ExpiryNotice, Lot, LotExtension, PendingAward, Purchase
from ledger.models.extensions import ExtensionWhy
from ledger.models.pending import PendingState
from ledger.purse import is_dead
from programs.calendars import business_date, start_of_day_instant


def with_time(context: Context, now: datetime) -> Context:
    """Return the context with the member's waiting awards and the lots that may not die yet."""
    if context.balance.pending:
        pending, told = _waiting(context, now)
        context = replace(context, pending=pending, told_of_opening=told)
    today = context.expiry_day(now)
    dead = [lot.pk for lot in context.lots if is_dead(lot, today)]
    return replace(context, spared=frozenset(spared(dead))) if dead else context


def _waiting(context: Context, now: datetime) -> tuple[tuple[PendingAward, ...], bool]:
    """The awards that wait, and whether an opening was told of today: as read along, if they were."""
    known = context.along.waiting(context.merchant.zone) if context.along else None
    if known is not None:
        return known
    member_ids = [context.member.pk]
    return tuple(waiting_of(member_ids)), bool(told_of_opening(member_ids, context.merchant, now))


def for_opening(context: Context, event: AwardsOpened, now: datetime) -> Context:
    """Find the purchase that something happened to. Raises ``NotFound`` and ``BeforePurchase``."""
    if not event.purchase_key:
        return context
    purchase = Purchase.objects.filter(
        merchant_id=event.merchant_id,
        member_id__in=context.family,
        source=event.purchase_source,
        external_id=event.purchase_key,
    ).first()
    if purchase is None:
        raise NotFound(field="purchase")
    if event.occurred_at < purchase.occurred_at:
        raise BeforePurchase(field="occurred_at")
    return replace(context, opening=purchase)


def waiting_of(member_ids: Collection[int]) -> QuerySet[PendingAward]:
    """Awards that wait, with their purchases, the first to open first."""
    rows = PendingAward.objects.filter(member_id__in=member_ids, state=PendingState.PENDING)
    return rows.select_related("purchase").order_by("opens_on", "id")


def told_of_opening(member_ids: Collection[int], merchant: Merchant, now: datetime) -> set[int]:
    """Members who were told today already that points opened."""
    midnight = start_of_day_instant(business_date(now, merchant.zone), merchant.zone)
    opened = PendingAward.objects.filter(
        member_id__in=member_ids, state=PendingState.OPENED, closed_at__gte=midnight
    )
    return set(opened.values_list("member_id", flat=True))


def spared(lot_ids: Collection[int]) -> QuerySet[Lot, int]:
    """Of these lots, the ids of those whose alert could not be delivered, for the first time (RULES 27).

    What counts is the notice of the lot's own last day. No notice at all spares nothing: it means that the
    points were not worth an alert or that the merchant sends none, and the member's own page, which always
    shows what dies next, could be reached. Only a recorded failure says that nothing could.
    """
    return lots_to_spare(Lot.objects.filter(pk__in=lot_ids)).values_list("pk", flat=True)


def lots_to_spare(lots: QuerySet[Lot]) -> QuerySet[Lot]:
    """Of these lots, those with something left that may not die on their last day.

    An alert that failed for a record which was merged since failed for its points, unless one that went to
    the record which stays arrived.
    """
    notices = ExpiryNotice.objects.filter(expires_on=OuterRef("expires_on"))
    own = Q(member=OuterRef("member"))
    failed = notices.filter(own | Q(member__merged_into=OuterRef("member")), deliverable=False)
    arrived = notices.filter(own, deliverable=True)
    graced = LotExtension.objects.filter(lot=OuterRef("pk"), why=ExtensionWhy.UNDELIVERED)
    fresh = lots.filter(remaining__gt=0, grace_of__isnull=True)
    return fresh.filter(Exists(failed)).filter(~Exists(arrived)).filter(~Exists(graced))
