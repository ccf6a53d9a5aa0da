"""What time has done to a member since the last posting: points that waited, lots that get their grace."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.asking import Question
from accounts.errors import NotFound
from accounts.models import Merchant
from ledger.errors import BeforePurchase
from ledger.events import AwardsOpened
from ledger.models import ExpiryNotice, Lot, LotExtension, PendingAward, Purchase
from ledger.models.extensions import ExtensionWhy
from ledger.models.pending import PendingState
from ledger.reading.along import AWARDS, PURCHASES_OF_AWARDS, Along
from ledger.reading.params import MEMBER, MIDNIGHT
from programs.calendars import business_date, start_of_day_instant

_OPENED_TODAY: Final = Exists(
    PendingAward.objects.filter(member_id=MEMBER, state=PendingState.OPENED, closed_at__gte=MIDNIGHT)
)
WAITING: Final = Question(
    "waiting",
    PendingAward.objects.filter(member_id=MEMBER, state=PendingState.PENDING)
    .annotate(told=_OPENED_TODAY)
    .order_by("opens_on", "id"),
    (*AWARDS.columns, *PURCHASES_OF_AWARDS.columns, "told"),
)


def opening_of(along: Along, family: Collection[int], event: AwardsOpened) -> Purchase | None:
    """The purchase that something happened to, if the event names one.

    Raises ``NotFound`` and ``BeforePurchase``.
    """
    if not event.purchase_key:
        return None
    purchase = along.purchase
    if purchase is None or purchase.member_id not in family:
        raise NotFound(field="purchase")
    if event.occurred_at < purchase.occurred_at:
        raise BeforePurchase(field="occurred_at")
    return purchase


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
    """Of these lots, the ids of those that may not die yet."""
    return lots_to_spare(Lot.objects.filter(pk__in=lot_ids)).values_list("pk", flat=True)


def lots_to_spare(lots: QuerySet[Lot]) -> QuerySet[Lot]:
    """Of these lots, those with something left that may not die on their last day."""
    return lots.filter(may_not_die())


def may_not_die() -> Q:
    """Whether a lot's alert could not be delivered, for the first time (RULES 27): a condition on lots.

    What counts is the notice of the lot's own last day. No notice at all spares nothing: it means that the
    points were not worth an alert or that the merchant sends none, and the member's own page, which always
    shows what dies next, could be reached. Only a recorded failure says that nothing could.

    An alert that failed for a record which was merged since failed for its points, unless one that went to
    the record which stays arrived.
    """
    notices = ExpiryNotice.objects.filter(expires_on=OuterRef("expires_on"))
    own = Q(member=OuterRef("member"))
    failed = notices.filter(own | Q(member__merged_into=OuterRef("member")), deliverable=False)
    arrived = notices.filter(own, deliverable=True)
    graced = LotExtension.objects.filter(lot=OuterRef("pk"), why=ExtensionWhy.UNDELIVERED)
    fresh = Q(remaining__gt=0, grace_of__isnull=True)
    return fresh & Q(Exists(failed), ~Exists(arrived), ~Exists(graced))
