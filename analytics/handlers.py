"""What analytics does about news from the ledger. Idempotent: what is newer than the news is left alone."""

from datetime import datetime

from accounts.models import OutboxEvent
from analytics.models import DormancyScore, RewindDifference
from analytics.queries import model_in_use, newest_snapshot
from analytics.snapshots import refresh_snapshot


def forget_scores(event: OutboxEvent, now: datetime) -> None:
    """Drop what was concluded about an erased member (RULES 46); the counts of the past stay."""
    DormancyScore.objects.filter(member_id=event.about).delete()
    RewindDifference.objects.filter(member_id=event.about).delete()


def forget_old_scores(event: OutboxEvent, now: datetime) -> None:
    """Drop what was concluded about a member before their records were merged or parted (RULES 42).

    It knew only some of the visits that are theirs now; nothing is shown until the next scoring has seen all.
    """
    DormancyScore.objects.filter(member_id=event.about, model__trained_at__lte=event.created_at).delete()


def learn_from_import(event: OutboxEvent, now: datetime) -> None:
    """Score and count anew after a file came in, so that nobody waits for the night to see it."""
    from analytics.pace import measure_pace  # here: pandas and SciPy take longer to load than Django
    from analytics.scoring import refresh_dormancy

    model, snapshot = model_in_use(event.merchant), newest_snapshot(event.merchant)
    if model is None or model.trained_at < event.created_at:
        refresh_dormancy(merchant=event.merchant, now=now)
        snapshot = None
    if snapshot is None or snapshot.as_of < event.created_at:
        refresh_snapshot(merchant=event.merchant, now=now)
        measure_pace(merchant=event.merchant, now=now)
