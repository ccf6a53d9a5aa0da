"""Snapshots: the dashboard's figures, counted in the background and kept."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import Merchant
from analytics.kpis import key_figures
from analytics.models import Snapshot

KEPT_FINE: Final = timedelta(days=2)


def refresh_snapshot(*, merchant: Merchant, now: datetime) -> Snapshot:
    """Count the figures at ``now`` and keep them; of older days only the last snapshot stays."""
    values = key_figures(merchant, now=now)
    with transaction.atomic():
        snapshot = Snapshot.objects.create(merchant=merchant, as_of=now, values=values)
        _thin_out(merchant, now)
    return snapshot


def _thin_out(merchant: Merchant, now: datetime) -> None:
    """Keep one snapshot per day of what is older than two days."""
    old = Snapshot.objects.filter(merchant=merchant, as_of__lt=now - KEPT_FINE)
    newest_of_day: dict[str, int] = {}
    for pk, as_of in old.order_by("as_of").values_list("pk", "as_of"):
        newest_of_day[f"{as_of:%Y-%m-%d}"] = pk
    old.exclude(pk__in=newest_of_day.values()).delete()
