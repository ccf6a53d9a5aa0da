"""What beat asks of this floor. A merchant whose run fails does not keep the others waiting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.models import Merchant
from analytics import snapshots
from analytics.rewind import running
from ledger.bulk import sharing

PATIENCE: Final = timedelta(minutes=1)
"""How long one message keeps a worker: whatever else waits gets its turn, and another message follows."""
log = structlog.get_logger("walaa.analytics")


@shared_task
def refresh_dormancy() -> int:
    """Learn and score anew for every merchant, each night; returns for how many it went well."""
    from analytics import scoring  # here: pandas and SciPy take longer to load than Django

    return _for_each(lambda merchant: scoring.refresh_dormancy(merchant=merchant, now=timezone.now()))


@shared_task
def refresh_snapshots() -> int:
    """Count every merchant's figures, each hour; returns for how many it went well."""
    return _for_each(lambda merchant: snapshots.refresh_snapshot(merchant=merchant, now=timezone.now()))


@shared_task
def run_rewinds(*, alone: bool = False) -> int:
    """Answer Rewinds that wait, or whose worker died; returns how many parts. ``alone``: call nobody."""
    for _helper in range(0 if alone else sharing.hands(running.free(timezone.now())) - 1):
        run_rewinds.delay(alone=True)
    done = running.work(clock=timezone.now, patience=PATIENCE)
    if running.free(timezone.now()):
        run_rewinds.delay(alone=True)
    return done


@shared_task
def measure_paces() -> int:
    """Count how typical members buy, each night; returns for how many merchants it went well."""
    from analytics import pace  # here: pandas takes longer to load than Django

    return _for_each(lambda merchant: pace.measure_pace(merchant=merchant, now=timezone.now()))


def _for_each(refresh: Callable[[Merchant], Any]) -> int:
    done = 0
    for merchant in Merchant.objects.real().order_by("pk"):
        try:
            refresh(merchant)
        except Exception:
            log.exception("refresh_failed", merchant=merchant.pk)
        else:
            done += 1
    return done
