"""The loop under `kill -9`: tills post, members join, letters go out, and processes die one after another.

Everything runs as `make run` runs it. What a till was told is in the books once; who joined is written to
once; what a killed worker held is taken up five minutes later, or is known to be unclear.
"""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts import outbox
from accounts.joining import join
from accounts.models import Member, OutboxDelivery, OutboxEvent
from accounts.models.outbox import DeliveryState
from campaigns.models import Message, MessageState, RecipeKind
from campaigns.recipes import install_recipes
from campaigns.sending import CLAIM, send_due
from ledger.models import Purchase
from loyalty_site.celery import app
from tests.cast import Shop, open_shop
from tests.ops.processes import PATIENCE, Installation, descendants, is_running, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]

TILLS = 3
WAITING = 40  # members who joined before the doors opened: their welcomes go out in one long batch
PAUSE = 0.05


class Till(threading.Thread):
    """Rings up orders until closing time; an order is sent again, unchanged, until it is acknowledged."""

    def __init__(self, port: int, key: str, number: int, closing: threading.Event) -> None:
        super().__init__(daemon=True)
        self.address, self.key, self.number, self.closing = (
            f"http://127.0.0.1:{port}/api/v1/",
            key,
            number,
            closing,
        )
        self.acknowledged: dict[str, int] = {}
        self.unanswered = 0
        self.refused = ""

    def run(self) -> None:
        for order in itertools.count():
            if self.closing.wait(PAUSE) or self.refused:
                return
            customer = f"050{self.number + 1}{order // 5:06}"
            if order % 5 == 0:
                self.insist(
                    "members", {"phone": customer, "email": f"{customer}@x.example", "given_name": "Sara"}
                )
            name = f"till-{self.number}-{order}"
            answer = self.insist("purchases", {"phone": customer, "order": name, "amount": "400"})
            self.acknowledged[name] = answer.get("points", -1)

    def insist(self, path: str, body: dict[str, str]) -> Any:
        """Send until somebody answers."""
        while not self.refused:
            try:
                return self.send(path, body)
            except (OSError, HTTPException) as silence:
                if isinstance(silence, urllib.error.HTTPError) and silence.code < 500:
                    self.refused = f"{path} {body}: {silence.code} {silence.read().decode()}"
                self.unanswered += 1
                self.closing.wait(PAUSE)
        return {}

    def send(self, path: str, body: dict[str, str]) -> Any:
        headers = {"authorization": f"Api-Key {self.key}", "content-type": "application/json"}
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)


class Clock(threading.Thread):
    """Asks for the sending of messages far oftener than beat does, through the installation's own broker."""

    def __init__(self, folder: Path, stopping: threading.Event) -> None:
        super().__init__(daemon=True)
        self.broker, self.stopping = f"sqla+sqlite:///{folder / 'broker.sqlite3'}", stopping

    def run(self) -> None:
        with app.connection_for_write(self.broker) as broker:
            while not self.stopping.wait(1.0):
                app.send_task("campaigns.tasks.send_messages", connection=broker)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A small shop with recipes, and members whose welcome nobody has written yet."""
    shop = open_shop("oasis", "0501234567")
    install_recipes(merchant=shop.merchant, now=timezone.now())
    for number in range(WAITING):
        join(
            merchant=shop.merchant, now=timezone.now(), source="till", actor="test", given_name="Noura",
            phone=f"05099{number:05}", email=f"early{number}@x.example",
        )  # fmt: skip
    connection.close()
    return shop


@pytest.fixture
def running(shop: Shop, tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """The installation on this test's own database."""
    site = Installation(tmp_path, database_url, ("make", "run"), LOAD_DEMO="0", API_CALLS_PER_MINUTE="100000")
    yield site
    site.signal_group(signal.SIGKILL)
    site.process.wait()


def test_what_was_acknowledged_holds_whatever_is_killed(shop: Shop, running: Installation) -> None:
    running.wait_for("Walaa runs at")
    closing, stopping = threading.Event(), threading.Event()
    tills = [Till(running.port, shop.key(), number, closing) for number in range(TILLS)]
    for thread in (*tills, Clock(running.folder, stopping)):
        thread.start()
    try:
        sells_on(tills)
        kill_the_worker_while_it_sends(running)
        kill_beat(running)
        kill_the_web(running, tills)
        goes_on(running, tills)
        closing.set()
        for till in tills:
            till.join(PATIENCE)
        until(nothing_waits, "the rest of the messages")
    finally:
        closing.set()
        stopping.set()
    assert [till.refused for till in tills] == [""] * TILLS
    assert sum(till.unanswered for till in tills), "the kills were not felt by any till"

    ends_cleanly(running)
    five_minutes_later()
    everything_once({order: points for till in tills for order, points in till.acknowledged.items()})
    everybody_is_written_to_once(shop, letters(running.folder))
    the_books_are_right(running)


def kill_the_worker_while_it_sends(running: Installation) -> None:
    """In the middle of the welcomes, with letters out and letters to go."""
    sending = Message.objects.filter(state=MessageState.CLAIMED, channel="email")
    until(lambda: len(letters(running.folder)) > 0 and sending.exists(), "letters on their way")
    os.kill(running.child("worker"), signal.SIGKILL)
    running.child("worker", times=2)


def kill_beat(running: Installation) -> None:
    """Its successor waits for the lease of the dead one to end."""
    os.kill(running.child("beat"), signal.SIGKILL)
    running.child("beat", times=2)


def kill_the_web(running: Installation, tills: list[Till]) -> None:
    """First one of the web's own processes, then their parent."""
    master = running.child("web")
    os.kill(min(descendants(master)), signal.SIGKILL)
    sells_on(tills)
    os.kill(master, signal.SIGKILL)
    running.child("web", times=2)
    sells_on(tills)


def sells_on(tills: list[Till]) -> None:
    """Wait until every till has been answered again, twice."""
    wanted = [(till, len(till.acknowledged) + 2) for till in tills]

    def answered() -> bool:
        assert not any(till.refused for till in tills), [till.refused for till in tills]
        return all(len(till.acknowledged) >= count for till, count in wanted)

    until(answered, "sales at every till")


def goes_on(running: Installation, tills: list[Till]) -> None:
    """Who joins after all the kills is written to: web, beat and worker are all back."""
    newest = Member.objects.latest("pk").pk
    sells_on(tills)
    sent = Message.objects.filter(member_id__gt=newest, channel="email", state=MessageState.SENT)
    until(sent.exists, "a letter to somebody who joined after the kills")


def nothing_waits() -> bool:
    """Say whether all news was heard and all messages left, but for what dead workers hold."""
    now = timezone.now()
    heard = OutboxDelivery.objects.filter(state=DeliveryState.WAITING).exclude(claimed_until__gt=now)
    left = Message.objects.filter(state=MessageState.PLANNED, due_at__lte=now)
    return not (OutboxEvent.objects.filter(is_fanned_out=False).exists() or heard.exists() or left.exists())


def ends_cleanly(running: Installation) -> None:
    """Ctrl-C, and nobody is left behind."""
    everything = descendants(running.process.pid)
    assert len(everything) >= 5
    running.signal_group(signal.SIGINT)
    running.process.wait(PATIENCE)
    until(lambda: not any(map(is_running, everything)), "the end of every process")


def five_minutes_later() -> None:
    """Let the claims of the dead lapse: the next worker takes up what they held."""
    later = timezone.now() + CLAIM + timedelta(seconds=1)
    while outbox.relay(now=later) or send_due(now=later):
        pass
    assert not OutboxDelivery.objects.exclude(state=DeliveryState.DONE).exists()


def everything_once(acknowledged: dict[str, int]) -> None:
    """Every order that a till was told of is in the books once, as it was told."""
    booked = list(Purchase.objects.values_list("external_id", "points"))
    assert len(booked) == len(acknowledged)
    assert dict(booked) == acknowledged


def everybody_is_written_to_once(shop: Shop, sent: list[int]) -> None:
    """One welcome per member and channel; a letter twice never, an unclear one at most per thread killed."""
    welcomes = Message.objects.filter(recipe__kind=RecipeKind.WELCOME)
    joined = Member.objects.exclude(pk=shop.member.pk).values_list("pk", flat=True)
    for channel in ("inbox", "email"):
        assert Counter(welcomes.filter(channel=channel).values_list("member_id", flat=True)) == Counter(
            joined
        )
    states = Counter(Message.objects.exclude(state=MessageState.SUPPRESSED).values_list("channel", "state"))
    unclear = states.pop(("email", MessageState.UNKNOWN), 0)
    assert set(states) == {("inbox", MessageState.DELIVERED), ("email", MessageState.SENT)}
    assert unclear <= 4

    copies = Counter(sent)
    certain = set(Message.objects.filter(state=MessageState.SENT).values_list("pk", flat=True))
    unknown = set(Message.objects.filter(state=MessageState.UNKNOWN).values_list("pk", flat=True))
    assert set(copies.values()) == {1}
    assert certain <= set(copies) <= certain | unknown


def letters(folder: Path) -> list[int]:
    """Return the messages whose letters were written, one entry per copy: by the site, and by this test."""
    written = "".join(path.read_text(errors="replace") for path in (folder / "mail").glob("*.log"))
    headers = [
        written,
        *(letter.extra_headers.get("Message-ID", "") for letter in getattr(mail, "outbox", [])),
    ]
    return [int(number) for text in headers for number in re.findall(r"<message-(\d+)@", text)]


def the_books_are_right(running: Installation) -> None:
    """The command says so."""
    environment = os.environ | {"DATABASE_URL": running.database_url, "WALAA_VAR": str(running.folder)}
    proof = subprocess.run(
        [sys.executable, "manage.py", "verify_ledger"],
        cwd=settings.BASE_DIR, env=environment | {"WALAA_ENV": "demo"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert proof.returncode == 0, proof.stdout + proof.stderr
