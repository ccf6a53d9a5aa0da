"""What beat asks of the books. Rows hold the work: a task that dies is followed by another."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from ledger import freezing
from ledger.bulk import activating, sweeping
from ledger.imports import balances, purchases
from ledger.proving import nightly


@shared_task
def sweep_expiry() -> int:
    """Let die what is dead, wherever a day has ended; returns how many points died."""
    return sweeping.sweep_all(now=timezone.now())


@shared_task
def activate_awards() -> int:
    """Open points whose day has come; returns how many."""
    return activating.activate_all(now=timezone.now())


@shared_task
def settle_pauses() -> int:
    """Finish what a pause or a closing left to do; returns how many lots got another last day."""
    return freezing.settle_all(now=timezone.now())


@shared_task
def expire_redemptions() -> int:
    """Close codes that ran out; returns how many."""
    return sweeping.expire_redemptions(now=timezone.now())


@shared_task
def evaluate_tiers() -> int:
    """Renew or lower tiers whose year is over; returns how many members."""
    return sweeping.evaluate_tiers(now=timezone.now())


@shared_task
def run_imports() -> int:
    """Bring in the files that wait, and those whose worker died; returns how many."""
    done = balances.run_pending(clock=timezone.now)
    return done + purchases.run_pending(clock=timezone.now)


@shared_task
def verify_books() -> int:
    """Prove the books of merchants not proved today, for ten minutes at most; returns how many."""
    return nightly.verify_due(clock=timezone.now, patience=timedelta(minutes=10))
