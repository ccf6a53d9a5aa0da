"""Real processes: two workers side by side, and workers that are killed in the worst moment."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from analytics.models import Touch
from campaigns.models import Message, MessageState
from campaigns.sending import CLAIM, send_due
from tests.campaigns.scene import enter, hear, open_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
ROOT = Path(__file__).resolve().parents[2]
PLAN = "from campaigns.tasks import plan_messages; plan_messages()"
SEND = "from campaigns.tasks import send_messages; send_messages()"
RELAY = "from accounts.tasks import relay_outbox; relay_outbox()"


def start(code: str, database_url: str, taken: Path, gateway: str) -> "subprocess.Popen[bytes]":
    """Start a process of the site that runs ``code`` with a gateway of ``tests.campaigns.gateways``."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url,
            "EMAIL_BACKEND": f"tests.campaigns.gateways.{gateway}",
            "TAKEN": str(taken),
        },
    )


def run(*started: "subprocess.Popen[bytes]") -> list[int]:
    """Wait for processes; returns how they ended."""
    return [process.wait(timeout=120) for process in started]


def queue_welcomes(count: int) -> None:
    """Let ``count`` members join and plan their welcomes."""
    shop, now = open_shop(), timezone.now()
    for number in range(count):
        enter(shop, f"05012{number:05}", now=now, email=f"m{number}@x.example")
    hear(now)


def test_two_workers_send_every_message_once(database_url: str, tmp_path: Path) -> None:
    queue_welcomes(150)
    assert run(*(start(SEND, database_url, tmp_path, "Keeps") for _worker in range(2))) == [0, 0]
    names = [file.name.split("@")[0] for file in tmp_path.iterdir()]
    assert len(names) == len(set(names)) == 150
    assert not Message.objects.exclude(state__in=(MessageState.SENT, MessageState.DELIVERED)).exists()
    assert Touch.objects.count() == 300


def test_two_planners_and_two_relays_at_once_write_each_row_once(database_url: str, tmp_path: Path) -> None:
    shop, now = open_shop(), timezone.now()
    for number in range(60):
        enter(shop, f"05012{number:05}", now=now)
    codes = [RELAY, RELAY, PLAN, PLAN]
    assert run(*(start(code, database_url, tmp_path, "Keeps") for code in codes)) == [0] * 4
    hear(timezone.now())
    assert Message.objects.count() == 120


def test_a_worker_killed_after_handing_over_leaves_one_unclear_letter_and_no_copy(
    database_url: str, tmp_path: Path
) -> None:
    queue_welcomes(3)
    assert run(start(SEND, database_url, tmp_path, "DiesAfterHandingOver")) == [-signal.SIGKILL]
    taken = [file.name for file in tmp_path.iterdir()]
    assert len(taken) == 1
    assert run(start(SEND, database_url, tmp_path, "Keeps")) == [0]  # the claim still holds: nothing moves
    assert len(list(tmp_path.iterdir())) == 1

    lapsed = timezone.now() + CLAIM + timedelta(seconds=1)
    send_due(now=lapsed)
    send_due(now=lapsed)
    [unclear] = Message.objects.filter(state=MessageState.UNKNOWN)
    assert taken[0].startswith(f"message-{unclear.pk}@")
    assert unclear.body  # what the member may have read is known
    assert Message.objects.filter(state=MessageState.SENT).count() == 2
    assert Message.objects.filter(state=MessageState.DELIVERED).count() == 3


def test_a_worker_killed_before_handing_over_loses_nothing(database_url: str, tmp_path: Path) -> None:
    queue_welcomes(3)
    assert run(start(SEND, database_url, tmp_path, "DiesBeforeHandingOver")) == [-signal.SIGKILL]
    assert run(start(SEND, database_url, tmp_path, "Keeps")) == [0]
    lapsed = timezone.now() + CLAIM + timedelta(seconds=1)
    while send_due(now=lapsed):
        pass
    assert set(Message.objects.filter(channel="email").values_list("state", flat=True)) == {MessageState.SENT}
