"""G6a, G6b and G8: a file of purchases beside COPY of the same purchases into the indexed purchase table.

G6a is the writer alone: postings planned before, put into every table they touch by one process. G6b is the
whole import as the command does it, file and rules and tiers, by two processes; G8 the same file once more.
The floor's rows are copied into a database with the same members, before and after.
"""

import csv
import os
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import psycopg
from django.db import connection
from django.db.models import CharField
from django.db.models.functions import Cast

from accounts.models import Member, Merchant
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.imports.purchases import run_import, start_import
from ledger.models import Movement, Purchase
from ledger.planning import plan
from ledger.reading.replaying import replays
from ledger.writing.writer import write
from loyalty_site.benchmarks import population
from loyalty_site.benchmarks.clients import backend_cpu
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Scratch, Stage

NEEDS_POSTGRES: Final = True
PURCHASES: Final = 50_000
MEMBERS: Final = 5_000
DAYS: Final = 500
CHUNK: Final = 500
PROCESSES: Final = 2
FLOORS: Final = 2


def measure(stage: Stage) -> list[Figure]:
    """Floor, writer, floor; import, import again, floor."""
    with stage.on_postgres() as books, stage.on_postgres() as alone, stage.on_postgres() as bare:
        for scratch in (books, alone, bare):
            scratch.call("loyalty_site.benchmarks.imports:open_shop", members=MEMBERS)
        file = str(Path(stage.folder) / "purchases.csv")
        books.call("loyalty_site.benchmarks.imports:write_file", path=file, purchases=PURCHASES)
        stage.say(f"importing {PURCHASES:,} purchases …")
        first = _bring(books, file)
        rows = f"{file}.rows"
        books.call("loyalty_site.benchmarks.imports:copy_out", path=rows)
        floors = [_floor(bare, rows) for _time in range(FLOORS)]
        stage.say("the same file again …")
        again = _bring(books, file)
        stage.say("writing what was planned …")
        written = alone.call("loyalty_site.benchmarks.imports:write_planned", path=file)
        floors += [_floor(bare, rows) for _time in range(FLOORS)]
        books.prove()
        alone.prove()
    seconds, cpu = (median(floor[name] for floor in floors) for name in ("seconds", "cpu"))
    return _figures(first, again, written, seconds, cpu)


def _figures(
    first: dict[str, Any], again: dict[str, Any], written: dict[str, Any], floor: float, floor_cpu: float
) -> list[Figure]:
    beside = f"COPY alone: {1e6 * floor / PURCHASES:.0f} µs each"
    by_processor = f"{written['cpu'] / max(floor_cpu, 1e-6):.1f} × by processor time"
    return [
        Figure(
            "G6a writing planned purchases / COPY",
            f"{written['seconds'] / floor:.1f}",
            "≤ 6.5 (5)",
            f"{by_processor}; {_each(written)}; {beside}",
        ),
        Figure(
            f"G6b import with rules and tiers, {PROCESSES} processes / COPY",
            f"{first['seconds'] / floor:.1f}",
            "≤ 15 (10)",
            f"{_each(first)}, {first['megabytes']:.0f} MB; {beside}",
        ),
        Figure(
            f"G8 the same file again / the first time, {again['changed']} rows changed",
            f"{again['seconds'] / first['seconds']:.2f}",
            "≤ 0.2 (0.1)",
            _each(again),
        ),
    ]


def _each(ran: dict[str, Any]) -> str:
    return (
        f"{1e6 * ran['seconds'] / PURCHASES:.0f} µs each, {1e6 * ran['cpu'] / PURCHASES:.0f} µs of processor"
    )


def _bring(scratch: Scratch, file: str) -> dict[str, Any]:
    ran: dict[str, Any] = scratch.call(
        "loyalty_site.benchmarks.imports:bring_in", path=file, processes=PROCESSES
    )
    return ran


def _floor(scratch: Scratch, rows: str) -> dict[str, float]:
    took: dict[str, float] = scratch.call("loyalty_site.benchmarks.imports:copy_in", path=rows)
    return took


def open_shop(*, members: int) -> None:
    """A live shop whose members have numbers of the shop's own."""
    population.make(members=members)
    for first in range(
        0, Member.objects.latest("pk").pk, population.AT_ONCE
    ):  # a statement's time is bounded
        some = Member.objects.filter(pk__gt=first, pk__lte=first + population.AT_ONCE)
        some.update(external_id=Cast("pk", CharField()))


def write_file(*, path: str, purchases: int) -> None:
    """Write purchases of the shop's members over the last ``DAYS`` days, in the order of time."""
    draw = Random(6)  # noqa: S311 (purchases, not secrets)
    people = [member_id for _merchant_id, member_id in population.people()]
    now = datetime.now(UTC)
    step = timedelta(days=DAYS) / purchases
    with Path(path).open("w", newline="") as text:
        file = csv.writer(text)
        file.writerow(["external_id", "member_id", "occurred_at", "amount", "category"])
        for number in range(purchases):
            at = now - timedelta(days=DAYS) + step * number
            amount = f"{draw.randint(5, 400)}.{draw.randint(0, 99):02}"
            category = draw.choice(["coffee", "bakery", "grocery"])
            file.writerow([f"N-{number}", draw.choice(people), f"{at:%Y-%m-%dT%H:%M:%SZ}", amount, category])


def bring_in(*, path: str, processes: int) -> dict[str, Any]:
    """Import the file as the command does; how long it took, without starting Python."""
    merchant, before = Merchant.objects.get(), _rows()
    now = datetime.now(UTC)
    run = start_import(
        merchant=merchant, file=Path(path), name="purchases.csv", actor="bench", now=now, award=True
    )
    began, cpu = time.perf_counter(), _cpu()
    done = run_import(run_id=run.pk, clock=lambda: datetime.now(UTC), processes=processes)
    seconds, cpu = time.perf_counter() - began, _cpu() - cpu
    if done is None or done.created + done.repeated != done.rows:
        raise RuntimeError("rows were refused")
    own, kids = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "seconds": seconds,
        "cpu": cpu,
        "changed": _rows() - before,
        "megabytes": (own + processes * kids) / 1024,
    }


def write_planned(*, path: str) -> dict[str, float]:
    """Plan the file's purchases chunk by chunk, and time only their way into the tables."""
    merchant, now = Merchant.objects.get(), datetime.now(UTC)
    seconds = cpu = 0.0
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    for events in _chunks(merchant, path):
        members = {event.member_id for event in events}
        earliest = min(event.occurred_at for event in events)
        states = replays(merchant=merchant, member_ids=members, earliest=earliest, now=now)
        postings = []
        for event in events:
            postings.append(plan(event, states[event.member_id].context(event), now=now))
            states[event.member_id].after(postings[-1])
        began, spent = time.perf_counter(), time.process_time() + backend_cpu(backend)
        write(postings)
        seconds += time.perf_counter() - began
        cpu += time.process_time() + backend_cpu(backend) - spent
    return {"seconds": seconds, "cpu": cpu}


def _chunks(merchant: Merchant, path: str) -> Iterator[list[PurchaseMade]]:
    """The file's purchases by member and time, whole members together."""
    with Path(path).open(newline="") as text:
        rows = sorted(csv.DictReader(text), key=lambda row: (int(row["member_id"]), row["occurred_at"]))
    chunk: list[PurchaseMade] = []
    for row in rows:
        if len(chunk) >= CHUNK and chunk[-1].member_id != int(row["member_id"]):
            yield chunk
            chunk = []
        chunk.append(_event(merchant, row))
    yield chunk


def _event(merchant: Merchant, row: dict[str, str]) -> PurchaseMade:
    line = LineItem(round(float(row["amount"]) * 100), category=row["category"])
    return PurchaseMade(
        merchant_id=merchant.pk,
        member_id=int(row["member_id"]),
        occurred_at=datetime.fromisoformat(row["occurred_at"]),
        source="import",
        key=row["external_id"],
        actor="bench",
        lines=(line,),
        award=True,
        quiet=True,
    )


def copy_out(*, path: str) -> None:
    """Put the purchases into a file as COPY writes them, in the order in which an import adds them."""
    with _raw() as server, server.cursor() as cursor, Path(path).open("wb") as file:
        query = "COPY (SELECT * FROM ledger_purchase ORDER BY member_id, occurred_at) TO STDOUT"
        with cursor.copy(query) as copy:
            file.writelines(copy)


def copy_in(*, path: str) -> dict[str, float]:
    """The floor: seconds to COPY those rows into the purchase table with all its indexes and constraints."""
    data = Path(path).read_bytes()
    with _raw() as server:
        backend = server.info.backend_pid
        with server.cursor() as cursor:
            began, spent = time.perf_counter(), time.process_time() + backend_cpu(backend)
            with cursor.copy("COPY ledger_purchase FROM STDIN") as copy:
                copy.write(data)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            seconds = time.perf_counter() - began
            cpu = time.process_time() + backend_cpu(backend) - spent
        server.rollback()
        server.autocommit = True
        server.execute("VACUUM ledger_purchase")
    return {"seconds": seconds, "cpu": cpu}


def _raw() -> "psycopg.Connection[Any]":
    """A connection of its own beside Django's."""
    return psycopg.connect(os.environ["DATABASE_URL"])


def _rows() -> int:
    return Purchase.objects.count() + Movement.objects.count()


def _cpu() -> float:
    """Processor seconds of this process and of those it started, so far; PostgreSQL's are its own."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
