"""What beat asks of this floor each minute. Rows hold the work: a task that dies is followed by another."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from campaigns import planning, sending
from campaigns.webhooks import sending as webhooks
from campaigns.webhooks import switching

PATIENCE = timedelta(seconds=20)
"""How long one nudge keeps a worker with webhooks: whatever else waits gets its turn."""
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


@shared_task
def send_webhooks() -> int:
    """Tell merchants' machines what is due, for a while; returns how many messages were taken up."""
    end = timezone.now() + PATIENCE
    taken = webhooks.send_due(clock=timezone.now, patience=PATIENCE)
    while timezone.now() < end and switching.give_up(now=timezone.now()):
        pass
    return taken
