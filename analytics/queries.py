"""Reads of this floor: who is at risk, who is lost, the newest snapshot."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.models import Member, Merchant
from analytics.measures import ACTIVE_DAYS
from analytics.models import DormancyModel, DormancyScore, Snapshot
from ledger.families import last_visit, silent_since


def model_in_use(merchant: Merchant) -> DormancyModel | None:
    """The model whose scores are shown, without its text."""
    return DormancyModel.objects.defer("artefact").filter(merchant=merchant, is_current=True).first()


def at_risk(merchant: Merchant) -> QuerySet[DormancyScore]:
    """The scores in use of slipping members, the likeliest to leave first."""
    return (
        DormancyScore.objects.filter(merchant=merchant, model__is_current=True, is_slipping=True)
        .filter(member__in=Member.objects.for_merchant(merchant).active())
        .select_related("member")
        .order_by("-probability", "pk")
    )


def score_of(member: Member) -> DormancyScore | None:
    """The score in use of one member, with its model; none for who is lost already, or new."""
    rows = DormancyScore.objects.filter(member=member, model__is_current=True)
    return rows.select_related("model").defer("model__artefact").first()


def lost(merchant: Merchant, *, now: datetime) -> QuerySet[Member]:
    """Members silent for more than 90 days, the latest first: no score says anything about them.

    Each carries ``last_visit``, by whichever of their records.
    """
    return (
        Member.objects.for_merchant(merchant)
        .active()
        .filter(silent_since(now - timedelta(days=ACTIVE_DAYS)))
        .annotate(last_visit=last_visit())
        .select_related("balance")
        .order_by("-balance__last_purchase_at", "pk")
    )


def newest_snapshot(merchant: Merchant) -> Snapshot | None:
    """The figures the dashboard shows; None before the first were counted."""
    return Snapshot.objects.filter(merchant=merchant).order_by("-as_of").first()
