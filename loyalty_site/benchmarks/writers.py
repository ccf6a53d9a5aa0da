"""G16: eight processes post into one SQLite file, each ten sales a second; how long the unluckiest waits.

Customers come when they come (an open loop, Poisson's), and a sale's time runs from the instant its customer
stood there: a writer who is held up is late for the next one too, and that counts. The file is as in
production: a write-ahead log, on disk at every commit.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Final

from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.postings import WARM, runs
from loyalty_site.benchmarks.stage import Pace, Scratch, Stage

MEMBERS: Final = 2_000
WRITERS: Final = 8
EVERY: Final = 0.1
SECONDS: Final = 25.0
BARE: Final = 200
"""Rows put on disk one by one, to know the disk."""


def measure(stage: Stage) -> list[Figure]:
    """One writer alone, then eight; the books are proved afterwards."""
    with stage.sqlite() as scratch:
        scratch.call("loyalty_site.benchmarks.population:make", members=MEMBERS)
        disk = scratch.call("loyalty_site.benchmarks.writers:disk", folder=scratch.folder)
        stage.say("one writer alone …")
        alone = _pace(scratch, 1)
        stage.say(f"{WRITERS} writers …")
        found = _pace(scratch, WRITERS)
        scratch.prove()
    return [
        Figure(
            f"G16 SQLite, {WRITERS} writers × {1 / EVERY:.0f} sales/s, worst writer's p99 · slowest",
            f"{found.p99_ms:,.0f} ms · {found.slowest_ms:,.0f} ms",
            "≤ 100 ms · ≤ 1 s",
            f"one alone {alone.p99_ms:,.0f} ms · {alone.slowest_ms:,.0f} ms; a bare commit {disk:.2f} ms;"
            f" {found.per_second:,.0f}/s, {found.cpu_ms:.2f} ms of processor, alone {alone.cpu_ms:.2f};"
            f" {found.errors} errors",
        )
    ]


def _pace(scratch: Scratch, writers: int) -> Pace:
    return scratch.crowd(
        "loyalty_site.benchmarks.postings:whole",
        clients=writers,
        seconds=SECONDS,
        warm=WARM,
        every=EVERY,
        run=next(runs),
    )


def disk(*, folder: str) -> float:
    """Milliseconds of a bare insert and commit on this disk, in the middle."""
    with closing(sqlite3.connect(Path(folder) / "bare.sqlite3", isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("CREATE TABLE bare (words TEXT)")
        taken = []
        for _row in range(BARE):
            began = time.perf_counter()
            bare.execute("INSERT INTO bare VALUES ('a row')")
            taken.append(time.perf_counter() - began)
    return 1000 * median(taken)
