"""Beat fires each instant once, whoever else runs, and what the broker loses is enqueued again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.schedules import crontab
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu import Connection

from accounts.models import Lease, Occurrence
from loyalty_site import beat, occurrences, schedule
from loyalty_site.celery import app

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PURGE = "loyalty_site.tasks.purge"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nudges() -> Iterator[Connection]:
    """The broker of this test, empty."""
    with Connection("memory://") as connection:
        connection.SimpleQueue("celery").clear()
        yield connection


def received(connection: Connection) -> list[tuple[str, Any]]:
    """Take every message from the broker."""
    queue = connection.SimpleQueue("celery")
    taken = []
    while queue.qsize():
        headers = queue.get_nowait().headers
        taken.append((headers["task"], headers.get("occurrence_id")))
    return taken


def a_beat(holder: str, *, lazy: bool = True) -> beat.LeasedScheduler:
    """A beat process, but for the process; unless lazy it writes the whole schedule to its tables."""
    scheduler = beat.LeasedScheduler(app=app, lazy=lazy)
    scheduler._finalize.cancel()  # at the end of pytest the test's database is gone
    scheduler.holder = holder
    return scheduler


def only(name: str) -> None:
    """Schedule one task alone, due since yesterday."""
    a_beat("writer", lazy=False)
    PeriodicTask.objects.exclude(name=name).update(enabled=False)
    PeriodicTask.objects.filter(name=name).update(last_run_at=timezone.now() - timedelta(days=1))


def run(scheduler: beat.LeasedScheduler) -> None:
    """Tick until nothing is due."""
    while scheduler.tick() == 0:
        pass


def test_the_holder_of_the_lease_fires_and_a_second_beat_does_not(nudges: Connection) -> None:
    only("plan-messages")
    first, second = a_beat("first"), a_beat("second")
    run(first)
    run(second)
    occurrence = Occurrence.objects.get()
    assert received(nudges) == [("campaigns.tasks.plan_messages", occurrence.pk)]
    assert occurrence.attempts == 1


def test_two_beats_that_both_believe_to_lead_write_one_occurrence(nudges: Connection) -> None:
    only("purge")
    first, second = a_beat("first"), a_beat("second")
    for scheduler in (first, second):
        scheduler.apply_async(scheduler.schedule["purge"], advance=False)
    assert len(received(nudges)) == 1
    assert Occurrence.objects.count() == 1


def test_a_second_beat_takes_over_when_the_lease_ends(nudges: Connection) -> None:
    only("relay-outbox")
    first, second = a_beat("first"), a_beat("second")
    run(first)
    run(second)
    assert [first.leading, second.leading] == [True, False]
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    run(second)
    run(first)
    assert [first.leading, second.leading] == [False, True]


def test_a_fast_task_leaves_no_row(nudges: Connection) -> None:
    only("relay-outbox")
    run(a_beat("first"))
    assert received(nudges) == [("accounts.tasks.relay_outbox", None)]
    assert not Occurrence.objects.exists()


def test_a_lost_occurrence_is_enqueued_again_and_then_left_alone_for_longer(nudges: Connection) -> None:
    lost = Occurrence.objects.create(
        task=PURGE, scheduled_for=NOON, enqueued_at=timezone.now() - timedelta(minutes=4), attempts=1
    )
    scheduler = a_beat("first")
    scheduler._recover(timezone.now())
    scheduler._recover(timezone.now() + timedelta(minutes=4))
    assert received(nudges) == [(PURGE, lost.pk)]


def test_each_attempt_waits_twice_as_long_and_the_last_stays_visible() -> None:
    patience = timedelta(minutes=3)
    occurrence = Occurrence.objects.create(task=PURGE, scheduled_for=NOON, enqueued_at=NOON, attempts=1)
    now, waits = NOON, []
    for _ in range(occurrences.ATTEMPTS - 1):
        enqueued = now
        while not occurrences.claim_lost(now=now, patience=patience):
            now += timedelta(minutes=1)
        waits.append((now - enqueued) // timedelta(minutes=1))
    assert waits == [3, 6, 12, 24]
    assert not occurrences.claim_lost(now=now + timedelta(days=1), patience=patience)
    occurrence.refresh_from_db()
    assert occurrence.finished_at is None


def test_only_the_newest_occurrence_of_a_task_is_recovered() -> None:
    for hours in (2, 1):
        enqueued = NOON - timedelta(hours=hours)
        newest = Occurrence.objects.create(
            task=PURGE, scheduled_for=enqueued, enqueued_at=enqueued, attempts=1
        )
    assert occurrences.claim_lost(now=NOON, patience=timedelta(minutes=3)) == [(newest.pk, PURGE)]


def test_a_finished_occurrence_stays_as_it_was() -> None:
    occurrence = Occurrence.objects.create(task=PURGE, scheduled_for=NOON, enqueued_at=NOON, attempts=1)
    occurrences.finish(occurrence_id=occurrence.pk, now=NOON)
    occurrences.finish(occurrence_id=occurrence.pk, now=NOON + timedelta(hours=1))
    occurrence.refresh_from_db()
    assert occurrence.finished_at == NOON
    assert not occurrences.claim_lost(now=NOON + timedelta(days=1), patience=timedelta(minutes=3))


def test_an_instant_is_the_same_for_every_beat() -> None:
    only("purge")
    entry = a_beat("first").schedule["purge"]
    entry.schedule, entry.last_run_at = crontab(minute="10", app=app), NOON + timedelta(minutes=3)
    for late in (0, 17, 59):
        now = NOON + timedelta(minutes=10, seconds=late)
        assert beat.instant_of(entry, now) == NOON + timedelta(minutes=10)


def test_the_lease_is_prolonged_in_its_second_half_only() -> None:
    ask: dict[str, Any] = {"name": "beat", "holder": "first", "duration": timedelta(seconds=30)}
    assert occurrences.hold_lease(now=NOON, **ask)
    assert occurrences.hold_lease(now=NOON + timedelta(seconds=14), **ask)
    assert Lease.objects.get().expires_at == NOON + timedelta(seconds=30)
    assert occurrences.hold_lease(now=NOON + timedelta(seconds=16), **ask)
    assert Lease.objects.get().expires_at == NOON + timedelta(seconds=46)


def test_old_occurrences_are_purged_but_each_tasks_newest() -> None:
    for day in (1, 2, 3):
        Occurrence.objects.create(task=PURGE, scheduled_for=NOON + timedelta(days=day), attempts=1)
    assert occurrences.purge(before=NOON + timedelta(days=30)) == 2
    assert Occurrence.objects.get().scheduled_for == NOON + timedelta(days=3)


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    missing = {entry["task"] for entry in schedule.SCHEDULE.values()} - set(app.tasks)
    assert not missing
