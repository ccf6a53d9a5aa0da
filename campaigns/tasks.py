"""What beat asks of this floor each minute. Rows hold the work: a task that dies is followed by another."""

from celery import shared_task
from django.utils import timezone

from campaigns import planning, sending

MAX_BATCHES = 20
"""A worker is not held for ever: what is left after two thousand messages is next minute's."""


@shared_task
def plan_messages() -> int:
    """Plan the recipes whose hour has come; returns how many members are new in them."""
    return planning.plan_due(now=timezone.now())


@shared_task
def send_messages() -> int:
    """Send what is due, batch by batch; returns how many messages were taken up."""
    taken = 0
    for _batch in range(MAX_BATCHES):
        claimed = sending.send_due(now=timezone.now())
        taken += claimed
        if not claimed:
            break
    return taken
