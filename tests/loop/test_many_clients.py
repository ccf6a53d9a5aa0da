"""A thousand orders, refunds and redemptions by eight clients at once, sent again and out of order.

What eight clients brought into the books through real processes is the same as what one brings who sends the
same things, once, in the order in which they got in.
"""

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Member
from ledger.models import Balance, Lot, PostingKey, Redemption
from tests.api.conftest import Caller
from tests.cast import Shop, open_shop
from tests.ledger.books import prove
from tests.ops.processes import free_port, until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="eight writers at once want PostgreSQL"),
]

CLIENTS, MEMBERS, ORDERS = 8, 25, 640
TOLD_TWICE, LATER = 5, 20


class Deed(NamedTuple):
    """One call: its own number, the address and the body. ``{code}`` is the code that ``after`` brought."""

    once: str
    path: str
    body: dict[str, Any]
    after: str = ""


def deeds(draw: Random) -> list[Deed]:
    """A thousand and some, in the order in which things happened."""
    made, now = list[Deed](), timezone.now().replace(microsecond=0)
    for number in range(ORDERS):
        order, at = f"O-{number}", now - timedelta(minutes=draw.randrange(20 * 1440))
        amount = draw.randrange(500, 90_000)
        who = f"E-{draw.randrange(MEMBERS)}"
        said = {
            "external_id": who,
            "order": order,
            "amount": money(amount),
            "occurred_at": at.isoformat(),
        }
        made.append(Deed(order, "purchases", said))
        if not draw.randrange(4):
            back = {
                "refund": f"R-{number}",
                "order": order,
                "amount": money(draw.randrange(100, amount)),
            }
            made.append(Deed(f"R-{number}", "refunds", back, after=order))
        if not draw.randrange(4):
            made.append(Deed(f"I-{number}", "redemptions", {"member": f"{{{who}}}", "points": 500}))
            end = draw.choice(["use", "cancel"])
            made.append(Deed(f"C-{number}", f"redemptions/{{code}}/{end}", {}, after=f"I-{number}"))
    return made


def money(halalas: int) -> str:
    """As the API writes it."""
    return f"{halalas / 100:.2f}"


class Clients:
    """Eight who take from one heap, put back what comes too early, and send some of it twice."""

    def __init__(self, port: int, key: str, numbers: dict[str, str], said: list[Deed], draw: Random) -> None:
        self.port, self.key, self.numbers = port, key, numbers
        self.answers: dict[str, tuple[int, Any]] = {}
        self.differing: list[Any] = []
        self.lock, self.left = threading.Lock(), threading.Semaphore(0)
        self.heap: queue.Queue[Deed] = queue.Queue()
        mixed = [*said, *draw.sample(said, len(said) // TOLD_TWICE)]
        for place in range(0, len(mixed), LATER):  # what happened at about one time comes in any order
            for deed in draw.sample(mixed[place : place + LATER], len(mixed[place : place + LATER])):
                self.heap.put(deed)

    def run(self) -> None:
        """Send everything."""
        threads = [threading.Thread(target=self.work, daemon=True) for _client in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)

    def work(self) -> None:
        """Take what is next until nothing is left."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        while True:
            try:
                deed = self.heap.get_nowait()
            except queue.Empty:
                return
            before = self.answers.get(deed.after)
            if deed.after and before is None:
                self.heap.put(deed)
                continue
            if before is not None and before[0] >= 400:
                self.note(deed, 409, "what it follows was refused")
                continue
            self.send(line, deed, before[1] if before else {})

    def send(self, line: HTTPConnection, deed: Deed, before: dict[str, Any]) -> None:
        """Send one call; what was busy goes back on the heap."""
        path, body = said_out(deed, self.numbers, before)
        head = {"Authorization": f"Api-Key {self.key}", "Content-Type": "application/json"}
        line.request("POST", f"/api/v1/{path}", json.dumps(body), head | {"Idempotency-Key": deed.once})
        answer = line.getresponse()
        told = json.loads(answer.read())
        if answer.status == 503 or told.get("code") == "busy":
            self.heap.put(deed)
        else:
            self.note(deed, answer.status, told)

    def note(self, deed: Deed, status: int, told: Any) -> None:
        """Keep the answer; a second one has to be the same."""
        with self.lock:
            first = self.answers.setdefault(deed.once, (status, told))
        if status < 400 and first[0] < 400 and comparable(first[1]) != comparable(told):
            self.differing.append((deed, first, told))


def said_out(deed: Deed, numbers: dict[str, str], before: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The address and body of a deed, at one shop."""
    body = {
        name: numbers[value[1:-1]] if str(value)[:1] == "{" else value for name, value in deed.body.items()
    }
    return deed.path.replace("{code}", str(before.get("code"))), body


def comparable(told: Any) -> Any:
    """A code is shown as it stands now: it may have been used between two answers."""
    if "code" not in told:
        return told
    return {name: told[name] for name in ("code", "points", "value", "member", "issued_at", "expires_at")}


@pytest.fixture
def port(transactional_db: None, database_url: str, tmp_path: Path) -> Iterator[int]:
    """The site's own server on this test's database: three processes with threads."""
    number = free_port()
    environment = os.environ | {
        "WALAA_ENV": "demo", "WALAA_VAR": str(tmp_path), "DATABASE_URL": database_url, "LOAD_DEMO": "0",
        "API_CALLS_PER_MINUTE": "1000000", "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    connection.close()
    command = ["-m", "gunicorn", "loyalty_site.wsgi:application", "--workers=3", "--threads=3"]
    server = subprocess.Popen(
        [sys.executable, *command, f"--bind=127.0.0.1:{number}", "--log-level=error"],
        cwd=settings.BASE_DIR, env=environment,
    )  # fmt: skip
    try:
        until(lambda: answers(number), "the server's first answer")
        yield number
    finally:
        server.terminate()
        server.wait(30)


def answers(port: int) -> bool:
    """Whether the server is there."""
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/ops/live")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def people(shop: Shop) -> dict[str, str]:
    """Let everybody join; their numbers."""
    api = Caller(shop.key())
    return {f"E-{n}": api.post("members", {"external_id": f"E-{n}"})["number"] for n in range(MEMBERS)}


def standing(shop: Shop) -> dict[str, Any]:
    """How everybody stands: points, debts, tiers, codes, and lots by their last day."""
    found: dict[str, Any] = {}
    for member in Member.objects.for_merchant(shop.merchant).filter(external_id__startswith="E-"):
        balance = Balance.objects.filter(member=member)
        lots = Lot.objects.filter(member=member, remaining__gt=0)
        lots = lots.order_by("expires_on", "earned_at", "remaining")
        codes = Redemption.objects.filter(member=member).order_by("issued_at")
        found[str(member.external_id)] = (
            list(balance.values_list("available", "owed", "earned_ever", "tier_code", "purchases")),
            list(lots.values_list("earned_at", "expires_on", "remaining")),
            list(codes.values_list("points", "state")),
        )
    return found


def test_what_many_send_at_once_is_what_one_would_have_sent(
    port: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.API_CALLS_PER_MINUTE = 1_000_000
    draw = Random(20261122)
    here, there = open_shop("oasis", "0501234567"), open_shop("mirage", "0507654321")
    said = deeds(draw)
    assert len(said) > 900
    clients = Clients(port, here.key(), people(here), said, draw)
    clients.run()
    assert not clients.differing
    assert len(clients.answers) == len(said)
    odd = {status for status, _told in clients.answers.values()} - {200, 201, 409}
    assert not odd
    prove(here.merchant)
    one_after_another(here, there, {deed.once: deed for deed in said})
    assert standing(here) == standing(there)
    prove(there.merchant)


def one_after_another(here: Shop, there: Shop, said: dict[str, Deed]) -> None:
    """Send to the other shop what got into the books of ours, in the order in which it did."""
    api, numbers, brought = Caller(there.key()), people(there), dict[str, Any]()
    got_in = PostingKey.objects.filter(merchant=here.merchant, source="api").order_by("id")
    for key in itertools.chain(got_in.values_list("key", flat=True)):
        deed = said[key]
        path, body = said_out(deed, numbers, brought.get(deed.after, {}))
        answer = api.send("post", path, body, once=deed.once)
        assert answer.status_code in {200, 201}, answer.content
        brought[deed.once] = answer.json()
