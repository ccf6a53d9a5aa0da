"""G12 and G13: what sealing costs who posts, how late a seal comes, what it finds, and what proving costs."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from statistics import median
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Merchant
from ledger.bulk.many import post_many
from ledger.guards import GUARDED
from ledger.proving.chains import broken_chains
from ledger.proving.finding import Scope, one_moment
from ledger.proving.heads import Head, head_of, lost_heads
from ledger.proving.verifying import first_difference
from ledger.seals.sealing import seal
from loyalty_site.beat import BREATH
from loyalty_site.benchmarks import population
from loyalty_site.benchmarks.clients import backend_cpu
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.postings import WARM, sales
from loyalty_site.benchmarks.rounds import sandwich
from loyalty_site.benchmarks.stage import Pace, Scratch, Stage

NEEDS_POSTGRES: Final = True
HERE: Final = "loyalty_site.benchmarks.seals"
MEMBERS, CLIENTS, SECONDS = 2_000, 8, 3.0
PURCHASES: Final = 40_000
ROUNDS: Final = 3
EVERY: Final = 1.0
"""Seconds from one pass of beat to the next."""
LOOK: Final = 0.05
"""Seconds between two looks at the newest movement."""
SEALED: Final = ("movement", "lot", "lotuse", "sealentry", "sealblock")
PROVED: Final = (
    *(*SEALED, "purchase", "purchaseline", "refund", "refundline", "redemption"),
    *("postingkey", "balance", "tierperiod", "pendingaward", "lotextension"),
)
TAMPERINGS: Final = {
    "changed amount": "UPDATE ledger_movement SET points = points + 1 WHERE id = 1000",
    "deleted row": "DELETE FROM ledger_lot WHERE movement_id = 1000",
    "inserted row": "INSERT INTO ledger_movement (id, merchant_id, member_id, kind, points, occurred_at,"
    " business_date, recorded_at, reasons, actor) SELECT -1, merchant_id, member_id, kind, points,"
    " occurred_at, business_date, recorded_at, reasons, actor FROM ledger_movement WHERE id = 1000",
    "changed lot": "UPDATE ledger_lot SET expires_on = expires_on + 365 WHERE movement_id = 1000",
    "dropped newest block": "DELETE FROM ledger_lot WHERE movement_id IN (SELECT row_id FROM ledger_sealentry"
    " WHERE block_id = (SELECT max(id) FROM ledger_sealblock));"
    " DELETE FROM ledger_movement WHERE id IN (SELECT row_id FROM ledger_sealentry"
    " WHERE kind = 1 AND block_id = (SELECT max(id) FROM ledger_sealblock));"
    " DELETE FROM ledger_sealentry WHERE block_id = (SELECT max(id) FROM ledger_sealblock);"
    " DELETE FROM ledger_sealblock WHERE id = (SELECT max(id) FROM ledger_sealblock)",
}


def measure(stage: Stage) -> list[Figure]:
    """Posting without and with a sealer beside it; then the proof of many entries."""
    with stage.on_postgres() as scratch:
        scratch.call("loyalty_site.benchmarks.population:make", members=MEMBERS)
        stage.say("posting, with and without a sealer …")
        figures = _sealing(scratch)
        scratch.prove()
        stage.say(f"{PURCHASES:,} purchases to prove …")
        scratch.call(f"{HERE}:fill", purchases=PURCHASES)
        figures += [Figure(*line) for line in scratch.call(f"{HERE}:proofs")]
        found = scratch.call(f"{HERE}:tamperings")
        figures.append(Figure("G12 kinds of tampering found, with the head", f"{found} of 5", "5 of 5"))
    return figures


def _sealing(scratch: Scratch) -> list[Figure]:
    """What a posting costs beside a sealer, the sealer's own work included: by processor, not by clock."""
    runs = count(int(time.time()))
    beside: list[dict[str, float]] = []

    def post() -> Pace:
        return scratch.crowd(
            "loyalty_site.benchmarks.postings:whole",
            clients=CLIENTS,
            seconds=SECONDS,
            warm=WARM,
            run=next(runs),
        )

    def post_beside_a_sealer() -> Pace:
        scratch.call(f"{HERE}:drain")
        with ThreadPoolExecutor() as pool:
            sealing = pool.submit(scratch.call, f"{HERE}:keep_sealing", seconds=SECONDS + 8)
            pace = post()
            beside.append(sealing.result())
        return replace(pace, cpu_ms=pace.cpu_ms + 1000 * beside[-1]["cpu"] / max(beside[-1]["movements"], 1))

    found = sandwich(post, {"on": post_beside_a_sealer})["on"]
    sealer = median(1_000_000 * one["cpu"] / max(one["movements"], 1) for one in beside)
    shown = f"{found.cpu_ms:.2f} ms of processor a posting, {sealer:.0f} µs of it the sealer's"
    shown += f"; {found.floor_cpu_ms:.2f} without; by the clock {found.ratio:.2f}"
    return [
        Figure(
            f"G12 posting beside a sealer, {CLIENTS} clients", f"{1 / found.cpu_ratio:.2f}", "≥ 0.95", shown
        ),
        Figure(
            "G12 a movement's longest wait for its seal, from its commit",
            f"{max(one['lag'] for one in beside):.1f} s",
            "≤ 2 s",
        ),
    ]


def drain() -> int:
    """Seal whatever is left."""
    return seal(clock=timezone.now)


def keep_sealing(*, seconds: float) -> dict[str, float]:
    """Do what beat does; the longest wait for a seal (s), processor seconds, and how many movements came.

    A movement counts as committed when a look every few hundredths of a second first sees its id or a higher
    one, and as sealed when the pass that sealed it has ended.
    """
    over, seen = threading.Event(), list[tuple[float, int]]()
    watcher = threading.Thread(target=_watch, args=(over, seen))
    drain()
    first = sealed_to = _newest("row_id", "ledger_sealentry WHERE kind = 1")
    watcher.start()
    cpu, until, lag = used(), time.monotonic() + seconds, 0.0
    while (began := time.monotonic()) < until:
        seal(clock=timezone.now, patience=timedelta(seconds=1))
        ended = time.monotonic()
        newest = _newest("row_id", "ledger_sealentry WHERE kind = 1")
        if newest > sealed_to:
            committed = next((at for at, visible in list(seen) if visible > sealed_to), ended)
            lag, sealed_to = max(lag, ended - committed), newest
        time.sleep(max(BREATH, EVERY - (time.monotonic() - began)))
    cpu = used() - cpu
    over.set()
    watcher.join()
    return {"lag": lag, "cpu": cpu, "movements": sealed_to - first}


def used() -> float:
    """Processor seconds of this thread and of its PostgreSQL backend: the watcher's do not count."""
    return time.thread_time() + backend_cpu(connection.connection.info.backend_pid)


def _watch(over: threading.Event, seen: list[tuple[float, int]]) -> None:
    """Note when which id of a movement was to be seen."""
    while not over.wait(LOOK):
        newest = _newest("id", "ledger_movement")
        if not seen or newest > seen[-1][1]:
            seen.append((time.monotonic(), newest))
    connection.close()


def _newest(column: str, where: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max({column}), 0) FROM {where}")  # noqa: S608 (our own names)
        return int(cursor.fetchone()[0])


def fill(*, purchases: int) -> int:
    """Post purchases in bulk, and seal them as they come."""
    events = islice(sales(0, 1, int(time.time()), population.people()), purchases)
    while chunk := list(islice(events, 500)):
        post_many(chunk, now=datetime.now(UTC))
    sealed = seal(clock=timezone.now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sealed


def proofs() -> list[list[str]]:
    """The whole proof and the chain alone, beside counting the same rows; the quickest of three rounds."""
    drain()

    def whole() -> object:
        return first_difference()

    def chain() -> object:
        with one_moment():
            return next(broken_chains(Scope()), None)

    lines = []
    for name, work, tables, target in (
        ("G13 the whole proof / count(*)", whole, PROVED, "≤ 20"),
        ("G13 the chain / count(*)", chain, SEALED, "≤ 30"),
    ):
        pairs = [(_seconds(lambda: _count(tables)), _seconds(work)) for _round in range(ROUNDS)]  # noqa: B023
        floor, took = (min(pair[place] for pair in pairs) for place in (0, 1))
        rows = f"{took:.2f} s; counting the same {_count(tables):,} rows {floor:.3f} s"
        lines.append([name, f"{took / floor:.1f} ×", target, rows])
    return lines


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _count(tables: tuple[str, ...]) -> int:
    """How many rows those tables hold, counted one after another."""
    total = 0
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM ledger_{table}")  # noqa: S608 (our own names)
            total += int(cursor.fetchone()[0])
    return total


def tamperings() -> int:
    """Tamper by hand in five ways, each undone again; return how many the seals found."""
    drain()
    (merchant,) = Merchant.objects.all()[:1]
    block = head_of(merchant)
    head = Head(block.hash, merchant.slug, block.number) if block else Head("")
    return sum(_finds(statement, head) for statement in TAMPERINGS.values())


def _finds(statement: str, head: Head) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statement)
        found = next(broken_chains(Scope()), None) or next(lost_heads([head]), None)
        transaction.set_rollback(True)
    return found is not None
