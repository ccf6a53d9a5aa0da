"""Calling a worker after news was kept. Beat calls one anyway, every few seconds: the rows are the truth."""

from typing import Any

import structlog
from kombu.exceptions import OperationalError

log = structlog.get_logger("walaa.webhooks")


def nudge(task: Any) -> None:
    """Ask a worker to look now; a broker that is away costs seconds, and nobody who tells us an answer."""
    try:
        task.apply_async(retry=False)
    except OperationalError:
        log.warning("nobody could be called", task=task.name)
