"""Scheduled work as rows: one occurrence per task and instant, whatever beat, broker and workers do.

Beat writes the occurrence, then nudges a worker through the broker; the worker closes it. What was nudged and
never closed is nudged again. Two beats cannot write the same occurrence twice, and the lease keeps the second
from trying.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q

from accounts.models import Lease, Occurrence

ATTEMPTS = 5  # after which an occurrence stays open, visible in the back office


def hold_lease(*, name: str, holder: str, now: datetime, duration: timedelta) -> bool:
    """Take or prolong the lease; returns whether `holder` has it. Prolonged only in its second half."""
    mine = Q(holder=holder)
    lease = Lease.objects.filter(name=name)
    if lease.filter(mine, expires_at__gt=now + duration / 2).exists():
        return True
    if lease.filter(mine | Q(expires_at__lte=now)).update(holder=holder, expires_at=now + duration):
        return True
    if lease.exists():
        return False
    try:
        with transaction.atomic():
            lease.create(name=name, holder=holder, expires_at=now + duration)
    except IntegrityError:
        return False
    return True


def release_lease(*, name: str, holder: str) -> None:
    """Give the lease back, so that a successor need not wait for its end."""
    Lease.objects.filter(name=name, holder=holder).delete()


def open_occurrence(*, task: str, scheduled_for: datetime, now: datetime) -> int | None:
    """Record one firing; returns its id, or None when it was recorded before."""
    try:
        with transaction.atomic():
            return Occurrence.objects.create(
                task=task, scheduled_for=scheduled_for, enqueued_at=now, attempts=1
            ).pk
    except IntegrityError:
        return None


def finish(*, occurrence_id: int, now: datetime) -> None:
    """Close an occurrence; closing it again changes nothing."""
    Occurrence.objects.filter(pk=occurrence_id, finished_at=None).update(finished_at=now)


def claim_lost(*, now: datetime, patience: timedelta) -> list[tuple[int, str]]:
    """Claim what was enqueued `patience` ago and never closed; returns (id, task) to enqueue again.

    Only a task's newest occurrence counts: the work of an older one is done by the newer. Each attempt
    doubles the patience, since a slow task is not a lost one.
    """
    newest = Occurrence.objects.values("task").annotate(newest=Max("pk")).values("newest")
    waiting = Occurrence.objects.filter(
        pk__in=newest, finished_at=None, attempts__lt=ATTEMPTS, enqueued_at__lte=now - patience
    )
    lost = []
    for occurrence in waiting.order_by("pk")[:50]:
        if occurrence.enqueued_at and occurrence.enqueued_at > now - patience * 2 ** (
            occurrence.attempts - 1
        ):
            continue
        seen = Occurrence.objects.filter(pk=occurrence.pk, finished_at=None, attempts=occurrence.attempts)
        if seen.update(attempts=F("attempts") + 1, enqueued_at=now):
            lost.append((occurrence.pk, occurrence.task))
    return lost


def purge(*, before: datetime) -> int:
    """Delete occurrences older than `before` except each task's newest; returns how many."""
    newest = Occurrence.objects.values("task").annotate(newest=Max("pk")).values_list("newest", flat=True)
    return Occurrence.objects.filter(scheduled_for__lt=before).exclude(pk__in=list(newest)).delete()[0]
