"""Beat: the clock that fires scheduled tasks, safe to run twice and to kill at any moment.

It is its own process. Only the holder of the lease "beat" fires; a firing is an occurrence row first and a
broker message second; on every pass, occurrences whose message was lost are enqueued again.

It also seals the books, every second and for a second at most: the lease makes it the one sealer, and a
message to a worker each second would cost more than the sealing.
"""

import os
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError
from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from ledger.seals import sealing
from loyalty_site import occurrences

LEASE = timedelta(seconds=30)
PATIENCE = timedelta(minutes=3)  # how long an enqueued occurrence may stay open before it counts as lost
RECORDED_FROM = timedelta(minutes=1)  # a faster task is fired again before its loss would be noticed
PASS = 1.0  # seconds between two looks at the schedule
BREATH = 0.05  # seconds between two passes at least
SEALING = timedelta(seconds=1)  # of every pass at most
log = structlog.get_logger("walaa.beat")


def period_of(entry: ModelEntry) -> timedelta | None:
    """Return the interval of an entry, or None for one that follows the calendar."""
    period: timedelta | None = getattr(entry.schedule, "run_every", None)
    return period


def instant_of(entry: ModelEntry, now: datetime) -> datetime:
    """Return the instant a due entry was scheduled for: the same for every beat that fires it.

    Intervals are counted from the epoch; a crontab's instant is the first after its last run.
    """
    period = period_of(entry)
    if period is not None:
        seconds = max(1, int(period.total_seconds()))
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)
    last, delta, _now = entry.schedule.remaining_delta(entry.last_run_at)
    due: datetime = (last + delta).astimezone(UTC).replace(second=0, microsecond=0)
    return due


def is_recorded(entry: ModelEntry) -> bool:
    """Say whether firings of this entry are kept as occurrences."""
    period = period_of(entry)
    return period is None or period >= RECORDED_FROM


class LeasedScheduler(DatabaseScheduler):  # type: ignore[misc]
    """django-celery-beat's scheduler, made safe by a lease and by occurrence rows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name this process as a holder of the lease."""
        self.holder = f"{socket.gethostname()}:{os.getpid()}"
        self.leading = False
        self._next_recovery = timezone.now()
        super().__init__(*args, **kwargs)
        self.max_interval = PASS

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Fire what is due, if the lease is ours; returns the seconds until the next pass."""
        now, began = timezone.now(), time.monotonic()
        try:
            led, self.leading = (
                self.leading,
                occurrences.hold_lease(name="beat", holder=self.holder, now=now, duration=LEASE),
            )
            if not self.leading:
                return PASS
            if not led:
                self._take_over()
            self._recover(now)
            pause = float(super().tick(*args, **kwargs))
            self._seal()
            spent = time.monotonic() - began  # passes begin a second apart, however long one takes
            return max(pause - spent, BREATH) if pause > 0 else pause
        except DatabaseError:
            log.exception("beat could not reach the database")
            return PASS

    def apply_async(
        self, entry: ModelEntry, producer: Any = None, advance: bool = True, **kwargs: Any
    ) -> Any:
        """Write the occurrence, then nudge a worker; a recorded instant is not fired again."""
        if not is_recorded(entry):
            return super().apply_async(entry, producer=producer, advance=advance, **kwargs)
        now = timezone.now()
        opened = occurrences.open_occurrence(task=entry.task, scheduled_for=instant_of(entry, now), now=now)
        if opened is None:
            return None
        options = entry.options  # put back afterwards: the scheduler compares them with the table's
        entry.options = options | {"headers": options.get("headers", {}) | {"occurrence_id": opened}}
        try:
            return super().apply_async(entry, producer=producer, advance=advance, **kwargs)
        finally:
            entry.options = options

    def _seal(self) -> None:
        """Seal what was posted since the last pass; a fault there must not stop the clock."""
        try:
            sealing.seal(clock=timezone.now, patience=SEALING)
        except Exception:
            log.exception("the books could not be sealed")

    def close(self) -> None:
        """Write what was run and give the lease back."""
        super().close()
        if self.leading:
            occurrences.release_lease(name="beat", holder=self.holder)

    def _take_over(self) -> None:
        """Read the schedule afresh: another beat may have fired since we read it."""
        log.info("beat leads", process=self.holder)
        self._heap = None
        self._initial_read = True

    def _recover(self, now: datetime) -> None:
        """Enqueue again what the broker or a dead worker lost; looks every ten seconds."""
        if now < self._next_recovery:
            return
        self._next_recovery = now + timedelta(seconds=10)
        for occurrence_id, task in occurrences.claim_lost(now=now, patience=PATIENCE):
            log.warning("occurrence enqueued again", task=task, occurrence_id=occurrence_id)
            self.app.send_task(task, headers={"occurrence_id": occurrence_id})
