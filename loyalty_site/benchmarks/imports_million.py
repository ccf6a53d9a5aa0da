"""An import of 1,000,000 purchases by the real command: memory of all its processes, time, and the proof.

The file names people by phone whom nobody knows yet, so that making them is part of it. It is no part of
``make bench``'s table of ratios: run it alone with ``manage.py bench million``; it takes ten minutes or more
on each database.
"""

import csv
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Scratch, Stage

PURCHASES: Final = int(os.environ.get("BENCH_MILLION", "1000000"))
PER_PERSON: Final = 20
DAYS: Final = 500
ALONE: Final = True
"""Measured when it is named, not with all the others."""
EVERY: Final = 0.25
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
LIMIT: Final = 1_024


def measure(stage: Stage) -> list[Figure]:
    """On SQLite, and on PostgreSQL where a server answers (``BENCH_ONLY`` names one of them)."""
    only, found = os.environ.get("BENCH_ONLY", ""), list[Figure]()
    file = Path(stage.folder) / "million.csv"
    stage.say(f"writing a file of {PURCHASES:,} purchases …")
    write_file(file)
    if only != "postgresql":
        with stage.sqlite() as scratch:
            found.append(_import(stage, scratch, file, "SQLite"))
    if only != "sqlite" and stage.postgres is not None:
        with stage.on_postgres() as scratch:
            found.append(_import(stage, scratch, file, "PostgreSQL"))
    return found


def _import(stage: Stage, scratch: Scratch, file: Path, name: str) -> Figure:
    """The command from its start to its end, and the proof of what it wrote."""
    scratch.call("loyalty_site.benchmarks.population:make", members=1)
    stage.say(f"importing into {name} …")
    with peak_of_children() as peak:
        ran = scratch.manage("import_purchases", str(file), "--merchant", "shop-0", "--award")
    if f"{PURCHASES} purchases added" not in ran.output:
        raise RuntimeError(f"not every row went in: {ran.output}")
    stage.say("proving the books …")
    proof = scratch.manage("verify_ledger")
    return Figure(
        f"memory of an import of {PURCHASES:,} purchases, {name}",
        f"{peak[0]:,.0f} MB",
        f"≤ {LIMIT:,} MB",
        f"{ran.seconds:,.0f} s, {1e6 * ran.seconds / PURCHASES:,.0f} µs each; "
        f"proved in {proof.seconds:,.0f} s",
    )


def write_file(path: Path) -> None:
    """Write purchases of people with a phone over the last ``DAYS`` days, in the order of time."""
    draw, now = Random(47), datetime.now(UTC)  # noqa: S311 (purchases, not secrets)
    step, people = timedelta(days=DAYS) / PURCHASES, max(PURCHASES // PER_PERSON, 1)
    with path.open("w", newline="") as text:
        file = csv.writer(text)
        file.writerow(["external_id", "phone", "occurred_at", "amount", "category"])
        for number in range(PURCHASES):
            at = now - timedelta(days=DAYS) + step * number
            phone = f"05{draw.randrange(people):08}"
            amount = f"{draw.randint(5, 400)}.{draw.randint(0, 99):02}"
            file.writerow([f"N-{number}", phone, f"{at:%Y-%m-%dT%H:%M:%SZ}", amount, "coffee"])


@contextmanager
def peak_of_children() -> Iterator[list[float]]:
    """Yield a list whose one value is the most memory (MB) that all descendants held at once."""
    peak, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            peak[0] = max(peak[0], _megabytes(_descendants(os.getpid())))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _descendants(pid: int) -> set[int]:
    """Every process that stems from ``pid``."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - {pid}


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _megabytes(pids: set[int]) -> float:
    """Resident memory; what forked processes share is counted for each of them."""
    return sum(_resident(pid) for pid in pids) * PAGE / 2**20


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
