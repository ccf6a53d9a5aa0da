"""Work of the lowest floor that the clock asks for."""

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from accounts import outbox

PATIENCE: Final = timedelta(seconds=4)
"""How long one nudge keeps a worker: until shortly before the next."""


@shared_task
def relay_outbox() -> int:
    """Deliver the news that is due; returns how much of it arrived."""
    return outbox.drain(clock=timezone.now, patience=PATIENCE)
