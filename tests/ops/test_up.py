"""`manage.py up` with real processes: what dies comes back, what ends leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Lease, Occurrence
from tests.ops.processes import PATIENCE, Installation, descendants, is_running, until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PURGE = "loyalty_site.tasks.purge"


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """A site running on this test's own database."""
    running = Installation(tmp_path, database_url)
    yield running
    running.process.kill()
    running.process.wait()


def test_killed_children_come_back_work_goes_on_and_the_end_leaves_nothing(
    installation: Installation,
) -> None:
    installation.wait_for("Walaa runs at")
    assert installation.get("/ops/ready") == 200

    for name in ("worker", "beat", "web"):
        os.kill(installation.child(name), signal.SIGKILL)
    for name in ("worker", "beat", "web"):
        installation.child(name, times=2)
    until(lambda: answers(installation), "the web process answering again")

    # A firing whose message was lost with the broker: beat enqueues it again, the worker closes it.
    lost = Occurrence.objects.create(
        task=PURGE,
        scheduled_for="2026-01-01T00:45Z",
        enqueued_at=timezone.now() - timedelta(hours=1),
        attempts=1,
    )
    connection.close()
    Lease.objects.all().delete()  # the killed beat's turn would end by itself, half a minute later
    until(
        lambda: Occurrence.objects.filter(pk=lost.pk, finished_at__isnull=False).exists(),
        "the lost occurrence",
    )

    everything = descendants(installation.process.pid)
    assert len(everything) >= 5  # two of the web's own beside the three
    installation.process.send_signal(signal.SIGINT)
    assert installation.process.wait(PATIENCE) == 0
    until(lambda: not any(map(is_running, everything)), "the end of every process")


def answers(installation: Installation) -> bool:
    try:
        return installation.get("/ops/live") == 200
    except OSError:
        return False


def test_when_the_supervisor_is_killed_no_child_lives_on(installation: Installation) -> None:
    installation.wait_for("Walaa runs at")
    everything = descendants(installation.process.pid)
    assert len(everything) >= 4
    installation.process.kill()
    until(lambda: not any(map(is_running, everything)), "the end of every orphan")


def test_a_taken_port_is_named(tmp_path: Path, database_url: str) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]
        outcome = subprocess.run(
            [sys.executable, "manage.py", "up", "--port", str(port), "--host", "127.0.0.1"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"WALAA_VAR": str(tmp_path), "DATABASE_URL": database_url, "WALAA_ENV": "demo"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert outcome.returncode == 1
    assert f"Port {port} is taken. Choose another: PORT={port + 1} make run" in outcome.stderr
